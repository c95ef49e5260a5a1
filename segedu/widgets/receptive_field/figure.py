"""The receptive-field explorer as a picture: the photo, the three fields magnified, the stack from the side."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from segedu.ops.receptive_fields import effective_size, receptive_field
from segedu.widgets.kit.paths import Layers, level_lengths, path_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ANALYTIC, HALF, LIT = "#D55E00", "#009E73", "#0072B2"  # as in fields.js and side.js
UNLIT = "#e4e4e4"
FAINT = 0.13  # what can't be seen by the output cell
KEYS = ("kernel", "stride", "padding", "dilation")


class FieldFigure:
    """What the picture shows of one stack: photo (H, W, 3) in [0, 1], layers, cell (row, column) of the output."""

    def __init__(self, photo: np.ndarray, layers: Layers, cell: tuple[int, int]) -> None:
        self.photo, self.layers, self.cell = photo, layers, cell
        plain = [[layer[key] for key in KEYS] for layer in layers]
        self.levels = [receptive_field(plain[:level]) for level in range(len(layers) + 1)]
        self.side = self.levels[-1].size[0]
        self.top, self.left, *_ = self.levels[-1].box(cell)
        self.rows = path_counts(layers, photo.shape[0], cell[0])[0]
        self.columns = path_counts(layers, photo.shape[1], cell[1])  # one per level
        self.weights = torch.outer(self.rows, self.columns[0]).numpy()  # (H, W)
        self.half = effective_size(torch.from_numpy(self.weights), 0.5)

    def draw(self, figure: "Figure") -> None:
        """Fill the figure: photo and fields above, the side view below."""
        grid = figure.add_gridspec(2, 4, height_ratios=[1, 1.25], width_ratios=[1.5, 1, 1, 1])
        self._draw_photo(figure.add_subplot(grid[0, 0]))
        touched, pixels = int((self.weights > 0).sum()), self.weights[self._square()].size
        fields = {
            f"analytic: {self.side} × {self.side}": np.ones_like(self.weights),
            f"measured: {touched:,} of {pixels:,}": self.weights > 0,
            f"effective: half in {self.half} × {self.half}": self.weights / self.weights.max(),
        }
        for column, (title, visible) in enumerate(fields.items(), start=1):
            self._draw_field(figure.add_subplot(grid[0, column]), title, visible)
        self._draw_side(figure.add_subplot(grid[1, :]))

    def _square(self) -> tuple[slice, slice]:
        """Return the part of the photo that the analytic square covers."""
        rows, columns = (slice(max(first, 0), max(first + self.side, 0)) for first in (self.top, self.left))
        return rows, columns

    def _draw_photo(self, axes: "Axes") -> None:
        height, width = self.weights.shape
        axes.imshow(self.photo, extent=(0, width, height, 0))
        self._draw_frames(axes, with_half=True)
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_title(f"output cell {self.cell} sees …", fontsize=9)
        axes.axis("off")

    def _draw_field(self, axes: "Axes", title: str, visible: np.ndarray) -> None:
        """Draw the square pixel by pixel: each as visible as it counts for the output cell."""
        alpha = np.full(visible.shape, FAINT)
        alpha[self._square()] += (1 - FAINT) * visible[self._square()]
        blended = self.photo * alpha[..., None] + (1 - alpha[..., None])
        height, width = self.weights.shape
        axes.imshow(blended, extent=(0, width, height, 0), interpolation="nearest")
        self._draw_frames(axes, with_half=title.startswith("effective"))
        margin = max(2, round(0.12 * self.side))
        right, bottom = self.left + self.side + margin, self.top + self.side + margin
        axes.set(xlim=(self.left - margin, right), ylim=(bottom, self.top - margin), xticks=[], yticks=[])
        axes.set_facecolor("#dddddd")
        axes.set_title(title, fontsize=9)

    def _draw_frames(self, axes: "Axes", with_half: bool) -> None:
        from matplotlib.patches import Rectangle

        frames = [Rectangle((self.left, self.top), self.side, self.side, edgecolor=ANALYTIC)]
        if with_half and self.half < self.side:
            left, top = (_center(counts) - self.half // 2 for counts in (self.columns[0], self.rows))
            frames.append(Rectangle((left, top), self.half, self.half, edgecolor=HALF, linestyle="--"))
        for frame in frames:
            frame.set(fill=False, linewidth=2)
            axes.add_patch(frame)

    def _draw_side(self, axes: "Axes") -> None:
        """Draw the stack from the side: lit cells feed the output column, darker ones over more paths."""
        from matplotlib.collections import LineCollection

        from segedu.viz import TAP_COLORS

        margin = max(2, round(0.2 * self.side))
        low, high = self.left - margin, self.left + self.side + margin
        lines, taps = zip(*self._lines(), strict=True)
        width = 1.2 if self.side < 60 else 0.5
        colors = [TAP_COLORS[tap] for tap in taps]
        axes.add_collection(LineCollection(lines, colors=colors, linewidths=width, alpha=0.8))
        for level, counts in enumerate(self.columns):
            self._draw_level(axes, level, counts.numpy(), low, high)
        names = ["input", *[f"layer {level}" for level in range(1, len(self.layers))], "output"]
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.tick_params(left=False, labelsize=8)
        axes.set(xlim=(low, high), ylim=(-0.35, len(self.layers) + 0.4))
        axes.set_xlabel("input column", fontsize=9)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.set_title(f"From the side: which cells feed output column {self.cell[1]}", fontsize=9)

    def _draw_level(self, axes: "Axes", level: int, counts: np.ndarray, low: float, high: float) -> None:
        from matplotlib.colors import to_rgb

        middles = np.array([self._middle(level, cell) for cell in range(len(counts))])
        seen = (middles >= low) & (middles <= high)
        share = np.where(counts > 0, 0.25 + 0.75 * counts / counts.max(), 0)[:, None]
        colors = np.where(share > 0, share * to_rgb(LIT) + (1 - share), to_rgb(UNLIT))
        width = 0.9 * self.levels[level].jump[1]
        spans = [(middle - width / 2, width) for middle in middles[seen]]
        axes.broken_barh(spans, (level - 0.18, 0.36), facecolors=colors[seen], zorder=3)
        if len(self.layers) > 10:
            return  # no height for numbers
        for middle, count, strength in zip(middles[seen], counts[seen], share[seen, 0], strict=True):
            if count and width / (high - low) > 0.0072 * len(f"{count:.0f}"):
                ink = "white" if strength > 0.6 else "black"
                axes.text(middle, level, f"{count:.0f}", ha="center", va="center", fontsize=7, zorder=4, color=ink)

    def _lines(self) -> Iterator[tuple[list[tuple[float, float]], int]]:
        """Yield ((x, y) of reader, (x, y) of what it reads) and the tap, for every lit cell."""
        lengths = level_lengths(self.layers, self.photo.shape[1])
        for level, layer in enumerate(self.layers, start=1):
            for cell in self.columns[level].nonzero().flatten().tolist():
                for tap in range(layer["kernel"]):
                    read = cell * layer["stride"] - layer["padding"] + tap * layer["dilation"]
                    if 0 <= read < lengths[level - 1]:
                        yield [(self._middle(level, cell), level), (self._middle(level - 1, read), level - 1)], tap

    def _middle(self, level: int, cell: int) -> float:
        """Return the middle of a cell's field, in input columns."""
        _, left, _, right = self.levels[level].box((0, cell))
        return (left + right - 1) / 2


def _center(counts: torch.Tensor) -> float:
    return float((torch.arange(len(counts)) * counts / counts.sum()).sum().round())
