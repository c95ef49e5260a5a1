"""Small tensors printed as grids of numbers, to work an operator by hand: colored taps, windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

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
from segedu.viz.colors import TAP_COLORS, ink_on, rgb_to_hex

Window = tuple[int, int, int, int]  # top, left, height, width, in cells
Taps = bool | Tensor | np.ndarray  # False: no taps; True: a kernel; else a tap's index per cell

_WINDOW_COLORS = (INK, "#D55E00", "#0072B2", "#009E73", "#CC79A7")
_POSITIVE = np.array([150, 196, 232])  # the tint of the largest value, if it is positive
_NEGATIVE = np.array([246, 178, 132])
_WITHOUT_TAP = "#FFFFFF"
_PADDING = "#ECEEF0"
_NOT_A_NUMBER = "#ECEEF0"
_CELL_EDGE = "#8A9099"

_SYMBOL_SIZE = 17  # points
_SYMBOL = 44  # pixels between two grids with a symbol, at least
_GAP = 28  # pixels between two grids without one
_LEAST_PAGE = 420  # pixels: width of a page with a title
_LEAST_READABLE = 13  # pixels: smaller cells hold no number


@dataclass(frozen=True)
class _Grid:
    """One array ready to be drawn: its cells' texts and colors, its framed windows, its caption."""

    texts: list[list[str]]
    colors: list[list[str]]
    windows: list[Window]
    caption: str

    @property
    def rows(self) -> int:
        return len(self.texts)

    @property
    def columns(self) -> int:
        return len(self.texts[0])


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
    shapes: bool = True,
    cell: int = 36,
    path: str | Path | None = None,
) -> None:
    """Show tiny arrays as grids with a number in each cell: blue above zero, orange below.

    `taps`, `highlight` and `padding` are keyed by the array's index.

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
        shapes: write each array's shape below it.
        cell: the largest size of a cell, in pixels; long numbers get up to 60. Grids that are
            wider than the page get smaller cells, without numbers below 13 pixels.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: an array has more than two axes, titles or symbols have another count, a window
            leaves its array, taps have another size, or `alt` is too short.

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
    grids = [
        _grid(
            array,
            titles[index],
            taps.get(index, False),
            highlight.get(index, ()),
            padding.get(index, 0),
        )
        for index, array in enumerate(arrays)
    ]

    with styled():
        size = _cell_size(grids, symbols, cell)
        slots = [max(grid.columns * size, _caption_width(grid.caption)) for grid in grids]
        width = sum(slots) + sum(map(_symbol_width, symbols)) + 2 * MARGIN
        page = max(width, _LEAST_PAGE if title else 0)
        sheet = Sheet()
        y = sheet.title(title, page)
        y = _draw(sheet, grids, symbols, slots, size, y, shapes)
        show(sheet.finish(page, y), alt, path, crop=False)


# ---- What stands in the cells ----


def _grid(
    array: Tensor | np.ndarray,
    caption: str,
    taps: Taps,
    windows: Window | Sequence[Window],
    padding: int,
) -> _Grid:
    values = np.atleast_2d(torch.as_tensor(array).detach().cpu().numpy()).astype(np.float64)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"'{caption}' has shape {values.shape}; give one (H, W) array per channel and image.")
    windows = _as_list(windows)
    for window in windows:
        _check_window(window, values.shape, caption)
    colors = _value_colors(values, padding) if taps is False else _tap_colors(values, taps)
    return _Grid(_texts(values), colors, windows, caption)


def _as_list(windows: Window | Sequence[Window]) -> list[Window]:
    """Return one window, or a sequence of windows, as a list of windows."""
    is_single = bool(windows) and isinstance(windows[0], int)
    return [windows] if is_single else list(windows)  # type: ignore[list-item, arg-type]


def _check_window(window: Window, shape: tuple[int, ...], caption: str) -> None:
    top, left, height, width = window
    starts_inside = min(top, left) >= 0
    ends_inside = top + height <= shape[0] and left + width <= shape[1]
    if not (starts_inside and ends_inside and min(height, width) > 0):
        raise ValueError(
            f"window {window} leaves '{caption}' of shape {shape}; give (top, left, height, width) inside it, in cells."
        )


def _texts(values: np.ndarray) -> list[list[str]]:
    """Return each cell's number: whole where all are whole, else with two decimals at most."""
    is_whole = np.isnan(values) | (values == np.round(values))
    decimals = 0 if is_whole.all() else 2
    return [[_number(value, decimals) for value in row] for row in values]


