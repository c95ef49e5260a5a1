"""Cases and judge of lecture 11's exercise on leaks: pairs of a training and a validation image that show the same."""

import dataclasses
import operator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare, judged, together

Arguments = dict[str, Any]
Pair = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Split:
    """How two splits are made."""

    train: int  # number of images
    val: int
    alike: float
    copies: tuple[tuple[int, str], ...] = ()  # validation image 0, 1, …: of which training image, and how changed
    twins: tuple[Pair, ...] = ()  # training images: the first is a copy of the second
    symmetric: tuple[int, ...] = ()  # training images that are their own mirror images
    size: tuple[int, int] = (12, 16)  # (height, width) of all images


SPLITS = (
    Split(2, 3, 0.95, ((1, "copied"),)),
    Split(3, 2, 0.95, ((2, "mirrored"),)),
    Split(2, 3, 0.8, ((0, "brighter"), (0, "copied"))),
    Split(1, 1, 0.9, ((0, "brighter and mirrored"),), size=(14, 9)),
    Split(3, 3, 0.95),
    Split(4, 5, 0.9, ((3, "brighter and mirrored"), (1, "upside down"), (0, "negative"))),
    Split(4, 4, 0.95, ((0, "copied"), (1, "blended"), (3, "in other colors")), twins=((2, 0),)),
    Split(4, 5, 0.7, ((1, "mirrored"), (2, "blended"), (0, "of the same gray")), twins=((3, 1),)),
    Split(5, 6, 0.9, ((0, "copied"), (2, "darker"), (3, "in other colors"), (4, "of the same gray")), symmetric=(0,)),
)
LEAKS = ("copied", "mirrored", "brighter", "brighter and mirrored", "darker")
DECOYS = ("upside down", "negative", "in other colors", "of the same gray")  # alike, but no leak by the exercise's rule
CLEAR = 0.02  # no correlation comes so close to the bound that rounding decides

LEAK_MISTAKES = {
    "nothing": "No pair is found, though there are copies.",
    "not mirrored": "No mirrored copy is found: compare one of the two mirrored left to right, `.flip(-1)`, as well.",
    "only mirrored": "Only mirrored copies are found: compare the images as they are, too.",
    "upside down": "Images that are upside down count as copies here; the rule mirrors left to right, the last axis.",
    "either sign": "An image and its negative count as alike here: a correlation near −1 isn't at least `alike`.",
    "no mean": "The mean is not taken away, so all bright images look alike: subtract it, then divide by the norm.",
    "by channel": "The mean was taken away channel by channel; it is one number per image, so that colors count.",
    "gray": "Images of the same gray count as alike here: flatten all three channels, so that colors count.",
    "best train image": "Each validation image has one partner here; it leaks from each training image that is alike.",
    "best val image": "Each training image has one partner here; each validation image that is alike has leaked.",
    "fixed bound": "The bound is always the same number here; the argument `alike` says it.",
    "wrong way round": "The pairs are the wrong way round: (i, j) is training image i and validation image j.",
    "from 1": "The images are counted from 1; the first one is number 0.",
    "unsorted": "The pairs are right, but not sorted by i, then by j.",
    "twice": "A pair stands in the list twice.",
}


def split_arguments(seed: int) -> Arguments:
    """Return two splits of smooth random images; after the visible cases with random copies."""
    split = SPLITS[seed] if seed < len(SPLITS) else split_drawn(seed)
    for _ in range(100):
        train, val = images_of(split)
        if bool((found_by(train, val) - split.alike).abs().min() > CLEAR):
            return {"train": train, "val": val, "alike": split.alike}
    raise RuntimeError("100 draws have a correlation too close to the bound.")


def split_drawn(seed: int) -> Split:
    """Draw a split with near copies in train and in val, another leak, one blended image and two decoys."""
    number = int(torch.randint(6, 9, ()))
    first, second, *others = torch.randperm(number).tolist()
    ways = [LEAKS[i] for i in torch.randint(len(LEAKS), (2,)).tolist()]
    ways += ["blended", *(DECOYS[i] for i in torch.randperm(len(DECOYS))[:2].tolist()), "copied"]
    copies = tuple(zip((first, *others[:4], first), ways, strict=True))
    alike = (0.95, 0.9, 0.7)[seed % 3]
    size = (12, 16) if seed % 2 else (15, 10)
    return Split(number, 6 + int(torch.randint(3, ())), alike, copies, twins=((second, first),), size=size)


