"""The loss explorer as a figure: one pixel's curves, who pushes, the descent, a picture's maps."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch

from segedu.data.palette import hex_to_rgb
from segedu.widgets.kit.images import image_of
from segedu.widgets.loss.core import (
    HEIGHT,
    STEPS,
    WIDTH,
    hard_iou,
    modules,
    target_of,
    value_and_gradient,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

# As in loss/charts.js.
OBJECT = "#D55E00"
BACKGROUND = "#0072B2"
INK = "#111111"
WEIGHTED = "#009E73"
FOCAL = "#7A6FAC"
CURSOR = "#888888"
PICTURE_HEIGHT = 2.4  # inches, of a picture's maps
TITLES = ["cross-entropy", "weighted CE", "focal", "soft Dice", "Tversky", "Lovász"]


class LossState(Protocol):
    """What a picture needs of the explorer's state."""

    gamma: Any
    logits: Any
    loss: Any
    object_map: Any
    pictures: Any  # dict
    pixel_probability: Any
    pixel_pushes: Any
    probabilities: Any
    pushes: Any
    setting: Any
    share: Any
    step: Any  # int
    subject: Any
    weight: Any


def draw_losses(figure: "Figure", explorer: LossState) -> None:
    """Fill the figure with the state of the explorer; a picture's maps make it higher."""
    # The maps above, if there is a picture.
    charts: Figure | SubFigure = figure
    if explorer.pictures[explorer.subject]["image"]:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + PICTURE_HEIGHT)
        rows = figure.add_gridspec(2, 1, height_ratios=[PICTURE_HEIGHT, height])
        _draw_maps(figure.add_subfigure(rows[0]), explorer)
        charts = figure.add_subfigure(rows[1])

    # The three charts.
    pixel, bars, descent = charts.subplots(1, 3, width_ratios=[1, 1.25, 1.1])
    _draw_pixel(pixel, explorer)
    _draw_bars(bars, explorer)
    _draw_descent(descent, explorer)


def _draw_maps(figure: "SubFigure", explorer: LossState) -> None:
    """Draw the picture, the object's probability and each cell's push, the object outlined."""
    picture = explorer.pictures[explorer.subject]
    inside = explorer.object_map.numpy()  # (25, 40)
    photo, certainty, push = figure.subplots(1, 3)
    cell_width, cell_height = picture["cell"]
    place = {"extent": (0, WIDTH, HEIGHT, 0), "aspect": cell_height / cell_width}

    # The three maps.
    photo.imshow(image_of(picture["image"]), interpolation="nearest", **place)
    at_object, at_background = explorer.probabilities
    probability = np.where(inside, at_object, at_background)
    certainty.imshow(probability, cmap="Greys", vmin=0, vmax=1, **place)
    up, down = explorer.pixel_pushes
    strongest = max(up, down) or 1
    at_object_color = _tint(OBJECT, up / strongest)
    at_background_color = _tint(BACKGROUND, down / strongest)
    colors = np.where(inside[..., None], at_object_color, at_background_color)
    push.imshow(colors, **place)

    # Their titles.
    titles = {
        photo: f"{inside.sum()} of {HEIGHT * WIDTH} cells are the object",
        certainty: "p of the object: darker is surer",
        push: f"each pixel pushes {up:.2g} up, {down:.2g} down",
    }
    for axes, title in titles.items():
        _outline(axes, inside)
        axes.set(xticks=[], yticks=[])
        axes.set_title(title, fontsize=9)
    push.set_xlabel(f"with {explorer.loss}; the fuller, the harder", fontsize=9)


def _tint(color: str, strength: float) -> np.ndarray:
    """Mix the color into white, as the page does; (3,) in [0, 1]."""
    full = hex_to_rgb(color)[0] / 255
    return 1 - strength * (1 - full)


