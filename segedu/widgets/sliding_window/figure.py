"""The sliding-window explorer as a picture: image and window, the crop and its scores, the label map so far."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from segedu.data.palette import hex_to_rgb
from segedu.widgets.sliding_window.core import Slide

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINDOW_COLOR = "#D55E00"  # as in sliding_window/panels.js
UNLABELED = "#e8e8e8"


def draw_slide(
    figure: "Figure",
    image: np.ndarray,
    slide: Slide,
    step: int,
    scores: torch.Tensor | None,
    labels: np.ndarray,
    classes: Sequence[str],
    colors: Sequence[str],
) -> None:
    """Fill the figure: image (H, W, 3) in [0, 1], scores (C, h, w) of stride-1 windows, labels (H, W) with −1 for none.

    scores is None where no window fits; then only the image and an explanation are drawn.
    """
    grid = figure.add_gridspec(2, 3, width_ratios=[1.5, 1, 1.5], height_ratios=[1, 1.1])
    axes = [figure.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1], grid[:, 2])]
    for each, title in zip(axes, ("image and window", "crop", "class scores", "label map so far"), strict=True):
        each.set_title(title, fontsize=9)
        each.set(xticks=[], yticks=[])
    whole, crop, bars, labeled = axes
    whole.imshow(image)
    labeled.imshow(paint_labels(labels, colors))
    if scores is None:
        crop.axis("off")
        crop.text(0.5, 0.3, "no window:\nit is larger than the image", ha="center", va="center", fontsize=9)
        return
    top, left = slide.corner(step)
    _draw_frame(whole, left, top, slide.window)
    crop.imshow(image)
    crop.set(xlim=(left - 0.5, left + slide.window - 0.5), ylim=(top + slide.window - 0.5, top - 0.5))
    row, column = (at * slide.stride for at in divmod(step, slide.grid[1]))
    _draw_scores(bars, scores[:, row, column].tolist(), classes, colors)


def paint_labels(labels: np.ndarray, colors: Sequence[str]) -> np.ndarray:
    """Return labels (H, W) in the classes' hex colors as (H, W, 3) uint8; −1 is light gray.

    >>> paint_labels(np.array([[0, -1]]), ["#0000ff"]).tolist()
    [[[0, 0, 255], [232, 232, 232]]]
    """
    table = hex_to_rgb(*colors, UNLABELED)
    return table[labels]


def _draw_scores(axes: "Axes", scores: Sequence[float], classes: Sequence[str], colors: Sequence[str]) -> None:
    axes.barh(range(len(scores)), scores, color=list(colors), edgecolor="#444444", linewidth=0.6)
    names = [f"{name} {score:.2f}" for name, score in zip(classes, scores, strict=True)]
    axes.set_yticks(range(len(scores)), names, fontsize=7)
    axes.tick_params(left=False)
    axes.set(xlim=(0, 1), ylim=(len(scores) - 0.4, -0.6))


def _draw_frame(axes: "Axes", left: float, top: float, side: float) -> None:
    from matplotlib.patches import Rectangle

    for color, line in (("white", 4), (WINDOW_COLOR, 2)):
        axes.add_patch(Rectangle((left - 0.5, top - 0.5), side, side, fill=False, edgecolor=color, linewidth=line))
