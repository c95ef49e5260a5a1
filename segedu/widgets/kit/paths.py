"""A stack of layers along one axis: cells per level, and the paths that lead from them to one output cell."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Layers = Sequence[Mapping[str, Any]]  # each with kernel, stride, padding, dilation


def level_lengths(layers: Layers, length: int) -> list[int]:
    """Return how many cells each level has along one axis, the input first; 0 from the first layer that does not fit.

    >>> level_lengths([{"kernel": 3, "stride": 2, "padding": 1, "dilation": 1}] * 2, 9)
    [9, 5, 3]
    """
    lengths = [length]
    for layer in layers:
        room = lengths[-1] + 2 * layer["padding"] - (layer["dilation"] * (layer["kernel"] - 1) + 1)
        lengths.append(room // layer["stride"] + 1 if lengths[-1] > 0 and room >= 0 else 0)
    return lengths


def path_counts(layers: Layers, length: int, index: int) -> list[Tensor]:
    """Return, per level, how many paths lead from each of its cells to output cell `index`; each (cells,) float64.

    They are the gradients of a stack of convolutions whose weights are all one; level 0 is the input (length,).

    >>> path_counts([{"kernel": 3, "stride": 1, "padding": 1, "dilation": 1}] * 2, 7, 3)[0].tolist()
    [0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 0.0]
    """
    levels = [torch.zeros(1, 1, length, dtype=torch.float64, requires_grad=True)]
    for layer in layers:
        ones = torch.ones(1, 1, layer["kernel"], dtype=torch.float64)
        levels.append(
            F.conv1d(levels[-1], ones, stride=layer["stride"], padding=layer["padding"], dilation=layer["dilation"])
        )
    return [gradient[0, 0] for gradient in torch.autograd.grad(levels[-1][0, 0, index], levels)]
