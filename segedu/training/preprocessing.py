"""What happens to images between data set and model, and how a model carries it along.

A trained model has an attribute `preprocessing`, put there by the trainer, by `load_checkpoint` and by `load_weights`;
`predict` reads it, so that a model sees images as it saw them in training. A model without it takes them as they are.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segedu.scalars import real_number, whole_number


@dataclass(frozen=True)
class Preprocessing:
    """Resize and normalize images in [0, 1].

    mean, std: one number, or one per channel, of images in [0, 1]. size: (height, width) at which the model looks; the
    logits come back at the image's own size. None: the model looks at the image as it is.

    Raises TypeError or ValueError if mean or std are no numbers of images in [0, 1], or size is none of an image.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        # Python's own numbers, whatever they came as: a checkpoint holds no others.
        object.__setattr__(self, "mean", _per_channel(self.mean, "mean", at_least=0.0))
        object.__setattr__(self, "std", _per_channel(self.std, "std", above=0.0))
        if self.size is not None:
            object.__setattr__(self, "size", _height_and_width(self.size))

    def __call__(self, images: Tensor) -> Tensor:
        """Return images (N, channels, H, W) in [0, 1] resized and normalized, in channels-last memory order.

        >>> Preprocessing(mean=(0.5,), std=(0.25,))(torch.ones(1, 3, 4, 6)).unique().tolist()
        [2.0]
        """
        if self.size and tuple(images.shape[-2:]) != tuple(self.size):
            images = _resized(images, self.size)
        for values, name in ((self.mean, "mean"), (self.std, "std")):
            if len(values) not in (1, images.shape[1]):
                raise ValueError(
                    f"the images have {images.shape[1]} channels and the preprocessing's {name} {len(values)}: "
                    "give one number a channel, or one for all."
                )
        mean = torch.tensor(self.mean, dtype=torch.float32, device=images.device).view(-1, 1, 1)
        std = torch.tensor(self.std, dtype=torch.float32, device=images.device).view(-1, 1, 1)
        return ((images - mean) / std).contiguous(memory_format=torch.channels_last)


def _per_channel(values: Any, name: str, **lowest: float) -> tuple[float, ...]:
    """Return mean or std as a tuple of Python's floats; raises TypeError or ValueError with the way to mend it."""
    if getattr(values, "ndim", 0) == 0 and not isinstance(values, (tuple, list)):
        values = (values,)
    try:
        numbers = tuple(real_number(value, name, at_most=1.0, **lowest) for value in values)
    except ValueError as error:
        rule = "mean and std are of images in [0, 1], so divide those of 0 to 255 by 255"
        raise ValueError(f"{str(error).rstrip('.')}: {rule}.") from None
    if not numbers:
        raise ValueError(f"{name} is empty; give one number, or one per channel.")
    return numbers


def _height_and_width(size: Any) -> tuple[int, int]:
    if isinstance(size, (str, bytes)) or not hasattr(size, "__len__") or len(size) != 2:
        raise TypeError(f"size={size!r}; give (height, width).")
    return whole_number(size[0], "height", at_least=1), whole_number(size[1], "width", at_least=1)


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