def _outline(axes: "Axes", inside: np.ndarray) -> None:
    """Draw a line between each of the object's cells and its neighbors outside."""
    line: dict[str, Any] = {"color": OBJECT, "linewidth": 1.4}
    padded = np.pad(inside, 1)
    for row, column in np.argwhere(padded[:, 1:] != padded[:, :-1]):
        axes.plot([column, column], [row - 1, row], **line)
    for row, column in np.argwhere(padded[1:] != padded[:-1]):
        axes.plot([column - 1, column], [row, row], **line)


def _draw_pixel(axes: "Axes", explorer: LossState) -> None:
    """Draw the values over p on a logarithmic axis."""
    # The three losses.
    p = torch.arange(1, 100) / 100
    plain = -p.log()
    focus = (1 - p) ** explorer.gamma
    weight = explorer.weight
    weighted_name = f"w = {weight:.3g}"
    focal_name = f"focal, γ = {explorer.gamma:g}"
    axes.semilogy(p, plain, color=INK, label="cross-entropy")
    axes.semilogy(p, weight * plain, color=WEIGHTED, linestyle="--", label=weighted_name)
    axes.semilogy(p, focus * plain, color=FOCAL, linestyle=":", label=focal_name)

    # The chosen pixel, and the axes.
    axes.axvline(explorer.pixel_probability, color=CURSOR, linewidth=0.8)
    axes.set(xlim=(0, 1), ylim=(1e-4, 1e3))
    axes.set_xlabel("p of the right class", fontsize=9)
    axes.set_title("One pixel's loss", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7.5, frameon=False)


def _draw_bars(axes: "Axes", explorer: LossState) -> None:
    """Draw one bar per loss: the object's part of the push, then the background's."""
    # The bars; both parts are empty where nobody pushes.
    pushes = list(explorer.pushes.values())
    parts = [push.part for push in pushes]
    totals = [push.from_object + push.from_background for push in pushes]
    rests = [1 - part if total > 0 else 0 for part, total in zip(parts, totals, strict=True)]
    axes.barh(TITLES, parts, color=OBJECT, height=0.55, label="object")
    axes.barh(TITLES, rests, left=parts, color=BACKGROUND, height=0.55, label="background")
    for row, part in enumerate(parts):
        axes.text(1.02, row, f"{part:.0%}", va="center", fontsize=8)

    # The axes around them.
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xticks=[0, 0.5, 1], xticklabels=["0 %", "50 %", "100 %"])
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title(f"Who pushes, with {explorer.share:.1%} object?", fontsize=9)
    axes.set_xlabel("part of the total gradient", fontsize=9)
    place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.2), "ncols": 2}
    axes.legend(fontsize=7.5, frameon=False, **place)


def _draw_descent(axes: "Axes", explorer: LossState) -> None:
    """Draw both probabilities, the IoU and the loss against its start over the steps."""
    # What each step of the path is worth.
    logits = explorer.logits
    objects = explorer.setting.object_pixels
    loss = modules(explorer.setting)[explorer.loss]
    target = target_of(objects)
    path = logits.sigmoid()
    values = torch.tensor([value_and_gradient(loss, target, z)[0] for z in logits])
    iou = [hard_iou(objects, z) for z in logits]

    # The four curves and the step that is looked at.
    axes.plot(path[:, 0], color=OBJECT, label="p at the object")
    axes.plot(path[:, 1], color=BACKGROUND, label="p at the background")
    first = values[0] or 1
    axes.plot(values / first, color=INK, linestyle=":", label="loss / loss at step 0")
    axes.plot(iou, color=WEIGHTED, linestyle="--", label="IoU of p ≥ 0.5")
    axes.axvline(explorer.step, color=CURSOR, linewidth=0.8)

    # The axes around them.
    axes.set(xlim=(0, STEPS), ylim=(0, 1.02))
    axes.set_xlabel("step of gradient descent", fontsize=9)
    axes.set_title(f"Descent on {explorer.loss}", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7.5, frameon=False)
