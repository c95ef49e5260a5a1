"""Cases and judge of lecture 11's exercise on paired random crops: windows that are the same in image and labels."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Judgement, Verdict, compare, judged, together
from segedu.labels import VOID

Arguments = dict[str, Any]
Place = tuple[int, int]  # the first row and column of a window
GRAY = 0.5

# Images are random, so that every window can be told from every other.
# (height, width) of the image, and of the crop; how many crops
CROPS: tuple[tuple[Place, Place, int], ...] = (
    ((4, 5), (2, 3), 24),
    ((5, 7), (3, 2), 30),
    ((3, 7), (4, 5), 27),
    ((3, 5), (4, 7), 24),
    ((4, 5), (4, 5), 2),
    ((9, 14), (5, 6), 40),
    ((3, 4), (1, 1), 36),
    ((5, 8), (3, 4), 1),
)
ENOUGH = 24  # so many draws reach each of up to three places

CROP_MISTAKES = {
    "black": "Outside of the image stands 0, which is black; 0.5, gray, is asked for.",
    "elsewhere": "The image is padded above or on the left; pad below and on the right.",
    "transposed": "A crop of the image is transposed: the size is (height, width).",
    "class 0": "Outside of the image the labels are 0, which is a class; nothing is known there: void, 255.",
    "apart": "Images and label maps show different windows: draw each window once, and use it for both.",
    "mirrored": "The crops of the image are mirrored: cut them out, and leave them as they are.",
    "mirrored labels": "The label maps are mirrored: cut them out, and leave them as they are.",
    "one place": "All crops show the same window: draw each one anew.",
    "diagonal": "Row and column are one and the same draw: draw two numbers.",
    "same row": "All crops start in the same row: draw the row too.",
    "same column": "All crops start in the same column: draw the column too.",
    "last row": "No crop reaches the last row of the image: there are H − h + 1 places, and `torch.randint(n, ())` "
    "never draws n itself.",
    "last column": "No crop reaches the last column of the image: there are W − w + 1 places, and `torch.randint(n, "
    "())` never draws n itself.",
}


def crop_arguments(seed: int) -> Arguments:
    """Return an image (3, H, W), its label map (H, W), the size (h, w) of a crop, and how many are wanted."""
    source, size, count = CROPS[seed] if seed < len(CROPS) else crop_drawn(seed)
    label_map = torch.randint(5, source).masked_fill(torch.rand(source) < 0.1, VOID)
    return {"image": torch.rand(3, *source), "label_map": label_map, "size": size, "count": count}


def crop_drawn(seed: int) -> tuple[Place, Place, int]:
    """Draw a row of `CROPS`: up to three places along each side, or in every third case an image that is too small."""
    height, width, rows, columns = (int(torch.randint(low, low + 3, ())) for low in (5, 8, 0, 0))
    count = ENOUGH + int(torch.randint(1, 20, ()))
    if seed % 3 == 0:
        return (height, width), (height + 1 + rows, width - 1 - columns), count
    return (height, width), (height - 1 - rows % 2, width - 1 - columns % 2), count


def padded(value: Tensor, size: Place, fill: float) -> Tensor:
    """Return a map with room for a window: filled below and on the right."""
    below = max(0, size[0] - value.shape[-2])
    right = max(0, size[1] - value.shape[-1])
    return F.pad(value, (0, right, 0, below), value=fill)


def judge_crops(arguments: Arguments, result: Any, expected: tuple[Tensor, Tensor]) -> Verdict:
    """Look each crop up in the image: is it a window, the same in both, and are all windows drawn?"""
    if not isinstance(result, tuple | list) or len(result) != 2:
        return f"The result is of type {type(result).__name__}, expected two tensors: images, label_maps."
    names = ("the stack of images", "the stack of label maps")
    for name, crops, right in zip(names, result, expected, strict=True):
        if not isinstance(crops, Tensor) or crops.shape != right.shape or crops.dtype != right.dtype:
            form = compare(crops, right, name=name)
            if not isinstance(crops, Tensor) or crops.shape != right.shape or "dtype" in form.difference:
                return form
    images, label_maps = result
    places = [window_of(picture, padded(arguments["image"], arguments["size"], GRAY)) for picture in images]
    pictures = judged_pictures(images, places, arguments)
    labels = judged_labels(label_maps, places, arguments)
    found = [place for place in places if place is not None]
    return together(pictures, labels, judged_places(found, arguments) if len(found) == len(places) else "")


def windows(value: Tensor, size: Place) -> Tensor:
    """Return all windows of a map (C, H, W) as (rows, columns, C, h, w)."""
    return value.unfold(1, size[0], 1).unfold(2, size[1], 1).movedim(0, 2)


def window_of(picture: Tensor, image: Tensor) -> Place | None:
    """Return (top, left) of the window of an image that a crop shows, or None."""
    if picture.shape[1] > image.shape[1] or picture.shape[2] > image.shape[2]:
        return None
    same = (windows(image, (picture.shape[1], picture.shape[2])) - picture).abs().amax(dim=(2, 3, 4)) < 1e-5
    if not same.any():
        return None
    top, left = same.nonzero()[0].tolist()
    return top, left


def judged_pictures(images: Tensor, places: list[Place | None], arguments: Arguments) -> Judgement:
    """Say what the crops of the image show in place of a window."""
    image, _, (height, width), _ = arguments.values()
    rows, columns = max(0, height - image.shape[1]), max(0, width - image.shape[2])

    def all_in(source: Tensor, flip: tuple[int, ...] = ()) -> bool:
        return all(window_of(picture.flip(flip), source) is not None for picture in images)

    def turned_in(source: Tensor) -> bool:
        return all(window_of(picture.mT, source) is not None for picture in images)

    def around(top: int, left: int) -> Tensor:
        return F.pad(image, (left, columns - left, top, rows - top), value=GRAY)

    right, lost = padded(image, (height, width), GRAY), None in places
    elsewhere = {(rows, columns), (rows // 2, columns // 2), (rows, 0), (0, columns)} - {(0, 0)}
    shown = {
        "black": lost and all_in(padded(image, (height, width), 0.0)) if rows or columns else None,
        "elsewhere": lost and any(all_in(around(*corner)) for corner in elsewhere) if rows or columns else None,
        "transposed": lost and turned_in(padded(image, (width, height), GRAY)) if height != width else None,
        "mirrored": lost and (all_in(right, (1,)) or all_in(right, (2,))) if min(height, width) > 1 else None,
    }
    difference = "A crop of the image is no window of it: cut it out, don't resize, mirror or interpolate."
    return judged(difference if lost else None, [(CROP_MISTAKES[name], fits) for name, fits in shown.items()])


def judged_labels(label_maps: Tensor, places: list[Place | None], arguments: Arguments) -> Judgement:
    """Say what is wrong with the label maps of crops whose images show the windows at `places`."""
    _, label_map, size, _ = arguments.values()
    filled, with_zero = padded(label_map, size, VOID), padded(label_map, size, 0)
    known = [(labels, place) for labels, place in zip(label_maps, places, strict=True) if place is not None]

    def all_at(source: Tensor, axes: tuple[int, ...] = ()) -> bool:
        return all(torch.equal(labels.flip(axes), window_at(source, place, size)) for labels, place in known)

    wrong = bool(known) and not all_at(filled)
    several = len(known) >= ENOUGH and filled.shape != tuple(size)  # places, and draws
    anywhere = all(window_of(labels[None], filled[None]) is not None for labels, _ in known)
    shown = {
        "class 0": wrong and all_at(with_zero) if filled.shape != label_map.shape else None,
        "apart": wrong and anywhere if several else None,
        "mirrored labels": wrong and (all_at(filled, (0,)) or all_at(filled, (1,))) if min(size) > 1 else None,
    }
    difference = "A label map holds other labels than its window of the image: cut it out, don't interpolate."
    return judged(difference if wrong else None, [(CROP_MISTAKES[name], fits) for name, fits in shown.items()])


def window_at(value: Tensor, place: Place, size: Place) -> Tensor:
    """Return the window (h, w) of a map at a place."""
    return value[place[0] : place[0] + size[0], place[1] : place[1] + size[1]]


def judged_places(places: list[Place], arguments: Arguments) -> Judgement:
    """Say what is wrong with the places of the windows, together: 24 draws reach each of up to three along a side."""
    image, _, size, _ = arguments.values()
    most = [max(0, side - window) for side, window in zip(image.shape[1:], size, strict=True)]
    starts = [{place[axis] for place in places} for axis in (0, 1)]
    enough = len(places) >= ENOUGH
    shown = {
        "one place": len(set(places)) == 1 if enough and any(most) else None,
        "diagonal": len({top - left for top, left in places}) == 1 if enough and all(most) else None,
        "same row": len(starts[0]) == 1 if enough and most[0] else None,
        "same column": len(starts[1]) == 1 if enough and most[1] else None,
        "last row": most[0] not in starts[0] if enough and 0 < most[0] <= 2 else None,
        "last column": most[1] not in starts[1] if enough and 0 < most[1] <= 2 else None,
    }
    signs = [(CROP_MISTAKES[name], fits) for name, fits in shown.items()]
    return judged(next((sentence for sentence, fits in signs if fits), None), signs)
