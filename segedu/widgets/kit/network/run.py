"""A network's steps, run by torch: what the page should give, and the proof that an export says what the model does."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.widgets.kit.network.steps import Side, Step, Term

Maps = dict[str, Tensor]
RULES: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: int(a // b),
    "%": lambda a, b: a % b,
}


def run_steps(steps: list[Step], image: Tensor) -> Maps:
    """Return the maps of all steps by name, (1, C, H, W) float32, of an image (1, C, H, W) as the model takes it."""
    maps: Maps = {"image": image}
    with torch.no_grad():
        for step in steps:
            options = _numbers(step.options, maps)
            inputs = [maps[name] for name in step.inputs]
            result = OPERATIONS[step.operation](inputs, options, step.weights)
            if isinstance(result, tuple):
                result, maps[f"{step.name}.indices"] = result
            maps[step.name] = result.relu() if step.relu else result
    return maps


def _numbers(value: Any, maps: Maps) -> Any:
    """Return options in which sizes are numbers."""
    if isinstance(value, Side):
        return maps[value.map].shape[2 + value.axis]
    if isinstance(value, Term):
        return RULES[value.operation](*(_numbers(each, maps) for each in value.numbers))
    if isinstance(value, dict):
        return {key: _numbers(each, maps) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(each, maps) for each in value]
    return value


Inputs = list[Tensor]
Options = Mapping[str, Any]
Weights = Mapping[str, Tensor]


def _convolution(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    result = F.conv2d(
        inputs[0],
        weights["weight"],
        stride=options["stride"],
        padding=options["padding"],
        dilation=options["dilation"],
        groups=options["groups"],
    )
    return _affine([result], options, weights)


def _transposed_convolution(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    result = F.conv_transpose2d(
        inputs[0],
        weights["weight"],
        stride=options["stride"],
        padding=options["padding"],
        output_padding=options["output_padding"],
        groups=options["groups"],
        dilation=options["dilation"],
    )
    return _affine([result], options, weights)


def _affine(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    scale = weights.get("scale", torch.ones(1))
    bias = weights.get("bias", torch.zeros(1))
    return inputs[0] * scale.view(-1, 1, 1) + bias.view(-1, 1, 1)


def _group_norm(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    return F.group_norm(inputs[0], options["groups"], weights.get("scale"), weights.get("bias"), options["eps"])


def _max_pool(inputs: Inputs, options: Options, weights: Weights) -> Any:
    return F.max_pool2d(
        inputs[0],
        options["kernel"],
        options["stride"],
        options["padding"],
        options["dilation"],
        options["ceil"],
        options["indices"],
    )


def _max_unpool(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    values, indices = inputs
    height, width = options["size"]
    flat = values.new_zeros(*values.shape[:2], height * width)
    return flat.scatter(2, indices.flatten(2), values.flatten(2)).unflatten(2, (height, width))


def _average_pool(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    return F.avg_pool2d(
        inputs[0],
        options["kernel"],
        options["stride"],
        options["padding"],
        options["ceil"],
        options["counts_padding"],
        options["divisor"],
    )


def _resize(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    mode, align_corners = options["mode"], options["align_corners"]
    if options["ratio"] is None:
        return F.interpolate(inputs[0], options["size"], mode=mode, align_corners=align_corners or None)
    factors = [1 / each for each in options["ratio"]]
    return F.interpolate(inputs[0], scale_factor=factors, mode=mode, align_corners=align_corners or None)


def _pad(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    value = options["value"] if options["mode"] == "constant" else None
    return F.pad(inputs[0], options["sides"], options["mode"], value)


def _slice(inputs: Inputs, options: Options, weights: Weights) -> Tensor:
    return inputs[0][(slice(None), *(slice(*each) for each in options["ranges"]))]


OPERATIONS: dict[str, Callable[[Inputs, Options, Weights], Any]] = {
    "convolution": _convolution,
    "transposed_convolution": _transposed_convolution,
    "affine": _affine,
    "group_norm": _group_norm,
    "relu": lambda inputs, options, weights: inputs[0].relu(),
    "sigmoid": lambda inputs, options, weights: inputs[0].sigmoid(),
    "softmax": lambda inputs, options, weights: inputs[0].softmax(1),
    "max_pool": _max_pool,
    "max_unpool": _max_unpool,
    "average_pool": _average_pool,
    "adaptive_average_pool": lambda inputs, options, weights: F.adaptive_avg_pool2d(inputs[0], options["size"]),
    "resize": _resize,
    "concatenate": lambda inputs, options, weights: torch.cat(inputs, 1),
    "add": lambda inputs, options, weights: inputs[0] + inputs[1],
    "subtract": lambda inputs, options, weights: inputs[0] - inputs[1],
    "multiply": lambda inputs, options, weights: inputs[0] * inputs[1],
    "divide": lambda inputs, options, weights: inputs[0] / inputs[1],
    "pad": _pad,
    "slice": _slice,
}
