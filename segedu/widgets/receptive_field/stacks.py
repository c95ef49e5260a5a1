"""The receptive-field explorer's layers: dictionaries that JSON can hold, presets, other forms."""

from collections.abc import Mapping
from typing import Any

from torch import nn

MOST_LAYERS = 20  # as in receptive_field/core.js
NUMBERS = ("kernel", "stride", "padding", "dilation")


def conv(kernel: int = 3, stride: int = 1, dilation: int = 1) -> dict[str, Any]:
    """Return a convolution whose padding keeps the size at stride 1.

    >>> conv(dilation=2)
    {'kind': 'conv', 'kernel': 3, 'stride': 1, 'padding': 2, 'dilation': 2}
    """
    return {
        "kind": "conv",
        "kernel": kernel,
        "stride": stride,
        "padding": dilation * (kernel - 1) // 2,
        "dilation": dilation,
    }


def pool(kernel: int = 2, stride: int = 2) -> dict[str, Any]:
    """Return an average pooling."""
    return {**conv(kernel, stride), "kind": "pool"}


def vgg(*convolutions: int) -> list[dict[str, Any]]:
    """Return blocks of so many 3×3 convolutions, each with a 2×2 pooling after it."""
    layers = []
    for count in convolutions:
        layers += [conv()] * count
        layers.append(pool())
    return layers


STACKS: dict[str, list[dict[str, Any]]] = {  # the same list as in receptive_field/core.js
    "four 3×3": [conv()] * 4,
    "VGG-like": [*vgg(2, 2), conv(), conv()],
    "VGG-16": vgg(2, 2, 3, 3, 3),
    "dilated 1-2-4-8": [conv(dilation=rate) for rate in (1, 2, 4, 8)],
    "gridding 2-2-2": [conv(dilation=2)] * 3,
    "no holes 1-2-5": [conv(dilation=rate) for rate in (1, 2, 5)],
    "strided": [conv(stride=2)] * 3,
    "ResNet stem": [conv(7, 2), pool(3, 2), conv(), conv()],
}


def as_layers(layers: Any) -> list[dict[str, Any]]:
    """Return a preset's name, a module of square layers, tuples or dictionaries as a list of dictionaries.

    Raises:
        ValueError: it is anything else; the error names it.

    >>> as_layers([3, (5, 2, 2)])[1]
    {'kind': 'conv', 'kernel': 5, 'stride': 2, 'padding': 2, 'dilation': 1}
    """
    if isinstance(layers, str):
        if layers not in STACKS:
            raise ValueError(f"there is no stack {layers!r}; choose one of {', '.join(STACKS)}")
        return [dict(layer) for layer in STACKS[layers]]
    if isinstance(layers, nn.Module):
        layers = [module for module in layers.modules() if not list(module.children())]
    stack = [as_layer(layer) for layer in layers if not isinstance(layer, PIXELWISE)]
    if not 1 <= len(stack) <= MOST_LAYERS:
        raise ValueError(f"the stack has {len(stack)} convolutions and poolings; give 1 to {MOST_LAYERS}")
    return stack


PIXELWISE = (nn.ReLU, nn.BatchNorm2d, nn.Identity, nn.Dropout)  # they look at one pixel at a time


def as_layer(layer: Any) -> dict[str, Any]:
    """Return one layer in any of its forms as a dictionary.

    Raises:
        ValueError: it is no layer, or not square.
    """
    # What it says of the four numbers; None and what is missing become defaults.
    kind, values = _kind_and_values(layer)
    numbers = [
        default if value is None else _on_both_axes(value) for value, default in zip(values, (0, 1, 0, 1), strict=False)
    ]
    numbers += [1, 0, 1][max(len(numbers), 1) - 1 :]

    # Whether torch could have such a layer.
    is_whole = len(values) <= 4 and all(isinstance(number, int) for number in numbers)
    if kind not in ("conv", "pool") or not is_whole or not _in_range(*numbers):
        raise ValueError(
            f"{layer!r} is no layer of the explorer; give (kernel, stride, padding, dilation), "
            "whole numbers that hold for both axes"
        )
    return {"kind": kind, **dict(zip(NUMBERS, numbers, strict=True))}


def _kind_and_values(layer: Any) -> tuple[Any, list[Any]]:
    """Return a layer's kind and what it says of kernel, stride, padding, dilation, in this order."""
    if isinstance(layer, Mapping):
        return layer.get("kind", "conv"), [layer.get(name) for name in NUMBERS]
    if isinstance(layer, nn.Module):
        kind = "pool" if isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)) else "conv"
        return kind, [getattr(layer, name, None) for name in ("kernel_size", *NUMBERS[1:])]
    if isinstance(layer, (tuple, list)):
        return "conv", list(layer)
    return "conv", [layer]


def _on_both_axes(value: Any) -> Any:
    """Return the number of a pair of equal ones, and anything else as it is."""
    is_pair = isinstance(value, (tuple, list)) and len(value) == 2 and value[0] == value[1]
    return value[0] if is_pair else value


def _in_range(kernel: int, stride: int, padding: int, dilation: int) -> bool:
    return min(kernel, stride, dilation) >= 1 and padding >= 0


def can_be_built(layer: Mapping[str, Any]) -> bool:
    """Return whether torch has such a layer.

    Average pooling knows no dilation and pads by at most half its window.
    """
    if layer["kind"] == "conv":
        return True
    return layer["dilation"] == 1 and 2 * layer["padding"] <= layer["kernel"]
