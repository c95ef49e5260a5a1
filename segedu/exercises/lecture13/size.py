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
    ((7, 10), 0),
    ((21, 24), 1),
    ((24, 21), 1),
    ((44, 52), 2),
    ((46, 52), 2),
    ((12, 40), 2),
    ((16, 24), 1),
    ((24, 14), 1),
    ((8, 24), 1),
    ((1, 1), 1),
    ((572, 572), 4),
    ((572, 700), 4),
    ((572, 570), 4),
    ((96, 92), 3),
    ((18, 21), 1),
)

IMPOSSIBLE = (0, 0)  # what the exercise asks for where a size doesn't fit

# Why a size has another answer than the given one: true of the case that is shown.
SIZE_REASONS = {
    "odd": "This size is impossible, return (0, 0): a map with an odd side would be pooled.",
    "one side": "This size is impossible, return (0, 0): height and width must both fit, and one of them doesn't.",
    "used up": "This size is impossible, return (0, 0): the map is used up before it comes back to the top.",
    "fits": "This size fits; it is not impossible: every map is even where it is pooled, and something is left.",
}
SIZE_MISTAKES = {
    "unchecked": "Sizes that are impossible get an answer: where a map with an odd side would be pooled, or nothing is "
    "left, return (0, 0).",
    "floored": "Odd sides are rounded down before they are pooled; such a size is impossible, return (0, 0).",
    "each side": "Each side is judged by itself: if one of them doesn't fit, the size is impossible, return (0, 0).",
    "refused": "Your function finds no size that fits; some do: each map is even where it is pooled, and something is "
    "left.",
    "down only": "Only the way down is counted: the convolutions of the way up take 4 pixels a level, too.",
    "single": "Each double convolution takes 4 rows (2 for each of its two 3 × 3 kernels), not 2.",
    "bottom": "The two convolutions at the bottom are forgotten.",
    "flat": "The 4 pixels are counted on every level as pixels of the image; on level l each is worth 2^l.",
    "same": "That is the size of the input; unpadded convolutions make the map smaller.",
}


def size_arguments(seed: int) -> Arguments:
    """Return a size that fits, or one that doesn't, with its depth."""
    size, depth = SIZES[seed] if seed < len(SIZES) else size_drawn(seed)
    return {"input_size": size, "depth": depth}


