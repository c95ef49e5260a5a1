"""Cases and judges of lecture 07's exercises on resizing: bilinear from scratch, and labels that stay labels."""

import random
from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare, judged, short, together

Arguments = dict[str, Any]
Size = tuple[int, int]

# ---- 07.bilinear: never square, up and down, one output pixel ----

RESIZES: tuple[tuple[tuple[int, ...], Size, bool], ...] = (  # x (N, C, H, W), size, align_corners
    ((1, 1, 1, 3), (1, 6), False),
    ((1, 1, 1, 3), (1, 7), True),
    ((1, 1, 2, 3), (4, 9), False),
    ((1, 2, 3, 5), (7, 8), True),
    ((1, 1, 4, 6), (1, 11), True),
    ((2, 2, 7, 9), (3, 4), False),
    ((2, 3, 5, 4), (8, 13), False),
    ((1, 1, 4, 7), (1, 3), False),
    ((1, 1, 3, 5), (2, 6), True),
    ((1, 2, 1, 1), (2, 3), False),
)

BILINEAR_MISTAKES = {
    "points": "That is align_corners=True, and False was asked for: pixels are areas here, output pixel i looks at "
    "(i + ½)·n/n' − ½.",
    "areas": "That is align_corners=False, and True was asked for: the outer pixels coincide here, output pixel i "
    "looks at i·(n − 1)/(n' − 1).",
    "no half": "The half pixels are missing: it is the *center* i + ½ of the output pixel that is scaled, and ½ taken "
    "off again: (i + ½)·n/n' − ½.",
    "half once": "Half a pixel is added and not taken off again: (i + ½)·n/n' − ½.",
    "late half": "Half a pixel is taken off that was not added: (i + ½)·n/n' − ½.",
    "whole factor": "The factor n'/n is rounded to a whole number; sizes need not divide each other.",
    "wrapped": "Pixels left of the first come from the other end: index −1 is the last pixel in Python. Clamp the "
    "indices to 0 … n − 1.",
    "extrapolated": "Left of the first center the line is drawn on beyond the border; clamp, so that the border pixel "
    "counts alone.",
    "exchanged": "The two weights are exchanged: the pixel at distance t gets 1 − t.",
    "nearest": "That is the nearest pixel; mix the two neighbors along each axis.",
    "one axis": "Only one axis is mixed, the other takes the nearest pixel; mix along height and width.",
    "dark": "Beyond the outer centers the missing neighbor counts as 0, so the border gets dark; clamp the indices, so "
    "that the border pixel counts alone.",
    "rounded": "The values are rounded; what lies between two pixels need not be a whole number.",
}


def bilinear_arguments(seed: int) -> Arguments:
    """Return whole-numbered floats to resize; random sizes after the visible cases."""
    shape, size, align_corners = RESIZES[seed] if seed < len(RESIZES) else drawn_resize()
    x = torch.randint(0, 50, shape).float() * 2
    x[..., 0], x[..., -1] = 7.0, 91.0  # so that the two ends differ
    return {"x": x, "size": size, "align_corners": align_corners}


def drawn_resize() -> tuple[tuple[int, ...], Size, bool]:
    """Draw sizes in which height and width differ, before and after."""
    height, width = random.sample(range(1, 9), 2)
    rows, columns = random.sample((1, 2, 2, random.randint(3, 7), random.randint(8, 14)), 2)
    shape = (random.randint(1, 2), random.randint(1, 3), height, width)
    return shape, (rows, columns + (rows == columns)), random.random() < 0.5


