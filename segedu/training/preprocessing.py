"""What happens to images between data set and model, and how a model carries it along.

A trained model has an attribute `preprocessing`, put there by the trainer, by `load_checkpoint` and by `load_weights`;
`predict` reads it, so that a model sees images as it saw them in training. A model without it takes them as they are.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Preprocessing:
    """Resize and normalize images in [0, 1].

    mean, std: one number, or one per channel. size: (height, width) at which the model looks; the logits come back at
    the image's own size. None: the model looks at the image as it is.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    size: tuple[int, int] | None = None

    def __call__(self, images: Tensor) -> Tensor:
        """Return images (N, channels, H, W) in [0, 1] resized and normalized, in channels-last memory order.

        >>> Preprocessing(mean=(0.5,), std=(0.25,))(torch.ones(1, 3, 4, 6)).unique().tolist()
        [2.0]
        """
        if self.size and tuple(images.shape[-2:]) != tuple(self.size):
            images = _resized(images, self.size)
        mean = torch.tensor(self.mean, device=images.device).view(-1, 1, 1)
        std = torch.tensor(self.std, device=images.device).view(-1, 1, 1)
        return ((images - mean) / std).contiguous(memory_format=torch.channels_last)


STANDARD = Preprocessing(mean=(0.5,), std=(0.25,))


def attach(model: nn.Module, preprocessing: Preprocessing) -> None:
    """Leave `preprocessing` on a model as `model.preprocessing`, where `predict` finds it; no saved key changes."""
    model.preprocessing = preprocessing  # type: ignore[assignment]  # a module's attributes are typed as its parts


def preprocessing_of(model: nn.Module) -> Preprocessing:
    """Return what `attach` left on a model, else the preprocessing that changes nothing."""
    return getattr(model, "preprocessing", None) or Preprocessing()


def to_record(preprocessing: Preprocessing) -> dict[str, Any]:
    """Return a preprocessing as plain numbers in a dict, to be saved."""
    return asdict(preprocessing)


def from_record(record: dict[str, Any]) -> Preprocessing:
    """Return the preprocessing that `to_record` made a record of; saved lists become tuples again.

    >>> from_record({"mean": [0.5], "std": [0.25], "size": None}) == STANDARD
    True
    """
    return Preprocessing(**{key: tuple(value) if isinstance(value, list) else value for key, value in record.items()})


def _resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    device = images.device
    if device.type == "mps":
        images = images.cpu()  # Apple GPUs lack antialiasing in older versions
    return F.interpolate(images, size, mode="bilinear", antialias=True).to(device)
