"""Grids of numbers as the operator explorers take them (`as_rows`) and draw them (`draw_grid`)."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Cell = tuple[int, int]  # row and column of a grid
Point = tuple[float, float]  # x and y of the axes, in cells
Taps = dict[Cell, int]  # cell → the kernel tap whose color it wears

SIGN_WIDTH = 1.2  # cells between two grids, for the operator between them
_DARKEST = 0.26  # how far below white the gray of the largest value is
_ABOVE = 0.2  # cells between a grid and its title
_FONT: dict[str, Any] = {"fontsize": 9}


def as_rows(values: Any, name: str, largest: int) -> list[list[float]]:
    """Return a matrix as rows of Python numbers, whole ones as int.

    Args:
        values: a tensor, an array or nested lists of shape (H, W).
        name: how the matrix is called in an error.
        largest: the most rows and columns that are allowed.

    Raises:
        ValueError: the matrix is not two-dimensional, has a side over `largest` or none at all, or
            holds anything but finite numbers.
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
    return [[_number(value) for value in row] for row in matrix.tolist()]


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def sizes(rows: Any, by: str = "×") -> str:
    """Return height and width of a matrix in words: "5×7"."""
    return f"{len(rows)}{by}{len(rows[0])}"


def draw_grid(
    axes: "Axes",
    left: float,
    values: np.ndarray,
    title: str,
    taps: Taps,
    padding: Any = 0,
    numbers: bool = True,
) -> float:
    """Draw one grid of cells of side 1, centered on y = 0, from x = left; return its right edge.

    Args:
        axes: x to the right and y down, in cells.
        left: the x where the grid begins.
        values: (H, W), NaN where a cell stays empty.
        title: what stands above the grid, before its size.
        taps: the cells that wear the color of a kernel tap; the others are gray, the darker the
            larger their value.
        padding: rows and columns around the grid proper, drawn dotted; one number or
            ((top, bottom), (left, right)).
        numbers: whether to write the values; leave them out where cells are too small for them.
    """
    height, width = values.shape
    (top, bottom), (start, end) = np.broadcast_to(padding, (2, 2))
    grays = _grays(values)
    for cell, value in np.ndenumerate(values):
        row, col = cell
        corner = (left + col, row - height / 2)
        is_inside = top <= row < height - bottom and start <= col < width - end
        if cell in taps:
            _draw_tap(axes, corner, value, taps[cell], numbers)
        else:
            is_filled = is_inside and not np.isnan(value)
            gray = float(grays[cell]) if is_filled else None
            _draw_cell(axes, corner, value, gray, numbers)
    if np.any(padding):
        inner = (width - start - end, height - top - bottom)
        outline(axes, left + start, top - height / 2, *inner, linewidth=1.2)
    draw_title(axes, left, values, title)
    return left + width


def _grays(values: np.ndarray) -> np.ndarray:
    """Return a gray per cell (H, W), 1 is white: the smallest value is white, the largest dark."""
    known = values[~np.isnan(values)]
    if not known.size or known.min() == known.max():
        return np.ones(values.shape)
    low, high = known.min(), known.max()
    return 1 - _DARKEST * ((values - low) / (high - low))


def _draw_tap(axes: "Axes", corner: Point, value: float, tap: int, numbers: bool) -> None:
    """Draw a cell in the color of a kernel tap."""
    from segedu.viz.colors import TAP_COLORS, ink_on

    color = TAP_COLORS[tap]
    _draw_square(axes, corner, color, edgecolor="white", linestyle="-")
    if numbers:
        _write(axes, corner, value, ink_on(color))


def _draw_cell(
    axes: "Axes",
    corner: Point,
    value: float,
    gray: float | None,
    numbers: bool,
) -> None:
    """Draw a cell in a gray, or white and dotted if it is empty or padding."""
    shade = 1.0 if gray is None else gray
    linestyle = ":" if gray is None else "-"
    _draw_square(axes, corner, (shade, shade, shade), edgecolor="#9a9a9a", linestyle=linestyle)
    if numbers:
        _write(axes, corner, value, "black")


def _draw_square(axes: "Axes", corner: Point, color: Any, **edge: Any) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle(corner, 1, 1, facecolor=color, linewidth=0.8, **edge))


def _write(axes: "Axes", corner: Point, value: float, ink: str) -> None:
    """Write a value into the middle of its cell with three digits; NaN stays empty."""
    if not np.isnan(value):
        x, y = corner
        text = f"{value:.3g}".replace("-", "−")
        axes.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=ink, **_FONT)


def draw_title(axes: "Axes", left: float, values: np.ndarray, title: str) -> None:
    """Write a grid's title and its size above its left edge."""
    height, width = values.shape
    text = f"{title}\n{height} × {width}"
    axes.text(left, -height / 2 - _ABOVE, text, ha="left", va="bottom", **_FONT)


def draw_sign(axes: "Axes", left: float, sign: str) -> float:
    """Write an operator between two grids, from x = left; return its right edge."""
    axes.text(left + SIGN_WIDTH / 2, 0, sign, ha="center", va="center", fontsize=14)
    return left + SIGN_WIDTH


def outline(
    axes: "Axes",
    x: float,
    y: float,
    width: float,
    height: float,
    linewidth: float = 2.4,
) -> None:
    """Draw a black frame around cells: x, y, width and height in cells, the line's in points."""
    from matplotlib.patches import Rectangle

    frame = Rectangle((x, y), width, height, fill=False, edgecolor="black", linewidth=linewidth)
    axes.add_patch(frame)
