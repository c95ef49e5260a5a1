"""The gridding explorer of lecture 06: which pixels a stack of dilated convolutions reads, and which it never does."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch import Tensor

from segedu.data.scenes import Scenes
from segedu.widgets.base import Explorer, data_url
from segedu.widgets.kit.images import read_image
from segedu.widgets.kit.paths import path_counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# As in gridding/core.js.
MOST_RATES = 6
LARGEST_RATE = 16
KERNEL_SIZES = (2, 3, 4, 5)
LARGEST_IMAGE = 256  # pixels on the longer side: more would weigh too much in a notebook
BESIDE_A_POLE = (62, 64)  # in the default scene: row and column of a pixel one column left of a pole


class GriddingExplorer(Explorer):
    """Stack dilated convolutions; see which pixels of the field they reach, over how many paths, and the holes.

    rates: 1 to 6 whole numbers from 1 to 16, one dilation per layer, the layer that reads the input first.
    kernel_size: 2, 3, 4 or 5 taps per axis, the same in every layer; stride 1, no padding.
    image: (3, H, W) float in [0, 1], at most 256 pixels a side, to lay the field over; default a scene.
    position: (row, column) of the pixel in the middle of the field; default the image's middle, or beside a pole.
    step: how many layers' taps are drawn, from the output cell down; -1 draws all. predict: hide the holes first.
    Raises ValueError for other rates, kernels and images. Source of gridding: Yu et al. 2017 and Wang et al. 2018.

    >>> GriddingExplorer((2, 2, 2))
    GriddingExplorer(rates=(2, 2, 2), kernel_size=3, 49 of 169 pixels)
    """

    view = "gridding/view.js"
    figure_size = (9.6, 3.9)

    rates = traitlets.Any(help="one dilation per layer, the layer that reads the input first").tag(sync=True)
    kernel_size = traitlets.Any(3, help="taps per axis").tag(sync=True)
    step = traitlets.Int(-1, min=-1, help="layers drawn, from the output down; -1 is all").tag(sync=True)
    predict = traitlets.Bool(False, help="hide the holes until they are guessed or revealed").tag(sync=True)
    photo = traitlets.Unicode(help="the image as a data URL").tag(sync=True)
    size = traitlets.List(traitlets.Int(), help="height and width of the image").tag(sync=True)
    position = traitlets.List(traitlets.Int(), [-1, -1], help="middle of the field; -1 is the middle").tag(sync=True)

    def __init__(
        self,
        rates: Sequence[int] = (2, 2, 2),
        kernel_size: int = 3,
        image: Tensor | None = None,
        position: tuple[int, int] | None = None,
        **traits: Any,
    ) -> None:
        """Start from these rates; `step` and `predict` may be given as well."""
        if image is None:
            image = Scenes(1, size=(96, 128), seed=6)[0]["image"]
            position = position or BESIDE_A_POLE
        self._image = check_image(image)
        super().__init__(
            rates=rates,
            kernel_size=kernel_size,
            photo=data_url(self._image),
            size=list(self._image.shape[1:]),
            **traits,
        )
        if position is not None:
            self.position = list(position)

    @traitlets.validate("rates")
    def _check_rates(self, proposal: dict[str, Any]) -> list[int]:
        return as_rates(proposal["value"])

    @traitlets.validate("kernel_size")
    def _check_kernel(self, proposal: dict[str, Any]) -> int:
        kernel = proposal["value"]
        if isinstance(kernel, bool) or kernel not in KERNEL_SIZES:
            raise ValueError(f"kernel_size is {kernel!r}; give 2, 3, 4 or 5 taps per axis, the same for all layers")
        return int(kernel)

    @property
    def levels(self) -> list[Tensor]:
        """Paths from the output cell to each cell of each level along one axis, the input first; int64 (cells,)."""
        plain = {"kernel": self.kernel_size, "stride": 1, "padding": 0}
        layers = [{**plain, "dilation": rate} for rate in self.rates]
        return [counts.long() for counts in path_counts(layers, self.field, 0)]

    @property
    def counts(self) -> Tensor:
        """Paths from the output cell to each pixel of its field, (side, side) int64; a hole has 0."""
        paths = self.levels[0]
        return torch.outer(paths, paths)

    @property
    def field(self) -> int:
        """Side of the field in pixels: 1 + Σ rate · (kernel − 1)."""
        return 1 + sum(self.rates) * (self.kernel_size - 1)

    @property
    def holes(self) -> int:
        """Pixels of the field, side × side, that no path reaches."""
        return int((self.counts == 0).sum())

    def describe(self) -> str:
        """Say the sizes and the holes; the alt text of the picture."""
        rates = ", ".join(map(str, self.rates))
        side = self.field
        used = side**2 - self.holes
        holes = "there is no hole"
        if self.holes:
            holes = f"{self.holes} are holes that no path reaches"
        return (
            f"{len(self.rates)} layers of {self.kernel_size} by {self.kernel_size} convolutions with rates {rates}, "
            f"from the side: lines from one output cell down to the input columns that it reads. Beside it the field "
            f"of {side} by {side} pixels with the number of paths to each: {used} pixels are reached, {holes}."
        )

    def draw(self, figure: "Figure") -> None:
        """Draw the stack from the side, the field as a map of path counts, and the field over the image."""
        from segedu.widgets.gridding.figure import draw_gridding

        middle = []
        for place, side in zip(self.position, self.size, strict=True):
            middle.append(side // 2 if place < 0 else min(place, side - 1))
        image = self._image.permute(1, 2, 0).numpy()  # (H, W, 3)
        draw_gridding(figure, self.rates, self.kernel_size, self.levels, image, middle)

    def __repr__(self) -> str:
        """Name the stack and its count; the same text in every run."""
        used = f"{self.field**2 - self.holes} of {self.field**2} pixels"
        return f"GriddingExplorer(rates={tuple(self.rates)}, kernel_size={self.kernel_size}, {used})"


def as_rates(rates: Any) -> list[int]:
    """Return the rates as a list of Python ints.

    Raises:
        ValueError: they are not 1 to 6 whole numbers from 1 to 16.

    >>> as_rates((1, 2, 5))
    [1, 2, 5]
    """
    values = rates.tolist() if isinstance(rates, Tensor) else rates
    values = list(values) if isinstance(values, Sequence) else [values]
    if not all(type(rate) is int and 1 <= rate <= LARGEST_RATE for rate in values):
        raise ValueError(f"the rates are {rates!r}; give whole numbers from 1 to {LARGEST_RATE}, one per layer")
    if not 1 <= len(values) <= MOST_RATES:
        raise ValueError(f"the stack has {len(values)} rates; give 1 to {MOST_RATES}, one per layer")
    return values


def check_image(image: Tensor) -> Tensor:
    """Return the image as float32 (3, H, W) on the CPU.

    Raises:
        ValueError: it is no such image, or too large.
    """
    if image.ndim != 3 or image.shape[0] != 3 or not image.is_floating_point():
        raise ValueError(f"the image is {image.dtype} of shape {tuple(image.shape)}; give (3, H, W) floats in [0, 1]")
    height, width = image.shape[1:]
    if max(height, width) > LARGEST_IMAGE:
        raise ValueError(f"the image has {height} × {width} pixels; shrink it to at most {LARGEST_IMAGE} per side")
    return read_image(image)
