"""Losses, from logits (N, C, H, W) and label maps (N, H, W) to one number."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class CrossEntropy(nn.Module):
    """Average −log softmax(logits)[label] over pixels, each weighted by its class's weight; void pixels don't count.

    Equal to `F.cross_entropy(logits, target, weight, ignore_index=…)`: Σ w[label]·loss / Σ w[label]. A target without a
    single counting pixel gives 0 with zero gradient, where torch gives NaN.

    class_weights: (C,) nonnegative, or None for equal weights; it follows the module's device and isn't saved.

    >>> loss = CrossEntropy()
    >>> round(loss(torch.zeros(1, 4, 2, 3), torch.zeros(1, 2, 3, dtype=torch.int64)).item(), 4)  # log 4
    1.3863
    """

    class_weights: Tensor | None

    def __init__(self, class_weights: Tensor | Sequence[float] | None = None, ignore_index: int = 255) -> None:
        super().__init__()
        weights = None if class_weights is None else torch.as_tensor(class_weights, dtype=torch.float32)
        if weights is not None and (weights.ndim != 1 or not bool((weights >= 0).all())):
            raise ValueError(f"class_weights is {class_weights}; expected one number ≥ 0 per class.")
        self.register_buffer("class_weights", weights, persistent=False)
        self.ignore_index = ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, C, H, W), target integer (N, H, W), 0 … C − 1 or void.

        Raises TypeError or ValueError for shapes and types that don't fit, and on the CPU for labels out of range.
        """
        self._check(logits, target)
        target = target.long()
        if torch.are_deterministic_algorithms_enabled():  # on CUDA the sum over (N, C, H, W) has no deterministic form
            logits, rows = logits.movedim(1, -1).flatten(end_dim=-2), target.flatten()
        else:
            rows = target
        weights = None if self.class_weights is None else self.class_weights.to(logits.device)
        total = F.cross_entropy(logits.float(), rows, weights, ignore_index=self.ignore_index, reduction="sum")
        share = self.share(target)
        return total / torch.where(share > 0, share, 1)

    def share(self, target: Tensor) -> Tensor:
        """Return the denominator of the mean, Σ w[label] over pixels that aren't void: a float32 scalar.

        The loss of a batch is the mean of its parts' losses weighted by their shares, however it is split.

        >>> CrossEntropy(class_weights=[1.0, 3.0]).share(torch.tensor([[[0, 1, 1, 255]]])).item()
        7.0
        """
        valid = target != self.ignore_index
        if self.class_weights is None:
            return valid.sum().float()
        labels = target.long().masked_fill(~valid, 0)
        return (self.class_weights.to(target.device)[labels] * valid).sum()

    def _check(self, logits: Tensor, target: Tensor) -> None:
        if target.is_floating_point():
            raise TypeError(f"the target is {target.dtype}; expected integer labels (N, H, W): use target.long().")
        if target.ndim == 4:
            mend = "target.squeeze(1)" if target.shape[1] == 1 else "target.argmax(dim=1)"
            raise ValueError(f"the target has shape {tuple(target.shape)}; expected labels (N, H, W): use {mend}.")
        n, *size = target.shape
        if logits.ndim != 4 or target.ndim != 3 or [logits.shape[0], *logits.shape[2:]] != [n, *size]:
            raise ValueError(
                f"the logits have shape {tuple(logits.shape)}, the target {tuple(target.shape)}; "
                "expected (N, C, H, W) and (N, H, W) with equal N, H and W."
            )
        self._check_classes(logits.shape[1], target)

    def _check_classes(self, num_classes: int, target: Tensor) -> None:
        if self.class_weights is not None and len(self.class_weights) != num_classes:
            raise ValueError(f"there are {len(self.class_weights)} class weights for {num_classes} channels of logits.")
        if not target.is_cpu:  # a look at the labels would make the GPU wait
            return
        wrong = target[((target < 0) | (target >= num_classes)) & (target != self.ignore_index)]
        if len(wrong):
            raise ValueError(
                f"the target contains label {int(wrong[0])}; expected 0 … {num_classes - 1}, as many classes as the "
                f"logits have channels, or {self.ignore_index} for void."
            )
