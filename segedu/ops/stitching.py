"""Dense predictions from a coarse network: run it on shifted copies of the image and interlace what comes out."""

from torch import Tensor, nn

from segedu.ops.sizes import IntOrPair, Pair, pair
from segedu.ops.trace.modules import evaluating


def shift_and_stitch(module: nn.Module, images: Tensor, stride: IntOrPair) -> Tensor:
    """Evaluate a strided network everywhere: cell (i, j) of the run shifted by (dy, dx) is cell (s·i + dy, s·j + dx).

    The result is what the same weights give with every stride turned into a dilation. For a network without padding
    that holds everywhere, otherwise wherever the window lies inside the image. Source: Sermanet et al. 2014 (OverFeat)
    §3.3, Long et al. 2015 (FCN) §3.2.

    Args:
        module: Runs s² times in eval mode, which is undone afterwards; gradients flow if they are on.
        images: (N, C, H, W). A shift drops their first dy rows and dx columns.
        stride: The network's, from image to output map: the product of its layers' strides; an int or a pair
            (vertical, horizontal).

    Returns:
        (N, K, H', W'), one row and column for each place of the network's window.

    Raises:
        ValueError: The network has another stride, or refuses a shifted image.

    >>> import torch
    >>> image = torch.tensor([[[[1.0, 5.0, 2.0, 3.0], [0.0, 0.0, 0.0, 9.0], [4.0, 0.0, 0.0, 0.0]]]])
    >>> shift_and_stitch(nn.MaxPool2d(2), image, stride=2).tolist()
    [[[[5.0, 5.0, 9.0], [4.0, 0.0, 9.0]]]]
    """
    sy, sx = pair(stride, "stride")
    coarse: dict[Pair, Tensor] = {}
    with evaluating(module):
        for dy in range(sy):
            for dx in range(sx):
                coarse[dy, dx] = _run(module, images[:, :, dy:, dx:])
        _check_stride(module, images, coarse[0, 0], (sy, sx))

    n, outputs = coarse[0, 0].shape[:2]
    height = sum(coarse[dy, 0].shape[2] for dy in range(sy))
    width = sum(coarse[0, dx].shape[3] for dx in range(sx))
    dense = coarse[0, 0].new_zeros(n, outputs, height, width)
    for (dy, dx), cells in coarse.items():
        dense[:, :, dy::sy, dx::sx] = cells
    return dense


def _run(module: nn.Module, images: Tensor) -> Tensor:
    height, width = images.shape[2:]
    try:
        return module(images)
    except RuntimeError as error:
        raise ValueError(
            f"the network refuses the shifted image of {height} × {width} pixels; give an image that holds its window "
            f"at every shift ({str(error).splitlines()[0]})."
        ) from error


def _check_stride(module: nn.Module, images: Tensor, cells: Tensor, stride: Pair) -> None:
    """Raise unless one step of the window is `stride` pixels: a corner with all other cells cut off makes one cell."""
    rows, columns = cells.shape[2:]
    corner = images[:1, :, (rows - 1) * stride[0] :, (columns - 1) * stride[1] :]
    if corner.numel() == 0 or module(corner).shape[2:] != (1, 1):
        raise ValueError(
            f"stride is {stride}, but the network makes {rows} × {columns} cells of "
            f"{images.shape[2]} × {images.shape[3]} pixels: give the product of all its strides."
        )
