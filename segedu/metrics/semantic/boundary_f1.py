"""Boundary F1: do the outlines agree, to within a few pixels? IoU hardly notices a ragged edge; this does.

Definition (after Csurka et al., BMVC 2013, "What is a good evaluation measure for semantic
segmentation?"): a pixel of class c is on its boundary if one of its four neighbors is in another
class. Precision is the share of the prediction's boundary pixels of c that lie within `tolerance`
(Euclidean, in pixels, inclusive) of one of the target's; recall is the same the other way round; F1
is their harmonic mean. Where the paper averages over images, we add up the counts of all images
first, as with IoU. Void is cut out of both maps first: next to void, or to the image's border, no
boundary begins.
"""

from itertools import product
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.labels import integer_labels
from segedu.metrics.checks import checked_maps, void_label
from segedu.metrics.processes import sum_counts
from segedu.metrics.semantic.scores import without_ignored
from segedu.scalars import real_number, whole_number


def boundaries(label_map: Tensor, ignore_index: int | None = 255) -> Tensor:
    """Mark the pixels with one of their four neighbors in another class; void has no boundary and makes none.

    Args:
        label_map: integer (H, W) or (N, H, W).
        ignore_index: The label of void, or None for no void.

    Returns:
        bool, of label_map's shape.

    Raises:
        TypeError: The label map isn't integer.

    >>> boundaries(torch.tensor([[0, 0, 1, 255, 2]])).int().tolist()
    [[0, 1, 1, 0, 0]]
    """
    label_map = integer_labels(torch.as_tensor(label_map), "label map")
    edge = torch.zeros_like(label_map, dtype=torch.bool)
    for axis in (-2, -1):
        # Each pixel but the last beside its neighbor below, then beside that to the right.
        length = label_map.shape[axis] - 1
        first = label_map.narrow(axis, 0, length)
        second = label_map.narrow(axis, 1, length)
        differ = first != second
        if ignore_index is not None:
            differ &= (first != ignore_index) & (second != ignore_index)

        edge.narrow(axis, 0, length).logical_or_(differ)
        edge.narrow(axis, 1, length).logical_or_(differ)
    return edge


class BoundaryF1:
    """Count, over any number of images, the boundary pixels of each class and those with a partner near by.

    counts: int64 (4, num_classes): matched and all of the prediction, matched and all of the
    target. It adds up.

    Args:
        num_classes: C, at least 1.
        tolerance: In pixels, at least 0; the usual choice is 0.0075 times the image's diagonal.
        ignore_index: The label of void, or None for no void; one of the classes is NaN in the scores.

    Raises:
        ValueError: There is no class, or the tolerance is negative.

    >>> label_map = torch.tensor([[0, 0, 1]])
    >>> score = BoundaryF1(num_classes=2, tolerance=0).update(label_map, label_map)
    >>> score.f1().tolist()
    [1.0, 1.0]
    """

    def __init__(
        self,
        num_classes: int,
        tolerance: float = 2,
        ignore_index: int | None = 255,
    ) -> None:
        num_classes = whole_number(num_classes, "num_classes")
        tolerance = real_number(tolerance, "tolerance")
        if num_classes < 1 or tolerance < 0:
            raise ValueError(f"num_classes={num_classes}, tolerance={tolerance:g}; give at least 1 class and 0 pixels.")
        self.num_classes = num_classes
        self.tolerance = tolerance
        self.ignore_index = void_label(ignore_index)
        self.counts = torch.zeros(4, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> Self:
        """Add label maps (H, W) or (N, H, W), integer, of equal shape; raises as `confusion_matrix` does."""
        prediction, target = checked_maps(prediction, target, self.num_classes, self.ignore_index, void=_NONE)
        prediction_boundary = _boundary_labels(prediction)
        target_boundary = _boundary_labels(target)
        self.counts[:2] += self._matched_and_all(prediction_boundary, target_boundary)
        self.counts[2:] += self._matched_and_all(target_boundary, prediction_boundary)
        return self

    def _matched_and_all(self, boundary: Tensor, other: Tensor) -> Tensor:
        """Return per class the boundary pixels near to the other map's, and all: int64 (2, C), on the CPU."""
        labels, near = _matches(boundary, other, self.tolerance)
        matched = torch.bincount(labels[near], minlength=self.num_classes)
        every = torch.bincount(labels, minlength=self.num_classes)
        return torch.stack([matched, every]).cpu()

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
        return without_ignored(self.counts[0].double() / self.counts[1], self.ignore_index)

    def recall(self) -> Tensor:
        """Return per class the share of the target's boundary pixels that are near the prediction's: float64 (C,)."""
        return without_ignored(self.counts[2].double() / self.counts[3], self.ignore_index)

    def f1(self) -> Tensor:
        """Return per class 2·P·R / (P + R): float64 (C,) in [0, 1]; 0 if one side has no boundary, NaN if none has."""
        precision = self.precision().nan_to_num(0)
        recall = self.recall().nan_to_num(0)
        f1 = 2 * precision * recall / (precision + recall)
        absent = self.counts[1] + self.counts[3] == 0
        return without_ignored(f1.nan_to_num(0).masked_fill(absent, torch.nan), self.ignore_index)

    def mean_f1(self) -> float:
        """Return the mean of `f1` over the classes that have a boundary in target or prediction."""
        return float(self.f1().nanmean())

    def __repr__(self) -> str:
        return f"BoundaryF1(num_classes={self.num_classes}, tolerance={self.tolerance:g}, mean_f1={self.mean_f1():.4f})"


_NONE = -1  # no boundary here, or void


def _boundary_labels(label_map: Tensor) -> Tensor:
    """Keep labels where a boundary is, -1 elsewhere."""
    return label_map.masked_fill(~boundaries(label_map, ignore_index=_NONE), _NONE)


def _matches(boundary: Tensor, other: Tensor, tolerance: float) -> tuple[Tensor, Tensor]:
    """Return the class of each boundary pixel, and whether the other map has it within the tolerance.

    Boundary pixels are few, so we look around each of them instead of computing a distance map for
    every class.
    """
    image, row, column = torch.nonzero(boundary != _NONE, as_tuple=True)
    labels = boundary[image, row, column]

    reach = int(tolerance)
    padded = F.pad(other, (reach, reach, reach, reach), value=_NONE)
    near = torch.zeros_like(labels, dtype=torch.bool)
    for dy, dx in product(range(-reach, reach + 1), repeat=2):
        if dy**2 + dx**2 <= tolerance**2:
            near |= padded[image, row + reach + dy, column + reach + dx] == labels
    return labels, near
