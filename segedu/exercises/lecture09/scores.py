"""Cases and judges of lecture 09's exercises: the table of pairs, the mean IoU, and what a metric doesn't see."""

from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare
from segedu.metrics.semantic import BoundaryF1, ConfusionMatrix

Arguments = dict[str, Any]

# ---- 09.confusion_matrix: labels of a class may be missing, void stands anywhere ----

# height, width, number of classes, share of void
MAPS = ((2, 3, 2, 0.0), (3, 5, 3, 0.0), (3, 4, 2, 0.3), (4, 6, 4, 0.2), (5, 8, 6, 0.2), (6, 9, 3, 0.5))

MATRIX_MISTAKES = {
    "transposed": "Rows and columns are swapped: a row is a true class, a column a predicted one, so the pair's number "
    "is target · C + prediction.",
    "void counted": "Void pixels are counted: drop the pixels whose target is 255, in target and prediction, before "
    "you count.",
    "void as 0": "Void is counted as class 0: those pixels belong to no class; leave them out.",
    "shares": "These are shares, not counts: only counts add up over images; divide at the very end.",
}


def matrix_arguments(seed: int) -> Arguments:
    """Return two label maps; after the visible cases of random size. The last class is rare."""
    height, width, classes = (int(torch.randint(low, high, ())) for low, high in ((5, 9), (10, 15), (2, 7)))
    void = 0.3
    if seed < len(MAPS):
        height, width, classes, void = MAPS[seed]
    target = torch.randint(max(classes - seed % 2, 2), (height, width))  # every second case lacks the last class
    prediction = torch.where(torch.rand(height, width) < 0.6, target, torch.randint(classes, (height, width)))
    target = target.masked_fill(torch.rand(height, width) < void, 255)
    return {"prediction": prediction, "target": target, "num_classes": classes}