def images_of(split: Split) -> tuple[Tensor, Tensor]:
    """Return the images (N, 3, H, W) to train and to validate; the latter stand in random order."""
    train, others = smooth(split.train, split.size), smooth(split.val - len(split.copies), split.size)
    for i in split.symmetric:
        train[i] = (train[i] + train[i].flip(-1)) / 2
    for twin, i in split.twins:
        train[twin] = changed(train[i], "copied")
    made = [changed(train[i], way) for i, way in split.copies]
    val = torch.cat([torch.stack(made), others]) if made else others
    return train, val[torch.randperm(split.val)]


def smooth(count: int, size: tuple[int, int]) -> Tensor:
    """Return (count, 3, H, W): random images with wide waves, values from 0.1 to 0.6."""
    coarse = torch.rand(count, 3, 3, 4)
    return 0.1 + 0.5 * F.interpolate(coarse, size=size, mode="bilinear")


def changed(image: Tensor, way: str) -> Tensor:
    """Return a copy with noise, changed in one of the ways."""
    copy = image + 0.01 * torch.randn_like(image)
    other = smooth(1, (image.shape[-2], image.shape[-1]))[0]
    ways = {
        "negative": 0.7 - copy,
        "upside down": copy.flip(-2),
        "blended": 0.65 * copy + 0.35 * other,
        "in other colors": copy + torch.tensor([0.3, 0.0, -0.1])[torch.randperm(3), None, None],
        "of the same gray": copy.mean(dim=0, keepdim=True) + other - other.mean(dim=0, keepdim=True),
        "darker": 0.4 * copy,
        "brighter and mirrored": 1.2 * copy.flip(-1) + 0.15,
        "brighter": 1.2 * copy + 0.15,
        "mirrored": copy.flip(-1),
    }
    return ways.get(way, copy)


def unit(images: Tensor, mean: bool = True) -> Tensor:
    """Return images as rows (N, numbers) of norm 1, their mean taken away."""
    rows = images.flatten(1).double()
    rows = rows - rows.mean(dim=1, keepdim=True) if mean else rows
    return rows / rows.norm(dim=1, keepdim=True)


def correlation(a: Tensor, b: Tensor) -> float:
    """Return the correlation of two images over all their values."""
    return float(unit(a[None])[0] @ unit(b[None])[0])


def found_by(train: Tensor, val: Tensor, mean: bool = True) -> Tensor:
    """Return how alike each two images are (N, M): the larger correlation, as they are or one of them mirrored."""
    return torch.maximum(unit(train, mean) @ unit(val, mean).T, unit(train.flip(-1), mean) @ unit(val, mean).T)


def pairs_of(leaks: Tensor) -> list[Pair]:
    """Return the places (i, j) of a bool table (N, M)."""
    return [(i, j) for i, j in leaks.nonzero().tolist()]


def guesses(arguments: Arguments, expected: list[Pair]) -> list[tuple[str, list[Pair]]]:
    """Return which pairs each of the known mistakes finds."""
    train, val, alike = arguments.values()
    plain, mirrored = unit(train) @ unit(val).T, unit(train.flip(-1)) @ unit(val).T
    table = torch.maximum(plain, mirrored)
    upside_down = torch.maximum(table, unit(train.flip(-2)) @ unit(val).T)
    by_channel = [images - images.mean(dim=(2, 3), keepdim=True) for images in (train, val)]
    gray = [images.mean(dim=1, keepdim=True) for images in (train, val)]
    wrong: list[tuple[str, list[Pair]]] = [
        ("nothing", []),
        ("not mirrored", pairs_of(plain >= alike)),
        ("only mirrored", pairs_of(mirrored >= alike)),
        ("upside down", pairs_of(upside_down >= alike)),
        ("either sign", pairs_of(torch.maximum(plain.abs(), mirrored.abs()) >= alike)),
        ("no mean", pairs_of(found_by(train, val, mean=False) >= alike)),
        ("by channel", pairs_of(found_by(by_channel[0], by_channel[1], mean=False) >= alike)),
        ("gray", pairs_of(found_by(gray[0], gray[1]) >= alike)),
        ("best train image", pairs_of((table >= alike) & (table == table.amax(dim=0)))),
        ("best val image", pairs_of((table >= alike) & (table == table.amax(dim=1, keepdim=True)))),
        ("wrong way round", [(j, i) for i, j in expected]),
        ("wrong way round", sorted((j, i) for i, j in expected)),
        ("from 1", [(i + 1, j + 1) for i, j in expected]),
    ]
    return wrong + [("fixed bound", pairs_of(table >= bound)) for bound in (0.99, 0.95, 0.9, 0.8, 0.7, 0.5)]


