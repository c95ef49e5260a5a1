"""What each task answers to one image, drawn as a picture with the names of what is in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from segedu.labels import integer_labels
from segedu.viz._names import Name, Taken, place_names
from segedu.viz._panels import as_panel
from segedu.viz._sheet import Sheet
from segedu.viz._style import FADED, INK, PAPER, SMALL, line_height, text_width
from segedu.viz.colors import Colors, color_table, ink_on, rgb_to_hex
from segedu.viz.labels import label_to_rgb

PREDICTION = "prediction"


class ClassList(Protocol):
    """What names the classes of a sample: a data set, or its class."""

    classes: Any  # of texts
    colors: Any  # as for `color_table`


@dataclass(frozen=True)
class Row:
    """One sample, at its size on the page, with the classes that its labels and a prediction's are indices of."""

    sample: Mapping[str, Any]
    known: ClassList
    prediction: np.ndarray | None
    predictor: ClassList | None
    width: int
    height: int
    ignore_index: int

    def on_page(self, labels: Tensor | np.ndarray) -> np.ndarray:
        """Return a map (H, W) at the size of the page, each pixel the nearest one's label."""
        values = np.asarray(labels)
        rows = (np.arange(self.height) + 0.5) * values.shape[0] / self.height
        columns = (np.arange(self.width) + 0.5) * values.shape[1] / self.width
        return values[rows.astype(int)][:, columns.astype(int)]


# ---- The pictures: each draws itself at (x, y) and returns the names of the classes that it wrote ----


def _draw_image(sheet: Sheet, row: Row, x: float, y: float) -> set[str]:
    panel = as_panel(row.sample["image"], "image")
    sheet.image(panel.rgb, x, y, row.width, row.height, smooth=row.width % panel.width != 0)
    return set()


def _draw_classification(sheet: Sheet, row: Row, x: float, y: float) -> set[str]:
    """Draw the image, and the names of all classes in it as tags from its lower left corner up."""
    _draw_image(sheet, row, x, y)
    labels = labels_of(row)
    present = [int(label) for label in np.unique(labels[labels != row.ignore_index])]
    lines: list[list[tuple[str, str]]] = [[]]
    room = row.width - 8.0
    for label in present:
        name = row.known.classes[label]
        width = _tag_width(name) + 4
        if width > room and lines[-1]:
            lines.append([])
            room = row.width - 8.0
        lines[-1].append((name, _color(row, label)))
        room -= width
    tag_height = line_height(SMALL) + 4
    top = y + row.height - len(lines) * tag_height - 2
    for line in lines:
        left = x + 4
        for name, color in line:
            _draw_tag(sheet, name, color, left, top)
            left += _tag_width(name) + 4
        top += tag_height
    return {row.known.classes[label] for label in present}


def _draw_localization(sheet: Sheet, row: Row, x: float, y: float) -> set[str]:
    masks = np.asarray(row.sample["masks"])
    largest = masks.sum(axis=(1, 2)).argmax() if len(masks) else 0
    return _draw_boxes(sheet, row, x, y, range(largest, min(largest + 1, len(masks))))


def _draw_detection(sheet: Sheet, row: Row, x: float, y: float) -> set[str]:
    return _draw_boxes(sheet, row, x, y, range(len(row.sample["boxes"])))


def _draw_boxes(sheet: Sheet, row: Row, x: float, y: float, things: Sequence[int]) -> set[str]:
    """Draw the image with the boxes of some things; a tag on a box that has room for it names the class."""
    _draw_image(sheet, row, x, y)
    zoom = row.width / row.sample["image"].shape[-1]
    boxes = np.asarray(row.sample["boxes"], dtype=float) * zoom
    labels = [int(row.sample["labels"][thing]) for thing in things]
    for thing, label in zip(things, labels, strict=True):
        left, top, right, bottom = boxes[thing]
        for color, width in ((PAPER, 3.5), (_color(row, label), 2.0)):  # on white, to be seen on any image
            sheet.rectangle(x + left, y + top, right - left, bottom - top, edgecolor=color, linewidth=width)
    taken = Taken(row.width, row.height)
    written = set()
    for thing, label in zip(things, labels, strict=True):
        name = row.known.classes[label]
        width, height = _tag_width(name), line_height(SMALL)
        left, top, _, bottom = boxes[thing]
        left = min(max(left, 0.0), row.width - width)
        for place in (top - height, bottom, top):  # above the box, below it, inside
            if taken.take(left, place, width, height):
                _draw_tag(sheet, name, _color(row, label), x + left, y + place)
                written.add(name)
                break
    return written


def _draw_semantic(sheet: Sheet, row: Row, x: float, y: float) -> set[str]:
    return _draw_map(sheet, row, row.on_page(labels_of(row)), row.known, x, y)


def _draw_prediction(sheet: Sheet, row: Row, x: float, y: float) -> set[str]:
    assert row.prediction is not None
    assert row.predictor is not None
    return _draw_map(sheet, row, row.on_page(row.prediction), row.predictor, x, y)


