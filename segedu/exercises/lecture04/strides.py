"""Cases and judges of lecture 04's exercises on many windows: a stride for a budget, and where the labels belong."""

import random
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
)

STRIDE_MISTAKES = {
    "padded": "The windows are counted as if the border were padded; a window of k pixels has "
    "(height − k) // stride + 1 places down, and likewise across.",
    "no start": "Each axis has one place more than steps: (height − k) // stride + 1.",
    "one axis": "Only one axis is counted; the stride thins out rows and columns, so the windows fall with its square.",
    "strictly": "A bill that is exactly the budget is allowed (`<=`).",
    "one more": "That is one more than needed; take the smallest stride that keeps within the budget.",
    "one": "At stride 1 the bill is over the budget.",
}


def budget_arguments(seed: int) -> Arguments:
    """Return an image, a window and a budget; a drawn budget always allows some stride."""
    names = ("height", "width", "window", "macs_per_window", "budget")
    if seed < len(BUDGETS):
        return dict(zip(names, BUDGETS[seed], strict=True))
    window, macs = random.randint(3, 15), random.randint(1, 500)
    height, width = window + random.randint(5, 40), window + random.randint(50, 90)
    return dict(zip(names, (height, width, window, macs, macs * random.randint(1, 600)), strict=True))


COUNTED_WRONGLY = ("padded", "no start", "one axis", "strictly")


def wrong_stride(height: int, width: int, window: int, macs: int, budget: int, mistake: str) -> int:
    """Return the smallest stride whose windows fit the budget, counted with a mistake of `COUNTED_WRONGLY`."""
    if mistake not in COUNTED_WRONGLY:
        raise ValueError(f"{mistake!r} is none of the mistakes {COUNTED_WRONGLY}.")
    start = 0 if mistake == "no start" else 1
    down = height - 1 if mistake == "padded" else height - window
    across = {"padded": width - 1, "one axis": 0}.get(mistake, width - window)
    for stride in range(1, max(height, width) + 1):
        bill = max(1, down // stride + start) * max(1, across // stride + start) * macs
        if bill < budget or (bill == budget and mistake != "strictly"):
            return stride
    return max(height, width)


def judge_stride(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the mistake in the count, or say on which side of the budget the stride lies."""
    height, width, window, macs, budget = arguments.values()
    wrong = {
        "one": 1,
        **{mistake: wrong_stride(height, width, window, macs, budget, mistake) for mistake in COUNTED_WRONGLY},
        "one more": expected + 1,
    }
    mistakes = [(STRIDE_MISTAKES[mistake], stride) for mistake, stride in wrong.items()]
    if isinstance(result, int) and not isinstance(result, bool) and result < 1:
        return f"A stride of {result} doesn't move; the smallest is 1."
    judgement = compare(result, expected, name="the stride", mistakes=mistakes)
    if type(result) is int:
        over = result < expected
        why = "its bill is over the budget" if over else "a smaller stride keeps within the budget too"
        return judgement.saying(f"The stride is {result}, expected {expected}: {why}.")
    return judgement


# ---- 04.paste_labels ----

# height, width, window, stride
MAPS = ((5, 7, 3, 1), (7, 10, 3, 2), (9, 12, 5, 3), (12, 9, 4, 2), (14, 19, 7, 4), (16, 23, 8, 5))

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
    "by column": "Rows and columns are swapped.",
}


def paste_arguments(seed: int) -> Arguments:
    """Return a small map whose labels are all different where that is possible, and the image it was made from."""
    height, width, window, stride = MAPS[seed] if seed < len(MAPS) else drawn_map()
    rows, columns = (height - window) // stride + 1, (width - window) // stride + 1
    small = torch.arange(1, rows * columns + 1).view(rows, columns)
    return {"small": small, "height": height, "width": width, "window": window, "stride": stride}


def drawn_map() -> tuple[int, int, int, int]:
    """Draw an image, a window and a stride with at least three windows a side."""
    window, stride = random.randint(3, 9), random.randint(2, 5)
    height = window + stride * random.randint(2, 4) + random.randint(0, stride - 1)
    return height, height + stride * random.randint(1, 3), window, stride


def pasted(arguments: Arguments, first: int, before: int, outside: int | None = None) -> Tensor:
    """Return the full map if window 0's middle is taken to be `first` and its block begins `before` pixels earlier."""
    small, stride = arguments["small"], arguments["stride"]
    axes = []
    for length, count in ((arguments["height"], small.shape[0]), (arguments["width"], small.shape[1])):
        axes.append((torch.arange(length) - first + before).div(stride, rounding_mode="floor").clamp(0, count - 1))
    full = small[axes[0]][:, axes[1]]
    if outside is None:
        return full
    inside = [(torch.arange(length) - first + before) for length in full.shape]
    counts = [count * stride for count in small.shape]
    valid = [(at >= 0) & (at < count) for at, count in zip(inside, counts, strict=True)]
    return torch.where(valid[0][:, None] & valid[1], full, outside)


def judge_paste(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the way in which the map is out of place."""
    small, window, stride = arguments["small"], arguments["window"], arguments["stride"]
    size, first, before = tuple(expected.shape), window // 2, stride // 2
    stretched = F.interpolate(small[None, None].double(), size, mode="nearest")[0, 0].long()
    wrong = {
        "corner": (pasted(arguments, 0, 0), pasted(arguments, 0, before)),
        "block": (pasted(arguments, first, 0),),
        "stretched": (stretched,),
        "turned back": (pasted(arguments, -first, before), pasted(arguments, -first, 0)),
        "open border": tuple(pasted(arguments, first, before, value) for value in (0, 255, -1)),
        "no stride": (pasted({**arguments, "stride": 1}, first, 0),),
        "by column": (expected.mT,),
    }
    mistakes = [(PASTE_MISTAKES[mistake], value) for mistake, maps in wrong.items() for value in maps]
    return compare(result, expected, name="the label map", mistakes=mistakes)
