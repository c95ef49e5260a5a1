"""The convolution explorer of lectures 03 and 06: input, kernel and output as numbers to edit and step through."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
import traitlets

from segedu.widgets.base import Explorer
from segedu.widgets.kit.grids import as_rows, draw_grid, draw_sign, outline, sizes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST_INPUT = 32  # cells per side: beyond, numbers are too small to read
LARGEST_KERNEL = 5  # a color for each of 25 taps


def default_image() -> list[list[int]]:
    """Return the 5 × 7 picture that the explorer starts with; asymmetric, so H and W can't be swapped unseen."""
    return [
        [1, 0, 2, 3, 1, 0, 2],
        [0, 3, 3, 3, 0, 1, 1],
        [2, 3, 0, 3, 2, 0, 1],
        [1, 3, 3, 3, 1, 2, 0],
        [0, 1, 2, 0, 0, 1, 3],
    ]


def default_kernel() -> list[list[int]]:
    """Return the 3 × 3 kernel for vertical edges that the explorer starts with."""
    return [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


class ConvolutionExplorer(Explorer):
    """Step through a 2-D convolution: every product, the sum, the size formula, and what each cell is linked with.

    image: (H, W) numbers, 1 to 32 on each side; default 5 × 7. kernel: (kH, kW) numbers, 1 to 5 on each side; default
    3 × 3. stride and dilation >= 1, padding >= 0, each one number for both axes. A setting whose kernel does not fit is
    allowed: the explorer says why there is no output. Raises ValueError for anything but numbers in these ranges.
    All arguments are traits: what the student changes in the page can be read back, what is set here shows in the page.

    >>> ConvolutionExplorer(padding=1, stride=2)
    ConvolutionExplorer(image=5×7, kernel=3×3, stride=2, padding=1, dilation=1)
    """

    view = "convolution/view.js"
    figure_size = (9.6, 3.6)

    image = traitlets.Any().tag(sync=True)
    kernel = traitlets.Any().tag(sync=True)
    stride = traitlets.Int(1, min=1).tag(sync=True)
    padding = traitlets.Int(0, min=0).tag(sync=True)
    dilation = traitlets.Int(1, min=1).tag(sync=True)
    position = traitlets.Int(0, min=0, help="which output cell is shown, counted row by row").tag(sync=True)
    predict = traitlets.Bool(False, help="hide each output value until it is guessed or revealed").tag(sync=True)

    def __init__(
        self, image: Any = None, kernel: Any = None, stride: int = 1, padding: int = 0, dilation: int = 1, **traits: Any
    ) -> None:
        """Start from these numbers; `position` and `predict` may be given as well."""
        image = default_image() if image is None else image
        kernel = default_kernel() if kernel is None else kernel
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        for name, value in options.items():
            least = 0 if name == "padding" else 1
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"{name} is {value!r}; give one whole number, at least {least}, for both axes")
        super().__init__(image=image, kernel=kernel, **options, **traits)

    @traitlets.validate("image", "kernel")
    def _as_rows(self, proposal: dict[str, Any]) -> list[list[float]]:
        name = proposal["trait"].name
        return as_rows(proposal["value"], name, LARGEST_INPUT if name == "image" else LARGEST_KERNEL)

    @property
    def fits(self) -> bool:
        """Whether the kernel, spread by the dilation, fits into the padded input."""
        axes = zip((len(self.image), len(self.image[0])), (len(self.kernel), len(self.kernel[0])), strict=True)
        return all(size + 2 * self.padding >= self.dilation * (taps - 1) + 1 for size, taps in axes)

    @property
    def output(self) -> torch.Tensor:
        """The output as torch computes it, (H_out, W_out) float64. Raises ValueError where the kernel does not fit."""
        if not self.fits:
            raise ValueError(
                f"{self!r} has no output: the kernel is larger than the padded input; "
                "raise the padding or shrink the kernel"
            )
        image, kernel = (torch.tensor(rows, dtype=torch.float64)[None, None] for rows in (self.image, self.kernel))
        return F.conv2d(image, kernel, stride=self.stride, padding=self.padding, dilation=self.dilation)[0, 0]

    def describe(self) -> str:
        """Say the sizes and the outcome; the alt text of the picture."""
        image, kernel = sizes(self.image, " by "), sizes(self.kernel, " by ")
        outcome = "no output: the kernel is larger than the padded input"
        if self.fits:
            outcome = f"a {sizes(self.output, ' by ')} output"
        return (
            f"Three grids of numbers: a {image} input with padding {self.padding}, a {kernel} kernel with stride "
            f"{self.stride} and dilation {self.dilation}, and {outcome}; "
            "the cells under the kernel wear the colors of its taps."
        )

    def draw(self, figure: "Figure") -> None:
        """Draw input ∗ kernel = output with cells of one size, the taps in their colors at the present position."""
        axes = figure.add_subplot()
        padded = np.pad(np.array(self.image, dtype=float), self.padding)
        footprint, taps = self._footprint()
        row, col, window = 0, 0, {}
        if self.fits:
            output = self.output.numpy()
            row, col = divmod(min(self.position, output.size - 1), output.shape[1])
            window = {(row * self.stride + i, col * self.stride + j): tap for (i, j), tap in taps.items()}
        left = draw_grid(
            axes, 0, padded, "input" + (f", padding {self.padding}" if self.padding else ""), window, self.padding
        )
        left = draw_sign(axes, left, "∗")
        left = draw_grid(
            axes, left, footprint, "kernel" + (f", dilation {self.dilation}" if self.dilation > 1 else ""), taps
        )
        left = draw_sign(axes, left, "=")
        if self.fits:
            shown = np.full_like(output, np.nan) if self.predict else output
            left = draw_grid(axes, left, shown, "output" + (f", stride {self.stride}" if self.stride > 1 else ""), {})
            outline(axes, left - output.shape[1] + col, row - output.shape[0] / 2, 1, 1)
            outline(
                axes, col * self.stride, row * self.stride - padded.shape[0] / 2, footprint.shape[1], footprint.shape[0]
            )
        else:
            axes.text(
                left + 2.5, 0, "no output:\nthe kernel is larger\nthan the padded input", ha="center", va="center"
            )
            left += 5
        half = max(padded.shape[0], footprint.shape[0]) / 2
        axes.set(xlim=(-0.1, left + 0.1), ylim=(half + 0.2, -half - 1.4), aspect="equal")
        axes.axis("off")

    def _footprint(self) -> tuple[np.ndarray, dict[tuple[int, int], int]]:
        """Return the kernel spread by the dilation, NaN in the holes, and where in it each tap is."""
        kernel = np.array(self.kernel, dtype=float)
        footprint = np.full([self.dilation * (size - 1) + 1 for size in kernel.shape], np.nan)
        footprint[:: self.dilation, :: self.dilation] = kernel
        return footprint, {
            (i * self.dilation, j * self.dilation): tap for tap, (i, j) in enumerate(np.ndindex(*kernel.shape))
        }

    def __repr__(self) -> str:
        """Name the sizes; the same text in every run."""
        setting = f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}"
        return f"ConvolutionExplorer(image={sizes(self.image)}, kernel={sizes(self.kernel)}, {setting})"