def _draw_map(sheet: Sheet, row: Row, labels: np.ndarray, known: ClassList, x: float, y: float) -> set[str]:
    """Draw a label map at the size of the page, with the classes' names on their largest regions."""
    panel = as_panel(labels, "labels", known.colors, row.ignore_index)
    sheet.image(panel.rgb, x, y, row.width, row.height)
    present = [int(label) for label in np.unique(labels) if label != row.ignore_index]
    texts = [(label, [known.classes[label]]) for label in present]
    return _write(sheet, place_names(labels, texts), x, y)


def _draw_panoptic(sheet: Sheet, row: Row, x: float, y: float) -> set[str]:
    ids = row.on_page(row.sample["panoptic"])
    sheet.image(_bytes(_shaded(row, ids)), x, y, row.width, row.height)
    return _write(sheet, place_names(ids, _things(row, ids) + _stuff(row, ids)), x, y)


def _draw_instance(sheet: Sheet, row: Row, x: float, y: float) -> set[str]:
    """Draw the things in their colors on the gray image."""
    ids = row.on_page(row.sample["panoptic"])
    image = as_panel(row.sample["image"], "image").rgb.mean(axis=2) / 255
    gray = row.on_page(0.35 + 0.65 * image)
    is_thing = (ids % 1000 > 0)[..., None]
    sheet.image(_bytes(np.where(is_thing, _shaded(row, ids), gray[..., None])), x, y, row.width, row.height)
    return _write(sheet, place_names(ids, _things(row, ids)), x, y)


# ---- Colors and names ----


def _shaded(row: Row, ids: np.ndarray) -> np.ndarray:
    """Return panoptic ids as colors (H, W, 3) in [0, 1]: four shades per class, a dark line around each thing."""
    labels = ids // 1000
    instances = ids % 1000
    shade = 1 - 0.2 * (np.maximum(instances - 1, 0) % 4)
    rgb = np.asarray(label_to_rgb(labels, row.known.colors, row.ignore_index)).transpose(1, 2, 0) * shade[..., None]
    edge = np.zeros(ids.shape, dtype=bool)
    edge[:, :-1] |= (ids[:, :-1] != ids[:, 1:]) & ((instances[:, :-1] > 0) | (instances[:, 1:] > 0))
    edge[:-1] |= (ids[:-1] != ids[1:]) & ((instances[:-1] > 0) | (instances[1:] > 0))
    rgb[edge] = 0.1
    return rgb


def _bytes(rgb: np.ndarray) -> np.ndarray:
    return (rgb * 255).round().astype(np.uint8)


def _things(row: Row, ids: np.ndarray) -> list[tuple[int, list[str]]]:
    """Return for each thing its id and what it may be called: "coin 3", or "3" where that is too long."""
    things = [int(number) for number in np.unique(ids) if number % 1000 and number // 1000 != row.ignore_index]
    of_class = [number // 1000 for number in things]
    texts = []
    for index, number in enumerate(things):
        name = row.known.classes[number // 1000]
        place = str(of_class[: index + 1].count(number // 1000))
        is_alone = of_class.count(number // 1000) == 1
        texts.append((number, [name] if is_alone else [f"{name} {place}", place]))
    return texts


def _stuff(row: Row, ids: np.ndarray) -> list[tuple[int, list[str]]]:
    stuff = [int(number) for number in np.unique(ids) if number % 1000 == 0 and number // 1000 != row.ignore_index]
    return [(number, [row.known.classes[number // 1000]]) for number in stuff]


def _write(sheet: Sheet, names: Sequence[Name], x: float, y: float) -> set[str]:
    """Write names on a picture at (x, y), on white so that they read on any color; return the classes named."""
    from matplotlib.patheffects import withStroke

    on_white = [withStroke(linewidth=2.6, foreground=PAPER)]
    for name in names:
        place = (x + name.x, y + name.y)
        sheet.text(*place, name.text, SMALL, va="center_baseline", color=INK, path_effects=on_white)
    return {name.text.rstrip("0123456789").rstrip() for name in names}


def _draw_tag(sheet: Sheet, name: str, color: str, x: float, y: float) -> None:
    """Write a name on its class's color with the top left corner at (x, y)."""
    width, height = _tag_width(name), line_height(SMALL)
    sheet.rectangle(x, y, width, height, facecolor=color, edgecolor=FADED, linewidth=0.5)
    sheet.text(x + width / 2, y + height / 2, name, SMALL, va="center_baseline", color=ink_on(color))


def _tag_width(name: str) -> float:
    return text_width(name, SMALL) + 8


def labels_of(row: Row) -> np.ndarray:
    """Return the label map (H, W) of a row's sample."""
    return np.asarray(integer_labels(row.sample["label_map"], "label_map"))


def _color(row: Row, label: int) -> str:
    colors: Colors = row.known.colors
    return rgb_to_hex(color_table(colors, len(row.known.classes))[label])


PICTURES: dict[str, Callable[[Sheet, Row, float, float], set[str]]] = {
    "image": _draw_image,
    "classification": _draw_classification,
    "localization": _draw_localization,
    "detection": _draw_detection,
    "semantic": _draw_semantic,
    "instance": _draw_instance,
    "panoptic": _draw_panoptic,
    PREDICTION: _draw_prediction,
}
NEEDS = {
    "classification": ("label_map",),
    "localization": ("masks", "boxes", "labels"),
    "detection": ("boxes", "labels"),
    "semantic": ("label_map",),
    "instance": ("panoptic",),
    "panoptic": ("panoptic",),
}
