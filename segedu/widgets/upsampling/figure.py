"""The upsampling explorer as a picture: the grids in a row, and where the pixels' centers lie."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segedu.widgets.kit.grids import Cell, Taps, draw_grid, draw_sign, outline
from segedu.widgets.upsampling.core import INTERPOLATIONS, WEIGHTED, axis_place, axis_taps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST_CELL = 24  # px, for numbers with one decimal; below, the output is drawn as shades
WIDE_CELL = 31  # px, for numbers with two
ARROW = 1.2  # cells between two grids
LINE = 1.5  # rows of the ruler from one line to the next
_RULER_ROWS = {
    False: "align_corners=False: pixels are areas",
    True: "align_corners=True: pixels are points",
}


def draw_upsampling(
    figure: "Figure",
    image: np.ndarray,
    output: np.ndarray,
    method: str,
    factor: int,
    align_corners: bool,
    position: tuple[int, int],
) -> None:
    """Draw input → output, the inputs of output[position] in their taps' colors, and the ruler."""
    if method not in INTERPOLATIONS:
        row = _GridRow(figure, figure.add_subplot(), [image, output], height=1)
        row.grid(image, "input", _nail(position, factor))
        row.grid(output, "output", {}, frame=position)
        return

    # The input with the border that some pixel reads, and the output.
    grids, ruler = figure.subplots(2, 1, height_ratios=[2.2, 1])
    ring, taps = _taps(image.shape, output.shape, method, align_corners, position)
    values = np.pad(image, ring, mode="edge")
    row = _GridRow(figure, grids, [values, output], height=0.69)
    row.grid(values, "input and border" if ring else "input", taps, ring)
    row.grid(output, "output", {}, frame=position)

    # The ruler, with the taps of the row that the pixel looks at.
    heights = (image.shape[0], output.shape[0])
    middle = round(axis_place(*heights, method, align_corners, position[0])) + ring
    has_rows = method in WEIGHTED
    columns = {x - ring: tap for (y, x), tap in taps.items() if y == middle or not has_rows}
    widths = (image.shape[1], output.shape[1])
    _draw_ruler(ruler, _Ruler(*widths, method, align_corners, position[1]), columns)


def draw_unpooling(
    figure: "Figure",
    before: np.ndarray,
    output: np.ndarray,
    factor: int,
    position: tuple[int, int],
) -> None:
    """Draw the map before pooling → pooled → output; each maximum has one color in all three."""
    height = before.shape[0] // factor
    width = before.shape[1] // factor
    cells = before.reshape(height, factor, width, factor).swapaxes(1, 2)
    blocks = cells.reshape(height, width, -1)  # (H, W, factor²)
    pooled = blocks.max(axis=2)

    # Each maximum's color, in the pooled map and where it comes from.
    homes: Taps = {}
    colors: Taps = {}
    for number, (row, col) in enumerate(np.ndindex(height, width)):
        down, along = divmod(int(blocks[row, col].argmax()), factor)
        color = number % 25
        homes[row * factor + down, col * factor + along] = color
        colors[row, col] = color

    grids = _GridRow(figure, figure.add_subplot(), [before, pooled, output], height=1)
    grids.grid(before, "before pooling", homes)
    grids.grid(pooled, "pooled", colors)
    is_empty = np.isnan(output).all()
    grids.grid(output, "output", {} if is_empty else homes, frame=position)


