"""The augmentation lab as a picture: image and labels before and after, the classes' shares."""

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
VOID_COLOR = "#bbbbbb"  # of a bar
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
    """Fill the figure: before above, after below, shares beside; without labels two images."""
    outcome = lab.outcome
    before = _as_bytes(lab.image)
    after = _as_bytes(outcome.image)
    if not lab.labels:
        left, right = figure.subplots(1, 2)
        _show(left, before, "the image, before")
        _show(right, after, "the image, after")
        return

    # Before.
    grid = figure.add_gridspec(2, 3, width_ratios=[1, 1, 0.95])
    places = [figure.add_subplot(grid[row, column]) for row in range(2) for column in range(2)]
    _show(places[0], before, "the image")
    _show(places[1], paint_labels(lab.label_map.numpy(), lab.colors), "its labels")

    # After.
    _show(places[2], after, "the image, transformed")
    if lab.outlines:
        _outline(places[2], outcome.labels.numpy())
    title = TITLES[lab.mistake]
    if outcome.wrong.any():
        title += f": wrong at {outcome.wrong.float().mean():.1%}"
    _show(places[3], shown_labels(lab, outcome), title)

    _draw_shares(figure.add_subplot(grid[:, 2]), lab, outcome)


def _as_bytes(image: Any) -> np.ndarray:
    """Return an image (3, H, W) in [0, 1] as (H, W, 3) uint8."""
    return (image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


def shown_labels(lab: LabState, outcome: Outcome) -> np.ndarray:
    """Return the moved labels as colors, (H, W, 3) uint8.

    Where some are wrong and marks are on, the others fade.
    """
    picture = paint_labels(outcome.labels.numpy(), lab.colors)
    if not (lab.marks and outcome.wrong.any()):
        return picture
    faded = np.round(255 + (picture.astype(float) - 255) * FADED).astype(np.uint8)
    return np.where(outcome.wrong.numpy()[..., None], picture, faded)


def paint_labels(labels: np.ndarray, colors: list[str]) -> np.ndarray:
    """Return the colors of a label map (H, W) as (H, W, 3) uint8.

    Void is hatched, a number that is no class is magenta.

    >>> paint_labels(np.array([[0, 7]]), ["#102030"]).tolist()
    [[[16, 32, 48], [255, 0, 255]]]
    """
    table = np.full((256, 3), NO_CLASS, dtype=np.uint8)
    table[: len(colors)] = hex_to_rgb(*colors)
    is_void = (labels == VOID)[..., None]
    return np.where(is_void, void_hatch(labels.shape), table[labels])


def _show(axes: "Axes", image: np.ndarray, title: str) -> None:
    axes.imshow(image, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set(xticks=[], yticks=[])


def _outline(axes: "Axes", labels: np.ndarray) -> None:
    """Draw a line between neighbors of different labels, black on white."""
    from matplotlib.collections import LineCollection

    lines = []
    for row, column in np.argwhere(labels[1:] != labels[:-1]):
        lines.append([(column - 0.5, row + 0.5), (column + 0.5, row + 0.5)])
    for row, column in np.argwhere(labels[:, 1:] != labels[:, :-1]):
        lines.append([(column + 0.5, row - 0.5), (column + 0.5, row + 0.5)])
    for color, width in (("white", 1.6), ("black", 0.7)):
        axes.add_collection(LineCollection(lines, colors=color, linewidths=width))


def _draw_shares(axes: "Axes", lab: LabState, outcome: Outcome) -> None:
    """Draw two bars per class, its share of the pixels before and after, the largest on top."""
    # The classes that occur before or after.
    before = _counts(lab.label_map)
    after = _counts(outcome.labels)
    most = np.maximum(before, after)
    present = [label for label in (*range(len(lab.classes)), VOID) if most[label]]
    largest = sorted(present, key=lambda label: -most[label])[:MOST_BARS]

    # Their bars, in percent.
    total = before.sum() / 100
    colors = [VOID_COLOR if label == VOID else lab.colors[label] for label in largest]
    rows = np.arange(len(largest))
    edge: dict[str, Any] = {"edgecolor": "#444444", "linewidth": 0.6, "height": 0.38}
    axes.barh(rows - 0.2, before[largest] / total, color="none", label="before", **edge)
    axes.barh(rows + 0.2, after[largest] / total, color=colors, label="after", **edge)

    # The axes around them.
    names = ["void" if label == VOID else lab.classes[label] for label in largest]
    axes.set_yticks(rows, names, fontsize=8)
    axes.set_ylim(len(largest) - 0.4, -0.6)
    axes.set_title("pixels in %: white before, colored after", fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    axes.tick_params(axis="y", left=False)


def _counts(labels: Any) -> np.ndarray:
    """Return the pixels of each label, (256,)."""
    return np.bincount(labels.numpy().ravel(), minlength=256)
