"""The loss explorer as a figure: one pixel's curves, bars of who pushes, the descent; above them a picture's maps."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch

from segedu.data.palette import hex_to_rgb
from segedu.widgets.kit.images import image_of
from segedu.widgets.loss.core import HEIGHT, STEPS, WIDTH, hard_iou, modules, target_of, value_and_gradient

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


OBJECT, BACKGROUND, INK = "#D55E00", "#0072B2", "#111111"  # as in loss/charts.js
WEIGHTED, FOCAL = "#009E73", "#7A6FAC"
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
    place: Figure | SubFigure = figure
    if explorer.pictures[explorer.subject]["image"]:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + PICTURE_HEIGHT)
        rows = figure.add_gridspec(2, 1, height_ratios=[PICTURE_HEIGHT, height])
        _draw_maps(figure.add_subfigure(rows[0]), explorer)
        place = figure.add_subfigure(rows[1])
    left, bars, descent = place.subplots(1, 3, width_ratios=[1, 1.25, 1.1])
    _draw_pixel(left, explorer)
    _draw_bars(bars, explorer)
    _draw_descent(descent, explorer)


def _draw_maps(figure: "SubFigure", explorer: LossState) -> None:
    """Draw the picture, the object's probability and each cell's push, the object outlined in all three."""
    picture, inside = explorer.pictures[explorer.subject], explorer.object_map.numpy()
    shown, surest, pushed = figure.subplots(1, 3)
    place = {"extent": (0, WIDTH, HEIGHT, 0), "aspect": picture["cell"][1] / picture["cell"][0]}
    shown.imshow(image_of(picture["image"]), interpolation="nearest", **place)
    at_object, at_background = explorer.probabilities
    surest.imshow(np.where(inside, at_object, at_background), cmap="Greys", vmin=0, vmax=1, **place)
    up, down = explorer.pixel_pushes
    colors = [_tint(color, push / (max(up, down) or 1)) for color, push in ((OBJECT, up), (BACKGROUND, down))]
    pushed.imshow(np.where(inside[..., None], *colors), **place)
    titles = {
        shown: f"{inside.sum()} of {HEIGHT * WIDTH} cells are the object",
        surest: "p of the object: darker is surer",
        pushed: f"each pixel pushes {up:.2g} up, {down:.2g} down",
    }
    for axes, title in titles.items():
        _outline(axes, inside)
        axes.set(xticks=[], yticks=[])
        axes.set_title(title, fontsize=9)
    pushed.set_xlabel(f"with {explorer.loss}; the fuller, the harder", fontsize=9)


def _tint(color: str, strength: float) -> np.ndarray:
    """Mix the color into white, as the page does; (3,) in [0, 1]."""
    full = hex_to_rgb(color)[0] / 255
    return 1 - strength * (1 - full)


def _outline(axes: "Axes", inside: np.ndarray) -> None:
    """Draw a line between each of the object's cells and its neighbors outside."""
    padded = np.pad(inside, 1)
    for row, column in np.argwhere(padded[:, 1:] != padded[:, :-1]):
        axes.plot([column, column], [row - 1, row], color=OBJECT, linewidth=1.4)
    for row, column in np.argwhere(padded[1:] != padded[:-1]):
        axes.plot([column - 1, column], [row, row], color=OBJECT, linewidth=1.4)


def _draw_pixel(axes: "Axes", explorer: LossState) -> None:
    """Draw the values over p on a logarithmic axis."""
    p = torch.arange(1, 100) / 100
    plain, focus = -p.log(), (1 - p) ** explorer.gamma
    axes.semilogy(p, plain, color=INK, label="cross-entropy")
    axes.semilogy(p, explorer.weight * plain, color=WEIGHTED, linestyle="--", label=f"w = {explorer.weight:.3g}")
    axes.semilogy(p, focus * plain, color=FOCAL, linestyle=":", label=f"focal, γ = {explorer.gamma:g}")
    axes.axvline(explorer.pixel_probability, color="#888888", linewidth=0.8)
    axes.set(xlim=(0, 1), ylim=(1e-4, 1e3))
    axes.set_xlabel("p of the right class", fontsize=9)
    axes.set_title("One pixel's loss", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7.5, frameon=False)


def _draw_bars(axes: "Axes", explorer: LossState) -> None:
    """Draw one bar a loss: the object's part of the push, then the background's."""
    said = list(explorer.pushes.values())
    parts = [push.part for push in said]
    rests = [1 - push.part if push.from_object + push.from_background > 0 else 0 for push in said]
    axes.barh(TITLES, parts, color=OBJECT, height=0.55, label="object")
    axes.barh(TITLES, rests, left=parts, color=BACKGROUND, height=0.55, label="background")
    for at, push in enumerate(said):
        axes.text(1.02, at, f"{push.part:.0%}", va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xticks=[0, 0.5, 1], xticklabels=["0 %", "50 %", "100 %"])
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title(f"Who pushes, with {explorer.share:.1%} object?", fontsize=9)
    axes.set_xlabel("part of the total gradient", fontsize=9)
    axes.legend(fontsize=7.5, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, frameon=False)


def _draw_descent(axes: "Axes", explorer: LossState) -> None:
    """Draw both probabilities, the IoU and the loss against its start over the steps."""
    logits, setting = explorer.logits, explorer.setting
    path = logits.sigmoid()
    loss, target = modules(setting)[explorer.loss], target_of(setting.object_pixels)
    values = torch.tensor([value_and_gradient(loss, target, z)[0] for z in logits])
    axes.plot(path[:, 0], color=OBJECT, label="p at the object")
    axes.plot(path[:, 1], color=BACKGROUND, label="p at the background")
    axes.plot(values / (values[0] or 1), color=INK, linestyle=":", label="loss / loss at step 0")
    iou = [hard_iou(setting.object_pixels, z) for z in logits]
    axes.plot(iou, color=WEIGHTED, linestyle="--", label="IoU of p ≥ 0.5")
    axes.axvline(explorer.step, color="#888888", linewidth=0.8)
    axes.set(xlim=(0, STEPS), ylim=(0, 1.02))
    axes.set_xlabel("step of gradient descent", fontsize=9)
    axes.set_title(f"Descent on {explorer.loss}", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7.5, frameon=False)
