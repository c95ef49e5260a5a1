"""What `check` says to wrong answers of lecture 09, and the different right ones that it must let pass."""

import fractions
import statistics

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import segedu as se
from segedu.exercises.engine import engine, public
from segedu.exercises.engine.store import expected_values
from segedu.exercises.lecture09 import blind, tables
from tests.checkers.conftest import examined

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


def by_the_loop_given_above(prediction, target, num_classes):
    valid, table = target != 255, torch.zeros(num_classes, num_classes, dtype=torch.long)
    for p, t in zip(prediction[valid], target[valid], strict=True):
        table[t, p] += 1
    return table


def by_cutting_off_void(prediction, target, num_classes):
    cells = num_classes**2  # a pair with void has a number of at least 255 · C
    return torch.bincount((target * num_classes + prediction).flatten(), minlength=cells)[:cells].view(num_classes, -1)


def by_accumulating(prediction, target, num_classes):
    valid = target < num_classes
    ones = torch.ones(int(valid.sum()), dtype=torch.int32)
    table = torch.zeros(num_classes, num_classes, dtype=torch.int32)
    return table.index_put_((target[valid], prediction[valid]), ones, accumulate=True)


def by_sparse(prediction, target, num_classes):
    valid = target != 255
    places = torch.stack([target[valid], prediction[valid]])
    return torch.sparse_coo_tensor(places, torch.ones(places.shape[1]).long(), (num_classes,) * 2).to_dense()


def by_all_pairs_of_classes(prediction, target, num_classes):
    classes = range(num_classes)
    return torch.stack([torch.stack([((target == t) & (prediction == p)).sum() for p in classes]) for t in classes])


def by_einsum(prediction, target, num_classes):
    true = F.one_hot(target.where(target != 255, num_classes), num_classes + 1)[..., :-1]
    return torch.einsum("hwt,hwp->tp", true, F.one_hot(prediction, num_classes))


def counts_of_the_predicted_classes(prediction, target, num_classes):
    return by_bincount(prediction, target, int(prediction.max()) + 1)


def counts_of_the_labels_that_occur(prediction, target, num_classes):
    valid = target != 255
    if not valid.any():
        return torch.zeros(num_classes, num_classes, dtype=torch.long)
    return by_bincount(prediction, target, int(max(target[valid].max(), prediction[valid].max())) + 1)


def counts_where_the_prediction_is_void(prediction, target, num_classes):
    valid = prediction != 255
    pairs = target[valid] * num_classes + prediction[valid]
    return torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes)


def counts_with_another_pair_number(prediction, target, num_classes):
    valid = target != 255
    pairs = target[valid] + prediction[valid] * (num_classes - 1)
    return torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes)


def counts_as_floats(prediction, target, num_classes):
    return by_bincount(prediction, target, num_classes).float()


def counts_in_bins_of_the_data(prediction, target, num_classes):
    valid = (target != 255).numpy()
    table = np.histogram2d(target.numpy()[valid], prediction.numpy()[valid], bins=num_classes)[0]
    return torch.from_numpy(table).long()


def counts_by_histogram(prediction, target, num_classes):
    valid, edges = (target != 255).numpy(), [[0, num_classes]] * 2
    table = np.histogram2d(target.numpy()[valid], prediction.numpy()[valid], bins=num_classes, range=edges)[0]
    return torch.from_numpy(table)


def counts_each_pair_once(prediction, target, num_classes):
    valid, table = target != 255, torch.zeros(num_classes, num_classes, dtype=torch.long)
    table[target[valid], prediction[valid]] += 1
    return table


def counts_shares_of_rows(prediction, target, num_classes):
    table = by_bincount(prediction, target, num_classes).float()
    return table / table.sum(dim=1, keepdim=True)


def counts_void_apart(prediction, target, num_classes):
    return by_bincount(prediction, target.where(target != 255, num_classes), num_classes + 1)


def counts_by_scikit_learn(prediction, target, num_classes):
    from sklearn.metrics import confusion_matrix

    valid = target != 255
    return torch.from_numpy(confusion_matrix(target[valid], prediction[valid], labels=list(range(num_classes))))


