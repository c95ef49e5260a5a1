"""What torch says about a stack of dilated convolutions: the numbers that the gridding explorer's screen must show."""

import math
import random
from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from segedu.ops.receptive_fields import measured_receptive_field


@cache
def paths(rates: tuple[int, ...], kernel: int) -> torch.Tensor:
    """Return the paths from the output cell to each column (side,): the gradient of convolutions with ones."""
    row = torch.zeros(1, 1, 1 + sum(rates) * (kernel - 1), dtype=torch.float64, requires_grad=True)
    x = row
    for rate in rates:
        x = F.conv1d(x, torch.ones(1, 1, kernel, dtype=torch.float64), dilation=rate)
    assert x.shape == (1, 1, 1)
    return torch.autograd.grad(x.sum(), row)[0][0, 0].long()


def square(rates: Sequence[int], kernel: int) -> torch.Tensor:
    """Return the same on the square (side, side), by 2-D convolutions with ones."""
    side = 1 + sum(rates) * (kernel - 1)
    image = torch.zeros(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    x = image
    for rate in rates:
        x = F.conv2d(x, torch.ones(1, 1, kernel, kernel, dtype=torch.float64), dilation=rate)
    return torch.autograd.grad(x.sum(), image)[0][0, 0].long()


def used_pixels(rates: Sequence[int], kernel: int) -> int:
    """Return how many pixels se.ops.measured_receptive_field finds."""
    side = 1 + sum(rates) * (kernel - 1)
    stack = nn.Sequential(*[nn.Conv2d(1, 1, kernel, dilation=rate) for rate in rates])
    return int(measured_receptive_field(stack, (1, 1, side, side)).mask.sum())


def facts(rates: Sequence[int], kernel: int) -> dict[str, Any]:
    """Return everything that the node tests compare, as JSON can hold it."""
    reached = paths(tuple(rates), kernel).nonzero().flatten()
    return {
        "rates": list(rates), "kernel": kernel, "gcd": math.gcd(*rates),
        "levels": [paths(tuple(rates[level:]), kernel).tolist() if rates[level:] else [1]
                   for level in range(len(rates) + 1)],
        "square": square(rates, kernel).tolist(), "usedPixels": used_pixels(rates, kernel),
        "step": max([1, *reached.diff().tolist()]),
    }  # fmt: skip


def random_stacks(count: int) -> list[tuple[list[int], int]]:
    """Return `count` random stacks (rates, kernel) of one to four layers."""
    rng = random.Random(0)
    return [([rng.randint(1, 8) for _ in range(rng.randint(1, 4))], rng.randint(2, 5)) for _ in range(count)]