class _GridRow:
    """Grids of cells of one size with arrows between them; as many decimals as a cell has room."""

    def __init__(
        self,
        figure: "Figure",
        axes: "Axes",
        grids: list[np.ndarray],
        height: float,
    ) -> None:
        """Take the axes and all grids that will be drawn.

        Args:
            figure: what the axes belong to.
            axes: where the grids go.
            grids: (H, W) each, from left to right.
            height: the share of the figure's height that is theirs.
        """
        # The size of a cell in px.
        rows = max(len(values) for values in grids) + 2
        cols = sum(values.shape[1] for values in grids) + ARROW * (len(grids) - 1)
        wide, high = (side * figure.dpi for side in figure.get_size_inches())
        cell = min(wide / cols, high * height / rows)

        # The decimals that it has room for, None for no number at all.
        self.decimals: int | None = None
        if cell >= WIDE_CELL:
            self.decimals = 2
        elif cell >= SMALLEST_CELL:
            self.decimals = 1

        self.axes = axes
        self.left = 0.0
        limits = {"xlim": (-0.3, cols + 0.3), "ylim": (rows / 2 - 0.7, -rows / 2 - 0.5)}
        axes.set(aspect="equal", **limits)
        axes.axis("off")

    def grid(
        self,
        values: np.ndarray,
        title: str,
        taps: Taps,
        padding: int = 0,
        frame: Cell | None = None,
    ) -> None:
        """Draw the next grid, an arrow before it unless it is the first; frame a cell."""
        left = draw_sign(self.axes, self.left, "→") if self.left else 0.0
        if self.decimals is None:
            self.left = self._shades(left, values, title, taps)
        else:
            rounded = values.round(self.decimals) + 0.0  # no −0
            if not np.allclose(rounded, values, equal_nan=True):
                title += ", rounded"
            self.left = draw_grid(self.axes, left, rounded, title, taps, padding)
        if frame is not None:
            row, col = frame
            outline(self.axes, left + col, row - len(values) / 2, 1, 1)

    def _shades(self, left: float, values: np.ndarray, title: str, taps: Taps) -> float:
        """Draw a grid whose cells are too small for numbers as grays; return its right edge."""
        from matplotlib.colors import to_rgb

        from segedu.viz import TAP_COLORS

        # Grays from white for the smallest, the taps in their colors.
        height, width = values.shape
        low, high = _range(values)
        gray = 1 - 0.6 * np.nan_to_num((values - low) / max(high - low, 1e-9))
        picture = np.repeat(gray[..., None], 3, axis=2)
        for cell, tap in taps.items():
            picture[cell] = to_rgb(TAP_COLORS[tap])

        # The picture, its frame and its title.
        right = left + width
        top = -height / 2
        extent = (left, right, height / 2, top)
        self.axes.imshow(picture, extent=extent, interpolation="nearest", aspect="equal")
        outline(self.axes, left, top, width, height, linewidth=0.8)
        text = f"{title}\n{height} × {width}"
        self.axes.text(left, top - 0.2, text, ha="left", va="bottom", fontsize=9)
        return right


def _range(values: np.ndarray) -> tuple[float, float]:
    """Return the smallest and the largest value; 0 and 1 if all are NaN."""
    if np.isnan(values).all():
        return 0, 1
    return np.nanmin(values), np.nanmax(values)


def _nail(position: Cell, factor: int) -> Taps:
    """Return the input cell that a bed of nails copies to the position, if it copies one."""
    row, row_rest = divmod(position[0], factor)
    col, col_rest = divmod(position[1], factor)
    if row_rest or col_rest:
        return {}
    return {(row, col): 0}


def _taps(
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
    method: str,
    align_corners: bool,
    position: Cell,
) -> tuple[int, Taps]:
    """Return how many cells beyond the border some pixel reads, and the taps with that border.

    Args:
        inputs: height and width of the input.
        outputs: height and width of the output.
        method: an interpolation.
        align_corners: torch's option.
        position: the output cell whose taps are returned.
    """
    # The farthest that any pixel reads beyond either border.
    sides = list(zip(inputs, outputs, strict=True))
    ring = 0
    for before, after in sides:
        for pixel in range(after):
            for _, place in axis_taps(before, after, method, align_corners, pixel):
                ring = max(ring, -place, place - before + 1)

    # The taps of the two axes, combined.
    rows = axis_taps(*sides[0], method, align_corners, position[0])
    cols = axis_taps(*sides[1], method, align_corners, position[1])
    across = {"bilinear": 2, "bicubic": 4}.get(method, 1)
    taps = {
        (y + ring, x + ring): down * across + along  # the number of the tap, row by row
        for down, y in rows
        for along, x in cols
    }
    return ring, taps