def _number(value: float, decimals: int) -> str:
    """Return 0.5, −1.25 or 3: without trailing zeros and with a true minus sign; "?" for NaN."""
    if np.isnan(value):
        return "?"
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def _tap_colors(values: np.ndarray, taps: Taps) -> list[list[str]]:
    """Return each cell's color "#RRGGBB" by the tap that belongs to it."""
    indices = np.arange(values.size) if taps is True else torch.as_tensor(taps).cpu().numpy()
    if indices.size != values.size:
        raise ValueError(f"taps has shape {indices.shape} for an array {values.shape}; give one tap index per cell.")
    return [[_tap_color(tap) for tap in row] for row in indices.reshape(values.shape)]


def _tap_color(tap: int) -> str:
    return TAP_COLORS[tap % len(TAP_COLORS)] if tap >= 0 else _WITHOUT_TAP


def _value_colors(values: np.ndarray, padding: int) -> list[list[str]]:
    """Return each cell's color "#RRGGBB" by its value; `padding` cells along each side are gray."""
    largest = np.nanmax(np.abs(values), initial=0) or 1
    colors = [[_tint(value / largest) for value in row] for row in values]
    height, width = values.shape
    for row, column in np.ndindex(height, width):
        is_inner_row = padding <= row < height - padding
        is_inner_column = padding <= column < width - padding
        if not (is_inner_row and is_inner_column):
            colors[row][column] = _PADDING
    return colors


def _tint(share: float) -> str:
    """Return white at 0, a light blue at 1, a light orange at -1; dark text reads on all."""
    if np.isnan(share):
        return _NOT_A_NUMBER
    end = _POSITIVE if share > 0 else _NEGATIVE
    return rgb_to_hex((255 + (end - 255) * abs(share)).round())


# ---- Where the grids stand ----


def _cell_size(grids: Sequence[_Grid], symbols: Sequence[str], largest: int) -> int:
    """Return the cells' size in pixels: room for the longest number, as far as the page is wide."""
    longest = max((text for grid in grids for row in grid.texts for text in row), key=len)
    text_room = min(60, round(text_width(longest, 10.5)) + 10)
    page_room = PAGE - 2 * MARGIN - sum(map(_symbol_width, symbols))
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
    grids: Sequence[_Grid],
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
        wrap(grid.caption, slot + 16, CAPTION)  # may use half of the gaps
        for grid, slot in zip(grids, slots, strict=True)
    ]
    if any(grid.caption for grid in grids):
        y += max(map(len, captions)) * line_height(CAPTION)
    tallest = max(grid.rows for grid in grids) * size

    x = float(MARGIN)
    for grid, caption, slot, symbol in zip(grids, captions, slots, [*symbols, None], strict=True):
        # The grid in the middle of its slot, the caption above it, the shape below.
        left = x + (slot - grid.columns * size) // 2
        top = y + (tallest - grid.rows * size) // 2
        center = x + slot / 2
        sheet.text(center, top - 5, "\n".join(caption), va="bottom")
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


def _draw_cells(sheet: Sheet, grid: _Grid, left: float, top: float, size: int) -> None:
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
    if text == "0" and color in (_WITHOUT_TAP, _PADDING):
        return FADED
    return ink_on(color)


def _draw_windows(sheet: Sheet, grid: _Grid, left: float, top: float, size: int) -> None:
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
