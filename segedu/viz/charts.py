"""Curves and bars to compare numbers, so that lectures carry no plotting code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    """Show one or more curves over the same `x`; `curves` maps each one's name to its values, NaN leaves a gap.

    `log` is "", "x", "y" or "xy"; `lines` draws dashed horizontals, name → height (a bound, a baseline, chance);
    `xlabel` and `ylabel` name the quantity with its unit; `height` of the figure in pixels.

    Raises ValueError if a curve has another length than `x`, or `log` is something else.

    >>> curve([1, 2], {"loss": [3.0, 1.5]}, "step", "loss", "The loss falls", alt="A loss falling from 3 to 1.5.")
    """
    check_alt(alt)
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log is {log!r}; give 'x', 'y', 'xy', or '' for linear axes.")
    positions = _array(x)
    with styled():
        figure, (axes,) = panels(760, height, title)
        for i, (name, values) in enumerate(curves.items()):
            heights = _array(values)
            if heights.shape != positions.shape:
                raise ValueError(f"'{name}' has shape {heights.shape}, x {positions.shape}; give one value per x.")
            marker = MARKERS[i % len(MARKERS)] if markers else None
            axes.plot(positions, heights, color=SERIES[i % len(SERIES)], marker=marker, markersize=6, label=name)
        for name, value in (lines or {}).items():
            _level(axes, name, value)
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
    errors: Numbers | Mapping[str, Numbers] | None = None,
    baseline: float | None = None,
    baseline_name: str = "baseline",
    number: str = ".2f",
    path: str | Path | None = None,
) -> None:
    """Show horizontal bars, the first label on top, each with its number; NaN is written as "absent".

    `values` is one number per label, or several series as name → numbers (for example the IoU per class of two models).
    `errors` in the same form adds ± whiskers; `baseline` a dashed line with its name; `number` is a format of Python's.

    Raises ValueError if there isn't one value (and error) per label.

    >>> comparison_bars(["sky", "pole"], [0.9, 0.2], alt="Sky is found with IoU 0.9, poles only with 0.2.")
    """
    check_alt(alt)
    series = dict(values) if isinstance(values, Mapping) else {"": values}
    whiskers = dict(errors) if isinstance(errors, Mapping) else dict.fromkeys(series, errors)
    columns = {name: _per_label(labels, name, numbers) for name, numbers in series.items()}
    thickness = 0.8 / len(columns)
    has_legend = len(columns) > 1 or baseline is not None
    with styled():
        figure, (axes,) = panels(760, 96 + len(labels) * max(32, 21 * len(columns)) + 28 * has_legend, title)
        axes.grid(axis="y", visible=False)
        for i, (name, numbers) in enumerate(columns.items()):
            places = np.arange(len(labels)) + (i - (len(columns) - 1) / 2) * thickness
            error = whiskers.get(name)
            error = None if error is None else _per_label(labels, name, error)
            color = SERIES[i % len(SERIES)]
            axes.barh(places, np.nan_to_num(numbers), thickness * 0.92, xerr=error, color=color, ecolor=INK, label=name)
            _write_numbers(axes, places, numbers, error, number)
        axes.set_yticks(range(len(labels)), labels, fontsize=CAPTION)
        axes.invert_yaxis()
        axes.margins(x=0.12, y=0.02)
        axes.set_xlabel(xlabel)
        if baseline is not None:
            axes.axvline(baseline, color=FADED, linestyle="--", linewidth=1.6, label=baseline_name)
        if has_legend:
            _legend_above(axes)
        show(figure, alt, path, crop=False)


def _use_logs(axes: "Axes", log: str, positions: np.ndarray) -> None:
    """Make the named axes logarithmic with plain numbers; a few x values become the ticks themselves."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    for axis, name in ((axes.xaxis, "x"), (axes.yaxis, "y")):
        if name in log:
            getattr(axes, f"set_{name}scale")("log")
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
            axis.set_minor_formatter(FuncFormatter(lambda value, _, axis=axis: _minor_text(axis, value)))
    if "x" in log and len(positions) <= 10:
        axes.set_xticks(positions)
        axes.xaxis.set_minor_locator(NullLocator())


def _minor_text(axis: "Axis", value: float) -> str:
    """Write 2, 3 and 5 of a decade where an axis spans little more than one."""
    low, high = axis.get_view_interval()
    return f"{value:,g}" if high < 30 * low and f"{value:e}"[0] in "235" else ""


def _write_numbers(axes: "Axes", places: np.ndarray, values: np.ndarray, error: np.ndarray | None, number: str) -> None:
    reach = values if error is None else values + np.nan_to_num(error)
    for place, value, end in zip(places, values, reach, strict=True):
        text = "absent" if np.isnan(value) else format(value, number).replace("-", "−")
        anchor = (0.0 if np.isnan(value) else max(end, 0.0), place)
        axes.annotate(text, anchor, (5, 0), textcoords="offset points", va="center", fontsize=SMALL, color=INK)


def _legend_above(axes: "Axes") -> None:
    handles, names = axes.get_legend_handles_labels()
    shown = [i for i, name in enumerate(names) if name]
    handles, names = [handles[i] for i in shown], [names[i] for i in shown]
    axes.legend(handles, names, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names), borderaxespad=0.2)


def _level(axes: "Axes", name: str, value: float) -> None:
    axes.axhline(value, color=FADED, linestyle="--", linewidth=1.6)
    place = axes.get_yaxis_transform()  # x along the axes, y in data
    axes.annotate(name, (1, value), (-2, 4), place, "offset points", ha="right", fontsize=SMALL, color=FADED)


def _per_label(labels: Sequence[str], name: str, numbers: Numbers) -> np.ndarray:
    values = _array(numbers)
    if values.shape != (len(labels),):
        raise ValueError(f"{len(labels)} labels come with numbers of shape {values.shape} {name}; give one per label.")
    return values


def _array(numbers: Numbers) -> np.ndarray:
    return torch.as_tensor(numbers, dtype=torch.float64).detach().cpu().numpy()
