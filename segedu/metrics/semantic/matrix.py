"""Semantic metrics: one confusion matrix that adds up, from which accuracy, IoU and Dice follow.

Definitions: void pixels are dropped first; IoU and Dice are of the sums over all images seen; a
class that neither the target nor the prediction contains (for accuracy: that the target does not
contain) is NaN and left out of the mean. `ignore_index` may be one of the classes: pixels of it are
void, a prediction of it elsewhere is a mistake, and the class itself is NaN, as with torchmetrics'
JaccardIndex.
"""

from typing import Self

import torch
from torch import Tensor

from segedu.metrics.checks import void_label
from segedu.metrics.processes import sum_counts
from segedu.metrics.semantic import scores
from segedu.metrics.semantic.confusion import confusion_matrix
from segedu.scalars import whole_number


class ConfusionMatrix:
    """Count, over any number of images, how often class t (row) was predicted as class p (column).

    counts: int64 (num_classes, num_classes) on the CPU; void pixels (target == ignore_index) are
    not in it. Sums are exact: updates may come in any order, in any batches, from any number of
    processes.

    >>> matrix = ConfusionMatrix(num_classes=2)
    >>> matrix = matrix.update(torch.tensor([[0, 1, 1]]), torch.tensor([[0, 0, 1]]))
    >>> matrix.counts.tolist(), matrix.iou().tolist()
    ([[1, 1], [0, 1]], [0.5, 0.5])
    """

    def __init__(self, num_classes: int, ignore_index: int | None = 255) -> None:
        num_classes = whole_number(num_classes, "num_classes")
        if num_classes < 1:
            raise ValueError(f"num_classes is {num_classes}; a confusion matrix needs at least one class.")
        self.num_classes = num_classes
        self.ignore_index = void_label(ignore_index)
        self.counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> Self:
        """Add label maps (H, W) or (N, H, W), integer, of equal shape; raises as `confusion_matrix` does."""
        self.counts += confusion_matrix(prediction, target, self.num_classes, self.ignore_index)
        return self

    def merge(self, other: "ConfusionMatrix") -> Self:
        """Add the counts of another matrix; raises ValueError if it has other classes or another void."""
        ours = (self.num_classes, self.ignore_index)
        theirs = (other.num_classes, other.ignore_index)
        if ours != theirs:
            raise ValueError(f"(num_classes, ignore_index) is {ours} here and {theirs} there; merge equal ones only.")
        self.counts += other.counts
        return self

    def reduce(self) -> Self:
        """Add the counts of all processes of torch.distributed, once, at the end; with one process, do nothing."""
        self.counts = sum_counts(self.counts)
        return self

    def pixel_accuracy(self) -> float:
        """Return the share of pixels that are right, in [0, 1]; NaN when nothing was counted."""
        return float(scores.pixel_accuracy(self.counts))

    def accuracy(self) -> Tensor:
        """Return per class the share of its target pixels that are right (recall): float64 (C,), NaN if it has none."""
        return scores.accuracy(self.counts)

    def mean_accuracy(self) -> float:
        """Return the mean of `accuracy` over the classes in the target."""
        return float(self.accuracy().nanmean())

    def iou(self) -> Tensor:
        """Return per class intersection / union: float64 (C,) in [0, 1], NaN for an absent class. Source: Jaccard 1912.

        The intersection is the diagonal; the union is the row's sum plus the column's, less the
        diagonal.
        """
        return scores.iou(self.counts, self.ignore_index)

    def mean_iou(self) -> float:
        """Return the mean of `iou` over the classes that occur in target or prediction."""
        return float(self.iou().nanmean())

    def frequency_weighted_iou(self) -> float:
        """Return Σ share of the target's pixels · IoU over classes, in [0, 1]. Source: Long et al. 2015, section 5."""
        return float(scores.frequency_weighted_iou(self.counts))

    def dice(self) -> Tensor:
        """Return per class 2·intersection / (target + prediction) = 2·IoU / (1 + IoU): float64 (C,), NaN if absent."""
        return scores.dice(self.counts, self.ignore_index)

    def mean_dice(self) -> float:
        """Return the mean of `dice` over the classes that occur in target or prediction."""
        return float(self.dice().nanmean())

    def __repr__(self) -> str:
        pixels = int(self.counts.sum())
        parts = [f"num_classes={self.num_classes}", f"pixels={pixels:,}"]
        if pixels:
            parts.append(f"mean_iou={self.mean_iou():.4f}")
            parts.append(f"pixel_accuracy={self.pixel_accuracy():.4f}")
        return f"ConfusionMatrix({', '.join(parts)})"


def mean_iou_per_image(
    prediction: Tensor,
    target: Tensor,
    num_classes: int,
    ignore_index: int | None = 255,
) -> Tensor:
    """Return each image's own mean IoU: float64 (N,), NaN for an image that is void throughout.

    Its `nanmean()` weighs every image alike, so a small object in an empty image counts as much as
    a crowd; `ConfusionMatrix.mean_iou` weighs every pixel alike.

    Args:
        prediction: integer (N, H, W), as in `confusion_matrix`.
        target: integer (N, H, W).
        num_classes: C; labels are 0 … C − 1.
        ignore_index: The target's label of void, or None for no void.

    Raises:
        TypeError, ValueError: as `confusion_matrix` does.

    >>> prediction = torch.tensor([[[0, 1]], [[0, 0]]])
    >>> target = torch.tensor([[[0, 1]], [[0, 1]]])
    >>> mean_iou_per_image(prediction, target, num_classes=2).tolist()
    [1.0, 0.25]
    """
    means = []
    for pair in zip(prediction, target, strict=True):
        matrix = ConfusionMatrix(num_classes, ignore_index).update(*pair)
        means.append(matrix.mean_iou())
    return torch.tensor(means, dtype=torch.float64)
