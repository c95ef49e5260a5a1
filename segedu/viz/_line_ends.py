"""The names of curves beside their right ends, spread so that none lies on another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segedu.viz._style import INK, SMALL, line_height, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RIGHT_OF_AXES = 12  # points
_NAME_WIDTH = 190  # pixels: wider names are wrapped


@dataclass(frozen=True)
class LineEnd:
    """Where a curve ends, in the axes' data, and what is written beside it."""

    name: str
    x: float
    y: float
    color: str
    ink: str = INK


def line_end(name: str, positions: np.ndarray, values: np.ndarray, color: str) -> list[LineEnd]:
    """Return where the curve through `values` (N,) over `positions` (N,) ends, nothing if it has no value."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return []
    last = known[np.argmax(positions[known])]
    return [LineEnd(name, float(positions[last]), float(values[last]), color)]


def name_line_ends(axes: "Axes", ends: Sequence[LineEnd], width: float = _NAME_WIDTH) -> None:
    """Write each name right of the axes, as near to its curve's end as the others allow.

    A dotted line in the curve's color leads from the end to the name. Call it when the axes have their
    final scales and limits: it lets the layout make room, then spreads the names.

    Args:
        axes: with the curves in them.
        ends: one per curve.
        width: names wider than so many pixels are wrapped.
    """
    if not ends:
        return
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    names = [wrap(end.name, width, SMALL) for end in ends]
    texts = [_write(axes, end, "\n".join(lines)) for end, lines in zip(ends, names, strict=True)]
    axes.get_figure().draw_without_rendering()  # type: ignore[union-attr]  # now the axes have their place

    box = axes.get_window_extent()
    wished = axes.transData.transform([(end.x, end.y) for end in ends])[:, 1]
    heights = [len(lines) * line_height(SMALL) for lines in names]
    places = spread(np.clip(wished, box.y0, box.y1), heights, box.y0, box.y1)
    for text, place in zip(texts, places, strict=True):
        text.set_position((1, (place - box.y0) / box.height))


def spread(wished: Sequence[float] | np.ndarray, sizes: Sequence[float], low: float, high: float) -> np.ndarray:
    """Return centers close to the `wished` ones, so far apart that things of these `sizes` don't overlap.

    The sum of squared distances from the wished places is the least (isotonic regression, by pooling
    adjacent violators: Ayer et al. 1955); then all move between `low` and `high`, as far as they fit.

    >>> spread([10, 11, 50], [4, 4, 4], 0, 100)
    array([ 8.5, 12.5, 50. ])
    """
    order = np.lexsort((-np.arange(len(wished)), np.asarray(wished)))  # of equal ones the first comes last, on top
    ordered = np.asarray(sizes, dtype=float)[order]
    offsets = np.cumsum(ordered) - ordered / 2  # of centers that stand as close as can be, from 0 up
    pools: list[tuple[float, int]] = []  # (mean, count) of neighbors that touch
    for value in np.asarray(wished, dtype=float)[order] - offsets:
        pools.append((float(value), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean, count), (last_mean, last_count) = pools[-2:]
            total = count + last_count
            pools[-2:] = [((mean * count + last_mean * last_count) / total, total)]
    starts = np.concatenate([np.full(count, mean) for mean, count in pools])
    room = max(low, high - ordered.sum())
    centers = np.empty(len(ordered))
    centers[order] = np.clip(starts, low, room) + offsets
    return centers


def _write(axes: "Axes", end: LineEnd, name: str) -> Any:
    """Write a name at the middle of the axes' right side, for now, with a line to the curve's end."""
    from matplotlib.transforms import offset_copy

    beside = offset_copy(axes.transAxes, axes.get_figure(), x=_RIGHT_OF_AXES, units="points")  # type: ignore[arg-type]
    leader: dict[str, Any] = {
        "arrowstyle": "-",
        "color": end.color,
        "linewidth": 1.2,
        "linestyle": ":",
        "shrinkA": 1,
        "shrinkB": 4,
        "relpos": (0, 0.5),
    }
    low, high = sorted(axes.get_ylim())
    return axes.annotate(
        name,
        (end.x, min(max(end.y, low), high)),
        (1, 0.5),
        textcoords=beside,
        va="center",
        fontsize=SMALL,
        color=end.ink,
        arrowprops=leader,
        annotation_clip=False,
    )
