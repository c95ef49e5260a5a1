"""Cases and judges of lecture 13's exercises that count and measure: sizes of a valid U-Net, and the gap of a shift."""

import random
from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]
Size = tuple[int, int]

# ---- 13.valid_output ----

SIZES: tuple[tuple[Size, int], ...] = (
    ((92, 108), 3),
    ((46, 50), 2),
    ((20, 24), 1),
    ((21, 24), 1),
    ((24, 21), 1),
    ((44, 52), 2),
    ((46, 52), 2),
    ((12, 40), 2),
    ((572, 572), 4),
    ((572, 700), 4),
    ((572, 570), 4),
)

IMPOSSIBLE = (0, 0)  # what the exercise asks for where a size doesn't fit

SIZE_MISTAKES = {
    "floored": "This size is impossible, return (0, 0): a map with an odd side would be pooled.",
    "one side": "This size is impossible, return (0, 0): height and width must both fit, and one of them doesn't.",
    "used up": "This size is impossible, return (0, 0): the map is used up before it comes back to the top.",
    "refused": "This size fits; it is not impossible: every map is even where it is pooled.",
    "down only": "Only the way down is counted: the convolutions of the way up take 4 pixels a level, too.",
    "single": "Each double convolution takes 4 rows (2 for each of its two 3 × 3 kernels), not 2.",
    "bottom": "The two convolutions at the bottom are forgotten.",
    "flat": "The 4 pixels are counted on every level as pixels of the image; on level l each is worth 2^l.",
    "same": "That is the size of the input; unpadded convolutions make the map smaller.",
}


