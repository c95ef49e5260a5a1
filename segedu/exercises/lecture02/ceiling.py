"""Cases and judge of lecture 02's measurement: the most that any classifier of a pixel's color can have right."""

from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# codes and labels to work by hand
BY_HAND = (
    ([[[0, 0, 0, 0, 1, 2, 2, 2]]], [[[0, 0, 0, 1, 1, 1, 0, 0]]]),
    ([[[0, 0, 0, 1, 1], [1, 2, 2, 2, 2]]], [[[0, 1, 255, 1, 1], [0, 255, 255, 255, 1]]]),
)
# (batch, height, width), colors, classes, share of void
CEILINGS: tuple[tuple[tuple[int, int, int], int, int, float], ...] = (
    ((2, 3, 4), 5, 3, 0.0),
    ((2, 3, 5), 4, 4, 0.3),
    ((3, 4, 6), 9, 2, 0.2),
    ((2, 5, 7), 12, 5, 0.2),
)

MISTAKES = {
    "void divides": "Void pixels are in the denominator: divide by the number of pixels that aren't void.",
    "void is a class": "Void counts as a class that a color can be right about: leave those pixels out first.",
    "mean of colors": "That is the mean of the colors' shares: a color with many pixels counts more. Add up the right "
    "pixels of all colors, then divide once.",
    "one class": "That is the share of the most frequent class over all pixels; each color may have an answer of its "
    "own.",
    "mean of classes": "That is the mean of the classes' accuracies; the share of all pixels is asked for.",
    "number": "That is the number of pixels that are right; their share is asked for.",
    "errors": "That is the share of pixels that must be wrong; 1 minus it is the share that can be right.",
    "pure colors": "Only colors that have a single class count here: a mixed color is right about its majority.",
    "class for color": "Colors and classes are swapped: for each *color* the class that has it most often.",
}


def ceiling_arguments(seed: int) -> Arguments:
    """Return codes (N, H, W), an integer for each color, and labels (N, H, W) with void; the first two by hand."""
    if seed < len(BY_HAND):
        return {"codes": torch.tensor(BY_HAND[seed][0]), "labels": torch.tensor(BY_HAND[seed][1])}
    drawn = seed - len(BY_HAND)
    sizes = tuple(int(torch.randint(low, high, ())) for low, high in ((1, 4), (3, 6), (6, 9)))
    random = (sizes, int(torch.randint(4, 15, ())), int(torch.randint(2, 6, ())), 0.2)
    shape, colors, classes, void = CEILINGS[drawn] if drawn < len(CEILINGS) else random
    codes = (colors * torch.rand(shape) ** 1.5).long() * 7 + 300  # with gaps, as colors have them, and above 255
    labels = ((codes % classes) + (torch.rand(shape) < 0.45) * torch.randint(classes, shape)) % classes
    return {"codes": codes, "labels": labels.masked_fill(torch.rand(shape) < void, 255)}


def judge_ceiling(arguments: Arguments, result: Any, expected: float) -> Verdict:
    """Name what was counted, or averaged."""
    codes, labels = arguments.values()
    valid = labels != 255
    counts, total = table(codes[valid], labels[valid]), int(valid.sum())
    with_void, pixels = table(codes.flatten(), labels.flatten()), labels.numel()
    best = counts.amax(dim=1).sum().item()
    answers = counts.argmax(dim=1)
    right = torch.zeros(counts.shape[1]).scatter_add(0, answers, counts.amax(dim=1).float())
    wrong = {
        "void divides": best / pixels,
        "void is a class": with_void.amax(dim=1).sum().item() / pixels,
        "mean of colors": (counts.amax(dim=1) / counts.sum(dim=1)).mean().item(),
        "one class": counts.sum(dim=0).max().item() / total,
        "mean of classes": (right / counts.sum(dim=0)).mean().item(),
        "number": best,
        "errors": 1 - expected,
        "pure colors": counts.amax(dim=1)[(counts > 0).sum(dim=1) == 1].sum().item() / total,
        "class for color": counts.amax(dim=0).sum().item() / total,
    }
    mistakes = [(MISTAKES[mistake], float(value)) for mistake, value in wrong.items()]
    if isinstance(result, int) and result == best:
        return MISTAKES["number"]
    return compare(result, expected, name="the ceiling", mistakes=mistakes)


def table(codes: Tensor, labels: Tensor) -> Tensor:
    """Return how often each color (row) has each class (column), for the colors and classes that occur."""
    colors, color = codes.unique(return_inverse=True)
    classes, label = labels.unique(return_inverse=True)
    size = len(colors), len(classes)
    return torch.bincount(color * size[1] + label, minlength=size[0] * size[1]).view(size)
