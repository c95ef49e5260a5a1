"""What `check` says to wrong answers of lecture 08, and the different right ones that it must let pass."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import signal
from torch import nn

from segedu.exercises.engine import engine, public
from segedu.exercises.lecture08 import EXERCISES, decoder, grid, matrix, stamps
from segedu.ops.bilinear import bilinear_init_, bilinear_kernel

# ---- 08.transposed_size ----


def size_by_formula(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return (input_size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1


def size_by_places(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    last = max(i * stride + u * dilation for i in range(input_size) for u in range(kernel_size))
    return last + 1 + output_padding - 2 * padding


def size_by_search(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    def down(n):
        return (n + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1

    return next(n for n in range(1, 10_000) if down(n) == input_size) + output_padding


def size_by_zero_stuffing(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    cells = (input_size - 1) * stride + 1 + 2 * (dilation * (kernel_size - 1) - padding) + output_padding
    return F.conv1d(torch.zeros(1, 1, cells), torch.ones(1, 1, kernel_size), dilation=dilation).shape[-1]


def size_in_numpy(*, input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return np.int64(size_by_formula(input_size, kernel_size, stride, padding, output_padding, dilation))


def size_with_kernel_gaps(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return (input_size - 1) * stride + dilation * kernel_size - 2 * padding + output_padding


def size_with_dilated_padding(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding * dilation, output_padding, dilation)


def size_with_strided_padding(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding * stride, output_padding, dilation)


def size_with_strided_extra(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding * stride, dilation)


def size_with_extra_between(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding * (stride - 1), dilation)


def size_with_dilated_steps(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding, dilation) + (
        (input_size - 1) * stride * (dilation - 1)
    )


def size_one_too_large(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding, dilation) + 1


def size_zero(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return 0


def size_of_convolution(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def size_times_stride(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return input_size * stride


def size_with_n_gaps(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return input_size * stride + dilation * (kernel_size - 1) + 1 - 2 * padding + output_padding


def size_without_corner(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding, dilation) - 1


def size_padding_added(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, -padding, output_padding, dilation)


def size_without_padding(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, 0, output_padding, dilation)


def size_cropped_once(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding, dilation) + padding


def size_extra_twice(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, 2 * output_padding, dilation)


def size_without_extra(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, 0, dilation)


def size_extra_cropped(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, -output_padding, dilation)


def size_without_dilation(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding, 1)


def size_exchanged(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, dilation, padding, output_padding, stride)


def size_without_stride(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, 1, padding, output_padding, dilation)


def size_by_torch(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    layer = nn.ConvTranspose1d(1, 1, kernel_size, stride, padding, output_padding, dilation=dilation)
    return nn.ConvTranspose2d and layer(torch.zeros(1, 1, input_size)).shape[-1]


def size_as_float(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    return float(size_by_formula(input_size, kernel_size, stride, padding, output_padding, dilation))


def size_without_defaults(input_size, kernel_size, stride, padding, output_padding, dilation):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding, dilation)


def size_of_stride_2(input_size, kernel_size, stride=2, padding=0, output_padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, output_padding, dilation)


def size_unfinished(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1): ...


# ---- 08.conv_transpose2d ----


def stamped(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    """Add up taps with strided slices, on a canvas that holds everything; then crop."""
    (n, _, h, w), (_, outputs, kh, kw) = x.shape, weight.shape
    rows = (h - 1) * stride + dilation * (kh - 1) + 1 + output_padding
    columns = (w - 1) * stride + dilation * (kw - 1) + 1 + output_padding
    canvas = np.zeros((n, outputs, rows, columns), dtype=np.float32)
    for u in range(kh):
        for v in range(kw):
            bottom, right = u * dilation + stride * (h - 1) + 1, v * dilation + stride * (w - 1) + 1
            tap = np.einsum("ncij,co->noij", x.numpy(), weight[:, :, u, v].numpy())
            canvas[:, :, u * dilation : bottom : stride, v * dilation : right : stride] += tap
    y = torch.from_numpy(canvas)[:, :, padding : rows - padding, padding : columns - padding]
    return y if bias is None else y + bias[:, None, None]


def conv_by_taps(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, padding, output_padding, dilation)


def conv_by_stamps(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    (n, channels, h, w), (_, outputs, kh, kw) = x.shape, weight.shape
    rows = (h - 1) * stride + dilation * (kh - 1) + 1 + output_padding
    columns = (w - 1) * stride + dilation * (kw - 1) + 1 + output_padding
    canvas = torch.zeros(n, outputs, rows, columns)
    for image, c, o, i, j, u, v in np.ndindex(n, channels, outputs, h, w, kh, kw):
        place = (image, o, i * stride + u * dilation, j * stride + v * dilation)
        canvas[place] += x[image, c, i, j] * weight[c, o, u, v]
    y = canvas[..., padding : rows - padding, padding : columns - padding]
    return y if bias is None else y + bias.view(1, -1, 1, 1)


def conv_by_fold(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    (h, w), (kh, kw) = x.shape[2:], weight.shape[2:]
    rows = (h - 1) * stride + dilation * (kh - 1) + 1 + output_padding - 2 * padding
    columns = (w - 1) * stride + dilation * (kw - 1) + 1 + output_padding - 2 * padding
    taps = weight.flatten(1).T @ x.flatten(2)  # (N, O·kh·kw, h·w)
    y = F.fold(taps, (rows, columns), (kh, kw), dilation, padding, stride)
    return y if bias is None else y + bias[:, None, None]


def conv_by_zero_stuffing(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    (n, channels, h, w), (_, _, kh, kw) = x.shape, weight.shape
    stuffed = torch.zeros(n, channels, (h - 1) * stride + 1, (w - 1) * stride + 1)
    stuffed[..., ::stride, ::stride] = x
    spans = dilation * (kh - 1) + 1, dilation * (kw - 1) + 1
    stuffed = F.pad(stuffed, (spans[1] - 1, spans[1] - 1 + output_padding, spans[0] - 1, spans[0] - 1 + output_padding))
    windows = stuffed.unfold(2, spans[0], 1).unfold(3, spans[1], 1)[..., ::dilation, ::dilation]
    y = torch.einsum("ncijuv,couv->noij", windows, weight.flip(-2, -1))
    y = y[..., padding : y.shape[2] - padding, padding : y.shape[3] - padding]
    return y if bias is None else y + bias[:, None, None]


def conv_in_doubles(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, padding, output_padding, dilation).double()


def conv_in_numpy(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, padding, output_padding, dilation).numpy()


def conv_cropped_by_minus_padding(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    y = stamped(x, weight, bias, stride, 0, 0, dilation)
    return F.pad(y[:, :, padding:-padding, padding:-padding], (0, output_padding, 0, output_padding))


def conv_cut_by_minus_padding(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, 0, output_padding, dilation)[:, :, padding:-padding, padding:-padding]


def conv_cropped_twice_above(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, 0, output_padding, dilation)[:, :, 2 * padding :, 2 * padding :]


def conv_with_dilated_padding(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, padding * dilation, output_padding, dilation)


def conv_of_the_first_image(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x[:1].expand_as(x), weight, bias, stride, padding, output_padding, dilation)


def conv_of_the_mean_weight(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight.mean(0, keepdim=True).expand_as(weight), bias, stride, padding, output_padding, dilation)


def conv_to_the_wrong_channels(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    y = stamped(x, weight, None, stride, padding, output_padding, dilation)
    return y[:, :1].expand(-1, weight.shape[0], -1, -1) + (0 if bias is None else bias[0])


def conv_zeros(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return torch.zeros_like(stamped(x, weight, bias, stride, padding, output_padding, dilation))


def conv_identity(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return x


def conv_ordinary(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    spans = [dilation * (k - 1) + 1 for k in weight.shape[2:]]
    padded = F.pad(x, (padding,) * 4)
    windows = padded.unfold(2, spans[0], stride).unfold(3, spans[1], stride)[..., ::dilation, ::dilation]
    y = torch.einsum("ncijuv,couv->noij", windows, weight)
    return y if bias is None else y + bias[:, None, None]


def conv_overwritten(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    (n, _, h, w), (_, outputs, kh, kw) = x.shape, weight.shape
    rows = (h - 1) * stride + dilation * (kh - 1) + 1 + output_padding
    columns = (w - 1) * stride + dilation * (kw - 1) + 1 + output_padding
    canvas = torch.zeros(n, outputs, rows, columns)
    for i in range(h):
        for j in range(w):
            stamp = (x[:, :, i, j, None, None, None] * weight).sum(1)
            bottom, right = i * stride + dilation * (kh - 1) + 1, j * stride + dilation * (kw - 1) + 1
            canvas[:, :, i * stride : bottom : dilation, j * stride : right : dilation] = stamp
    y = canvas[..., padding : rows - padding, padding : columns - padding]
    return y if bias is None else y + bias[:, None, None]


def conv_stride_on_the_input(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x[..., ::stride, ::stride], weight, bias, 1, padding, 0, dilation)


def conv_without_stride(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, 1, padding, 0, dilation)


def conv_flipped(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight.flip(-2, -1), bias, stride, padding, output_padding, dilation)


def conv_taps_turned(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight.mT, bias, stride, padding, output_padding, dilation)


def conv_without_bias(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, None, stride, padding, output_padding, dilation)


def conv_bias_per_stamp(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    if bias is None:
        return stamped(x, weight, None, stride, padding, output_padding, dilation)
    one = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    taps = bias[None, :, None, None].expand(1, -1, *weight.shape[2:])
    return stamped(one, torch.cat([weight, taps]), None, stride, padding, output_padding, dilation)


def conv_padding_added(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return F.pad(stamped(x, weight, bias, stride, 0, output_padding, dilation), (padding,) * 4)


def conv_input_padded(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(F.pad(x, (padding,) * 4), weight, bias, stride, 0, output_padding, dilation)


def conv_without_padding(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, 0, output_padding, dilation)


def conv_cropped_once(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, 0, output_padding, dilation)[..., padding:, padding:]


def conv_extra_on_both_sides(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return F.pad(stamped(x, weight, bias, stride, padding, 0, dilation), (output_padding,) * 4)


def conv_extra_zeros(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    y = F.pad(stamped(x, weight, None, stride, padding, 0, dilation), (0, output_padding, 0, output_padding))
    return y if bias is None else y + bias[:, None, None]


def conv_extra_zeros_after_the_bias(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    y = stamped(x, weight, bias, stride, padding, 0, dilation)
    return F.pad(y, (0, output_padding, 0, output_padding))


def conv_extra_above(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    y = stamped(x, weight, bias, stride, padding, 0, dilation)
    return F.pad(y, (output_padding, 0, output_padding, 0))


def conv_without_extra(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, padding, 0, dilation)


def conv_exchanged(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, dilation, padding, output_padding, stride)


def conv_without_dilation(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, padding, output_padding, 1)


def conv_channels_turned(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    turned = weight.transpose(0, 1) if weight.shape[0] == weight.shape[1] else weight
    return stamped(x, turned, bias, stride, padding, output_padding, dilation)


def conv_last_channel(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x[:, -1:], weight[-1:], bias, stride, padding, output_padding, dilation)


def conv_first_channel(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x[:, :1], weight[:1], bias, stride, padding, output_padding, dilation)


def conv_h_and_w_swapped(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, padding, output_padding, dilation).mT


def conv_square_only(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    y = stamped(x, weight, bias, stride, padding, output_padding, dilation)
    return y[..., : min(y.shape[2:]), : min(y.shape[2:])]


def conv_weight_as_in_conv2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    (n, _, h, w), (outputs, _, kh, kw) = x.shape, weight.shape
    rows = (h - 1) * stride + dilation * (kh - 1) + 1 + output_padding
    columns = (w - 1) * stride + dilation * (kw - 1) + 1 + output_padding
    canvas = torch.zeros(n, outputs, rows, columns)
    for i in range(h):
        for j in range(w):
            bottom, right = i * stride + dilation * (kh - 1) + 1, j * stride + dilation * (kw - 1) + 1
            stamp = torch.einsum("nc,ocuv->nouv", x[:, :, i, j], weight)
            canvas[:, :, i * stride : bottom : dilation, j * stride : right : dilation] += stamp
    y = canvas[..., padding : rows - padding, padding : columns - padding]
    return y if bias is None else y + bias[:outputs, None, None]


def conv_by_torch(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return F.conv_transpose2d(x, weight, bias, stride, padding, output_padding, 1, dilation)


def conv_of_volumes(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    options = [(0, n, n) for n in (padding, output_padding)]
    y = F.conv_transpose3d(
        x[:, :, None], weight[:, :, None], bias, (1, stride, stride), *options, 1, (1, dilation, dilation)
    )
    return y[:, :, 0]


def conv_of_aten(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    pairs = [[n, n] for n in (stride, padding, dilation, output_padding)]
    return torch.ops.aten.convolution(x, weight, bias, *pairs[:3], True, pairs[3], 1)


def conv_by_module(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    layer = nn.ConvTranspose2d(*weight.shape[:2], weight.shape[2:], stride, padding, output_padding)
    return layer(x)


def conv_by_gradient(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    size = [
        (n - 1) * stride + dilation * (k - 1) + 1 + output_padding - 2 * padding
        for n, k in zip(x.shape[2:], weight.shape[2:], strict=True)
    ]
    return nn.grad.conv2d_input((len(x), weight.shape[1], *size), weight, x, stride, padding, dilation)


def conv_without_defaults(x, weight, bias, stride, padding, output_padding, dilation):
    return stamped(x, weight, bias, stride, padding, output_padding, dilation)


def conv_bias_inside(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    y = stamped(x, weight, None, stride, padding, output_padding, dilation)
    if bias is not None:
        y[..., : y.shape[2] - output_padding, : y.shape[3] - output_padding] += bias[:, None, None]
    return y


def conv_of_whole_numbers(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x.trunc(), weight, bias, stride, padding, output_padding, dilation)


def conv_positive(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return stamped(x, weight, bias, stride, padding, output_padding, dilation).relu()


def conv_by_fold_module(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    size = stamped(x, weight, bias, stride, padding, output_padding, dilation).shape[2:]
    folded = nn.Fold(size, weight.shape[2:], dilation, padding, stride)(weight.flatten(1).T @ x.flatten(2))
    return folded if bias is None else folded + bias[:, None, None]


def conv_by_scipy(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    return signal.convolve2d(x[0, 0], weight[0, 0])


def conv_changes_its_input(x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1):
    x *= 2
    return stamped(x / 2, weight, bias, stride, padding, output_padding, dilation)


# ---- 08.transposed_matrix ----


def sizes(weight, input_size, stride, padding):
    return [(n - 1) * stride + k - 2 * padding for n, k in zip(input_size, weight.shape, strict=True)]


def matrix_by_loops(weight, input_size, stride=1, padding=0):
    (h, w), (kh, kw) = input_size, weight.shape
    height, width = sizes(weight, input_size, stride, padding)
    found = torch.zeros(h * w, height * width)
    for i, j, u, v in np.ndindex(h, w, kh, kw):
        y, x = i * stride + u - padding, j * stride + v - padding
        if 0 <= y < height and 0 <= x < width:
            found[i * w + j, y * width + x] = weight[u, v]
    return found.T


def matrix_by_conv2d(weight, input_size, stride=1, padding=0):
    height, width = sizes(weight, input_size, stride, padding)
    pixels = torch.eye(height * width).view(-1, 1, height, width)
    return F.conv2d(pixels, weight[None, None], None, stride, padding).flatten(1)


def matrix_by_stamps(weight, input_size, stride=1, padding=0):
    cells = torch.eye(input_size[0] * input_size[1]).view(-1, 1, *input_size)
    return stamped(cells, weight[None, None], None, stride, padding, 0, 1).flatten(1).T


def matrix_by_unfold(weight, input_size, stride=1, padding=0):
    height, width = sizes(weight, input_size, stride, padding)
    pixels = torch.eye(height * width).view(-1, 1, height, width)
    return (F.unfold(pixels, tuple(weight.shape), 1, padding, stride).mT @ weight.flatten()).contiguous()


def matrix_by_kronecker(weight, input_size, stride=1, padding=0):
    matrix = 0
    for u, v in np.ndindex(*weight.shape):
        axes = []
        for n, k, tap in zip(input_size, weight.shape, (u, v), strict=True):
            places = torch.zeros((n - 1) * stride + k, n)
            places[torch.arange(n) * stride + tap, torch.arange(n)] = 1
            axes.append(places[padding : len(places) - padding])
        matrix = matrix + weight[u, v] * torch.kron(*axes)
    return matrix


def matrix_sparse(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size, stride, padding).to_sparse()


def matrix_in_doubles(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size, stride, padding).double()


def matrix_wrapped(weight, input_size, stride=1, padding=0):
    (h, w), (height, width) = input_size, sizes(weight, input_size, stride, padding)
    wrapped = torch.zeros(height * width, h * w)
    for i, j, u, v in np.ndindex(h, w, *weight.shape):
        y, x = i * stride + u - padding, j * stride + v - padding
        wrapped[(y * width + x) % (height * width), i * w + j] = weight[u, v]
    return wrapped


def matrix_of_unchecked_rows(weight, input_size, stride=1, padding=0):
    (h, w), (height, width) = input_size, sizes(weight, input_size, stride, padding)
    found = torch.zeros(height, width, h, w)
    for i, j, u, v in np.ndindex(h, w, *weight.shape):
        found[(i * stride + u - padding) % height, (j * stride + v - padding) % width, i, j] = weight[u, v]
    return found.view(height * width, h * w)


def matrix_of_checked_numbers(weight, input_size, stride=1, padding=0):
    (h, w), (height, width) = input_size, sizes(weight, input_size, stride, padding)
    found = torch.zeros(height * width, h * w)
    for i, j, u, v in np.ndindex(h, w, *weight.shape):
        number = (i * stride + u - padding) * width + j * stride + v - padding
        if 0 <= number < height * width:
            found[number, i * w + j] = weight[u, v]
    return found


def matrix_without_defaults(weight, input_size, stride, padding):
    return matrix_by_loops(weight, input_size, stride, padding)


def matrix_positive(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size, stride, padding).relu()


def matrix_of_the_turned_size(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size[::-1], stride, padding)


def matrix_cropped_at_the_end(weight, input_size, stride=1, padding=0):
    cells = len(matrix_by_loops(weight, input_size, stride, padding))
    return matrix_by_loops(weight, input_size, stride, 0)[:cells]


def matrix_of_three_axes(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size, stride, padding).view(-1, *input_size)


def matrix_in_integers(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size, stride, padding).long()


def matrix_of_ones_elsewhere(weight, input_size, stride=1, padding=0):
    matrix = matrix_by_loops(weight, input_size, stride, padding)
    return torch.where(matrix == 0, 1.0, matrix)


def matrix_zeros(weight, input_size, stride=1, padding=0):
    return torch.zeros_like(matrix_by_loops(weight, input_size, stride, padding))


def matrix_identity(weight, input_size, stride=1, padding=0):
    return torch.eye(input_size[0] * input_size[1])


def matrix_not_transposed(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size, stride, padding).T


def matrix_of_the_small_map(weight, input_size, stride=1, padding=0):
    pixels = torch.eye(input_size[0] * input_size[1]).view(-1, 1, *input_size)
    return F.conv2d(pixels, weight[None, None], None, stride, padding).flatten(1).T


def matrix_flipped(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight.flip(0, 1), input_size, stride, padding)


def matrix_without_stride(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size, 1, padding)


def matrix_without_padding(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight, input_size, stride, 0)


def matrix_by_columns(weight, input_size, stride=1, padding=0):
    height, width = sizes(weight, input_size, stride, padding)
    found = matrix_by_loops(weight, input_size, stride, padding).reshape(height, width, *input_size)
    return found.permute(1, 0, 3, 2).reshape(height * width, -1)


def matrix_taps_turned(weight, input_size, stride=1, padding=0):
    return matrix_by_loops(weight.T, input_size, stride, padding)


def matrix_inverted(weight, input_size, stride=1, padding=0):
    return torch.linalg.pinv(matrix_by_loops(weight, input_size, stride, padding).T)


def matrix_as_the_output(weight, input_size, stride=1, padding=0):
    return stamped(torch.ones(1, 1, *input_size), weight[None, None], None, stride, padding, 0, 1)[0, 0]


def matrix_by_torch(weight, input_size, stride=1, padding=0):
    cells = torch.eye(input_size[0] * input_size[1]).view(-1, 1, *input_size)
    return F.conv_transpose2d(cells, weight[None, None], None, stride, padding).flatten(1).T


# ---- 08.grid_energy ----


def energy_by_view(heat_map, period):
    height, width = heat_map.shape
    pattern = heat_map.view(height // period, period, width // period, period).mean(dim=(0, 2))
    return (pattern.var(correction=0) / heat_map.var(correction=0)).item()


def energy_by_slices(heat_map, period):
    means = [heat_map[i::period, j::period].mean() for i in range(period) for j in range(period)]
    return float(np.var(means) / np.var(heat_map.numpy()))


def energy_by_fourier(heat_map, period):
    power = np.abs(np.fft.fft2(heat_map.numpy() - heat_map.numpy().mean())) ** 2
    rows, columns = (side // period for side in heat_map.shape)
    return float(power[::rows, ::columns].sum() / power.sum())


def energy_as_tensor(heat_map, period):
    return torch.tensor(energy_by_view(heat_map, period))


def energy_in_numpy(heat_map, period):
    return blocks(heat_map, period).mean((0, 2)).numpy().var() / heat_map.numpy().var()


def energy_in_percent(heat_map, period):
    return 100 * energy_by_view(heat_map, period)


def energy_of_pooled_blocks(heat_map, period):
    return (F.avg_pool2d(heat_map[None, None], period).var(correction=0) / heat_map.var(correction=0)).item()


def energy_of_amplitudes(heat_map, period):
    amplitude = torch.fft.fft2(heat_map - heat_map.mean()).abs()
    rows, columns = (side // period for side in heat_map.shape)
    return (amplitude[::rows, ::columns].sum() / amplitude.sum()).item()


def energy_of_other_frequencies(heat_map, period):
    power = torch.fft.fft2(heat_map - heat_map.mean()).abs() ** 2
    return (power[::period, ::period].sum() / power.sum()).item()


def energy_zero(heat_map, period):
    return 0.0


def energy_one(heat_map, period):
    return 1.0


def blocks(heat_map, period):
    return heat_map.view(heat_map.shape[0] // period, period, heat_map.shape[1] // period, period)


def energy_of_blocks(heat_map, period):
    return (blocks(heat_map, period).mean((1, 3)).var(correction=0) / heat_map.var(correction=0)).item()


def energy_interleaved(heat_map, period):
    view = heat_map.view(period, heat_map.shape[0] // period, period, heat_map.shape[1] // period)
    return (view.mean((1, 3)).var(correction=0) / heat_map.var(correction=0)).item()


def energy_with_the_mean(heat_map, period):
    return ((blocks(heat_map, period).mean((0, 2)) ** 2).mean() / (heat_map**2).mean()).item()


def energy_undivided(heat_map, period):
    return blocks(heat_map, period).mean((0, 2)).var(correction=0).item()


def energy_root(heat_map, period):
    return energy_by_view(heat_map, period) ** 0.5


def energy_of_rows(heat_map, period):
    return (blocks(heat_map, period).mean((0, 2, 3)).var(correction=0) / heat_map.var(correction=0)).item()


def energy_of_columns(heat_map, period):
    return (blocks(heat_map, period).mean((0, 1, 2)).var(correction=0) / heat_map.var(correction=0)).item()


def energy_of_the_rest(heat_map, period):
    return 1 - energy_by_view(heat_map, period)


def energy_of_a_sample(heat_map, period):
    return (blocks(heat_map, period).mean((0, 2)).var() / heat_map.var()).item()


def energy_for_two(heat_map, period):
    return energy_by_slices(heat_map, 2)


def energy_h_and_w_swapped(heat_map, period):
    height, width = heat_map.shape
    view = heat_map.reshape(width // period, period, height // period, period)
    return (view.mean((0, 2)).var(correction=0) / heat_map.var(correction=0)).item()


# ---- 08.smooth_decoder ----


def twice(up, channels, num_classes):
    """Return upsample, 3 × 3, ReLU, upsample, 3 × 3."""
    first, second = (nn.Conv2d(channels, out, 3, padding=1) for out in (channels, num_classes))
    return nn.Sequential(up(), first, nn.ReLU(), up(), second)


def decoder_nearest(channels, num_classes):
    return twice(lambda: nn.Upsample(scale_factor=2), channels, num_classes)


def decoder_bilinear(channels, num_classes):
    return twice(lambda: nn.Upsample(scale_factor=2, mode="bilinear"), channels, num_classes)


def decoder_once(channels, num_classes):
    return nn.Sequential(nn.Conv2d(channels, num_classes, 1), nn.Upsample(scale_factor=4, mode="bicubic"))


def decoder_frozen(channels, num_classes):
    up = bilinear_init_(nn.ConvTranspose2d(num_classes, num_classes, 8, 4, 2, groups=num_classes))
    return nn.Sequential(nn.Conv2d(channels, num_classes, 3, padding=1), up.requires_grad_(False))


class FrozenBuffer(nn.Module):
    """A transposed convolution with tents that are no parameter."""

    def __init__(self, channels, num_classes):
        super().__init__()
        self.project = nn.Conv2d(channels, num_classes, 1)
        self.register_buffer("tents", bilinear_kernel(4).expand(num_classes, 1, 8, 8).clone())

    def forward(self, x):
        return F.conv_transpose2d(self.project(x), self.tents, stride=4, padding=2, groups=len(self.tents))


class Interpolating(nn.Module):
    """A decoder written as a module of its own."""

    def __init__(self, channels, num_classes):
        super().__init__()
        self.project = nn.Conv2d(channels, num_classes, 3, padding=1, padding_mode="replicate")

    def forward(self, features):
        return F.interpolate(self.project(features), scale_factor=4, mode="bilinear", align_corners=True)


class Evened(nn.Module):
    """A transposed convolution, then the mean over each window of one period: even again."""

    def __init__(self, channels, num_classes):
        super().__init__()
        self.up = nn.ConvTranspose2d(channels, num_classes, 4, 4)

    def forward(self, features):
        return F.avg_pool2d(F.pad(self.up(features), (1, 2, 1, 2), mode="replicate"), 4, 1)


def decoder_of_rate_4(channels, num_classes):
    context = nn.Conv2d(channels, num_classes, 3, padding=4, dilation=4)
    return nn.Sequential(context, nn.Upsample(scale_factor=4, mode="bilinear"))


def decoder_of_rate_6(channels, num_classes):
    context = nn.Conv2d(channels, num_classes, 3, padding=6, dilation=6)
    return nn.Sequential(context, nn.Upsample(scale_factor=4, mode="bilinear"))


def decoder_of_wide_rates(channels, num_classes):
    up, first = nn.Upsample(scale_factor=4), nn.Conv2d(channels, channels, 3, padding=12, dilation=12)
    return nn.Sequential(up, first, nn.ReLU(), nn.Conv2d(channels, num_classes, 3, padding=12, dilation=12))


def decoder_of_rate_8(channels, num_classes):
    return nn.Sequential(nn.Upsample(scale_factor=4), nn.Conv2d(channels, num_classes, 3, padding=8, dilation=8))


def decoder_of_stride_1(channels, num_classes):
    return nn.Sequential(nn.Upsample(scale_factor=4), nn.ConvTranspose2d(channels, num_classes, 3, 1, 1))


def decoder_normed(channels, num_classes):
    parts = list(decoder_nearest(channels, num_classes))
    return nn.Sequential(*parts[:2], nn.InstanceNorm2d(channels), *parts[2:])


def decoder_normed_at_the_end(channels, num_classes):
    project = nn.Conv2d(channels, num_classes, 3, padding=1, padding_mode="replicate")
    return nn.Sequential(project, nn.InstanceNorm2d(num_classes), nn.Upsample(scale_factor=4))


def decoder_batch_normed(channels, num_classes):
    parts = list(decoder_nearest(channels, num_classes))
    return nn.Sequential(*parts[:2], nn.BatchNorm2d(channels), *parts[2:])


def decoder_ending_in_relu(channels, num_classes):
    return nn.Sequential(decoder_nearest(channels, num_classes), nn.ReLU())


def decoder_lazy(channels, num_classes):
    return nn.Sequential(nn.Upsample(scale_factor=4, mode="bicubic"), nn.LazyConv2d(num_classes, 3, padding=1))


class Constant(nn.Module):
    """One number a class, whatever comes in."""

    def __init__(self, num_classes):
        super().__init__()
        self.scores = nn.Parameter(torch.ones(num_classes))

    def forward(self, x):
        return self.scores.view(1, -1, 1, 1).expand(len(x), -1, 4 * x.shape[2], 4 * x.shape[3])


class Global(nn.Module):
    """One answer for the whole image."""

    def __init__(self, channels, num_classes):
        super().__init__()
        self.project = nn.Conv2d(channels, num_classes, 1)

    def forward(self, x):
        return self.project(x.mean((2, 3), keepdim=True)).expand(-1, -1, 4 * x.shape[2], 4 * x.shape[3])


class OfOneSize(nn.Module):
    """The sizes of the first map that is tried are built in."""

    def __init__(self, channels, num_classes):
        super().__init__()
        self.project = nn.Conv2d(channels, num_classes, 1)

    def forward(self, x):
        return F.interpolate(self.project(x), size=(36, 48))


def decoder_constant(channels, num_classes):
    return Constant(num_classes)


class BehindATest(nn.Module):
    """The colleague's decoder behind a test whether the input is even, or nearly so."""

    def __init__(self, channels, num_classes, bound):
        super().__init__()
        self.bound = bound
        self.grid = decoder_of_the_colleague(channels, num_classes)

    def forward(self, x):
        y = self.grid(x)
        if (x.amax((2, 3)) - x.amin((2, 3))).max() <= self.bound:
            return F.interpolate(F.avg_pool2d(y, 4), scale_factor=4)
        return y


