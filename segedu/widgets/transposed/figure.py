"""The transposed-convolution explorer as a picture: stamps above, the window below, overlap counts beside them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

from segedu.ops.transposed import overlap_count
from segedu.widgets.kit.colors import ink_on
from segedu.widgets.kit.grids import draw_grid, draw_sign, outline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 1.6  # cells between the output and the map beside it
READABLE = 46  # cells in a row: more are too small for numbers
Taps = dict[tuple[int, int], int]  # (row, col) of a grid → the tap whose color it wears


@dataclass(frozen=True)
class Scene:
    """What is drawn: image (H, W), kernel (kH, kW) and output (H', W') as float arrays, and torch's options.

    position is the input cell that stamped last, target the output cell that is gathered, both row by row.
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

    def stamps(self) -> tuple[np.ndarray, list[tuple[int, int]]]:
        """Return the uncropped sum of the stamps so far, and how many rows and columns are cropped before and after."""
        done = np.where(np.arange(self.image.size).reshape(self.image.shape) <= self.position, self.image, 0)
        image, kernel = (torch.from_numpy(array)[None, None] for array in (done, self.kernel))
        sums = F.conv_transpose2d(image, kernel, stride=self.stride, dilation=self.dilation)[0, 0].numpy()
        sums = np.pad(sums, (0, max(0, self.output_padding - self.padding)))  # rows that no stamp reaches
        after = (whole - self.padding - kept for whole, kept in zip(sums.shape, self.output.shape, strict=True))
        return sums, [(self.padding, rest) for rest in after]

    def stuffed(self) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
        """Return the zero-stuffed, padded input, a mask of the input cells in it, and the rows added around."""
        layers = np.zeros((2, *((side - 1) * self.stride + 1 for side in self.image.shape)))
        layers[:, :: self.stride, :: self.stride] = self.image, np.ones_like(self.image)
        high, wide = (self.dilation * (size - 1) - self.padding for size in self.kernel.shape)
        margins = (wide, wide + self.output_padding, high, high + self.output_padding)
        values, mask = F.pad(torch.from_numpy(layers), margins).numpy()  # negative margins crop
        added = [(max(0, margin), max(0, margin + self.output_padding)) for margin in (high, wide)]
        return values, mask > 0, added

    def width(self) -> int:
        """Return the cells that the wider of the two views has in a row."""
        kernel, columns = self.spread()[0].shape[1], self.output.shape[1]
        return max(self.image.shape[1] + self.stamps()[0].shape[1], self.stuffed()[0].shape[1]) + kernel + columns

    def spread(self, flipped: bool = False) -> tuple[np.ndarray, Taps]:
        """Return the kernel spread by the dilation, NaN in the holes, and where in it each tap is."""
        numbers = np.arange(self.kernel.size).reshape(self.kernel.shape)
        kernel, numbers = (self.kernel[::-1, ::-1], numbers[::-1, ::-1]) if flipped else (self.kernel, numbers)
        spread = np.full([self.dilation * (size - 1) + 1 for size in kernel.shape], np.nan)
        spread[:: self.dilation, :: self.dilation] = kernel
        return spread, {(i * self.dilation, j * self.dilation): int(tap) for (i, j), tap in np.ndenumerate(numbers)}


def draw_transposed(figure: "Figure", scene: Scene) -> None:
    """Fill the figure with the scatter view above, the gather view below, in cells of one size."""
    numbers = scene.width() <= READABLE
    rows = max(len(scene.stamps()[0]), len(scene.image)), len(scene.stuffed()[0])
    figure.set_layout_engine("none")  # measuring each of hundreds of numbers would take most of the time
    edges = {"left": 0.01, "right": 0.99, "bottom": 0.01, "top": 0.99, "hspace": 0.02}
    views = figure.subplots(2, 1, height_ratios=[height + 2.2 for height in rows], gridspec_kw=edges)
    right = max(_draw_scatter(views[0], scene, numbers), _draw_gather(views[1], scene, numbers))
    for axes, height in zip(views, rows, strict=True):
        axes.set(xlim=(-0.1, right + 0.1), ylim=(height / 2 + 0.2, -height / 2 - 2), aspect="equal")
        axes.axis("off")


