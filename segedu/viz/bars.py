"""Bars to compare numbers, with the spread of each as it is, so that lectures carry no plotting code."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from segedu.viz._axes import panels
from segedu.viz._display import check_alt, show
from segedu.viz._numbers import Numbers, as_numbers, mean_of, seeds_of
from segedu.viz._style import CAPTION, FADED, INK, SERIES, SMALL, styled, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# One number per bar, or the numbers of several seeds per bar.
Values = Numbers | Sequence[Numbers]

_WIDTH = 760  # pixels
_BESIDE_NAME = 62  # pixels that a name in the legend takes for its color and the gaps


@dataclass(frozen=True)
class _Series:
    """The bars of one color: their values, the ends of their whiskers (NaN: none), the seeds behind each."""

    values: np.ndarray  # (N,)
    low: np.ndarray
    high: np.ndarray
    seeds: list[np.ndarray]

    @property
    def reach(self) -> np.ndarray:
        """The right end (N,) of each bar with its whisker, zero included."""
        return np.fmax(np.fmax(self.values, self.high), 0.0)

    @property
    def has_seeds(self) -> bool:
        return any(len(seeds) > 1 for seeds in self.seeds)


def comparison_bars(
    labels: Sequence[str],
    values: Values | Mapping[str, Values],
    alt: str | None = None,
    *,
    title: str | None = None,
    xlabel: str = "",
    errors: Numbers | Mapping[str, Numbers | None] | None = None,
    intervals: Sequence[tuple[float, float]] | Mapping[str, Sequence[tuple[float, float]] | None] | None = None,
    baseline: float | None = None,
    baseline_name: str = "baseline",
    number: str = ".2f",
    path: str | Path | None = None,
) -> None:
    """Show horizontal bars, the first label on top, each with its number; NaN reads "absent".

    Three seeds are best given as they are: the bar is their mean, each is a dot, the whisker goes from
    the least to the greatest.

    Args:
        labels: one text per bar, or per group of bars.
        values: one number per label, or the numbers of several seeds per label; or several series as
            name → values (for example the IoU per class of two models).
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over the figure.
        xlabel: the quantity, with its unit.
        errors: half the length of a whisker per bar that is as long to both sides, such as a standard
            deviation, in the same form as `values`.
        intervals: the ends (low, high) of a whisker per bar, such as those of a confidence interval,
            in the same form as `values`.
        baseline: where a dashed vertical line stands.
        baseline_name: its name in the legend.
        number: how the numbers are written, a format of Python's.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: there isn't one value (error, interval) per label, an interval ends before it begins,
            a bar has two kinds of whiskers, or `alt` is too short.

    >>> alt = "Sky is segmented with IoU 0.9, poles only with 0.2 to 0.4."
    >>> comparison_bars(["sky", "pole"], [[0.9, 0.91, 0.9], [0.2, 0.4, 0.3]], alt)
    """
    check_alt(alt)
    named = values if isinstance(values, Mapping) else {"": values}
    bars = {
        name: _series(labels, name, numbers, _of_series(errors, name), _of_series(intervals, name))
        for name, numbers in named.items()
    }
    has_seeds = any(series.has_seeds for series in bars.values())
    has_legend = len(bars) > 1 or baseline is not None or has_seeds

    with styled():
        names = [
            *(["one seed"] if has_seeds else []),
            *([] if baseline is None else [baseline_name]),
            *filter(None, bars),
        ]
        columns = _legend_columns(names, _WIDTH - max(text_width(label, CAPTION) for label in labels))
        height = 96 + len(labels) * max(32, 21 * len(bars))
        if has_legend:
            height += 28 * math.ceil(len(names) / columns)
        figure, (axes,) = panels(_WIDTH, height, title)
        axes.grid(axis="y", visible=False)
        _draw_bars(axes, bars, number)
        axes.set_yticks(range(len(labels)), labels, fontsize=CAPTION)
        axes.invert_yaxis()
        axes.margins(x=0.12, y=0.02)
        axes.set_xlabel(xlabel)
        if axes.get_xlim()[0] < 0:
            axes.axvline(0, color=INK, linewidth=1)
        if baseline is not None:
            look: dict[str, Any] = {"color": FADED, "linestyle": "--", "linewidth": 1.6}
            axes.axvline(baseline, label=baseline_name, **look)
        if has_legend:
            _draw_legend_above(axes, columns)
        show(figure, alt, path, crop=False)


# ---- Numbers ----


def _of_series(numbers: Any, name: str) -> Any:
    """Return what belongs to one series: its entry, or what is for all."""
    return numbers.get(name) if isinstance(numbers, Mapping) else numbers


def _series(
    labels: Sequence[str],
    name: str,
    numbers: Values,
    errors: Numbers | None,
    intervals: Sequence[tuple[float, float]] | None,
) -> _Series:
    seeds = seeds_of(numbers)
    if len(seeds) != len(labels):
        raise ValueError(f"{len(labels)} labels come with {len(seeds)} numbers{_for(name)}; give one per label.")
    values = np.array([mean_of(one) for one in seeds])
    none = np.full(len(labels), np.nan)
    series = _Series(values, none, none, seeds)
    kinds = (series.has_seeds, errors is not None, intervals is not None)
    if sum(kinds) > 1:
        raise ValueError(f"the bars{_for(name)} have whiskers of two kinds; give several seeds, errors or intervals.")
    if errors is not None:
        halves = _per_label(labels, name, errors)
        return _Series(values, values - halves, values + halves, seeds)
    if intervals is not None:
        low, high = _per_label(labels, name, intervals, ends=2).T
        for start, end in zip(low, high, strict=True):
            if start > end:
                raise ValueError(f"the interval ({start:g}, {end:g}) ends before it begins; give (low, high).")
        return _Series(values, low, high, seeds)
    several = np.array([len(one) > 1 for one in seeds])
    low = np.array([np.fmin.reduce(one) for one in seeds])
    high = np.array([np.fmax.reduce(one) for one in seeds])
    return _Series(values, np.where(several, low, np.nan), np.where(several, high, np.nan), seeds)


def _per_label(labels: Sequence[str], name: str, numbers: Any, ends: int | None = None) -> np.ndarray:
    """Return the numbers of one series as float64, one per label, or `ends` per label."""
    values = as_numbers(numbers)
    shape = (len(labels),) if ends is None else (len(labels), ends)
    if values.shape != shape:
        each = "one" if ends is None else "(low, high)"
        raise ValueError(
            f"{len(labels)} labels come with numbers of shape {values.shape}{_for(name)}; give {each} per label."
        )
    return values


def _for(name: str) -> str:
    return f" for '{name}'" if name else ""


# ---- Drawing ----


def _draw_bars(axes: "Axes", bars: Mapping[str, _Series], number: str) -> None:
    """Draw the series' bars beside each other around each label's place, with whiskers, dots and numbers."""
    thickness = 0.8 / len(bars)  # a label's place is 1 high
    is_named = False
    for index, (name, series) in enumerate(bars.items()):
        offset = (index - (len(bars) - 1) / 2) * thickness
        places = np.arange(len(series.values)) + offset
        color = SERIES[index % len(SERIES)]
        axes.barh(places, np.nan_to_num(series.values), thickness * 0.92, color=color, label=name)
        _draw_whiskers(axes, places, series)
        if series.has_seeds:
            _draw_seeds(axes, places, series, label="" if is_named else "one seed")
            is_named = True
        for place, value, end in zip(places, series.values, series.reach, strict=True):
            _write_number(axes, place, value, end, number)


def _draw_whiskers(axes: "Axes", places: np.ndarray, series: _Series) -> None:
    """Draw a line from low to high over each bar that has both, with a cap at each end."""
    has_ends = np.isfinite(series.low) & np.isfinite(series.high)
    if not has_ends.any():
        return
    low, high, rows = series.low[has_ends], series.high[has_ends], places[has_ends]
    axes.hlines(rows, low, high, color=INK, linewidth=1.5, zorder=3)
    for ends in (low, high):
        axes.plot(ends, rows, "|", color=INK, markersize=7, markeredgewidth=1.5, zorder=3)


def _draw_seeds(axes: "Axes", places: np.ndarray, series: _Series, label: str) -> None:
    """Draw a dot for each seed, white with a dark rim, so that it is seen on any bar."""
    rows = np.concatenate([np.full(len(one), place) for one, place in zip(series.seeds, places, strict=True)])
    look: dict[str, Any] = {"facecolor": "white", "edgecolor": INK, "linewidth": 1, "zorder": 4}
    axes.scatter(np.concatenate(series.seeds), rows, 22, label=label, **look)


def _write_number(axes: "Axes", place: float, value: float, end: float, number: str) -> None:
    """Write a bar's number to the right of its end, or of zero if it is negative or absent."""
    if np.isnan(value):
        text = "absent"
        x = 0.0
    else:
        text = format(value, number).replace("-", "−")
        x = end
    look: dict[str, Any] = {"va": "center", "fontsize": SMALL, "color": INK}
    axes.annotate(text, (x, place), (5, 0), textcoords="offset points", **look)


def _legend_columns(names: Sequence[str], room: float) -> int:
    """Return how many of the names fit side by side into so many pixels, each behind its color; at least one."""
    widths = sorted((text_width(name, SMALL) + _BESIDE_NAME for name in names), reverse=True)
    fitting = [number for number in range(1, len(names) + 1) if sum(widths[:number]) <= room]
    return max(fitting, default=1)


def _draw_legend_above(axes: "Axes", columns: int) -> None:
    """Write the named series above the axes, so many in a line."""
    handles, names = axes.get_legend_handles_labels()
    entries = [(handle, name) for handle, name in zip(handles, names, strict=True) if name]
    axes.legend(
        [handle for handle, _ in entries],
        [name for _, name in entries],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        borderaxespad=0.2,
    )
