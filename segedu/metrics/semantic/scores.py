"""What follows from a confusion matrix: one formula each, for one matrix (C, C) or many at once (…, C, C).

Rows are target classes, columns predicted ones. A class without a denominator is NaN and left out
of every mean.
"""

from collections.abc import Callable

from torch import Tensor


def pixel_accuracy(counts: Tensor) -> Tensor:
    """Return the share of pixels on the diagonal: float64 (…).

    >>> import torch
    >>> pixel_accuracy(torch.tensor([[3, 1], [0, 4]])).item()
    0.875
    """
    pixels = counts.sum(dim=(-2, -1))
    return _hits(counts).sum(dim=-1) / pixels


def accuracy(counts: Tensor) -> Tensor:
    """Return per class the share of its target pixels that are right: float64 (…, C)."""
    return _hits(counts) / counts.sum(dim=-1)


def iou(counts: Tensor) -> Tensor:
    """Return per class intersection / union, the union being row + column − diagonal: float64 (…, C)."""
    intersection = _hits(counts)
    union = counts.sum(dim=-1) + counts.sum(dim=-2) - intersection
    return intersection / union


def dice(counts: Tensor) -> Tensor:
    """Return per class 2·intersection / (target + prediction): float64 (…, C)."""
    both = counts.sum(dim=-1) + counts.sum(dim=-2)
    return 2 * _hits(counts) / both


def frequency_weighted_iou(counts: Tensor) -> Tensor:
    """Return Σ share of the target's pixels · IoU: float64 (…); an absent class has weight 0. NaN without a pixel."""
    pixels = counts.sum(dim=-1)  # per target class
    weighted = pixels * iou(counts).nan_to_num(0)
    return weighted.sum(dim=-1) / pixels.sum(dim=-1)


def _hits(counts: Tensor) -> Tensor:
    return counts.diagonal(dim1=-2, dim2=-1).double()


MEANS: dict[str, Callable[[Tensor], Tensor]] = {
    "pixel_accuracy": pixel_accuracy,
    "mean_accuracy": lambda counts: accuracy(counts).nanmean(dim=-1),
    "mean_iou": lambda counts: iou(counts).nanmean(dim=-1),
    "mean_dice": lambda counts: dice(counts).nanmean(dim=-1),
    "frequency_weighted_iou": frequency_weighted_iou,
}
