"""Curves and bars to compare numbers, so that lectures carry no plotting code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from segedu.viz._axes import MARKERS, panels
from segedu.viz._display import check_alt, show
from segedu.viz._style import CAPTION, FADED, INK, SERIES, SMALL, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

Numbers = Sequence[float] | np.ndarray | Tensor

_WIDTH = 760  # pixels
_MOST_TICKS = 10  # on a logarithmic x axis, a tick at each value up to so many values


def curve(
    x: Numbers,
    curves: Mapping[str, Numbers],
    xlabel: str,
    ylabel: str,
    title: str,
    alt: str,
    *,
    log: str = "",
    lines: Mapping[str, float] | None = None,
    markers: bool = True,
    height: int = 400,
    path: str | Path | None = None,
) -> None:
    """Show one or more curves over the same `x`.

    Args:
        x: N numbers.
        curves: name → N numbers; NaN leaves a gap. Names stand in a legend if there are several.
        xlabel: the quantity along x, with its unit.
        ylabel: the quantity of the curves, with its unit.
        title: a sentence over the figure.
        alt: what the figure shows, for those who can't see it.
        log: which axes are logarithmic: "", "x", "y" or "xy".
        lines: name → height of a dashed horizontal (a bound, a baseline, chance).
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
    positions = _array(x)
    heights = {name: _array(values) for name, values in curves.items()}
    for name, values in heights.items():
        if values.shape != positions.shape:
            raise ValueError(f"'{name}' has shape {values.shape}, x {positions.shape}; give one value per x.")

    with styled():
        figure, (axes,) = panels(_WIDTH, height, title)
        for index, (name, values) in enumerate(heights.items()):
            color = SERIES[index % len(SERIES)]
            marker = MARKERS[index % len(MARKERS)] if markers else None
            axes.plot(positions, values, color=color, marker=marker, markersize=6, label=name)
        for name, value in (lines or {}).items():
            _draw_level(axes, name, value)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        _use_logs(axes, log, positions)
        if len(curves) > 1:
            axes.legend()
        show(figure, alt, path, crop=False)


def comparison_bars(
    labels: Sequence[str],
    values: Numbers | Mapping[str, Numbers],
    alt: str,
    *,
    title: str | None = None,
    xlabel: str = "",
    errors: Numbers | Mapping[str, Numbers | None] | None = None,
    baseline: float | None = None,
    baseline_name: str = "baseline",
    number: str = ".2f",
    path: str | Path | None = None,
) -> None:
    """Show horizontal bars, the first label on top, each with its number; NaN reads "absent".

    Args:
        labels: one text per bar, or per group of bars.
        values: one number per label, or several series as name → numbers (for example the IoU per
            class of two models).
        alt: what the figure shows, for those who can't see it.
        title: a sentence over the figure.
        xlabel: the quantity, with its unit.
        errors: half the length of a whisker per bar, in the same form as `values`.
        baseline: where a dashed vertical line stands.
        baseline_name: its name in the legend.
        number: how the numbers are written, a format of Python's.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: there isn't one value (and error) per label, or `alt` is too short.

    >>> alt = "Sky is segmented with IoU 0.9, poles only with 0.2."
    >>> comparison_bars(["sky", "pole"], [0.9, 0.2], alt)
    """
    check_alt(alt)
    series = values if isinstance(values, Mapping) else {"": values}
    if not isinstance(errors, Mapping):
        errors = dict.fromkeys(series, errors)
    bars = {name: _per_label(labels, name, numbers) for name, numbers in series.items()}
    whiskers = {
        name: _per_label(labels, name, numbers)
        for name, numbers in errors.items()
        if name in bars and numbers is not None
    }
    has_legend = len(bars) > 1 or baseline is not None

    with styled():
        height = 96 + len(labels) * max(32, 21 * len(bars))
        if has_legend:
            height += 28
        figure, (axes,) = panels(_WIDTH, height, title)
        axes.grid(axis="y", visible=False)
        _draw_bars(axes, bars, whiskers, number)
        axes.set_yticks(range(len(labels)), labels, fontsize=CAPTION)
        axes.invert_yaxis()
        axes.margins(x=0.12, y=0.02)
        axes.set_xlabel(xlabel)
        if baseline is not None:
            look: dict[str, Any] = {"color": FADED, "linestyle": "--", "linewidth": 1.6}
            axes.axvline(baseline, label=baseline_name, **look)
        if has_legend:
            _draw_legend_above(axes)
        show(figure, alt, path, crop=False)


# ---- Curves ----


def _draw_level(axes: "Axes", name: str, value: float) -> None:
    """Draw a dashed horizontal at `value` with its name at the right end."""
    axes.axhline(value, color=FADED, linestyle="--", linewidth=1.6)
    axes.annotate(
        name,
        (1, value),
        (-2, 4),
        axes.get_yaxis_transform(),  # x along the axes, y in data
        "offset points",
        ha="right",
        fontsize=SMALL,
        color=FADED,
    )


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


# ---- Bars ----


def _draw_bars(
    axes: "Axes",
    bars: Mapping[str, np.ndarray],
    whiskers: Mapping[str, np.ndarray],
    number: str,
) -> None:
    """Draw the series' bars beside each other around each label's place, with numbers."""
    thickness = 0.8 / len(bars)  # a label's place is 1 high
    for index, (name, values) in enumerate(bars.items()):
        offset = (index - (len(bars) - 1) / 2) * thickness
        places = np.arange(len(values)) + offset
        errors = whiskers.get(name)
        axes.barh(
            places,
            np.nan_to_num(values),
            thickness * 0.92,
            xerr=errors,
            color=SERIES[index % len(SERIES)],
            ecolor=INK,
            label=name,
        )
        ends = values if errors is None else values + np.nan_to_num(errors)
        for place, value, end in zip(places, values, ends, strict=True):
            _write_number(axes, place, value, end, number)


def _write_number(axes: "Axes", place: float, value: float, end: float, number: str) -> None:
    """Write a bar's number to the right of its end, or of zero if it is negative or absent."""
    if np.isnan(value):
        text = "absent"
        x = 0.0
    else:
        text = format(value, number).replace("-", "−")
        x = max(end, 0.0)
    look: dict[str, Any] = {"va": "center", "fontsize": SMALL, "color": INK}
    axes.annotate(text, (x, place), (5, 0), textcoords="offset points", **look)


def _draw_legend_above(axes: "Axes") -> None:
    """Write the named series in one line above the axes."""
    handles, names = axes.get_legend_handles_labels()
    entries = [(handle, name) for handle, name in zip(handles, names, strict=True) if name]
    axes.legend(
        [handle for handle, _ in entries],
        [name for _, name in entries],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(entries),
        borderaxespad=0.2,
    )


# ---- Numbers ----


def _per_label(labels: Sequence[str], name: str, numbers: Numbers) -> np.ndarray:
    """Return the numbers of one series as float64, one per label."""
    values = _array(numbers)
    if values.shape != (len(labels),):
        raise ValueError(f"{len(labels)} labels come with numbers of shape {values.shape} {name}; give one per label.")
    return values


def _array(numbers: Numbers) -> np.ndarray:
    """Return numbers as float64, from any device."""
    return torch.as_tensor(numbers, dtype=torch.float64).detach().cpu().numpy()
