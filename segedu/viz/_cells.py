"""What stands in the cells of a grid of numbers: their texts and colors, and what its rows and columns are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from segedu.viz.colors import TAP_COLORS, rgb_to_hex

Window = tuple[int, int, int, int]  # top, left, height, width, in cells
Taps = bool | Tensor | np.ndarray  # False: no taps; True: a kernel; else a tap's index per cell
AxisName = str | tuple[str, Sequence[str]]  # what an axis is, or that and the name of each row or column

_POSITIVE = np.array([150, 196, 232])  # the tint of the largest value, if it is positive
_NEGATIVE = np.array([246, 178, 132])
WITHOUT_TAP = "#FFFFFF"
PADDING = "#ECEEF0"
_NOT_A_NUMBER = "#ECEEF0"


@dataclass(frozen=True)
class Axis:
    """What the rows or the columns of a grid are, and the name of each; both may be missing."""

    name: str = ""
    cells: Sequence[str] = ()


@dataclass(frozen=True)
class Grid:
    """One array ready to be drawn: its cells' texts and colors, framed windows, caption, names of its axes."""

    texts: list[list[str]]
    colors: list[list[str]]
    windows: list[Window]
    caption: str
    row_axis: Axis = Axis()
    column_axis: Axis = Axis()

    @property
    def rows(self) -> int:
        return len(self.texts)

    @property
    def columns(self) -> int:
        return len(self.texts[0])


def make_grid(
    array: Tensor | np.ndarray,
    caption: str,
    taps: Taps = False,
    windows: Window | Sequence[Window] = (),
    padding: int = 0,
    rows: AxisName = "",
    columns: AxisName = "",
    largest: float | None = None,
) -> Grid:
    """Return an array's grid; `largest` is the value with the full tint, None its own largest one.

    Raises:
        ValueError: the array is no matrix, a window leaves it, taps or names have another count.
    """
    values = grid_values(array, caption)
    windows = _as_list(windows)
    for window in windows:
        _check_window(window, values.shape, caption)
    colors = _value_colors(values, padding, largest) if taps is False else _tap_colors(values, taps)
    row_axis = _axis(rows, values.shape[0], f"rows of '{caption}'")
    column_axis = _axis(columns, values.shape[1], f"columns of '{caption}'")
    return Grid(_texts(values), colors, windows, caption, row_axis, column_axis)


def grid_values(array: Tensor | np.ndarray, caption: str) -> np.ndarray:
    """Return an array as (H, W) float64."""
    values = np.atleast_2d(torch.as_tensor(array).detach().cpu().numpy()).astype(np.float64)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"'{caption}' has shape {values.shape}; give one (H, W) array per channel and image.")
    return values


def _axis(name: AxisName, count: int, what: str) -> Axis:
    axis = Axis(name) if isinstance(name, str) else Axis(name[0], tuple(map(str, name[1])))
    if axis.cells and len(axis.cells) != count:
        raise ValueError(f"{len(axis.cells)} names come with the {count} {what}; give one per cell of the axis.")
    return axis


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
    return TAP_COLORS[tap % len(TAP_COLORS)] if tap >= 0 else WITHOUT_TAP


def _value_colors(values: np.ndarray, padding: int, largest: float | None = None) -> list[list[str]]:
    """Return each cell's color "#RRGGBB" by its value; `padding` cells along each side are gray."""
    largest = largest or largest_value(values) or 1
    colors = [[_tint(value / largest) for value in row] for row in values]
    height, width = values.shape
    for row, column in np.ndindex(height, width):
        is_inner_row = padding <= row < height - padding
        is_inner_column = padding <= column < width - padding
        if not (is_inner_row and is_inner_column):
            colors[row][column] = PADDING
    return colors


def largest_value(values: np.ndarray) -> float:
    """Return the largest of the values without their signs, 0 if there is none."""
    return float(np.nanmax(np.abs(values), initial=0))


def _tint(share: float) -> str:
    """Return white at 0, a light blue at 1, a light orange at -1; dark text reads on all."""
    if np.isnan(share):
        return _NOT_A_NUMBER
    end = _POSITIVE if share > 0 else _NEGATIVE
    return rgb_to_hex((255 + (end - 255) * min(abs(share), 1)).round())
