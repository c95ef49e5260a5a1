"""Cases and judge of lecture 11's exercise on paired random crops: windows that are the same in image and labels."""

import random
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.border import converted
from segedu.exercises.engine.compare import Judgement, Verdict, compare, judged, together
from segedu.labels import VOID
from segedu.seeding import fold, seeded

Arguments = dict[str, Any]
Place = tuple[int, int]  # the first row and column of a window
GRAY = 0.5
NAME = "11.paired_crops"

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
    ((3, 5), (1, 2), 300),
)
ENOUGH = 24  # so many draws reach each of up to three places
RARE = 1e-4  # less probable than this, a place that is never drawn is no accident

CROP_MISTAKES = {
    "own seed": "The windows don't depend on the random numbers of torch, NumPy or Python: with a seed or a generator "
    "of its own inside, each call draws the same ones. Draw with `torch.randint(n, ())`.",
    "black": "Outside of the image stands 0, which is black; 0.5, gray, is asked for.",
    "filled": "Outside of the image stands something other than 0.5; gray is asked for, whatever the image shows.",
    "elsewhere": "The image is padded above or on the left; pad below and on the right.",
    "transposed": "A crop of the image is transposed: the size is (height, width).",
    "class 0": "Outside of the image the labels are 0, which is a class; nothing is known there: void, 255.",
    "not void": "Outside of the image the labels are other than 255; nothing is known there: void.",
    "labels elsewhere": "The label map is padded above or on the left, the image is not: the labels have moved.",
    "apart": "Images and label maps show different windows: draw each window once, and use it for both.",
    "mirrored": "The crops of the image are mirrored: cut them out, and leave them as they are.",
    "mirrored labels": "The label maps are mirrored: cut them out, and leave them as they are.",
    "one place": "All crops show the same window, though the image has several: draw each one anew.",
    "diagonal": "Row and column are one and the same draw: draw two numbers.",
    "same row": "All crops start in the same row: draw the row too.",
    "same column": "All crops start in the same column: draw the column too.",
    "corners": "Only windows at the image's corners are drawn; each place between them must be possible.",
    "every second": "Only every second place is drawn, counted from the first; the places between must be possible.",
    "first row": "No crop reaches the first row of the image: rows are counted from 0, so draw from 0 to H − h.",
    "first column": "No crop reaches the first column of the image: columns are counted from 0, so draw from 0 to "
    "W − w.",
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
    """Draw a row of `CROPS`: up to three places along each side; an image that is too small; or 3 × 4 places."""
    height, width, rows, columns = (int(torch.randint(low, low + 3, ())) for low in (5, 8, 0, 0))
    count = ENOUGH + int(torch.randint(1, 20, ()))
    if seed % 3 == 0:
        return (height, width), (height + 1 + rows, width - 1 - columns), count
    if seed % 3 == 1:
        return (height, width), (height - 2, width - 3), 300
    return (height, width), (height - 1 - rows % 2, width - 1 - columns % 2), count


def padded(value: Tensor, size: Place, fill: float) -> Tensor:
    """Return a map with room for a window: filled below and on the right."""
    below = max(0, size[0] - value.shape[-2])
    right = max(0, size[1] - value.shape[-1])
    return F.pad(value, (0, right, 0, below), value=fill)


def observe_crops(result: Any, arguments: Arguments) -> Any:
    """Return the two stacks; in their place the sentence if several windows were drawn from a generator of its own."""
    crops = converted(result, (torch.zeros(0), torch.zeros(0).long()))
    images = crops[0] if isinstance(crops, tuple | list) and crops else None
    several = isinstance(images, Tensor) and len(images.flatten(1).unique(dim=0)) > 1 if has_crops(images) else False
    return CROP_MISTAKES["own seed"] if several and untouched() else crops


def has_crops(images: Any) -> bool:
    """Return whether something is a stack of crops whose values can be compared."""
    return isinstance(images, Tensor) and images.ndim > 1 and images.numel() > 0 and not images.is_meta


def untouched() -> bool:
    """Return whether the global generators stand where they stood before the call: nothing was drawn from them."""
    now = states()
    with seeded(fold(0, NAME)):  # as the engine does
        return now == states()


def states() -> tuple[Any, ...]:
    """Return the states of torch's, NumPy's and Python's global generators."""
    numpy_state = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    return torch.get_rng_state().tolist(), numpy_state["key"].tolist(), numpy_state["pos"], random.getstate()


def judge_crops(arguments: Arguments, result: Any, expected: tuple[Tensor, Tensor]) -> Verdict:
    """Look each crop up in the image: is it a window, the same in both, and are all windows drawn?"""
    own_seed = CROP_MISTAKES["own seed"]
    if isinstance(result, str) and result == own_seed:
        return judged(own_seed, [(own_seed, True)])
    if not isinstance(result, tuple | list) or len(result) != 2:
        return f"The result is of type {type(result).__name__}, expected two tensors: images, label_maps."
    names = ("the stack of images", "the stack of label maps")
    for name, crops, right in zip(names, result, expected, strict=True):
        if not isinstance(crops, Tensor) or crops.shape != right.shape or crops.dtype != right.dtype:
            form = compare(crops, right, name=name)
            if not isinstance(crops, Tensor) or crops.shape != right.shape or "dtype" in form.difference:
                return form
    images, label_maps = result
    places = places_of(images, padded(arguments["image"], arguments["size"], GRAY))
    pictures = judged_pictures(images, places, arguments)
    labels = judged_labels(label_maps, places, arguments)
    found = [place for place in places if place is not None]
    return together(pictures, labels, judged_places(found, arguments) if len(found) == len(places) else "")


def windows(value: Tensor, size: Place) -> Tensor:
    """Return all windows of a map (C, H, W) as (rows, columns, C, h, w)."""
    return value.unfold(1, size[0], 1).unfold(2, size[1], 1).movedim(0, 2)


def places_of(pictures: Tensor, image: Tensor) -> list[Place | None]:
    """Return for each crop (count, C, h, w) the window of an image (C, H, W) that it shows, or None."""
    return [window_of(picture, image) for picture in pictures]


def window_of(picture: Tensor, image: Tensor) -> Place | None:
    """Return (top, left) of the window of an image that a crop shows, or None. NaN in the image fits everything."""
    if picture.shape[1] > image.shape[1] or picture.shape[2] > image.shape[2]:
        return None
    gaps = (windows(image, (picture.shape[1], picture.shape[2])) - picture).abs().nan_to_num(nan=0.0)
    same = gaps.amax(dim=(2, 3, 4)) < 1e-5
    if not same.any():
        return None
    top, left = same.nonzero()[0].tolist()
    return top, left


def around(value: Tensor, size: Place, corner: Place, fill: float) -> Tensor:
    """Return a map (…, H, W) with room for a window, its first value at `corner`, filled on all sides of it."""
    rows, columns = missing(value, size)
    (top, left) = corner
    return F.pad(value, (left, columns - left, top, rows - top), value=fill)


def missing(value: Tensor, size: Place) -> Place:
    """Return how many rows and columns a map (…, H, W) lacks for a window."""
    return max(0, size[0] - value.shape[-2]), max(0, size[1] - value.shape[-1])


def other_corners(value: Tensor, size: Place) -> set[Place]:
    """Return where a map may begin if it isn't padded below and on the right alone."""
    rows, columns = missing(value, size)
    between = ((-(-rows // 2), -(-columns // 2)), (rows // 2, columns // 2))
    return {(rows, columns), *between, (rows, 0), (0, columns)} - {(0, 0)}


def judged_pictures(images: Tensor, places: list[Place | None], arguments: Arguments) -> Judgement:
    """Say what the crops of the image show in place of a window."""
    image, _, (height, width), _ = arguments.values()
    size, lost = (height, width), None in places
    small, clearly = any(missing(image, size)), max(missing(image, size)) > 1  # half of one row is none

    def all_in(source: Tensor, crops: Tensor = images) -> bool:
        return None not in places_of(crops, source)

    def moved() -> bool:
        return any(all_in(around(image, size, corner, torch.nan)) for corner in other_corners(image, size))

    right, anything = padded(image, size, GRAY), padded(image, size, torch.nan)
    flipped = (images.flip(2), images.flip(3))
    shown = {
        "black": lost and all_in(padded(image, size, 0.0)) if small else None,
        "filled": lost and all_in(anything) and not all_in(padded(image, size, 0.0)) if small else None,
        "elsewhere": (lost and not all_in(anything) and moved()) or (False if clearly else None),
        "transposed": lost and all_in(padded(image, (width, height), GRAY), images.mT) if height != width else None,
        "mirrored": lost and any(all_in(right, each) for each in flipped) if min(height, width) > 1 else None,
    }
    difference = (
        "A crop of the image is no window of it: cut it out as it is, and pad with 0.5 where there is no image."
    )
    return judged(difference if lost else None, [(CROP_MISTAKES[name], fits) for name, fits in shown.items()])


def judged_labels(label_maps: Tensor, places: list[Place | None], arguments: Arguments) -> Judgement:
    """Say what is wrong with the label maps of crops whose images show the windows at `places`."""
    _, label_map, size, _ = arguments.values()
    filled, numbers = padded(label_map, size, VOID), label_map.double()
    known = [(labels, place) for labels, place in zip(label_maps, places, strict=True) if place is not None]

    def all_at(source: Tensor, axes: tuple[int, ...] = ()) -> bool:
        cut = [(labels.flip(axes), window_at(source, place, size)) for labels, place in known]
        return all(bool(((labels == right) | right.isnan()).all()) for labels, right in cut)

    def moved() -> bool:
        corners = other_corners(label_map, size)
        return any(all_at(around(numbers, size, corner, torch.nan)) for corner in corners)

    wrong = bool(known) and not all_at(filled)
    small, clearly = filled.shape != label_map.shape, max(missing(label_map, size)) > 1
    several = len(known) >= ENOUGH and filled.shape != tuple(size)  # places, and draws
    anywhere = all(window_of(labels[None], filled[None]) is not None for labels, _ in known)
    anything, zero = wrong and all_at(padded(numbers, size, torch.nan)), wrong and all_at(padded(label_map, size, 0))
    shown = {
        "class 0": zero if small else None,
        "not void": anything and not zero if small else None,
        "labels elsewhere": (wrong and not anything and moved()) or (False if clearly else None),
        "apart": wrong and anywhere if several else None,
        "mirrored labels": wrong and (all_at(filled, (0,)) or all_at(filled, (1,))) if min(size) > 1 else None,
    }
    difference = "A label map holds other labels than its window of the image: cut out the same rows and columns."
    return judged(difference if wrong else None, [(CROP_MISTAKES[name], fits) for name, fits in shown.items()])


def window_at(value: Tensor, place: Place, size: Place) -> Tensor:
    """Return the window (h, w) of a map at a place."""
    return value[place[0] : place[0] + size[0], place[1] : place[1] + size[1]]


def judged_places(places: list[Place], arguments: Arguments) -> Judgement:
    """Say which places of the windows are never drawn, all crops together, though there are draws enough."""
    image, _, size, _ = arguments.values()
    most = [max(0, side - window) for side, window in zip(image.shape[1:], size, strict=True)]
    starts = [{place[axis] for place in places} for axis in (0, 1)]
    enough = len(places) >= ENOUGH
    rows, columns = (end > 0 and drawn_surely(end + 1, len(places)) for end in most)
    between = max(most) > 1 and drawn_surely(3, len(places))
    shown = {
        "one place": len(set(places)) == 1 if enough and any(most) else None,
        "diagonal": len({top - left for top, left in places}) == 1 if enough and all(most) else None,
        "same row": len(starts[0]) == 1 if enough and most[0] else None,
        "same column": len(starts[1]) == 1 if enough and most[1] else None,
        "corners": all(starts[axis] <= {0, most[axis]} for axis in (0, 1)) if between else None,
        "every second": not any(place % 2 for each in starts for place in each) if between and enough else None,
        "first row": 0 not in starts[0] if rows else None,
        "first column": 0 not in starts[1] if columns else None,
        "last row": most[0] not in starts[0] if rows else None,
        "last column": most[1] not in starts[1] if columns else None,
    }
    signs = [(CROP_MISTAKES[name], fits) for name, fits in shown.items()]
    return judged(next((sentence for sentence, fits in signs if fits), never_drawn(places, most)), signs)


def drawn_surely(count: int, draws: int) -> bool:
    """Return whether so many draws leave out one of `count` places less often than is worth a thought."""
    return (1 - 1 / count) ** draws < RARE


def never_drawn(places: list[Place], most: list[int]) -> str | None:
    """Return which place is missing, or None where none is or there are too few draws to tell."""
    rows, columns = most[0] + 1, most[1] + 1
    every = [(top, left) for top in range(rows) for left in range(columns)]
    lost = [place for place in every if place not in set(places)]
    if not lost or len(every) == 1 or not drawn_surely(2 * len(every), len(places)):
        return None
    return (
        f"In {len(places)} crops the window that starts in row {lost[0][0]}, column {lost[0][1]} is never drawn: each "
        f"of the {rows} × {columns} places must be possible."
    )
