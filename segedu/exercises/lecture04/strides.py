"""Cases and judges of lecture 04's exercises on many windows: a stride for a budget, and where the labels belong."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# ---- 04.choose_stride ----

# height, width, window, MACs per window, budget in MACs; each of the first tells other mistakes apart
BUDGETS = (
    (4, 6, 3, 10, 245),
    (5, 12, 2, 1, 4),
    (5, 9, 1, 1, 45),
    (64, 96, 17, 1000, 1_000_000),
    (96, 64, 33, 2000, 10_000),
    (37, 52, 9, 7, 7),
    (64, 96, 11, 240_000, 100_000_000),
    (6, 8, 2, 1, 5),  # at stride 3 the bill is 6
    (9, 5, 1, 1, 1),  # the stride is as large as the longer side
    (3, 9, 3, 2, 6),  # one row of windows
    (4, 4, 3, 10, 35),  # 3.5 windows are paid for; stride 1 has 4
    (5, 7, 3, 4, 54),  # 13.5 windows are paid for; stride 1 has 15, and 10 or 12 if an axis lacks one place
)

STRIDE_MISTAKES = {
    "one": "At stride 1 the bill is over the budget.",
    "padded": "The windows are counted as if the border were padded; a window of k pixels has "
    "(height − k) // stride + 1 places down, and likewise across.",
    "no window": "The window is forgotten: its corner moves over height − k pixels only, in steps of the stride.",
    "no start": "Each axis has one place more than steps: (height − k) // stride + 1.",
    "rounded up": "A last step that doesn't fit is not made: round down, (height − k) // stride + 1.",
    "divided": "A number of places is an integer: divide by `//`, which rounds down, in place of `/`.",
    "one axis": "Only one axis is counted; the stride thins out rows and columns, so multiply the places down and "
    "across.",
    "square": "The image is taken for a square: places down come from the height, places across from the width.",
    "added": "The places down and across are added; each place down has all those across, so multiply.",
    "no macs": "The number of windows is held against the budget; each of them costs `macs_per_window`.",
    "rounded budget": "One window too many: the budget pays for budget // macs_per_window whole windows, rounded down.",
    "strictly": "A bill that is exactly the budget is allowed (`<=`), and so is the last window that it pays for.",
    "one more": "That is one more than needed; take the smallest stride that keeps within the budget.",
}


def budget_arguments(seed: int) -> Arguments:
    """Return an image, a window and a budget; a drawn budget is what some stride costs, a little less or more."""
    names = ("height", "width", "window", "macs_per_window", "budget")
    if seed < len(BUDGETS):
        return dict(zip(names, BUDGETS[seed], strict=True))
    window, macs = random.randint(3, 15), random.randint(3, 500)
    height, width = window + random.randint(5, 40), window + random.randint(50, 90)
    stride = random.randint(1, 8)
    cost = places_inside(height, window, stride) * places_inside(width, window, stride) * macs
    budget = cost + (0, -1, macs // 2)[seed % 3]
    return dict(zip(names, (height, width, window, macs, budget), strict=True))


Places = Callable[[int, int, int], float]  # along an axis, from its length, the window, the stride
Bill = Callable[[float, float, int], float]  # from the places down and across, and the MACs of a window


def places_inside(length: int, window: int, stride: int) -> int:
    """Return how many windows lie inside of an axis."""
    return (length - window) // stride + 1


def bill_of_all(down: float, across: float, macs: int) -> float:
    """Return what all windows cost."""
    return down * across * macs


MISCOUNTED: tuple[tuple[str, Places], ...] = (
    ("padded", lambda length, window, stride: (length - 1) // stride + 1),
    ("no window", lambda length, window, stride: length // stride),
    ("no window", lambda length, window, stride: length // stride + 1),
    ("no start", lambda length, window, stride: (length - window) // stride),
    ("no start", lambda length, window, stride: max(1, (length - window) // stride)),
    ("rounded up", lambda length, window, stride: -(-(length - window) // stride) + 1),
    ("divided", lambda length, window, stride: (length - window) / stride + 1),
)
MISTAKEN_BILLS: tuple[tuple[str, Bill], ...] = (
    ("one axis", lambda down, across, macs: down * macs),
    ("one axis", lambda down, across, macs: across * macs),
    ("added", lambda down, across, macs: (down + across) * macs),
    ("no macs", lambda down, across, macs: down * across),
)


def smallest_stride(
    height: int,
    width: int,
    window: int,
    macs_per_window: int,
    budget: float,
    *,
    places: tuple[Places, Places],
    bill: Bill,
) -> int | None:
    """Return the smallest stride whose windows, counted and billed so, keep within the budget; None if none does."""
    for stride in range(1, max(height, width) + 1):
        down, across = places[0](height, window, stride), places[1](width, window, stride)
        if bill(down, across, macs_per_window) <= budget:
            return stride
    return None


def wrong_strides(arguments: Arguments) -> Iterator[tuple[str, int | None]]:
    """Yield each mistake with the stride that it gives."""
    right = places_inside, places_inside
    yield "one", 1
    for mistake, places in MISCOUNTED:
        for both in ((places, places), (places, places_inside), (places_inside, places)):
            yield mistake, smallest_stride(**arguments, places=both, bill=bill_of_all)
    for mistake, bill in MISTAKEN_BILLS:
        yield mistake, smallest_stride(**arguments, places=right, bill=bill)
    for side in (arguments["height"], arguments["width"]):
        square = arguments | {"height": side, "width": side}
        yield "square", smallest_stride(**square, places=right, bill=bill_of_all)

    # Instead of the bills of windows, windows may be held against how many the budget pays for.
    budget, macs = arguments["budget"], arguments["macs_per_window"]
    for windows in (budget // macs + 1, -(-budget // macs), round(budget / macs)):
        counted = arguments | {"budget": windows, "macs_per_window": 1}
        yield "rounded budget", smallest_stride(**counted, places=right, bill=bill_of_all)
    for less, each in ((budget - 0.5, macs), (budget // macs - 0.5, 1)):
        below = arguments | {"budget": less, "macs_per_window": each}
        yield "strictly", smallest_stride(**below, places=right, bill=bill_of_all)


def judge_stride(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the mistake in the count, or say on which side of the budget the stride lies."""
    wrong = (*wrong_strides(arguments), ("one more", expected + 1))
    mistakes = [(STRIDE_MISTAKES[mistake], stride) for mistake, stride in wrong]
    judgement = compare(result, expected, name="the stride", mistakes=mistakes)
    if type(result) is not int:
        return judgement
    if result < 1:
        return judgement.saying(f"A stride of {result} doesn't move; the smallest is 1.")
    why = "its bill is over the budget" if result < expected else "a smaller stride keeps within the budget too"
    return judgement.saying(f"The stride is {result}, expected {expected}: {why}.")