def size_arguments(seed: int) -> Arguments:
    """Return a size that fits, or one that doesn't, with its depth."""
    if seed < len(SIZES):
        size, depth = SIZES[seed]
        return {"input_size": size, "depth": depth}
    depth = random.randint(1, 4)
    margin, step = 4 * (3 * 2**depth - 2), 2**depth
    height = margin + step * random.randint(3, 9) + 4 * (depth > 1) % step
    width = height + step * random.randint(1, 5) + random.choice((0, 0, 1, step // 2))
    return {"input_size": (height, width), "depth": depth}


def judge_size(arguments: Arguments, result: Any, expected: Size) -> Verdict:
    """Name the part of the U that is forgotten, or why a size is (im)possible."""
    size, depth = arguments["input_size"], arguments["depth"]
    if expected == IMPOSSIBLE:
        return judge_impossible(size, depth, result)
    if result in (IMPOSSIBLE, list(IMPOSSIBLE)):
        return SIZE_MISTAKES["refused"]
    wrong = {
        "down only": [side - lost(depth, up=0) for side in size],
        "single": [side - lost(depth) // 2 for side in size],
        "bottom": [side - lost(depth) + 4 * 2**depth for side in size],
        "flat": [side - 4 * (2 * depth + 1) for side in size],
        "same": size,
    }
    mistakes = [(SIZE_MISTAKES[name], tuple(value)) for name, value in wrong.items()]
    return compare(result, expected, name="the output size", mistakes=mistakes, fields=("height", "width"))


def judge_impossible(size: Size, depth: int, result: Any) -> Verdict:
    """Say why a size doesn't fit."""
    judgement = compare(result, IMPOSSIBLE, name="the output size")
    if judgement.right or not isinstance(result, tuple | list) or len(result) != 2:
        return judgement
    bad = [reason(side, depth) for side in size]
    if bad.count(None) == 1:
        return SIZE_MISTAKES["one side"]
    return SIZE_MISTAKES["used up" if "used up" in bad else "floored"]


def reason(side: int, depth: int) -> str | None:
    """Return why a side doesn't fit, None if it does."""
    for _ in range(depth):
        side -= 4
        if side <= 0:
            return "used up"
        if side % 2:
            return "odd"
        side //= 2
    side -= 4
    for _ in range(depth):
        if side <= 0:
            return "used up"
        side = 2 * side - 4
    return None if side > 0 else "used up"


def lost(depth: int, up: int = 1) -> int:
    """Return the rows that a valid U-Net takes: 4·2^l per double convolution, those of the way up only if `up`."""
    return 4 * ((1 + up) * (2**depth - 1) + 2**depth)


# ---- 13.shift_gap ----

GAPS: tuple[tuple[Size, Size, Size], ...] = (  # (H, W), shift (rows, columns), margin (rows, columns)
    ((3, 5), (0, 1), (0, 0)),
    ((4, 6), (1, 0), (0, 0)),
    ((5, 8), (1, 2), (0, 1)),
    ((9, 12), (2, 1), (1, 3)),
    ((10, 7), (0, 0), (2, 1)),
    ((12, 16), (3, 4), (2, 2)),
)

GAP_MISTAKES = {
    "not moved": "The maps are compared where they stand; after[:, r + dy, c + dx] belongs to before[:, r, c].",
    "backwards": "The shift goes the wrong way: after[:, r + dy, c + dx] belongs to before[:, r, c].",
    "turned": "Rows and columns of the shift are swapped: shift[0] goes down, shift[1] to the right.",
    "rolled": "What leaves on one side comes in on the other (as with torch.roll): leave those cells out.",
    "no margin": "The margin is forgotten: leave out margin[0] rows and margin[1] columns along each border.",
    "margin turned": "Rows and columns of the margin are swapped: margin[0] counts rows.",
    "signed": "The sign counts: take the absolute value before the maximum.",
    "mean": "That is the mean; return the largest difference.",
    "one channel": "Only the first channel counts; the maximum runs over all of them.",
}


def gap_arguments(seed: int) -> Arguments:
    """Return a map and its moved copy with small differences, larger ones along the border and in what came in."""
    size, shift, margin = GAPS[seed] if seed < len(GAPS) else gap_drawn()
    before = torch.randint(0, 40, (2, *size)).float()
    after = torch.randint(50, 90, (2, *size)).float()
    (height, width), (dy, dx) = size, shift
    difference = torch.randint(-6, 3, (2, height - dy, width - dx)).float()
    inner = inside((height - dy, width - dx), margin)
    rough = torch.full_like(difference, 20.0) + torch.randint(0, 9, difference.shape)
    rough[:, inner[0], inner[1]] = difference[:, inner[0], inner[1]]
    rough[1, inner[0].start, inner[1].start] = -9.0  # in the second channel, and negative
    after[:, dy:, dx:] = before[:, : height - dy, : width - dx] + rough
    return {"before": before, "after": after, "shift": shift, "margin": margin}


def gap_drawn() -> tuple[Size, Size, Size]:
    """Draw sizes in which every part is asymmetric."""
    height = random.randint(9, 14)
    return (height, height + random.randint(2, 5)), (random.randint(0, 2), random.randint(3, 4)), (2, 1)


def inside(size: Size, margin: Size) -> tuple[slice, slice]:
    """Return rows and columns of a map without its margin."""
    return slice(margin[0], size[0] - margin[0]), slice(margin[1], size[1] - margin[1])


def differences(before: Tensor, after: Tensor, shift: Size, margin: Size) -> Tensor:
    """Return after − before where both exist, (C, h, w), without the margin."""
    (dy, dx), (height, width) = shift, before.shape[-2:]
    moved = after[:, dy:, dx:] - before[:, : height - dy, : width - dx]
    rows, columns = inside((height - dy, width - dx), margin)
    return moved[:, rows, columns]


def judge_gap(arguments: Arguments, result: Any, expected: float) -> Verdict:
    """Name the cells that should not have been compared."""
    before, after, shift, margin = (arguments[key] for key in ("before", "after", "shift", "margin"))
    right = differences(before, after, shift, margin)
    rows, columns = inside(before.shape[-2:], margin)
    rolled = (after - before.roll(shift, dims=(-2, -1)))[:, rows, columns]
    parts = {
        "not moved": differences(before, after, (0, 0), margin),
        "backwards": differences(after, before, shift, margin),
        "turned": differences(before, after, shift[::-1], margin),
        "rolled": rolled,
        "no margin": differences(before, after, shift, (0, 0)),
        "margin turned": differences(before, after, shift, margin[::-1]),
        "one channel": right[:1],
    }
    mistakes = [(GAP_MISTAKES[name], largest(part)) for name, part in parts.items()]
    mistakes.append((GAP_MISTAKES["signed"], float(right.max())))
    mistakes.append((GAP_MISTAKES["mean"], float(right.abs().mean())))
    return compare(result, expected, name="the gap", mistakes=mistakes)


def largest(part: Tensor) -> float:
    """Return the largest |difference|, NaN where nothing is left."""
    return float(part.abs().max()) if part.numel() else float("nan")
