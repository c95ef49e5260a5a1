"""Small tensors printed as grids of numbers, to work an operator by hand: colored taps, windows, symbols between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from segedu.data.palette import hex_to_rgb
from segedu.viz._display import check_alt, show
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, FADED, INK, PAGE, SMALL, TAP_COLORS, line_height, styled, text_width, wrap

Window = tuple[int, int, int, int]
_WINDOW_COLORS = (INK, "#D55E00", "#0072B2", "#009E73", "#CC79A7")
_POSITIVE, _NEGATIVE = np.array([150, 196, 232]), np.array([246, 178, 132])  # tints of the largest value of either sign
_UNCOLORED, _PADDED = "#FFFFFF", "#ECEEF0"
_SYMBOL, _GAP = 44, 28  # pixels between two grids, with and without a symbol


@dataclass(frozen=True)
class _Grid:
    """One array as it will be drawn: its cells' texts and colors, its framed windows, its caption."""

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
    alt: str,
    *,
    title: str | None = None,
    symbols: Sequence[str] | None = None,
    taps: Mapping[int, bool | Tensor | np.ndarray] | None = None,
    highlight: Mapping[int, Window | Sequence[Window]] | None = None,
    padding: Mapping[int, int] | None = None,
    shapes: bool = True,
    cell: int = 36,
    path: str | Path | None = None,
) -> None:
    """Show tiny arrays (H, W) or (W,) as grids with a number in each cell: blue above zero, orange below, NaN as "?".

    `symbols` stand between the arrays, one fewer than arrays: `["∗", "="]`. The next three are keyed by the array's
    index: `taps={1: True}` colors a kernel's cells by position in `TAP_COLORS`, `taps={0: indices}` colors each cell by
    the tap whose index stands there (-1: none), as for the inputs under a kernel or the rows of an im2col matrix;
    `highlight={0: (top, left, height, width)}`, or a list of such, frames cells; `padding={0: 1}` grays one ring of
    cells as padding. `shapes` writes each array's shape below it. `cell` is the largest size of a cell in pixels; grids
    that are wider than the page get smaller cells, without numbers below 13 pixels.

    Raises ValueError for arrays of more than two axes, a wrong number of titles or symbols, a window outside its array.

    >>> matrix_figure([torch.arange(6).reshape(2, 3)], ["x"], alt="A grid of two rows: 0 1 2 and 3 4 5.")
    """
    check_alt(alt)
    symbols = list(symbols) if symbols is not None else [""] * (len(arrays) - 1)
    if not arrays or len(titles) != len(arrays) or len(symbols) != len(arrays) - 1:
        raise ValueError(
            f"{len(arrays)} arrays come with {len(titles)} titles and {len(symbols)} symbols; give one title per array "
            "and one symbol between each two."
        )
    taps, highlight, padding = taps or {}, highlight or {}, padding or {}
    grids = [
        _grid(array, titles[i], taps.get(i, False), highlight.get(i, ()), padding.get(i, 0))
        for i, array in enumerate(arrays)
    ]
    with styled():
        size, slots = _layout(grids, symbols, cell)
        sheet = Sheet()
        width = max(sum(slots) + sum(map(_between, symbols)) + 2 * MARGIN, 420 if title else 0)
        y = sheet.title(title, width)
        y = _draw(sheet, grids, symbols, slots, size, y, shapes)
        show(sheet.finish(width, y), alt, path, crop=False)


def _grid(
    array: Tensor | np.ndarray,
    caption: str,
    taps: bool | Tensor | np.ndarray,
    windows: Window | Sequence[Window],
    padding: int,
) -> _Grid:
    values = np.atleast_2d(torch.as_tensor(array).detach().cpu().numpy()).astype(np.float64)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"'{caption}' has shape {values.shape}; give one (H, W) array per channel and image.")
    listed = [_checked(window, values.shape, caption) for window in _listed(windows)]
    return _Grid(_texts(values), _cell_colors(values, taps, padding), listed, caption)


def _listed(windows: Window | Sequence[Window]) -> list[Window]:
    single = bool(windows) and isinstance(windows[0], int)
    return [windows] if single else list(windows)  # type: ignore[list-item, arg-type]


def _checked(window: Window, shape: tuple[int, ...], caption: str) -> Window:
    top, left, height, width = window
    inside = min(top, left) >= 0 and min(height, width) > 0 and top + height <= shape[0] and left + width <= shape[1]
    if not inside:
        raise ValueError(
            f"window {window} leaves '{caption}' of shape {shape}; give (top, left, height, width) inside it, in cells."
        )
    return window


def _texts(values: np.ndarray) -> list[list[str]]:
    whole = bool(np.all(np.isnan(values) | (values == np.round(values))))
    return [["?" if np.isnan(v) else _number(v, 0 if whole else 2) for v in row] for row in values]


