"""Nests: tensors in dicts, lists and tuples, as deep as one likes, such as a batch of images with their boxes."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor


def map_tensors(function: Callable[[Tensor], Tensor], nest: Any) -> Any:
    """Return the nest with each tensor replaced by `function` of it; numbers, texts and the like stay.

    >>> map_tensors(torch.neg, {"boxes": [torch.tensor(1), torch.tensor(2)], "name": "a"})
    {'boxes': [tensor(-1), tensor(-2)], 'name': 'a'}
    """
    if isinstance(nest, Tensor):
        return function(nest)
    if isinstance(nest, Mapping):
        return {key: map_tensors(function, value) for key, value in nest.items()}
    if isinstance(nest, tuple) and hasattr(nest, "_fields"):  # a named tuple
        return type(nest)(*(map_tensors(function, value) for value in nest))
    if isinstance(nest, (list, tuple)):
        return type(nest)(map_tensors(function, value) for value in nest)
    return nest


def to_device(nest: Any, device: torch.device) -> Any:
    """Return the nest with each tensor on `device`; from pinned memory CUDA fetches it while the CPU goes on."""
    overlap = device.type == "cuda"
    return map_tensors(lambda tensor: tensor.to(device, non_blocking=overlap), nest)
