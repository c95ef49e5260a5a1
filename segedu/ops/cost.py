"""What a network costs: parameters, multiply-accumulates (MACs) and the memory of its activations.

Everything is counted on a weightless copy on the meta device, by forward hooks on the layers (modules without
children): nothing is computed, and the module's weights, mode, statistics and the random generators stay as they are.
Work done outside of layers (`F.conv2d` in a forward, `+`, `torch.cat`) is not seen.

MACs per layer, biases not counted:
- convolution: output elements · in_channels/groups · kernel cells
- transposed convolution: input elements · out_channels/groups · kernel cells
- linear: output elements · in_features
- normalization, activation, pooling, upsampling: 0, small beside the others.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from segedu.ops.trace.modules import shadow, tensors_in


@dataclass(frozen=True)
class LayerCost:
    """One call of one layer: what it is, what it returned, what it cost.

    Attributes:
        name: As in named_modules(), e.g. "down.0.conv".
        kind: Class name, e.g. "Conv2d".
        output_shape: Of its first output.
        parameters: 0 when a layer is called again: its weights were counted before.
        macs: Multiply-accumulates.
        activation_bytes: 0 where the output is the input's memory: in-place activations, views.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    activation_bytes: int


def count_parameters(module: nn.Module) -> int:
    """Return the number of weights, trained or frozen, shared ones once; buffers (running statistics) are not weights.

    >>> count_parameters(nn.Conv2d(32, 64, 3)), count_parameters(nn.Conv2d(3, 32, 3))
    (18496, 896)
    """
    return sum(parameter.numel() for parameter in module.parameters())


def count_macs(module: nn.Module, input_size: tuple[int, ...]) -> int:
    """Return the multiply-accumulates of one forward pass on an input of shape `input_size`, (N, C, H, W) as a rule.

    >>> count_macs(nn.Conv2d(32, 64, 3, padding=1), (1, 32, 10, 20)) == 64 * 10 * 20 * 32 * 3 * 3
    True
    """
    return sum(row.macs for row in layer_table(module, input_size))


def activation_memory(module: nn.Module, input_size: tuple[int, ...], dtype: torch.dtype = torch.float32) -> int:
    """Return the bytes of all layers' outputs together: Σ N·C·H·W · bytes per element, over layers.

    An estimate of what training keeps for the backward pass: exact where each ReLU works in place, twice as much where
    it doesn't, less than is kept where maxima are pooled (lecture 05). A layer whose output shares its input's memory,
    such as an in-place ReLU, adds nothing; as in evaluation, dropout doesn't either.

    Args:
        module: Any module.
        input_size: Shape of its input, (N, C, H, W) as a rule.
        dtype: Of weights and input.

    >>> activation_memory(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), (1, 3, 12, 7)) == 2 * 8 * 10 * 5 * 4
    True
    """
    return sum(row.activation_bytes for row in layer_table(module, input_size, dtype))


def layer_table(module: nn.Module, input_size: tuple[int, ...], dtype: torch.dtype = torch.float32) -> list[LayerCost]:
    """Return one row per layer call, in the order of execution, for an input of shape `input_size`.

    Raises whatever the module's forward raises on such an input.

    >>> for row in layer_table(nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten()), (1, 3, 5, 7)):
    ...     print(row.name, row.kind, row.output_shape, row.parameters, row.macs, row.activation_bytes)
    0 Conv2d (1, 8, 3, 5) 224 3240 480
    1 Flatten (1, 120) 0 0 0
    """
    rows: list[LayerCost] = []
    counted: set[int] = set()  # ids of the weights that stand in a row already
    probe = shadow(module).to(dtype)

    def record(name: str, layer: nn.Module, inputs: Any, output: Any) -> None:
        rows.append(_layer_cost(name, layer, tensors_in(inputs), tensors_in(output), counted))

    for name, layer in probe.named_modules():
        if not any(layer.children()):
            layer.register_forward_hook(lambda layer, inputs, output, name=name: record(name, layer, inputs, output))
    with torch.no_grad():
        probe(torch.empty(input_size, dtype=dtype, device="meta"))
    return rows


def _layer_cost(
    name: str, layer: nn.Module, inputs: list[Tensor], outputs: list[Tensor], counted: set[int]
) -> LayerCost:
    parameters = 0
    for parameter in layer.parameters():
        if id(parameter) not in counted:
            counted.add(id(parameter))
            parameters += parameter.numel()

    activation_bytes = 0
    for output in outputs:
        if not _shares_memory(output, inputs):
            activation_bytes += output.numel() * output.element_size()

    return LayerCost(
        name,
        kind=type(layer).__name__,
        output_shape=tuple(outputs[0].shape),
        parameters=parameters,
        macs=_macs(layer, inputs, outputs[0]),
        activation_bytes=activation_bytes,
    )


def _macs(layer: nn.Module, inputs: list[Tensor], output: Tensor) -> int:
    if isinstance(layer, _ConvTransposeNd):
        return inputs[0].numel() * layer.out_channels // layer.groups * math.prod(layer.kernel_size)
    if isinstance(layer, _ConvNd):
        return output.numel() * layer.in_channels // layer.groups * math.prod(layer.kernel_size)
    if isinstance(layer, nn.Linear):
        return output.numel() * layer.in_features
    return 0


def _shares_memory(output: Tensor, inputs: list[Tensor]) -> bool:
    storage = output.untyped_storage()._cdata  # meta tensors have no address to compare
    return any(x.untyped_storage()._cdata == storage for x in inputs)
