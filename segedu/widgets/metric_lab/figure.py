"""The metric lab as a picture: target and prediction laid over one another, and a bar for each metric."""

import math
from typing import TYPE_CHECKING

import numpy as np

from segedu.widgets.metric_lab.shapes import VOID

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOTH, TARGET_ONLY, PREDICTION_ONLY = "#009E73", "#0072B2", "#E69F00"  # as in metric_lab/paint.js
NEITHER, VOIDED = "#f4f4f4", "#d0d0d0"
BAR = "#1565c0"


def draw_lab(figure: "Figure", target: np.ndarray, prediction: np.ndarray, scores: dict[str, float | None]) -> None:
    """Fill the figure: maps (H, W) of 0, 1 and 255; scores by name, NaN where absent, None where hidden."""
    maps, bars = figure.subplots(1, 2, width_ratios=[1.35, 1])
    _draw_maps(maps, target, prediction)
    _draw_bars(bars, scores)


def score_title(name: str) -> str:
    """Return a metric's name as the page writes it.

    >>> score_title("boundary_f1")
    'boundary F1'
    """
    title = name.replace("_", " ").replace("frequency weighted", "frequency-weighted").replace("dice", "Dice")
    return "IoU of the object" if name == "iou" else title.replace("iou", "IoU").replace("f1", "F1")


def _draw_maps(axes: "Axes", target: np.ndarray, prediction: np.ndarray) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch, Rectangle

    colors = np.array([to_rgb(color) for color in (NEITHER, PREDICTION_ONLY, TARGET_ONLY, BOTH, VOIDED)])
    kinds = np.where(target == VOID, 4, 2 * target + prediction)
    height, width = target.shape
    axes.imshow(colors[kinds], extent=(0, width, height, 0), interpolation="nearest")
    for row, col in np.argwhere(kinds == 4):
        axes.add_patch(Rectangle((col, row), 1, 1, facecolor="none", edgecolor="#555555", hatch="////", linewidth=0))
    axes.set_xticks(range(width + 1), minor=True)
    axes.set_yticks(range(height + 1), minor=True)
    axes.grid(which="minor", color="#d8d8d8", linewidth=0.5)
    axes.tick_params(which="both", length=0, labelbottom=False, labelleft=False)
    names = {BOTH: "both", TARGET_ONLY: "target only", PREDICTION_ONLY: "prediction only"}
    patches = [Patch(facecolor=color, label=name) for color, name in names.items()]
    if (kinds == 4).any():
        patches.append(Patch(facecolor=VOIDED, edgecolor="#555555", hatch="////", linewidth=0, label="void"))
    axes.legend(handles=patches, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=4, frameon=False, fontsize=9)
    axes.set_title(f"Target and prediction on {height} × {width} cells", fontsize=10, loc="left")


def _draw_bars(axes: "Axes", scores: dict[str, float | None]) -> None:
    names = list(scores)
    known = [0.0 if value is None or math.isnan(value) else value for value in scores.values()]
    axes.barh(range(len(names)), known, color=BAR, height=0.55)
    for at, (value, length) in enumerate(zip(scores.values(), known, strict=True)):
        text = "?" if value is None else "absent" if math.isnan(value) else f"{value:.3f}"
        inside = length > 0.8
        place, ink = (length - 0.02, "white") if inside else (length + 0.02, "black")
        axes.text(place, at, text, va="center", ha="right" if inside else "left", color=ink, fontsize=9)
    axes.set_yticks(range(len(names)), [score_title(name) for name in names], fontsize=9)
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5))
    axes.set_xlabel("score", fontsize=9)
    axes.tick_params(axis="x", labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("All metrics of this pair", fontsize=10, loc="left")
