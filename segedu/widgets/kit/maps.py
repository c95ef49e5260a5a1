"""An image and its maps, checked and brought to one form: bytes, labels, instance numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.data.forms.panoptic import PER_CLASS, panoptic_map
from segedu.data.palette import COLORS, class_colors
from segedu.data.scenes import Scenes
from segedu.labels import VOID
from segedu.viz.colors import color_table
from segedu.widgets.kit.colors import hex_of
from segedu.widgets.kit.images import read_image

LARGEST = 256  # pixels on the longer side; a larger image is shown with every 2nd, 3rd, … pixel
KEYS = ("image", "label_map", "panoptic")


@dataclass
class Maps:
    """An image (H, W, 3) uint8 with what is known of its pixels, all (H, W)."""

    image: np.ndarray
    labels: np.ndarray | None  # uint8, 255 is void
    instances: np.ndarray | None  # int64, 0 is stuff or void
    prediction: np.ndarray | None  # uint8
    classes: tuple[str, ...]
    every: int  # 2: every 2nd pixel of the given image


def read_maps(
    sample: Mapping[str, Any] | None,
    given: Mapping[str, Any],
    prediction: Any,
    classes: Sequence[str] | None,
) -> Maps:
    """Return what a sample and the arguments say.

    Args:
        sample: a dict as data sets return it, or None.
        given: values of `KEYS` that win over the sample's.
        prediction: (H, W) integers, or None.
        classes: C names, or None for the default ones.

    Raises:
        ValueError: something has another shape or type than the image asks for, or disagrees.
    """
    # The arguments, else the sample.
    parts = {name: given.get(name) for name in KEYS}
    for name in KEYS:
        if parts[name] is None and sample is not None:
            parts[name] = sample.get(name)
    if parts["image"] is None:
        raise ValueError("there is no image; give a sample with an 'image', or image=: (3, H, W) floats in [0, 1]")

    # The true maps, each also from what else is known.
    image = read_image(parts["image"])
    size = tuple(image.shape[1:])
    panoptic = _map(parts["panoptic"], "panoptic map", size)
    labels = _map(parts["label_map"], "label map", size)
    if labels is None and panoptic is not None:
        labels = panoptic // PER_CLASS
    has_masks = sample is not None and "masks" in sample and "labels" in sample
    if panoptic is None and labels is not None and sample is not None and has_masks:
        panoptic = _from_masks(labels, sample)
    if labels is not None and panoptic is not None:
        _agree(labels, panoptic)

    # The prediction and the names.
    predicted = _map(prediction, "prediction", size)
    if predicted is not None and labels is None:
        raise ValueError("a prediction needs true labels to be compared with; give label_map=, or pass it as label_map")
    names = _names(classes, sample, [each for each in (labels, predicted) if each is not None])
    _in_range(labels, "label map", len(names))
    _in_range(predicted, "prediction", len(names))

    # All of them at a size that the page can hold.
    every = -(-max(size) // LARGEST)
    instances = None
    if panoptic is not None:
        instances = (panoptic % PER_CLASS)[::every, ::every].numpy()
    return Maps(
        _shrunk(image, every),
        _bytes(labels, every),
        instances,
        _bytes(predicted, every),
        names,
        every,
    )


def read_colors(colors: Any, classes: Sequence[str]) -> list[str]:
    """Return one "#rrggbb" per class.

    Those passed, else the course's own, else the course's default list.

    >>> read_colors(None, ("car",))
    ['#3f6df0']
    """
    count = len(classes)
    if colors is None and all(name in COLORS for name in classes):
        table = class_colors(tuple(classes))
    else:
        table = color_table(colors, count)[: max(count, 1)]
    if len(table) < count:
        raise ValueError(f"there are {len(table)} colors for {count} classes; give one row per class: (C, 3)")
    return [hex_of(row) for row in table[:count].tolist()]


def read_things(things: Sequence[str] | None, maps: Maps) -> list[int]:
    """Return the indices of the classes that are things.

    Those named, else those of a scene, else those with an instance.
    """
    if things is None and maps.classes == Scenes.classes:
        things = Scenes.things
    if things is not None:
        unknown = [name for name in things if name not in maps.classes]
        if unknown:
            listed = ", ".join(maps.classes)
            raise ValueError(f"things names {unknown[0]!r}, which is no class; the classes are {listed}")
        return [maps.classes.index(name) for name in things]
    if maps.instances is None or maps.labels is None:
        return []
    present = np.unique(maps.labels[maps.instances > 0])
    return [int(label) for label in present if label != VOID]


def _map(values: Any, name: str, size: tuple[int, ...]) -> Tensor | None:
    """Return a map of the image's size as int64, None for None; name is for the error."""
    if values is None:
        return None
    labels = torch.as_tensor(values).as_subclass(Tensor).detach().cpu()
    shape = tuple(labels.shape)
    if shape != size:
        raise ValueError(f"the {name} has shape {shape}; give one number per pixel of the image, {size}")
    if labels.is_floating_point() or labels.is_complex():
        raise ValueError(f"the {name} is {labels.dtype}; give integers, for example logits.argmax(dim=0)")
    return labels.long()


