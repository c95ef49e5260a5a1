"""Cases and judges of lecture 11's exercises on windows and sizes: paired random crops, labels mixed by a resize."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare, kind
from segedu.labels import VOID

Arguments = dict[str, Any]
GRAY = 0.5

# ---- 11.spoiled_pixels: sizes are odd, so that no pixel lies halfway between two labels ----

# (height, width), (new height, new width), labels that occur
RESIZES: tuple[tuple[tuple[int, int], tuple[int, int], tuple[int, ...]], ...] = (
    ((3, 5), (3, 7), (0, 3, 4)),
    ((3, 5), (5, 9), (0, 1, 4)),
    ((5, 7), (3, 5), (0, 5, 9)),
    ((5, 9), (11, 13), (0, 1)),
    ((7, 11), (5, 7), (0, 2, 3, 8)),
    ((9, 15), (13, 21), (1, 4, 7)),
)

RESIZE_MISTAKES = {
    "cut": "The mixed values were cut, not rounded: `.round()` comes before `.long()`.",
    "corners": "Bilinear was used with align_corners=True; here pixels are areas, which is torch's default.",
    "antialias": "Bilinear was used with antialias=True; the plain mix of four pixels is asked for.",
    "nearest": 'The comparison is with "nearest", whose grid lies beside; "nearest-exact" has the centers of bilinear.',
    "classes": "The second number counts classes; it should count the *pixels* that hold one.",
    "swapped": "The two numbers are swapped: first what changed, then what was invented.",
    "shares": "These are shares; counts of pixels are asked for.",
    "transposed": "The map was resized to (width, height): the size is (height, width).",
    "mixed": "The mixed values were compared without rounding: half a class is no class, so `.round()` comes first.",
    "rest": "The second number is of the pixels that changed into a class that is there; the others are asked for.",
}


def resize_arguments(seed: int) -> Arguments:
    """Return a label map (H, W) of blocks and a new size."""
    if seed < len(RESIZES):
        size, new, labels = RESIZES[seed]
    else:
        sides = [2 * int(torch.randint(low, low + 5, ())) + 1 for low in (2, 4, 2, 4)]
        size, new = (sides[0], sides[1]), (sides[2], sides[3])
        labels = tuple(torch.randperm(10)[:3].tolist())
    label_map = torch.tensor(labels)[torch.randint(len(labels), size)]
    label_map[0, 0], label_map[-1, -1] = labels[0], labels[-1]
    return {"label_map": label_map, "size": new}


def mixed(label_map: Tensor, size: tuple[int, int], **options: Any) -> Tensor:
    """Return the label map (h, w) resized as if labels were amounts, not yet rounded."""
    return F.interpolate(label_map[None, None].float(), size=tuple(size), **options)[0, 0]


def spoiled(before: Tensor, right: Tensor, after: Tensor) -> tuple[int, int]:
    """Return how many pixels of `after` differ from `right`, and how many hold a class that `before` lacks."""
    return int((after != right).sum()), int((~torch.isin(after, before)).sum())


def judge_resize(arguments: Arguments, result: Any, expected: tuple[int, int]) -> Verdict:
    """Name the grid, the rounding or the counting that went wrong."""
    before, size = arguments.values()
    right, old = (mixed(before, size, mode=mode).long() for mode in ("nearest-exact", "nearest"))
    plain = mixed(before, size, mode="bilinear")
    after = plain.round().long()
    corners = mixed(before, size, mode="bilinear", align_corners=True).round().long()
    smooth = mixed(before, size, mode="bilinear", antialias=True).round().long()
    changed, invented = expected
    turned = (size[1], size[0])
    wrong = {
        "transposed": spoiled(
            before,
            mixed(before, turned, mode="nearest-exact").long(),
            mixed(before, turned, mode="bilinear").round().long(),
        ),
        "cut": spoiled(before, right, plain.long()),
        "corners": spoiled(before, right, corners),
        "antialias": spoiled(before, right, smooth),
        "nearest": spoiled(before, old, after),
        "classes": (changed, int((~torch.isin(after.unique(), before)).sum())),
        "swapped": (invented, changed),
        "shares": (changed / after.numel(), invented / after.numel()),
        "mixed": spoiled(before, right, plain),
        "rest": (changed, changed - invented),
    }
    if isinstance(result, tuple | list) and any(isinstance(item, Tensor) for item in result):
        return "The pair holds tensors; end each count with `.item()`, or take `int(…)`."
    mistakes = [(RESIZE_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the pair", mistakes=mistakes)


# ---- 11.paired_crops: random images, so that every window can be told from every other ----

# (height, width) of the image, and of the crop
CROPS: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (
    ((4, 5), (2, 3)),
    ((5, 7), (3, 2)),
    ((3, 7), (4, 5)),
    ((3, 5), (4, 7)),
    ((4, 5), (4, 5)),
    ((9, 14), (5, 6)),
)
COUNT = 24


def crop_arguments(seed: int) -> Arguments:
    """Return an image (3, H, W), its label map (H, W), the size (h, w) of a crop, and how many are wanted."""
    sides = [int(torch.randint(low, low + 4, ())) for low in (5, 8, 4, 5)]
    random = ((sides[0], sides[1]), (sides[2], sides[3]))
    source, size = CROPS[seed] if seed < len(CROPS) else random
    label_map = torch.randint(5, source).masked_fill(torch.rand(source) < 0.1, VOID)
    return {"image": torch.rand(3, *source), "label_map": label_map, "size": size, "count": COUNT}


def padded(value: Tensor, size: tuple[int, int], fill: float) -> Tensor:
    """Return a map with room for a window: filled below and on the right."""
    below = max(0, size[0] - value.shape[-2])
    right = max(0, size[1] - value.shape[-1])
    return F.pad(value, (0, right, 0, below), value=fill)


def judge_crops(arguments: Arguments, result: Any, expected: tuple[Tensor, Tensor]) -> Verdict:
    """Look each crop up in the image: is it a window, the same in both, and are all windows drawn?"""
    if not isinstance(result, tuple | list) or len(result) != 2:
        return f"The result is of type {type(result).__name__}, expected two tensors: images, label_maps."
    for name, crops, right in zip(("the images", "the label maps"), result, expected, strict=True):
        if not isinstance(crops, Tensor) or crops.shape != right.shape or kind(crops) != kind(right):
            return compare(crops, right, name=name)
    places = []
    for picture, labels in zip(*result, strict=True):
        place = window_of(picture, padded(arguments["image"], arguments["size"], GRAY))
        if place is None:
            return no_window(picture, arguments)
        if complaint := other_labels(labels, place, arguments):
            return complaint
        places.append(place)
    return not_random(places, arguments)


def windows(value: Tensor, size: tuple[int, int]) -> Tensor:
    """Return all windows of a map (C, H, W) as (rows, columns, C, h, w)."""
    return value.unfold(1, size[0], 1).unfold(2, size[1], 1).movedim(0, 2)


def window_of(picture: Tensor, image: Tensor) -> tuple[int, int] | None:
    """Return (top, left) of the window of an image that a crop shows, or None."""
    same = (windows(image, (picture.shape[1], picture.shape[2])) - picture).abs().amax(dim=(2, 3, 4)) < 1e-5
    return tuple(same.nonzero()[0].tolist()) if same.any() else None


def no_window(picture: Tensor, arguments: Arguments) -> str:
    """Return what a crop of the image shows in place of a window."""
    image, _, (height, width), _ = arguments.values()
    if window_of(picture, padded(image, (height, width), 0.0)):
        return "Outside of the image stands 0, which is black; 0.5, gray, is asked for."
    if window_of(picture.mT, padded(image, (width, height), GRAY)):
        return "A crop of the image is transposed: the size is (height, width)."
    rows = max(0, height - image.shape[1])
    columns = max(0, width - image.shape[2])
    for top, left in ((rows, columns), (rows // 2, columns // 2), (rows, 0), (0, columns)):
        around = F.pad(image, (left, columns - left, top, rows - top), value=GRAY)
        if (rows or columns) and window_of(picture, around):
            return "The image is padded above or on the left; pad below and on the right."
    return "A crop of the image is no window of it: cut it out, don't resize, mirror or interpolate."


def other_labels(labels: Tensor, place: tuple[int, int], arguments: Arguments) -> str | None:
    """Return what is wrong with the label map of a crop whose image shows the window at `place`, else None."""
    _, label_map, (height, width), _ = arguments.values()
    (top, left), filled = place, padded(label_map, arguments["size"], VOID)
    if torch.equal(labels, filled[top : top + height, left : left + width]):
        return None
    if torch.equal(labels, padded(label_map, arguments["size"], 0)[top : top + height, left : left + width]):
        return "Outside of the image the labels are 0, which is a class; nothing is known there: void, 255."
    other = window_of(labels[None], filled[None])
    if other:
        return (
            f"An image shows the window at row {top}, column {left}, its label map the one at row {other[0]}, column "
            f"{other[1]}: draw the window once, and use it for both."
        )
    return "A label map holds other labels than its window: cut it out, don't interpolate."


def not_random(places: list[tuple[int, int]], arguments: Arguments) -> str | None:
    """Return what is wrong with the places of the windows, together: 24 draws reach each of up to three places."""
    image, _, size, _ = arguments.values()
    most = [max(0, side - window) for side, window in zip(image.shape[1:], size, strict=True)]
    if any(most) and len(set(places)) == 1:
        return f"All crops show the window at row {places[0][0]}, column {places[0][1]}: draw each one anew."
    if all(most) and len({top - left for top, left in places}) == 1:
        return "Row and column are one and the same draw: draw two numbers."
    for axis, name in enumerate(("row", "column")):
        if most[axis] and len({place[axis] for place in places}) == 1:
            return f"All crops start in {name} {places[0][axis]}: draw the {name} too."
    return one_short(places, most)


def one_short(places: list[tuple[int, int]], most: list[int]) -> str | None:
    """Return a sentence if no window touches the last row or column, of at most three places along that side."""
    for axis, (name, side) in enumerate((("row", "H − h + 1"), ("column", "W − w + 1"))):
        if 0 < most[axis] <= 2 and most[axis] not in {place[axis] for place in places}:
            return (
                f"No crop reaches the last {name} of the image: there are {side} places, and `torch.randint(n, ())` "
                "never draws n itself."
            )
    return None
