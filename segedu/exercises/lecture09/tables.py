"""Cases and judges of lecture 09's exercises on tables of counts: the table of pairs, and the mean IoU made of it."""

from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# ---- 09.confusion_matrix: labels of a class may be missing, the last one too; void stands anywhere ----

# (height, width), number of classes, how many of them the target has and the prediction, share of void
MAPS: tuple[tuple[tuple[int, int], int, int, int, float], ...] = (
    ((2, 3), 2, 2, 2, 0.0),
    ((1, 1), 2, 1, 1, 0.0),
    ((3, 4), 2, 2, 2, 0.3),
    ((2, 5), 4, 3, 3, 0.0),
    ((2, 4), 3, 3, 3, 1.0),
    ((4, 6), 4, 3, 4, 0.2),
    ((5, 8), 6, 6, 4, 0.2),
    ((6, 9), 3, 3, 3, 0.5),
    ((7, 5), 19, 19, 19, 0.2),  # numbers of pairs above 255
    ((19, 29), 4, 1, 4, 0.1),  # a count above 255
    ((181, 182), 2, 1, 1, 0.0),  # a count above 32,767
)

MATRIX_MISTAKES = {
    "transposed": "Rows and columns are swapped: a row is a true class, a column a predicted one, so the pair's number "
    "is target · C + prediction.",
    "one row": "The counts are one long row; `.view(num_classes, num_classes)` makes the table.",
    "void counted": "Void pixels are counted: drop the pixels whose target is 255, in target and prediction, before "
    "you count.",
    "void apart": "Void has a row and a column of its own: it is no class; leave its pixels out.",
    "void as 0": "Void is counted as class 0: those pixels belong to no class; leave them out.",
    "once": "Each pair is counted once, however often it occurs: `table[t, p] += 1` with tensors of indices adds 1 to "
    "a cell only once; `torch.bincount` counts.",
    "guessed": "The number of classes was guessed from the labels that occur: `num_classes` says it, for the last "
    "class may be missing.",
    "no class 0": "Class 0 is left out: it is a class like any other; only pixels whose target is 255 don't count.",
    "wrapped": "Numbers above 255 wrap around: uint8 holds no larger ones; count, and number the pairs, in int64.",
    "short": "Counts above 32,767 wrap around: int16 holds no larger ones; count in int64.",
    "rounded": "Large counts are rounded: 16 bits of a float hold whole numbers up to 2048 at most; count in int64.",
    "corner": "Pixels of class 0 that are predicted as 0 aren't counted: 0 is the number of a pair like any other.",
    "shares": "These are shares, not counts: only counts add up over images; divide at the very end.",
}


def matrix_arguments(seed: int) -> Arguments:
    """Return two label maps; after the visible cases of random size, every second time without the last class."""
    size, classes, true, predicted, void = MAPS[seed] if seed < len(MAPS) else maps_drawn(seed)
    target = torch.randint(true, size)
    prediction = torch.where(torch.rand(size) < 0.5, target.clamp(max=predicted - 1), torch.randint(predicted, size))
    target = target.masked_fill(torch.rand(size) < void, 255)
    return {"prediction": prediction, "target": target, "num_classes": classes}


def maps_drawn(seed: int) -> tuple[tuple[int, int], int, int, int, float]:
    """Draw a row of `MAPS`: neither map has the last class if the seed is odd.

    Of ten seeds one has void alone, one more than 16 classes, one more than 255 pixels of one class.
    """
    height, width, classes = (int(torch.randint(low, high, ())) for low, high in ((5, 9), (10, 15), (3, 7)))
    if seed % 10 == 7:
        classes += 14
    present = classes - seed % 2
    if seed % 10 == 4:
        return (height + 20, width + 20), classes, 1, present, 0.1
    return (height, width), classes, present, present, 1.0 if seed % 10 == 0 else 0.3


