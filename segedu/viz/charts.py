"""Curves over a common axis, so that lectures carry no plotting code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segedu.viz._axes import MARKERS, panels
from segedu.viz._display import check_alt, show
from segedu.viz._line_ends import LineEnd, line_end, name_line_ends
from segedu.viz._numbers import Numbers, as_numbers, mean_of
from segedu.viz._style import FADED, SERIES, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_WIDTH = 760  # pixels
_MOST_TICKS = 10  # on a logarithmic x axis, a tick at each value up to so many values


def curve(
    x: Numbers,
    curves: Mapping[str, Numbers | Sequence[Numbers]],
    xlabel: str,
    ylabel: str,
    title: str,
    alt: str | None = None,
    *,
    log: str = "",
    lines: Mapping[str, float] | None = None,
    markers: bool = True,
    height: int = 400,
    path: str | Path | None = None,
) -> None:
    """Show one or more curves over the same `x`; several have their names at their right ends.

    Args:
        x: N numbers.
        curves: name → N numbers; NaN leaves a gap. Or name → N × seeds: the curve is their mean, a
            band goes from the least to the greatest.
        xlabel: the quantity along x, with its unit.
        ylabel: the quantity of the curves, with its unit.
        title: a sentence over the figure.
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        log: which axes are logarithmic: "", "x", "y" or "xy".
        lines: name → height of a dashed horizontal (a bound, a baseline, chance), named at its end.
        markers: draw a mark at each value, another one for each curve.
        height: of the figure, in pixels.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: a curve has another length than `x`, `log` is something else, or `alt` is too
            short.

    >>> losses = {"loss": [3.0, 1.5]}
    >>> curve([1, 2], losses, "step", "loss", "The loss falls", alt="A loss falling from 3 to 1.5.")
    """
    check_alt(alt)
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log is {log!r}; give 'x', 'y', 'xy', or '' for linear axes.")
    positions = as_numbers(x)
    seeds = {name: as_numbers(values) for name, values in curves.items()}
    for name, values in seeds.items():
        if values.ndim not in (1, 2) or len(values) != len(positions):
            raise ValueError(f"'{name}' has shape {values.shape}, x {positions.shape}; give one value per x.")

    with styled():
        figure, (axes,) = panels(_WIDTH, height, title)
        ends = []
        for index, (name, values) in enumerate(seeds.items()):
            color = SERIES[index % len(SERIES)]
            marker = MARKERS[index % len(MARKERS)] if markers else None
            means = _draw_curve(axes, positions, values, color, marker)
            ends += line_end(name, positions, means, color)
        for value in (lines or {}).values():
            axes.axhline(value, color=FADED, linestyle="--", linewidth=1.6)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        _use_logs(axes, log, positions)
        right = axes.get_xlim()[1]
        levels = [LineEnd(name, right, value, FADED, FADED) for name, value in (lines or {}).items()]
        name_line_ends(axes, levels if len(curves) == 1 else ends + levels)
        show(figure, alt, path, crop=False)


def _draw_curve(
    axes: "Axes",
    positions: np.ndarray,
    values: np.ndarray,
    color: str,
    marker: str | None,
) -> np.ndarray:
    """Draw values (N,), or the means of (N, seeds) over a band of their range; return what the curve shows, (N,)."""
    if values.ndim == 2:
        low, high = np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)
        axes.fill_between(positions, low, high, color=color, alpha=0.2, linewidth=0)
        values = np.array([mean_of(row) for row in values])
    axes.plot(positions, values, color=color, marker=marker, markersize=6)
    return values


def _use_logs(axes: "Axes", log: str, positions: np.ndarray) -> None:
    """Make the named axes logarithmic with plain numbers; a few x values become the ticks."""
    from matplotlib.ticker import NullLocator

    if "x" in log:
        axes.set_xscale("log")
        _write_plain_numbers(axes.xaxis)
        if len(positions) <= _MOST_TICKS:
            axes.set_xticks(positions)
            axes.xaxis.set_minor_locator(NullLocator())
    if "y" in log:
        axes.set_yscale("log")
        _write_plain_numbers(axes.yaxis)


def _write_plain_numbers(axis: "Axis") -> None:
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(FuncFormatter(lambda value, _: _minor_text(axis, value)))


def _minor_text(axis: "Axis", value: float) -> str:
    """Write 2, 3 and 5 of a decade where an axis spans little more than one."""
    low, high = axis.get_view_interval()
    first_digit = f"{value:e}"[0]
    return f"{value:,g}" if high < 30 * low and first_digit in "235" else ""