# ---- 04.paste_labels ----

# height, width, window, stride
MAPS = (
    (5, 7, 3, 1),
    (7, 10, 3, 2),
    (9, 12, 5, 3),
    (12, 9, 4, 2),
    (14, 19, 7, 4),
    (16, 23, 8, 5),
    (20, 14, 5, 6),
    (5, 6, 5, 3),  # a single window
    (3, 4, 1, 1),  # windows of one pixel
    (6, 9, 3, 2),
    (8, 7, 3, 2),
)
FIRST_LABELS = {9: 0, 10: 250}  # of maps whose labels don't count from 1: 0 is a label, and so are 255 and 256

PASTE_MISTAKES = {
    "corner": "Each label lies at its window's upper left corner: the map is shifted up and left by half a window. "
    "The first label belongs to pixel window // 2.",
    "block": "Each block of labels begins at the middle pixel instead of surrounding it: "
    "the map is shifted down and right by half a stride.",
    "stretched": "The small map is stretched over the whole image; it covers only the middles of the windows, "
    "so labels move outward.",
    "turned back": "Half a window is subtracted where it belongs added: the map is shifted away from its place.",
    "open border": "The border is left open: pixels beyond the outermost middles take the nearest label "
    "(clamp the index).",
    "no stride": "The stride is forgotten: label (i, j) belongs to pixel (i · stride + window // 2, "
    "j · stride + window // 2).",
    "tie": "A pixel that is equally near to two middles belongs to the later window: a block begins stride // 2 pixels "
    "before its middle.",
    "one axis": "One axis lies on the middles of its windows, the other one doesn't: both need half a window.",
    "by column": "Rows and columns are swapped.",
}


