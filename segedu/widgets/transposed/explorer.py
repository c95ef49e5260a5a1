"""The transposed-convolution explorer of lecture 08: stamps that add up, windows that collect, and their overlap."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
import traitlets

from segedu.ops.sizes import transposed_output_size
from segedu.ops.transposed import overlap_count
from segedu.widgets.base import Explorer
from segedu.widgets.kit.grids import as_rows, sizes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST_INPUT = 6  # cells per side: stride 4 makes 32 of them, more can't be read
LARGEST_KERNEL = 5  # a color for each of 25 taps
RANGES = {"stride": (1, 4), "padding": (0, 4), "output_padding": (0, 4), "dilation": (1, 2)}


def default_image() -> list[list[int]]:
    """Return the 3 × 4 input that the explorer starts with; asymmetric, so H and W can't be swapped unseen."""
    return [[1, 2, 0, 1], [3, 1, 2, 0], [0, 2, 1, 3]]


def default_kernel() -> list[list[int]]:
    """Return the 3 × 3 kernel that the explorer starts with; it differs from its own flip."""
    return [[1, 2, 3], [0, 1, 2], [2, 1, 1]]


class TransposedConvolutionExplorer(Explorer):
    """Step through a 2-D transposed convolution, as stamps and as windows, and see how often stamps overlap.

    image: (H, W) numbers, 1 to 6 on each side; default 3 × 4. kernel: (kH, kW) numbers, 1 to 5 on each side; default
    3 × 3. stride 1 to 4, padding and output_padding 0 to 4, dilation 1 or 2, each one number for both axes. position is
    the input cell that stamps, by default in the middle; target the output cell that collects, by default where most
    stamps overlap; both counted row by row. A setting that torch refuses is allowed: the explorer says why there is no
    output. Raises ValueError for anything but numbers in these ranges. All arguments are traits: what the student
    changes in the page can be read back, what is set here shows in the page. Sources: Dumoulin & Visin 2016, chapter 4
    (sizes); Odena et al. 2016 (overlap).

    >>> TransposedConvolutionExplorer(padding=1, output_padding=1)
    TransposedConvolutionExplorer(image=3×4, kernel=3×3, stride=2, padding=1, output_padding=1, dilation=1)
    """

    view = "transposed/view.js"
    figure_size = (9.6, 6.4)

    image = traitlets.Any().tag(sync=True)
    kernel = traitlets.Any().tag(sync=True)
    stride = traitlets.Int(2).tag(sync=True)
    padding = traitlets.Int(0).tag(sync=True)
    output_padding = traitlets.Int(0).tag(sync=True)
    dilation = traitlets.Int(1).tag(sync=True)
    position = traitlets.Int(0, min=0, help="the input cell whose stamp is the last one, row by row").tag(sync=True)
    target = traitlets.Int(0, min=0, help="the output cell that is gathered, row by row").tag(sync=True)
    predict = traitlets.Bool(False, help="hide each output value until it is guessed or revealed").tag(sync=True)

    def __init__(
        self,
        image: Any = None,
        kernel: Any = None,
        stride: int = 2,
        padding: int = 0,
        output_padding: int = 0,
        dilation: int = 1,
        position: int | None = None,
        target: int | None = None,
        **traits: Any,
    ) -> None:
        """Start from these numbers; `predict` may be given as well."""
        image = default_image() if image is None else image
        kernel = default_kernel() if kernel is None else kernel
        options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
        for name, value in options.items():
            _check_option(name, value)
        super().__init__(image=image, kernel=kernel, **options, **traits)
        self.position = _middle(*_shape(self.image)) if position is None else position
        self.target = (_busiest(self.overlap) if self.fits else 0) if target is None else target

    @traitlets.validate("image", "kernel")
    def _as_rows(self, proposal: dict[str, Any]) -> list[list[float]]:
        name = proposal["trait"].name
        return as_rows(proposal["value"], name, LARGEST_INPUT if name == "image" else LARGEST_KERNEL)

    @traitlets.validate(*RANGES)
    def _in_range(self, proposal: dict[str, Any]) -> int:
        return _check_option(proposal["trait"].name, proposal["value"])

    @property
    def fits(self) -> bool:
        """Whether torch takes the setting: stamps are left after the crop, and output_padding keeps its rule."""
        return not self.reason

    @property
    def reason(self) -> str:
        """Why torch refuses the setting, in one sentence; empty when it takes it."""
        try:
            self._output_size()
        except ValueError as error:
            return str(error)
        return ""

    @property
    def output(self) -> torch.Tensor:
        """The output as torch computes it, (H_out, W_out) float64. Raises ValueError where torch refuses it."""
        self._output_size()  # its error says how to mend the setting
        image, kernel = (torch.tensor(rows, dtype=torch.float64)[None, None] for rows in (self.image, self.kernel))
        return F.conv_transpose2d(
            image, kernel, None, self.stride, self.padding, self.output_padding, dilation=self.dilation
        )[0, 0]

    @property
    def overlap(self) -> torch.Tensor:
        """How many stamps cover each output cell, (H_out, W_out) int64. Raises ValueError where there is no output."""
        return overlap_count(_shape(self.image), _shape(self.kernel), **self._options())

    def describe(self) -> str:
        """Say the sizes, the place of stamp and window, and the counts; the alt text of the picture."""
        image, kernel = sizes(self.image, " by "), sizes(self.kernel, " by ")
        start = f"A {image} input and a {kernel} kernel with {self._in_words()}: "
        if not self.fits:
            return start + self.reason
        counts = ", ".join(str(int(count)) for count in self.overlap.unique())
        height, width = self._output_size()
        return (
            f"{start}a {height} by {width} output, drawn twice. Above, stamps add up, {self._done() + 1} of "
            f"{len(self.image) * len(self.image[0])}, the last one in the colors of the taps; below, a window over the "
            f"zero-stuffed input collects one output cell. A map counts the stamps on each output cell: {counts}."
        )

    def draw(self, figure: "Figure") -> None:
        """Draw the scatter view above, the gather view below, and the map of overlap counts beside them."""
        from segedu.widgets.transposed.figure import Scene, draw_refusal, draw_transposed

        image, kernel = (np.array(rows, dtype=float) for rows in (self.image, self.kernel))
        output = self.output.numpy() if self.fits else np.zeros((1, 1))
        scene = Scene(
            image, kernel, output, self.stride, self.padding, self.output_padding, self.dilation,
            position=self._done(), target=min(self.target, output.size - 1), predict=self.predict,
        )  # fmt: skip
        if self.fits:
            draw_transposed(figure, scene)
        else:
            draw_refusal(figure, scene, self.reason)

    def _output_size(self) -> tuple[int, int]:
        height, width = transposed_output_size(_shape(self.image), _shape(self.kernel), **self._options())  # type: ignore[misc]
        return height, width

    def _options(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in RANGES}

    def _in_words(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self._options().items())

    def _done(self) -> int:
        return min(self.position, len(self.image) * len(self.image[0]) - 1)

    def __repr__(self) -> str:
        """Name the sizes; the same text in every run."""
        setting = ", ".join(f"{name}={value}" for name, value in self._options().items())
        return f"TransposedConvolutionExplorer(image={sizes(self.image)}, kernel={sizes(self.kernel)}, {setting})"


def _shape(rows: list[list[float]]) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _middle(height: int, width: int) -> int:
    return height // 2 * width + width // 2


def _busiest(counts: torch.Tensor) -> int:
    """Return the cell nearest to the middle among those with most stamps, counted row by row."""
    places = (counts == counts.max()).nonzero()  # (cells, 2)
    middle = torch.tensor([(side - 1) / 2 for side in counts.shape])
    row, col = places[((places - middle) ** 2).sum(dim=1).argmin()].tolist()
    return int(row * counts.shape[1] + col)


def _check_option(name: str, value: Any) -> int:
    least, most = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} is {value!r}; give one whole number from {least} to {most}, for both axes")
    return value
