"""The right answers to the exercises of lecture 06; never part of the wheel."""

import torch.nn.functional as F
from torch import Tensor

Layer = tuple[int, int, int, int]  # kernel_size, stride, padding, dilation


def dilated_conv(x: Tensor, w: Tensor, rate: int) -> Tensor:
    """Return torch's own dilated convolution of x (H, W), padded so that it keeps its size."""
    kh, kw = w.shape
    return F.conv2d(x[None, None], w[None, None], padding=(rate * (kh // 2), rate * (kw // 2)), dilation=rate)[0, 0]


def to_dilated(layers: list[Layer], output_stride: int) -> list[Layer]:
    """Return the layers with strides kept up to output_stride, and later windows spread by what was given up."""
    dense, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        kept = stride if reached * stride <= output_stride else 1
        dense.append((kernel_size, kept, padding * rate, dilation * rate))
        rate, reached = rate * stride // kept, reached * kept
    return dense


def count_holes(rates: list[int], kernel_size: int) -> int:
    """Return how many pixels of the field, along one axis, no path reaches."""
    pixels = {0}
    for rate in rates:
        pixels = {pixel + rate * tap for pixel in pixels for tap in range(kernel_size)}
    return max(pixels) + 1 - len(pixels)


def choose_rates(field: int) -> list[int]:
    """Return 1, 3, 9, …: each rate as large as the field before it, so that no list is shorter."""
    rates, seen = [], 1
    while seen < field:
        rates.append(seen)
        seen *= 3
    return rates
