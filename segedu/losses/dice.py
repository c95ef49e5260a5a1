"""Overlap made differentiable: soft Dice and Tversky, which look at a class as a whole, not at pixels one by one.

With p the predicted probabilities and t the target (0 or 1), summed over the pixels of all images given at once:

    TP = Σ p·t      FP = Σ p·(1 − t)      FN = Σ (1 − p)·t
    Dice = (2·TP + ε) / (2·TP + FP + FN + ε)      Tversky = (TP + ε) / (TP + α·FP + β·FN + ε)

The losses are 1 − the mean over classes. Without ε a class that is nowhere is 0/0, and with a target that is empty
every prediction is equally wrong; ε makes predicting nothing right there, and hardly changes large objects.
A sum over pixels stands in the denominator too, so the loss of a batch is not the mean of its parts' losses: a
`micro_batch` sees its own Dice.
"""

import torch
from torch import Tensor, nn

from segedu.losses.checks import check_binary, check_target, valid_one_hot


class Tversky(nn.Module):
    """1 − Tversky index over softmax probabilities: α is the price of a false positive, β that of a false negative.

    α = β = 0.5 is Dice, α = β = 1 is IoU (Jaccard). epsilon is in pixels. present_only leaves out the mean the classes
    that the target doesn't contain. Source: Salehi et al. 2017, equation 3 (with the roles of α and β as there).

    >>> loss, target = Tversky(), torch.zeros(1, 1, 4, dtype=torch.int64)
    >>> round(loss(torch.zeros(1, 2, 1, 4), target).item(), 4)  # indices 3 / 4.4 (TP = FN = 2) and 1 / 1.6 (FP = 2)
    0.3466
    """

    def __init__(
        self,
        alpha: float = 0.3,
        beta: float = 0.7,
        epsilon: float = 1.0,
        present_only: bool = False,
        ignore_index: int = 255,
    ) -> None:
        super().__init__()
        if min(alpha, beta, epsilon) < 0:
            raise ValueError(f"alpha={alpha}, beta={beta}, epsilon={epsilon}; expected numbers of at least 0.")
        self.alpha, self.beta, self.epsilon = alpha, beta, epsilon
        self.present_only, self.ignore_index = present_only, ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, C, H, W), target integer (N, H, W), 0 … C − 1 or void."""
        check_target(logits, target, self.ignore_index)
        valid, wanted = valid_one_hot(target, logits.shape[1], self.ignore_index)
        index = self._index(logits.float().softmax(dim=1) * valid, wanted)  # (C,)
        counted = wanted.sum(dim=(0, 2, 3)) > 0 if self.present_only else torch.ones_like(index, dtype=torch.bool)
        return ((1 - index) * counted).sum() / counted.sum().clamp(min=1) * valid.any()

    def _index(self, probabilities: Tensor, wanted: Tensor) -> Tensor:
        pixels = (0, 2, 3)
        hits = (probabilities * wanted).sum(pixels)
        false_positives = probabilities.sum(pixels) - hits
        false_negatives = wanted.sum(pixels) - hits
        denominator = hits + self.alpha * false_positives + self.beta * false_negatives + self.epsilon
        return (hits + self.epsilon) / denominator.clamp(min=1e-7)


class SoftDice(Tversky):
    """1 − mean soft Dice over classes, from softmax probabilities. Source: Milletari et al. 2016, without the squares.

    On probabilities that are 0 or 1, with epsilon = 0 and all classes in the target, it is 1 − the mean Dice of the
    label maps. epsilon and present_only as in `Tversky`.

    >>> loss, target = SoftDice(epsilon=0.0), torch.tensor([[[0, 1, 1]]])
    >>> right = 50.0 * torch.tensor([[[[1, 0, 0]], [[0, 1, 1]]]])
    >>> round(loss(right, target).item(), 4), round(loss(-right, target).item(), 4)
    (0.0, 1.0)
    """

    def __init__(self, epsilon: float = 1.0, present_only: bool = False, ignore_index: int = 255) -> None:
        super().__init__(0.5, 0.5, epsilon / 2, present_only, ignore_index)


class BinarySoftDice(nn.Module):
    """1 − soft Dice of one object against its background, from the sigmoid of one channel.

    epsilon is in pixels, as in `SoftDice`; the background's own Dice doesn't count.

    >>> loss, target = BinarySoftDice(epsilon=0.0), torch.tensor([[[0, 1, 1]]])
    >>> round(loss(50.0 * torch.tensor([[[[-1, 1, 1]]]]), target).item(), 4)
    0.0
    """

    def __init__(self, epsilon: float = 1.0, ignore_index: int = 255) -> None:
        super().__init__()
        if epsilon < 0:
            raise ValueError(f"epsilon={epsilon}; expected a number of pixels of at least 0.")
        self.epsilon, self.ignore_index = epsilon, ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, 1, H, W), target integer (N, H, W), 0, 1 or void."""
        check_binary(logits, target, self.ignore_index)
        valid = (target != self.ignore_index).float()
        wanted = (target == 1).float()
        p = logits[:, 0].float().sigmoid() * valid
        dice = (2 * (p * wanted).sum() + self.epsilon) / (p.sum() + wanted.sum() + self.epsilon).clamp(min=1e-7)
        return (1 - dice) * valid.any()