def size_drawn(seed: int) -> tuple[Size, int]:
    """Draw a size that fits, has an odd side, meets an odd side further down, or ends in nothing, and a depth."""
    depth = random.randint(1, 4)
    if seed % 10 == 9:
        return (1, 1), depth
    step, least = 2**depth, lost(depth) + (2 if depth == 1 else 4)
    height = least + step * random.randint(1, 6)
    width = height + step * random.randint(1, 5)
    surplus = (0, 1, step // 2, 0)[seed % 4]
    width = least - step if seed % 4 == 3 else width + surplus
    return ((height, width) if random.random() < 0.5 else (width, height)), depth


def judge_size(arguments: Arguments, result: Any, expected: Size) -> Verdict:
    """Name the part of the U that is forgotten, or why a size is (im)possible."""
    size, depth = arguments["input_size"], arguments["depth"]
    fits = [reason(side, depth) is None for side in size]
    formula = tuple(side - lost(depth) for side in size)
    apart = tuple(side if fit else 0 for side, fit in zip(formula, fits, strict=True))
    wrong: dict[str, Any] = {
        "unchecked": formula,
        "floored": tuple(floored(side, depth) for side in size),
        "each side": apart if any(fits) else None,
        "refused": IMPOSSIBLE,
        "down only": if_all(fits, [side - lost(depth, up=0) for side in size]),
        "single": if_all(fits, [side - lost(depth) // 2 for side in size]),
        "bottom": if_all(fits, [side - lost(depth) + 4 * 2**depth for side in size]),
        "flat": if_all(fits, [side - 4 * (2 * depth + 1) for side in size]),
        "same": size,
    }
    mistakes = [(SIZE_MISTAKES[name], value) for name, value in wrong.items()]
    judgement = compare(result, expected, name="the output size", mistakes=mistakes, fields=("height", "width"))
    is_pair = isinstance(result, tuple | list) and len(result) == 2
    if judgement.right or not is_pair:
        return judgement
    if all(fits):
        return judgement.saying(SIZE_REASONS["fits"]) if tuple(result) == IMPOSSIBLE else judgement
    if any(fits):
        return judgement.saying(SIZE_REASONS["one side"])
    return judgement.saying(SIZE_REASONS[reason(size[0], depth) or "odd"])


def if_all(fits: list[bool], sides: list[int]) -> Size:
    """Return two sides where both fit, (0, 0) elsewhere: the mistake is in the numbers, not in the check."""
    return (sides[0], sides[1]) if all(fits) else IMPOSSIBLE


def floored(side: int, depth: int) -> int:
    """Return what a network that pools odd maps leaves of one side."""
    for _ in range(depth):
        side = (side - 4) // 2
    side -= 4
    for _ in range(depth):
        side = 2 * side - 4
    return side


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
    ((4, 5), (1, 2), (1, 1)),
    ((9, 12), (2, 1), (1, 3)),
    ((10, 7), (0, 0), (2, 1)),
    ((12, 16), (3, 4), (2, 2)),
    ((4, 6), (-1, 2), (0, 1)),
    ((7, 5), (2, -1), (1, 0)),
    ((9, 8), (-2, -3), (1, 1)),
)

GAP_MISTAKES = {
    "not moved": "The maps are compared where they stand; after[:, r + dy, c + dx] belongs to before[:, r, c].",
    "negative": "A negative shift is taken for a positive one, or for none: it moves the image up, or to the left.",
    "from the end": "A negative number in a slice counts from the end: with dy = −1, `after[:, dy:]` is the last row "
    "alone.",
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
    """Return a map and its moved copy: all differences have another size, and the ones that don't count are larger.

    The largest that counts is negative, in the second channel, and stands in a corner: that of the first row and column
    if the seed is even, that of the last ones if it is odd.
    """
    size, shift, margin = GAPS[seed] if seed < len(GAPS) else gap_drawn()
    before = torch.randint(0, 40, (2, *size)).float()
    after = torch.randint(300, 900, (2, *size)).float()
    (height, width), (dy, dx) = size, shift
    both = height - abs(dy), width - abs(dx)
    gaps = torch.randperm(2 * both[0] * both[1]).view(2, *both).float() + 1
    gaps = torch.where(torch.rand(gaps.shape) < 0.5, -gaps, gaps)
    rows, columns = inside(both, margin)
    beside = torch.ones_like(gaps, dtype=torch.bool)
    beside[:, rows, columns] = False
    gaps += beside * gaps.sign() * (gaps.numel() + 2)
    corner = (rows.start, columns.start) if seed % 2 == 0 else (rows.stop - 1, columns.stop - 1)
    gaps[1, corner[0], corner[1]] = -gaps.numel() - 1
    after[staying(size, (-dy, -dx))] = before[staying(size, shift)] + gaps
    return {"before": before, "after": after, "shift": shift, "margin": margin}


def gap_drawn() -> tuple[Size, Size, Size]:
    """Draw sizes in which all parts are asymmetric, and a shift to any side."""
    height, rows = random.randint(9, 14), random.randint(0, 2)
    margin = (rows, rows + random.choice((-1, 1)) if rows else 1)
    shift = (random.choice((-1, 1)) * random.randint(0, 2), random.choice((-1, 1)) * random.randint(3, 4))
    return (height, height + random.randint(2, 5)), shift, margin


def staying(size: Size, shift: Size) -> tuple[slice, slice, slice]:
    """Return channels, rows and columns of a map (C, H, W) whose values are still in it after the shift."""
    (dy, dx), (height, width) = shift, size
    return slice(None), slice(max(0, -dy), height - max(0, dy)), slice(max(0, -dx), width - max(0, dx))


def inside(size: Size, margin: Size) -> tuple[slice, slice]:
    """Return rows and columns of a map without its margin."""
    return slice(margin[0], size[0] - margin[0]), slice(margin[1], size[1] - margin[1])


def differences(before: Tensor, after: Tensor, shift: Size, margin: Size) -> Tensor:
    """Return after − before where both exist, (C, h, w), without the margin."""
    size = (before.shape[-2], before.shape[-1])
    moved = after[staying(size, (-shift[0], -shift[1]))] - before[staying(size, shift)]
    rows, columns = inside((moved.shape[-2], moved.shape[-1]), margin)
    return moved[:, rows, columns]


def from_the_end(before: Tensor, after: Tensor, shift: Size, margin: Size) -> Tensor | None:
    """Return the differences if slices take a negative shift for a place from the end; None where they don't fit."""
    (dy, dx), (height, width) = shift, before.shape[-2:]
    one, two = after[:, dy:, dx:], before[:, : height - dy, : width - dx]
    lengths = zip(one.shape, two.shape, strict=True)
    if min(shift) >= 0 or any(a != b and 1 not in (a, b) for a, b in lengths):
        return None
    rows, columns = inside((height - dy, width - dx), margin)
    return (one - two)[:, rows, columns]


def judge_gap(arguments: Arguments, result: Any, expected: float) -> Verdict:
    """Name the cells that should not have been compared."""
    before, after, shift, margin = (arguments[key] for key in ("before", "after", "shift", "margin"))
    right = differences(before, after, shift, margin)
    rows, columns = inside(before.shape[-2:], margin)
    opposite, axes = (-shift[0], -shift[1]), (-2, -1)
    negative = min(shift) < 0

    def moved_by(rows: int, columns: int) -> Tensor | None:
        return differences(before, after, (rows, columns), margin) if negative else None

    parts = [
        ("not moved", differences(before, after, (0, 0), margin)),
        ("negative", moved_by(abs(shift[0]), abs(shift[1]))),
        ("negative", moved_by(max(0, shift[0]), max(0, shift[1]))),
        ("from the end", from_the_end(before, after, shift, margin)),
        ("backwards", differences(before, after, opposite, margin)),
        ("backwards", (after.roll(shift, axes) - before)[:, rows, columns]),
        ("turned", differences(before, after, shift[::-1], margin)),
        ("rolled", (after - before.roll(shift, axes))[:, rows, columns]),
        ("rolled", (after.roll(opposite, axes) - before)[:, rows, columns]),
        ("no margin", differences(before, after, shift, (0, 0))),
        ("margin turned", differences(before, after, shift, margin[::-1])),
        ("one channel", right[:1]),
    ]
    mistakes = [(GAP_MISTAKES[name], None if part is None else largest(part)) for name, part in parts]
    mistakes.append((GAP_MISTAKES["signed"], float(right.max())))
    mistakes.append((GAP_MISTAKES["mean"], float(right.abs().mean())))
    return compare(result, expected, name="the gap", mistakes=mistakes)


def largest(part: Tensor) -> float:
    """Return the largest |difference|, NaN where nothing is left."""
    return float(part.abs().max()) if part.numel() else float("nan")
