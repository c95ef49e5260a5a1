"""What follows from a confusion matrix: one formula each, for one matrix (C, C) or many at once (…, C, C).

Rows are target classes, columns predicted ones. A class without a denominator is NaN and left out
of every mean; so is an ignored class, `ignore_index` in 0 … C − 1: its row is empty, its column is
what other classes have lost to it.
"""

from collections.abc import Callable

import torch
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


def iou(counts: Tensor, ignore_index: int | None = None) -> Tensor:
    """Return per class intersection / union, the union being row + column − diagonal: float64 (…, C).

    >>> import torch
    >>> iou(torch.tensor([[0, 0], [1, 1]]), ignore_index=0).tolist()
    [nan, 0.5]
    """
    intersection = _hits(counts)
    union = counts.sum(dim=-1) + counts.sum(dim=-2) - intersection
    return without_ignored(intersection / union, ignore_index)


def dice(counts: Tensor, ignore_index: int | None = None) -> Tensor:
    """Return per class 2·intersection / (target + prediction): float64 (…, C)."""
    both = counts.sum(dim=-1) + counts.sum(dim=-2)
    return without_ignored(2 * _hits(counts) / both, ignore_index)


def without_ignored(scores: Tensor, ignore_index: int | None) -> Tensor:
    """Return scores (…, C) with NaN for the ignored class, if it is one of them.

    >>> import torch
    >>> without_ignored(torch.tensor([0.5, 1.0]), 1).tolist(), without_ignored(torch.tensor([0.5, 1.0]), 255).tolist()
    ([0.5, nan], [0.5, 1.0])
    """
    if ignore_index is None:
        return scores
    classes = torch.arange(scores.shape[-1], device=scores.device)
    return scores.masked_fill(classes == ignore_index, torch.nan)


def frequency_weighted_iou(counts: Tensor) -> Tensor:
    """Return Σ share of the target's pixels · IoU: float64 (…); an absent class has weight 0. NaN without a pixel."""
    pixels = counts.sum(dim=-1)  # per target class
    weighted = pixels * iou(counts).nan_to_num(0)
    return weighted.sum(dim=-1) / pixels.sum(dim=-1)


def _hits(counts: Tensor) -> Tensor:
    return counts.diagonal(dim1=-2, dim2=-1).double()


# By name, from counts (…, C, C) and the ignored label, whose row is empty: it has no accuracy and no weight.
MEANS: dict[str, Callable[[Tensor, int | None], Tensor]] = {
    "pixel_accuracy": lambda counts, ignored: pixel_accuracy(counts),
    "mean_accuracy": lambda counts, ignored: accuracy(counts).nanmean(dim=-1),
    "mean_iou": lambda counts, ignored: iou(counts, ignored).nanmean(dim=-1),
    "mean_dice": lambda counts, ignored: dice(counts, ignored).nanmean(dim=-1),
    "frequency_weighted_iou": lambda counts, ignored: frequency_weighted_iou(counts),
}
