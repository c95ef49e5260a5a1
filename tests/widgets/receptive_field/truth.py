"""What torch says about the receptive field of a stack: the numbers that the explorer's screen must show."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from segedu.ops.receptive_fields import effective_size, receptive_field

Layers = Sequence[Mapping[str, Any]]


def module(layers: Layers) -> nn.Sequential:
    """Return the stack as one-channel torch layers in float64, every weight one."""
    made: list[nn.Module] = []
    for layer in layers:
        options = {name: layer[name] for name in ("stride", "padding")}
        if layer["kind"] == "pool":
            assert layer["dilation"] == 1, "AvgPool2d takes no dilation"
            made.append(nn.AvgPool2d(layer["kernel"], divisor_override=1, **options))
        else:
            made.append(nn.Conv2d(1, 1, layer["kernel"], dilation=layer["dilation"], bias=False, **options))
    stack = nn.Sequential(*made).double()
    for weight in stack.parameters():
        nn.init.ones_(weight)
    return stack


def gradient(layers: Layers, size: Sequence[int], cell: Sequence[int]) -> torch.Tensor:
    """Return the gradient of one output cell (H, W): the number of paths from each pixel."""
    image = torch.zeros(1, 1, *size, dtype=torch.float64, requires_grad=True)
    module(layers)(image)[0, 0, cell[0], cell[1]].backward()
    assert image.grad is not None
    return image.grad[0, 0]


def lengths(layers: Layers, size: Sequence[int]) -> list[list[int]]:
    """Return the rows and the columns of the input and of each layer's output, from torch's shapes."""
    shapes, x = [tuple(size)], torch.zeros(1, 1, *size, dtype=torch.float64)
    for layer in module(layers):
        x = layer(x)
        shapes.append(tuple(x.shape[2:]))
    return [list(axis) for axis in zip(*shapes, strict=True)]


def sides(field: torch.Tensor) -> dict[str, int]:
    """Return the effective sides for 50 % and 95 % of the weight; 0 where no pixel counts."""
    return {str(share): effective_size(field, share) if field.any() else 0 for share in (0.5, 0.95)}


def facts(layers: Layers, size: Sequence[int], cell: Sequence[int]) -> dict[str, Any]:
    """Return everything that the tests compare, as JSON can hold it. Raises RuntimeError where torch does."""
    analytic = receptive_field(
        [[layer[name] for name in ("kernel", "stride", "padding", "dilation")] for layer in layers]
    )
    field = gradient(layers, size, cell)
    rows, columns = field.any(dim=1).nonzero(), field.any(dim=0).nonzero()
    top, left, bottom, right = analytic.box((cell[0], cell[1]))
    weight = field.sum(dim=0) / field.sum() if field.any() else field.sum(dim=0)
    place = torch.arange(len(weight), dtype=torch.float64)
    return {
        "layers": list(layers), "size": list(size), "cell": list(cell), "lengths": lengths(layers, size),
        "size_of_field": analytic.size[0], "jump": analytic.jump[0], "start": analytic.start[0],
        "first": [top, left],
        "gradient": field.tolist(), "touched": int(field.count_nonzero()), "sides": sides(field),
        "box": [int(axis[-1] - axis[0]) + 1 if len(axis) else 0 for axis in (rows, columns)],
        "inside": top >= 0 and left >= 0 and bottom <= size[0] and right <= size[1] and not any(
            layer["padding"] for layer in layers
        ),
        "sigma": float((weight * (place - (weight * place).sum()) ** 2).sum().sqrt()),
    }  # fmt: skip


def random_stack(rng: random.Random) -> list[dict[str, Any]]:
    """Return one to four layers with small random settings."""
    layers = []
    for _ in range(rng.randint(1, 4)):
        pool = rng.random() < 0.25
        kernel, dilation = rng.randint(1, 4), 1 if pool else rng.randint(1, 3)
        padding = rng.randint(0, kernel // 2 if pool else 3) if rng.random() < 0.6 else 0
        numbers = {"kernel": kernel, "stride": rng.choice([1, 1, 2, 3]), "padding": padding, "dilation": dilation}
        layers.append({"kind": "pool" if pool else "conv", **numbers})
    return layers


def first_misfit(layers: Layers, size: Sequence[int]) -> int | None:
    """Return the number, from 1, of the first layer that torch refuses; None if it takes all."""
    x = torch.zeros(1, 1, *size, dtype=torch.float64)
    for number, layer in enumerate(layers, start=1):
        try:
            x = module([layer])(x)
        except (RuntimeError, AssertionError):
            return number
    return None
