"""Focal loss: cross-entropy that forgets the pixels it has learned. Source: Lin et al. 2017, equations 4 and 5."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.losses.checks import check_binary, check_target, weight_tensor
from segedu.losses.pixel_weights import pixel_weights
from segedu.scalars import real_number, whole_number


class Focal(nn.Module):
    """Average (1 − p)^γ · (−log p) over pixels, p being the softmax probability of the right class.

    γ = 0 is `CrossEntropy`; with γ = 2 a pixel with p = 0.9 counts a hundredth of what it did. As
    there, the mean is Σ w[label]·loss / Σ w[label], void doesn't count, and the number of
    effectively counted pixels doesn't divide it.

    Args:
        gamma: γ, at least 0.
        class_weights: (C,) nonnegative, or None for equal weights.
        ignore_index: The label of void, which doesn't count.

    Raises:
        ValueError: gamma or a class weight is negative.

    >>> loss = Focal(gamma=2.0)
    >>> target = torch.zeros(1, 1, 2, dtype=torch.int64)
    >>> round(loss(torch.zeros(1, 2, 1, 2), target).item(), 4)  # 0.25 · log 2
    0.1733
    """

    class_weights: Tensor | None

    def __init__(
        self,
        gamma: float = 2.0,
        class_weights: Tensor | Sequence[float] | None = None,
        ignore_index: int = 255,
    ) -> None:
        super().__init__()
        self.gamma = _checked_gamma(gamma)
        self.ignore_index = whole_number(ignore_index, "ignore_index")
        self.register_buffer("class_weights", weight_tensor(class_weights), persistent=False)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; 0 for a target without a counting pixel.

        Args:
            logits: float (N, C, H, W).
            target: integer (N, H, W), 0 … C − 1 or void.

        Raises:
            TypeError: The target isn't integer.
            ValueError: The shapes don't fit, or on the CPU a label is out of range.
        """
        target = check_target(logits, target, self.ignore_index, self.class_weights)
        labels = target.masked_fill(target == self.ignore_index, 0)
        log_probabilities = logits.float().log_softmax(dim=1)  # (N, C, H, W)
        log_p = log_probabilities.gather(1, labels[:, None])[:, 0]  # (N, H, W)
        weights = pixel_weights(target, self.class_weights, self.ignore_index)
        return _weighted_mean(_focus(log_p, self.gamma), weights)

    def share(self, target: Tensor) -> Tensor:
        """Return the denominator of the mean, Σ w[label], as `CrossEntropy.share` does."""
        return pixel_weights(target, self.class_weights, self.ignore_index).sum()


class BinaryFocal(nn.Module):
    """Average α_t (1 − p)^γ · (−log p) over pixels, p being the sigmoid's probability of the right answer.

    Args:
        gamma: γ, at least 0.
        alpha: α, the weight of the object's pixels, 0 to 1; the background's have 1 − α. None
            weighs both alike with 1.
        ignore_index: The label of void, which doesn't count.

    Raises:
        ValueError: gamma is negative, or alpha lies outside 0 to 1.

    >>> loss = BinaryFocal(gamma=0.0, alpha=None)
    >>> target = torch.ones(1, 1, 2, dtype=torch.int64)
    >>> round(loss(torch.zeros(1, 1, 1, 2), target).item(), 4)  # log 2
    0.6931
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | None = 0.25,
        ignore_index: int = 255,
    ) -> None:
        super().__init__()
        if alpha is not None:
            alpha = real_number(alpha, "alpha")
            if not 0 <= alpha <= 1:
                raise ValueError(f"alpha is {alpha}; expected the object's weight, 0 to 1, or None.")
        self.gamma = _checked_gamma(gamma)
        self.alpha = alpha
        self.ignore_index = whole_number(ignore_index, "ignore_index")

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; 0 for a target that is void throughout.

        Args:
            logits: float (N, 1, H, W).
            target: integer (N, H, W), 0, 1 or void.

        Raises:
            TypeError: The target isn't integer.
            ValueError: The shapes don't fit, or on the CPU a label is out of range.
        """
        target = check_binary(logits, target, self.ignore_index)
        sign = torch.where(target == 1, 1.0, -1.0)
        log_p = F.logsigmoid(sign * logits[:, 0].float())  # (N, H, W)
        loss = _focus(log_p, self.gamma)
        if self.alpha is not None:
            loss = loss * torch.where(target == 1, self.alpha, 1 - self.alpha)
        valid = target != self.ignore_index
        return _weighted_mean(loss, valid.float())


def _checked_gamma(gamma: float) -> float:
    gamma = real_number(gamma, "gamma")
    if gamma < 0:
        raise ValueError(f"gamma is {gamma}; expected 0 (cross-entropy) or more.")
    return gamma


def _focus(log_p: Tensor, gamma: float) -> Tensor:
    """Return (1 − p)^γ · (−log p) from log p ≤ 0."""
    miss = -torch.expm1(log_p)  # 1 − p; this form keeps its digits near p = 1
    miss = miss.clamp(min=1e-12)  # 0^γ has no finite slope for γ < 1
    return miss**gamma * -log_p


def _weighted_mean(loss: Tensor, weights: Tensor) -> Tensor:
    total = weights.sum()
    return (loss * weights).sum() / torch.where(total > 0, total, 1)
