"""Focal loss: cross-entropy that forgets the pixels it has learned. Source: Lin et al. 2017, equations 4 and 5."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.losses.checks import check_binary, check_target, weight_tensor
from segedu.losses.pixel_weights import pixel_weights


class Focal(nn.Module):
    """Average (1 − p)^γ · (−log p) over pixels, p being the softmax probability of the right class.

    γ = 0 is `CrossEntropy`; with γ = 2 a pixel with p = 0.9 counts a hundredth of what it did. As there, the mean is
    Σ w[label]·loss / Σ w[label], void doesn't count, and the number of effectively counted pixels doesn't divide it.

    >>> loss, target = Focal(gamma=2.0), torch.zeros(1, 1, 2, dtype=torch.int64)
    >>> round(loss(torch.zeros(1, 2, 1, 2), target).item(), 4)  # 0.25 · log 2
    0.1733
    """

    class_weights: Tensor | None

    def __init__(
        self, gamma: float = 2.0, class_weights: Tensor | Sequence[float] | None = None, ignore_index: int = 255
    ) -> None:
        super().__init__()
        self.gamma = _checked(gamma)
        self.register_buffer("class_weights", weight_tensor(class_weights), persistent=False)
        self.ignore_index = ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, C, H, W), target integer (N, H, W), 0 … C − 1 or void."""
        check_target(logits, target, self.ignore_index, self.class_weights)
        labels = target.long().masked_fill(target == self.ignore_index, 0)
        log_p = logits.float().log_softmax(dim=1).gather(1, labels[:, None])[:, 0]  # (N, H, W)
        weights = pixel_weights(target, self.class_weights, self.ignore_index)
        return _weighted_mean(_focus(log_p, self.gamma), weights)

    def share(self, target: Tensor) -> Tensor:
        """Return the denominator of the mean, Σ w[label], as `CrossEntropy.share` does."""
        return pixel_weights(target, self.class_weights, self.ignore_index).sum()


class BinaryFocal(nn.Module):
    """Average α_t (1 − p)^γ · (−log p) over pixels, p being the sigmoid's probability of the right answer.

    α weighs the object's pixels, 1 − α the background's; None weighs both alike with 1.

    >>> loss, target = BinaryFocal(gamma=0.0, alpha=None), torch.ones(1, 1, 2, dtype=torch.int64)
    >>> round(loss(torch.zeros(1, 1, 1, 2), target).item(), 4)  # log 2
    0.6931
    """

    def __init__(self, gamma: float = 2.0, alpha: float | None = 0.25, ignore_index: int = 255) -> None:
        super().__init__()
        if alpha is not None and not 0 <= alpha <= 1:
            raise ValueError(f"alpha is {alpha}; expected the object's weight, 0 to 1, or None.")
        self.gamma, self.alpha, self.ignore_index = _checked(gamma), alpha, ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, 1, H, W), target integer (N, H, W), 0, 1 or void."""
        check_binary(logits, target, self.ignore_index)
        sign = torch.where(target == 1, 1.0, -1.0)
        loss = _focus(F.logsigmoid(sign * logits[:, 0].float()), self.gamma)
        if self.alpha is not None:
            loss = loss * torch.where(target == 1, self.alpha, 1 - self.alpha)
        return _weighted_mean(loss, (target != self.ignore_index).float())


def _checked(gamma: float) -> float:
    if gamma < 0:
        raise ValueError(f"gamma is {gamma}; expected 0 (cross-entropy) or more.")
    return gamma


def _focus(log_p: Tensor, gamma: float) -> Tensor:
    """Return (1 − p)^γ · (−log p) from log p ≤ 0; 1 − p as −expm1(log p), which keeps its digits near p = 1."""
    return (-torch.expm1(log_p)).clamp(min=1e-12) ** gamma * -log_p  # the clamp: 0^γ has no finite slope for γ < 1


def _weighted_mean(loss: Tensor, weights: Tensor) -> Tensor:
    total = weights.sum()
    return (loss * weights).sum() / torch.where(total > 0, total, 1)
