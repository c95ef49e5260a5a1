"""Small tensors printed as grids of numbers, to work an operator by hand: colored taps, windows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Tensor

from segedu.viz._cell_axes import above, draw_axes, left_of
from segedu.viz._cells import PADDING, WITHOUT_TAP, AxisName, Grid, Taps, Window, grid_values, largest_value, make_grid
from segedu.viz._display import check_alt, show
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import (
    CAPTION,
    FADED,
    INK,
    PAGE,
    SMALL,
    line_height,
    styled,
    text_width,
    wrap,
)
from segedu.viz.colors import ink_on

_WINDOW_COLORS = (INK, "#D55E00", "#0072B2", "#009E73", "#CC79A7")
_CELL_EDGE = "#8A9099"

_SYMBOL_SIZE = 17  # points
_SYMBOL = 44  # pixels between two grids with a symbol, at least
_GAP = 28  # pixels between two grids without one
_LEAST_PAGE = 420  # pixels: width of a page with a title
_LEAST_READABLE = 13  # pixels: smaller cells hold no number


def matrix_figure(
    arrays: Sequence[Tensor | np.ndarray],
    titles: Sequence[str],
    alt: str | None = None,
    *,
    title: str | None = None,
    symbols: Sequence[str] | None = None,
    taps: Mapping[int, Taps] | None = None,
    highlight: Mapping[int, Window | Sequence[Window]] | None = None,
    padding: Mapping[int, int] | None = None,
    rows: Mapping[int, AxisName] | None = None,
    columns: Mapping[int, AxisName] | None = None,
    limit: float | Literal["each"] | None = None,
    shapes: bool = True,
    cell: int = 36,
    path: str | Path | None = None,
) -> None:
    """Show tiny arrays as grids with a number in each cell: blue above zero, orange below.

    `taps`, `highlight`, `padding`, `rows` and `columns` are keyed by the array's index.

    Args:
        arrays: of shape (H, W) or (W,), real numbers; NaN is written as "?".
        titles: one caption per array.
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over all grids.
        symbols: texts between the arrays, one fewer than arrays: `["∗", "="]`.
        taps: `{1: True}` colors a kernel's cells by position in `TAP_COLORS`; `{0: indices}` colors
            each cell by the tap whose index stands there (-1: none), as for the inputs under a
            kernel or the rows of an im2col matrix.
        highlight: `{0: (top, left, height, width)}`, or a list of such, frames cells.
        padding: `{0: 1}` grays one ring of cells as padding.
        rows: `{0: "output cell"}` says what the rows are, `{0: ("true class", ["sky", "road"])}` also
            what each of them is.
        columns: the same for the columns.
        limit: the value with the full tint. None: grids that stand side by side, with no symbol
            between them, share the largest of their values, each other one has its own; "each": all
            have their own.
        shapes: write each array's shape, rows × columns, below it.
        cell: the largest size of a cell, in pixels; long numbers get up to 60. Grids that are
            wider than the page get smaller cells, without numbers below 13 pixels.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: an array has more than two axes, titles, symbols or names have another count, a
            window leaves its array, taps have another size, or `alt` is too short.

    >>> import torch
    >>> alt = "A grid of two rows: 0 1 2 and 3 4 5."
    >>> matrix_figure([torch.arange(6).reshape(2, 3)], ["x"], alt)
    """
    check_alt(alt)
    symbols = [""] * (len(arrays) - 1) if symbols is None else list(symbols)
    if not arrays or len(titles) != len(arrays) or len(symbols) != len(arrays) - 1:
        raise ValueError(
            f"{len(arrays)} arrays come with {len(titles)} titles and {len(symbols)} symbols; "
            "give one title per array and one symbol between each two."
        )
    taps = taps or {}
    highlight = highlight or {}
    padding = padding or {}
    largest = _largest(arrays, titles, symbols, limit)
    grids = [
        make_grid(
            array,
            titles[index],
            taps.get(index, False),
            highlight.get(index, ()),
            padding.get(index, 0),
            (rows or {}).get(index, ""),
            (columns or {}).get(index, ""),
            largest[index],
        )
        for index, array in enumerate(arrays)
    ]

    with styled():
        size = _cell_size(grids, symbols, cell)
        slots = [left_of(grid) + max(grid.columns * size, _caption_width(grid.caption)) for grid in grids]
        width = sum(slots) + sum(map(_symbol_width, symbols)) + 2 * MARGIN
        page = max(width, _LEAST_PAGE if title else 0)
        sheet = Sheet()
        y = sheet.title(title, page)
        y = _draw(sheet, grids, symbols, slots, size, y, shapes)
        show(sheet.finish(page, y), alt, path, crop=False)


# ---- Tints ----


def _largest(
    arrays: Sequence[Tensor | np.ndarray],
    titles: Sequence[str],
    symbols: Sequence[str],
    limit: float | Literal["each"] | None,
) -> list[float]:
    """Return for each array the value with the full tint."""
    own = [largest_value(grid_values(array, name)) for array, name in zip(arrays, titles, strict=True)]
    if limit is not None:
        return own if limit == "each" else [float(limit)] * len(own)
    groups = np.cumsum([0, *(symbol != "" for symbol in symbols)])
    return [max(value for value, group in zip(own, groups, strict=True) if group == mine) for mine in groups]


# ---- Where the grids stand ----


def _cell_size(grids: Sequence[Grid], symbols: Sequence[str], largest: int) -> int:
    """Return the cells' size in pixels: room for the longest number, as far as the page is wide."""
    longest = max((text for grid in grids for row in grid.texts for text in row), key=len)
    text_room = min(60, round(text_width(longest, 10.5)) + 10)
    page_room = PAGE - 2 * MARGIN - sum(map(_symbol_width, symbols)) - sum(map(left_of, grids))
    fits = page_room // sum(grid.columns for grid in grids)
    return max(3, min(max(largest, text_room), fits))


