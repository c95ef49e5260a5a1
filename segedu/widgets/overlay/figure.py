"""The overlay viewer as a picture: the image, the image under its labels, and the classes with their shares."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from segedu.data.forms.panoptic import PER_CLASS
from segedu.data.palette import hex_to_rgb
from segedu.labels import VOID
from segedu.widgets.kit.colors import hex_of, void_hatch
from segedu.widgets.kit.images import image_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


# As in overlay/core.js: the colors of instances, and how far a panoptic tint leaves its class's color.
INSTANCE_COLORS = (
    *("#E69F00", "#56B4E9", "#CC79A7", "#009E73", "#F0E442", "#D55E00", "#0072B2", "#BEAED4", "#66A61E", "#FB8072"),
)
TINTS = (0, 0.4, 0.2, 0.6, 0.3, 0.5)
ERROR_COLOR, ERROR_OPACITY = "#D55E00", 0.85
MOST_LINES = 14  # of the list


class OverlayState(Protocol):
    """What a picture needs of the viewer's state."""

    classes: Any  # list[str]
    colors: Any  # list[str]
    errors: Any  # bool
    hidden: Any  # list[int]
    instance_map: Any
    label_map: Any
    mode: Any  # str
    opacity: Any  # float
    outlines: Any  # bool
    panoptic: Any
    photo: Any  # str
    predict: Any  # bool
    predicted: Any  # str
    prediction: Any
    source: Any  # str
    things: Any  # list[int]


def draw_overlay(figure: "Figure", viewer: OverlayState) -> None:
    """Fill the figure: the image, the image under its labels, the list; without labels the image alone."""
    image = image_of(viewer.photo)
    if viewer.label_map is None:
        axes = figure.subplots(1, 1)
        _show(axes, image, "the image has no labels")
        return
    left, middle, right = figure.subplots(1, 3, width_ratios=[1.3, 1.3, 1])
    _show(left, image, "the image")
    ids, mode = ids_of(viewer)
    _show(middle, blend_overlay(image, ids, mode, viewer), f"its {mode} labels at {viewer.opacity:.0%} opacity")
    if viewer.outlines or mode != "semantic":
        _draw_edges(middle, ids)
    _draw_list(right, viewer)


def shown_labels(viewer: OverlayState) -> np.ndarray:
    """Return the label map that is shown, (H, W): the prediction's if it was chosen and is there."""
    labels = viewer.prediction if viewer.source == "prediction" and viewer.predicted else viewer.label_map
    assert labels is not None
    return labels


def ids_of(viewer: OverlayState) -> tuple[np.ndarray, str]:
    """Return what colors each pixel, (H, W), and the mode: classes, or panoptic ids; −1 where there is no instance.

    Without instances, and while the number of things is asked for, the mode is "semantic".
    """
    labels, instances = shown_labels(viewer), viewer.instance_map
    if viewer.mode == "semantic" or instances is None or viewer.source == "prediction" or viewer.predict:
        return labels, "semantic"
    ids = labels * PER_CLASS + np.where(labels == VOID, 0, instances)
    return (ids if viewer.mode == "panoptic" else np.where(ids % PER_CLASS == 0, -1, ids)), viewer.mode