def judge_leaks(arguments: Arguments, result: Any, expected: list[Pair]) -> Verdict:
    """Name the kind of copy that was missed, or a pair that is none."""
    if isinstance(result, Tensor | np.ndarray) and result.ndim == 2 and result.shape[1] == 2:
        result = result.tolist()
    if not isinstance(result, list | tuple):
        return f"The result is of type {type(result).__name__}, expected a list of pairs (i, j)."
    pairs = [as_pair(pair) for pair in result]
    if None in pairs:
        other = f"{result[pairs.index(None)]!r:.60}"
        return f"The list holds {other}; each item is a pair (i, j): a training and a validation image."
    found = [pair for pair in pairs if pair is not None]
    mistakes = [(LEAK_MISTAKES[mistake], value) for mistake, value in guesses(arguments, expected)]
    judgement = compare(found, expected, name="the list of pairs", mistakes=mistakes)
    same = set(found) == set(expected)
    shown = {
        "twice": same and len(found) > len(expected) if expected else None,
        "unsorted": same and len(found) == len(expected) and found != expected if len(expected) > 1 else None,
    }
    signs = [(LEAK_MISTAKES[mistake], fits) for mistake, fits in shown.items()]
    difference = judgement.difference and difference_of(arguments, found, expected)
    return together(judgement.saying(difference), judged(difference, signs))


def as_pair(value: Any) -> Pair | None:
    """Return a pair of whole numbers of any library as two ints, None for anything else."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    try:
        return operator.index(value[0]), operator.index(value[1])
    except (TypeError, ValueError):
        return None


def difference_of(arguments: Arguments, pairs: list[Pair], expected: list[Pair]) -> str:
    """Return which pair is missing or surplus, or how the list is out of order."""
    lost = [pair for pair in expected if pair not in pairs]
    extra = [pair for pair in pairs if pair not in expected]
    if lost:
        return missed(arguments, lost[0])
    if extra:
        return surplus(arguments, extra[0])
    return LEAK_MISTAKES["twice" if len(set(pairs)) < len(pairs) else "unsorted"]


def missed(arguments: Arguments, pair: Pair) -> str:
    """Return what a leak looks like that is not in the list."""
    (i, j), (train, val, alike) = pair, arguments.values()
    mirrored = correlation(train[i], val[j]) < alike
    brighter = abs(float(train[i].mean() - val[j].mean())) > 0.1
    how = "nearly the same image"
    if mirrored:
        how = "the same image mirrored left to right" + (", and brighter or darker" if brighter else "")
    elif brighter:
        how = "the same image, brighter or darker: take its mean away, and divide by its norm, before you compare"
    return f"The pair ({i}, {j}) is missing: validation image {j} is training image {i}, {how}."


def surplus(arguments: Arguments, pair: Pair) -> str:
    """Return why a pair of the list is no leak."""
    (i, j), (train, val, _) = pair, arguments.values()
    if not (0 <= i < len(train) and 0 <= j < len(val)):
        return f"The pair ({i}, {j}) does not exist: there are {len(train)} training and {len(val)} validation images."
    if correlation(train[i].flip(-2), val[j]) > 0.9:
        return f"The pair ({i}, {j}) is no leak by the rule: it is upside down; mirror left to right, the last axis."
    if min(correlation(train[i], val[j]), correlation(train[i].flip(-1), val[j])) < -0.9:
        return f"The pair ({i}, {j}) is no leak by the rule: one is the other's negative, with a correlation near −1."
    closest = max(correlation(train[i], val[j]), correlation(train[i].flip(-1), val[j]))
    return f"The pair ({i}, {j}) is no leak: its correlation, mirrored or not, is {closest:.2f} at most."
