"""Which numbers a network really uses: those that `parameters()` finds, and those that it doesn't."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map


class Used(NamedTuple):
    """How many numbers a network uses beside its parameters, and what it returns for an image of zeros."""

    hidden: int  # weights that ask for a gradient, or nn.Parameters
    fixed: int  # other tensors: buffers, constants
    output: Any  # on the meta device


def used_numbers(network: nn.Module, shape: tuple[int, ...]) -> Used:
    """Run a network on an image without numbers: shapes are worked out, nothing is computed.

    The running statistics of normalizations are no weights, and don't count.

    Raises:
        Whatever the network raises; NotImplementedError if it asks for the numbers of the image.
    """
    own = {memory(weight) for weight in network.parameters()}
    for layer in network.modules():
        if isinstance(layer, nn.modules.batchnorm._NormBase):
            own |= {memory(buffer) for buffer in layer.buffers()}
    with torch.no_grad(), WithoutNumbers(own) as tried:
        output = network(torch.empty(shape, device="meta"))
    hidden = [tensor for tensor in tried.others.values() if isinstance(tensor, nn.Parameter) or tensor.requires_grad]
    fixed = [tensor for tensor in tried.others.values() if not isinstance(tensor, nn.Parameter)]
    fixed = [tensor for tensor in fixed if not tensor.requires_grad]
    return Used(sum(t.numel() for t in hidden), sum(t.numel() for t in fixed), output)


def memory(tensor: Tensor) -> int:
    """Return what tells a tensor's memory from that of others; a view has that of its base."""
    return tensor.untyped_storage()._cdata


class WithoutNumbers(TorchDispatchMode):
    """Work every operation out on the meta device; keep the tensors with numbers that are not the network's `own`."""

    def __init__(self, own: set[int]) -> None:
        super().__init__()
        self.own, self.others = own, dict[int, Tensor]()

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        def without(value: Any) -> Any:
            if not isinstance(value, Tensor) or value.is_meta:
                return value
            if memory(value) not in self.own:
                self.others[memory(value)] = value
            return torch.empty_like(value, device="meta")

        given = {name: value for name, value in (kwargs or {}).items() if name != "device"}
        if kwargs and "device" in kwargs:
            given["device"] = torch.device("meta")
        return func(*tree_map(without, args), **tree_map(without, given))
