"""Boundary F1: do the outlines agree, to within a few pixels? IoU hardly notices a ragged edge; this does.

Definition (after Csurka et al., BMVC 2013, "What is a good evaluation measure for semantic segmentation?"): a pixel of
class c is on its boundary if one of its four neighbors is in another class. Precision is the share of the prediction's
boundary pixels of c that lie within `tolerance` (Euclidean, in pixels, inclusive) of one of the target's; recall is the
same the other way round; F1 is their harmonic mean. Where the paper averages over images, we add up the counts of all
images first, as with IoU. Void is cut out of both maps first: next to void, or to the image's border, no boundary
begins.
"""

from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.labels import check_range
from segedu.metrics.checks import check_label_maps
from segedu.metrics.processes import sum_counts


def boundaries(label_map: Tensor, ignore_index: int | None = 255) -> Tensor:
    """Mark the pixels with one of their four neighbors in another class; void has no boundary and makes none.

    label_map: integer (H, W) or (N, H, W) → bool of the same shape.

    >>> boundaries(torch.tensor([[0, 0, 1, 255, 2]])).int().tolist()
    [[0, 1, 1, 0, 0]]
    """
    label_map = torch.as_tensor(label_map)
    edge = torch.zeros_like(label_map, dtype=torch.bool)
    void = torch.zeros_like(edge) if ignore_index is None else label_map == ignore_index
    for axis in (-2, -1):
        length = label_map.shape[axis] - 1
        before, after = label_map.narrow(axis, 0, length), label_map.narrow(axis, 1, length)
        differ = (before != after) & ~void.narrow(axis, 0, length) & ~void.narrow(axis, 1, length)
        edge.narrow(axis, 0, length).logical_or_(differ)
        edge.narrow(axis, 1, length).logical_or_(differ)
    return edge


class BoundaryF1:
    """Count, over any number of images, the boundary pixels of each class and those with a partner near by.

    counts: int64 (4, num_classes): matched and all of the prediction, matched and all of the target. It adds up.
    tolerance: in pixels; the usual choice is 0.0075 times the image's diagonal.

    >>> score = BoundaryF1(num_classes=2, tolerance=0).update(torch.tensor([[0, 0, 1]]), torch.tensor([[0, 0, 1]]))
    >>> score.f1().tolist()
    [1.0, 1.0]
    """

    def __init__(self, num_classes: int, tolerance: float = 2, ignore_index: int | None = 255) -> None:
        if num_classes < 1 or tolerance < 0:
            raise ValueError(f"num_classes={num_classes}, tolerance={tolerance}; give at least 1 class and 0 pixels.")
        self.num_classes = num_classes
        self.tolerance = tolerance
        self.ignore_index = ignore_index
        self.counts = torch.zeros(4, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> Self:
        """Add label maps (H, W) or (N, H, W), integer, of equal shape; raises as `confusion_matrix` does."""
        prediction, target = _label_maps(prediction, target, self.num_classes, self.ignore_index)
        predicted, wanted = _boundary_labels(prediction), _boundary_labels(target)
        for row, (here, there) in ((0, (predicted, wanted)), (2, (wanted, predicted))):
            labels, near = _matches(here, there, self.tolerance)
            self.counts[row] += torch.bincount(labels[near], minlength=self.num_classes).cpu()
            self.counts[row + 1] += torch.bincount(labels, minlength=self.num_classes).cpu()
        return self

    def merge(self, other: "BoundaryF1") -> Self:
        """Add the counts of another score; raises ValueError if its settings differ."""
        ours = (self.num_classes, self.tolerance, self.ignore_index)
        theirs = (other.num_classes, other.tolerance, other.ignore_index)
        if ours != theirs:
            raise ValueError(
                f"(num_classes, tolerance, ignore_index) is {ours} here, {theirs} there; merge equal ones."
            )
        self.counts += other.counts
        return self

    def reduce(self) -> Self:
        """Add the counts of all processes of torch.distributed, once, at the end; with one process, do nothing."""
        self.counts = sum_counts(self.counts)
        return self

    def precision(self) -> Tensor:
        """Return per class the share of the prediction's boundary pixels that are near the target's: float64 (C,)."""
        return self.counts[0].double() / self.counts[1]

    def recall(self) -> Tensor:
        """Return per class the share of the target's boundary pixels that are near the prediction's: float64 (C,)."""
        return self.counts[2].double() / self.counts[3]

    def f1(self) -> Tensor:
        """Return per class 2·P·R / (P + R): float64 (C,) in [0, 1]; 0 if one side has no boundary, NaN if none has."""
        precision, recall = self.precision().nan_to_num(0), self.recall().nan_to_num(0)
        score = (2 * precision * recall / (precision + recall)).nan_to_num(0)
        return score.masked_fill(self.counts[1] + self.counts[3] == 0, torch.nan)

    def mean_f1(self) -> float:
        """Return the mean of `f1` over the classes that have a boundary in target or prediction."""
        return float(self.f1().nanmean())

    def __repr__(self) -> str:
        return f"BoundaryF1(num_classes={self.num_classes}, tolerance={self.tolerance}, mean_f1={self.mean_f1():.4f})"


_NONE = -1  # no boundary here, or void


def _label_maps(
    prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int | None
) -> tuple[Tensor, Tensor]:
    """Return both as int64 (N, H, W) with void, from the target, as -1 in both."""
    prediction, target = torch.as_tensor(prediction), torch.as_tensor(target)
    check_label_maps(prediction, target)
    size = target.shape[-2:]
    prediction, target = prediction.long().view(-1, *size), target.long().view(-1, *size)
    valid = torch.ones_like(target, dtype=torch.bool) if ignore_index is None else target != ignore_index
    check_range(target[valid], num_classes, ignore_index, "target")
    check_range(prediction[valid], num_classes, None, "prediction")
    return prediction.masked_fill(~valid, _NONE), target.masked_fill(~valid, _NONE)


def _boundary_labels(label_map: Tensor) -> Tensor:
    """Keep labels where a boundary is, -1 elsewhere."""
    return label_map.masked_fill(~boundaries(label_map, ignore_index=_NONE), _NONE)


def _matches(here: Tensor, there: Tensor, tolerance: float) -> tuple[Tensor, Tensor]:
    """Return the class of each boundary pixel of `here`, and whether `there` has the same class within tolerance.

    Boundary pixels are few, so we look around each of them instead of computing a distance map for every class.
    """
    reach = int(tolerance)
    padded = F.pad(there, (reach, reach, reach, reach), value=_NONE)
    image, row, column = torch.nonzero(here != _NONE, as_tuple=True)
    labels = here[image, row, column]
    near = torch.zeros_like(labels, dtype=torch.bool)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            if dy**2 + dx**2 <= tolerance**2:
                near |= padded[image, row + dy + reach, column + dx + reach] == labels
    return labels, near
