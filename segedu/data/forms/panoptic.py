"""Panoptic maps, made and taken apart: class · 1000 + instance a pixel; and COCO's picture of them.

A panoptic map is integer (H, W): instance 0 for stuff, 1, 2, … for things, 255000 for void.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from segedu.data.forms.pictures import color_picture
from segedu.labels import VOID, check_integers
from segedu.scalars import whole_number

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
        TypeError: The label map isn't integer.
        ValueError: The numbers or sizes differ, a label is negative, or a class has over 999 things.

    >>> masks = torch.tensor([[[True, False, False, False]], [[False, True, False, False]]])
    >>> panoptic_map(torch.tensor([[6, 6, 2, 255]]), masks, [6, 6]).tolist()
    [[6001, 6002, 2000, 255000]]
    """
    masks = torch.as_tensor(masks).bool()
    label_map = torch.as_tensor(label_map).as_subclass(Tensor)
    classes = [_category(label, f"labels[{place}]") for place, label in enumerate(labels)]
    if len(classes) != len(masks) or masks.shape[1:] != label_map.shape:
        raise ValueError(
            f"there are {len(masks)} masks of {tuple(masks.shape[1:])}, {len(classes)} labels and a label map of "
            f"{tuple(label_map.shape)}; expected as many labels as masks, all of the label map's size."
        )

    check_integers(label_map, "label map")
    ids = label_map.long() * PER_CLASS
    if ids.numel() and int(ids.min()) < 0:
        raise ValueError(
            f"the label map contains label {int(ids.min()) // PER_CLASS}; void is {VOID} in panoptic maps."
        )

    instances: Counter[int] = Counter()
    for mask, label in zip(masks, classes, strict=True):
        instances[label] += 1
        ids[mask.as_subclass(Tensor)] = _thing_id(label, instances[label])
    return ids


def _category(label: Any, name: str) -> int:
    """Return a class index; raises TypeError or ValueError for what is none, void among them."""
    category = whole_number(label, name, at_least=0)
    if category == VOID:
        raise ValueError(f"{name} is {VOID}, which is void in panoptic maps; give this class another index.")
    return category


def _thing_id(category: int, instance: int) -> int:
    if instance >= PER_CLASS:
        raise ValueError(f"class {category} has more than {PER_CLASS - 1} things; a panoptic id has room for no more.")
    return category * PER_CLASS + instance


def _panoptic_ids(panoptic: Tensor | np.ndarray) -> Tensor:
    """Return a panoptic map as a plain tensor, int64; raises TypeError for floats and masks."""
    ids = torch.as_tensor(panoptic).as_subclass(Tensor)
    if ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
        raise TypeError(f"the panoptic map is {ids.dtype}; expected integers, class · {PER_CLASS} + instance.")
    return ids.long()


def _single(panoptic: Tensor | np.ndarray) -> Tensor:
    """Return one panoptic map (H, W), int64; raises ValueError for a batch."""
    ids = _panoptic_ids(panoptic)
    if ids.ndim != 2:
        mend = "take panoptic[0]" if ids.ndim == 3 and len(ids) == 1 else "take them one by one"
        raise ValueError(f"the panoptic map has shape {tuple(ids.shape)}; expected one map (H, W): {mend}.")
    return ids


def semantic_of(panoptic: Tensor) -> Tensor:
    """Return the label map (H, W), int64, of a panoptic map: the instance numbers are forgotten.

    >>> semantic_of(torch.tensor([[6001, 6002, 2000, 255000]])).tolist()
    [[6, 6, 2, 255]]
    """
    return _panoptic_ids(panoptic) // PER_CLASS


