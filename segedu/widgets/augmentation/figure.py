"""The augmentation lab as a picture: image and labels, before and after, what is wrong, and the classes' shares."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from segedu.data.palette import hex_to_rgb
from segedu.labels import VOID
from segedu.widgets.augmentation.core import Outcome
from segedu.widgets.kit.colors import void_hatch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


FADED = 0.25  # what is left of a color that is right, where wrong pixels are marked
NO_CLASS = (255, 0, 255)  # a number that names no class
MOST_BARS = 12
TITLES = {
    "none": "its labels, moved with it",
    "bilinear": "its labels, interpolated",
    "left behind": "its labels, left behind",
    "two draws": "its labels, after another draw",
}


class LabState(Protocol):
    """What a picture needs of the lab's state."""

    classes: Any  # list[str]
    colors: Any  # list[str]
    image: Any
    label_map: Any
    labels: Any  # str
    marks: Any  # bool
    mistake: Any  # str
    outcome: Any
    outlines: Any  # bool


def draw_augmentation(figure: "Figure", lab: LabState) -> None:
    """Fill the figure: before in the upper row, after in the lower one, shares at the right; without labels images."""
    made = lab.outcome
    before = (lab.image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    after = (made.image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    if not lab.labels:
        for axes, image, title in zip(figure.subplots(1, 2), (before, after), ("before", "after"), strict=True):
            _show(axes, image, f"the image, {title}")
        return
    grid = figure.add_gridspec(2, 3, width_ratios=[1, 1, 0.95])
    places = [figure.add_subplot(grid[row, column]) for row in range(2) for column in range(2)]
    _show(places[0], before, "the image")
    _show(places[1], paint_labels(lab.label_map.numpy(), lab.colors), "its labels")
    _show(places[2], after, "the image, transformed")
    if lab.outlines:
        _outline(places[2], made.labels.numpy())
    title = TITLES[lab.mistake]
    if made.wrong.any():
        title += f": wrong at {made.wrong.float().mean():.1%}"
    _show(places[3], shown_labels(lab, made), title)
    _draw_shares(figure.add_subplot(grid[:, 2]), lab, made)


def shown_labels(lab: LabState, made: Outcome) -> np.ndarray:
    """Return the moved labels as colors, (H, W, 3) uint8; where some are wrong and marks are on, the others fade."""
    picture = paint_labels(made.labels.numpy(), lab.colors)
    if not (lab.marks and made.wrong.any()):
        return picture
    faded = np.round(255 + (picture.astype(float) - 255) * FADED).astype(np.uint8)
    return np.where(made.wrong.numpy()[..., None], picture, faded)


def paint_labels(labels: np.ndarray, colors: list[str]) -> np.ndarray:
    """Return the colors of a label map (H, W), (H, W, 3) uint8: void hatched, a number that is no class in magenta.

    >>> paint_labels(np.array([[0, 7]]), ["#102030"]).tolist()
    [[[16, 32, 48], [255, 0, 255]]]
    """
    table = np.full((256, 3), NO_CLASS, dtype=np.uint8)
    table[: len(colors)] = hex_to_rgb(*colors)
    picture = table[labels]
    return np.where((labels == VOID)[..., None], void_hatch(labels.shape), picture)


def _show(axes: "Axes", image: np.ndarray, title: str) -> None:
    axes.imshow(image, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set(xticks=[], yticks=[])


def _outline(axes: "Axes", labels: np.ndarray) -> None:
    from matplotlib.collections import LineCollection

    down, right = np.argwhere(labels[1:] != labels[:-1]), np.argwhere(labels[:, 1:] != labels[:, :-1])
    lines = [((column - 0.5, row + 0.5), (column + 0.5, row + 0.5)) for row, column in down]
    lines += [((column + 0.5, row - 0.5), (column + 0.5, row + 0.5)) for row, column in right]
    for color, width in (("white", 1.6), ("black", 0.7)):
        axes.add_collection(LineCollection(lines, colors=color, linewidths=width))


def _draw_shares(axes: "Axes", lab: LabState, made: Outcome) -> None:
    before, after = (np.bincount(labels.numpy().ravel(), minlength=256) for labels in (lab.label_map, made.labels))
    total = before.sum() / 100
    shown = [label for label in (*range(len(lab.classes)), VOID) if before[label] + after[label]]
    shown = sorted(shown, key=lambda label: -max(before[label], after[label]))[:MOST_BARS]
    colors = ["#bbbbbb" if label == VOID else lab.colors[label] for label in shown]
    rows = np.arange(len(shown))
    edge: dict[str, Any] = {"edgecolor": "#444444", "linewidth": 0.6, "height": 0.38}
    axes.barh(rows - 0.2, before[shown] / total, color="none", label="before", **edge)
    axes.barh(rows + 0.2, after[shown] / total, color=colors, label="after", **edge)
    axes.set_yticks(rows, ["void" if label == VOID else lab.classes[label] for label in shown], fontsize=8)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_title("pixels in %: white before, colored after", fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    axes.tick_params(axis="y", left=False)
