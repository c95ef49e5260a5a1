"""Cases and judge of lecture 02's measurement: the most that any classifier of a pixel's color can have right."""

import numbers
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare
from segedu.labels import VOID

Arguments = dict[str, Any]

# codes and labels to work by hand
BY_HAND = (
    ([[[0, 0, 0, 0, 1, 2, 2, 2]]], [[[0, 0, 0, 1, 1, 1, 0, 0]]]),
    ([[[0, 0, 0, 1, 1], [1, 2, 2, 2, 2]]], [[[0, 1, 255, 1, 1], [0, 255, 255, 255, 1]]]),
    ([[[1, 257, 1, 257], [1, 257, 257, 1]]], [[[0, 11, 0, 11], [11, 11, 12, 0]]]),  # one code modulo 256
)
# (batch, height, width), colors, classes, share of void
CEILINGS: tuple[tuple[tuple[int, int, int], int, int, float], ...] = (
    ((2, 3, 4), 5, 3, 0.0),
    ((2, 3, 5), 4, 4, 0.3),
    ((3, 4, 6), 9, 2, 0.2),
    ((2, 5, 7), 12, 5, 0.2),
    ((2, 3, 4), 1, 3, 0.1),  # one color
    ((1, 1, 1), 3, 2, 0.0),
    ((2, 4, 3), 6, 17, 0.1),
)
FEW = (2, 3, 4, 5, 6, 8, 10)  # classes that somebody may have thought of

MISTAKES = {
    "void divides": "Void pixels are in the denominator: divide by the number of pixels that aren't void.",
    "void is a class": "Void counts as a class that a color may have: leave those pixels out first.",
    "void as 0": "Void has become class 0: leave those pixels out first.",
    "mean of colors": "That is the mean of the colors' shares: a color with many pixels counts more. Add up the right "
    "pixels of all colors, then divide once.",
    "per image": "Each image has answers of its own; a color gets one answer in all of them.",
    "one class": "That is the share of the most frequent class over all pixels; each color may have an answer of its "
    "own.",
    "mean of classes": "That is the mean of the classes' accuracies; the share of all pixels is asked for.",
    "number": "That is the number of pixels that are right; their share is asked for.",
    "errors": "That is the share of pixels that must be wrong; 1 minus it is the share that can be right.",
    "pure colors": "Only colors that have a single class count here: a mixed color is right about its majority.",
    "above half": "Colors whose most frequent class has half of their pixels or less are left out; it is right about "
    "these all the same.",
    "first": "That is right about the first label that a color has; its most frequent one is right more often.",
    "percent": "That is a percentage; a share is a number between 0 and 1.",
    "bytes": "The codes were cut to 8 bits, so colors fall together whose codes differ by 256.",
    "few": "The higher classes are left out: a label is any number from 0 to 254, beside void.",
    "class for color": "Colors and classes are swapped: for each *color* the class that has it most often.",
}


def ceiling_arguments(seed: int) -> Arguments:
    """Return codes (N, H, W), an integer for each color, and labels (N, H, W) with void; the first ones by hand."""
    if seed < len(BY_HAND):
        return {"codes": torch.tensor(BY_HAND[seed][0]), "labels": torch.tensor(BY_HAND[seed][1])}
    drawn = seed - len(BY_HAND)
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 4), (3, 6), (6, 9)))
    random = (sizes, int(torch.randint(4, 15, ())), int(torch.randint(2, 6, ())) + 10 * (seed % 2), 0.2)
    shape, colors, classes, void = CEILINGS[drawn] if drawn < len(CEILINGS) else random
    gap = 256 if drawn >= len(CEILINGS) and seed % 3 == 0 else 7
    codes = (colors * torch.rand(shape) ** 1.5).long() * gap + 300  # with gaps, as colors have them, and above 255
    labels = ((codes % classes) + (torch.rand(shape) < 0.45) * torch.randint(classes, shape)) % classes
    return {"codes": codes, "labels": labels.masked_fill(torch.rand(shape) < void, VOID)}


def judge_ceiling(arguments: Arguments, result: Any, expected: float) -> Verdict:
    """Name what was counted, or averaged."""
    if isinstance(result, numbers.Real) and not isinstance(result, bool):
        result = float(result)  # a Fraction, too
    mistakes = [(MISTAKES[mistake], float(value)) for mistake, value in wrong_ceilings(**arguments)]
    return compare(result, expected, name="the ceiling", mistakes=mistakes)


def wrong_ceilings(codes: Tensor, labels: Tensor) -> Iterator[tuple[str, Tensor | float]]:
    """Yield each mistake with the value that it gives."""
    valid = labels != VOID
    counts, total = table(codes[valid], labels[valid]), int(valid.sum())
    most = counts.amax(dim=1)  # of each color
    best = int(most.sum())
    yield "number", best
    yield "percent", 100 * best / total
    yield "errors", 1 - best / total
    yield from with_void(codes, labels, best)

    # Other means, other answers.
    right = torch.zeros(counts.shape[1]).scatter_add(0, counts.argmax(dim=1), most.float())
    yield "mean of colors", (most / counts.sum(dim=1)).mean()
    yield "one class", counts.sum(dim=0).max() / total
    yield "mean of classes", (right / counts.sum(dim=0)).mean()
    yield "pure colors", most[(counts > 0).sum(dim=1) == 1].sum() / total
    yield "above half", most[2 * most > counts.sum(dim=1)].sum() / total
    yield "bytes", table(codes[valid] % 256, labels[valid]).amax(dim=1).sum() / total
    for number in FEW:
        known = valid & (labels < number)
        yield "few", table(codes[known], labels[known]).amax(dim=1).sum() / total if known.any() else 0.0
    yield "class for color", counts.amax(dim=0).sum() / total
    of_color = [labels[valid & (codes == code)] for code in codes[valid].unique()]
    yield "first", sum(int((own == own[0]).sum()) for own in of_color) / total

    images = [image for image in zip(codes, labels, strict=True) if bool((image[1] != VOID).any())]
    in_image = [table(code[label != VOID], label[label != VOID]) for code, label in images]
    yield "per image", sum(float(own.amax(dim=1).sum() / own.sum()) for own in in_image) / len(images)
    yield "per image", sum(float(own.amax(dim=1).sum()) for own in in_image) / total


def with_void(codes: Tensor, labels: Tensor, best: int) -> Iterator[tuple[str, Tensor | float]]:
    """Yield what comes of void in the count; `best` pixels can be right without it."""
    total, pixels = int((labels != VOID).sum()), labels.numel()
    counts = table(codes.flatten(), labels.flatten())
    most, answers = counts.max(dim=1)
    void = answers == (counts.shape[1] - 1 if total < pixels else -1)  # void is the largest label
    yield "void divides", best / pixels
    yield "void is a class", most.sum() / pixels
    yield "void is a class", most.sum() / total
    yield "void is a class", most[~void].sum() / total
    yield "void is a class", most[~void].sum() / pixels
    as_sky = table(codes.flatten(), labels.where(labels != VOID, 0).flatten())
    yield "void as 0", as_sky.amax(dim=1).sum() / pixels


def table(codes: Tensor, labels: Tensor) -> Tensor:
    """Return how often each color (row) has each class (column), for the colors and classes that occur."""
    colors, color = codes.unique(return_inverse=True)
    classes, label = labels.unique(return_inverse=True)
    size = len(colors), len(classes)
    return torch.bincount(color * size[1] + label, minlength=size[0] * size[1]).view(size)
