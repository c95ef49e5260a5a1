"""Panoptic maps, made and taken apart: class · 1000 + instance a pixel; and COCO's picture of them.

A panoptic map is integer (H, W): instance 0 for stuff, 1, 2, … for things, 255000 for void.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.labels import VOID

PER_CLASS = 1000  # instances that a panoptic id has room for


def panoptic_map(label_map: Tensor, masks: Tensor, labels: Tensor | Sequence[int]) -> Tensor:
    """Return the panoptic map (H, W), int64, of a label map and its things: masks (K, H, W) bool of classes `labels`.

    Things are numbered 1, 2, … within their class, in their order; where masks overlap the later one lies on top.
    What no mask covers keeps its label with instance 0. Raises ValueError for sizes that differ, or over 999 of a kind.

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
    ids = torch.as_tensor(label_map).as_subclass(Tensor).long() * PER_CLASS
    for number, (mask, label) in enumerate(zip(masks, classes, strict=True)):
        instance = classes[: number + 1].count(label)
        if instance >= PER_CLASS:
            raise ValueError(f"class {label} has more than {PER_CLASS - 1} things; a panoptic id has room for no more.")
        ids[mask.as_subclass(Tensor)] = label * PER_CLASS + instance
    return ids


def semantic_of(panoptic: Tensor) -> Tensor:
    """Return the label map (H, W), int64, of a panoptic map: the instance numbers are forgotten.

    >>> semantic_of(torch.tensor([[6001, 6002, 2000, 255000]])).tolist()
    [[6, 6, 2, 255]]
    """
    return torch.as_tensor(panoptic).as_subclass(Tensor).long() // PER_CLASS


def instances_of(panoptic: Tensor) -> tuple[Tensor, Tensor]:
    """Return masks (K, H, W) bool and labels (K,) int64 of a panoptic map's things, in the order of their ids.

    >>> masks, labels = instances_of(torch.tensor([[6001, 6002, 2000, 255000]]))
    >>> masks.int().tolist(), labels.tolist()
    ([[[1, 0, 0, 0]], [[0, 1, 0, 0]]], [6, 6])
    """
    ids = torch.as_tensor(panoptic).as_subclass(Tensor).long()
    things = [i for i in ids.unique().tolist() if i % PER_CLASS and i // PER_CLASS != VOID]
    masks = torch.stack([ids == i for i in things]) if things else torch.zeros(0, *ids.shape, dtype=torch.bool)
    return masks, torch.tensor([i // PER_CLASS for i in things], dtype=torch.int64)


def to_panoptic_png(panoptic: Tensor) -> tuple[Tensor, list[dict[str, Any]]]:
    """Return COCO's panoptic form: a picture (3, H, W), uint8, and what each of its segments is.

    A segment's id is R + 256 · G + 256² · B; void is 0, the others are numbered from 1 in the order of our ids. Each
    segment is {"id", "category_id", "isthing", "area", "iscrowd"}. Source: Kirillov et al. 2019, COCO's format page.

    >>> picture, segments = to_panoptic_png(torch.tensor([[6001, 6001, 2000, 255000]]))
    >>> picture[0].tolist(), [(s["id"], s["category_id"], s["isthing"], s["area"]) for s in segments]
    ([[2, 2, 1, 0]], [(1, 2, 0, 1), (2, 6, 1, 2)])
    """
    ids = torch.as_tensor(panoptic).as_subclass(Tensor).long()
    segments: list[dict[str, Any]] = []
    numbers = torch.zeros_like(ids)
    for found in [i for i in ids.unique().tolist() if i // PER_CLASS != VOID]:
        here, number = ids == found, len(segments) + 1
        numbers[here] = number
        category, thing = found // PER_CLASS, int(found % PER_CLASS > 0)
        segments.append(
            {"id": number, "category_id": category, "isthing": thing, "area": int(here.sum()), "iscrowd": 0}
        )
    bytes_ = [numbers % 256, numbers // 256 % 256, numbers // 256**2]
    return torch.stack(bytes_).to(torch.uint8), segments


def from_panoptic_png(
    picture: Tensor | np.ndarray, segments: Sequence[dict[str, Any]], things: Collection[int] | None = None
) -> Tensor:
    """Return the panoptic map (H, W), int64, of COCO's picture (3, H, W), uint8, and its segments.

    things: the categories that are things, those with "isthing" in the file's own list of categories. Without it a
    segment is a thing if it says "isthing" itself, else only if another of its category is there as well. Raises
    ValueError for an id of the picture that no segment describes.

    >>> from_panoptic_png(*to_panoptic_png(torch.tensor([[6001, 6001, 2000, 255000]]))).tolist()
    [[6001, 6001, 2000, 255000]]
    """
    red, green, blue = torch.as_tensor(picture).as_subclass(Tensor).long()
    numbers = red + 256 * green + 256**2 * blue
    known = {int(segment["id"]) for segment in segments}
    if lost := set(numbers.unique().tolist()) - known - {0}:
        raise ValueError(f"the picture contains segment {min(lost)}, which no entry of segments describes.")
    categories = [segment["category_id"] for segment in segments]
    result, seen = torch.full_like(numbers, VOID * PER_CLASS), dict.fromkeys(categories, 0)
    for segment, category in zip(segments, categories, strict=True):
        seen[category] += 1
        several = categories.count(category) > 1
        thing = segment.get("isthing", several) if things is None else category in things
        result[numbers == segment["id"]] = category * PER_CLASS + (seen[category] if thing else 0)
    return result
