"""The upsampling explorer of lecture 07: where each output pixel looks, which inputs it takes, with what weights."""

from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch import Tensor

from segedu.widgets.base import Explorer
from segedu.widgets.kit.grids import as_rows, sizes
from segedu.widgets.kit.packed import pack
from segedu.widgets.upsampling.core import (
    INTERPOLATIONS,
    LARGEST_FACTOR,
    LARGEST_INPUT,
    LARGEST_OUTPUT,
    METHODS,
    WEIGHTED,
    class_ids,
    default_before,
    enlarge,
    photo_crop,
    pool,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def default_map() -> list[list[int]]:
    """Return the 3 × 4 map that the explorer starts with; asymmetric, so H and W can't be swapped unseen."""
    return [[1, 3, 2, 4], [5, 2, 6, 1], [3, 7, 4, 2]]


class UpsamplingExplorer(Explorer):
    """Enlarge a map of numbers; for each output pixel see where it looks, which inputs it takes, with what weights.

    image: (H, W) numbers, 1 to 6 on each side; default 3 × 4.
    method: "nearest", "nearest-exact", "bilinear", "bicubic" (as in torch, a = −0.75), "bed of nails" (each value in
    the upper left corner of its block), or "max unpooling" (each value back to where the maximum stood).
    factor: 2 to 5, for both axes. size: (height, width) of the output, 1 to 30, instead of the factor, where the method
    interpolates; a size below the input's is allowed and shows what is skipped. align_corners: for bilinear and
    bicubic; elsewhere it has no meaning and the explorer says so.
    before: the (H · factor, W · factor) map whose max pooling gives the image, for "max unpooling"; if given, the image
    is computed from it, else a map with that pooling is made up.
    labels: take the numbers for class ids and round the result, as in `output.round().long()`; ids that no input of a
    pixel has are marked. photo: (3, H, W) float in [0, 1], at least 60 × 120; its middle 60 × 120 is shrunk by the
    factor and brought back by each method; default a cat's eyes.
    Raises ValueError for anything else. All arguments but the photo are traits: what the student changes in the page
    can be read back.

    >>> UpsamplingExplorer(factor=3)
    UpsamplingExplorer(image=3×4, method='bilinear', output=9×12, align_corners=False)
    """

    view = "upsampling/view.js"
    figure_size = (9.6, 5.0)

    image = traitlets.Any().tag(sync=True)
    before = traitlets.Any(help="the map whose max pooling is the image; None: one is made up").tag(sync=True)
    method = traitlets.Enum(METHODS, "bilinear").tag(sync=True)
    factor = traitlets.Int(2, min=2, max=LARGEST_FACTOR).tag(sync=True)
    size = traitlets.Any(help="height and width of the output, or None: the factor says it").tag(sync=True)
    align_corners = traitlets.Bool(False).tag(sync=True)
    labels = traitlets.Bool(False, help="whether the numbers are class ids").tag(sync=True)
    photo = traitlets.Unicode(help="packed bytes (60, 120, 3)").tag(sync=True)
    position = traitlets.Int(0, min=0, help="which output pixel is shown, counted row by row").tag(sync=True)
    predict = traitlets.Bool(False, help="hide each output value until it is guessed or revealed").tag(sync=True)

    def __init__(
        self,
        image: Any = None,
        method: str = "bilinear",
        factor: int = 2,
        align_corners: bool = False,
        size: tuple[int, int] | None = None,
        labels: bool = False,
        before: Any = None,
        photo: Tensor | None = None,
        **traits: Any,
    ) -> None:
        """Start from this setting; `position` and `predict` may be given as well."""
        _check_choices(method, factor)
        if before is not None:
            before = as_rows(before, "before", LARGEST_OUTPUT)
            image = pool(_tensor(before), factor).tolist()
        super().__init__(
            image=default_map() if image is None else image,
            before=before,
            method=method,
            factor=factor,
            size=size,
            align_corners=align_corners,
            labels=labels,
            photo=pack(photo_crop(photo)),
            **traits,
        )

    @traitlets.validate("image")
    def _image_as_rows(self, proposal: dict[str, Any]) -> list[list[float]]:
        return as_rows(proposal["value"], "image", LARGEST_INPUT)

    @traitlets.validate("before")
    def _before_as_rows(self, proposal: dict[str, Any]) -> list[list[float]] | None:
        if proposal["value"] is None:
            return None
        return as_rows(proposal["value"], "before", LARGEST_OUTPUT)

    @traitlets.validate("size")
    def _check_size(self, proposal: dict[str, Any]) -> list[int] | None:
        value = proposal["value"]
        if value is None:
            return None
        pair = list(value) if isinstance(value, (list, tuple)) else []
        is_whole = all(isinstance(side, int) and not isinstance(side, bool) for side in pair)
        if len(pair) != 2 or not is_whole or not all(1 <= side <= LARGEST_OUTPUT for side in pair):
            raise ValueError(f"size is {value!r}; give (height, width), whole numbers from 1 to {LARGEST_OUTPUT}")
        return pair

    @property
    def pooled_from(self) -> Tensor:
        """The map whose max pooling is the image, (H · factor, W · factor) float64: `before` if that still fits."""
        image = _tensor(self.image)
        height, width = image.shape
        if self.before is not None:
            before = _tensor(self.before)
            fits = before.shape == (height * self.factor, width * self.factor)
            if fits and torch.equal(pool(before, self.factor), image):
                return before
        return default_before(image, self.factor)

    @property
    def output_size(self) -> tuple[int, int]:
        """Height and width of the output; `size` counts only for the methods that interpolate."""
        if self.size is not None and self.method in INTERPOLATIONS:
            return self.size[0], self.size[1]
        return len(self.image) * self.factor, len(self.image[0]) * self.factor

    @property
    def output(self) -> Tensor:
        """The output as torch computes it, (H', W') float64."""
        source = self.pooled_from if self.method == "max unpooling" else _tensor(self.image)
        return enlarge(source, self.method, self.factor, self.output_size, self.align_corners)

    @property
    def ids(self) -> Tensor:
        """The output rounded to class ids, (H', W') int64; a half goes to the even id, as in torch."""
        return class_ids(self.output)

    def describe(self) -> str:
        """Say the sizes, the method and the pixel that is shown; the alt text of the picture."""
        rows, cols = self.output_size
        at = divmod(min(self.position, rows * cols - 1), cols)
        start = f"Grids of numbers: a {sizes(self.image, ' by ')} input and a {rows} by {cols} output"
        if self.method == "max unpooling":
            return (
                f"{start}, {self.method}. Each value wears one color in the map before pooling, in the pooled map and "
                "in the output: it returns to its place, all other cells are zero."
            )
        aligned = f", align_corners={self.align_corners}" if self.method in WEIGHTED else ""
        words = f"{start}, {self.method}{aligned}. The inputs of output[{at[0]}, {at[1]}] wear the colors of its taps."
        if self.method == "bed of nails":
            return words
        return f"{words} Below, on one ruler, the pixel centers of a row of the input and of the output."

    def draw(self, figure: "Figure") -> None:
        """Draw input and output with the taps of the present position, and below them the ruler of pixel centers."""
        from segedu.widgets.upsampling.figure import draw_unpooling, draw_upsampling

        values = self.ids.double() if self.labels else self.output
        shown = torch.full_like(values, torch.nan) if self.predict else values
        position = divmod(min(self.position, values.numel() - 1), values.shape[1])
        if self.method == "max unpooling":
            draw_unpooling(figure, self.pooled_from.numpy(), shown.numpy(), self.factor, position)
        else:
            image = _tensor(self.image).numpy()
            draw_upsampling(figure, image, shown.numpy(), self.method, self.factor, self.align_corners, position)

    def __repr__(self) -> str:
        """Name sizes and method; the same text in every run."""
        output = "×".join(map(str, self.output_size))
        aligned = f", align_corners={self.align_corners}" if self.method in WEIGHTED else ""
        return f"UpsamplingExplorer(image={sizes(self.image)}, method={self.method!r}, output={output}{aligned})"


def _tensor(rows: Any) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def _check_choices(method: str, factor: int) -> None:
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose one of {', '.join(map(repr, METHODS))}")
    if isinstance(factor, bool) or not isinstance(factor, int) or not 2 <= factor <= LARGEST_FACTOR:
        raise ValueError(f"factor is {factor!r}; give one whole number from 2 to {LARGEST_FACTOR} for both axes")
