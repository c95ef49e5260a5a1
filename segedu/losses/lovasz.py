"""Lovász-softmax: the IoU itself, extended from sets of wrong pixels to errors between 0 and 1, and convex in them.

Source: Berman, Rannen Triki & Blaschko, CVPR 2018, algorithm 1 and equation 11.
"""

import torch
from torch import Tensor, nn

from segedu.losses.checks import check_target, valid_one_hot


class LovaszSoftmax(nn.Module):
    """Average over classes the Lovász extension of 1 − IoU at the pixels' errors |t − p|, p from the softmax.

    Where all errors are 0 or 1 it is 1 − IoU exactly. present_only leaves out the mean the classes that the target
    doesn't contain; void doesn't count. As with Dice, a batch is more than the mean of its parts.

    >>> loss, target = LovaszSoftmax(), torch.tensor([[[0, 1, 1]]])
    >>> wrong = 50.0 * torch.tensor([[[[1, 0, 1]], [[0, 1, 0]]]])  # the last pixel: IoU 1/2 for both classes
    >>> round(loss(wrong, target).item(), 4)
    0.5
    """

    def __init__(self, present_only: bool = True, ignore_index: int = 255) -> None:
        super().__init__()
        self.present_only, self.ignore_index = present_only, ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; logits float (N, C, H, W), target integer (N, H, W), 0 … C − 1 or void."""
        check_target(logits, target, self.ignore_index)
        valid, wanted = valid_one_hot(target, logits.shape[1], self.ignore_index)
        keep = valid.flatten() > 0
        wanted = wanted.movedim(1, 0).flatten(1)[:, keep]  # (C, pixels)
        p = logits.float().softmax(dim=1).movedim(1, 0).flatten(1)[:, keep]
        losses = torch.stack([lovasz_extension(abs(t - q), t) for t, q in zip(wanted, p, strict=True)])
        counted = (wanted.sum(dim=1) > 0) if self.present_only else torch.ones_like(losses, dtype=torch.bool)
        return (losses * counted).sum() / counted.sum().clamp(min=1)


def lovasz_extension(errors: Tensor, wanted: Tensor) -> Tensor:
    """Return the Lovász extension of 1 − IoU at `errors` (pixels,) in [0, 1]; `wanted` (pixels,) is the mask, 0 and 1.

    Sort the errors downwards; take the pixels into the set of mistakes in this order; each error is weighted by how
    much 1 − IoU grows when its pixel joins.

    >>> lovasz_extension(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([1.0, 1.0, 0.0])).item()  # one of two missed
    0.5
    """
    if not len(errors):
        return errors.sum()
    errors, order = errors.sort(descending=True)
    missed = wanted[order].cumsum(0)
    added = (1 - wanted[order]).cumsum(0)
    jaccard_loss = 1 - (wanted.sum() - missed) / (wanted.sum() + added)
    growth = torch.diff(jaccard_loss, prepend=jaccard_loss.new_zeros(1))
    return (errors * growth.detach()).sum()