class BehindLocalTests(BehindATest):
    """The same test in each cell's neighborhood."""

    def forward(self, x):
        around = F.max_pool2d(x, 5, 1, 2) + F.max_pool2d(-x, 5, 1, 2)
        even = F.interpolate((around.amax(1, keepdim=True) <= self.bound).float(), scale_factor=4)
        y = self.grid(x)
        return torch.where(even > 0, F.interpolate(F.avg_pool2d(y, 4), scale_factor=4), y)


class InTrainingOnly(BehindATest):
    """Smooth where it is evaluated, the colleague's where it is trained."""

    def forward(self, x):
        y = self.grid(x)
        return y if self.training else F.interpolate(F.avg_pool2d(y, 4), scale_factor=4)


def decoder_tested(channels, num_classes):
    return BehindATest(channels, num_classes, 0)


def decoder_nearly_tested(channels, num_classes):
    return BehindATest(channels, num_classes, 0.05)


def decoder_tested_cell_by_cell(channels, num_classes):
    return BehindLocalTests(channels, num_classes, 0.01)


def decoder_of_the_colleague_in_training(channels, num_classes):
    return InTrainingOnly(channels, num_classes, 0)


def decoder_with_idle_weights(channels, num_classes):
    return IdleWeights(decoder_nearest(channels, num_classes))


