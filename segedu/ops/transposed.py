"""Transposed convolution in three views: stamps that add up, the convolution's matrix transposed, its gradient.

A transposed convolution goes where a convolution came from: its input has the shape of the convolution's output. Stride
and padding describe the *output*: stamps lie `stride` cells apart, and `padding` cells are cropped on each side. The
weight is (in_channels, out_channels, kh, kw), the order of the convolution it belongs to. Options are an int or a pair
(vertical, horizontal). Source: Dumoulin & Visin 2016, chapter 4.
"""

from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.ops.checks import check_tensors, check_weight
from segedu.ops.sizes import IntOrPair, output_pair, pair, transposed_output_pair


def conv_transpose2d_scatter(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Add up stamps: every input cell puts the kernel, times its value, on the output; then crop `padding` cells.

    Slow on purpose; equal to `torch.nn.functional.conv_transpose2d`.

    Args:
        x: (N, C, H, W), of any dtype, integers too.
        weight: (C, O, kh, kw), of x's dtype.
        bias: (O,), or None.
        stride: Output cells between neighboring stamps.
        padding: Rows or columns cropped on each side.
        output_padding: Rows at the bottom and columns at the right that no stamp need reach.
        dilation: Output cells between neighboring taps of a stamp.

    Returns:
        (N, O, H', W') of x's dtype.

    Raises:
        ValueError: Shapes or types don't fit each other, or nothing is left.

    >>> conv_transpose2d_scatter(torch.tensor([[[[1, 2]]]]), torch.tensor([[[[1, 1, 1]]]]), stride=2).tolist()
    [[[[1, 1, 3, 2, 2]]]]
    """
    check_tensors(x, weight, bias, transposed=True)
    sy, sx = pair(stride, "stride")
    py, px = pair(padding, "padding", least=0)
    dy, dx = pair(dilation, "dilation")
    n, _, h, w = x.shape
    _, outputs, kh, kw = weight.shape
    height, width = transposed_output_pair((h, w), (kh, kw), stride, padding, output_padding, dilation)

    canvas = x.new_zeros(n, outputs, height + 2 * py, width + 2 * px)
    for row, column in product(range(h), range(w)):
        stamp = torch.einsum("nc,coyx->noyx", x[:, :, row, column], weight)  # (N, O, kh, kw)
        bottom = row * sy + dy * (kh - 1) + 1
        right = column * sx + dx * (kw - 1) + 1
        canvas[:, :, row * sy : bottom : dy, column * sx : right : dx] += stamp

    output = canvas[:, :, py : py + height, px : px + width]
    if bias is not None:
        output = output + bias[:, None, None]
    return output


def conv_transpose2d_matrix(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Multiply by the transpose of the matrix of the convolution that goes the other way.

    Arguments, result and errors as in `conv_transpose2d_scatter`. Memory grows with the product of both sizes: for tiny
    maps. Source: Dumoulin & Visin 2016, section 4.2.

    >>> conv_transpose2d_matrix(torch.tensor([[[[1, 2]]]]), torch.tensor([[[[1, 1, 1]]]]), stride=2).tolist()
    [[[[1, 1, 3, 2, 2]]]]
    """
    check_tensors(x, weight, bias, transposed=True)
    n, channels, h, w = x.shape
    _, outputs, kh, kw = weight.shape
    height, width = transposed_output_pair((h, w), (kh, kw), stride, padding, output_padding, dilation)

    # The convolution that goes the other way: (O, H', W') to (C, rows, columns).
    matrix = conv_matrix(weight, (height, width), stride, padding, dilation)
    rows, columns = output_pair((height, width), (kh, kw), stride, padding, dilation)

    # With dilation, output_padding may give it more rows and columns than x has: leave them out.
    matrix = matrix.view(channels, rows, columns, outputs * height * width)[:, :h, :w]
    matrix = matrix.reshape(channels * h * w, outputs * height * width)

    output = x.flatten(start_dim=1) @ matrix  # (N, O·H'·W')
    output = output.view(n, outputs, height, width)
    if bias is not None:
        output = output + bias[:, None, None]
    return output


def conv_matrix(
    weight: Tensor,
    input_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Return the matrix of an ordinary convolution: one row per output cell, one column per input cell.

    `matrix @ x.flatten()` is the convolution of x (C, H, W). Source: Dumoulin & Visin 2016, section 4.1.

    Args:
        weight: (O, C, kh, kw), of any dtype.
        input_size: (H, W) of the map that is convolved.
        stride: Cells between neighboring windows.
        padding: Rows or columns of zeros on each side.
        dilation: Cells between neighboring taps.

    Returns:
        Dense (O·H'·W', C·H·W), of the weight's dtype.

    Raises:
        ValueError: The weight has other axes, or the kernel doesn't fit.

    >>> conv_matrix(torch.tensor([[[[1, 2]]]]), (1, 3)).tolist()
    [[1, 2, 0], [0, 1, 2]]
    """
    check_weight(weight)
    sy, sx = pair(stride, "stride")
    py, px = pair(padding, "padding", least=0)
    dy, dx = pair(dilation, "dilation")
    height, width = pair(input_size, "input_size")
    outputs, channels, kh, kw = weight.shape
    rows, columns = output_pair((height, width), (kh, kw), stride, padding, dilation)

    matrix = weight.new_zeros(outputs, rows, columns, channels, height, width)
    for row, column in product(range(rows), range(columns)):
        for ky, kx in product(range(kh), range(kw)):
            y = row * sy + ky * dy - py
            x = column * sx + kx * dx - px
            if 0 <= y < height and 0 <= x < width:
                matrix[:, row, column, :, y, x] = weight[:, :, ky, kx]
    return matrix.view(outputs * rows * columns, channels * height * width)


def conv_transpose2d_gradient(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Let autograd carry x backward through an ordinary convolution: the gradient with respect to its input.

    Arguments (floating point), result and errors as in `conv_transpose2d_scatter`; gradients flow on to x, weight and
    bias. Source: Dumoulin & Visin 2016, section 4.2.

    >>> conv_transpose2d_gradient(torch.tensor([[[[1.0, 2.0]]]]), torch.ones(1, 1, 1, 3), stride=2).tolist()
    [[[[1.0, 1.0, 3.0, 2.0, 2.0]]]]
    """
    check_tensors(x, weight, bias, transposed=True)
    if not x.is_floating_point():
        raise ValueError(f"the input is {x.dtype}; a gradient needs floating point: convert with x.float().")
    n, _, h, w = x.shape
    _, outputs, kh, kw = weight.shape
    height, width = transposed_output_pair((h, w), (kh, kw), stride, padding, output_padding, dilation)

    gradients_on = torch.is_grad_enabled()
    with torch.enable_grad():
        z = x.new_zeros(n, outputs, height, width, requires_grad=True)
        y = F.conv2d(z, weight, None, stride, padding, dilation)[:, :, :h, :w]
        (output,) = torch.autograd.grad(y, z, x, create_graph=gradients_on)
    if bias is not None:
        output = output + bias[:, None, None]
    return output


def overlap_count(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Count how many stamps cover each cell of a transposed convolution's output.

    The count is a product of one count per axis. In the interior of an axis it is even, that is the same everywhere,
    if and only if the kernel size is divisible by the stride (at dilation 1). Arguments as in
    `transposed_output_size`. Source: Odena et al. 2016.

    Returns:
        int64 (H', W').

    Raises:
        ValueError: As `transposed_output_size` does.

    >>> overlap_count((1, 3), (1, 3), stride=2).tolist()
    [[1, 1, 2, 1, 2, 1, 1]]
    """
    height, width = transposed_output_pair(input_size, kernel_size, stride, padding, output_padding, dilation)
    sizes = pair(input_size, "input_size")
    kernels = pair(kernel_size, "kernel_size")
    strides = pair(stride, "stride")
    paddings = pair(padding, "padding", least=0)
    dilations = pair(dilation, "dilation")
    rows = _axis_count(height, sizes[0], kernels[0], strides[0], paddings[0], dilations[0])
    columns = _axis_count(width, sizes[1], kernels[1], strides[1], paddings[1], dilations[1])
    return torch.outer(rows, columns)


def _axis_count(length: int, size: int, kernel: int, stride: int, padding: int, dilation: int) -> Tensor:
    places = torch.arange(size)[:, None] * stride + torch.arange(kernel) * dilation - padding  # (cells, taps)
    inside = places[(places >= 0) & (places < length)]
    return torch.bincount(inside, minlength=length)
