"""What the rows and the columns of a grid of numbers are, written at its left and above it."""

from segedu.viz._cells import Grid
from segedu.viz._sheet import Sheet
from segedu.viz._style import FADED, SMALL, line_height, text_width

_GAP = 6  # pixels: between cells and names, and between these and the axis's name
_LINE = line_height(SMALL)


def left_of(grid: Grid) -> int:
    """Return the pixels that the rows' names take at the left of a grid."""
    axis = grid.row_axis
    cells = max((text_width(name, SMALL) for name in axis.cells), default=0)
    return round((cells + _GAP if axis.cells else 0) + (_LINE + _GAP if axis.name else 0))


def above(grid: Grid, size: int) -> int:
    """Return the pixels that the columns' names take above a grid whose cells have `size` pixels."""
    axis = grid.column_axis
    return round((_cells_height(grid, size) + _GAP if axis.cells else 0) + (_LINE if axis.name else 0))


def draw_axes(sheet: Sheet, grid: Grid, left: float, top: float, size: int) -> None:
    """Write the names of a grid whose first cell stands at (left, top)."""
    for row, name in enumerate(grid.row_axis.cells):
        sheet.text(left - _GAP, top + (row + 0.5) * size, name, SMALL, ha="right", va="center_baseline")
    if grid.row_axis.name:
        x = left - left_of(grid) + _LINE / 2
        middle = top + grid.rows * size / 2
        sheet.text(x, middle, f"{grid.row_axis.name} →", SMALL, va="center", rotation=-90, color=FADED)

    is_upright = _is_upright(grid, size)
    for column, name in enumerate(grid.column_axis.cells):
        x = left + (column + 0.5) * size
        sheet.text(x, top - _GAP, name, SMALL, va="bottom", rotation=90 if is_upright else 0)
    if grid.column_axis.name:
        x = left + grid.columns * size / 2
        sheet.text(x, top - above(grid, size), f"{grid.column_axis.name} →", SMALL, color=FADED)


def _is_upright(grid: Grid, size: int) -> bool:
    """Say whether a column's name is wider than its cell, so that all are turned."""
    return any(text_width(name, SMALL) > size - 4 for name in grid.column_axis.cells)


def _cells_height(grid: Grid, size: int) -> float:
    if _is_upright(grid, size):
        return max(text_width(name, SMALL) for name in grid.column_axis.cells)
    return _LINE
