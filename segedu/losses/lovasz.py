"""Lovász-softmax: the IoU itself, extended from sets of wrong pixels to errors between 0 and 1, and convex in them.

Source: Berman, Rannen Triki & Blaschko, CVPR 2018, algorithm 1 and equation 11.
"""

import torch
from torch import Tensor, nn

from segedu.losses.checks import check_target, counted_classes, valid_one_hot
from segedu.scalars import whole_number


class LovaszSoftmax(nn.Module):
    """Average over classes the Lovász extension of 1 − IoU at the pixels' errors |t − p|, p from the softmax.

    Where all errors are 0 or 1 it is 1 − IoU exactly. As with Dice, a batch is more than the mean
    of its parts.

    Args:
        present_only: Leave out of the mean the classes that the target doesn't contain.
        ignore_index: The label of void, which doesn't count; a class of this label is out of the mean.

    >>> loss = LovaszSoftmax()
    >>> target = torch.tensor([[[0, 1, 1]]])
    >>> wrong = 50.0 * torch.tensor([[[[1, 0, 1]], [[0, 1, 0]]]])  # the last pixel: IoU 1/2 for both classes
    >>> round(loss(wrong, target).item(), 4)
    0.5
    """

    def __init__(self, present_only: bool = True, ignore_index: int = 255) -> None:
        super().__init__()
        self.present_only = present_only
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
        target = check_target(logits, target, self.ignore_index)
        valid, one_hot = valid_one_hot(target, logits.shape[1], self.ignore_index)

        # One row of pixels per class, void left out.
        keep = valid.flatten() > 0
        masks = _rows(one_hot)[:, keep]  # (C, pixels)
        probabilities = _rows(logits.float().softmax(dim=1))[:, keep]  # (C, pixels)
        errors = abs(masks - probabilities)
        losses = torch.stack([lovasz_extension(*pair) for pair in zip(errors, masks, strict=True)])  # (C,)

        counted = counted_classes(masks.sum(dim=1), self.present_only, self.ignore_index)
        return (losses * counted).sum() / counted.sum().clamp(min=1)


def lovasz_extension(errors: Tensor, mask: Tensor) -> Tensor:
    """Return the Lovász extension of 1 − IoU at the errors of one class: a scalar.

    Sort the errors downwards; take the pixels into the set of mistakes in this order; each error is
    weighted by how much 1 − IoU grows when its pixel joins.

    Args:
        errors: float (pixels,) in [0, 1].
        mask: float (pixels,), 1 where the target is this class, 0 elsewhere.

    >>> lovasz_extension(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([1.0, 1.0, 0.0])).item()  # one of two missed
    0.5
    """
    if not len(errors):
        return errors.sum()
    area = mask.sum()
    errors, order = errors.sort(descending=True)

    # 1 − IoU after each pixel that has joined: one of the class is missed, another is added.
    missed = mask[order].cumsum(0)
    added = (1 - mask[order]).cumsum(0)
    jaccard_loss = 1 - (area - missed) / (area + added)

    growth = torch.diff(jaccard_loss, prepend=jaccard_loss.new_zeros(1))
    return (errors * growth.detach()).sum()


def _rows(channels: Tensor) -> Tensor:
    """Return channels (N, C, H, W) as one row of pixels per class, (C, N·H·W)."""
    return channels.movedim(1, 0).flatten(1)
