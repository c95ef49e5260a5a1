"""What every loss is given: checks that name the mistake, and the target as probabilities."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.labels import check_no_channels, check_range, integer_labels


def weight_tensor(class_weights: Tensor | Sequence[float] | None) -> Tensor | None:
    """Return class weights as float32 (C,); raises ValueError unless each is a number of at least 0."""
    if class_weights is None:
        return None
    weights = torch.as_tensor(class_weights, dtype=torch.float32)
    if weights.ndim != 1 or not bool((weights >= 0).all()):
        raise ValueError(f"class_weights is {class_weights}; expected one number ≥ 0 per class.")
    return weights


def check_target(
    logits: Tensor,
    target: Tensor,
    ignore_index: int,
    weights: Tensor | None = None,
) -> Tensor:
    """Return the target as int64.

    Raises unless logits are (N, C, H, W) and target integer (N, H, W), 0 … C − 1 or void, one weight a class.
    """
    target = integer_labels(target, "target")
    check_no_channels(target, "target")
    fits = logits.ndim == 4 and target.ndim == 3
    if not fits or (logits.shape[0], *logits.shape[2:]) != tuple(target.shape):
        raise ValueError(
            f"the logits have shape {tuple(logits.shape)}, the target {tuple(target.shape)}; "
            "expected (N, C, H, W) and (N, H, W) with equal N, H and W."
        )
    check_classes(logits.shape[1], target, ignore_index, weights)
    return target


def check_classes(
    num_classes: int,
    target: Tensor,
    ignore_index: int,
    weights: Tensor | None = None,
) -> None:
    """Raise ValueError for a wrong number of class weights, and on the CPU for a label out of range."""
    if weights is not None and len(weights) != num_classes:
        raise ValueError(f"there are {len(weights)} class weights for {num_classes} channels of logits.")
    if target.is_cpu:  # a look at the labels would make a GPU wait
        wrong = ((target < 0) | (target >= num_classes)) & (target != ignore_index)
        check_range(target[wrong], num_classes, ignore_index, "target")


def check_binary(logits: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    """Return the target as int64; raises unless logits are (N, 1, H, W) and it integer (N, H, W), 0, 1 or void."""
    if logits.ndim == 4 and logits.shape[1] != 1:
        raise ValueError(
            f"the logits have {logits.shape[1]} channels; expected one, (N, 1, H, W): take the loss for several "
            "classes, or only the object's channel."
        )
    channels = logits
    if logits.ndim == 4:
        channels = logits.expand(-1, 2, -1, -1)  # two classes, for the range check
    return check_target(channels, target, ignore_index)


def valid_one_hot(target: Tensor, num_classes: int, ignore_index: int) -> tuple[Tensor, Tensor]:
    """Return valid (N, 1, H, W) and the one-hot target (N, C, H, W), both float32; void is 0 in all channels.

    The target is int64 (N, H, W), as `check_target` returns it.

    >>> valid, one_hot = valid_one_hot(torch.tensor([[[0, 1, 255]]]), 2, 255)
    >>> valid.tolist(), one_hot.tolist()
    ([[[[1.0, 1.0, 0.0]]]], [[[[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]]])
    """
    void = target == ignore_index
    valid = (~void)[:, None].float()  # (N, 1, H, W)
    labels = target.masked_fill(void, 0)
    one_hot = F.one_hot(labels, num_classes).movedim(-1, 1)  # (N, C, H, W)
    return valid, one_hot * valid


def counted_classes(areas: Tensor, present_only: bool, ignore_index: int) -> Tensor:
    """Return which classes a mean over classes counts, bool (C,): never the ignored one, if it is one of them.

    Args:
        areas: (C,), how many pixels of each class the target has.
        present_only: Leave out the classes without a pixel, too.
        ignore_index: The label of void.

    >>> counted_classes(torch.tensor([0.0, 7.0, 0.0]), present_only=False, ignore_index=0).tolist()
    [False, True, True]
    """
    counted = torch.ones_like(areas, dtype=torch.bool)
    if present_only:
        counted = areas > 0
    if 0 <= ignore_index < len(areas):
        counted[ignore_index] = False
    return counted
