"""Sliding windows: cut an image into all its crops."""

from torch import Tensor

from segedu.ops.checks import check_map
from segedu.ops.sizes import IntOrPair, pair


def extract_windows(images: Tensor, size: IntOrPair, stride: IntOrPair = 1) -> Tensor:
    """Return a view of every window of `size` = (h, w), one every `stride` pixels.

    Nothing is copied: overlapping windows share memory, so clone before writing.

    Args:
        images: (N, C, H, W), of any dtype.
        size: Height and width of a window, in pixels.
        stride: Pixels between neighboring windows.

    Returns:
        (N, windows_y, windows_x, C, h, w), where windows_y = floor((H − h) / stride) + 1.

    Raises:
        ValueError: The images have other axes, or a window is larger than an image.

    >>> import torch
    >>> extract_windows(torch.arange(6).view(1, 1, 2, 3), size=2)[0, 0, 1, 0].tolist()
    [[1, 2], [4, 5]]
    """
    check_map(images)
    h, w = pair(size, "size")
    sy, sx = pair(stride, "stride")
    height, width = images.shape[2:]
    if h > height or w > width:
        raise ValueError(
            f"a window of {h} × {w} does not fit an image of {height} × {width}: shrink it or pad the image."
        )
    windows = images.unfold(2, h, sy).unfold(3, w, sx)  # (N, C, windows_y, windows_x, h, w)
    return windows.permute(0, 2, 3, 1, 4, 5)
