"""Grids of numbers as the operator explorers take them (`as_rows`) and draw them in their pictures (`draw_grid`)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from segedu.widgets.kit.colors import ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def as_rows(values: Any, name: str, largest: int) -> list[list[float]]:
    """Return a matrix (tensor, array or nested lists) as rows of Python numbers, whole ones as int.

    Raises ValueError if it is not two-dimensional, has a side over `largest` or none at all, or holds anything but
    finite numbers.
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
    return [[int(value) if value == int(value) else float(value) for value in row] for row in matrix.tolist()]


def sizes(rows: Any, by: str = "×") -> str:
    """Return height and width of a matrix in words: "5×7"."""
    return f"{len(rows)}{by}{len(rows[0])}"


def draw_grid(
    axes: "Axes",
    left: float,
    values: np.ndarray,
    title: str,
    taps: dict[tuple[int, int], int],
    padding: Any = 0,
    numbers: bool = True,
) -> float:
    """Draw one grid, centered on y = 0, from x = left; return its right edge.

    values: (H, W), NaN where a cell stays empty. taps: (row, col) → the kernel tap whose color the cell wears.
    padding: rows and columns around the grid proper, drawn dotted; one number or ((top, bottom), (left, right)).
    numbers: whether to write the values; leave them out where cells are too small for them.
    """
    from matplotlib.patches import Rectangle

    from segedu.viz import TAP_COLORS

    height, width = values.shape
    (top, bottom), (start, end) = np.broadcast_to(padding, (2, 2))
    known = values[~np.isnan(values)]
    low, high = (known.min(), known.max()) if known.size else (0, 0)
    for (row, col), value in np.ndenumerate(values):
        inside = top <= row < height - bottom and start <= col < width - end and not np.isnan(value)
        gray = 1 - 0.26 * ((value - low) / (high - low) if inside and high > low else 0)
        tap = taps.get((row, col))
        color = (gray, gray, gray) if tap is None else TAP_COLORS[tap]
        edge, style = ("#9a9a9a", "-" if inside else ":") if tap is None else ("white", "-")
        x, y = left + col, row - height / 2
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=color, edgecolor=edge, linestyle=style, linewidth=0.8))
        if numbers and not np.isnan(value):
            ink = "black" if tap is None else ink_on(color)
            axes.text(
                x + 0.5, y + 0.5, f"{value:.3g}".replace("-", "−"), ha="center", va="center", color=ink, fontsize=9
            )
    if np.any(padding):
        outline(axes, left + start, top - height / 2, width - start - end, height - top - bottom, linewidth=1.2)
    axes.text(left, -height / 2 - 0.2, f"{title}\n{height} × {width}", ha="left", va="bottom", fontsize=9)
    return left + width


def draw_sign(axes: "Axes", left: float, sign: str) -> float:
    """Write an operator between two grids, from x = left; return its right edge."""
    axes.text(left + 0.6, 0, sign, ha="center", va="center", fontsize=14)
    return left + 1.2


def outline(axes: "Axes", x: float, y: float, width: float, height: float, linewidth: float = 2.4) -> None:
    """Draw a black frame around cells."""
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor="black", linewidth=linewidth))