def counts_without_the_target(prediction, target, num_classes):
    pairs = num_classes + prediction[target != 255]
    return torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes)


def counts_after_a_change(prediction, target, num_classes):
    target[target == 255] = 0
    return by_bincount(prediction, target, num_classes)


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


def counts_in_bytes(prediction, target, num_classes):
    return by_bincount(prediction, target, num_classes).byte()


def counts_pairs_in_bytes(prediction, target, num_classes):
    valid = target != 255
    pairs = target[valid].byte() * num_classes + prediction[valid].byte()
    return torch.bincount(pairs, minlength=num_classes**2)[: num_classes**2].view(num_classes, num_classes)


def counts_without_class_zero(prediction, target, num_classes):
    return by_bincount(prediction, target.masked_fill(target == 0, 255), num_classes)


def counts_of_sixteen_classes_at_most(prediction, target, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.long)
    for t in range(min(num_classes, 16)):
        for p in range(min(num_classes, 16)):
            counts[t, p] = ((target == t) & (prediction == p)).sum()
    return counts


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


def parts(counts):
    total = counts.sum(dim=0)
    hits = total.diag().double()
    return total, hits, total.sum(dim=0) + total.sum(dim=1) - hits


def by_numpy_diagonals(counts):
    total = counts.numpy().sum(0)
    hits = np.diag(total)
    union = total.sum(0) + total.sum(1) - hits
    return np.mean(hits[union > 0] / union[union > 0])


def by_means_of_images(counts):
    _, hits, union = parts(counts.double().mean(dim=0, keepdim=True))  # a common factor drops out
    return float((hits / union)[union > 0].mean())


def by_dice(counts):
    total, hits, _ = parts(counts)
    dice = 2 * hits / (total.sum(dim=0) + total.sum(dim=1))
    return (dice / (2 - dice)).nanmean().item()


def by_a_tensor(counts):
    _, hits, union = parts(counts)
    return (hits / union).nanmean()


def by_single_precision(counts):
    _, hits, union = parts(counts)
    return np.float32((hits / union).nanmean())


def by_statistics(counts):
    _, hits, union = parts(counts)
    return statistics.fmean((hits / union)[union > 0].tolist())


def by_half_precision(counts):
    _, hits, union = parts(counts.half())
    return float((hits.float() / union.float()).nanmean())


def means_with_epsilon_below(counts):
    _, hits, union = parts(counts)
    return (hits / (union + 1e-6)).mean().item()


def means_with_epsilon(counts):
    _, hits, union = parts(counts)
    return ((hits + 1e-6) / (union + 1e-6)).mean().item()


def means_without_class_zero(counts):
    _, hits, union = parts(counts)
    return (hits / union)[1:].nanmean().item()


def means_accuracy(counts):
    total, hits, _ = parts(counts)
    return (hits.sum() / total.sum()).item()


def means_weighted(counts):
    total, hits, union = parts(counts)
    return (total.sum(dim=1) / total.sum() * (hits / union).nan_to_num()).sum().item()


def means_of_hit_classes(counts):
    _, hits, union = parts(counts)
    iou = hits / union
    return iou[iou > 0].mean().item()


def means_of_classes_in_all_images(counts):
    _, hits, union = parts(counts)
    present = (counts.sum(dim=1) + counts.sum(dim=2) > 0).all(dim=0)
    return (hits / union)[present].mean().item()


