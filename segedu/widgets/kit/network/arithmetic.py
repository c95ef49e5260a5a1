"""The four rules of arithmetic in a forward: between maps, and between a map and one number or one per channel."""

from typing import Any

import torch

from segedu.widgets.kit.network.steps import Map, Refusal, Side, Steps, Term


def add(steps: Steps, input: Any, other: Any, *, alpha: float = 1) -> Map:
    """input + other; one of them is a map, the other a map or constant."""
    _check_alpha(alpha)
    if isinstance(input, Map) and isinstance(other, Map):
        return steps.add("add", [input, other])
    if isinstance(input, Map):
        return _affine(steps, input, other, 1.0, other)
    return _affine(steps, other, input, 1.0, input)


def subtract(steps: Steps, input: Any, other: Any, *, alpha: float = 1) -> Map:
    """input − other; one of them is a map, the other a map or constant."""
    _check_alpha(alpha)
    if isinstance(input, Map) and isinstance(other, Map):
        return steps.add("subtract", [input, other])
    if isinstance(input, Map):
        return _affine(steps, input, other, 1.0, _negative(other))
    return _affine(steps, other, input, -1.0, input)


def multiply(steps: Steps, input: Any, other: Any) -> Map:
    """input · other; one of them is a map, the other a map or constant."""
    if isinstance(input, Map) and isinstance(other, Map):
        return steps.add("multiply", [input, other])
    if isinstance(input, Map):
        return _affine(steps, input, other, other, 0.0)
    return _affine(steps, other, input, input, 0.0)


def divide(steps: Steps, input: Any, other: Any) -> Map:
    """input / other; input is a map, other a map or constant."""
    if isinstance(input, Map) and isinstance(other, Map):
        return steps.add("divide", [input, other])
    if not isinstance(input, Map):
        raise Refusal("divides a number by a map", "multiply by a number, or divide maps")
    return _affine(steps, input, other, _inverse(other), 0.0)


def negate(steps: Steps, input: Map) -> Map:
    """−input."""
    return _affine(steps, input, -1.0, -1.0, 0.0)


def _negative(constant: Any) -> Any:
    return constant if isinstance(constant, Side | Term) else -constant  # a size is refused below


def _inverse(constant: Any) -> Any:
    return constant if isinstance(constant, Side | Term) else 1 / constant


def _check_alpha(alpha: float) -> None:
    if alpha != 1:
        raise Refusal(f"adds or subtracts with alpha={alpha}", "multiply first")


def _affine(steps: Steps, map: Map, constant: Any, scale: Any, bias: Any) -> Map:
    """Append map·scale + bias, each a number or one number per channel; `constant` is what the forward had."""
    if isinstance(constant, Side | Term):
        raise Refusal("computes with a map's size", "use numbers that don't depend on the image")
    shape = torch.as_tensor(constant).shape
    if shape.numel() > 1 and tuple(shape)[-3:] != (map.channels, 1, 1):
        raise Refusal(f"computes with a constant of shape {tuple(shape)}", "use one number, or one per channel")
    per_channel = {
        key: torch.as_tensor(value, dtype=torch.float32).flatten().expand(map.channels)
        for key, value in (("scale", scale), ("bias", bias))
    }
    return steps.add("affine", [map], {}, per_channel)
