"""From two label maps to the table of their pairs: the fast form, and the one `bincount` that is taught."""

import torch
from torch import Tensor

from segedu.labels import check_range
from segedu.metrics.checks import check_label_maps
from segedu.metrics.semantic.fast_confusion import count_pairs


def confusion_matrix(prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int | None = 255) -> Tensor:
    """Return counts (num_classes, num_classes), int64 on the CPU: rows are target classes, columns predicted ones.

    prediction, target: integer label maps (H, W) or (N, H, W) of equal shape (tensors or NumPy arrays). Where the
    target is `ignore_index`, the pixel is dropped whatever the prediction says. Raises TypeError for logits and other
    floats, ValueError for one-hot maps, for different shapes, and for labels outside 0 … num_classes − 1.

    >>> confusion_matrix(torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 0, 1, 255]]), num_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    prediction, target = torch.as_tensor(prediction), torch.as_tensor(target)
    check_label_maps(prediction, target)
    return count_checked(prediction, target, num_classes, ignore_index)


def count_checked(prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int | None) -> Tensor:
    """Return what `confusion_matrix` returns of label maps whose shapes and types were looked at before."""
    small = num_classes <= 256 and (ignore_index is None or 0 <= ignore_index <= 255)
    if small and prediction.is_cpu and target.is_cpu:
        table = count_pairs(prediction, target, num_classes)
        if table is not None:
            if ignore_index is not None:
                table[ignore_index] = 0
            if not table[num_classes:].any():
                return table[:num_classes].clone()
    return _count_by_bincount(prediction, target, num_classes, ignore_index)


def confusion_matrix_by_bincount(
    prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int | None = 255
) -> Tensor:
    """Count with one `bincount` over the numbers target · C + prediction: the teaching form, on any device.

    Arguments, result and errors as in `confusion_matrix`, which is faster on a CPU.

    >>> confusion_matrix_by_bincount(torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 0, 1, 255]]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    check_label_maps(prediction, target)
    return _count_by_bincount(prediction, target, num_classes, ignore_index)


def _count_by_bincount(prediction: Tensor, target: Tensor, num_classes: int, ignore_index: int | None) -> Tensor:
    prediction, target = prediction.long(), target.long()
    if ignore_index is not None:
        valid = target != ignore_index
        prediction, target = prediction[valid], target[valid]
    check_range(target, num_classes, ignore_index, "target")
    check_range(prediction, num_classes, None, "prediction")
    pairs = (target * num_classes + prediction).flatten()
    return torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes).cpu()
