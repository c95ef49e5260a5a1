"""The receptive-field explorer of lecture 03: what one output cell of a stack sees, by rule, by gradient, in effect."""

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
import traitlets
from torch import Tensor

from segedu.data.photos import photo as load_photo
from segedu.ops.receptive_fields import ReceptiveField, effective_size, receptive_field
from segedu.widgets.base import Explorer, data_url
from segedu.widgets.kit.images import read_image
from segedu.widgets.kit.paths import level_lengths, path_counts
from segedu.widgets.receptive_field.stacks import NUMBERS, as_layers, can_be_built

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST_PHOTO = 224  # pixels on the longer side: each can still be seen
EYE = (52, 80)  # row and column at the edge of the cat's pupil


class ReceptiveFieldExplorer(Explorer):
    """Stack layers; see the analytic, the measured and the effective field of one output cell on a photo.

    layers: the name of a preset ("four 3×3", "VGG-like", "VGG-16", "dilated 1-2-4-8", "gridding 2-2-2",
    "no holes 1-2-5", "strided", "ResNet stem"); or a module of square Conv2d and pooling layers; or 1 to 20 layers,
    each (kernel, stride, padding, dilation), later ones optional, or a dictionary with these keys and kind "conv" or
    "pool".
    image: (3, H, W) float in [0, 1], shrunk to 224 pixels on the longer side; default a cat.
    position: (row, column) of the output cell; default the middle, or the cat's eye.
    Weights are uniform and poolings average, so the effective field is exact: the number of paths from each pixel.
    A stack that does not fit the photo is allowed and explained. Raises ValueError for an unknown preset, for what is
    no such layer, and for other images. Source of the effective field: Luo et al. 2016.

    >>> ReceptiveFieldExplorer("dilated 1-2-4-8")
    ReceptiveFieldExplorer(4 layers, field 31×31, jump 1, photo 149×224)
    """

    view = "receptive_field/view.js"
    figure_size = (9.6, 5.6)

    layers = traitlets.Any(help="one dictionary per layer").tag(sync=True)
    photo = traitlets.Unicode(help="the photo as a data URL").tag(sync=True)
    size = traitlets.List(traitlets.Int(), help="height and width of the photo").tag(sync=True)
    position = traitlets.List(traitlets.Int(), [-1, -1], help="of the output cell; -1 is the middle").tag(sync=True)
    selected = traitlets.Int(0, min=0, help="which layer the controls change, from 0").tag(sync=True)
    predict = traitlets.Bool(False, help="hide the field until its size is guessed or revealed").tag(sync=True)

    def __init__(
        self,
        layers: Any = "VGG-like",
        image: Tensor | None = None,
        position: tuple[int, int] | None = None,
        **traits: Any,
    ) -> None:
        """Start from this stack and photo; `selected` and `predict` may be given as well."""
        self._image = as_photo(load_photo("chelsea") if image is None else image)
        size = list(self._image.shape[1:])
        super().__init__(layers=as_layers(layers), photo=data_url(self._image), size=size, **traits)
        if position is not None or image is None:
            self.position = list(position or self._cell_over(*EYE))

    @traitlets.validate("layers")
    def _check_layers(self, proposal: dict[str, Any]) -> list[dict[str, Any]]:
        return as_layers(proposal["value"])

    @property
    def field(self) -> ReceptiveField:
        """The analytic field: size, jump and start of the whole stack."""
        return receptive_field([[layer[name] for name in NUMBERS] for layer in self.layers])

    @property
    def lengths(self) -> tuple[list[int], list[int]]:
        """Rows and columns of the photo and of each layer's output; 0 from the first layer that does not fit."""
        return level_lengths(self.layers, self.size[0]), level_lengths(self.layers, self.size[1])

    @property
    def fits(self) -> bool:
        """Whether torch has all the layers and every kernel fits into what it reads."""
        return all(map(can_be_built, self.layers)) and all(lengths[-1] > 0 for lengths in self.lengths)

    @property
    def cell(self) -> tuple[int, int]:
        """Row and column of the chosen output cell, inside of the output map."""
        row, column = map(_inside, self.position, (lengths[-1] for lengths in self.lengths))
        return row, column

    @property
    def weights(self) -> tuple[Tensor, Tensor]:
        """Paths from each row (H,) and each column (W,) to the chosen cell, float64; their outer product is the field.

        Raises ValueError where the stack does not fit the photo.
        """
        if not self.fits:
            raise ValueError(f"{self!r} has no output: a layer can't be built, or its kernel is larger than its input")
        row, column = map(path_counts, [self.layers] * 2, self.size, self.cell)
        return row[0], column[0]

    @property
    def half_side(self) -> int:
        """Side of the smallest square in the middle that holds half of the weight; 0 if the cell sees padding only."""
        field = torch.outer(*self.weights)
        return effective_size(field, 0.5) if field.any() else 0

    def describe(self) -> str:
        """Say the three sizes; the alt text of the picture."""
        side, (height, width) = self.field.size[0], self.size
        stack = f"A stack of {len(self.layers)} layers over a photo of {height} by {width} pixels"
        if not self.fits:
            return f"{stack}; a layer can't be built, or its kernel is larger than its input: there is no output."
        touched = int(torch.outer(*self.weights).count_nonzero())
        return (
            f"{stack}. The analytic field of one output cell is a square of {side} by {side} pixels; {touched} pixels "
            f"of the photo reach it; half of the weight lies in the middle {self.half_side} by {self.half_side}. "
            "Below, from the side: the cells of each layer that feed it."
        )

    def draw(self, figure: "Figure") -> None:
        """Draw the photo, the three fields magnified and the stack from the side, at the present output cell."""
        from segedu.widgets.receptive_field.figure import FieldFigure

        if self.fits and self.half_side > 0:
            FieldFigure(self._image.permute(1, 2, 0).numpy(), self.layers, self.cell).draw(figure)
            return
        why = "this output cell sees padding only" if self.fits else "no output: a kernel is larger than its input"
        axes = figure.subplots()
        axes.imshow(self._image.permute(1, 2, 0).numpy())
        axes.set_title(why)
        axes.axis("off")

    def _cell_over(self, *pixel: int) -> list[int]:
        """Return the output cell whose field's middle is nearest to a pixel."""
        field = self.field
        sizes = zip(pixel, field.start, field.jump, field.size, self.lengths, strict=True)
        return [
            _inside(max(round((at - start - (size - 1) / 2) / jump), 0), lengths[-1])
            for at, start, jump, size, lengths in sizes
        ]

    def __repr__(self) -> str:
        """Name the sizes; the same text in every run."""
        field, (height, width) = self.field, self.size
        sizes = f"field {field.size[0]}×{field.size[1]}, jump {field.jump[0]}, photo {height}×{width}"
        return f"ReceptiveFieldExplorer({len(self.layers)} layers, {sizes})"


def _inside(index: int, length: int) -> int:
    """Return the index, at most the last; a negative one stands for the middle."""
    return length // 2 if index < 0 else min(index, max(length - 1, 0))


def as_photo(image: Tensor) -> Tensor:
    """Return (3, H, W) float32 in [0, 1], shrunk to 224 pixels on the longer side; raises ValueError otherwise."""
    if image.ndim != 3 or image.shape[0] != 3 or not image.is_floating_point():
        raise ValueError(f"the image is {image.dtype} of shape {tuple(image.shape)}; give (3, H, W) floats in [0, 1]")
    image = read_image(image)
    scale = LARGEST_PHOTO / max(image.shape[1:])
    if scale >= 1:
        return image
    size = [max(1, round(side * scale)) for side in image.shape[1:]]
    return F.interpolate(image[None], size, mode="bilinear", antialias=True)[0].clamp(0, 1)
