"""What every metric on label maps checks first, each message naming the likely mistake."""

from torch import Tensor

from segedu.labels import check_integers, check_no_channels


def check_label_maps(prediction: Tensor, target: Tensor) -> None:
    """Raise TypeError or ValueError unless both are integer label maps (H, W) or (N, H, W) of the same shape.

    >>> import torch
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