def judge_matrix(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the axis, the void, the number of classes or the division that went wrong."""
    prediction, target, classes = arguments.values()
    void = target == 255
    all_pairs = torch.bincount((target * classes + prediction).flatten(), minlength=classes**2)
    labels = torch.cat([prediction[~void], target[~void]])
    guesses = [int(some.max()) + 1 if some.numel() else None for some in (prediction, labels)]
    wrong = [
        ("transposed", expected.T),
        ("one row", expected.flatten()),
        ("one row", all_pairs),
        ("void as 0", pairs(prediction, target.masked_fill(void, 0), classes)),
        ("void counted", pairs(prediction, target.clamp(max=classes - 1), classes)),
        ("void apart", pairs(prediction, target.masked_fill(void, classes), classes + 1)),
        ("once", expected.clamp(max=1)),
        ("no class 0", torch.cat([torch.zeros_like(expected[:1]), expected[1:]])),
        ("wrapped", expected % 256),
        ("wrapped", counted((target * classes + prediction)[~void] % 256, classes)),
        ("short", expected.short().long()),
        *(("rounded", expected.to(dtype).float().to(torch.int64)) for dtype in (torch.float16, torch.bfloat16)),
        ("corner", without_corner(expected)),
        *(("guessed", guessed(prediction[~void], target[~void], guess)) for guess in guesses),
        ("shares", expected / expected.sum()),
        ("shares", expected / expected.sum(dim=1, keepdim=True)),
    ]
    mistakes = [(MATRIX_MISTAKES[mistake], value) for mistake, value in wrong]
    judgement = compare(result, expected, name="the table", mistakes=mistakes)
    if "border" in judgement.reason:  # a table has no padding
        judgement = judgement.saying(judgement.fact)
    if judgement.right or not (is_one(expected) and is_one(result)):
        return judgement
    (true, predicted), (row, column) = expected.nonzero()[0].tolist(), result.nonzero()[0].tolist()
    return judgement.saying(
        f"The pixel of class {true}, predicted as {predicted}, is counted in row {row}, column {column}."
    )


def without_corner(table: Tensor) -> Tensor:
    """Return a table whose first cell is 0."""
    table = table.clone()
    table[0, 0] = 0
    return table


def is_one(table: Any) -> bool:
    """Return whether a table (C, C) of integers holds a single 1: of such, each is another one shifted or mirrored."""
    if not isinstance(table, Tensor) or table.ndim != 2 or table.is_floating_point():
        return False
    return bool(table.sum() == 1) and bool(table.count_nonzero() == 1)


def pairs(prediction: Tensor, target: Tensor, classes: int) -> Tensor:
    """Return the table (C, C) of label maps without void."""
    return counted(target * classes + prediction, classes)


def counted(numbers: Tensor, classes: int) -> Tensor:
    """Return the table (C, C) of the numbers of pairs."""
    return torch.bincount(numbers.flatten(), minlength=classes**2).view(classes, classes)


def guessed(prediction: Tensor, target: Tensor, classes: int | None) -> Tensor | None:
    """Return the table of a guessed number of classes, None where it doesn't hold all labels."""
    if classes is None or bool((target >= classes).any()):
        return None
    return pairs(prediction, target, classes)


# ---- 09.mean_iou: tables of several images, with classes that some or all of them lack ----

TABLES = (
    [[[3, 1], [5, 4]]],
    [[[1, 4], [0, 4]], [[2, 3], [2, 1]]],
    [[[4, 0, 0], [2, 3, 0], [0, 0, 0]]],
    [[[6, 1, 0], [0, 0, 0], [0, 0, 0]], [[2, 0, 1], [0, 0, 0], [0, 0, 7]]],
    [[[0, 0], [0, 0]], [[3, 1], [4, 2]]],
    [
        [[2, 0, 0, 3], [0, 0, 0, 0], [4, 0, 0, 1], [0, 0, 0, 6]],
        [[1, 0, 2, 0], [0, 0, 0, 0], [5, 0, 0, 0], [2, 0, 0, 3]],
    ],
    [[[5, 0, 0], [0, 3, 0], [2, 1, 0]]],
    [[[3_000_000_000, 70, 0], [500_000_000, 2_500_000_000, 0], [20, 900_000_000, 0]]],  # as many as a data set has
    [[[1, 5, 2], [6, 2, 0], [0, 7, 3]], [[4, 0, 0], [9, 1, 0], [0, 0, 0]], [[2, 8, 0], [0, 3, 0], [0, 0, 0]]],
    [[[5, 1], [0, 0]]],
)

IOU_MISTAKES = {
    "absent is 0": "A class that neither target nor prediction contains counts as 0: its IoU is 0/0; leave it out of "
    "the mean (`nanmean`).",
    "absent is 1": "A class that neither target nor prediction contains counts as 1: it was not there to be found; "
    "leave it out of the mean.",
    "nan": "The mean is NaN: one class has neither hits nor union; `nanmean` leaves it out.",
    "per image": "Each image was divided by itself, then averaged: add up the tables first, then divide.",
    "no overlap": "The intersection is counted twice in the union: row + column − diagonal.",
    "dice": "That is the mean Dice: 2·hits / (row + column). IoU is hits / (row + column − hits).",
    "recall": "That is the mean accuracy: hits / row. The union has the wrongly predicted pixels, the column, too.",
    "precision": "That is hits / column. The union has the missed pixels, the row, too.",
    "accuracy": "That is the pixel accuracy, hits / all pixels: take the IoU of each class, then the mean.",
    "micro": "That is one IoU over all pixels: take the IoU of each class first, then the mean.",
    "weighted": "The classes are weighted by their pixels: in the mean IoU each class counts alike.",
    "target only": "Classes that are predicted but not in the target are left out: their IoU is 0, and counts.",
    "predicted only": "Classes that are in the target but never predicted are left out: their IoU is 0, and counts.",
    "up to the last": "The classes behind the target's last one are left out: where they are predicted their IoU is 0, "
    "and counts.",
    "wrapped": "Sums above 2,147,483,647 wrap around in int32; add up in int64 or float64.",
    "zeros left out": "Classes without a hit are left out: an IoU of 0 counts; only 0/0 is left out.",
    "in all images": "A class that one image lacks is left out: it counts if the sum of the tables has it.",
    "no background": "Class 0 is left out: here it is a class like any other.",
    "each class": "That is the IoU of each class; the exercise asks for their mean, one number.",
    "percent": "That is in percent; a number between 0 and 1 is asked for.",
}


def table_arguments(seed: int) -> Arguments:
    """Return the confusion matrices of some images: int64 (images, C, C).

    After the visible cases one class is absent, one is predicted only, one is never predicted, one is never hit, and
    one is in the first image alone.
    """
    if seed < len(TABLES):
        return {"counts": torch.tensor(TABLES[seed])}
    images, classes = int(torch.randint(2, 5, ())), int(torch.randint(6, 9, ()))
    counts = torch.randint(0, 20, (images, classes, classes)) + 30 * torch.eye(classes, dtype=torch.int64)
    absent, only_predicted, never_predicted, missed, rare = torch.randperm(classes)[:5].tolist()
    counts[:, [absent, only_predicted], :] = 0
    counts[:, :, [absent, never_predicted]] = 0
    counts[:, missed, missed] = 0
    counts[1:, rare, :] = counts[1:, :, rare] = 0  # the first image alone has it
    return {"counts": counts}


def judge_iou(arguments: Arguments, result: Any, expected: float) -> Verdict:
    """Name the denominator or the mean that was taken."""
    counts = arguments["counts"]
    total = counts.sum(dim=0)
    hits, rows, columns = total.diag().double(), total.sum(dim=1), total.sum(dim=0)
    iou = hits / (rows + columns - hits)

    # The same of each image: (images, C).
    own = counts.diagonal(dim1=-2, dim2=-1).double()
    sizes = counts.sum(dim=-1) + counts.sum(dim=-2)
    each = own / (sizes - own)
    pixels = counts.sum(dim=(1, 2))
    of_images = each.nanmean(dim=1)

    wrong = [
        ("absent is 0", iou.nan_to_num(0).mean()),
        ("absent is 1", iou.nan_to_num(1).mean()),
        ("nan", iou.mean()),
        ("per image", of_images.nanmean()),
        ("per image", each.nanmean(dim=0).nanmean()),
        ("per image", each.nan_to_num(0).mean()),
        ("per image", (of_images.nan_to_num(0) * pixels).sum() / pixels.sum()),
        ("no overlap", (hits / (rows + columns)).nanmean()),
        ("dice", (2 * hits / (rows + columns)).nanmean()),
        ("recall", (hits / rows).nanmean()),
        ("precision", (hits / columns).nanmean()),
        ("accuracy", hits.sum() / total.sum()),
        ("micro", hits.sum() / (rows + columns - hits).sum()),
        ("weighted", (iou.nan_to_num(0) * rows).sum() / rows.sum()),
        ("target only", iou[rows > 0].nanmean()),
        ("predicted only", iou[columns > 0].nanmean()),
        ("target only", iou[(rows > 0) & (columns > 0)].nanmean()),
        ("predicted only", iou[(rows > 0) & (columns > 0)].nanmean()),
        ("up to the last", iou[: int(rows.nonzero().max()) + 1].nanmean()),
        *(("wrapped", value) for value in in_32_bits(counts)),
        ("zeros left out", iou[iou > 0].mean()),
        ("in all images", iou[(sizes > 0).all(dim=0)].nanmean()),
        ("no background", iou[1:].nanmean()),
        ("percent", 100 * iou.nanmean()),
    ]
    mistakes: list[tuple[str, Any]] = [(IOU_MISTAKES[mistake], float(value)) for mistake, value in wrong]
    mistakes.append((IOU_MISTAKES["each class"], iou))
    return compare(result, expected, name="the mean IoU", mistakes=mistakes)


def in_32_bits(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean IoU of counts that wrap around in int32, in each table or in every sum."""
    total = counts.sum(dim=0).to(torch.int32)
    hits, rows, columns = total.diag(), total.sum(dim=1), total.sum(dim=0)  # torch adds up in int64
    in_sums = (rows + columns - hits).to(torch.int32)
    return (hits / (rows + columns - hits)).nanmean(), (hits / in_sums).nanmean()
