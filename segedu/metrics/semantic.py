"""Semantic metrics: one confusion matrix that adds up, from which accuracy, IoU and Dice follow.

Definitions: void pixels are dropped first; IoU and Dice are of the sums over all images seen; a class that neither the
target nor the prediction contains (for accuracy: that the target does not contain) is NaN and left out of the mean.
"""

from typing import Self

import torch
from torch import Tensor

from ._counting import count_pairs
from ._labels import check_label_maps, check_range
from ._processes import sum_over_processes


class ConfusionMatrix:
    """Count, over any number of images, how often class t (row) was predicted as class p (column).

    counts: int64 (num_classes, num_classes) on the CPU; void pixels (target == ignore_index) are not in it.
    Sums are exact: updates may come in any order, in any batches, from any number of processes.

    >>> matrix = ConfusionMatrix(num_classes=2).update(torch.tensor([[0, 1, 1]]), torch.tensor([[0, 0, 1]]))
    >>> matrix.counts.tolist(), matrix.iou().tolist()
    ([[1, 1], [0, 1]], [0.5, 0.5])
    """

    def __init__(self, num_classes: int, ignore_index: int | None = 255) -> None:
        if num_classes < 1:
            raise ValueError(f"num_classes is {num_classes}; a confusion matrix needs at least one class.")
        self.num_classes = num_classes
        self.ignore_index = ignore_index
        self.counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> Self:
        """Add label maps (H, W) or (N, H, W), integer, of equal shape; raises as `confusion_matrix` does."""
        self.counts += confusion_matrix(prediction, target, self.num_classes, self.ignore_index)
        return self

    def merge(self, other: "ConfusionMatrix") -> Self:
        """Add the counts of another matrix; raises ValueError if it has other classes or another void."""
        ours, theirs = (self.num_classes, self.ignore_index), (other.num_classes, other.ignore_index)
        if ours != theirs:
            raise ValueError(f"(num_classes, ignore_index) is {ours} here and {theirs} there; merge equal ones only.")
        self.counts += other.counts
        return self

    def reduce(self) -> Self:
        """Add the counts of all processes of torch.distributed, once, at the end; with one process, do nothing."""
        self.counts = sum_over_processes(self.counts)
        return self

    def pixel_accuracy(self) -> float:
        """Return the share of pixels that are right, in [0, 1]; NaN when nothing was counted."""
        return float(self.counts.trace().double() / self.counts.sum())

    def accuracy(self) -> Tensor:
        """Return per class the share of its target pixels that are right (recall): float64 (C,), NaN if it has none."""
        return self.counts.diag().double() / self.counts.sum(dim=1)

    def mean_accuracy(self) -> float:
        """Return the mean of `accuracy` over the classes in the target."""
        return float(self.accuracy().nanmean())

    def iou(self) -> Tensor:
        """Return per class intersection / union: float64 (C,) in [0, 1], NaN for an absent class. Source: Jaccard 1912.

        The intersection is the diagonal; the union is the row's sum plus the column's, less the diagonal.
        """
        hits = self.counts.diag()
        return hits.double() / (self.counts.sum(dim=0) + self.counts.sum(dim=1) - hits)

    def mean_iou(self) -> float:
        """Return the mean of `iou` over the classes that occur in target or prediction."""
        return float(self.iou().nanmean())

    def dice(self) -> Tensor:
        """Return per class 2·intersection / (target + prediction) = 2·IoU / (1 + IoU): float64 (C,), NaN if absent."""
        return 2 * self.counts.diag().double() / (self.counts.sum(dim=0) + self.counts.sum(dim=1))

    def mean_dice(self) -> float:
        """Return the mean of `dice` over the classes that occur in target or prediction."""
        return float(self.dice().nanmean())

    def __repr__(self) -> str:
        pixels = int(self.counts.sum())
        scores = f", mean_iou={self.mean_iou():.4f}, pixel_accuracy={self.pixel_accuracy():.4f}" if pixels else ""
        return f"ConfusionMatrix(num_classes={self.num_classes}, pixels={pixels:,}{scores})"


def confusion_matrix(prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int | None = 255) -> Tensor:
    """Return counts (num_classes, num_classes), int64 on the CPU: rows are target classes, columns predicted ones.

    prediction, target: integer label maps (H, W) or (N, H, W) of equal shape (tensors or NumPy arrays). Where the
    target is `ignore_index`, the pixel is dropped whatever the prediction says. Raises TypeError for logits and other
    floats, ValueError for one-hot maps, for different shapes, and for labels outside 0 … num_classes − 1.

    >>> confusion_matrix(torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 0, 1, 255]]), num_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    prediction, target = torch.as_tensor(prediction), torch.as_tensor(target)
    check_label_maps(prediction, target)
    small = num_classes <= 256 and (ignore_index is None or 0 <= ignore_index <= 255)
    if small and prediction.is_cpu and target.is_cpu:
        table = count_pairs(prediction, target, num_classes)
        if table is not None:
            if ignore_index is not None:
                table[ignore_index] = 0
            if not table[num_classes:].any():
                return table[:num_classes].clone()
    return confusion_matrix_by_bincount(prediction, target, num_classes, ignore_index)


def confusion_matrix_by_bincount(
    prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int | None = 255
) -> Tensor:
    """Count with one `bincount` over the numbers target · C + prediction: the teaching form, on any device.

    Arguments, result and errors as in `confusion_matrix`, which is faster on a CPU.

    >>> confusion_matrix_by_bincount(torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 0, 1, 255]]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    check_label_maps(prediction, target)
    prediction, target = prediction.long(), target.long()
    if ignore_index is not None:
        valid = target != ignore_index
        prediction, target = prediction[valid], target[valid]
    check_range(target, num_classes, ignore_index, "target")
    check_range(prediction, num_classes, None, "prediction")
    pairs = (target * num_classes + prediction).flatten()
    return torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes).cpu()


def mean_iou_per_image(prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int | None = 255) -> Tensor:
    """Return each image's own mean IoU: float64 (N,), NaN for an image that is void throughout.

    prediction, target: (N, H, W) as in `confusion_matrix`. Its `nanmean()` weighs every image alike, so a small object
    in an empty image counts as much as a crowd; `ConfusionMatrix.mean_iou` weighs every pixel alike.

    >>> mean_iou_per_image(torch.tensor([[[0, 1]], [[0, 0]]]), torch.tensor([[[0, 1]], [[0, 1]]]), 2).tolist()
    [1.0, 0.25]
    """
    maps = zip(prediction, target, strict=True)
    scores = [ConfusionMatrix(num_classes, ignore_index).update(*pair).mean_iou() for pair in maps]
    return torch.tensor(scores, dtype=torch.float64)
