"""Targets in their forms, and the ways between them: labels, one-hot, colors, instances, panoptic ids, COCO's PNG.

Label maps are integer (H, W) with void 255, or batches (N, H, W) of them. A panoptic map is integer (H, W):
class · 1000 + instance, instance 0 for stuff, 1, 2, … for things, 255000 for void.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

VOID = 255
PER_CLASS = 1000  # instances that a panoptic id has room for


def to_one_hot(label_map: Tensor, num_classes: int, ignore_index: int = VOID) -> Tensor:
    """Return (C, H, W) or (N, C, H, W), float32: 1 in the channel of a pixel's class; void is 0 in all channels.

    Raises TypeError for a float label map, ValueError for a label that is neither 0 … C − 1 nor void.

    >>> to_one_hot(torch.tensor([[0, 2, 255]]), num_classes=3)[:, 0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    label_map = torch.as_tensor(label_map)
    if label_map.is_floating_point():
        raise TypeError(f"the label map is {label_map.dtype}; expected integer labels: use label_map.long().")
    valid = label_map != ignore_index
    _check_labels(label_map[valid], num_classes, ignore_index)
    channels = F.one_hot(label_map.long().masked_fill(~valid, 0), num_classes) * valid[..., None]
    return channels.movedim(-1, -3).float()


def from_one_hot(channels: Tensor, ignore_index: int = VOID) -> Tensor:
    """Return the label map (…, H, W), int64, of one-hot channels or scores (…, C, H, W); void where all are 0.

    Of equal scores the first class wins, as with `argmax`.

    >>> from_one_hot(to_one_hot(torch.tensor([[0, 2, 255]]), num_classes=3)).tolist()
    [[0, 2, 255]]
    """
    labels = channels.argmax(dim=-3)
    return labels.masked_fill((channels == 0).all(dim=-3), ignore_index)


def labels_to_colors(label_map: Tensor, colors: np.ndarray, void_color: Sequence[int] = (0, 0, 0)) -> Tensor:
    """Return the picture (3, H, W), uint8, of a label map (H, W): row c of `colors` (C, 3), uint8, is class c's color.

    >>> labels_to_colors(torch.tensor([[1, 255]]), np.array([[9, 9, 9], [10, 20, 30]], dtype=np.uint8))[:, 0].tolist()
    [[10, 0], [20, 0], [30, 0]]
    """
    labels = torch.as_tensor(label_map).long()
    _check_labels(labels[labels != VOID], len(colors), VOID)
    table = np.concatenate([np.asarray(colors, dtype=np.uint8), np.array([void_color], dtype=np.uint8)])
    rows = torch.where(labels == VOID, len(colors), labels)
    return torch.from_numpy(table)[rows].movedim(-1, 0)


def colors_to_labels(
    picture: Tensor | np.ndarray, colors: np.ndarray, void_colors: Sequence[Sequence[int]] = ((0, 0, 0),)
) -> Tensor:
    """Return the label map (H, W), int64, of a color-coded picture (3, H, W) or (H, W, 3), uint8.

    Each pixel must have exactly one of the `colors` (C, 3), or a void color. Raises ValueError naming the first other
    color and where it is: such pictures were saved as JPEG, or resized with interpolation.

    >>> picture = labels_to_colors(torch.tensor([[1, 255]]), np.array([[9, 9, 9], [10, 20, 30]], dtype=np.uint8))
    >>> colors_to_labels(picture, np.array([[9, 9, 9], [10, 20, 30]])).tolist()
    [[1, 255]]
    """
    pixels = np.asarray(picture)
    if pixels.ndim != 3 or pixels.dtype != np.uint8 or 3 not in (pixels.shape[0], pixels.shape[-1]):
        raise ValueError(
            f"the picture is {pixels.dtype} of shape {pixels.shape}; expected uint8 (3, H, W) or (H, W, 3)."
        )
    pixels = np.moveaxis(pixels, 0, -1) if pixels.shape[-1] != 3 else pixels
    labels = np.full(pixels.shape[:2], -1)
    for label, color in [(VOID, c) for c in void_colors] + list(enumerate(np.asarray(colors))):
        labels[(pixels == np.asarray(color, dtype=np.uint8)).all(axis=-1)] = label
    unknown = np.argwhere(labels == -1)
    if len(unknown):
        row, column = unknown[0].tolist()
        count = "1 pixel has" if len(unknown) == 1 else f"{len(unknown)} pixels have"
        raise ValueError(
            f"{count} a color of no class, the first {tuple(pixels[row, column].tolist())} in row "
            f"{row}, column {column}: give its class or name it void; mixed colors come from JPEG or from resizing."
        )
    return torch.from_numpy(labels)


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


def _check_labels(labels: Tensor, num_classes: int, ignore_index: int) -> None:
    wrong = labels[(labels < 0) | (labels >= num_classes)]
    if len(wrong):
        raise ValueError(
            f"the label map contains label {int(wrong[0])}; expected 0 … {num_classes - 1}, or {ignore_index} for void."
        )
