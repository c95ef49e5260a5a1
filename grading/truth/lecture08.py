"""The right answers to the exercises of lecture 08; never part of the wheel."""

import torch
import torch.nn.functional as F
from torch import Tensor


def transposed_size(
    input_size: int, kernel_size: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    """Return the cells that the stamps cover, less what padding crops, plus output_padding."""
    covered = (input_size - 1) * stride + dilation * (kernel_size - 1) + 1
    return covered - 2 * padding + output_padding


def conv_transpose2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Return torch's own transposed convolution of x (N, C, h, w) with weight (C, O, kh, kw)."""
    return F.conv_transpose2d(x, weight, bias, stride, padding, output_padding, 1, dilation)


def transposed_matrix(weight: Tensor, input_size: tuple[int, int], stride: int = 1, padding: int = 0) -> Tensor:
    """Return the matrix (H·W, h·w): torch's transposed convolution of maps with one bright cell each, as columns."""
    cells = torch.eye(input_size[0] * input_size[1]).view(-1, 1, *input_size)
    return F.conv_transpose2d(cells, weight[None, None], None, stride, padding).flatten(1).T.contiguous()


def grid_energy(heat_map: Tensor, period: int) -> float:
    """Return the share of the variance of heat_map (H, W) that lies at frequencies that are multiples of 1/period."""
    height, width = heat_map.shape
    power = torch.fft.fft2(heat_map.double() - heat_map.double().mean()).abs().square()
    return round(float(power[:: height // period, :: width // period].sum() / power.sum()), 12)


def smooth_decoder(channels: int, num_classes: int) -> None:
    """Return nothing to compare with: every decoder that meets the demands is right."""