def _from_masks(labels: Tensor, sample: Mapping[str, Any]) -> Tensor:
    """Return the panoptic map of a sample that has masks.

    Where they leave their class's pixels, the label map wins.
    """
    ids = panoptic_map(labels, sample["masks"], sample["labels"])
    return torch.where(ids // PER_CLASS == labels, ids, labels * PER_CLASS)


def _agree(labels: Tensor, panoptic: Tensor) -> None:
    """Raise ValueError where the two maps name different classes."""
    classes = panoptic // PER_CLASS
    wrong = (classes != labels).nonzero()
    if len(wrong):
        row, column = wrong[0].tolist()
        raise ValueError(
            f"the panoptic map says class {int(classes[row, column])} in row {row}, "
            f"column {column}, the label map {int(labels[row, column])}; "
            f"panoptic ids are class · {PER_CLASS} + instance"
        )


def _names(
    classes: Sequence[str] | None,
    sample: Mapping[str, Any] | None,
    labels: Sequence[Tensor],
) -> tuple[str, ...]:
    """Return the names passed, those of a scene, or "class 0", … up to the highest label."""
    if classes is not None:
        return tuple(classes)
    if sample is not None and "depth_order" in sample:  # only scenes know it
        return Scenes.classes
    highest = 0
    for each in labels:
        valid = each[each != VOID]
        if len(valid):
            highest = max(highest, int(valid.max()))
    return tuple(f"class {label}" for label in range(highest + 1))


def _in_range(labels: Tensor | None, name: str, num_classes: int) -> None:
    """Raise ValueError for a label that is neither a class nor void."""
    if labels is None:
        return
    is_class = (labels >= 0) & (labels < num_classes)
    wrong = labels[(labels != VOID) & ~is_class]
    if len(wrong):
        raise ValueError(
            f"the {name} contains label {int(wrong[0])}; there are {num_classes} classes, "
            f"so 0 … {num_classes - 1}, or {VOID} for void: give classes=, one name per class"
        )


def _shrunk(image: Tensor, every: int) -> np.ndarray:
    """Return an image (3, H, W) in [0, 1] averaged over blocks, as (H', W', 3) uint8."""
    if every > 1:
        size = [-(-side // every) for side in image.shape[1:]]
        image = F.interpolate(image[None], size=size, mode="area")[0]
    pixels = (image * 255).round().to(torch.uint8)
    return pixels.permute(1, 2, 0).numpy()


def _bytes(labels: Tensor | None, every: int) -> np.ndarray | None:
    if labels is None:
        return None
    return labels[::every, ::every].numpy().astype(np.uint8)
