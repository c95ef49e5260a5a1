"""Cases and judges of lecture 13's exercises that compute feature maps: contract, crop and join, expand."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, close, compare

Arguments = dict[str, Any]
Size = tuple[int, int]

# ---- 13.contract: two unpadded convolutions with ReLU, the copy; then max pooling ----

CONTRACTIONS: tuple[tuple[int, int, int, Size], ...] = (  # N, channels in, channels out, (H, W)
    (1, 1, 1, (6, 8)),
    (1, 1, 2, (8, 6)),
    (1, 3, 4, (8, 12)),
    (2, 2, 3, (10, 14)),
    (2, 3, 2, (14, 8)),
    (1, 2, 2, (9, 11)),
    (2, 1, 2, (11, 8)),
)

CONTRACT_MISTAKES = {
    "swapped": "The two are exchanged: return the copy first, then the pooled map.",
    "no relu": "The ReLU is missing: negative values become 0 after each of the two convolutions.",
    "one relu": "One ReLU is missing: one stands after the first convolution, another after the second.",
    "biases": "The biases are exchanged, or one is added twice: bias1 belongs to the first convolution, bias2 to the "
    "second.",
    "weights": "The weights are exchanged, or one is used twice: weight1 is the first convolution's, weight2 the "
    "second's.",
    "ceil": "The pooling keeps a last row or column that has no partner (as with ceil_mode=True); here it is left out.",
    "no bias": "A bias is missing: each convolution adds its own.",
    "one conv": "Only one convolution is applied; the block has two.",
    "padded": "The convolutions are padded; the paper's are not, so each takes two rows and two columns.",
    "averaged": "The pooling averages; U-Net's takes the largest of the four.",
    "window": "The pooling looks at 3 × 3 values; U-Net's takes the largest of 2 × 2, without overlap.",
    "copy behind": "The copy is taken after the pooling; the skip connection needs the map before it.",
    "not pooled": "The second map is not pooled: it should have half the height and half the width.",
}


def contract_arguments(seed: int) -> Arguments:
    """Return integer-valued features and weights of two convolutions."""
    n, before, after, size = CONTRACTIONS[seed] if seed < len(CONTRACTIONS) else contraction_drawn()
    weights = {
        "weight1": torch.randint(-1, 3, (after, before, 3, 3)).float(),
        "bias1": torch.arange(after).float() - 9,
        "weight2": torch.randint(-2, 3, (after, after, 3, 3)).float(),
        "bias2": 2 - torch.arange(after).float(),
    }
    return {"features": torch.randint(-4, 5, (n, before, *size)).float(), **weights}


def contraction_drawn() -> tuple[int, int, int, Size]:
    """Draw shapes, also such that leave a rest where they are pooled."""
    height = random.randint(8, 15)
    return random.randint(1, 2), random.randint(1, 4), random.randint(2, 5), (height, height + random.randint(1, 8))


def contracted(
    a: Arguments, padding: int = 0, relus: tuple[bool, bool] = (True, True), biases: tuple[bool, bool] = (True, True)
) -> Tensor:
    """Return what stands before the pooling, with ReLUs or biases left out or with padding as a mistake."""
    features = F.conv2d(a["features"], a["weight1"], a["bias1"] if biases[0] else None, padding=padding)
    features = features.relu() if relus[0] else features
    features = F.conv2d(features, a["weight2"], a["bias2"] if biases[1] else None, padding=padding)
    return features.relu() if relus[1] else features


def judge_contract(arguments: Arguments, result: Any, expected: tuple[Tensor, Tensor]) -> Verdict:
    """Name the layer that is missing or misplaced."""
    copy, pooled = expected
    single = F.conv2d(arguments["features"], arguments["weight1"], arguments["bias1"]).relu()
    wrong = {
        "swapped": (pooled, copy),
        "no relu": with_pool(contracted(arguments, relus=(False, False))),
        "one relu": with_pool(contracted(arguments, relus=(True, False))),
        "one conv": with_pool(single),
        "padded": with_pool(contracted(arguments, padding=1)),
        "averaged": (copy, F.avg_pool2d(copy, 2)),
        "ceil": (copy, F.max_pool2d(copy, 2, ceil_mode=True)),
        "copy behind": (pooled, pooled),
        "not pooled": (copy, copy),
    }
    mistakes = [(CONTRACT_MISTAKES[name], value) for name, value in wrong.items()]
    mistakes.append((CONTRACT_MISTAKES["one relu"], with_pool(contracted(arguments, relus=(False, True)))))
    for name, other in exchanged(arguments):
        mistakes.append((CONTRACT_MISTAKES[name], with_pool(contracted(other))))
    for biases in ((False, False), (False, True), (True, False)):
        mistakes.append((CONTRACT_MISTAKES["no bias"], with_pool(contracted(arguments, biases=biases))))
    for padding in (0, 1):
        if min(copy.shape[-2:]) + 2 * padding >= 3:
            mistakes.append((CONTRACT_MISTAKES["window"], (copy, F.max_pool2d(copy, 3, 2, padding))))
    fields = ("copy", "pooled map")
    return compare(result, expected, name="the pair (copy, pooled)", mistakes=mistakes, fields=fields)


def exchanged(a: Arguments) -> Iterator[tuple[str, Arguments]]:
    """Yield the arguments as they are if the two weights, or the two biases, are exchanged or one is used twice."""
    for name, key in (("biases", "bias"), ("weights", "weight")):
        one, two = a[f"{key}1"], a[f"{key}2"]
        for first, second in ((one, one), (two, two), (two, one)):
            if one.shape == two.shape:
                yield name, a | {f"{key}1": first, f"{key}2": second}


def with_pool(copy: Tensor) -> tuple[Tensor, Tensor]:
    """Return a map and the map pooled."""
    return copy, F.max_pool2d(copy, 2)


# ---- 13.crop_and_concat: numbers that say where they come from ----

# N, channels of the copy, its (H, W), channels of the features, their (h, w)
JOINS: tuple[tuple[int, int, Size, int, Size], ...] = (
    (1, 1, (4, 6), 1, (2, 4)),
    (1, 1, (7, 9), 1, (3, 3)),
    (1, 2, (6, 10), 1, (4, 4)),
    (2, 2, (8, 9), 3, (5, 7)),
    (2, 3, (5, 7), 3, (5, 7)),
    (1, 2, (9, 6), 2, (4, 4)),
    (1, 2, (4, 5), 1, (1, 1)),
    (2, 1, (6, 9), 2, (6, 5)),
)

JOIN_MISTAKES = {
    "order": "The two stand in the wrong order: the copy's channels come first, then the features'.",
    "corner": "The crop starts in the upper left corner; take it from the middle: as much off on each side.",
    "other corner": "The crop ends in the lower right corner; take it from the middle: as much off on each side.",
    "end": "The crop is off by one: where an odd number of rows or columns is surplus, the rest goes below and right.",
    "early": "The crop is off by one: it starts one row and one column too early.",
    "late": "The crop is off by one: it starts one row and one column too late.",
    "turned": "Height and width are swapped in the crop: rows are cut by (H − h) // 2, columns by (W − w) // 2.",
    "resized": "The copy is resized; a crop keeps each value and its place.",
    "added": "The two are added; a concatenation keeps the channels of both, one after the other.",
    "rows": "The two are joined on the wrong axis, one above the other: channels are dim=1 of (N, C, H, W).",
    "columns": "The two are joined on the wrong axis, side by side: channels are dim=1 of (N, C, H, W).",
    "batch": "The two are joined on the wrong axis, as more images: channels are dim=1 of (N, C, H, W).",
    "no copy": "The copy is missing: these are the features alone.",
    "no features": "The features are missing: this is the cropped copy alone.",
}


def join_arguments(seed: int) -> Arguments:
    """Return negative features, and a copy whose values tell their place (1205: channel 1, row 2, column 5)."""
    n, channels, size, more, small = JOINS[seed] if seed < len(JOINS) else join_drawn()
    channel, row, column = (torch.arange(length) for length in (n * channels, *size))
    copy = 1000 * channel[:, None, None] + 100 * row[:, None] + column
    features = -torch.arange(1, n * more * small[0] * small[1] + 1)
    return {"copy": copy.view(n, channels, *size).float(), "features": features.view(n, more, *small).float()}


def join_drawn() -> tuple[int, int, Size, int, Size]:
    """Draw shapes in which height and width lose different amounts."""
    h, w = random.randint(3, 5), random.randint(6, 8)
    cut = random.randint(1, 5)
    return 2, random.randint(1, 3), (h + cut, w + cut + 3), random.randint(1, 3), (h, w)


def cut(copy: Tensor, size: Size, top: int, left: int) -> Tensor | None:
    """Return a window of the copy, or None where it leaves the map."""
    if top < 0 or left < 0 or top + size[0] > copy.shape[-2] or left + size[1] > copy.shape[-1]:
        return None
    return copy[..., top : top + size[0], left : left + size[1]]


def judge_join(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the classic mistake of a skip connection."""
    copy, features = arguments["copy"], arguments["features"]
    size = (features.shape[-2], features.shape[-1])
    rows, columns = copy.shape[-2] - size[0], copy.shape[-1] - size[1]
    top, left = rows // 2, columns // 2
    crops = {
        "corner": (0, 0),
        "other corner": (rows, columns),
        "end": (-(-rows // 2), -(-columns // 2)),
        "turned": (left, top),
        "early": (top - 1, left - 1),
        "late": (top + 1, left + 1),
    }
    wrong: dict[str, Tensor | None] = {"order": torch.cat([features, expected[:, : copy.shape[1]]], dim=1)}
    for name, (first, second) in crops.items():
        cropped = cut(copy, size, first, second)
        wrong[name] = None if cropped is None else torch.cat([cropped, features], dim=1)
    middle = expected[:, : copy.shape[1]]
    wrong["resized"] = torch.cat([F.interpolate(copy, size), features], dim=1)
    if copy.shape[1] == features.shape[1] or 1 in (copy.shape[1], features.shape[1]):
        wrong["added"] = middle + features
    if copy.shape[1] == features.shape[1]:
        wrong |= {"batch": torch.cat([middle, features], dim=0)}
        wrong |= {"rows": torch.cat([middle, features], dim=2), "columns": torch.cat([middle, features], dim=3)}
    wrong |= {"no copy": features, "no features": middle}
    mistakes = [(JOIN_MISTAKES[name], value) for name, value in wrong.items() if value is not None]
    judgement = compare(result, expected, name="the joined map", mistakes=mistakes)
    start = start_of(result, copy, features)
    if judgement.right or start is None:
        return judgement
    where = f"The crop starts in row {start[0]}, column {start[1]}"
    return judgement.saying(f"{where}; the middle starts in row {top}, column {left}.")


def start_of(result: Any, copy: Tensor, features: Tensor) -> Size | None:
    """Return the first row and column of the window of the copy that was joined with the features, if it is one."""
    h, w = features.shape[-2:]
    for top, left in itertools.product(range(copy.shape[-2] - h + 1), range(copy.shape[-1] - w + 1)):
        if close(result, torch.cat([copy[..., top : top + h, left : left + w], features], dim=1)):
            return top, left
    return None


# ---- 13.expand: the expanding path without its convolutions; sizes may be odd ----

PATHS: tuple[tuple[Size, int, int], ...] = (
    ((4, 6), 1, 2),
    ((2, 3), 1, 2),
    ((4, 8), 2, 1),
    ((5, 7), 2, 1),
    ((8, 12), 3, 2),
    ((9, 22), 3, 2),
    ((9, 6), 2, 1),
)

EXPAND_MISTAKES = {
    "wrong copy": "The copies are taken in the wrong order: the last one made, the coarsest, is joined first.",
    "order": "The two stand in the wrong order at each level: the copy's channels come first.",
    "cut early": "The rest is cut off above and left; a doubled map that is too large loses its last row and column.",
    "bilinear": "The maps are doubled bilinearly; repeat each value 2 × 2 times (mode='nearest').",
    "all at once": "The copies are joined at full size, all in one step; go up level by level.",
    "no copies": "The copies are missing; these are the doubled features alone.",
}


def expand_arguments(seed: int) -> Arguments:
    """Return the bottom map, negative, and the copies, finest first, with values that tell level and place."""
    size, depth, n = PATHS[seed] if seed < len(PATHS) else path_drawn()
    copies = []
    for level in range(depth):
        row, column = (torch.arange(length) for length in size)
        place = 1000 * (level + 1) + 100 * row[:, None] + column
        copies.append(place.expand(n, level + 1, *size).clone().float())
        size = (-(-size[0] // 2), -(-size[1] // 2))
    bottom = -1 - torch.arange(n * size[0] * size[1]).view(n, 1, *size).float()
    return {"bottom": bottom, "copies": copies}


def path_drawn() -> tuple[Size, int, int]:
    """Draw an image size, a depth and a number of images."""
    height = random.randint(8, 15)
    return (height, height + random.randint(3, 9)), random.randint(2, 3), random.randint(1, 2)


JOINED_WRONGLY = ("wrong copy", "order", "cut early", "bilinear")


def wrongly_expanded(bottom: Tensor, copies: list[Tensor], mistake: str) -> Tensor:
    """Return the expanding path of a network without convolutions, with a mistake of `JOINED_WRONGLY`."""
    if mistake not in JOINED_WRONGLY:
        raise ValueError(f"{mistake!r} is none of the mistakes {JOINED_WRONGLY}.")
    features = bottom
    for copy in copies if mistake == "wrong copy" else reversed(copies):
        up = F.interpolate(features, scale_factor=2, mode="bilinear" if mistake == "bilinear" else "nearest")
        height, width = copy.shape[-2:]
        if mistake == "wrong copy":
            copy = F.interpolate(copy, up.shape[-2:])
        elif mistake == "cut early":
            up = up[..., up.shape[-2] - height :, up.shape[-1] - width :]
        else:
            up = up[..., :height, :width]
        features = torch.cat([up, copy] if mistake == "order" else [copy, up], dim=1)
    return features


def judge_expand(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name what is joined with what in the wrong way."""
    bottom, copies = arguments["bottom"], arguments["copies"]
    wrong = {mistake: wrongly_expanded(bottom, copies, mistake) for mistake in JOINED_WRONGLY}
    full = copies[0].shape[-2:]
    wrong["all at once"] = torch.cat([F.interpolate(each, full) for each in (*copies, bottom)], dim=1)
    up = F.interpolate(bottom, scale_factor=2 ** len(copies))
    wrong["no copies"] = up[..., : full[0], : full[1]]
    mistakes = [(EXPAND_MISTAKES[name], value) for name, value in wrong.items()]
    return compare(result, expected, name="the finest map", mistakes=mistakes)
