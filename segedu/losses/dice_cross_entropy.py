"""Soft Dice and cross-entropy added up, which is how many networks are trained."""

from collections.abc import Sequence

from torch import Tensor, nn

from segedu.losses.cross_entropy import CrossEntropy
from segedu.losses.dice import SoftDice


class DiceCrossEntropy(nn.Module):
    """dice_weight · soft Dice + (1 − dice_weight) · cross-entropy: overlap from the one, a smooth start from the other.

    class_weights are the cross-entropy's; epsilon and present_only the Dice's. Source: Isensee et al. 2021 (nnU-Net),
    who add both with equal weight.

    >>> import torch
    >>> loss, target = DiceCrossEntropy(dice_weight=0.0), torch.zeros(1, 1, 4, dtype=torch.int64)
    >>> round(loss(torch.zeros(1, 2, 1, 4), target).item(), 4)  # log 2
    0.6931
    """

    def __init__(
        self,
        dice_weight: float = 0.5,
        class_weights: Tensor | Sequence[float] | None = None,
        epsilon: float = 1.0,
        present_only: bool = False,
        ignore_index: int = 255,
    ) -> None:
        super().__init__()
        if not 0 <= dice_weight <= 1:
            raise ValueError(f"dice_weight is {dice_weight}; expected a share between 0 and 1.")
        self.dice_weight = dice_weight
        self.dice = SoftDice(epsilon, present_only, ignore_index)
        self.cross_entropy = CrossEntropy(class_weights, ignore_index)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, C, H, W), target integer (N, H, W), 0 … C − 1 or void."""
        smooth = (1 - self.dice_weight) * self.cross_entropy(logits, target)
        return smooth + self.dice_weight * self.dice(logits, target)