def _number(value: float, decimals: int) -> str:
    """Return 0.5, −1.25 or 3: without trailing zeros and with a true minus sign."""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def _cell_colors(values: np.ndarray, taps: bool | Tensor | np.ndarray, padding: int) -> list[list[str]]:
    if taps is not False:
        given = np.arange(values.size) if taps is True else torch.as_tensor(taps).cpu().numpy()
        if given.size != values.size:
            raise ValueError(f"taps has shape {given.shape} for an array {values.shape}; give one tap index per cell.")
        indices = given.reshape(values.shape)
        return [[TAP_COLORS[i % len(TAP_COLORS)] if i >= 0 else _UNCOLORED for i in row] for row in indices]
    largest = np.nanmax(np.abs(values), initial=0) or 1
    colors = [["#{:02X}{:02X}{:02X}".format(*_tint(v / largest)) for v in row] for row in values]
    for r, c in np.ndindex(values.shape):
        if padding and not (padding <= r < values.shape[0] - padding and padding <= c < values.shape[1] - padding):
            colors[r][c] = _PADDED
    return colors


def _tint(share: float) -> tuple[int, ...]:
    """White at zero, a light blue at 1, a light orange at -1; dark text reads on all of them."""
    if np.isnan(share):
        return (236, 238, 240)
    end = _POSITIVE if share > 0 else _NEGATIVE
    return tuple(int(v) for v in (255 + (end - 255) * abs(share)).round())


def _between(symbol: str) -> int:
    return max(_SYMBOL, round(text_width(symbol, 17)) + 20) if symbol else _GAP


def _layout(grids: Sequence[_Grid], symbols: Sequence[str], largest: int) -> tuple[int, list[int]]:
    """Return the cells' size and each grid's width on the page, both in pixels."""
    longest = max((text for grid in grids for row in grid.texts for text in row), key=len)
    wanted = max(largest, min(60, round(text_width(longest, 10.5)) + 10))
    room = PAGE - 2 * MARGIN - sum(map(_between, symbols))
    size = max(3, min(wanted, room // sum(grid.columns for grid in grids)))
    words = [max(map(len, grid.caption.split())) if grid.caption else 0 for grid in grids]
    narrow = [min(120, max(9 * count, 70 if count else 0)) for count in words]
    return size, [max(grid.columns * size, least) for grid, least in zip(grids, narrow, strict=True)]


def _draw(
    sheet: Sheet,
    grids: Sequence[_Grid],
    symbols: Sequence[str],
    slots: Sequence[int],
    size: int,
    y: float,
    shapes: bool,
) -> float:
    """Draw the grids centered on one line; return the y below them."""
    lines = [wrap(grid.caption, slot + 16, CAPTION) for grid, slot in zip(grids, slots, strict=True)]
    head = max(len(line) for line in lines) * line_height(CAPTION) if any(grid.caption for grid in grids) else 0
    tallest = max(grid.rows for grid in grids) * size
    x = float(MARGIN)
    for i, (grid, slot) in enumerate(zip(grids, slots, strict=True)):
        left, top = x + (slot - grid.columns * size) // 2, y + head + (tallest - grid.rows * size) // 2
        sheet.text(x + slot / 2, top - 5, "\n".join(lines[i]), va="bottom")
        _draw_cells(sheet, grid, left, top, size)
        _draw_windows(sheet, grid, left, top, size)
        if shapes:
            sheet.text(x + slot / 2, top + grid.rows * size + 5, f"{grid.rows} × {grid.columns}", SMALL, color=FADED)
        x += slot
        if i < len(symbols):
            sheet.text(x + _between(symbols[i]) / 2, y + head + tallest / 2, symbols[i], 17, va="center")
            x += _between(symbols[i])
    return y + head + tallest + (line_height(SMALL) + 4 if shapes else 0) + MARGIN


def _draw_cells(sheet: Sheet, grid: _Grid, left: float, top: float, size: int) -> None:
    longest = max((text for row in grid.texts for text in row), key=lambda text: text_width(text, 10))
    points = min(size * 0.33, 13.0, 10 * (size - 4) / text_width(longest, 10))
    for r, c in np.ndindex(grid.rows, grid.columns):
        x, y, color = left + c * size, top + r * size, grid.colors[r][c]
        line = {"edgecolor": "#8A9099", "linewidth": 0.8 if size >= 13 else 0}
        sheet.rectangle(x, y, size, size, facecolor=color, **line)
        if size >= 13:
            quiet = color in (_UNCOLORED, _PADDED) and grid.texts[r][c] == "0"
            ink = FADED if quiet else _ink_on(color)
            sheet.text(x + size / 2, y + size / 2, grid.texts[r][c], points, va="center_baseline", color=ink)


def _draw_windows(sheet: Sheet, grid: _Grid, left: float, top: float, size: int) -> None:
    for k, (row, column, height, width) in enumerate(grid.windows):
        inset = 3 * (k % 3)  # so that overlapping frames stay apart
        box = (
            left + column * size + inset,
            top + row * size + inset,
            width * size - 2 * inset,
            height * size - 2 * inset,
        )
        sheet.rectangle(*box, edgecolor=_WINDOW_COLORS[k % len(_WINDOW_COLORS)], linewidth=3, zorder=3)


def _ink_on(color: str) -> str:
    """Return black or white, whichever has the greater contrast on `color`."""
    red, green, blue = hex_to_rgb(color)[0] / 255
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if luminance < 0.179 else "#000000"
