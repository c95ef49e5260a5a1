"""The metric lab as a picture: target and prediction one over the other, and a bar per metric."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from segedu.widgets.metric_lab.shapes import VOID

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# As in metric_lab/paint.js.
BOTH = "#009E73"
TARGET_ONLY = "#0072B2"
PREDICTION_ONLY = "#E69F00"
NEITHER = "#f4f4f4"
VOIDED = "#d0d0d0"
BAR = "#1565c0"
HATCH: dict[str, Any] = {"edgecolor": "#555555", "hatch": "////", "linewidth": 0}  # of void
Score = float | None  # NaN where a metric is absent, None where it is hidden


def draw_lab(
    figure: "Figure",
    target: np.ndarray,
    prediction: np.ndarray,
    scores: dict[str, Score],
) -> None:
    """Fill the figure: maps (H, W) of 0, 1 and 255; scores by name, NaN absent, None hidden."""
    maps, bars = figure.subplots(1, 2, width_ratios=[1.35, 1])
    _draw_maps(maps, target, prediction)
    _draw_bars(bars, scores)


def score_title(name: str) -> str:
    """Return a metric's name as the page writes it.

    >>> score_title("boundary_f1")
    'boundary F1'
    """
    if name == "iou":
        return "IoU of the object"
    title = name.replace("_", " ").replace("frequency weighted", "frequency-weighted")
    return title.replace("dice", "Dice").replace("iou", "IoU").replace("f1", "F1")


def _draw_maps(axes: "Axes", target: np.ndarray, prediction: np.ndarray) -> None:
    """Draw the cells in the color of what the two maps say, void hatched, with a legend."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    # The cells, a color for each of five kinds.
    names = (NEITHER, PREDICTION_ONLY, TARGET_ONLY, BOTH, VOIDED)
    colors = np.array([to_rgb(name) for name in names])
    is_void = target == VOID
    kinds = np.where(is_void, 4, 2 * target + prediction)
    height, width = target.shape
    axes.imshow(colors[kinds], extent=(0, width, height, 0), interpolation="nearest")
    for row, col in np.argwhere(is_void):
        axes.add_patch(Rectangle((col, row), 1, 1, facecolor="none", **HATCH))

    # The lines between the cells.
    axes.set_xticks(range(width + 1), minor=True)
    axes.set_yticks(range(height + 1), minor=True)
    axes.grid(which="minor", color="#d8d8d8", linewidth=0.5)
    axes.tick_params(which="both", length=0, labelbottom=False, labelleft=False)

    _draw_legend(axes, with_void=bool(is_void.any()))
    title = f"Target and prediction on {height} × {width} cells"
    axes.set_title(title, fontsize=10, loc="left")


def _draw_legend(axes: "Axes", with_void: bool) -> None:
    """Name the colors below the maps."""
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor=BOTH, label="both"),
        Patch(facecolor=TARGET_ONLY, label="target only"),
        Patch(facecolor=PREDICTION_ONLY, label="prediction only"),
    ]
    if with_void:
        patches.append(Patch(facecolor=VOIDED, label="void", **HATCH))
    place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, 0)}
    axes.legend(handles=patches, ncols=4, frameon=False, fontsize=9, **place)


def _draw_bars(axes: "Axes", scores: dict[str, Score]) -> None:
    """Draw a bar per metric, the first on top."""
    lengths = [_length(score) for score in scores.values()]
    axes.barh(range(len(scores)), lengths, color=BAR, height=0.55)
    for row, (score, length) in enumerate(zip(scores.values(), lengths, strict=True)):
        _write_score(axes, row, score, length)

    # The metrics' names, and the axes around them.
    titles = [score_title(name) for name in scores]
    axes.set_yticks(range(len(titles)), titles, fontsize=9)
    axes.set(xlim=(0, 1), ylim=(len(titles) - 0.5, -0.5))
    axes.set_xlabel("score", fontsize=9)
    axes.tick_params(axis="x", labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("All metrics of this pair", fontsize=10, loc="left")


def _length(score: Score) -> float:
    """Return the length of a score's bar, 0 where there is none."""
    if score is None or math.isnan(score):
        return 0.0
    return score


def _write_score(axes: "Axes", row: int, score: Score, length: float) -> None:
    """Write a score behind the end of its bar, or into the bar if it is long."""
    if score is None:
        text = "?"
    elif math.isnan(score):
        text = "absent"
    else:
        text = f"{score:.3f}"
    if length > 0.8:
        axes.text(length - 0.02, row, text, va="center", ha="right", color="white", fontsize=9)
    else:
        axes.text(length + 0.02, row, text, va="center", ha="left", color="black", fontsize=9)
