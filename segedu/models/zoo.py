"""Models by name, for the command line and for comparisons: name → model."""

import inspect
from collections.abc import Callable
from typing import Any

from torch import nn

from segedu.models.unet import AttentionUNet, UNet
from segedu.models.unet_plus_plus import UNetPlusPlus

_MODELS: dict[str, Callable[..., nn.Module]] = {
    "unet": UNet,
    "unet_plus_plus": UNetPlusPlus,
    "attention_unet": AttentionUNet,
}


def model_names() -> tuple[str, ...]:
    """Return the names that `create_model` knows, one for each architecture of the course, such as "unet".

    >>> "unet" in model_names()
    True
    """
    return tuple(_MODELS)


def create_model(name: str, **options: Any) -> nn.Module:
    """Return a new model with random weights; `options` are those of its class, such as num_classes and in_channels.

    Raises ValueError for an unknown name and TypeError for an option that the model hasn't, naming those there are.

    >>> type(create_model("unet", num_classes=5, width=8, depth=2)).__name__
    'UNet'
    """
    if name not in _MODELS:
        raise ValueError(f"there is no model {name!r}; choose one of: {', '.join(_MODELS)}.")
    known = inspect.signature(_MODELS[name]).parameters
    unknown = [option for option in options if option not in known]
    if unknown:
        raise TypeError(f"the model {name!r} has no option {', '.join(unknown)}; it has: {', '.join(known)}.")
    return _MODELS[name](**options)
