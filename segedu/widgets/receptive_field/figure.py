"""The receptive-field explorer as a picture: photo, the three fields, the stack from the side."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from segedu.ops.receptive_fields import effective_size, receptive_field
from segedu.widgets.kit.paths import Layers, level_lengths, path_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# As in fields.js and side.js.
ANALYTIC = "#D55E00"
HALF = "#009E73"
LIT = "#0072B2"
UNLIT = "#e4e4e4"
FAINT = 0.13  # what can't be seen by the output cell
KEYS = ("kernel", "stride", "padding", "dilation")
MOST_NUMBERED = 10  # layers: with more, a row has no height for numbers
DIGIT = 0.0072  # width of a digit, as a share of the side view's width
_NUMBER: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7, "zorder": 4}
Point = tuple[float, float]  # x in input columns, y in levels


class FieldFigure:
    """What the picture shows of one stack over a photo.

    Args:
        photo: (H, W, 3) in [0, 1].
        layers: the stack, the first layer first.
        cell: (row, column) of the output.
    """

    def __init__(self, photo: np.ndarray, layers: Layers, cell: tuple[int, int]) -> None:
        self.photo = photo
        self.layers = layers
        self.cell = cell

        # The analytic square, from the field of each level.
        plain = [[layer[key] for key in KEYS] for layer in layers]
        self.levels = [receptive_field(plain[:level]) for level in range(len(layers) + 1)]
        self.side = self.levels[-1].size[0]
        self.top, self.left, *_ = self.levels[-1].box(cell)

        # The effective field: paths along the rows times paths along the columns.
        self.rows = path_counts(layers, photo.shape[0], cell[0])[0]
        self.columns = path_counts(layers, photo.shape[1], cell[1])  # one per level
        self.weights = torch.outer(self.rows, self.columns[0]).numpy()  # (H, W)
        self.half = effective_size(torch.from_numpy(self.weights), 0.5)

    def draw(self, figure: "Figure") -> None:
        """Fill the figure: photo and fields above, the side view below."""
        grid = figure.add_gridspec(2, 4, height_ratios=[1, 1.25], width_ratios=[1.5, 1, 1, 1])
        self._draw_photo(figure.add_subplot(grid[0, 0]))

        # The three fields, each as a visibility per pixel.
        touched = int((self.weights > 0).sum())
        pixels = self.weights[self._square()].size
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
        return self._covered(self.top), self._covered(self.left)

    def _covered(self, first: int) -> slice:
        return slice(max(first, 0), max(first + self.side, 0))

    def _draw_photo(self, axes: "Axes") -> None:
        height, width = self.weights.shape
        axes.imshow(self.photo, extent=(0, width, height, 0))
        self._draw_frames(axes, with_half=True)
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_title(f"output cell {self.cell} sees …", fontsize=9)
        axes.axis("off")

    def _draw_field(self, axes: "Axes", title: str, visible: np.ndarray) -> None:
        """Draw the square pixel by pixel: each as visible as it counts for the output cell."""
        # The photo, faded toward white.
        alpha = np.full(visible.shape, FAINT)
        square = self._square()
        alpha[square] += (1 - FAINT) * visible[square]
        blended = self.photo * alpha[..., None] + (1 - alpha[..., None])
        height, width = self.weights.shape
        axes.imshow(blended, extent=(0, width, height, 0), interpolation="nearest")
        self._draw_frames(axes, with_half=title.startswith("effective"))

        # The view: the square and a margin around it.
        margin = max(2, round(0.12 * self.side))
        right = self.left + self.side + margin
        bottom = self.top + self.side + margin
        axes.set(xlim=(self.left - margin, right), ylim=(bottom, self.top - margin))
        axes.set(xticks=[], yticks=[], facecolor="#dddddd")
        axes.set_title(title, fontsize=9)

    def _draw_frames(self, axes: "Axes", with_half: bool) -> None:
        from matplotlib.patches import Rectangle

        corner = (self.left, self.top)
        frames = [Rectangle(corner, self.side, self.side, edgecolor=ANALYTIC)]
        if with_half and self.half < self.side:
            left = _center(self.columns[0]) - self.half // 2
            top = _center(self.rows) - self.half // 2
            square = Rectangle((left, top), self.half, self.half, edgecolor=HALF, linestyle="--")
            frames.append(square)
        for frame in frames:
            frame.set(fill=False, linewidth=2)
            axes.add_patch(frame)

    def _draw_side(self, axes: "Axes") -> None:
        """Draw the stack from the side: lit cells feed the output column, dark ones often."""
        margin = max(2, round(0.2 * self.side))
        low = self.left - margin
        high = self.left + self.side + margin
        self._draw_lines(axes)
        for level, counts in enumerate(self.columns):
            self._draw_level(axes, level, counts.numpy(), low, high)

        # The levels' names, and the axes around them.
        between = [f"layer {level}" for level in range(1, len(self.layers))]
        names = ["input", *between, "output"]
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.tick_params(left=False, labelsize=8)
        axes.set(xlim=(low, high), ylim=(-0.35, len(self.layers) + 0.4))
        axes.set_xlabel("input column", fontsize=9)
        axes.spines[["top", "right", "left"]].set_visible(False)
        title = f"From the side: which cells feed output column {self.cell[1]}"
        axes.set_title(title, fontsize=9)

    def _draw_lines(self, axes: "Axes") -> None:
        """Draw a line from each lit cell to each cell that it reads, in the color of the tap."""
        from matplotlib.collections import LineCollection

        from segedu.viz import TAP_COLORS

        lines, taps = zip(*self._lines(), strict=True)
        width = 1.2 if self.side < 60 else 0.5
        colors = [TAP_COLORS[tap] for tap in taps]
        axes.add_collection(LineCollection(lines, colors=colors, linewidths=width, alpha=0.8))

    def _draw_level(
        self,
        axes: "Axes",
        level: int,
        counts: np.ndarray,
        low: float,
        high: float,
    ) -> None:
        """Draw the cells of one level that lie between two columns, with their counts if they fit.

        Args:
            axes: x in input columns, y in levels.
            level: 0 is the input.
            counts: (cells,), the paths from each cell to the output cell.
            low: the first column of the view.
            high: the last column of the view.
        """
        from matplotlib.colors import to_rgb

        middles = np.array([self._middle(level, cell) for cell in range(len(counts))])
        visible = (middles >= low) & (middles <= high)

        # The bars, the darker the more paths.
        share = np.where(counts > 0, 0.25 + 0.75 * counts / counts.max(), 0)[:, None]
        colors = np.where(share > 0, share * to_rgb(LIT) + (1 - share), to_rgb(UNLIT))
        width = 0.9 * self.levels[level].jump[1]
        spans = [(middle - width / 2, width) for middle in middles[visible]]
        axes.broken_barh(spans, (level - 0.18, 0.36), facecolors=colors[visible], zorder=3)

        # The numbers in them.
        if len(self.layers) > MOST_NUMBERED:
            return
        cells = zip(middles[visible], counts[visible], share[visible, 0], strict=True)
        for middle, count, strength in cells:
            text = f"{count:.0f}"
            if count and width / (high - low) > DIGIT * len(text):
                ink = "white" if strength > 0.6 else "black"
                axes.text(middle, level, text, color=ink, **_NUMBER)

    def _lines(self) -> Iterator[tuple[list[Point], int]]:
        """Yield ((x, y) of reader, (x, y) of what it reads) and the tap, for every lit cell."""
        lengths = level_lengths(self.layers, self.photo.shape[1])
        for level, layer in enumerate(self.layers, start=1):
            for cell in self.columns[level].nonzero().flatten().tolist():
                first = cell * layer["stride"] - layer["padding"]
                reader = (self._middle(level, cell), level)
                for tap in range(layer["kernel"]):
                    source = first + tap * layer["dilation"]
                    if 0 <= source < lengths[level - 1]:
                        yield [reader, (self._middle(level - 1, source), level - 1)], tap

    def _middle(self, level: int, cell: int) -> float:
        """Return the middle of a cell's field, in input columns."""
        _, left, _, right = self.levels[level].box((0, cell))
        return (left + right - 1) / 2


def _center(counts: torch.Tensor) -> float:
    """Return the mean place of a path, rounded."""
    places = torch.arange(len(counts))
    mean = (places * counts / counts.sum()).sum()
    return float(mean.round())