def means_of_whole_numbers(counts):
    _, hits, union = parts(counts)
    return (hits.long() // union.long().clamp(min=1)).double().mean().item()


def means_over_all_classes(counts):
    _, hits, union = parts(counts)
    return ((hits / union).nansum() / len(hits)).item()


def means_in_percent(counts):
    _, hits, union = parts(counts)
    return 100 * (hits / union).nanmean().item()


def means_per_image_with_absent_as_zero(counts):
    hits = counts.diagonal(dim1=1, dim2=2).double()
    return (hits / (counts.sum(1) + counts.sum(2) - hits).clamp(min=1)).mean().item()


def means_per_image_weighted(counts):
    hits = counts.diagonal(dim1=1, dim2=2).double()
    own = (hits / (counts.sum(1) + counts.sum(2) - hits)).nanmean(dim=1).nan_to_num(0)
    pixels = counts.sum(dim=(1, 2))
    return ((own * pixels).sum() / pixels.sum()).item()


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


def means_of_predicted_classes(counts):
    total, hits, union = parts(counts)
    return (hits / union)[total.sum(dim=0) > 0].mean().item()


def means_of_classes_in_both(counts):
    total, hits, union = parts(counts)
    return (hits / union)[(total.sum(dim=0) > 0) & (total.sum(dim=1) > 0)].mean().item()


def means_of_small_integers(counts):
    return by_sums(counts.int())


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


def blind_by_an_array(prediction, spoiled, target, num_classes):
    names = np.array(["pixel accuracy", "mean IoU", "boundary F1"])
    before, after = (list(scores(labels, target, num_classes).values()) for labels in (prediction, spoiled))
    return names[np.subtract(before, after).argmin()]


def blind_by_keywords(**maps):
    return blind_by_falls(**maps)


def blind_target_first(prediction, spoiled, target, num_classes):
    before, after = (scores(target, labels, num_classes) for labels in (prediction, spoiled))
    return min(before, key=lambda name: before[name] - after[name])


def blind_target_first_with_void(prediction, spoiled, target, num_classes):
    target = target.where(target != 255, 0)
    return blind_target_first(prediction, spoiled, target, num_classes)


def blind_of_selected_pixels(prediction, spoiled, target, num_classes):
    valid = target != 255
    right = [(labels[valid] == target[valid]).double().mean().item() for labels in (prediction, spoiled)]
    falls = {"pixel accuracy": right[0] - right[1]}
    before, after = (scores(labels, target, num_classes) for labels in (prediction, spoiled))
    falls |= {name: before[name] - after[name] for name in ("mean IoU", "boundary F1")}
    return min(falls, key=falls.get)


def blind_after_a_reset(prediction, spoiled, target, num_classes):
    matrix, outlines = se.ConfusionMatrix(num_classes), se.BoundaryF1(num_classes, tolerance=1)
    rows = []
    for labels in (prediction, spoiled):
        matrix.counts.zero_()
        outlines.counts.zero_()
        matrix.update(labels, target)
        outlines.update(labels, target)
        rows.append((matrix.pixel_accuracy(), matrix.mean_iou(), outlines.mean_f1()))
    falls = [before - after for before, after in zip(*rows, strict=True)]
    return ["pixel accuracy", "mean IoU", "boundary F1"][falls.index(min(falls))]


def blind_for(num_classes):
    return lambda prediction, spoiled, target, _: blind_by_falls(prediction, spoiled, target, num_classes)


def blind_of_the_targets_classes(prediction, spoiled, target, num_classes):
    return blind_by_falls(prediction, spoiled, target, int(target[target != 255].max()) + 1)


def blind_of_known_sizes(prediction, spoiled, target, num_classes):
    maps = (labels.reshape(16, 24) for labels in (prediction, spoiled, target))
    return blind_by_falls(*maps, num_classes)


def blind_of_never_reset(*names):
    def blind_metric(prediction, spoiled, target, num_classes):
        matrix, outlines = se.ConfusionMatrix(num_classes), se.BoundaryF1(num_classes, tolerance=1)
        rows = []
        for labels in (prediction, spoiled):
            if "matrix" not in names:
                matrix = se.ConfusionMatrix(num_classes)
            if "outlines" not in names:
                outlines = se.BoundaryF1(num_classes, tolerance=1)
            matrix.update(labels, target)
            outlines.update(labels, target)
            rows.append((matrix.pixel_accuracy(), matrix.mean_iou(), outlines.mean_f1()))
        falls = [before - after for before, after in zip(*rows, strict=True)]
        return ["pixel accuracy", "mean IoU", "boundary F1"][falls.index(min(falls))]

    return blind_metric


def blind_with_void_as_sky(prediction, spoiled, target, num_classes):
    return blind_by_falls(prediction, spoiled, target.masked_fill(target == 255, 0), num_classes)


def blind_without_void(prediction, spoiled, target, num_classes):
    return blind_by_falls(prediction, spoiled, target.clamp(max=num_classes - 1), num_classes)


def iou_with_absent_as_zero(labels, target, n):
    return se.ConfusionMatrix(n).update(labels, target).iou().nan_to_num(0).mean().item()


def blind_of_changes(change):
    def blind_metric(prediction, spoiled, target, num_classes):
        before, after = scores(prediction, target, num_classes), scores(spoiled, target, num_classes)
        return min(before, key=lambda name: change(before[name], after[name]))

    return blind_metric


def blind_with_tolerance(tolerance):
    def blind_metric(prediction, spoiled, target, num_classes):
        falls = {}
        for sign, labels in ((1, prediction), (-1, spoiled)):
            own = scores(labels, target, num_classes)
            own["boundary F1"] = se.BoundaryF1(num_classes, tolerance=tolerance).update(labels, target).mean_f1()
            falls = {name: falls.get(name, 0) + sign * score for name, score in own.items()}
        return min(falls, key=falls.get)

    return blind_metric


def blind_against_the_prediction(prediction, spoiled, target, num_classes):
    after = scores(spoiled, prediction, num_classes)
    return max(after, key=after.get)


def blind_with_another_score(name, score):
    def blind_metric(prediction, spoiled, target, num_classes):
        before, after = scores(prediction, target, num_classes), scores(spoiled, target, num_classes)
        before[name], after[name] = (score(labels, target, num_classes) for labels in (prediction, spoiled))
        return min(before, key=lambda name: before[name] - after[name])

    return blind_metric


blind_by_mean_accuracy = blind_with_another_score(
    "pixel accuracy", lambda labels, target, n: se.ConfusionMatrix(n).update(labels, target).mean_accuracy()
)
blind_by_boundary_iou = blind_with_another_score(
    "boundary F1", lambda labels, target, n: se.metrics.BoundaryIoU(n).update(labels, target).mean_iou()
)


blind_with_absent_as_zero = blind_with_another_score("mean IoU", iou_with_absent_as_zero)


def blind_always_outlines(prediction, spoiled, target, num_classes):
    return "boundary F1"


def blind_always_mean_iou(prediction, spoiled, target, num_classes):
    return "mean IoU"


def blind_capital(prediction, spoiled, target, num_classes):
    return blind_by_falls(prediction, spoiled, target, num_classes).capitalize()


def blind_in_a_dict(prediction, spoiled, target, num_classes):
    return {blind_by_falls(prediction, spoiled, target, num_classes): 0}


def blind_with_its_fall(prediction, spoiled, target, num_classes):
    return blind_by_falls(prediction, spoiled, target, num_classes), 0.0


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


def counts_without_the_corner(prediction, target, num_classes):
    table = by_bincount(prediction, target, num_classes).clone()
    table[0, 0] = 0
    return table


def counts_in_int16(prediction, target, num_classes):
    return by_bincount(prediction, target, num_classes).short()


def counts_in_halves(prediction, target, num_classes):
    valid = target != 255
    truth, guess = (F.one_hot(labels[valid], num_classes).half() for labels in (target, prediction))
    return (truth.T @ guess).long()


def means_up_to_the_last_class(counts):
    total = counts.sum(dim=0)
    hits, rows, columns = total.diag(), total.sum(dim=1), total.sum(dim=0)
    last = int(rows.nonzero().max()) + 1
    return (hits / (rows + columns - hits))[:last].nanmean().item()


def means_in_32_bits(counts):
    total = counts.sum(dim=0).int()
    hits = total.diag()
    return (hits / (total.sum(0) + total.sum(1) - hits)).nanmean().item()


def by_fractions(counts):
    total = counts.sum(dim=0)
    hits = total.diag()
    pairs = zip(hits.tolist(), (total.sum(0) + total.sum(1) - hits).tolist(), strict=True)
    each = [fractions.Fraction(hit, union) for hit, union in pairs if union]
    return sum(each) / len(each)


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
        (counts_of_the_predicted_classes, "The number of classes was guessed"),
        (counts_of_the_labels_that_occur, "The number of classes was guessed"),
        (counts_where_the_prediction_is_void, "is invalid for input of size"),
        (counts_with_another_pair_number, "The table differs"),
        (counts_as_floats, "has dtype float32, expected int64"),
        (counts_in_bins_of_the_data, "not yet"),
        (counts_by_histogram, "has dtype float64, expected int64"),
        (counts_each_pair_once, "Each pair is counted once"),
        (counts_shares_of_rows, "These are shares, not counts"),
        (counts_void_apart, "Void has a row and a column of its own"),
        (counts_by_scikit_learn, "your code raised"),  # where all is void
        (counts_without_the_target, "is counted in row 1, column 0"),
        (counts_after_a_change, "argument `target`"),
        (counts_in_bytes, "Numbers above 255 wrap around"),
        (counts_without_the_corner, "Pixels of class 0 that are predicted as 0 aren't counted"),
        (counts_in_int16, "int16 holds no larger ones"),
        (counts_in_halves, "Large counts are rounded"),
        (counts_pairs_in_bytes, "Numbers above 255 wrap around"),
        (counts_without_class_zero, "Class 0 is left out"),
        (counts_of_sixteen_classes_at_most, "The table differs"),
        (counts_nothing, "not attempted"),
    ],
    "09.mean_iou": [
        (means_zero, "The mean IoU is 0"),
        (means_with_absent_as_zero, "counts as 0: its IoU is 0/0"),
        (means_with_absent_as_one, "counts as 1: it was not there to be found"),
        (means_of_class_means, "add up the tables first"),
        (means_per_image, "add up the tables first"),
        (means_per_image_with_absent_as_zero, "add up the tables first"),
        (means_per_image_weighted, "add up the tables first"),
        (means_with_epsilon_below, "counts as 0: its IoU is 0/0"),
        (means_over_all_classes, "counts as 0: its IoU is 0/0"),
        (means_with_epsilon, "counts as 1: it was not there to be found"),
        (means_without_class_zero, "Class 0 is left out"),
        (means_accuracy, "That is the pixel accuracy"),
        (means_weighted, "The classes are weighted by their pixels"),
        (means_of_hit_classes, "Classes without a hit are left out"),
        (means_of_classes_in_all_images, "A class that one image lacks is left out"),
        (means_of_whole_numbers, "The mean IoU is 0, expected"),
        (means_in_percent, "That is in percent"),
        (means_with_twice_the_overlap, "The intersection is counted twice in the union"),
        (means_dice, "That is the mean Dice"),
        (means_recall, "That is the mean accuracy"),
        (means_precision, "That is hits / column"),
        (means_all_as_one, "That is one IoU over all pixels"),
        (means_nan, "`nanmean` leaves it out"),
        (means_each_class, "asks for their mean, one number"),
        (means_classes_of_the_target, "predicted but not in the target are left out"),
        (means_of_predicted_classes, "in the target but never predicted are left out"),
        (means_of_classes_in_both, "are left out: their IoU is 0, and counts"),
        (means_up_to_the_last_class, "The classes behind the target's last one are left out"),
        (means_in_32_bits, "wrap around in int32"),
        (means_of_small_integers, "wrap around in int32"),
        (by_half_precision, "The mean IoU is 0"),  # counts beyond 65,504 are infinite
    ],
    "09.blind_metric": [
        (blind_always_accuracy, "Another score falls less"),
        (blind_most, "falls most"),
        (blind_highest, "highest on the spoiled prediction"),
        (blind_number, "expected one of the names"),
        (blind_short_name, "The result is 'mIoU'"),
        (blind_without_the_target, "measured against the prediction"),
        (blind_with_swapped_maps, "falls most"),
        (blind_of_changes(lambda before, after: abs(before - after)), "without its absolute value"),
        (blind_of_changes(lambda before, after: -after / before), "smallest fall in percent"),
        (blind_of_changes(lambda before, after: round(before - after, 2)), "Another score falls less: "),
        (blind_with_tolerance(0), "with tolerance 0"),
        (blind_with_tolerance(2), "with a tolerance above 1"),
        (blind_with_tolerance(3), "Another score falls less: "),
        (blind_against_the_prediction, "measured against the prediction"),
        (blind_by_mean_accuracy, "Another score falls less: "),
        (blind_by_boundary_iou, "The boundary IoU was taken"),
        (blind_always_outlines, "Another score falls less"),
        (blind_always_mean_iou, "Another score falls less"),
        (blind_capital, "expected one of the names"),
        (blind_in_a_dict, "expected one of the names"),
        (blind_with_its_fall, "expected one of the names"),
        (blind_by_hand, "The pixel accuracy counts void pixels as wrong"),
        (blind_with_void_as_sky, "Void was counted as a class"),
        (blind_without_void, "Another score falls less: "),
        (blind_with_absent_as_zero, "counts as 0 in the mean IoU"),
        (blind_of_never_reset("matrix", "outlines"), "`update` adds up"),
        (blind_of_never_reset("matrix"), "Another score falls less: "),
        (blind_of_never_reset("outlines"), "Another score falls less: "),
        (blind_target_first, "your code raised"),
        (blind_target_first_with_void, "Void was counted as a class"),
        (blind_for(8), "your code raised"),
        (blind_of_the_targets_classes, "your code raised"),
        (blind_of_known_sizes, "your code raised"),
    ],
}
RIGHT = {
    "09.confusion_matrix": [
        by_bincount,
        by_loops,
        by_one_hot,
        by_numpy,
        by_the_loop_given_above,
        by_cutting_off_void,
        by_accumulating,
        by_sparse,
        by_all_pairs_of_classes,
        by_einsum,
    ],
    "09.mean_iou": [
        by_sums,
        by_class_loop,
        by_errors,
        by_numpy_diagonals,
        by_means_of_images,
        by_dice,
        by_statistics,
        by_a_tensor,
        by_single_precision,
        by_fractions,
    ],
    "09.blind_metric": [
        blind_by_falls,
        blind_by_sorting,
        blind_by_an_array,
        blind_by_keywords,
        blind_of_selected_pixels,
        blind_after_a_reset,
    ],
}
# What must not be said: the mistake wasn't made.
UNTRUE = [
    ("09.confusion_matrix", counts_without_the_target, "upside down"),
    ("09.mean_iou", means_accuracy, "mean accuracy"),
    ("09.blind_metric", blind_of_changes(lambda before, after: abs(before - after)), "falls most"),
    ("09.blind_metric", blind_always_accuracy, "falls most"),
    ("09.blind_metric", blind_always_outlines, "tolerance"),
]
EQUIVALENT = {
    "09.mean_iou": {
        "line 6: (hits / union).nanmean().item() → (hits / union).nanmean()": "a tensor of one number is a number",
    },
    "09.blind_metric": {
        "line 4: ((1, prediction), (-1, spoiled)) → ((-1, spoiled), (1, prediction))": "a sum in another order",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(tables.MATRIX_MISTAKES, tables.IOU_MISTAKES, blind.BLIND_MISTAKES) == []


@pytest.mark.parametrize(("name", "answer", "sentence"), UNTRUE)
def test_a_mistake_that_was_not_made_is_not_named(name, answer, sentence):
    result = examined(name, answer)
    assert not result
    assert sentence not in result.message


@pytest.mark.parametrize("seed", [3, 5, 101, 103])
def test_neither_map_has_the_last_class_in_visible_and_secret_cases(seed):
    case = engine.case_arguments(public.find("09.confusion_matrix"), seed)
    labels = torch.cat([case["prediction"].flatten(), case["target"][case["target"] != 255]])
    assert (labels.max() + 1 < case["num_classes"]) == (seed != 5)


def test_each_name_is_the_right_one_in_some_visible_case_of_the_blind_metric():
    assert set(expected_values("09.blind_metric")) == set(blind.METRICS)


@pytest.mark.parametrize("seed", [*range(16), *range(100, 116)])
def test_a_case_of_the_blind_metric_has_its_trap(seed):
    case = engine.case_arguments(public.find("09.blind_metric"), seed)
    assert blind.is_trap(case, blind.TRAPS[seed % len(blind.TRAPS)])
