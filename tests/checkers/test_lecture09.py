"""What `check` says to wrong answers of lecture 09, and the different right ones that it must let pass."""

import numpy as np
import torch

import segedu as se
from segedu.exercises.lecture09 import scores as cases

# ---- 09.confusion_matrix ----


def by_bincount(prediction, target, num_classes):
    valid = target != 255
    pairs = target[valid] * num_classes + prediction[valid]
    return torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes)


def by_loops(prediction, target, num_classes):
    table = torch.zeros(num_classes, num_classes, dtype=torch.long)
    for p, t in zip(prediction.flatten(), target.flatten(), strict=True):
        if t != 255:
            table[t, p] += 1
    return table


def by_one_hot(prediction, target, num_classes):
    classes = torch.arange(num_classes)[:, None]
    truth, guess = (labels.flatten()[None] == classes for labels in (target, prediction))  # (C, pixels)
    return truth.long() @ guess.long().T


def by_numpy(prediction, target, num_classes):
    table = np.zeros((num_classes, num_classes), dtype=np.int64)
    valid = (target != 255).numpy()
    np.add.at(table, (target.numpy()[valid], prediction.numpy()[valid]), 1)
    return torch.from_numpy(table)


def counts_zeros(prediction, target, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.long)


def counts_transposed(prediction, target, num_classes):
    return by_bincount(prediction, target, num_classes).T


def counts_void_as_a_number(prediction, target, num_classes):
    pairs = target * num_classes + prediction
    return torch.bincount(pairs.flatten(), minlength=num_classes**2)


def counts_void_as_zero(prediction, target, num_classes):
    return by_bincount(prediction, target.masked_fill(target == 255, 0), num_classes)


def counts_void_as_the_last(prediction, target, num_classes):
    return by_bincount(prediction, target.clamp(max=num_classes - 1), num_classes)


def counts_without_minlength(prediction, target, num_classes):
    valid = target != 255
    return torch.bincount(target[valid] * num_classes + prediction[valid]).view(num_classes, num_classes)


def counts_in_a_row(prediction, target, num_classes):
    return by_bincount(prediction, target, num_classes).flatten()


def counts_shares(prediction, target, num_classes):
    table = by_bincount(prediction, target, num_classes)
    return table / table.sum()


def counts_for_two_classes(prediction, target, num_classes):
    return by_bincount(prediction.clamp(max=1), target.where(target == 255, target.clamp(max=1)), 2)


def counts_by_the_course(prediction, target, num_classes):
    return se.metrics.confusion_matrix(prediction, target, num_classes)


def counts_nothing(prediction, target, num_classes): ...


# ---- 09.mean_iou ----


def by_sums(counts):
    total = counts.sum(dim=0)
    hits = total.diag()
    return (hits / (total.sum(dim=0) + total.sum(dim=1) - hits)).nanmean().item()


def by_class_loop(counts):
    total, found = counts.sum(dim=0).tolist(), []
    for c, row in enumerate(total):
        union = sum(row) + sum(other[c] for other in total) - row[c]
        if union:
            found.append(row[c] / union)
    return sum(found) / len(found)


def by_errors(counts):
    total = counts.sum(0).double()
    hits = total.diagonal()
    misses, alarms = total.sum(1) - hits, total.sum(0) - hits
    iou = hits / (hits + misses + alarms)
    return float(iou[~iou.isnan()].mean())


def of(counts, images=False, union="iou", empty=None):
    """Return a mean IoU with mistakes."""
    table = counts if images else counts.sum(dim=0)
    hits = table.diagonal(dim1=-2, dim2=-1).double()
    rows, columns = table.sum(dim=-1), table.sum(dim=-2)
    below = {"iou": rows + columns - hits, "sum": rows + columns, "row": rows, "column": columns}[union]
    iou = hits / below
    if empty is not None:
        iou = iou.nan_to_num(empty)
    return iou.nanmean(dim=-1).nanmean().item()


def means_zero(counts):
    return 0.0


def means_with_absent_as_zero(counts):
    return of(counts, empty=0.0)


def means_with_absent_as_one(counts):
    return of(counts, empty=1.0)


def means_per_image(counts):
    return of(counts, images=True)


def means_of_class_means(counts):
    hits = counts.diagonal(dim1=1, dim2=2)
    return (hits / (counts.sum(dim=1) + counts.sum(dim=2) - hits)).nanmean(dim=0).nanmean().item()


def means_with_twice_the_overlap(counts):
    return of(counts, union="sum")


def means_dice(counts):
    return 2 * of(counts, union="sum")


def means_recall(counts):
    return of(counts, union="row")


def means_precision(counts):
    return of(counts, union="column")


def means_all_as_one(counts):
    total = counts.sum(dim=0)
    return (total.diag().sum() / (2 * total.sum() - total.diag().sum())).item()


def means_nan(counts):
    total = counts.sum(dim=0)
    return (total.diag() / (total.sum(0) + total.sum(1) - total.diag())).mean().item()


