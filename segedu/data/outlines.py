"""Labels of the photographs: the outlines that were drawn for this course, read and painted at any size.

A file of data/photos/ holds polygons, not masks. Its objects stand from back to front: where two overlap, the later
one is seen, as a painter covers what is behind. So only the outline in front has to be exact.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from segedu._shipped import shipped
from segedu.data.forms.panoptic import panoptic_map
from segedu.data.forms.polygons import polygons_to_mask
from segedu.data.sample import boxes_of
from segedu.labels import VOID

CLASSES = (
    *("background", "sky", "grass", "building", "table"),
    *("person", "cat", "cup", "saucer", "spoon", "coin", "flag"),
    *("helmet", "rocket", "tower", "lamp", "camera", "tripod"),
)
STUFF = CLASSES[:5]
THINGS = CLASSES[5:]  # those that are counted
LABELED = ("astronaut", "camera", "chelsea", "coffee", "coins", "rocket")


@dataclass(frozen=True)
class Outline:
    """One object: its class, or "void" for what nobody can tell, and its polygons [x0, y0, x1, y1, …] in pixels.

    A polygon inside another is a hole.
    """

    category: str
    polygons: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Outlines:
    """The objects of a photograph, from back to front, and the size (height, width) that they were drawn on."""

    size: tuple[int, int]
    objects: tuple[Outline, ...]


def read_outlines(name: str) -> Outlines:
    """Return the outlines of a photograph of `LABELED`.

    >>> [outline.category for outline in read_outlines("coffee").objects]
    ['table', 'background', 'saucer', 'cup', 'spoon', 'void', 'void']
    """
    file = json.loads(shipped(f"photos/{name}.json").read_text(encoding="utf-8"))
    height, width = file["size"]
    objects = tuple(Outline(entry["class"], entry["polygons"]) for entry in file["objects"])
    return Outlines((height, width), objects)


def paint_labels(outlines: Outlines, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Return the labels of the sample schema at a size (height, width), by the names of `make_sample`.

    The polygons are stretched to the size before they are painted, so that no label is interpolated. Each mask holds
    what is seen of a thing; a thing without a pixel is left out.
    """
    front = _frontmost(outlines, size)
    categories = [outline.category for outline in outlines.objects]

    indices = np.array([VOID if name == "void" else CLASSES.index(name) for name in categories])
    label_map = indices[front]

    visible = set(np.unique(front).tolist())
    places = [place for place, name in enumerate(categories) if name in THINGS and place in visible]
    masks = front == np.array(places, dtype=int)[:, None, None]  # (K, H, W)
    labels = indices[places]
    panoptic = panoptic_map(torch.from_numpy(label_map), torch.from_numpy(masks), labels.tolist())
    return {
        "label_map": label_map,
        "masks": masks,
        "boxes": boxes_of(masks),
        "labels": labels,
        "panoptic": panoptic.numpy(),
    }


def _frontmost(outlines: Outlines, size: tuple[int, int]) -> np.ndarray:
    """Return for each pixel (H, W) the place of the last object that covers it."""
    height, width = size
    stretch = np.array([width / outlines.size[1], height / outlines.size[0]])  # of x and y
    front = np.zeros(size, dtype=int)  # the first object covers all
    for place, outline in enumerate(outlines.objects):
        polygons = [(np.reshape(polygon, (-1, 2)) * stretch).ravel() for polygon in outline.polygons]
        front[polygons_to_mask(polygons, size, holes=True).numpy()] = place
    return front