def _caption_width(caption: str) -> int:
    """Return the least width in pixels of a caption, which is wrapped at its spaces."""
    words = caption.split()
    if not words:
        return 0
    longest = max(map(len, words))
    return min(120, max(9 * longest, 70))


def _symbol_width(symbol: str) -> int:
    """Return the distance in pixels between the two grids on both sides of a symbol."""
    if not symbol:
        return _GAP
    return max(_SYMBOL, round(text_width(symbol, _SYMBOL_SIZE)) + 20)


# ---- Drawing ----


def _draw(
    sheet: Sheet,
    grids: Sequence[Grid],
    symbols: Sequence[str],
    slots: Sequence[int],
    size: int,
    y: float,
    shapes: bool,
) -> float:
    """Draw the grids, centered on one line, from y down; return the y below them.

    `slots` are the widths that the grids and their captions take, `size` is that of a cell, all in
    pixels.
    """
    captions = [
        wrap(grid.caption, slot - left_of(grid) + 16, CAPTION)  # may use half of the gaps
        for grid, slot in zip(grids, slots, strict=True)
    ]
    if any(grid.caption for grid in grids):
        y += max(map(len, captions)) * line_height(CAPTION)
    y += max(above(grid, size) for grid in grids)
    tallest = max(grid.rows for grid in grids) * size

    x = float(MARGIN)
    for grid, caption, slot, symbol in zip(grids, captions, slots, [*symbols, None], strict=True):
        # The grid in the middle of its slot, the caption above it, the shape below.
        left = x + left_of(grid) + (slot - left_of(grid) - grid.columns * size) // 2
        top = y + (tallest - grid.rows * size) // 2
        center = left + grid.columns * size / 2
        sheet.text(center, top - above(grid, size) - 5, "\n".join(caption), va="bottom")
        draw_axes(sheet, grid, left, top, size)
        _draw_cells(sheet, grid, left, top, size)
        _draw_windows(sheet, grid, left, top, size)
        if shapes:
            shape = f"{grid.rows} × {grid.columns}"
            sheet.text(center, top + grid.rows * size + 5, shape, SMALL, color=FADED)
        x += slot

        # The symbol between this grid and the next one.
        if symbol is not None:
            width = _symbol_width(symbol)
            sheet.text(x + width / 2, y + tallest / 2, symbol, _SYMBOL_SIZE, va="center")
            x += width

    below = y + tallest + MARGIN
    return below + line_height(SMALL) + 4 if shapes else below


def _draw_cells(sheet: Sheet, grid: Grid, left: float, top: float, size: int) -> None:
    """Draw the cells of `size` pixels and, if they are large enough, their numbers."""
    texts = (text for row in grid.texts for text in row)
    longest = max(text_width(text, 10) for text in texts)
    points = min(size * 0.33, 13.0, 10 * (size - 4) / longest)
    is_readable = size >= _LEAST_READABLE
    for row, column in np.ndindex(grid.rows, grid.columns):
        x = left + column * size
        y = top + row * size
        color = grid.colors[row][column]
        edge: dict[str, Any] = {"edgecolor": _CELL_EDGE, "linewidth": 0.8 if is_readable else 0}
        sheet.rectangle(x, y, size, size, facecolor=color, **edge)
        if is_readable:
            text = grid.texts[row][column]
            look: dict[str, Any] = {"va": "center_baseline", "color": _ink(color, text)}
            sheet.text(x + size / 2, y + size / 2, text, points, **look)


def _ink(color: str, text: str) -> str:
    """Return black or white, as reads on `color`; zeros on plain cells step back."""
    if text == "0" and color in (WITHOUT_TAP, PADDING):
        return FADED
    return ink_on(color)


def _draw_windows(sheet: Sheet, grid: Grid, left: float, top: float, size: int) -> None:
    for index, (row, column, height, width) in enumerate(grid.windows):
        inset = 3 * (index % 3)  # pixels, so that overlapping frames stay apart
        sheet.rectangle(
            left + column * size + inset,
            top + row * size + inset,
            width * size - 2 * inset,
            height * size - 2 * inset,
            edgecolor=_WINDOW_COLORS[index % len(_WINDOW_COLORS)],
            linewidth=3,
            zorder=3,
        )
