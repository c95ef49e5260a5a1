"""Looking at any module from outside: a weightless copy and an image for it, its tensors, eval mode for a while."""

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

Shape = tuple[int, int, int, int]  # (N, C, H, W)


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
    replaced: dict[int, Tensor] = {}
    for part in module.modules():
        for value in vars(part).values():
            if isinstance(value, Tensor) and not value.is_leaf:  # computed by a hook, as weight_norm does
                replaced[id(value)] = replace(value.detach())
    for buffer in module.buffers():
        replaced[id(buffer)] = replace(buffer.detach())
    for parameter in module.parameters():
        replaced[id(parameter)] = nn.Parameter(replace(parameter.detach()), requires_grad=False)
    return copy.deepcopy(module, replaced).eval()  # deepcopy takes what it finds in the memo instead of copying


def probe_of(module: nn.Module, input_size: Shape | None) -> tuple[nn.Module, Tensor]:
    """Return a weightless copy of a module in eval mode, and an image for it, both on the meta device.

    Without input_size the image is 1024 × 768 and has the channels of the first convolution.

    >>> probe_of(nn.Conv2d(3, 8, 3), None)[1].shape
    torch.Size([1, 3, 1024, 768])
    """
    convolutions = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]
    channels = convolutions[0].in_channels if convolutions else 1
    dtypes = [parameter.dtype for parameter in module.parameters()]
    dtype = dtypes[0] if dtypes else torch.float32
    return shadow(module), torch.empty(input_size or (1, channels, 1024, 768), dtype=dtype, device="meta")


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
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, tuple | list):
        return []
    return [tensor for part in value for tensor in tensors_in(part)]