def judge_bilinear(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the classic mistake in where an output pixel looks, or in what it does at the border."""
    x, size, align_corners = arguments["x"], arguments["size"], arguments["align_corners"]
    right = "points" if align_corners else "areas"
    wrong = {"areas" if align_corners else "points": mixed(x, size, "areas" if align_corners else "points")}
    if not align_corners:
        wrong |= {kind: mixed(x, size, kind) for kind in ("no half", "half once", "late half", "whole factor")}
    wrong |= {border: mixed(x, size, right, border) for border in ("wrapped", "extrapolated", "exchanged", "nearest")}
    wrong |= {"dark": mixed(x, size, right, "dark"), "rounded": expected.round()}
    mistakes = [(BILINEAR_MISTAKES[mistake], output) for mistake, output in wrong.items()]
    one_axis = mixed(x, size, right, "nearest", "clamped"), mixed(x, size, right, "clamped", "nearest")
    mistakes += [(BILINEAR_MISTAKES["one axis"], output) for output in one_axis]
    return compare(result, expected, name="your output", mistakes=mistakes, atol=1e-3)


def places(n: int, m: int, kind: str) -> Tensor:
    """Return where in n input pixels each of m output pixels looks, rightly ("areas", "points") or by a mistake."""
    i = torch.arange(m, dtype=torch.float64)
    return {
        "areas": (i + 0.5) * n / m - 0.5,
        "points": i * (n - 1) / max(m - 1, 1),
        "no half": i * n / m,
        "half once": (i + 0.5) * n / m,
        "late half": i * n / m - 0.5,
        "whole factor": (i + 0.5) / max(m // n, 1) - 0.5,
    }[kind]


def mixed(x: Tensor, size: Size, kind: str, border: str = "clamped", other: str = "") -> Tensor:
    """Return x resized with these places: the right way, or with a mistake in what is taken there.

    `other` names another mistake for the columns.
    """
    rows = weights(x.shape[2], size[0], kind, border)
    columns = weights(x.shape[3], size[1], kind, other or border)
    return (rows @ x.double() @ columns.T).to(x.dtype)


def weights(n: int, m: int, kind: str, border: str) -> Tensor:
    """Return the (m, n) weights of one axis."""
    where = places(n, m, kind)
    if border == "nearest":
        return torch.nn.functional.one_hot((where + 0.5).floor().long().clamp(0, n - 1), n).double()
    low = where.trunc() if border == "extrapolated" else where.floor()
    t = (where - low)[:, None]
    neighbors = torch.stack([low, low + 1], dim=1).long()  # (m, 2)
    taps = neighbors % n if border == "wrapped" else neighbors.clamp(0, n - 1)
    shares = torch.cat([t, 1 - t] if border == "exchanged" else [1 - t, t], dim=1)
    if border == "dark":
        shares = shares * (neighbors == taps)
    return torch.zeros(m, n, dtype=torch.float64).scatter_add_(1, taps, shares)


# ---- 07.resize_labels: odd input sizes, so that no center falls on the border of two pixels ----

LABEL_SIZES: tuple[tuple[Size, Size], ...] = (
    ((1, 3), (1, 4)),
    ((1, 3), (1, 6)),
    ((3, 5), (7, 4)),
    ((5, 3), (4, 11)),
    ((7, 9), (3, 5)),
    ((9, 7), (20, 16)),
    ((1, 1), (2, 3)),
    ((3, 7), (3, 7)),
    ((3, 5), (5, 2)),  # all void
)
DTYPES = (torch.int64, torch.uint8, torch.int32)  # what is computed with, what masks are on disk, what readers return

LABEL_MISTAKES = {
    "rounded": "Labels are mixed and rounded: between class 0 and class 8 that finds class 4, which is nobody's. "
    "Copy one label; never compute with them.",
    "truncated": "Labels are mixed and cut to integers: that finds classes that are nobody's. Copy one label; never "
    "compute with them.",
    "edge": "That is the label under each pixel's upper left corner, i·n/n', as F.interpolate's \"nearest\" takes it: "
    "the map is moved. Ask what lies under the *center* i + ½.",
    "points": "The outer pixels are laid on each other, as with align_corners; pixels are areas here: ask what lies "
    "under the center i + ½, scaled by n/n'.",
    "dtype": "The labels come out in another dtype; keep that of `labels` (masks on disk are uint8).",
    "void": "Void (255) has become class 0; it is a label like the others: copy it.",
    "shares": "One-hot maps are mixed, and the largest share wins: that moves outlines. Copy the label under the "
    "center.",
    "rounded place": "The place (i + ½)·n/n' is rounded; pixel k covers k to k + 1, so round down.",
}


def label_arguments(seed: int) -> Arguments:
    """Return a label map with far-apart classes and void, in one of the integer types, and a size."""
    visible = seed < len(LABEL_SIZES)
    (height, width), size = LABEL_SIZES[seed] if visible else drawn_labels()
    dtype = DTYPES[seed % 3] if visible else random.choice(DTYPES)
    classes = torch.tensor([0, 8, 3, 9 if dtype == torch.uint8 else 1000, 255])
    labels = classes[torch.randint(0, 5, (height, width))]
    labels[0, :3] = torch.tensor([0, 8, 255])[:width]
    if seed == len(LABEL_SIZES) - 1:
        labels[:] = 255
    return {"labels": labels.to(dtype), "size": size}


def drawn_labels() -> tuple[Size, Size]:
    """Draw an odd input size and another output size, height and width apart."""
    height, width = random.sample((1, 3, 5, 7, 9), 2)
    rows, columns = random.sample(range(1, 15), 2)
    return (height, width), (rows, columns)


def judge_labels(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Say whether labels were computed with, or taken from the wrong place."""
    labels, size = arguments["labels"], arguments["size"]
    blended = [mixed(labels[None, None].double(), size, kind)[0, 0] for kind in ("areas", "points")]
    wrong = {
        "rounded": [each.round().long() for each in blended],
        "truncated": [each.long() for each in blended],
        "edge": [taken(labels, size, "no half")],
        "points": [taken(labels, size, "points", rounded) for rounded in (True, False)],
        "rounded place": [taken(labels, size, "half once", True)],
        "void": [torch.where(expected == 255, 0, expected)],
        "shares": [largest_share(labels, size)],
    }
    mistakes = [(LABEL_MISTAKES[mistake], value) for mistake, maps in wrong.items() for value in maps]
    if isinstance(result, Tensor) and result.is_floating_point() and bool((result == result.round()).all()):
        as_float = compare(result, expected, name="the label map")
        judgement = compare(result.long(), expected, name="the label map", mistakes=mistakes)
        return as_float if judgement.right else judgement.saying(as_float.difference)
    judgement = compare(result, expected, name="the label map", mistakes=mistakes)
    return together(judgement, judge_dtype(result, expected)) if judgement.right else judgement


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


def taken(labels: Tensor, size: Size, kind: str, rounded: bool = False) -> Tensor:
    """Return the labels at these places, rounded down or to the nearest pixel."""
    axes = []
    for n, m in zip(labels.shape, size, strict=True):
        where = places(n, m, kind) + (0.5 if rounded else 0.0)
        axes.append(where.floor().long().clamp(0, n - 1))
    return labels[axes[0][:, None], axes[1]]
