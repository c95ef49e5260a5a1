"""Sliding windows: cut an image into all its crops; turn a classifier of crops into a convolution over the image."""

from torch import Tensor, nn

from ._linear import copied
from ._linear import linear_to_conv as linear_to_conv
from ._pair import IntOrPair, pair


def extract_windows(images: Tensor, size: IntOrPair, stride: IntOrPair = 1) -> Tensor:
    """Return a view of every window of `size` = (h, w), one every `stride` pixels.

    images (N, C, H, W) of any dtype → (N, windows_y, windows_x, C, h, w); windows_y = floor((H − h) / stride) + 1.
    Nothing is copied: overlapping windows share memory, so clone before writing. Raises ValueError if a window is
    larger than the image.

    >>> import torch
    >>> extract_windows(torch.arange(6).view(1, 1, 2, 3), size=2)[0, 0, 1, 0].tolist()
    [[1, 2], [4, 5]]
    """
    if images.ndim != 4:
        raise ValueError(f"the images have shape {tuple(images.shape)}; expected (N, C, H, W): add axes with x[None].")
    (h, w), (sy, sx) = pair(size, "size"), pair(stride, "stride")
    height, width = images.shape[-2:]
    if h > height or w > width:
        raise ValueError(
            f"a window of {h} × {w} does not fit an image of {height} × {width}: shrink it or pad the image."
        )
    windows = images.unfold(2, h, sy).unfold(3, w, sx)  # (N, C, windows_y, windows_x, h, w)
    return windows.permute(0, 2, 3, 1, 4, 5)


def conv_to_linear(conv: nn.Conv2d) -> nn.Linear:
    """Return the linear layer that gives, on one flattened window (C, h, w), what `conv` gives at that place.

    Stride and padding say where windows lie, not what is computed in one, so they are dropped. Raises ValueError for
    groups or dilation, whose windows aren't (C, h, w).

    >>> conv_to_linear(nn.Conv2d(3, 10, (5, 7)))
    Linear(in_features=105, out_features=10, bias=True)
    """
    if conv.groups != 1 or conv.dilation != (1, 1):
        raise ValueError(
            f"the convolution has groups={conv.groups} and dilation={conv.dilation}; expected 1 and (1, 1)."
        )
    weight = conv.weight.flatten(start_dim=1)
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=conv.bias is not None, device="meta")
    linear.weight = copied(weight)
    if conv.bias is not None:
        linear.bias = copied(conv.bias)
    return linear
