"""Cases and judge of lecture 13's exercise that counts: the sizes of a valid U-Net."""

import random
from typing import Any

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]
Size = tuple[int, int]

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
