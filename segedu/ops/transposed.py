"""Transposed convolution in three views: stamps that add up, the convolution's matrix transposed, its gradient.

A transposed convolution goes where a convolution came from: its input has the shape of the convolution's output. Stride
and padding describe the *output*: stamps lie `stride` cells apart, and `padding` cells are cropped on each side. The
weight is (in_channels, out_channels, kh, kw), the order of the convolution it belongs to. Options are an int or a pair
(vertical, horizontal). Source: Dumoulin & Visin 2016, chapter 4.
"""

from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.ops._transposed import check_tensors, forward_pair, transposed_pair
from segedu.ops.sizes import IntOrPair, pair


def transposed_output_size(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> IntOrPair:
    """Return (input − 1)·stride + dilation·(kernel − 1) + 1 − 2·padding + output_padding, per axis.

    An int if every argument is an int, otherwise a pair (height, width). Raises ValueError if padding crops everything,
    or output_padding isn't smaller than the stride or the dilation. Source: Dumoulin & Visin 2016, relationship 14.

    >>> transposed_output_size(4, 3, stride=2, padding=1), transposed_output_size((2, 3), 4, stride=2, padding=1)
    (7, (4, 6))
    """
    options = (input_size, kernel_size, stride, padding, output_padding, dilation)
    height, width = transposed_pair(*options)
    return height if all(isinstance(option, int) for option in options) else (height, width)


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

    x (N, C, H, W), weight (C, O, kh, kw), bias (O,), one dtype (integers too) → (N, O, H', W'). Raises ValueError if
    shapes don't fit or nothing is left. Slow on purpose; equal to `torch.nn.functional.conv_transpose2d`.

    >>> conv_transpose2d_scatter(torch.tensor([[[[1, 2]]]]), torch.tensor([[[[1, 1, 1]]]]), stride=2).tolist()
    [[[[1, 1, 3, 2, 2]]]]
    """
    check_tensors(x, weight, bias)
    size, (kh, kw) = (x.shape[2], x.shape[3]), (weight.shape[2], weight.shape[3])
    height, width = transposed_pair(size, (kh, kw), stride, padding, output_padding, dilation)
    (sy, sx), (dy, dx) = pair(stride, "stride"), pair(dilation, "dilation")
    py, px = pair(padding, "padding", least=0)
    canvas = x.new_zeros(len(x), weight.shape[1], height + 2 * py, width + 2 * px)
    for row, column in product(*map(range, size)):
        stamps = torch.einsum("nc,coyx->noyx", x[:, :, row, column], weight)
        bottom, right = row * sy + dy * (kh - 1) + 1, column * sx + dx * (kw - 1) + 1
        canvas[:, :, row * sy : bottom : dy, column * sx : right : dx] += stamps
    output = canvas[:, :, py : py + height, px : px + width]
    return output if bias is None else output + bias[:, None, None]


def conv_matrix(
    weight: Tensor,
    input_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Return the matrix of an ordinary convolution: one row per output cell, one column per input cell.

    weight (O, C, kh, kw) of any dtype, input_size (H, W) → dense (O·H'·W', C·H·W), so that
    `matrix @ x.flatten()` is the convolution of x (C, H, W). Raises ValueError if the kernel doesn't fit.
    Source: Dumoulin & Visin 2016, section 4.1.

    >>> conv_matrix(torch.tensor([[[[1, 2]]]]), (1, 3)).tolist()
    [[1, 2, 0], [0, 1, 2]]
    """
    if weight.ndim != 4:
        raise ValueError(f"the weight has shape {tuple(weight.shape)}; expected (out_channels, in_channels, kh, kw).")
    outputs, channels, kh, kw = weight.shape
    height, width = pair(input_size, "input_size")
    rows, columns = forward_pair((height, width), (kh, kw), stride, padding, dilation)
    (sy, sx), (dy, dx) = pair(stride, "stride"), pair(dilation, "dilation")
    py, px = pair(padding, "padding", least=0)
    matrix = weight.new_zeros(outputs, rows, columns, channels, height, width)
    for i, j, u, v in product(range(rows), range(columns), range(kh), range(kw)):
        y, x = i * sy + u * dy - py, j * sx + v * dx - px  # the input cell that tap (u, v) of output (i, j) meets
        if 0 <= y < height and 0 <= x < width:
            matrix[:, i, j, :, y, x] = weight[:, :, u, v]
    return matrix.view(outputs * rows * columns, channels * height * width)


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
    check_tensors(x, weight, bias)
    n, channels, h, w = x.shape
    _, outputs, kh, kw = weight.shape
    height, width = transposed_pair((h, w), (kh, kw), stride, padding, output_padding, dilation)
    matrix = conv_matrix(weight, (height, width), stride, padding, dilation)  # convolves O channels to C
    rows, columns = forward_pair((height, width), (kh, kw), stride, padding, dilation)
    matrix = matrix.view(channels, rows, columns, -1)[:, :h, :w]  # with dilation, output_padding may add rows
    output = (x.flatten(1) @ matrix.reshape(channels * h * w, -1)).view(n, outputs, height, width)
    return output if bias is None else output + bias[:, None, None]


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
    check_tensors(x, weight, bias)
    if not x.is_floating_point():
        raise ValueError(f"the input is {x.dtype}; a gradient needs floating point: convert with x.float().")
    size, kernel_size = (x.shape[2], x.shape[3]), (weight.shape[2], weight.shape[3])
    height, width = transposed_pair(size, kernel_size, stride, padding, output_padding, dilation)
    keep = torch.is_grad_enabled()
    with torch.enable_grad():
        z = x.new_zeros(len(x), weight.shape[1], height, width, requires_grad=True)
        y = F.conv2d(z, weight, None, stride, padding, dilation)[:, :, : size[0], : size[1]]
        (output,) = torch.autograd.grad(y, z, x, create_graph=keep)
    return output if bias is None else output + bias[:, None, None]


def bilinear_kernel(factor: IntOrPair) -> Tensor:
    """Return the kernel whose stamps, `factor` cells apart, add up to bilinear upsampling: a tent times a tent.

    float32 (kh, kw) with k = 2·factor − factor % 2 per axis, values in (0, 1], sum factor². Raises ValueError for a
    factor below 1. Source: Long et al. 2015, section 3.3.

    >>> bilinear_kernel((1, 2)).tolist()
    [[0.25, 0.75, 0.75, 0.25]]
    """
    return torch.outer(*map(_tent, pair(factor, "factor")))


def _tent(factor: int) -> Tensor:
    size = 2 * factor - factor % 2
    return 1 - (torch.arange(size) - (size - 1) / 2).abs() / factor


def bilinear_init_(layer: nn.ConvTranspose2d) -> nn.ConvTranspose2d:
    """Set a transposed convolution in place so that it upsamples by its stride, bilinearly; return it.

    Away from the border the output equals `F.interpolate(mode="bilinear", align_corners=False)`. Each channel is
    upsampled on its own (the layer's groups are 1 or all channels), the bias becomes 0. Raises ValueError, naming what
    to build, if kernel (2·stride − stride % 2), padding (stride // 2) or channels don't allow it. Source: Long et al.
    2015, section 3.3.

    >>> layer = bilinear_init_(nn.ConvTranspose2d(3, 3, 4, stride=2, padding=1))
    >>> layer(torch.ones(1, 3, 5, 7))[0, 0, 4, 5:8].tolist()
    [1.0, 1.0, 1.0]
    """
    kernel, channels = bilinear_kernel((layer.stride[0], layer.stride[1])), layer.in_channels
    padding = tuple(stride // 2 for stride in layer.stride)
    given = (tuple(layer.kernel_size), tuple(layer.padding), tuple(layer.output_padding), tuple(layer.dilation))
    if given != (tuple(kernel.shape), padding, (0, 0), (1, 1)):
        raise ValueError(
            f"{layer} can't upsample bilinearly by {tuple(layer.stride)}; build it with kernel_size="
            f"{tuple(kernel.shape)}, padding={padding}, no output_padding and no dilation."
        )
    if layer.out_channels != channels or layer.groups not in (1, channels):
        raise ValueError(
            f"{layer} mixes channels; bilinear upsampling keeps them: give as many output as input channels, and "
            f"groups=1 or groups={channels}."
        )
    with torch.no_grad():
        one_to_one = torch.eye(channels) if layer.groups == 1 else torch.ones(channels, 1)
        layer.weight.copy_(one_to_one[:, :, None, None] * kernel)
        if layer.bias is not None:
            layer.bias.zero_()
    return layer


def overlap_count(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Count how many stamps cover each cell of a transposed convolution's output.

    → int64 (H', W'). The count is a product of one count per axis; in the interior of an axis it is even if and only if
    the kernel size is divisible by the stride (at dilation 1). Raises ValueError as `transposed_output_size` does.
    Source: Odena et al. 2016.

    >>> overlap_count((1, 3), (1, 3), stride=2).tolist()
    [[1, 1, 2, 1, 2, 1, 1]]
    """
    lengths = transposed_pair(input_size, kernel_size, stride, padding, output_padding, dilation)
    sizes, kernels, strides = pair(input_size, "input_size"), pair(kernel_size, "kernel_size"), pair(stride, "stride")
    paddings, dilations = pair(padding, "padding", least=0), pair(dilation, "dilation")
    height, width = (
        _axis_count(*numbers) for numbers in zip(lengths, sizes, kernels, strides, paddings, dilations, strict=True)
    )
    return torch.outer(height, width)


def _axis_count(length: int, size: int, kernel: int, stride: int, padding: int, dilation: int) -> Tensor:
    places = torch.arange(size)[:, None] * stride + torch.arange(kernel) * dilation - padding  # (cells, taps)
    inside = places[(places >= 0) & (places < length)]
    return torch.bincount(inside, minlength=length)
