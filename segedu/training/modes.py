"""Training and evaluation mode, module by module: evaluation leaves no trace, what was frozen stays frozen."""

import contextlib
from collections.abc import Iterator

from torch import nn


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode inside the block, and each of its modules back into its own mode after it.

    >>> model = nn.Sequential(nn.Dropout(), nn.BatchNorm2d(3).eval())
    >>> with evaluating(model):
    ...     pass
    >>> [layer.training for layer in model]
    [True, False]
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def frozen_modules(model: nn.Module) -> list[nn.Module]:
    """Return the modules that are in evaluation mode inside of a model that trains, such as batch norm in fine-tuning.

    Of a model that is in evaluation mode as a whole, as after a prediction, nothing counts as frozen.
    """
    if not model.training:
        return []
    return [module for module in model.modules() if not module.training]


def start_training(model: nn.Module, frozen: list[nn.Module]) -> None:
    """Put a model into training mode, but for what is frozen."""
    model.train()
    for module in frozen:
        module.training = False
