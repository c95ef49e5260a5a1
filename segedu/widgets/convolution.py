"""The convolution explorer of lectures 03 and 06: input, kernel and output as numbers to edit and step through."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
import traitlets

from segedu.widgets._base import Explorer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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

    view = "view_convolution.js"
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
        sizes = {"stride": stride, "padding": padding, "dilation": dilation}
        for name, value in sizes.items():
            least = 0 if name == "padding" else 1
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"{name} is {value!r}; give one whole number, at least {least}, for both axes")
        super().__init__(image=image, kernel=kernel, **sizes, **traits)

    @traitlets.validate("image", "kernel")
    def _as_rows(self, proposal: dict[str, Any]) -> list[list[float]]:
        name = proposal["trait"].name
        return as_rows(proposal["value"], name, LARGEST_INPUT if name == "image" else LARGEST_KERNEL)

    @property
    def fits(self) -> bool:
        """Whether the kernel, spread by the dilation, fits into the padded input."""
        sizes = zip((len(self.image), len(self.image[0])), (len(self.kernel), len(self.kernel[0])), strict=True)
        return all(size + 2 * self.padding >= self.dilation * (taps - 1) + 1 for size, taps in sizes)

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
        image, kernel = _sizes(self.image, " by "), _sizes(self.kernel, " by ")
        outcome = "no output: the kernel is larger than the padded input"
        if self.fits:
            outcome = f"a {_sizes(self.output, ' by ')} output"
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
        left = _draw_grid(
            axes, 0, padded, "input" + (f", padding {self.padding}" if self.padding else ""), window, self.padding
        )
        left = _draw_sign(axes, left, "∗")
        left = _draw_grid(
            axes, left, footprint, "kernel" + (f", dilation {self.dilation}" if self.dilation > 1 else ""), taps
        )
        left = _draw_sign(axes, left, "=")
        if self.fits:
            shown = np.full_like(output, np.nan) if self.predict else output
            left = _draw_grid(axes, left, shown, "output" + (f", stride {self.stride}" if self.stride > 1 else ""), {})
            _outline(axes, left - output.shape[1] + col, row - output.shape[0] / 2, 1, 1)
            _outline(
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
        return f"ConvolutionExplorer(image={_sizes(self.image)}, kernel={_sizes(self.kernel)}, {setting})"


def _sizes(rows: Any, by: str = "×") -> str:
    return f"{len(rows)}{by}{len(rows[0])}"


def as_rows(values: Any, name: str, largest: int) -> list[list[float]]:
    """Return a matrix (tensor, array or nested lists) as rows of Python numbers, whole ones as int.

    Raises ValueError if it is not two-dimensional, has a side over `largest` or none at all, or holds anything but
    finite numbers.
    """
    try:
        matrix = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} is not a matrix of numbers; give a tensor or lists of shape (height, width)"
        ) from error
    if matrix.ndim != 2 or not all(1 <= side <= largest for side in matrix.shape):
        raise ValueError(
            f"{name} has shape {tuple(matrix.shape)}; give (height, width) with 1 to {largest} on each side"
        )
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} holds a number that is not finite; replace NaN and infinity")
    return [[int(value) if value == int(value) else float(value) for value in row] for row in matrix.tolist()]


def _draw_grid(
    axes: "Axes", left: float, values: np.ndarray, title: str, taps: dict[tuple[int, int], int], padding: int = 0
) -> float:
    """Draw one grid, centered on y = 0, from x = left; return its right edge."""
    from matplotlib.patches import Rectangle

    from segedu.viz import TAP_COLORS

    height, width = values.shape
    known = values[~np.isnan(values)]
    low, high = (known.min(), known.max()) if known.size else (0, 0)
    for (row, col), value in np.ndenumerate(values):
        inside = padding <= row < height - padding and padding <= col < width - padding and not np.isnan(value)
        gray = 1 - 0.26 * ((value - low) / (high - low) if inside and high > low else 0)
        tap = taps.get((row, col))
        color = (gray, gray, gray) if tap is None else TAP_COLORS[tap]
        edge, style = ("#9a9a9a", "-" if inside else ":") if tap is None else ("white", "-")
        x, y = left + col, row - height / 2
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=color, edgecolor=edge, linestyle=style, linewidth=0.8))
        if not np.isnan(value):
            ink = "white" if tap is not None and _is_dark(color) else "black"
            axes.text(
                x + 0.5, y + 0.5, f"{value:.3g}".replace("-", "−"), ha="center", va="center", color=ink, fontsize=9
            )
    if padding:
        _outline(axes, left + padding, padding - height / 2, width - 2 * padding, height - 2 * padding, linewidth=1.2)
    axes.text(left, -height / 2 - 0.2, f"{title}\n{height} × {width}", ha="left", va="bottom", fontsize=9)
    return left + width


def _draw_sign(axes: "Axes", left: float, sign: str) -> float:
    axes.text(left + 0.6, 0, sign, ha="center", va="center", fontsize=14)
    return left + 1.2


def _outline(axes: "Axes", x: float, y: float, width: float, height: float, linewidth: float = 2.4) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor="black", linewidth=linewidth))


def _is_dark(color: Any) -> bool:
    from matplotlib.colors import to_rgb

    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.18
