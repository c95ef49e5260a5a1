"""From two label maps to the table of their pairs: the fast form, and the one `bincount` that is taught."""

import torch
from torch import Tensor

from segedu.labels import check_range
from segedu.metrics.checks import check_label_maps, void_label
from segedu.metrics.semantic.fast_confusion import count_pairs
from segedu.scalars import whole_number


def confusion_matrix(
    prediction: Tensor,
    target: Tensor,
    num_classes: int,
    ignore_index: int | None = 255,
) -> Tensor:
    """Return counts (num_classes, num_classes), int64 on the CPU: rows are target classes, columns predicted ones.

    Args:
        prediction: integer label maps (H, W) or (N, H, W), a tensor or a NumPy array.
        target: as the prediction, of equal shape.
        num_classes: C; labels are 0 … C − 1.
        ignore_index: Where the target has this label, the pixel is dropped whatever the prediction
            says.

    Raises:
        TypeError: One of them holds logits or other floats.
        ValueError: One of them is one-hot, the shapes differ, or a label is outside 0 … C − 1.

    >>> confusion_matrix(torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 0, 1, 255]]), num_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    prediction = torch.as_tensor(prediction)
    target = torch.as_tensor(target)
    check_label_maps(prediction, target)
    return count_checked(prediction, target, whole_number(num_classes, "num_classes"), void_label(ignore_index))


def count_checked(
    prediction: Tensor,
    target: Tensor,
    num_classes: int,
    ignore_index: int | None,
) -> Tensor:
    """Return what `confusion_matrix` returns of label maps whose shapes and types were looked at before."""
    counts = _count_fast(prediction, target, num_classes, ignore_index)
    if counts is not None:
        return counts
    return _count_by_bincount(prediction, target, num_classes, ignore_index)


def _count_fast(
    prediction: Tensor,
    target: Tensor,
    num_classes: int,
    ignore_index: int | None,
) -> Tensor | None:
    """Return the counts, or None if the fast form can't count these labels or some are out of range."""
    if num_classes > 256 or not (prediction.is_cpu and target.is_cpu):
        return None
    if ignore_index is not None and not 0 <= ignore_index <= 255:
        return None
    table = count_pairs(prediction, target, num_classes)  # (256, C)
    if table is None:
        return None
    if ignore_index is not None:
        table[ignore_index] = 0
    if table[num_classes:].any():
        return None
    return table[:num_classes].clone()


def confusion_matrix_by_bincount(
    prediction: Tensor,
    target: Tensor,
    num_classes: int,
    ignore_index: int | None = 255,
) -> Tensor:
    """Count with one `bincount` over the numbers target · C + prediction: the teaching form, on any device.

    Arguments, result and errors as in `confusion_matrix`, which is faster on a CPU.

    >>> confusion_matrix_by_bincount(torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 0, 1, 255]]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    check_label_maps(prediction, target)
    num_classes = whole_number(num_classes, "num_classes")
    return _count_by_bincount(prediction, target, num_classes, void_label(ignore_index))


def _count_by_bincount(
    prediction: Tensor,
    target: Tensor,
    num_classes: int,
    ignore_index: int | None,
) -> Tensor:
    prediction = prediction.long()
    target = target.long()
    if ignore_index is not None:
        valid = target != ignore_index
        prediction = prediction[valid]
        target = target[valid]
    check_range(target, num_classes, ignore_index, "target")
    check_range(prediction, num_classes, None, "prediction")
    pairs = (target * num_classes + prediction).flatten()
    counts = torch.bincount(pairs, minlength=num_classes**2)
    return counts.view(num_classes, num_classes).cpu()
