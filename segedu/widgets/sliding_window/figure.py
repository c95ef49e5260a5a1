"""The sliding-window explorer as a picture: image, crop, class scores, the label map so far."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from segedu.data.palette import hex_to_rgb
from segedu.widgets.sliding_window.core import Slide

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINDOW_COLOR = "#D55E00"  # as in sliding_window/panels.js
UNLABELED = "#e8e8e8"
TITLES = ("image and window", "crop", "class scores", "label map so far")


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
    """Fill the figure; where no window fits, only the image and an explanation are drawn.

    Args:
        figure: an empty one.
        image: (H, W, 3) in [0, 1].
        slide: where the windows lie.
        step: the present window, counted row by row.
        scores: (C, h, w) of stride-1 windows, or None where no window fits.
        labels: (H, W), −1 for none.
        classes: C names.
        colors: C hex colors.
    """
    # The four places with their titles.
    grid = figure.add_gridspec(2, 3, width_ratios=[1.5, 1, 1.5], height_ratios=[1, 1.1])
    places = (grid[:, 0], grid[0, 1], grid[1, 1], grid[:, 2])
    whole, crop, bars, labeled = panels = [figure.add_subplot(place) for place in places]
    for axes, title in zip(panels, TITLES, strict=True):
        axes.set_title(title, fontsize=9)
        axes.set(xticks=[], yticks=[])

    # The image and its labels.
    whole.imshow(image)
    labeled.imshow(paint_labels(labels, colors))
    if scores is None:
        font: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9}
        crop.axis("off")
        crop.text(0.5, 0.3, "no window:\nit is larger than the image", **font)
        return

    # The window, as a frame and as a crop, and its scores.
    top, left = slide.corner(step)
    side = slide.window
    _draw_frame(whole, left, top, side)
    crop.imshow(image)
    crop.set(xlim=(left - 0.5, left + side - 0.5), ylim=(top + side - 0.5, top - 0.5))
    row, column = (place * slide.stride for place in divmod(step, slide.grid[1]))
    _draw_scores(bars, scores[:, row, column].tolist(), classes, colors)


def paint_labels(labels: np.ndarray, colors: Sequence[str]) -> np.ndarray:
    """Return labels (H, W) in the classes' hex colors as (H, W, 3) uint8; −1 is light gray.

    >>> paint_labels(np.array([[0, -1]]), ["#0000ff"]).tolist()
    [[[0, 0, 255], [232, 232, 232]]]
    """
    table = hex_to_rgb(*colors, UNLABELED)
    return table[labels]


def _draw_scores(
    axes: "Axes",
    scores: Sequence[float],
    classes: Sequence[str],
    colors: Sequence[str],
) -> None:
    """Draw one bar per class, the first on top."""
    places = range(len(scores))
    axes.barh(places, scores, color=list(colors), edgecolor="#444444", linewidth=0.6)
    names = [f"{name} {score:.2f}" for name, score in zip(classes, scores, strict=True)]
    axes.set_yticks(places, names, fontsize=7)
    axes.tick_params(left=False)
    axes.set(xlim=(0, 1), ylim=(len(scores) - 0.4, -0.6))


def _draw_frame(axes: "Axes", left: float, top: float, side: float) -> None:
    """Draw a square around pixels, orange on white."""
    from matplotlib.patches import Rectangle

    corner = (left - 0.5, top - 0.5)
    for color, width in (("white", 4), (WINDOW_COLOR, 2)):
        frame = Rectangle(corner, side, side, fill=False, edgecolor=color, linewidth=width)
        axes.add_patch(frame)
