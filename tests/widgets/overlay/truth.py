"""What numpy, scipy, torch and segedu.data.forms say about label maps: the numbers the overlay viewer must show."""

from typing import Any

import numpy as np
import torch
from scipy import ndimage

from segedu.data.forms.panoptic import instances_of, panoptic_map
from segedu.data.forms.targets import to_one_hot
from segedu.widgets import OverlayViewer
from segedu.widgets.kit.images import image_of
from segedu.widgets.overlay.figure import blend_overlay, color_of, ids_of

COLORS = ["#67cbfa", "#b4e84a", "#3f6df0", "#d07c00"]


def random_maps(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (H, W) of four classes and void, blobs and single pixels, and instances of classes 2 and 3."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(2, 20, 2)
    coarse = rng.choice([0, 1, 2, 3, 255], size=(height // 3 + 1, width // 3 + 1), p=[0.2, 0.1, 0.35, 0.3, 0.05])
    labels = np.kron(coarse, np.ones((3, 3), dtype=np.int64))[:height, :width]
    noise = rng.random((height, width)) < 0.05
    labels[noise] = rng.choice([0, 1, 2, 3, 255], size=int(noise.sum()))
    numbers = np.kron(rng.integers(1, 4, (height // 2 + 1, width // 2 + 1)), np.ones((2, 2), dtype=np.int64))
    counted = np.isin(labels, (2, 3)) & (rng.random((height, width)) < 0.9)  # some pixels of a thing bear no number
    return labels, np.where(counted, numbers[:height, :width] * rng.choice([1, 260]), 0)


def instance_list(labels: np.ndarray, instances: np.ndarray) -> list[dict[str, Any]]:
    """Return what `listInstances` should: pixels and boxes of `instances_of`'s masks, in their order."""
    panoptic = torch.from_numpy(labels * 1000 + instances)
    masks, classes = instances_of(panoptic)
    found: list[dict[str, Any]] = []
    for mask, label in zip(masks, classes.tolist(), strict=True):
        rows, columns = mask.nonzero(as_tuple=True)
        identity = int(panoptic[mask][0])
        box = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
        rank = sum(one["label"] == label for one in found)
        one = {"id": identity, "label": label, "number": identity % 1000, "pixels": int(mask.sum()), "box": box}
        found.append({**one, "rank": rank})
    return found


def touching(labels: np.ndarray, instances: np.ndarray, label: int) -> list[list[int]]:
    """Return the pairs of instances of a class where one's mask, dilated by the 4-neighborhood, meets the other's."""
    numbers = np.unique(instances[(labels == label) & (instances > 0)]).tolist()
    masks = {number: (labels == label) & (instances == number) for number in numbers}
    pairs = [(one, two) for one in numbers for two in numbers if one < two]
    return [[one, two] for one, two in pairs if (ndimage.binary_dilation(masks[one]) & masks[two]).any()]


def edge_cells(values: np.ndarray, closed: bool) -> list[list[int]]:
    """Return the sides of pixels between different values as [0, line, place] (horizontal) and [1, line, place]."""
    padded = np.pad(values, 1) if closed else np.pad(values, 1, mode="edge")
    down, right = np.diff(padded, axis=0)[:, 1:-1] != 0, np.diff(padded, axis=1)[1:-1] != 0
    horizontal = [[0, row, col] for row, col in np.argwhere(down).tolist()]
    return horizontal + [[1, col, row] for row, col in np.argwhere(right).tolist()]


def golden_case(seed: int) -> dict[str, Any]:
    """Return a map and everything that core.js must make of it."""
    labels, instances = random_maps(seed)
    rng = np.random.default_rng(seed + 1000)
    prediction = np.where(rng.random(labels.shape) < 0.3, rng.integers(0, 4, labels.shape), labels % 4)
    image = torch.from_numpy(rng.random((3, *labels.shape)))
    found = instance_list(labels, instances)
    things = [one["id"] for one in found]
    masks = torch.stack([torch.from_numpy(labels * 1000 + instances) == i for i in things]) if things else None
    panoptic = labels * 1000 + instances
    if masks is not None:  # the other way to the same ids: from masks, numbered within their class
        renumbered = panoptic_map(torch.from_numpy(labels), masks, [one["label"] for one in found])
        expected = [one["label"] * 1000 + one["rank"] + 1 for one in found]
        assert [int(renumbered[mask][0]) for mask in masks] == expected
    opacity = float(rng.choice([0, 0.25, 0.5, 0.65, 1]))
    pictures = {}
    for mode in ("semantic", "instance", "panoptic"):
        made = OverlayViewer(
            image=image, panoptic=panoptic, classes=list("abcd"), colors=COLORS, mode=mode, opacity=opacity
        )
        ids, _ = ids_of(made)
        shown = blend_overlay(image_of(made.photo), ids, mode, made)
        present = [i for i in np.unique(ids).tolist() if i >= 0 and i not in (255, 255000)]
        colors = {i: color_of(i, mode, COLORS, things) for i in present}
        pictures[mode] = {"ids": ids.ravel().tolist(), "rgb": shown.ravel().tolist(), "colors": colors}
    one_hot = to_one_hot(torch.from_numpy(labels), 4).flatten(1).T.int().tolist()
    wrong = (labels != 255) & (labels != prediction)
    return {
        "height": labels.shape[0],
        "width": labels.shape[1],
        "labels": labels.ravel().tolist(),
        "instances": instances.ravel().tolist(),
        "prediction": prediction.ravel().tolist(),
        "image": image_of(made.photo).ravel().tolist(),
        "opacity": opacity,
        "counts": [int((labels == label).sum()) for label in (0, 1, 2, 3, 255)],
        "list": found,
        "one_hot": one_hot,
        "regions": [ndimage.label(labels == label)[0].ravel().tolist() for label in (0, 1, 2, 3, 255)],
        "touching": {label: touching(labels, instances, label) for label in (2, 3)},
        "edges": edge_cells(labels, closed=False),
        "outline": edge_cells((labels == 2).astype(np.int64), closed=True),
        "wrong": wrong.astype(int).ravel().tolist(),
        "valid": int((labels != 255).sum()),
        "pictures": pictures,
    }
