"""Small networks for lecture 05's cases: they say in one line what they are made of, and hold small whole numbers."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class Chain(nn.Sequential):
    """A `nn.Sequential` that prints on one line, so that a failing case can be read."""

    def __repr__(self) -> str:
        return f"nn.Sequential({', '.join(map(line, self))})"


def line(layer: nn.Module) -> str:
    """Return a layer as short text.

    >>> line(nn.Conv2d(3, 8, (3, 2), stride=2))
    'Conv2d(3, 8, (3, 2), stride=2)'
    """
    name = type(layer).__name__
    if isinstance(layer, nn.Conv2d):
        stride = f", stride={layer.stride[0]}" if layer.stride != (1, 1) else ""
        padding = f", padding={layer.padding[0]}" if layer.padding != (0, 0) else ""
        return f"Conv2d({layer.in_channels}, {layer.out_channels}, {layer.kernel_size}{stride}{padding})"
    if isinstance(layer, nn.Linear):
        bias = "" if layer.bias is not None else ", bias=False"
        return f"{name}({layer.in_features}, {layer.out_features}{bias})"
    if isinstance(layer, nn.BatchNorm2d):
        return f"{name}({layer.num_features})"
    if isinstance(layer, nn.LeakyReLU):
        return f"{name}({layer.negative_slope})"
    if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
        return f"{name}({layer.kernel_size})"
    if isinstance(layer, nn.ReLU) and layer.inplace:
        return f"{name}(inplace=True)"
    return repr(layer) if isinstance(layer, Chain | Twice | Branches) else name


def with_whole_numbers(network: nn.Module) -> nn.Module:
    """Give every weight a whole number from −2 to 2 and return the network."""
    for weight in network.parameters():
        weight.data = torch.randint(-2, 3, weight.shape).to(weight.dtype)
    return network


class Watched(nn.Conv2d):
    """A convolution on which someone else's hook hangs; its text counts the hooks, so that a check sees a loss."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__(in_channels, out_channels, kernel_size)
        self.register_forward_hook(look)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, hooks={len(self._forward_hooks)}"


def look(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    """Do nothing: a hook that is there to be left alone."""


class SameReLU(nn.ReLU):
    """A ReLU that stands in several places; its name tells a reader of a network's text that it is the same one."""


class Double(nn.Module):
    """Make float64 of what comes in: a layer whose output has another dtype than the images."""

    def forward(self, x: Tensor) -> Tensor:
        return x.double()


class Crop(nn.Module):
    """Leave out the first channel: the output lies in its input's memory, and begins later in it."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 1:]


class Twice(nn.Module):
    """One layer that is called twice: its output is made twice, its weights exist once."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.layer(x))

    def __repr__(self) -> str:
        return f"Twice({line(self.layer)})"


class Branches(nn.Module):
    """Layers side by side on one input; their outputs are added up."""

    def __init__(self, layers: Iterable[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([layer(x) for layer in self.layers]).sum(dim=0)

    def __repr__(self) -> str:
        return f"Branches({', '.join(map(line, self.layers))})"
