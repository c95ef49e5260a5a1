"""The transposed-convolution explorer as a picture: stamps above, the window below, overlaps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F

from segedu.ops.transposed import overlap_count
from segedu.widgets.kit.grids import Taps, draw_grid, draw_sign, draw_title, outline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 1.6  # cells between the output and the map beside it
READABLE = 46  # cells in a row: more are too small for numbers
Margins = list[tuple[int, int]]  # (before, after) for rows and for columns


@dataclass(frozen=True)
class Scene:
    """What is drawn: image (H, W), kernel (kH, kW), output (H', W') as floats, torch's options.

    position: the input cell that stamped last. target: the output cell that is gathered. Both are
    counted row by row. predict: whether the output is left empty.
    """

    image: np.ndarray
    kernel: np.ndarray
    output: np.ndarray
    stride: int
    padding: int
    output_padding: int
    dilation: int
    position: int
    target: int
    predict: bool

    def stamps(self) -> tuple[np.ndarray, Margins]:
        """Return the uncropped sum of the stamps so far, and the rows and columns to crop."""
        # The sum of the stamps up to `position`, without padding.
        places = np.arange(self.image.size).reshape(self.image.shape)
        stamped = torch.from_numpy(np.where(places <= self.position, self.image, 0))
        kernel = torch.from_numpy(self.kernel)
        sums = F.conv_transpose2d(stamped[None, None], kernel[None, None], stride=self.stride, dilation=self.dilation)[
            0, 0
        ].numpy()

        # Output padding may reach beyond all stamps.
        sums = np.pad(sums, (0, max(0, self.output_padding - self.padding)))
        sides = zip(sums.shape, self.output.shape, strict=True)
        return sums, [(self.padding, whole - self.padding - kept) for whole, kept in sides]

    def stuffed(self) -> tuple[np.ndarray, np.ndarray, Margins]:
        """Return the zero-stuffed, padded input, a mask of its input cells, and the cells added."""
        # Zeros between the cells, once for the values and once for the mask.
        sides = [(side - 1) * self.stride + 1 for side in self.image.shape]
        layers = np.zeros((2, *sides))
        layers[0, :: self.stride, :: self.stride] = self.image
        layers[1, :: self.stride, :: self.stride] = 1

        # Margins around them; negative ones crop.
        rows, columns = (self.dilation * (size - 1) - self.padding for size in self.kernel.shape)
        more_rows = rows + self.output_padding
        more_columns = columns + self.output_padding
        margins = (columns, more_columns, rows, more_rows)
        values, mask = F.pad(torch.from_numpy(layers), margins).numpy()
        added = [(max(0, rows), max(0, more_rows)), (max(0, columns), max(0, more_columns))]
        return values, mask > 0, added

    def spread(self, flipped: bool = False) -> tuple[np.ndarray, Taps]:
        """Return the kernel spread by the dilation, NaN in the holes, and where each tap is."""
        kernel = self.kernel
        numbers = np.arange(kernel.size).reshape(kernel.shape)
        if flipped:
            kernel = kernel[::-1, ::-1]
            numbers = numbers[::-1, ::-1]
        step = self.dilation
        spread = np.full([step * (size - 1) + 1 for size in kernel.shape], np.nan)
        spread[::step, ::step] = kernel
        taps = {(row * step, col * step): int(tap) for (row, col), tap in np.ndenumerate(numbers)}
        return spread, taps

    def width(self) -> int:
        """Return the cells that the wider of the two views has in a row."""
        kernel, _ = self.spread()
        sums, _ = self.stamps()
        stuffed, _, _ = self.stuffed()
        scatter = self.image.shape[1] + sums.shape[1]
        gather = stuffed.shape[1]
        return max(scatter, gather) + kernel.shape[1] + self.output.shape[1]


def draw_transposed(figure: "Figure", scene: Scene) -> None:
    """Fill the figure with the scatter view above, the gather view below, in cells of one size."""
    has_numbers = scene.width() <= READABLE
    sums, _ = scene.stamps()
    stuffed, _, _ = scene.stuffed()
    heights = [max(len(sums), len(scene.image)), len(stuffed)]  # cells
    figure.set_layout_engine("none")  # to measure hundreds of numbers would take most of the time
    edges = {"left": 0.01, "right": 0.99, "bottom": 0.01, "top": 0.99, "hspace": 0.02}
    ratios = [height + 2.2 for height in heights]
    above, below = figure.subplots(2, 1, height_ratios=ratios, gridspec_kw=edges)
    right_above = _draw_scatter(above, scene, has_numbers)
    right_below = _draw_gather(below, scene, has_numbers)
    right = max(right_above, right_below)
    for axes, height in zip((above, below), heights, strict=True):
        limits = {"xlim": (-0.1, right + 0.1), "ylim": (height / 2 + 0.2, -height / 2 - 2)}
        axes.set(aspect="equal", **limits)
        axes.axis("off")


def draw_refusal(figure: "Figure", scene: Scene, reason: str) -> None:
    """Draw input and kernel of a setting that torch refuses, and say why it does."""
    figure.set_size_inches(9.6, 2.6)
    axes = figure.subplots()
    kernel, taps = scene.spread()
    left = draw_grid(axes, 0, scene.image, "input", {})
    left = draw_sign(axes, left, "∗ᵀ")
    left = draw_grid(axes, left, kernel, "kernel", taps)
    left = draw_sign(axes, left, "=")
    words = "no output:\n" + reason.replace(": ", ":\n").replace("; ", ";\n").replace(", ", ",\n")
    axes.text(left, 0, words, ha="left", va="center", fontsize=9)
    axes.set(xlim=(-0.1, left + 12), ylim=(3.4, -4.4), aspect="equal")
    axes.axis("off")


def _draw_scatter(axes: "Axes", scene: Scene, numbers: bool) -> float:
    """Draw input ∗ᵀ kernel = the stamps so far, the last one in color; return the right edge."""
    kernel, taps = scene.spread()
    sums, margins = scene.stamps()
    row, col = divmod(scene.position, scene.image.shape[1])

    # The input with the cell that stamps, and the kernel.
    left = draw_grid(axes, 0, scene.image, "input", {}, numbers=numbers)
    outline(axes, col, row - scene.image.shape[0] / 2, 1, 1)
    left = draw_sign(axes, left, "∗ᵀ")
    left = draw_grid(axes, left, kernel, "kernel", taps, numbers=numbers)
    left = draw_sign(axes, left, "=")

    # The sum of the stamps, empty while it is to be predicted.
    top = row * scene.stride
    start = col * scene.stride
    stamp = {(top + i, start + j): tap for (i, j), tap in taps.items()}
    title = f"scatter: {scene.position + 1} of {scene.image.size} stamps, stride {scene.stride}"
    if np.any(margins):
        title += ", cropped"
    values = np.full_like(sums, np.nan) if scene.predict else sums
    left = draw_grid(axes, left, values, title, stamp, margins, numbers)
    return _draw_overlap(axes, left + GAP, scene, numbers)


def _draw_gather(axes: "Axes", scene: Scene, numbers: bool) -> float:
    """Draw the stuffed input ∗ the flipped kernel = the output; return the right edge."""
    kernel, taps = scene.spread(flipped=True)
    stuffed, is_input, added = scene.stuffed()
    row, col = divmod(scene.target, scene.output.shape[1])

    # The stuffed input; where the kernel lies on cells of the input, they wear the taps' colors.
    window = {(row + i, col + j): tap for (i, j), tap in taps.items() if is_input[row + i, col + j]}
    title = "gather: input, zero-stuffed and padded"
    left = draw_grid(axes, 0, stuffed, title, window, added, numbers)
    outline(axes, col, row - len(stuffed) / 2, kernel.shape[1], kernel.shape[0])

    # The kernel, and the output with the cell that is gathered.
    left = draw_sign(axes, left, "∗")
    left = draw_grid(axes, left, kernel, "flipped", taps, numbers=numbers)
    left = draw_sign(axes, left, "=")
    output = np.full_like(scene.output, np.nan) if scene.predict else scene.output
    right = draw_grid(axes, left, output, "output", {}, numbers=numbers)
    outline(axes, left + col, row - len(output) / 2, 1, 1)
    return right


def _draw_overlap(axes: "Axes", left: float, scene: Scene, numbers: bool) -> float:
    """Draw the number of stamps on each output cell, bright where many overlap.

    Return the right edge.
    """
    from matplotlib import colormaps

    from segedu.viz.colors import ink_on

    counts = overlap_count(
        scene.image.shape,
        scene.kernel.shape,
        scene.stride,
        scene.padding,
        scene.output_padding,
        scene.dilation,
    ).numpy()
    height, width = counts.shape
    colors = colormaps["cividis"](counts / max(counts.max(), 1))[..., :3]
    axes.imshow(colors, extent=(left, left + width, height / 2, -height / 2))
    if numbers:
        centered: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9}
        for (row, col), count in np.ndenumerate(counts):
            place = (left + col + 0.5, row - height / 2 + 0.5)
            axes.text(*place, count, color=ink_on(colors[row, col]), **centered)
    draw_title(axes, left, counts, "stamps per cell")
    return left + width
