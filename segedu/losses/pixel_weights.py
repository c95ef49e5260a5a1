"""How much each pixel counts in a mean: as much as its class, void not at all."""

from torch import Tensor


def pixel_weights(target: Tensor, class_weights: Tensor | None, ignore_index: int) -> Tensor:
    """Return each pixel's weight, that of its class, 0 for void: float32 of the target's shape."""
    labels = target.long()
    valid = labels != ignore_index
    if class_weights is None:
        return valid.float()
    labels = labels.masked_fill(~valid, 0)
    return class_weights.to(target.device)[labels] * valid
