"""Panoptic maps, made and taken apart: class · 1000 + instance a pixel; and COCO's picture of them.

A panoptic map is integer (H, W): instance 0 for stuff, 1, 2, … for things, 255000 for void.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.labels import VOID

PER_CLASS = 1000  # instances that a panoptic id has room for


def panoptic_map(label_map: Tensor, masks: Tensor, labels: Tensor | Sequence[int]) -> Tensor:
    """Return the panoptic map (H, W), int64, of a label map and its things.

    Things are numbered 1, 2, … within their class, in their order; where masks overlap the later
    one lies on top. What no mask covers keeps its label with instance 0.

    Args:
        label_map: integer (H, W).
        masks: (K, H, W) bool, one for each thing.
        labels: (K,), the classes of the things.

    Raises:
        ValueError: The numbers or sizes differ, or a class has over 999 things.

    >>> masks = torch.tensor([[[True, False, False, False]], [[False, True, False, False]]])
    >>> panoptic_map(torch.tensor([[6, 6, 2, 255]]), masks, [6, 6]).tolist()
    [[6001, 6002, 2000, 255000]]
    """
    masks = torch.as_tensor(masks).bool()
    classes = [int(label) for label in labels]
    if len(classes) != len(masks) or masks.shape[1:] != label_map.shape:
        raise ValueError(
            f"there are {len(masks)} masks of {tuple(masks.shape[1:])}, {len(classes)} labels and a label map of "
            f"{tuple(label_map.shape)}; expected as many labels as masks, all of the label map's size."
        )

    ids = _integers(label_map) * PER_CLASS
    instances: Counter[int] = Counter()
    for mask, label in zip(masks, classes, strict=True):
        instances[label] += 1
        if instances[label] >= PER_CLASS:
            raise ValueError(f"class {label} has more than {PER_CLASS - 1} things; a panoptic id has room for no more.")
        ids[mask.as_subclass(Tensor)] = label * PER_CLASS + instances[label]
    return ids


def _integers(label_map: Tensor | np.ndarray) -> Tensor:
    """Return a map of integers as a plain tensor, int64."""
    return torch.as_tensor(label_map).as_subclass(Tensor).long()


def semantic_of(panoptic: Tensor) -> Tensor:
    """Return the label map (H, W), int64, of a panoptic map: the instance numbers are forgotten.

    >>> semantic_of(torch.tensor([[6001, 6002, 2000, 255000]])).tolist()
    [[6, 6, 2, 255]]
    """
    return _integers(panoptic) // PER_CLASS


def instances_of(panoptic: Tensor) -> tuple[Tensor, Tensor]:
    """Return masks (K, H, W) bool and labels (K,) int64 of a panoptic map's things, in the order of their ids.

    >>> masks, labels = instances_of(torch.tensor([[6001, 6002, 2000, 255000]]))
    >>> masks.int().tolist(), labels.tolist()
    ([[[1, 0, 0, 0]], [[0, 1, 0, 0]]], [6, 6])
    """
    ids = _integers(panoptic)
    things = ids.unique()
    things = things[(things % PER_CLASS != 0) & (things // PER_CLASS != VOID)]  # (K,)
    masks = ids == things[:, None, None]  # (K, H, W)
    return masks, things // PER_CLASS


def to_panoptic_png(panoptic: Tensor) -> tuple[Tensor, list[dict[str, Any]]]:
    """Return COCO's panoptic form: a picture (3, H, W), uint8, and what each of its segments is.

    A segment's id is R + 256 · G + 256² · B; void is 0, the others are numbered from 1 in the order
    of our ids. Source: Kirillov et al. 2019, COCO's format page.

    Args:
        panoptic: integer (H, W), class · 1000 + instance, 255000 for void.

    Returns:
        The picture, and of each segment {"id", "category_id", "isthing", "area", "iscrowd"}.

    >>> picture, segments = to_panoptic_png(torch.tensor([[6001, 6001, 2000, 255000]]))
    >>> picture[0].tolist(), [(s["id"], s["category_id"], s["isthing"], s["area"]) for s in segments]
    ([[2, 2, 1, 0]], [(1, 2, 0, 1), (2, 6, 1, 2)])
    """
    ids = _integers(panoptic)
    numbers = torch.zeros_like(ids)
    segments: list[dict[str, Any]] = []
    for panoptic_id in ids.unique().tolist():
        category, instance = divmod(panoptic_id, PER_CLASS)
        if category == VOID:
            continue
        mask = ids == panoptic_id
        segment = {
            "id": len(segments) + 1,
            "category_id": category,
            "isthing": int(instance > 0),
            "area": int(mask.sum()),
            "iscrowd": 0,
        }
        numbers[mask] = segment["id"]
        segments.append(segment)

    red = numbers % 256
    green = numbers // 256 % 256
    blue = numbers // 256**2
    return torch.stack([red, green, blue]).to(torch.uint8), segments


def from_panoptic_png(
    picture: Tensor | np.ndarray,
    segments: Sequence[dict[str, Any]],
    things: Collection[int] | None = None,
) -> Tensor:
    """Return the panoptic map (H, W), int64, of COCO's picture and its segments.

    Args:
        picture: (3, H, W), uint8.
        segments: What each segment is, with "id" and "category_id".
        things: The categories that are things, those with "isthing" in the file's own list of
            categories. Without it a segment is a thing if it says "isthing" itself, else only if
            another of its category is there as well.

    Raises:
        ValueError: The picture holds an id that no segment describes.

    >>> from_panoptic_png(*to_panoptic_png(torch.tensor([[6001, 6001, 2000, 255000]]))).tolist()
    [[6001, 6001, 2000, 255000]]
    """
    red, green, blue = _integers(picture)
    numbers = red + 256 * green + 256**2 * blue
    known = {int(segment["id"]) for segment in segments}
    if lost := set(numbers.unique().tolist()) - known - {0}:
        raise ValueError(f"the picture contains segment {min(lost)}, which no entry of segments describes.")

    panoptic = torch.full_like(numbers, VOID * PER_CLASS)
    sizes = Counter(segment["category_id"] for segment in segments)
    instances: Counter[int] = Counter()
    for segment in segments:
        category = segment["category_id"]
        instances[category] += 1
        thing = segment.get("isthing", sizes[category] > 1)
        if things is not None:
            thing = category in things
        panoptic_id = category * PER_CLASS
        if thing:
            panoptic_id += instances[category]
        panoptic[numbers == segment["id"]] = panoptic_id
    return panoptic