def paste_arguments(seed: int) -> Arguments:
    """Return a small map whose labels are all different, and the image it was made from."""
    height, width, window, stride = MAPS[seed] if seed < len(MAPS) else drawn_map()
    rows, columns = (height - window) // stride + 1, (width - window) // stride + 1
    first = FIRST_LABELS.get(seed, 1) if seed < len(MAPS) else (1, 0, 250)[seed % 3]
    small = torch.arange(first, first + rows * columns).view(rows, columns)
    return {"small": small, "height": height, "width": width, "window": window, "stride": stride}


def drawn_map() -> tuple[int, int, int, int]:
    """Draw an image, a window and a stride with at least three windows a side."""
    window, stride = random.randint(3, 9), random.randint(2, 5)
    height = window + stride * random.randint(2, 4) + random.randint(0, stride - 1)
    return height, height + stride * random.randint(1, 3), window, stride


def pasted(arguments: Arguments, first: int, before: int) -> Tensor:
    """Return the full map if window 0's middle is taken to be `first` and its block begins `before` pixels earlier."""
    down, across = axes(arguments, first, before)
    return arguments["small"][down[:, None], across]


def axes(arguments: Arguments, first: int, before: int, lowest: tuple[int, int] = (0, 0)) -> tuple[Tensor, Tensor]:
    """Return which window each row and each column belongs to, as in `pasted`; no index is below `lowest`."""
    rows, columns = arguments["small"].shape
    down = (torch.arange(arguments["height"]) - first + before).div(arguments["stride"], rounding_mode="floor")
    across = (torch.arange(arguments["width"]) - first + before).div(arguments["stride"], rounding_mode="floor")
    return down.clamp(lowest[0], rows - 1), across.clamp(lowest[1], columns - 1)


def left_open(arguments: Arguments, full: Tensor, outside: int) -> Tensor:
    """Return the right map with another value beyond the outermost blocks."""
    stride, start = arguments["stride"], arguments["window"] // 2 - arguments["stride"] // 2
    inside = [
        (torch.arange(length) >= start) & (torch.arange(length) < start + count * stride)
        for length, count in zip(full.shape, arguments["small"].shape, strict=True)
    ]
    return torch.where(inside[0][:, None] & inside[1], full, outside)


def rounded(arguments: Arguments) -> Tensor:
    """Return the map of the windows that `round` finds: of two that are equally near the even one."""
    small, window, stride = arguments["small"], arguments["window"], arguments["stride"]
    down, across = (
        ((torch.arange(length) - window // 2) / stride).round().long().clamp(0, count - 1)
        for length, count in zip((arguments["height"], arguments["width"]), small.shape, strict=True)
    )
    return small[down[:, None], across]


def wrong_maps(arguments: Arguments, expected: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield each mistake with the map that it gives."""
    small, window, stride = arguments["small"], arguments["window"], arguments["stride"]
    first, before = window // 2, stride // 2
    yield "tie", pasted(arguments, first, (stride - 1) // 2)
    yield "tie", rounded(arguments)
    yield "corner", pasted(arguments, 0, 0)
    yield "corner", pasted(arguments, 0, before)
    yield "block", pasted(arguments, first, 0)
    yield "stretched", F.interpolate(small[None, None].double(), tuple(expected.shape), mode="nearest")[0, 0].long()
    yield "turned back", pasted(arguments, -first, before)
    yield "turned back", pasted(arguments, -first, 0)
    for outside in (0, 255, -1):
        yield "open border", left_open(arguments, expected, outside)
    for lowest in ((-1, -1), (-1, 0), (0, -1)):
        down, across = axes(arguments, first, before, lowest)
        yield "open border", small[down[:, None], across]
    yield "no stride", pasted({**arguments, "stride": 1}, first, 0)
    yield "by column", expected.mT
    (down, across), (plain_down, plain_across) = axes(arguments, first, before), axes(arguments, 0, 0)
    yield "one axis", small[down[:, None], plain_across]
    yield "one axis", small[plain_down[:, None], across]


def judge_paste(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the way in which the map is out of place."""
    mistakes = [(PASTE_MISTAKES[mistake], value) for mistake, value in wrong_maps(arguments, expected)]
    return compare(result, expected, name="the label map", mistakes=mistakes)