def means_each_class(counts):
    total = counts.sum(dim=0)
    return total.diag() / (total.sum(0) + total.sum(1) - total.diag())


def means_classes_of_the_target(counts):
    total = counts.sum(dim=0)
    hits, rows = total.diag(), total.sum(dim=1)
    iou = hits / (rows + total.sum(dim=0) - hits)
    return iou[rows > 0].mean().item()


# ---- 09.blind_metric ----


def scores(labels, target, num_classes):
    matrix = se.ConfusionMatrix(num_classes).update(labels, target)
    outline = se.BoundaryF1(num_classes, tolerance=1).update(labels, target)
    return {
        "pixel accuracy": matrix.pixel_accuracy(),
        "mean IoU": matrix.mean_iou(),
        "boundary F1": outline.mean_f1(),
    }


def blind_by_falls(prediction, spoiled, target, num_classes):
    before, after = scores(prediction, target, num_classes), scores(spoiled, target, num_classes)
    return min(before, key=lambda name: before[name] - after[name])


def blind_by_sorting(prediction, spoiled, target, num_classes):
    pairs = zip(*(scores(labels, target, num_classes).items() for labels in (prediction, spoiled)), strict=True)
    return sorted((a - b, name) for (name, a), (_, b) in pairs)[0][1]


def blind_by_hand(prediction, spoiled, target, num_classes):
    before, after = scores(prediction, target, num_classes), scores(spoiled, target, num_classes)
    right = [(labels == target).float().mean().item() for labels in (prediction, spoiled)]
    falls = {"pixel accuracy": right[0] - right[1]}
    falls |= {name: before[name] - after[name] for name in ("mean IoU", "boundary F1")}
    return next(name for name, fall in falls.items() if fall == min(falls.values()))


def blind_always_accuracy(prediction, spoiled, target, num_classes):
    return "pixel accuracy"


def blind_most(prediction, spoiled, target, num_classes):
    before, after = scores(prediction, target, num_classes), scores(spoiled, target, num_classes)
    return max(before, key=lambda name: before[name] - after[name])


def blind_highest(prediction, spoiled, target, num_classes):
    after = scores(spoiled, target, num_classes)
    return max(after, key=after.get)


def blind_number(prediction, spoiled, target, num_classes):
    return 0.02


def blind_short_name(prediction, spoiled, target, num_classes):
    return "mIoU"


def blind_with_swapped_maps(prediction, spoiled, target, num_classes):
    return blind_by_falls(spoiled, prediction, target, num_classes)


def blind_without_the_target(prediction, spoiled, target, num_classes):
    return blind_by_falls(prediction, spoiled, prediction, num_classes)


WRONG = {
    "09.confusion_matrix": [
        (counts_zeros, "is all zeros"),
        (counts_transposed, "Rows and columns are swapped"),
        (counts_void_as_a_number, "The counts are one long row"),
        (counts_void_as_zero, "Void is counted as class 0"),
        (counts_void_as_the_last, "Void pixels are counted"),
        (counts_without_minlength, "is invalid for input of size"),
        (counts_in_a_row, "`.view(num_classes, num_classes)` makes the table"),
        (counts_shares, "These are shares, not counts"),
        (counts_for_two_classes, "has shape (2, 2), expected"),
        (counts_by_the_course, "se.metrics.confusion_matrix"),
        (counts_nothing, "not attempted"),
    ],
    "09.mean_iou": [
        (means_zero, "The mean IoU is 0"),
        (means_with_absent_as_zero, "counts as 0: its IoU is 0/0"),
        (means_with_absent_as_one, "counts as 1: it was not there to be found"),
        (means_of_class_means, "add up the tables first"),
        (means_per_image, "mean of each image's own mean IoU"),
        (means_with_twice_the_overlap, "The intersection is counted twice in the union"),
        (means_dice, "That is the mean Dice"),
        (means_recall, "That is the mean accuracy"),
        (means_precision, "That is hits / column"),
        (means_all_as_one, "That is one IoU over all pixels"),
        (means_nan, "`nanmean` leaves it out"),
        (means_each_class, "asks for their mean, one number"),
        (means_classes_of_the_target, "predicted but not in the target are left out"),
    ],
    "09.blind_metric": [
        (blind_always_accuracy, "falls by"),
        (blind_most, "notices most"),
        (blind_highest, "highest on the spoiled prediction"),
        (blind_number, "expected one of the names"),
        (blind_short_name, "The result is 'mIoU'"),
        (blind_without_the_target, "falls"),
        (blind_with_swapped_maps, "notices most"),
    ],
}
RIGHT = {
    "09.confusion_matrix": [by_bincount, by_loops, by_one_hot, by_numpy],
    "09.mean_iou": [by_sums, by_class_loop, by_errors],
    "09.blind_metric": [blind_by_falls, blind_by_sorting, blind_by_hand],
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(cases.MATRIX_MISTAKES, cases.IOU_MISTAKES) == []