class IdleWeights(nn.Module):
    """A frozen decoder beside weights that nothing uses."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = [decoder]
        self.idle = nn.Linear(2, 2)

    def forward(self, x):
        return self.decoder[0](x)


def decoder_dropping(channels, num_classes):
    parts = list(decoder_nearest(channels, num_classes))
    return nn.Sequential(*parts[:3], nn.Dropout(0.3), *parts[3:])


def decoder_bilinear_normed(channels, num_classes):
    parts = list(decoder_bilinear(channels, num_classes))
    return nn.Sequential(*parts[:2], nn.InstanceNorm2d(channels), *parts[2:])


def decoder_of_maxima(channels, num_classes):
    parts = list(decoder_bilinear(channels, num_classes))
    return nn.Sequential(*parts[:3], nn.MaxPool2d(3, 1, 1), *parts[3:])


def decoder_of_the_colleague(channels, num_classes):
    first = nn.ConvTranspose2d(channels, channels, 3, 2, 1, output_padding=1)
    return nn.Sequential(first, nn.ReLU(), nn.ConvTranspose2d(channels, num_classes, 3, 2, 1, output_padding=1))


def decoder_even_count(channels, num_classes):
    project, first = nn.Conv2d(channels, 8, 1), nn.ConvTranspose2d(8, 8, 4, 2, 1)
    return nn.Sequential(project, first, nn.ReLU(), nn.ConvTranspose2d(8, num_classes, 4, 2, 1))


def decoder_no_overlap(channels, num_classes):
    return nn.Sequential(nn.ConvTranspose2d(channels, num_classes, 4, 4))


def decoder_bilinear_start(channels, num_classes):
    up = bilinear_init_(nn.ConvTranspose2d(num_classes, num_classes, 8, 4, 2, groups=num_classes))
    return nn.Sequential(nn.Conv2d(channels, num_classes, 1), up)


def decoder_shuffled(channels, num_classes):
    return nn.Sequential(nn.Conv2d(channels, 16 * num_classes, 1), nn.PixelShuffle(4))


def decoder_blurred_grid(channels, num_classes):
    return nn.Sequential(decoder_no_overlap(channels, num_classes), nn.AvgPool2d(3, 1, 1))


def decoder_without_weights(channels, num_classes):
    return nn.Sequential(nn.Upsample(scale_factor=4), nn.AdaptiveAvgPool3d((num_classes, None, None)))


def decoder_too_small(channels, num_classes):
    return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(channels, num_classes, 3, padding=1))


def decoder_without_padding(channels, num_classes):
    return nn.Sequential(nn.Upsample(scale_factor=4), nn.Conv2d(channels, num_classes, 3))


def decoder_of_features(channels, num_classes):
    return nn.Sequential(nn.Upsample(scale_factor=4), nn.Conv2d(channels, channels, 3, padding=1))


def decoder_heavy(channels, num_classes):
    return nn.Sequential(nn.Upsample(scale_factor=4), nn.Conv2d(channels, num_classes, 9, padding=4))


def decoder_of_the_lecture_only(channels, num_classes):
    return decoder_nearest(24, 10)


def decoder_as_list(channels, num_classes):
    return [nn.Upsample(scale_factor=4), nn.Conv2d(channels, num_classes, 3, padding=1)]


def decoder_identity(channels, num_classes):
    return nn.Identity()


WRONG = {
    "08.transposed_size": [
        (size_zero, "The output size is 0, expected 6"),
        (size_of_convolution, "an ordinary convolution gives"),
        (size_times_stride, "That is input_size·stride"),
        (size_with_n_gaps, "one stride too many"),
        (size_without_corner, "One cell is missing"),
        (size_padding_added, "The padding is added; it crops"),
        (size_without_padding, "The padding is forgotten"),
        (size_cropped_once, "cropped on one side only"),
        (size_extra_twice, "The output_padding is added on both sides"),
        (size_without_extra, "The output_padding is forgotten"),
        (size_extra_cropped, "The output_padding is subtracted"),
        (size_with_kernel_gaps, "its taps leave kernel_size − 1 gaps"),
        (size_with_dilated_padding, "The padding is multiplied by the dilation"),
        (size_with_strided_padding, "The padding is multiplied by the stride"),
        (size_with_strided_extra, "The output_padding is multiplied by the stride"),
        (size_with_extra_between, "The output size is"),
        (size_with_dilated_steps, "The steps between stamps are multiplied by the dilation"),
        (size_one_too_large, "one too many"),
        (size_without_dilation, "The dilation is forgotten"),
        (size_exchanged, "The dilation is taken for the stride"),
        (size_without_stride, "The stride is forgotten"),
        (size_as_float, "is the float 6.0, expected the integer 6"),
        (size_by_torch, "or another transposed convolution of torch"),
        (size_without_defaults, "can't be called as `size_without_defaults(input_size=…, kernel_size=…)`"),
        (size_of_stride_2, "The output size is"),
        (size_unfinished, "not attempted"),
    ],
    "08.conv_transpose2d": [
        (conv_zeros, "is all zeros"),
        (conv_identity, "has shape (1, 1, 2, 3), expected (1, 1, 2, 4)"),
        (conv_ordinary, "That is an ordinary convolution"),
        (conv_overwritten, "the last one wins"),
        (conv_stride_on_the_input, "The stride skips cells of the input"),
        (conv_without_stride, "The stride is forgotten"),
        (conv_flipped, "The kernel is flipped"),
        (conv_taps_turned, "Rows and columns of the kernel are exchanged"),
        (conv_without_bias, "The bias is missing"),
        (conv_bias_per_stamp, "The bias is added with every stamp"),
        (conv_padding_added, "The padding is added around the output"),
        (conv_input_padded, "Zeros are laid around the input"),
        (conv_without_padding, "The padding is forgotten"),
        (conv_cropped_once, "cropped above and on the left only"),
        (conv_cropped_twice_above, "cropped above and on the left only"),
        (conv_cut_by_minus_padding, "`[0:-0]` is empty"),
        (conv_cropped_by_minus_padding, "`[0:-0]` is empty"),
        (conv_with_dilated_padding, "The padding is multiplied by the dilation"),
        (conv_of_the_first_image, "Every image gets the output of image 0"),
        (conv_of_the_mean_weight, "differs in"),
        (conv_to_the_wrong_channels, "The channels of the weight are exchanged"),
        (conv_extra_on_both_sides, "laid on both sides"),
        (conv_extra_zeros, "filled with zeros, but stamps still reach them"),
        (conv_extra_zeros_after_the_bias, "filled with zeros, but stamps still reach them"),
        (conv_extra_above, "lies above and on the left"),
        (conv_without_extra, "The output_padding is forgotten"),
        (conv_exchanged, "Stride and dilation are exchanged"),
        (conv_without_dilation, "The dilation is forgotten"),
        (conv_channels_turned, "The channels of the weight are exchanged"),
        (conv_last_channel, "Only the last input channel counts"),
        (conv_first_channel, "Only the first input channel counts"),
        (conv_h_and_w_swapped, "height and width are swapped"),
        (conv_square_only, "has shape (1, 1, 2, 2), expected (1, 1, 2, 4)"),
        (conv_weight_as_in_conv2d, "The channels of the weight are exchanged"),
        (conv_by_torch, "without `F.conv_transpose2d`"),
        (conv_of_volumes, "uses `F.conv_transpose3d`"),
        (conv_of_aten, "another convolution of torch"),
        (conv_by_module, "without `nn.ConvTranspose2d`"),
        (conv_by_gradient, "without `nn.grad.conv2d_input`"),
        (conv_without_defaults, "can't be called as `conv_without_defaults(x=…, weight=…)`"),
        (conv_bias_inside, "The bias is missing in the extra rows and columns"),
        (conv_of_whole_numbers, "Your output differs in"),
        (conv_positive, "Your output differs in"),
        (conv_by_fold, "without `F.fold`"),
        (conv_by_fold_module, "or another folding of torch"),
        (conv_by_scipy, "without `scipy.signal.convolve2d`"),
        (conv_changes_its_input, "changes its argument `x` in place"),
    ],
    "08.transposed_matrix": [
        (matrix_zeros, "is all zeros"),
        (matrix_identity, "has shape (3, 3), expected (4, 3)"),
        (matrix_not_transposed, "which goes down: transpose it"),
        (matrix_of_the_small_map, "That matrix convolves a map of `input_size`"),
        (matrix_flipped, "The kernel is flipped"),
        (matrix_without_stride, "The stride is forgotten"),
        (matrix_without_padding, "The padding is forgotten"),
        (matrix_by_columns, "numbered column by column"),
        (matrix_taps_turned, "Rows and columns of the kernel are exchanged"),
        (matrix_wrapped, "A tap outside of the large map has come in on the other side"),
        (matrix_of_unchecked_rows, "A tap outside of the large map has come in on the other side"),
        (matrix_of_checked_numbers, "A tap outside of the large map has come in on the other side"),
        (matrix_without_defaults, "can't be called as `matrix_without_defaults(weight=…, input_size=…)`"),
        (matrix_positive, "3 of 10 cases are right"),
        (matrix_of_the_turned_size, "Height and width of `input_size` are exchanged"),
        (matrix_cropped_at_the_end, "The rows of the last cells are cut off"),
        (matrix_of_three_axes, "the right number of values, but 3 axes in place of 2"),
        (matrix_in_integers, "has dtype int64, expected float32"),
        (matrix_of_ones_elsewhere, "the stamp of input cell (0, 0), has 1 in row 2, expected 0"),
        (matrix_inverted, "Column 0 of the matrix, the stamp of input cell (0, 0), has 0.158208 in row 0"),
        (matrix_as_the_output, "has shape (1, 4), expected (4, 3)"),
        (matrix_by_torch, "without `F.conv_transpose2d`"),
    ],
    "08.grid_energy": [
        (energy_zero, "The share is 0, expected 0."),
        (energy_one, "The share is 1, expected 0."),
        (energy_of_blocks, "it should run over the blocks"),
        (energy_interleaved, "The axes of the view are exchanged"),
        (energy_with_the_mean, "subtract the mean of the map first"),
        (energy_undivided, "divide by the variance of the whole map"),
        (energy_root, "ratio of standard deviations"),
        (energy_of_rows, "Only the pattern along the rows"),
        (energy_of_columns, "Only the pattern along the columns"),
        (energy_of_the_rest, "what does *not* repeat"),
        (energy_in_percent, "That is in percent"),
        (energy_of_pooled_blocks, "it should run over the blocks"),
        (energy_of_amplitudes, "The share is"),
        (energy_of_other_frequencies, "The share is"),
        (energy_of_a_sample, "use `correction=0`"),
        (energy_for_two, "The share is"),
        (energy_h_and_w_swapped, "The share is"),
    ],
    "08.smooth_decoder": [
        (decoder_of_the_colleague, "The phases of the output have weights of their own"),
        (decoder_even_count, "evens the *count*, not the weights"),
        (decoder_no_overlap, "The phases of the output have weights of their own"),
        (decoder_bilinear_start, "It is even only at its start"),
        (decoder_shuffled, "The phases of the output have weights of their own"),
        (decoder_blurred_grid, "The phases of the output have weights of their own"),
        (decoder_tested, "on an almost even map the grid is back"),
        (decoder_nearly_tested, "on an almost even map the grid is back"),
        (decoder_tested_cell_by_cell, "on an almost even map the grid is back"),
        (decoder_of_the_colleague_in_training, "on an almost even map the grid is back"),
        (decoder_with_idle_weights, "its answers stay the same whatever its trainable weights are"),
        (decoder_without_weights, "It has nothing to learn"),
        (decoder_constant, "leaves the output as it is"),
        (Global, "changes the output everywhere alike"),
        (OfOneSize, "From a map (2, 24, 7, 5) it makes (2, 10, 36, 48), expected (2, 10, 28, 20)"),
        (decoder_too_small, "it makes (2, 10, 18, 24), expected (2, 10, 36, 48)"),
        (decoder_without_padding, "it makes (2, 10, 34, 46)"),
        (decoder_of_features, "it makes (2, 24, 36, 48)"),
        (decoder_heavy, "8,000 are allowed"),
        (decoder_of_the_lecture_only, "your code raised RuntimeError"),
        (decoder_as_list, "returned a list; return the network itself"),
        (decoder_identity, "it makes (2, 24, 9, 12)"),
    ],
}

RIGHT = {
    "08.transposed_size": [
        size_by_formula,
        size_by_places,
        size_by_search,
        size_by_zero_stuffing,
        size_in_numpy,
    ],
    "08.conv_transpose2d": [
        conv_by_taps,
        conv_by_stamps,
        conv_by_zero_stuffing,
        conv_in_doubles,
        conv_in_numpy,
    ],
    "08.transposed_matrix": [
        matrix_by_loops,
        matrix_by_conv2d,
        matrix_by_stamps,
        matrix_by_unfold,
        matrix_by_kronecker,
        matrix_sparse,
        matrix_in_doubles,
    ],
    "08.grid_energy": [
        energy_by_view,
        energy_by_slices,
        energy_by_fourier,
        energy_as_tensor,
        energy_in_numpy,
    ],
    "08.smooth_decoder": [
        decoder_nearest,
        decoder_bilinear,
        decoder_once,
        decoder_frozen,
        Interpolating,
        FrozenBuffer,
        Evened,
        decoder_of_rate_4,
        decoder_of_rate_6,
        decoder_of_rate_8,
        decoder_of_wide_rates,
        decoder_of_stride_1,
        decoder_normed,
        decoder_normed_at_the_end,
        decoder_batch_normed,
        decoder_ending_in_relu,
        decoder_lazy,
        decoder_dropping,
        decoder_bilinear_normed,
        decoder_of_maxima,
    ],
}

EQUIVALENT = {
    "08.grid_energy": {
        "line 5: (pattern.var(correction=0) / heat_map.var(correction=0)).item() → "
        "pattern.var(correction=0) / heat_map.var(correction=0)": "a tensor of one number may stand for it",
        "line 4: (0, 2) → (2, 0)": "a mean over two axes has no order",
    },
    "08.smooth_decoder": {
        "line 4: nn.Sequential(up, first, nn.ReLU(), up, nn.Conv2d(channels, num_classes, 3, padding=1)) → "
        "nn.Sequential(first, up, nn.ReLU(), up, nn.Conv2d(channels, num_classes, 3, padding=1))": "even, too: a "
        "convolution before the first upsampling",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    tables = stamps.SIZE_MISTAKES, stamps.CONV_MISTAKES, matrix.MISTAKES, grid.ENERGY_MISTAKES, decoder.DECODER_MISTAKES
    assert unsaid(*tables) == []


def test_the_tables_cover_every_exercise():
    assert {exercise.name for exercise in EXERCISES} == set(WRONG) == set(RIGHT)


@pytest.mark.parametrize("seed", range(12, 44))
def test_secret_cases_are_asymmetric_and_have_one_answer(seed):
    arguments = engine.case_arguments(public.find("08.conv_transpose2d"), seed)
    y = stamped(**arguments)
    assert y.shape[2] != y.shape[3]
    torch.testing.assert_close(y, conv_by_fold(**arguments))
    arguments = engine.case_arguments(public.find("08.transposed_matrix"), seed)
    assert arguments["input_size"][0] != arguments["input_size"][1]
    torch.testing.assert_close(matrix_by_loops(**arguments), matrix_by_stamps(**arguments))
    arguments = engine.case_arguments(public.find("08.transposed_size"), seed)
    assert size_by_formula(**arguments) == size_by_places(**arguments)
