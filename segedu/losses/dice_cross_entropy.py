"""Soft Dice and cross-entropy added up, which is how many networks are trained."""

from collections.abc import Sequence

from torch import Tensor, nn

from segedu.losses.cross_entropy import CrossEntropy
from segedu.losses.dice import SoftDice
from segedu.scalars import real_number


class DiceCrossEntropy(nn.Module):
    """dice_weight · soft Dice + (1 − dice_weight) · cross-entropy: overlap from the one, a smooth start from the other.

    Source: Isensee et al. 2021 (nnU-Net), who add both with equal weight.

    Args:
        dice_weight: The share of soft Dice, 0 to 1.
        class_weights: The cross-entropy's, (C,) nonnegative, or None for equal weights.
        epsilon: The Dice's, in pixels.
        present_only: Leave out of the Dice's mean the classes that the target doesn't contain.
        ignore_index: The label of void, which doesn't count.

    Raises:
        ValueError: dice_weight lies outside 0 to 1, or epsilon or a class weight is negative.

    >>> import torch
    >>> loss = DiceCrossEntropy(dice_weight=0.0)
    >>> target = torch.zeros(1, 1, 4, dtype=torch.int64)
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
        dice_weight = real_number(dice_weight, "dice_weight")
        if not 0 <= dice_weight <= 1:
            raise ValueError(f"dice_weight is {dice_weight}; expected a share between 0 and 1.")
        self.dice_weight = dice_weight
        self.dice = SoftDice(epsilon, present_only, ignore_index)
        self.cross_entropy = CrossEntropy(class_weights, ignore_index)

    @property
    def ignore_index(self) -> int:
        """Return the label of void."""
        return self.cross_entropy.ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, C, H, W), target integer (N, H, W), 0 … C − 1 or void."""
        smooth = (1 - self.dice_weight) * self.cross_entropy(logits, target)
        return smooth + self.dice_weight * self.dice(logits, target)
