"""Cross-entropy per pixel, with class weights and void; and weights made from how often each class occurs."""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.losses.checks import check_target, weight_tensor
from segedu.losses.pixel_weights import pixel_weights
from segedu.scalars import whole_number


class CrossEntropy(nn.Module):
    """Average −log softmax(logits)[label] over pixels, each weighted by its class's weight; void pixels don't count.

    Equal to `F.cross_entropy(logits, target, weight, ignore_index=…)`: Σ w[label]·loss / Σ
    w[label]. A target without a single counting pixel gives 0 with zero gradient, where torch gives
    NaN.

    Args:
        class_weights: (C,) nonnegative, or None for equal weights; they follow the module's device
            and aren't saved.
        ignore_index: The label of void.

    Raises:
        ValueError: A class weight is negative.

    >>> loss = CrossEntropy()
    >>> round(loss(torch.zeros(1, 4, 2, 3), torch.zeros(1, 2, 3, dtype=torch.int64)).item(), 4)  # log 4
    1.3863
    """

    class_weights: Tensor | None

    def __init__(
        self,
        class_weights: Tensor | Sequence[float] | None = None,
        ignore_index: int = 255,
    ) -> None:
        super().__init__()
        self.register_buffer("class_weights", weight_tensor(class_weights), persistent=False)
        self.ignore_index = whole_number(ignore_index, "ignore_index")

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar.

        Args:
            logits: float (N, C, H, W).
            target: integer (N, H, W), 0 … C − 1 or void.

        Raises:
            TypeError: The target isn't integer.
            ValueError: The shapes don't fit, or on the CPU a label is out of range.
        """
        labels = check_target(logits, target, self.ignore_index, self.class_weights)
        share = self.share(labels)

        # On CUDA the sum over (N, C, H, W) has no deterministic form, that over rows (N·H·W, C) has.
        if torch.are_deterministic_algorithms_enabled():
            logits = logits.movedim(1, -1).flatten(end_dim=-2)
            labels = labels.flatten()

        weights = self.class_weights
        if weights is not None:
            weights = weights.to(logits.device)
        total = F.cross_entropy(
            logits.float(),
            labels,
            weights,
            ignore_index=self.ignore_index,
            reduction="sum",
        )
        return total / torch.where(share > 0, share, 1)

    def share(self, target: Tensor) -> Tensor:
        """Return the denominator of the mean, Σ w[label] over pixels that aren't void: a float32 scalar.

        The loss of a batch is the mean of its parts' losses weighted by their shares, however it is
        split.

        >>> CrossEntropy(class_weights=[1.0, 3.0]).share(torch.tensor([[[0, 1, 1, 255]]])).item()
        7.0
        """
        return pixel_weights(target, self.class_weights, self.ignore_index).sum()


def class_weights(
    pixel_counts: Tensor | Sequence[int],
    rule: Literal["inverse", "median", "root"] = "median",
) -> Tensor:
    """Return weights from how many pixels each class has: float32 (C,), 0 for a class without a pixel.

    Args:
        pixel_counts: (C,) numbers of pixels, at least 0.
        rule: With f_c = pixels of c / pixels of all, "inverse" is 1 / f_c scaled to mean 1;
            "median" is median(f) / f_c (Eigen & Fergus 2015, whose f_c counts only images that
            contain c); "root" is 1 / √f_c scaled to mean 1, a softer inverse.

    Raises:
        ValueError: The rule is unknown, a count is negative, or there is no pixel at all.

    >>> class_weights([90, 9, 1], "median").tolist()
    [0.10000000149011612, 1.0, 9.0]
    """
    counts = torch.as_tensor(pixel_counts, dtype=torch.float64)
    if rule not in ("inverse", "median", "root"):
        raise ValueError(f"rule is {rule!r}; choose inverse, median or root.")
    if counts.ndim != 1 or bool((counts < 0).any()) or counts.sum() == 0:
        raise ValueError(f"pixel_counts is {counts.tolist()}; expected one number ≥ 0 per class, not all of them 0.")

    # The rule's weights, for the classes that have pixels.
    present = counts > 0
    frequency = counts[present] / counts.sum()
    exponent = -0.5 if rule == "root" else -1
    inverse = frequency**exponent
    scale = 1 / inverse.mean()
    if rule == "median":
        scale = frequency.quantile(0.5)

    weights = torch.zeros_like(counts)
    weights[present] = inverse * scale
    return weights.float()


def balanced_weights(pixel_counts: Tensor | Sequence[int], balance: float) -> Tensor:
    """Return weights proportional to frequency ** −balance: float32 (C,), with mean 1 over the pixels.

    Unlike `class_weights`, which has rules from papers and gives 0 to a class without a pixel, a
    class counts as at least one pixel in 10,000: images that were not counted may hold it.

    Args:
        pixel_counts: (C,) numbers of pixels, at least 0.
        balance: 0 weighs each pixel alike, 1 each class; a loss keeps its scale whatever it is.

    >>> balanced_weights([3, 1], balance=1.0)
    tensor([0.6667, 2.0000])
    """
    counts = torch.as_tensor(pixel_counts)
    frequency = counts.double() / counts.sum()
    frequency = frequency.clamp(min=1e-4)
    weights = frequency**-balance
    mean = (weights * frequency).sum()
    return (weights / mean).float()