def instances_of(panoptic: Tensor) -> tuple[Tensor, Tensor]:
    """Return masks (K, H, W) bool and labels (K,) int64 of a panoptic map's things, in the order of their ids.

    >>> masks, labels = instances_of(torch.tensor([[6001, 6002, 2000, 255000]]))
    >>> masks.int().tolist(), labels.tolist()
    ([[[1, 0, 0, 0]], [[0, 1, 0, 0]]], [6, 6])
    """
    ids = _single(panoptic)
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
    ids = _single(panoptic)
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
        picture: uint8 (3, H, W), (H, W, 3) as image readers give it, or either with an opaque alpha
            channel; or the ids themselves, integer (H, W).
        segments: What each segment is, with "id" and "category_id"; COCO's "segments_info".
        things: The categories that are things, those with "isthing" in the file's own list of
            categories. Without it a segment is a thing if it says "isthing" itself, else only if
            another of its category is there as well.

    Raises:
        TypeError: The picture holds floats, or segments is no list of dicts.
        ValueError: The picture holds an id that no segment describes, a segment lacks a key or has
            another's id, or a class has over 999 things.

    >>> from_panoptic_png(*to_panoptic_png(torch.tensor([[6001, 6001, 2000, 255000]]))).tolist()
    [[6001, 6001, 2000, 255000]]
    """
    numbers = _segment_numbers(picture)
    entries = _entries(segments)
    if lost := set(numbers.unique().tolist()) - {entry.number for entry in entries} - {0}:
        raise ValueError(f"the picture contains segment {min(lost)}, which no entry of segments describes.")

    # A table from segment to panoptic id, applied to all pixels at once.
    ids = _ids_of(entries, things)
    present, places = numbers.unique(return_inverse=True)
    table = torch.tensor([ids[number] for number in present.tolist()], dtype=torch.int64)
    return table[places]


def _ids_of(entries: Sequence["_Entry"], things: Collection[int] | None) -> dict[int, int]:
    """Return the panoptic id of each segment, and void's: things are numbered within their class."""
    ids = {0: VOID * PER_CLASS}
    sizes = Counter(entry.category for entry in entries)
    instances: Counter[int] = Counter()
    for entry in entries:
        instances[entry.category] += 1
        thing = sizes[entry.category] > 1 if entry.is_thing is None else entry.is_thing
        if things is not None:
            thing = entry.category in things
        ids[entry.number] = _thing_id(entry.category, instances[entry.category] if thing else 0)
    return ids


class _Entry(NamedTuple):
    """A segment: its id in the picture, its class, and whether it says itself that it is a thing."""

    number: int
    category: int
    is_thing: bool | None


def _segment_numbers(picture: Tensor | np.ndarray) -> Tensor:
    """Return the segment of each pixel, int64 (H, W): R + 256 · G + 256² · B, or the ids as they are."""
    if np.ndim(picture) == 2:
        return _panoptic_ids(np.asarray(picture))
    pixels = torch.from_numpy(color_picture(picture)).long()
    red, green, blue = pixels.unbind(dim=-1)
    return red + 256 * green + 256**2 * blue


def _entries(segments: Sequence[Mapping[str, Any]]) -> list[_Entry]:
    """Return the segments, checked: each has an id of its own and a category."""
    if isinstance(segments, Mapping):
        raise TypeError(
            "segments is one dict; expected a list of them: of a whole annotation take annotation['segments_info']."
        )
    entries = []
    seen: set[int] = set()
    for place, segment in enumerate(segments):
        if not isinstance(segment, Mapping):
            raise TypeError(f"segments[{place}] is {segment!r}; expected a dict with 'id' and 'category_id'.")
        if missing := [key for key in ("id", "category_id") if key not in segment]:
            raise ValueError(f"segments[{place}] has no {missing[0]!r}, only {', '.join(map(repr, segment))}.")
        number = whole_number(segment["id"], f"the id of segments[{place}]", at_least=1)
        if number in seen:
            raise ValueError(f"segments[{place}] has the id {number} of a segment before it; each has its own.")
        seen.add(number)
        category = _category(segment["category_id"], f"the category_id of segments[{place}]")
        is_thing = bool(segment["isthing"]) if "isthing" in segment else None
        entries.append(_Entry(number, category, is_thing))
    return entries
