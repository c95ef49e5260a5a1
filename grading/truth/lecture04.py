"""The right answers to the exercises of lecture 04; never part of the wheel."""

from typing import Any

import torch
from torch import Tensor, nn

from segedu.exercises.lecture04.windows import observe_convolution
from segedu.ops.windows import extract_windows


def cut_windows(image: Tensor, size: tuple[int, int], stride: int) -> Tensor:
    """Return all windows of an image (C, H, W), row by row: (windows, C, h, w)."""
    return extract_windows(image[None], size, stride)[0].flatten(0, 1).contiguous()


def as_convolution(weight: Tensor, bias: Tensor, channels: int, height: int, width: int) -> dict[str, Any]:
    """Return what is to be seen of the convolution that equals a linear layer on windows (channels, height, width)."""
    kernels = weight.view(-1, channels, height, width)
    convolution = nn.Conv2d(channels, len(bias), (height, width))
    with torch.no_grad():
        convolution.weight.copy_(kernels)
        convolution.bias.copy_(bias)
    return observe_convolution(convolution, {"channels": channels, "height": height, "width": width})


def choose_stride(height: int, width: int, window: int, macs_per_window: int, budget: int) -> int:
    """Return the smallest stride at which all windows inside of the image together keep within the budget."""
    stride = 1
    while ((height - window) // stride + 1) * ((width - window) // stride + 1) * macs_per_window > budget:
        stride += 1
    return stride


def paste_labels(small: Tensor, height: int, width: int, window: int, stride: int) -> Tensor:
    """Return for each pixel the label of the window whose middle is nearest: (height, width)."""
    rows, columns = (
        ((torch.arange(length) - window // 2 + stride // 2).div(stride, rounding_mode="floor")).clamp(0, count - 1)
        for length, count in zip((height, width), small.shape, strict=True)
    )
    return small[rows[:, None], columns]
