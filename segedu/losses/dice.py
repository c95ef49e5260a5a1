"""Overlap made differentiable: soft Dice and Tversky, which look at a class as a whole, not at pixels one by one.

With p the predicted probabilities and t the target (0 or 1), summed over the pixels of all images
of a batch:

    TP = Σ p·t      FP = Σ p·(1 − t)      FN = Σ (1 − p)·t
    Dice = (2·TP + ε) / (2·TP + FP + FN + ε)      Tversky = (TP + ε) / (TP + α·FP + β·FN + ε)

The losses are 1 − the mean over classes. Without ε a class that is nowhere is 0/0, and with a
target that is empty every prediction is equally wrong; ε makes predicting nothing right there, and
hardly changes large objects. A sum over pixels stands in the denominator too, so the loss of a
batch is not the mean of its parts' losses: a `micro_batch` sees its own Dice.
"""

from torch import Tensor, nn

from segedu.losses.checks import check_binary, check_target, counted_classes, valid_one_hot
from segedu.scalars import real_number, whole_number


class Tversky(nn.Module):
    """1 − Tversky index over softmax probabilities, averaged over classes. α = β = 0.5 is Dice, α = β = 1 is IoU.

    Source: Salehi et al. 2017, equation 3 (with the roles of α and β as there).

    Args:
        alpha: The price of a false positive, at least 0.
        beta: The price of a false negative, at least 0.
        epsilon: ε, in pixels, at least 0.
        present_only: Leave out of the mean the classes that the target doesn't contain.
        ignore_index: The label of void, which doesn't count; a class of this label is out of the mean.

    Raises:
        ValueError: alpha, beta or epsilon is negative.

    >>> import torch
    >>> loss = Tversky()
    >>> target = torch.zeros(1, 1, 4, dtype=torch.int64)
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
        alpha = real_number(alpha, "alpha")
        beta = real_number(beta, "beta")
        epsilon = real_number(epsilon, "epsilon")
        if min(alpha, beta, epsilon) < 0:
            raise ValueError(f"alpha={alpha}, beta={beta}, epsilon={epsilon}; expected numbers of at least 0.")
        self.alpha = alpha
        self.beta = beta
        self.epsilon = epsilon
        self.present_only = present_only
        self.ignore_index = whole_number(ignore_index, "ignore_index")

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; 0 for a target that is void throughout.

        Args:
            logits: float (N, C, H, W).
            target: integer (N, H, W), 0 … C − 1 or void.

        Raises:
            TypeError: The target isn't integer.
            ValueError: The shapes don't fit, or on the CPU a label is out of range.
        """
        target = check_target(logits, target, self.ignore_index)
        valid, one_hot = valid_one_hot(target, logits.shape[1], self.ignore_index)
        probabilities = logits.float().softmax(dim=1) * valid
        losses = 1 - self._index(probabilities, one_hot)  # (C,)

        counted = counted_classes(one_hot.sum(dim=(0, 2, 3)), self.present_only, self.ignore_index)
        mean = (losses * counted).sum() / counted.sum().clamp(min=1)
        return mean * valid.any()

    def _index(self, probabilities: Tensor, one_hot: Tensor) -> Tensor:
        """Return the Tversky index of each class, (C,), from probabilities and target (N, C, H, W)."""
        pixels = (0, 2, 3)
        hits = (probabilities * one_hot).sum(pixels)
        false_positives = probabilities.sum(pixels) - hits
        false_negatives = one_hot.sum(pixels) - hits

        denominator = hits + self.alpha * false_positives + self.beta * false_negatives
        denominator = denominator + self.epsilon
        return (hits + self.epsilon) / denominator.clamp(min=1e-7)


class SoftDice(Tversky):
    """1 − mean soft Dice over classes, from softmax probabilities.

    On probabilities that are 0 or 1, with epsilon = 0 and all classes in the target, it is 1 − the
    mean Dice of the label maps. Source: Milletari et al. 2016, without the squares.

    Args:
        epsilon: ε, in pixels, at least 0.
        present_only: Leave out of the mean the classes that the target doesn't contain.
        ignore_index: The label of void, which doesn't count.

    Raises:
        ValueError: epsilon is negative.

    >>> import torch
    >>> loss = SoftDice(epsilon=0.0)
    >>> target = torch.tensor([[[0, 1, 1]]])
    >>> right = 50.0 * torch.tensor([[[[1, 0, 0]], [[0, 1, 1]]]])
    >>> round(loss(right, target).item(), 4), round(loss(-right, target).item(), 4)
    (0.0, 1.0)
    """

    def __init__(
        self,
        epsilon: float = 1.0,
        present_only: bool = False,
        ignore_index: int = 255,
    ) -> None:
        super().__init__(0.5, 0.5, real_number(epsilon, "epsilon") / 2, present_only, ignore_index)


class BinarySoftDice(nn.Module):
    """1 − soft Dice of one object against its background, from the sigmoid of one channel.

    The background's own Dice doesn't count.

    Args:
        epsilon: ε, in pixels, at least 0.
        ignore_index: The label of void, which doesn't count.

    Raises:
        ValueError: epsilon is negative.

    >>> import torch
    >>> loss = BinarySoftDice(epsilon=0.0)
    >>> target = torch.tensor([[[0, 1, 1]]])
    >>> round(loss(50.0 * torch.tensor([[[[-1, 1, 1]]]]), target).item(), 4)
    0.0
    """

    def __init__(self, epsilon: float = 1.0, ignore_index: int = 255) -> None:
        super().__init__()
        epsilon = real_number(epsilon, "epsilon")
        if epsilon < 0:
            raise ValueError(f"epsilon={epsilon}; expected a number of pixels of at least 0.")
        self.epsilon = epsilon
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
        valid = (target != self.ignore_index).float()
        probabilities = logits[:, 0].float().sigmoid() * valid  # (N, H, W)
        mask = (target == 1).float() * valid

        hits = (probabilities * mask).sum()
        denominator = probabilities.sum() + mask.sum() + self.epsilon
        dice = (2 * hits + self.epsilon) / denominator.clamp(min=1e-7)
        return (1 - dice) * valid.any()
