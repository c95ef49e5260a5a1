"""Convolution in two forms: the sum in loops, and the same sum as one matrix product (im2col).

Options are an int or a pair (vertical, horizontal). As everywhere in deep learning, the kernel is not flipped
(mathematicians call this cross-correlation), and the border is padded with zeros.
"""

from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.ops.checks import check_map, check_tensors
from segedu.ops.sizes import IntOrPair, output_pair, pair


def conv2d_loops(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Convolve by loops over output cells and kernel taps; at each tap the channels meet in a small matrix product.

    Slow on purpose; equal to `torch.nn.functional.conv2d`.

    Args:
        x: (N, C, H, W), of any dtype, integers too.
        weight: (O, C, kh, kw), of x's dtype.
        bias: (O,), or None.
        stride: Cells between neighboring windows.
        padding: Rows or columns of zeros on each side.
        dilation: Cells between neighboring taps.

    Returns:
        (N, O, H', W') of x's dtype.

    Raises:
        ValueError: Shapes or types don't fit each other.

    >>> conv2d_loops(torch.arange(12).view(1, 1, 3, 4), torch.ones(1, 1, 3, 3, dtype=torch.int64)).tolist()
    [[[[45, 54]]]]
    """
    check_tensors(x, weight, bias)
    sy, sx = pair(stride, "stride")
    dy, dx = pair(dilation, "dilation")
    outputs, _, kh, kw = weight.shape
    height, width = output_pair((x.shape[2], x.shape[3]), (kh, kw), stride, padding, dilation)

    padded = _zero_pad(x, padding)
    output = x.new_zeros(len(x), outputs, height, width)
    for row, column in product(range(height), range(width)):
        for ky, kx in product(range(kh), range(kw)):
            cell = padded[:, :, row * sy + ky * dy, column * sx + kx * dx]  # (N, C)
            output[:, :, row, column] += cell @ weight[:, :, ky, kx].T  # (N, O)
    if bias is not None:
        output = output + bias[:, None, None]
    return output


def conv2d_im2col(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Convolve as one matrix product: the kernels as rows times the patches as columns.

    Arguments, result and errors as in `conv2d_loops`. Source: Chellapilla et al. 2006.

    >>> conv2d_im2col(torch.arange(12).view(1, 1, 3, 4), torch.ones(1, 1, 3, 3, dtype=torch.int64)).tolist()
    [[[[45, 54]]]]
    """
    check_tensors(x, weight, bias)
    outputs, _, kh, kw = weight.shape
    height, width = output_pair((x.shape[2], x.shape[3]), (kh, kw), stride, padding, dilation)

    columns = im2col(x, (kh, kw), stride, padding, dilation)  # (N, C·kh·kw, H'·W')
    rows = weight.flatten(start_dim=1)  # (O, C·kh·kw)
    output = rows @ columns  # (N, O, H'·W')
    if bias is not None:
        output = output + bias[:, None]
    return output.view(len(x), outputs, height, width)


def im2col(
    x: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Copy what the kernel sees at each position into one column.

    Equal to `torch.nn.functional.unfold`, and works for integers too.

    Args:
        x: (N, C, H, W), of any dtype.
        kernel_size: Taps along each axis.
        stride: Cells between neighboring windows.
        padding: Rows or columns of zeros on each side.
        dilation: Cells between neighboring taps.

    Returns:
        (N, C·kh·kw, H'·W') of x's dtype; rows run over channel, kernel row, kernel column, and columns over output
        cells row by row.

    Raises:
        ValueError: x has other axes, or the kernel doesn't fit, as in `output_size`.

    >>> im2col(torch.arange(6).view(1, 1, 2, 3), 2).tolist()
    [[[0, 1], [1, 2], [3, 4], [4, 5]]]
    """
    check_map(x)
    kh, kw = pair(kernel_size, "kernel_size")
    sy, sx = pair(stride, "stride")
    dy, dx = pair(dilation, "dilation")
    height, width = output_pair((x.shape[2], x.shape[3]), (kh, kw), stride, padding, dilation)

    # The row and column of the padded map that each tap meets at each output cell.
    rows = torch.arange(kh)[:, None] * dy + torch.arange(height) * sy  # (kh, H')
    columns = torch.arange(kw)[:, None] * dx + torch.arange(width) * sx  # (kw, W')
    patches = _zero_pad(x, padding)[:, :, rows[:, None, :, None], columns[None, :, None, :]]  # (N, C, kh, kw, H', W')
    return patches.reshape(len(x), x.shape[1] * kh * kw, height * width)


def _zero_pad(x: Tensor, padding: IntOrPair) -> Tensor:
    vertical, horizontal = pair(padding, "padding", least=0)
    return F.pad(x, (horizontal, horizontal, vertical, vertical))