def color_of(identity: int, mode: str, colors: list[str], things: list[int]) -> str:
    """Return the "#rrggbb" of an id: its class's, an instance's own, or a tint of its class's by its rank in there.

    things: the panoptic ids of the instances, in rising order.

    >>> color_of(6002, "panoptic", ["#000000"] * 6 + ["#3f6df0"], things=[6001, 6002])
    '#8ca7f6'
    """
    if mode == "semantic":
        return colors[identity]
    if mode == "instance":
        return INSTANCE_COLORS[things.index(identity) % len(INSTANCE_COLORS)]
    label = identity // PER_CLASS
    rank = [thing for thing in things if thing // PER_CLASS == label].index(identity) if identity in things else 0
    return _tint(colors[label], TINTS[rank % len(TINTS)])


def blend_overlay(image: np.ndarray, ids: np.ndarray, mode: str, viewer: OverlayState) -> np.ndarray:
    """Return (H, W, 3) uint8: (1 − opacity) · image + opacity · color, void hatched, errors in orange if asked for."""
    color = np.zeros_like(image, dtype=np.float64)
    opacity = np.zeros(ids.shape)
    present = np.unique(ids).tolist()
    things = [i for i in present if i >= 0 and i % PER_CLASS and i // PER_CLASS != VOID]
    for identity in present:
        label = identity if mode == "semantic" else identity // PER_CLASS
        if identity < 0 or label in viewer.hidden:
            continue  # no instance, or switched off
        here = ids == identity
        opacity[here] = viewer.opacity
        if label == VOID:
            color[here] = void_hatch(ids.shape)[here]
        else:
            color[here] = hex_to_rgb(color_of(identity, mode, viewer.colors, things))[0]
    mixed = _mix(image, color, opacity[..., None])
    labels, prediction = viewer.label_map, viewer.prediction
    if viewer.errors and prediction is not None and labels is not None:
        wrong = (labels != VOID) & (labels != prediction)
        mixed = _mix(mixed, np.broadcast_to(hex_to_rgb(ERROR_COLOR)[0], image.shape), wrong[..., None] * ERROR_OPACITY)
    return mixed


def _mix(below: np.ndarray, above: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    return np.floor((1 - opacity) * below + opacity * above + 0.5).astype(np.uint8)


def _tint(color: str, share: float) -> str:
    parts = hex_to_rgb(color)[0].astype(np.float64)
    goal = 0 if parts @ [0.3, 0.59, 0.11] > 140 else 255
    return hex_of(np.floor(parts + (goal - parts) * share + 0.5))


def _show(axes: "Axes", image: np.ndarray, title: str) -> None:
    axes.imshow(image, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set(xticks=[], yticks=[])


def _draw_edges(axes: "Axes", ids: np.ndarray) -> None:
    down, right = np.argwhere(ids[1:] != ids[:-1]), np.argwhere(ids[:, 1:] != ids[:, :-1])
    lines = [((column - 0.5, row + 0.5), (column + 0.5, row + 0.5)) for row, column in down]
    lines += [((column + 0.5, row - 0.5), (column + 0.5, row + 0.5)) for row, column in right]
    from matplotlib.collections import LineCollection

    for color, width in (("white", 1.4), ("black", 0.6)):
        axes.add_collection(LineCollection(lines, colors=color, linewidths=width))


def _draw_list(axes: "Axes", viewer: OverlayState) -> None:
    labels, ids = shown_labels(viewer), viewer.panoptic
    shares = [(label, float((labels == label).mean())) for label in np.unique(labels).tolist()]
    shown = sorted(shares, key=lambda pair: -pair[1])[:MOST_LINES]
    names = [_line(viewer, ids, label) for label, _ in shown]
    tones = ["#bbbbbb" if label == VOID else viewer.colors[label] for label, _ in shown]
    axes.barh(range(len(shown)), [100 * share for _, share in shown], color=tones, edgecolor="#444444", linewidth=0.6)
    axes.set_yticks(range(len(shown)), names, fontsize=7)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_title("share of the pixels, in %", fontsize=9)
    axes.tick_params(axis="x", labelsize=7)
    axes.tick_params(axis="y", left=False)


def _line(viewer: OverlayState, ids: np.ndarray | None, label: int) -> str:
    name = "void" if label == VOID else f"{label} {viewer.classes[label]}"
    counted = ids is not None and label in viewer.things and viewer.source == "labels" and not viewer.predict
    count = len(np.unique(ids[ids // PER_CLASS == label])) if ids is not None and counted else 0
    return f"{name}{f' × {count}' if counted else ''}"
