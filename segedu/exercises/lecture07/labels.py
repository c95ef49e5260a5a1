"""Cases and judge of lecture 07's exercise on resizing labels, which stay labels."""

import random
from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare, judged, short, together
from segedu.exercises.lecture07.resize import Size, mixed, places

Arguments = dict[str, Any]

LABEL_SIZES: tuple[tuple[Size, Size], ...] = (
    ((1, 3), (1, 4)),
    ((1, 3), (1, 6)),
    ((1, 6), (1, 3)),  # each center on the border of two pixels
    ((3, 5), (7, 4)),
    ((5, 3), (4, 11)),
    ((4, 2), (6, 3)),  # some of them
    ((7, 9), (3, 5)),
    ((9, 7), (20, 16)),
    ((1, 1), (2, 3)),
    ((3, 7), (3, 7)),
    ((8, 6), (2, 9)),
    ((3, 5), (5, 2)),  # all void
)
DTYPES = (torch.int64, torch.uint8, torch.int32, torch.int16)  # computed with, on disk, what readers return
LARGE = 2**24 + 1  # float32 has no such number

LABEL_MISTAKES = {
    "rounded": "Labels are mixed and rounded: between class 0 and class 8 that finds class 4, which is nobody's. "
    "Copy one label; never compute with them.",
    "truncated": "Labels are mixed and cut to integers: that finds classes that are nobody's. Copy one label; never "
    "compute with them.",
    "edge": "That is the label under each pixel's upper left corner, i·n/n', as F.interpolate's \"nearest\" takes it: "
    "the map is moved. Ask what lies under the *center* i + ½.",
    "points": "The outer pixels are laid on each other, as with align_corners; pixels are areas here: ask what lies "
    "under the center i + ½, scaled by n/n'.",
    "tie": "A center on the border of two pixels goes to the wrong one: pixel k begins at k, so the later one (below, "
    "on the right) counts: round (i + ½)·n/n' down.",
    "dtype": "The labels come out in another dtype; keep that of `labels` (masks on disk are uint8).",
    "void": "Void (255) has become class 0; it is a label like the others: copy it.",
    "negative": "Labels below 0 have become 0; a label may be any integer: copy it.",
    "large": f"Label {LARGE} has become {LARGE - 1}: it went through float32, which has no such number. Copy labels by "
    "their index, and they stay integers.",
    "shares": "One-hot maps are mixed, and the largest share wins: that moves outlines. Copy the label under the "
    "center.",
    "rounded place": "The place (i + ½)·n/n' is rounded; pixel k covers k to k + 1, so round down.",
}


def label_arguments(seed: int) -> Arguments:
    """Return a label map with far-apart classes and void, in one of the integer types, and a size."""
    visible = seed < len(LABEL_SIZES)
    (height, width), size = LABEL_SIZES[seed] if visible else drawn_labels()
    dtype = DTYPES[seed % len(DTYPES)] if visible else random.choice(DTYPES)
    classes = torch.tensor([0, 8, 3, 255, *others(dtype)])
    labels = classes[torch.randint(0, len(classes), (height, width))]
    labels[0, :3] = torch.tensor([0, 8, 255])[:width]
    if visible and seed == len(LABEL_SIZES) - 1:
        labels[:] = 255
    return {"labels": labels.to(dtype), "size": size}


def others(dtype: torch.dtype) -> list[int]:
    """Return labels that only some integer types have: negative ones and large ones."""
    if dtype == torch.uint8:
        return [9]
    return [-1, 1000] if dtype == torch.int16 else [-1, LARGE]


def drawn_labels() -> tuple[Size, Size]:
    """Draw an input size and another output size, height and width apart, whose centers floats hold well enough."""
    while True:
        size, output = (random.sample(range(1, side), 2) for side in (10, 15))
        if all(plain(n, m) for n, m in zip(size, output, strict=True)):
            return (size[0], size[1]), (output[0], output[1])


def plain(n: int, m: int) -> bool:
    """Return whether float32 finds the pixels under all centers, in whatever order it multiplies and divides."""
    i = torch.arange(m)
    right = (2 * i + 1) * n // (2 * m)
    ways = (i + 0.5) * n / m, (i + 0.5) * (n / m), (i + 0.5) / m * n, (i + 0.5) / (m / n)
    return all(torch.equal(way.long(), right) for way in ways)


def judge_labels(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Say whether labels were computed with, or taken from the wrong place."""
    mistakes = [(LABEL_MISTAKES[mistake], value) for mistake, value in label_mistakes(**arguments, expected=expected)]
    if isinstance(result, Tensor) and result.is_floating_point() and bool((result == result.round()).all()):
        as_float = compare(result, expected, name="the label map")
        floats = [(sentence, value.to(result.dtype)) for sentence, value in mistakes]
        judgement = compare(result, expected.to(result.dtype), mistakes=floats, rtol=0, atol=0)
        return as_float if judgement.right else judgement.saying(as_float.difference)
    judgement = compare(result, expected, name="the label map", mistakes=mistakes, rtol=0, atol=0)
    return together(judgement, judge_dtype(result, expected)) if judgement.right else judgement


def label_mistakes(labels: Tensor, size: Size, expected: Tensor) -> list[tuple[str, Tensor]]:
    """Return each mistake with a label map that it gives."""
    blended = [mixed(labels[None, None].double(), size, kind)[0, 0] for kind in ("areas", "points")]
    wrong = {
        "rounded": [each.round().long() for each in blended],
        "truncated": [each.long() for each in blended],
        "edge": [taken(labels, size, "no half")],
        "points": [taken(labels, size, "points", rounding) for rounding in ("to nearest", "down")],
        "tie": [taken(labels, size, "areas", rounding) for rounding in ("to even", "halves down")],
        "rounded place": [taken(labels, size, "half once", rounding) for rounding in ("to nearest", "to even")],
        "void": [torch.where(expected == 255, 0, expected)],
        "negative": [expected.clamp(min=0)],
        "large": [expected.float().long()],
        "shares": [largest_share(labels, size)],
    }
    return [(mistake, value) for mistake, maps in wrong.items() for value in maps]


def judge_dtype(result: Tensor, expected: Tensor) -> Verdict:
    """Judge the integer type of right labels; where it is the right one, nothing can be told of others."""
    if result.dtype == expected.dtype:
        return None
    difference = f"The label map has dtype {short(result)}, expected {short(expected)}, that of `labels`."
    return judged(difference, [(LABEL_MISTAKES["dtype"], True)])


def largest_share(labels: Tensor, size: Size) -> Tensor:
    """Return the label whose one-hot map has the largest value at each place, mixed bilinearly."""
    classes = labels.unique()
    shares = (labels == classes[:, None, None]).double()  # (K, H, W)
    return classes[mixed(shares[None], size, "areas")[0].argmax(dim=0)]


def taken(labels: Tensor, size: Size, kind: str, rounding: str = "down") -> Tensor:
    """Return the labels at these places, rounded down or in another way."""
    rows, columns = (
        rounded(places(n, m, kind), rounding).clamp(0, n - 1) for n, m in zip(labels.shape, size, strict=True)
    )
    return labels[rows[:, None], columns]


def rounded(where: Tensor, rounding: str) -> Tensor:
    """Return places as whole numbers; `rounding` says what becomes of halves."""
    way = {
        "down": where.floor(),
        "to nearest": (where + 0.5).floor(),
        "to even": where.round(),
        "halves down": (where - 0.5).ceil(),
    }
    return way[rounding].long()
