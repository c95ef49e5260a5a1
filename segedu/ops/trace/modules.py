"""Looking at any module from outside: a copy without weights, its tensors, and eval mode for a while."""

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn


def on_meta(tensor: Tensor) -> Tensor:
    """Return an empty tensor of the same shape and dtype on the meta device."""
    return torch.empty_like(tensor, device="meta")


def shadow(module: nn.Module, replace: Callable[[Tensor], Tensor] = on_meta) -> nn.Module:
    """Return a copy of `module` in eval mode with `replace(tensor)` for each parameter and buffer.

    The module stays as it is and no weight is copied. By default the copy lives on the meta device, where shapes are
    worked out and nothing is computed.

    >>> shadow(nn.Conv2d(3, 8, 3)).weight.device.type
    'meta'
    """
    replaced: dict[int, Tensor] = {id(buffer): replace(buffer.detach()) for buffer in module.buffers()}
    for parameter in module.parameters():
        replaced[id(parameter)] = nn.Parameter(replace(parameter.detach()), requires_grad=False)
    return copy.deepcopy(module, replaced).eval()  # deepcopy takes what it finds in the memo instead of copying


@contextlib.contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Put `module` into eval mode inside the block and give each submodule its own mode back after it."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in what a layer took or gave: a tensor, or tuples, lists and dicts of them.

    >>> [tuple(tensor.shape) for tensor in tensors_in({"out": torch.empty(2, 3), "aux": [torch.empty(1)]})]
    [(2, 3), (1,)]
    """
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return [tensor for part in parts for tensor in tensors_in(part)]
