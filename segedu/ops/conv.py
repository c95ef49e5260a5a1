"""Convolution three ways: the size of its output, the sum in loops, and the same sum as one matrix product (im2col).

Options are an int or a pair (vertical, horizontal). As everywhere in deep learning, the kernel is not flipped
(mathematicians call this cross-correlation), and the border is padded with zeros.
"""

from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.ops.sizes import IntOrPair, pair


def output_size(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> IntOrPair:
    """Return floor((input + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1, per axis.

    An int if every argument is an int, otherwise a pair (height, width). Raises ValueError if the dilated kernel spans
    more cells than the padded input has. Source: Dumoulin & Visin 2016, relationship 6, with dilation.

    >>> output_size(7, 3, stride=2), output_size((5, 7), 3, padding=(1, 0))
    (3, (5, 5))
    """
    height, width = _output_pair(input_size, kernel_size, stride, padding, dilation)
    options = (input_size, kernel_size, stride, padding, dilation)
    return height if all(isinstance(option, int) for option in options) else (height, width)


def conv2d_loops(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Convolve by loops over output cells and kernel taps; at each tap the channels meet in a small matrix product.

    x (N, C, H, W), weight (O, C, kh, kw), bias (O,), one dtype (integers too) → (N, O, H', W').
    Raises ValueError if shapes don't fit. Slow on purpose; equal to `torch.nn.functional.conv2d`.

    >>> conv2d_loops(torch.arange(12).view(1, 1, 3, 4), torch.ones(1, 1, 3, 3, dtype=torch.int64)).tolist()
    [[[[45, 54]]]]
    """
    _check_tensors(x, weight, bias)
    (sy, sx), (dy, dx) = pair(stride, "stride"), pair(dilation, "dilation")
    kernel_size = (weight.shape[2], weight.shape[3])
    height, width = _output_pair((x.shape[2], x.shape[3]), kernel_size, stride, padding, dilation)
    padded = _zero_pad(x, padding)
    output = x.new_zeros(len(x), len(weight), height, width)
    for row, column in product(range(height), range(width)):
        for ky, kx in product(*map(range, kernel_size)):
            seen = padded[:, :, row * sy + ky * dy, column * sx + kx * dx]  # (N, C)
            output[:, :, row, column] += seen @ weight[:, :, ky, kx].T  # (N, O)
    return output if bias is None else output + bias[:, None, None]


def im2col(
    x: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Tensor:
    """Copy what the kernel sees at each position into one column.

    x (N, C, H, W) of any dtype → (N, C·kh·kw, H'·W'); rows run over channel, kernel row, kernel column, and columns
    over output cells row by row, as in `torch.nn.functional.unfold`. Raises ValueError as `output_size` does.

    >>> im2col(torch.arange(6).view(1, 1, 2, 3), 2).tolist()
    [[[0, 1], [1, 2], [3, 4], [4, 5]]]
    """
    _check_images(x)
    height, width = _output_pair((x.shape[2], x.shape[3]), kernel_size, stride, padding, dilation)
    (kh, kw), (sy, sx), (dy, dx) = pair(kernel_size, "kernel_size"), pair(stride, "stride"), pair(dilation, "dilation")
    rows = torch.arange(kh)[:, None] * dy + torch.arange(height) * sy  # (kh, H')
    columns = torch.arange(kw)[:, None] * dx + torch.arange(width) * sx  # (kw, W')
    patches = _zero_pad(x, padding)[:, :, rows[:, None, :, None], columns[None, :, None, :]]  # (N, C, kh, kw, H', W')
    return patches.reshape(len(x), x.shape[1] * kh * kw, height * width)


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
    _check_tensors(x, weight, bias)
    kernel_size = (weight.shape[2], weight.shape[3])
    height, width = _output_pair((x.shape[2], x.shape[3]), kernel_size, stride, padding, dilation)
    columns = im2col(x, kernel_size, stride, padding, dilation)  # (N, C·kh·kw, H'·W')
    output = weight.flatten(start_dim=1) @ columns  # (N, O, H'·W')
    if bias is not None:
        output = output + bias[:, None]
    return output.view(len(x), len(weight), height, width)


def _output_pair(
    input_size: IntOrPair, kernel_size: IntOrPair, stride: IntOrPair, padding: IntOrPair, dilation: IntOrPair
) -> tuple[int, int]:
    sizes, kernels = pair(input_size, "input_size"), pair(kernel_size, "kernel_size")
    strides, paddings, dilations = pair(stride, "stride"), pair(padding, "padding", least=0), pair(dilation, "dilation")
    height = _output_length("height", sizes[0], kernels[0], strides[0], paddings[0], dilations[0])
    width = _output_length("width", sizes[1], kernels[1], strides[1], paddings[1], dilations[1])
    return height, width


def _output_length(axis: str, size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    span, padded = dilation * (kernel - 1) + 1, size + 2 * padding
    if span > padded:
        raise ValueError(
            f"the kernel spans {span} cells, the padded input has {padded} along its {axis}: "
            "use a larger input, more padding, a smaller kernel or a smaller dilation."
        )
    return (padded - span) // stride + 1


def _zero_pad(x: Tensor, padding: IntOrPair) -> Tensor:
    vertical, horizontal = pair(padding, "padding", least=0)
    return F.pad(x, (horizontal, horizontal, vertical, vertical))


def _check_images(x: Tensor) -> None:
    if x.ndim != 4:
        raise ValueError(f"the input has shape {tuple(x.shape)}; expected (N, C, H, W): add missing axes with x[None].")


def _check_tensors(x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    _check_images(x)
    if weight.ndim != 4:
        raise ValueError(f"the weight has shape {tuple(weight.shape)}; expected (out_channels, in_channels, kh, kw).")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(
            f"the input has {x.shape[1]} channels, the weight was made for {weight.shape[1]}: "
            f"give an input (N, {weight.shape[1]}, H, W) or a weight ({len(weight)}, {x.shape[1]}, kh, kw)."
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"the bias has shape {tuple(bias.shape)}; expected ({len(weight)},), one per output channel.")
    if x.dtype != weight.dtype:
        raise ValueError(f"the input is {x.dtype}, the weight {weight.dtype}: convert one, e.g. weight.to(x.dtype).")
