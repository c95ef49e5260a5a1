"""What every metric on label maps checks first, each message naming the likely mistake."""

from torch import Tensor


def check_label_maps(prediction: Tensor, target: Tensor) -> None:
    """Raise TypeError or ValueError unless both are integer label maps (H, W) or (N, H, W) of the same shape.

    >>> import torch
    >>> check_label_maps(torch.zeros(1, 2, 3, dtype=torch.int64), torch.zeros(1, 2, 3, dtype=torch.uint8))
    """
    for name, labels in (("prediction", prediction), ("target", target)):
        _check_one(name, labels)
    if prediction.shape != target.shape:
        given = f"the prediction has shape {tuple(prediction.shape)}, the target {tuple(target.shape)}"
        if sorted(prediction.shape[-2:]) == sorted(target.shape[-2:]) and prediction.shape[:-2] == target.shape[:-2]:
            raise ValueError(f"{given}: height and width are swapped in one of them; transpose it back.")
        raise ValueError(f"{given}: both must be equal; resize the logits to the target's size, then take the argmax.")


def check_range(labels: Tensor, num_classes: int, ignore_index: int | None, name: str) -> None:
    """Raise ValueError if a label of the (non-void) pixels `labels` is not one of 0 … num_classes − 1."""
    if labels.numel() == 0:
        return
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        wrong = low if low < 0 else high
        void = "" if ignore_index is None else f", or {ignore_index} in the target for void"
        raise ValueError(
            f"the {name} contains label {wrong}, expected 0 … {num_classes - 1} for num_classes={num_classes}{void}: "
            "map the labels to this range or raise num_classes."
        )


def _check_one(name: str, labels: Tensor) -> None:
    shape = tuple(labels.shape)
    if labels.is_floating_point() or labels.is_complex():
        mend = f"take {name}.argmax(dim=1)" if labels.ndim == 4 else f"take {name}.argmax of logits, or {name}.long()"
        looks = ", which looks like logits" if labels.ndim == 4 else ""
        raise TypeError(f"the {name} is {labels.dtype} of shape {shape}{looks}; expected integer labels: {mend}.")
    if labels.ndim == 4:
        mend = f"{name}.squeeze(1)" if shape[1] == 1 else f"{name}.argmax(dim=1)"
        looks = "has a channel axis" if shape[1] == 1 else "looks one-hot"
        raise ValueError(f"the {name} has shape {shape} and {looks}; expected labels (N, H, W): take {mend}.")
    if labels.ndim not in (2, 3):
        raise ValueError(f"the {name} has shape {shape}; expected a label map (H, W) or a batch of them (N, H, W).")