def judge_matrix(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the axis, the void or the division that went wrong."""
    prediction, target, classes = arguments.values()
    if isinstance(result, Tensor) and result.shape == (classes**2,) and torch.equal(result, expected.flatten()):
        return "The counts are one long row; `.view(num_classes, num_classes)` makes the table."
    as_zero = target.masked_fill(target == 255, 0)
    wrong = {
        "transposed": expected.T,
        "void as 0": pairs(prediction, as_zero, classes),
        "void counted": pairs(prediction, target.clamp(max=classes - 1), classes),
        "shares": expected / expected.sum().clamp(min=1),
    }
    mistakes = [(MATRIX_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the table", mistakes=mistakes)


def pairs(prediction: Tensor, target: Tensor, classes: int) -> Tensor:
    """Return the table (C, C) of label maps without void."""
    return torch.bincount((target * classes + prediction).flatten(), minlength=classes**2).view(classes, classes)


# ---- 09.mean_iou: tables of several images, with classes that some or all of them lack ----

TABLES = (
    [[[3, 1], [0, 4]]],
    [[[3, 1], [0, 4]], [[5, 0], [2, 1]]],
    [[[4, 0, 0], [2, 3, 0], [0, 0, 0]]],
    [[[6, 1, 0], [0, 0, 0], [0, 0, 0]], [[2, 0, 1], [0, 0, 0], [0, 0, 7]]],
    [[[3, 0, 2], [0, 0, 0], [0, 0, 5]], [[1, 0, 0], [0, 0, 0], [4, 0, 1]]],
)

IOU_MISTAKES = {
    "absent is 0": "A class that neither target nor prediction contains counts as 0: its IoU is 0/0; leave it out of "
    "the mean (`nanmean`).",
    "absent is 1": "A class that neither target nor prediction contains counts as 1: it was not there to be found; "
    "leave it out of the mean.",
    "per image": "That is the mean of each image's own mean IoU: add up the tables first, then divide.",
    "no overlap": "The intersection is counted twice in the union: row + column − diagonal.",
    "dice": "That is the mean Dice: 2·hits / (row + column). IoU is hits / (row + column − hits).",
    "recall": "That is the mean accuracy: hits / row. The union has the wrongly predicted pixels, the column, too.",
    "precision": "That is hits / column. The union has the missed pixels, the row, too.",
    "micro": "That is one IoU over all pixels: take the IoU of each class first, then the mean.",
    "target only": "Classes that are predicted but not in the target are left out: their IoU is 0, and counts.",
}


def table_arguments(seed: int) -> Arguments:
    """Return the confusion matrices of some images: int64 (images, C, C)."""
    if seed < len(TABLES):
        return {"counts": torch.tensor(TABLES[seed])}
    images, classes = int(torch.randint(2, 5, ())), int(torch.randint(3, 7, ()))
    counts = torch.randint(0, 20, (images, classes, classes)) + 30 * torch.eye(classes, dtype=torch.int64)
    absent = int(torch.randint(classes, ()))
    counts[:, absent, :] = 0
    counts[:, :, absent] = 0
    return {"counts": counts}


def judge_iou(arguments: Arguments, result: Any, expected: float) -> Verdict:
    """Name the denominator or the mean that was taken."""
    counts = arguments["counts"]
    total = counts.sum(dim=0)
    hits, rows, columns = total.diag().double(), total.sum(dim=1), total.sum(dim=0)
    iou = hits / (rows + columns - hits)
    single = counts.diagonal(dim1=-2, dim2=-1).double()
    each = single / (counts.sum(dim=-1) + counts.sum(dim=-2) - single)  # (images, C)
    wrong = {
        "absent is 0": iou.nan_to_num(0).mean(),
        "absent is 1": iou.nan_to_num(1).mean(),
        "per image": each.nanmean(dim=1).nanmean(),
        "no overlap": (hits / (rows + columns)).nanmean(),
        "dice": (2 * hits / (rows + columns)).nanmean(),
        "recall": (hits / rows).nanmean(),
        "precision": (hits / columns).nanmean(),
        "micro": hits.sum() / (rows + columns - hits).sum(),
        "target only": iou[rows > 0].nanmean(),
    }
    mistakes = [(IOU_MISTAKES[mistake], float(value)) for mistake, value in wrong.items()]
    if isinstance(result, float) and result != result:
        return "The mean is NaN: one class has neither hits nor union; `nanmean` leaves it out."
    if isinstance(result, Tensor) and result.numel() == len(hits) > 1:
        return "That is the IoU of each class; the exercise asks for their mean, one number."
    return compare(result, expected, name="the mean IoU", mistakes=mistakes)


# ---- 09.blind_metric: which score notices least that a prediction was spoiled ----

METRICS = ("pixel accuracy", "mean IoU", "boundary F1")
SIZE = (24, 36)


def spoiled_arguments(seed: int) -> Arguments:
    """Return target, a prediction, and the same prediction spoiled in one of several ways."""
    target = scene(things=(0, 0, 0, 4, 0, 0)[seed % 6])
    prediction = target.clone()
    if seed % 6 == 2:  # far from right at first, so that the highest score isn't the blind one
        prediction[:8, :20] = 1
    prediction[3:5, 20:24] = 2
    if seed % 6 == 5:  # the change brings the pole back and spoils the sky: only the target tells
        spoiled, prediction = swap_sky(prediction), lose_small_object(prediction)
    else:
        spoil = (lose_small_object, shift_everything, ragged_outline, forget_stripes, swap_sky)[seed % 6]
        spoiled = spoil(prediction)
    return {"prediction": prediction, "spoiled": spoiled, "target": target, "num_classes": 8}


def scene(things: int) -> Tensor:
    """Return a label map: sky 0 and ground 1, a large block 2, a pole 3, and small things 4, 5, … at random places."""
    height = SIZE[0]
    labels = torch.zeros(SIZE, dtype=torch.int64)
    horizon = int(torch.randint(9, 13, ()))
    labels[horizon:] = 1
    left = int(torch.randint(2, 8, ()))
    labels[horizon - 4 : horizon + 6, left : left + 10] = 2
    pole = int(torch.randint(22, 30, ()))
    labels[4 : height - 4, pole] = 3
    for number in range(things):
        row, column = int(torch.randint(horizon, height - 4, ())), 19 + 4 * number
        labels[row : row + 4, column : column + 3] = 4 + number
    return labels


def lose_small_object(prediction: Tensor) -> Tensor:
    """The pole is gone: few pixels, a whole class."""
    below = prediction.roll(2, dims=1)
    return torch.where(prediction == 3, below, prediction)


def shift_everything(prediction: Tensor) -> Tensor:
    """All labels lie three columns too far to the right."""
    return prediction.roll(3, dims=1)


def ragged_outline(prediction: Tensor) -> Tensor:
    """Every second row of the block is three columns longer."""
    spoiled = prediction.clone()
    longer = prediction.roll(3, dims=1)[::2]
    spoiled[::2] = torch.where((longer == 2) & (prediction[::2] < 2), 2, spoiled[::2])
    return spoiled


def forget_stripes(prediction: Tensor) -> Tensor:
    """Single wrong pixels are strewn over sky and ground."""
    strewn = (torch.rand(SIZE) < 0.06) & (prediction < 2)
    return torch.where(strewn, 1 - prediction, prediction)


def swap_sky(prediction: Tensor) -> Tensor:
    """A corner of the sky is called ground."""
    spoiled = prediction.clone()
    spoiled[:6, :14] = 1
    return spoiled


def measured(prediction: Tensor, target: Tensor, num_classes: int) -> dict[str, float]:
    """Return the three scores of the exercise, boundary F1 to within one pixel."""
    matrix = ConfusionMatrix(num_classes).update(prediction, target)
    outline = BoundaryF1(num_classes, tolerance=1).update(prediction, target)
    return dict(zip(METRICS, (matrix.pixel_accuracy(), matrix.mean_iou(), outline.mean_f1()), strict=True))


def judge_blind(arguments: Arguments, result: Any, expected: str) -> Verdict:
    """Say how far each of the two scores fell."""
    before = measured(arguments["prediction"], arguments["target"], arguments["num_classes"])
    after = measured(arguments["spoiled"], arguments["target"], arguments["num_classes"])
    falls = {name: before[name] - after[name] for name in METRICS}
    if result == expected:
        return None
    if result not in METRICS:
        return f"The result is {result!r}, expected one of the names {METRICS}."
    told = f"{result} falls by {falls[result]:.3f}, {expected} by {falls[expected]:.3f}"
    if result == max(falls, key=lambda name: falls[name]):
        return f"That is the score that notices most: {told}. The blind one falls least."
    if result == max(after, key=lambda name: after[name]):
        return f"That score is highest on the spoiled prediction; compare it with what it was before: {told}."
    ratios = {name: after[name] / before[name] for name in METRICS}
    if result == max(ratios, key=lambda name: ratios[name]):
        return f"That is the smallest fall in percent; take the difference: {told}."
    return f"Another score falls less: {told}."
