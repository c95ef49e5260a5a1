"""The overlay viewer as a picture: the image, its labels over it, and the classes' shares."""

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

# As in overlay/core.js: instances' colors, and how far a panoptic tint leaves its class's color.
INSTANCE_COLORS = (
    "#E69F00",
    "#56B4E9",
    "#CC79A7",
    "#009E73",
    "#F0E442",
    "#D55E00",
    "#0072B2",
    "#BEAED4",
    "#66A61E",
    "#FB8072",
)
TINTS = (0, 0.4, 0.2, 0.6, 0.3, 0.5)
ERROR_COLOR = "#D55E00"
ERROR_OPACITY = 0.85
VOID_COLOR = "#bbbbbb"  # of a bar
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
    """Fill the figure: the image, the image under its labels, the list; or the image alone."""
    image = image_of(viewer.photo)
    if viewer.label_map is None:
        _show(figure.subplots(1, 1), image, "the image has no labels")
        return

    left, middle, right = figure.subplots(1, 3, width_ratios=[1.3, 1.3, 1])
    _show(left, image, "the image")
    ids, mode = ids_of(viewer)
    title = f"its {mode} labels at {viewer.opacity:.0%} opacity"
    _show(middle, blend_overlay(image, ids, mode, viewer), title)
    if viewer.outlines or mode != "semantic":
        _draw_edges(middle, ids)
    _draw_list(right, viewer)


def shown_labels(viewer: OverlayState) -> np.ndarray:
    """Return the label map that is shown, (H, W): the prediction's if chosen and there."""
    labels = viewer.label_map
    if viewer.source == "prediction" and viewer.predicted:
        labels = viewer.prediction
    assert labels is not None
    return labels


def ids_of(viewer: OverlayState) -> tuple[np.ndarray, str]:
    """Return what colors each pixel, (H, W), and the mode.

    The ids are classes, or panoptic ids; −1 where there is no instance. Without instances, and
    while the number of things is asked for, the mode is "semantic".
    """
    labels = shown_labels(viewer)
    instances = viewer.instance_map
    has_instances = instances is not None and viewer.source != "prediction"
    if viewer.mode == "semantic" or not has_instances or viewer.predict:
        return labels, "semantic"
    ids = labels * PER_CLASS + np.where(labels == VOID, 0, instances)
    if viewer.mode == "instance":
        ids = np.where(ids % PER_CLASS == 0, -1, ids)
    return ids, viewer.mode


def color_of(identity: int, mode: str, colors: list[str], things: list[int]) -> str:
    """Return the "#rrggbb" of an id.

    It is the class's, an instance's own, or a tint of its class's by the instance's rank in there.

    Args:
        identity: a class, or a panoptic id.
        mode: "semantic", "instance" or "panoptic".
        colors: one "#rrggbb" per class.
        things: the panoptic ids of the instances, in rising order.

    >>> color_of(6002, "panoptic", ["#000000"] * 6 + ["#3f6df0"], things=[6001, 6002])
    '#8ca7f6'
    """
    if mode == "semantic":
        return colors[identity]
    if mode == "instance":
        return INSTANCE_COLORS[things.index(identity) % len(INSTANCE_COLORS)]
    label = identity // PER_CLASS
    rank = 0
    if identity in things:
        rank = [thing for thing in things if thing // PER_CLASS == label].index(identity)
    return _tint(colors[label], TINTS[rank % len(TINTS)])


def blend_overlay(
    image: np.ndarray,
    ids: np.ndarray,
    mode: str,
    viewer: OverlayState,
) -> np.ndarray:
    """Return (1 − opacity) · image + opacity · color, (H, W, 3) uint8.

    Void is hatched; errors are orange if the viewer marks them.

    Args:
        image: (H, W, 3) uint8.
        ids: (H, W), as `ids_of` returns them.
        mode: what the ids are.
        viewer: whose colors, opacity, hidden classes and errors count.
    """
    # A color and an opacity per pixel.
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
    blended = _mix(image, color, opacity[..., None])

    # The errors over it.
    labels = viewer.label_map
    prediction = viewer.prediction
    if viewer.errors and prediction is not None and labels is not None:
        wrong = (labels != VOID) & (labels != prediction)
        orange = np.broadcast_to(hex_to_rgb(ERROR_COLOR)[0], image.shape)
        blended = _mix(blended, orange, wrong[..., None] * ERROR_OPACITY)
    return blended


def _mix(below: np.ndarray, above: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    return np.floor((1 - opacity) * below + opacity * above + 0.5).astype(np.uint8)


def _tint(color: str, share: float) -> str:
    """Return a color moved by a share toward black if it is bright, else toward white."""
    parts = hex_to_rgb(color)[0].astype(np.float64)
    goal = 0 if parts @ [0.3, 0.59, 0.11] > 140 else 255
    return hex_of(np.floor(parts + (goal - parts) * share + 0.5))


def _show(axes: "Axes", image: np.ndarray, title: str) -> None:
    axes.imshow(image, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set(xticks=[], yticks=[])


def _draw_edges(axes: "Axes", ids: np.ndarray) -> None:
    """Draw a line between neighbors of different ids, black on white."""
    from matplotlib.collections import LineCollection

    lines = []
    for row, column in np.argwhere(ids[1:] != ids[:-1]):
        lines.append([(column - 0.5, row + 0.5), (column + 0.5, row + 0.5)])
    for row, column in np.argwhere(ids[:, 1:] != ids[:, :-1]):
        lines.append([(column + 0.5, row - 0.5), (column + 0.5, row + 0.5)])
    for color, width in (("white", 1.4), ("black", 0.6)):
        axes.add_collection(LineCollection(lines, colors=color, linewidths=width))


def _draw_list(axes: "Axes", viewer: OverlayState) -> None:
    """Draw a bar per class with its share of the pixels, the largest on top."""
    # The largest classes of the map.
    labels = shown_labels(viewer)
    shares = {label: float((labels == label).mean()) for label in np.unique(labels).tolist()}
    largest = sorted(shares, key=lambda label: -shares[label])[:MOST_LINES]

    # Their bars and names.
    percent = [100 * shares[label] for label in largest]
    colors = [VOID_COLOR if label == VOID else viewer.colors[label] for label in largest]
    places = range(len(largest))
    axes.barh(places, percent, color=colors, edgecolor="#444444", linewidth=0.6)
    ids = viewer.panoptic
    axes.set_yticks(places, [_line(viewer, ids, label) for label in largest], fontsize=7)

    # The axes around them.
    axes.set_ylim(len(largest) - 0.4, -0.6)
    axes.set_title("share of the pixels, in %", fontsize=9)
    axes.tick_params(axis="x", labelsize=7)
    axes.tick_params(axis="y", left=False)


def _line(viewer: OverlayState, ids: np.ndarray | None, label: int) -> str:
    """Return a class's number, name and, if its instances are known, how many there are."""
    name = "void" if label == VOID else f"{label} {viewer.classes[label]}"
    is_counted = label in viewer.things and viewer.source == "labels" and not viewer.predict
    if ids is None or not is_counted:
        return name
    count = len(np.unique(ids[ids // PER_CLASS == label]))
    return f"{name} × {count}"