@dataclass(frozen=True)
class _Ruler:
    """One axis: its pixels before and after, how it is enlarged, and the output pixel looked at."""

    inputs: int
    outputs: int
    method: str
    align_corners: bool
    pixel: int


def _draw_ruler(axes: "Axes", ruler: _Ruler, columns: dict[int, int]) -> None:
    """Draw a row of input pixels and, below, the output's at their true places, in two ways.

    As areas and as points, where align_corners has a meaning. columns: the taps by input column.
    """
    from segedu.viz import TAP_COLORS

    # The input's pixels, those beyond its border dotted.
    inputs = ruler.inputs
    for column in sorted({*range(inputs), *columns}):
        color = TAP_COLORS[columns[column]] if column in columns else "white"
        _bar(axes, column, 1, 0, color, dotted=not 0 <= column < inputs)
    axes.text(inputs + 0.9, 0.35, "columns of the input", va="center", fontsize=9)

    # The output's, once per meaning of align_corners.
    rows = (False, True) if ruler.method in WEIGHTED else (False,)
    for line, is_aligned in enumerate(rows, start=1):
        _draw_line(axes, ruler, is_aligned, LINE * line)

    axes.set(xlim=(-2.6, inputs + 7.5), ylim=(LINE * len(rows) + 1, -0.2), aspect="auto")
    axes.axis("off")


def _draw_line(axes: "Axes", ruler: _Ruler, is_aligned: bool, top: float) -> None:
    """Draw the output's pixels with one align_corners, and a line up to where the pixel looks."""
    has_choice = ruler.method in WEIGHTED
    is_chosen = not has_choice or is_aligned == ruler.align_corners
    _draw_places(axes, ruler, is_aligned, top)

    # Where the pixel looks, as a line and as a number.
    place = float(axis_place(ruler.inputs, ruler.outputs, ruler.method, is_aligned, ruler.pixel))
    width = 1.8 if is_chosen else 0.8
    axes.plot([place, place], [0.7, top], color="black", linewidth=width)
    title = _RULER_ROWS[is_aligned] if has_choice else "output pixels"
    number = f"{place:.4g}".replace("-", "−")
    text = f"{title}; column {ruler.pixel} looks at {number}"
    weight = "bold" if is_chosen else "normal"
    axes.text(ruler.inputs + 0.9, top + 0.35, text, va="center", fontsize=9, weight=weight)


def _draw_places(axes: "Axes", ruler: _Ruler, is_aligned: bool, top: float) -> None:
    """Draw the output's pixels at their true places, the one that is looked at in gray."""
    inputs = ruler.inputs
    outputs = ruler.outputs
    width = inputs / outputs
    if is_aligned:
        width = (inputs - 1) / max(outputs - 1, 1) or 1
    method = "bilinear" if ruler.method == "nearest" else ruler.method
    for pixel in range(outputs):
        place = float(axis_place(inputs, outputs, method, is_aligned, pixel))
        color = "#c8c8c8" if pixel == ruler.pixel else "white"
        _bar(axes, place, width, top, color)


def _bar(
    axes: "Axes",
    center: float,
    width: float,
    top: float,
    color: str,
    dotted: bool = False,
) -> None:
    """Draw one pixel of the ruler, a rectangle with a dot in its center."""
    from matplotlib.patches import Rectangle

    corner = (center - width / 2, top)
    bar = Rectangle(corner, width, 0.7, facecolor=color, edgecolor="#444444", linewidth=0.8)
    bar.set_linestyle(":" if dotted else "-")
    axes.add_patch(bar)
    axes.plot([center], [top + 0.35], ".", color="black", markersize=3)