def draw_refusal(figure: "Figure", scene: Scene, reason: str) -> None:
    """Draw input and kernel of a setting that torch refuses, and say why it does."""
    figure.set_size_inches(9.6, 2.6)
    axes, (kernel, taps) = figure.subplots(), scene.spread()
    left = draw_sign(axes, draw_grid(axes, 0, scene.image, "input", {}), "∗ᵀ")
    left = draw_sign(axes, draw_grid(axes, left, kernel, "kernel", taps), "=")
    words = "no output:\n" + reason.replace(": ", ":\n").replace("; ", ";\n").replace(", ", ",\n")
    axes.text(left, 0, words, ha="left", va="center", fontsize=9)
    axes.set(xlim=(-0.1, left + 12), ylim=(3.4, -4.4), aspect="equal")
    axes.axis("off")


def _draw_scatter(axes: "Axes", scene: Scene, numbers: bool) -> float:
    kernel, taps = scene.spread()
    sums, margins = scene.stamps()
    row, col = divmod(scene.position, scene.image.shape[1])
    left = draw_sign(axes, draw_grid(axes, 0, scene.image, "input", {}, numbers=numbers), "∗ᵀ")
    outline(axes, col, row - scene.image.shape[0] / 2, 1, 1)
    left = draw_sign(axes, draw_grid(axes, left, kernel, "kernel", taps, numbers=numbers), "=")
    stamp = {(row * scene.stride + i, col * scene.stride + j): tap for (i, j), tap in taps.items()}
    cropped = ", cropped" if np.any(margins) else ""
    title = f"scatter: {scene.position + 1} of {scene.image.size} stamps, stride {scene.stride}{cropped}"
    shown = np.full_like(sums, np.nan) if scene.predict else sums
    left = draw_grid(axes, left, shown, title, stamp, margins, numbers)
    return _draw_overlap(axes, left + GAP, scene, numbers)


def _draw_gather(axes: "Axes", scene: Scene, numbers: bool) -> float:
    kernel, taps = scene.spread(flipped=True)
    stuffed, is_input, added = scene.stuffed()
    row, col = divmod(scene.target, scene.output.shape[1])
    window = {(row + i, col + j): tap for (i, j), tap in taps.items() if is_input[row + i, col + j]}
    left = draw_grid(axes, 0, stuffed, "gather: input, zero-stuffed and padded", window, added, numbers)
    left = draw_sign(axes, left, "∗")
    outline(axes, col, row - len(stuffed) / 2, kernel.shape[1], kernel.shape[0])
    left = draw_sign(axes, draw_grid(axes, left, kernel, "flipped", taps, numbers=numbers), "=")
    output = np.full_like(scene.output, np.nan) if scene.predict else scene.output
    right = draw_grid(axes, left, output, "output", {}, numbers=numbers)
    outline(axes, left + col, row - len(output) / 2, 1, 1)
    return right


def _draw_overlap(axes: "Axes", left: float, scene: Scene, numbers: bool) -> float:
    """Draw the number of stamps on each output cell, bright where many overlap; return the right edge."""
    from matplotlib import colormaps

    sides = scene.image.shape, scene.kernel.shape
    counts = overlap_count(*sides, scene.stride, scene.padding, scene.output_padding, scene.dilation).numpy()
    height, width = counts.shape
    colors = colormaps["cividis"](counts / max(counts.max(), 1))[..., :3]
    axes.imshow(colors, extent=(left, left + width, height / 2, -height / 2))
    for (row, col), count in np.ndenumerate(counts) if numbers else ():
        ink = ink_on(colors[row, col])
        axes.text(left + col + 0.5, row - height / 2 + 0.5, count, ha="center", va="center", color=ink, fontsize=9)
    axes.text(left, -height / 2 - 0.2, f"stamps per cell\n{height} × {width}", ha="left", va="bottom", fontsize=9)
    return left + width
