"""The right answers to the exercises of lecture 05; never part of the wheel."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from segedu.exercises.lecture05.convert import described, evaluated, larger_images
from segedu.ops.cost import layer_table


@torch.no_grad()
def fully_convolutional(classifier: nn.Sequential, input_size: tuple[int, int]) -> dict[str, Any]:
    """Return what the classifier says to each crop of the larger images, and its weights."""
    (h, w), images, classifier = input_size, larger_images(input_size), evaluated(classifier)
    stride = total_stride(classifier)
    rows, columns = (range(0, side - own + 1, stride) for side, own in zip(images.shape[2:], (h, w), strict=True))
    places = [torch.stack([classifier(images[:, :, y : y + h, x : x + w]) for x in columns], dim=2) for y in rows]
    return described(torch.stack(places, dim=2), classifier)


def total_stride(classifier: nn.Sequential) -> int:
    """Return the product of all strides."""
    product = 1
    for layer in classifier:
        stride = getattr(layer, "stride", 1)
        product *= stride if isinstance(stride, int) else stride[0]
    return product


@torch.no_grad()
def activation_bytes(model: nn.Module, images: Tensor) -> int:
    """Return the bytes of all layers' outputs in the model's own mode; one in its layer's input's storage is free."""
    sizes, probe = [], copy.deepcopy(model)

    def hook(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if output.untyped_storage().data_ptr() != inputs[0].untyped_storage().data_ptr():
            sizes.append(output.nbytes)

    for layer in probe.modules():
        if not any(layer.children()):
            layer.register_forward_hook(hook)
    probe(images.clone())
    return sum(sizes)


def tower_costs(layers: list[tuple[int, int, int]], channels: int, height: int, width: int) -> tuple[int, int]:
    """Return MACs and activation bytes of convolutions with padding k // 2, by building them without memory."""
    sides = [channels, *(out for _, out, _ in layers)]
    convs = [
        nn.Conv2d(before, out, kernel, stride, kernel // 2, device="meta")
        for before, (kernel, out, stride) in zip(sides, layers, strict=False)
    ]
    table = layer_table(nn.Sequential(*convs), (1, channels, height, width))
    return sum(row.macs for row in table), sum(row.activation_bytes for row in table)
