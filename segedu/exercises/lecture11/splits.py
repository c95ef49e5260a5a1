"""Cases and judge of lecture 11's exercise on leaks: pairs of a training and a validation image that show the same."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Arguments = dict[str, Any]
Pair = tuple[int, int]

ALIKE = 0.95
# images to train and to validate; then what validation image 0, 1, … is made of: (training image, how it was changed)
SPLITS: tuple[tuple[int, int, tuple[tuple[int, str], ...]], ...] = (
    (2, 3, ((1, "copied"),)),
    (3, 2, ((2, "mirrored"),)),
    (2, 3, ((0, "brighter"), (0, "copied"))),
    (3, 3, ()),
    (4, 5, ((3, "brighter and mirrored"), (1, "upside down"), (0, "negative"))),
    (5, 6, ((4, "mirrored"), (2, "copied"), (2, "brighter"), (0, "upside down"))),
)
DECOYS = ("upside down", "negative")  # alike, but no leak by the exercise's rule


def split_arguments(seed: int) -> Arguments:
    """Return two splits of smooth random images; after the visible cases with random copies."""
    ways = ("copied", "mirrored", "brighter", "brighter and mirrored", *DECOYS)
    if seed < len(SPLITS):
        num_train, num_val, copies = SPLITS[seed]
    else:
        num_train, num_val = (int(torch.randint(4, 8, ())) for _ in range(2))
        chosen = torch.randint(num_train, (3,)).tolist()
        copies = tuple((i, ways[int(torch.randint(len(ways), ()))]) for i in chosen)
    train, others = smooth(num_train), smooth(num_val - len(copies))
    made = [changed(train[i], way) for i, way in copies]
    val = torch.cat([torch.stack(made), others]) if made else others
    return {"train": train, "val": val[torch.randperm(num_val)], "alike": ALIKE}


def smooth(count: int) -> Tensor:
    """Return (count, 3, 12, 16): random images with wide waves, values from 0.1 to 0.6."""
    coarse = torch.rand(count, 3, 3, 4)
    return 0.1 + 0.5 * F.interpolate(coarse, size=(12, 16), mode="bilinear")


def changed(image: Tensor, way: str) -> Tensor:
    """Return a copy with noise, changed in one of the ways."""
    copy = image + 0.01 * torch.randn_like(image)
    if way == "negative":
        return 0.7 - copy
    copy = copy.flip(-1) if "mirrored" in way else copy.flip(-2) if way == "upside down" else copy
    return 1.2 * copy + 0.15 if "brighter" in way else copy


def correlation(a: Tensor, b: Tensor) -> float:
    """Return the correlation of two images over all their values."""
    a, b = (x.double().flatten() - x.double().mean() for x in (a, b))
    return float(a @ b / (a.norm() * b.norm()))


def judge_leaks(arguments: Arguments, result: Any, expected: list[Pair]) -> str | None:
    """Name the kind of copy that was missed, or a pair that is none."""
    if isinstance(result, Tensor):
        return "The result is a tensor; a list of pairs (i, j) of ints is asked for: end with `.tolist()`."
    if not isinstance(result, list | tuple):
        return f"The result is of type {type(result).__name__}, expected a list of pairs (i, j)."
    pairs = [tuple(pair) if isinstance(pair, list | tuple) else pair for pair in result]
    if wrong := [pair for pair in pairs if not is_pair(pair)]:
        return (
            f"The list holds {wrong[0]!r}; each item is a pair (i, j): a training and a validation image, plain ints."
        )
    if pairs == expected:
        return None
    return missed(arguments, pairs, expected) or surplus(arguments, pairs, expected)


def is_pair(value: Any) -> bool:
    """Return whether something is a pair of ints."""
    return isinstance(value, tuple) and len(value) == 2 and all(type(item) is int for item in value)


def missed(arguments: Arguments, pairs: list[Pair], expected: list[Pair]) -> str | None:
    """Return which leak is not in the list, and what it looks like."""
    train, val, alike = arguments.values()
    lost = [pair for pair in expected if pair not in pairs]
    if not lost:
        return None
    if sorted((j, i) for i, j in pairs) == sorted(expected):
        return "The pairs are the wrong way round: (i, j) is training image i and validation image j."
    i, j = lost[0]
    mirrored = correlation(train[i], val[j]) < alike
    brighter = abs(float(train[i].mean() - val[j].mean())) > 0.1
    how = "the same image"
    if mirrored:
        how = "the same image mirrored left to right" + (", and brighter" if brighter else "")
    elif brighter:
        how = "the same image, brighter: take its mean away, and divide by its norm, before you compare"
    return f"The pair ({i}, {j}) is missing: validation image {j} is training image {i}, {how}."


def surplus(arguments: Arguments, pairs: list[Pair], expected: list[Pair]) -> str | None:
    """Return which pair of the list is no leak, or how the list is out of order."""
    train, val, _ = arguments.values()
    extra = [pair for pair in pairs if pair not in expected]
    if not extra:
        twice = len(set(pairs)) < len(pairs)
        return "A pair stands in the list twice." if twice else "The pairs are right, but not sorted by i, then by j."
    i, j = extra[0]
    if not (0 <= i < len(train) and 0 <= j < len(val)):
        return f"The pair ({i}, {j}) does not exist: there are {len(train)} training and {len(val)} validation images."
    if correlation(train[i].flip(-2), val[j]) > 0.9:
        return f"The pair ({i}, {j}) is no leak by the rule: it is upside down; mirror left to right, the last axis."
    if correlation(train[i], val[j]) < -0.9:
        return f"The pair ({i}, {j}) is no leak by the rule: one is the other's negative, with a correlation near −1."
    closest = max(correlation(train[i], val[j]), correlation(train[i].flip(-1), val[j]))
    return f"The pair ({i}, {j}) is no leak: its correlation, mirrored or not, is {closest:.2f} at most."
