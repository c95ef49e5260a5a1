"""What every metric on label maps checks first, each message naming the likely mistake."""

import torch
from torch import Tensor

from segedu.labels import check_integers, check_no_channels, check_range
from segedu.scalars import whole_number


def void_label(ignore_index: int | None) -> int | None:
    """Return the label of void as Python's int; None for no void."""
    return None if ignore_index is None else whole_number(ignore_index, "ignore_index")


def check_label_maps(prediction: Tensor, target: Tensor) -> None:
    """Raise TypeError or ValueError unless both are integer label maps (H, W) or (N, H, W) of the same shape.

    >>> check_label_maps(torch.zeros(1, 2, 3, dtype=torch.int64), torch.zeros(1, 2, 3, dtype=torch.uint8))
    """
    for name, labels in (("prediction", prediction), ("target", target)):
        check_integers(labels, name)
        check_no_channels(labels, name)
        if labels.ndim not in (2, 3):
            shape = tuple(labels.shape)
            raise ValueError(f"the {name} has shape {shape}; expected a label map (H, W) or a batch of them (N, H, W).")
    if prediction.shape == target.shape:
        return
    shapes = f"the prediction has shape {tuple(prediction.shape)}, the target {tuple(target.shape)}"
    same_sides = sorted(prediction.shape[-2:]) == sorted(target.shape[-2:])
    if same_sides and prediction.shape[:-2] == target.shape[:-2]:
        raise ValueError(f"{shapes}: height and width are swapped in one of them; transpose it back.")
    raise ValueError(f"{shapes}: both must be equal; resize the logits to the target's size, then take the argmax.")


def checked_maps(
    prediction: Tensor,
    target: Tensor,
    num_classes: int,
    ignore_index: int | None,
    void: int,
) -> tuple[Tensor, Tensor]:
    """Return both label maps as int64 (N, H, W), in both the label `void` where the target is void.

    Args:
        prediction: integer (H, W) or (N, H, W), of any values where the target is void.
        target: integer, of the same shape.
        num_classes: C; labels are 0 … C − 1.
        ignore_index: The target's label of void, or None for no void.
        void: What void becomes.

    Raises:
        TypeError: One of them isn't integer.
        ValueError: The shapes don't fit, or a label is out of range.

    >>> maps = checked_maps(torch.tensor([[0, 1]]), torch.tensor([[0, 255]]), 2, 255, void=-1)
    >>> [labels.tolist() for labels in maps]
    [[[[0, -1]]], [[[0, -1]]]]
    """
    prediction = torch.as_tensor(prediction)
    target = torch.as_tensor(target)
    check_label_maps(prediction, target)

    height, width = target.shape[-2:]
    prediction = prediction.long().reshape(-1, height, width)
    target = target.long().reshape(-1, height, width)
    valid = torch.ones_like(target, dtype=torch.bool)
    if ignore_index is not None:
        valid = target != ignore_index

    check_range(target[valid], num_classes, ignore_index, "target")
    check_range(prediction[valid], num_classes, None, "prediction")
    return prediction.masked_fill(~valid, void), target.masked_fill(~valid, void)
