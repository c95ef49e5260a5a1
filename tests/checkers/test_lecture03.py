"""What `check` says to wrong answers of lecture 03, and the different right ones that it must let pass."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage, signal
from torch import nn

import segedu as se
from segedu.exercises.engine import engine, public
from segedu.exercises.lecture03 import EXERCISES, conv, design, field
from tests.checkers.secret import caught

# ---- 03.output_size ----


def size_by_formula(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def size_by_counting(input_size, kernel_size, stride=1, padding=0, dilation=1):
    starts = range(-padding, input_size + padding, stride)
    return sum(start + dilation * (kernel_size - 1) < input_size + padding for start in starts)


def size_by_floor(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return math.floor((input_size + 2 * padding - (dilation * (kernel_size - 1) + 1)) / stride) + 1


def size_zero(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return 0


def size_unchanged(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return input_size


def size_without_start(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride


def size_without_padding(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size - dilation * (kernel_size - 1) - 1) // stride + 1


def size_padded_once(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + padding - dilation * (kernel_size - 1) - 1) // stride + 1


def size_rounded_up(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return math.ceil((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1


def size_as_float(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1


def size_without_stride(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return input_size + 2 * padding - dilation * (kernel_size - 1)


def size_without_dilation(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - kernel_size) // stride + 1


def size_dilation_as_stride(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - kernel_size) // (stride * dilation) + 1


def size_with_k_gaps(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * kernel_size) // stride + 1


def size_for_3_only(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * 2 - 1) // stride + 1


def size_raises(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return input_size // (padding - padding)


def size_by_torch(input_size, kernel_size, stride=1, padding=0, dilation=1):
    x, w = torch.zeros(1, 1, 1, input_size), torch.zeros(1, 1, 1, kernel_size)
    return F.conv2d(x, w, None, (1, stride), (0, padding), (1, dilation)).shape[-1]


def size_rounded(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return round((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1


def size_padded_after(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size - dilation * (kernel_size - 1) - 1) // stride + 1 + 2 * padding // stride


def size_without_ones(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1)) // stride


def size_of_a_long_span(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 2) // stride + 1


def size_of_a_short_span(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1)) // stride + 1


def size_with_two_starts(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, dilation) + 1


def size_by_conv1d(input_size, kernel_size, stride=1, padding=0, dilation=1):
    line, kernel = torch.zeros(1, 1, input_size), torch.zeros(1, 1, kernel_size)
    return F.conv1d(line, kernel, None, stride, padding, dilation).shape[-1]


def size_by_pooling(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return nn.MaxPool1d(kernel_size, stride, padding, dilation)(torch.zeros(1, 1, input_size)).shape[-1]


def size_of_other_names(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def size_as_numpy_number(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return np.int64(size_by_formula(input_size, kernel_size, stride, padding, dilation))


def size_without_defaults(input_size, kernel_size, stride, padding, dilation):
    return size_by_formula(input_size, kernel_size, stride, padding, dilation)


def size_padded_by_default(input_size, kernel_size, stride=1, padding=1, dilation=1):
    return size_by_formula(input_size, kernel_size, stride, padding, dilation)


def size_with_the_stride_of_a_pooling(input_size, kernel_size, stride=None, padding=0, dilation=1):
    return size_by_formula(input_size, kernel_size, stride or kernel_size, padding, dilation)


def size_dilated_by_default(input_size, kernel_size, stride=1, padding=0, dilation=2):
    return size_by_formula(input_size, kernel_size, stride, padding, dilation)


def size_by_unfold(input_size, kernel_size, stride=1, padding=0, dilation=1):
    line = torch.zeros(1, 1, 1, input_size)
    return F.unfold(line, (1, kernel_size), (1, dilation), (0, padding), (1, stride)).shape[-1]


def size_by_unfolding_a_line(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return len(torch.zeros(input_size + 2 * padding).unfold(0, dilation * (kernel_size - 1) + 1, stride))


def size_by_views(input_size, kernel_size, stride=1, padding=0, dilation=1):
    line = np.zeros(input_size + 2 * padding)
    return len(np.lib.stride_tricks.sliding_window_view(line, dilation * (kernel_size - 1) + 1)[::stride])


def size_by_numpy(input_size, kernel_size, stride=1, padding=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    return len(np.convolve(np.ones(input_size + 2 * padding), np.ones(span), mode="valid")[::stride])


def size_by_the_course(input_size, kernel_size, stride=1, padding=0, dilation=1):
    x, w = torch.zeros(1, 1, 1, input_size), torch.zeros(1, 1, 1, kernel_size)
    return se.ops.conv2d_loops(x, w, None, (1, stride), (0, padding), (1, dilation)).shape[-1]


def size_unfinished(input_size, kernel_size, stride=1, padding=0, dilation=1): ...


# ---- 03.conv2d ----


def conv_reference(x, weight, bias, stride, padding, dilation, *, flip=False):
    """Convolve by a sum over taps of strided slices: no function of torch that an exercise forbids."""
    weight = weight.flip(-2, -1) if flip else weight
    (_, _, height, width), (_, _, kh, kw) = x.shape, weight.shape
    rows = size_by_formula(height, kh, stride, padding, dilation)
    columns = size_by_formula(width, kw, stride, padding, dilation)
    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    y = np.zeros((len(x), len(weight), rows, columns), dtype=np.float32)
    for u in range(kh):
        for v in range(kw):
            top, left = u * dilation, v * dilation
            cells = padded[
                :, :, top : top + stride * (rows - 1) + 1 : stride, left : left + stride * (columns - 1) + 1 : stride
            ]
            y += np.einsum("ncij,oc->noij", cells, weight[:, :, u, v].numpy())
    y = torch.from_numpy(y)
    return y if bias is None else y + bias[:, None, None]


def conv_by_taps(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, dilation)


def conv_by_windows(x, weight, bias=None, stride=1, padding=0, dilation=1):
    padded = F.pad(x, (padding,) * 4)
    kh, kw = weight.shape[2:]
    span_h, span_w = dilation * (kh - 1) + 1, dilation * (kw - 1) + 1
    windows = padded.unfold(2, span_h, stride).unfold(3, span_w, stride)[..., ::dilation, ::dilation]
    y = torch.einsum("ncijuv,ocuv->noij", windows, weight)
    return y if bias is None else y + bias.view(1, -1, 1, 1)


def conv_by_slices(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (kh, kw), padded = weight.shape[2:], F.pad(x, (padding,) * 4)
    down, across = dilation * (kh - 1) + 1, dilation * (kw - 1) + 1
    rows = [
        torch.stack(
            [
                torch.einsum("nchw,ochw->no", padded[:, :, i : i + down : dilation, j : j + across : dilation], weight)
                for j in range(0, padded.shape[3] - across + 1, stride)
            ],
            dim=-1,
        )
        for i in range(0, padded.shape[2] - down + 1, stride)
    ]
    output = torch.stack(rows, dim=-2)
    return output if bias is None else output + bias[:, None, None]


def conv_by_numpy(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (kh, kw), padded = weight.shape[2:], np.pad(x.numpy(), [(0, 0), (0, 0), (padding,) * 2, (padding,) * 2])
    spans = dilation * (kh - 1) + 1, dilation * (kw - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded, spans, (2, 3))[:, :, ::stride, ::stride]
    output = np.einsum("ncijhw,ochw->noij", windows[..., ::dilation, ::dilation], weight.numpy())
    return output if bias is None else output + bias.numpy()[:, None, None]


def conv_by_taps_of_numpy(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (kh, kw), padded = weight.shape[2:], np.pad(x.numpy(), [(0, 0), (0, 0), (padding,) * 2, (padding,) * 2])
    rows = size_by_formula(x.shape[2], kh, stride, padding, dilation)
    columns = size_by_formula(x.shape[3], kw, stride, padding, dilation)
    down, across = stride * np.arange(rows)[:, None], stride * np.arange(columns)
    output = sum(
        np.einsum("ncij,oc->noij", padded[:, :, down + u * dilation, across + v * dilation], weight[:, :, u, v].numpy())
        for u, v in np.ndindex(kh, kw)
    )
    return output if bias is None else output + bias.numpy()[:, None, None]


def conv_without_defaults(x, weight, bias, stride, padding, dilation):
    return conv_reference(x, weight, bias, stride, padding, dilation)


def conv_padded_by_default(x, weight, bias=None, stride=1, padding=1, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, dilation)


def conv_strided_by_default(x, weight, bias=None, stride=2, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, dilation)


def conv_dilated_by_default(x, weight, bias=None, stride=1, padding=0, dilation=2):
    return conv_reference(x, weight, bias, stride, padding, dilation)


def conv_with_a_bias_by_default(x, weight, bias=1, stride=1, padding=0, dilation=1):
    return conv_reference(
        x, weight, torch.ones(len(weight)) if isinstance(bias, int) else bias, stride, padding, dilation
    )


def conv_with_a_mirrored_border(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(F.pad(x, (padding,) * 4, mode="replicate"), weight, bias, stride, 0, dilation)


def conv_of_the_first_image(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x[:1].expand_as(x), weight, bias, stride, padding, dilation)


def conv_of_the_last_image(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x[-1:], weight, bias, stride, padding, dilation)


def conv_with_the_first_kernel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight[:1].expand_as(weight), bias, stride, padding, dilation)


def conv_of_positive_numbers(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x.clamp(min=0), weight, bias, stride, padding, dilation)


def conv_by(correlate):
    """Return a layer whose sums over windows a function of another package makes: (H, W), (kh, kw) -> all places."""

    def layer(x, weight, bias=None, stride=1, padding=0, dilation=1):
        padded = np.pad(x.numpy(), [(0, 0), (0, 0), (padding,) * 2, (padding,) * 2])
        kernels = se.ops.dilate_kernel(weight, dilation).numpy()
        output = np.stack([np.stack([sum(map(correlate, image, k)) for k in kernels]) for image in padded])
        output = torch.from_numpy(output[:, :, ::stride, ::stride])
        return output if bias is None else output + bias[:, None, None]

    return layer


def conv_by_scipy(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_by(lambda image, kernel: signal.correlate2d(image, kernel, mode="valid"))(x, weight, bias)


def conv_by_ndimage(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_by(lambda image, kernel: ndimage.correlate(image, kernel, mode="constant"))(x, weight, bias)


def conv_by_fourier(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_by(lambda image, kernel: signal.fftconvolve(image, kernel[::-1, ::-1], mode="valid"))(x, weight, bias)


def conv_by_lines(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return torch.tensor([np.convolve(row, weight[0, 0, 0].flip(0), "valid") for row in x[0, 0].numpy()])


def conv_by_any_name(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return torch.from_numpy(getattr(np, "con" + "volve")(x[0, 0, 0].numpy(), weight[0, 0, 0].numpy()))


def conv_by_strides(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (kh, kw), (h, w) = weight.shape[2:], x.shape[2:]
    windows = x[0, 0].as_strided((h - kh + 1, w - kw + 1, kh, kw), (w, 1, w, 1))
    return (windows * weight[0, 0]).sum((2, 3))[None, None]


def conv_by_strides_of_numpy(x, weight, bias=None, stride=1, padding=0, dilation=1):
    cells = x[0, 0].numpy()
    (kh, kw), (h, w) = weight.shape[2:], cells.shape
    windows = np.lib.stride_tricks.as_strided(cells, (h - kh + 1, w - kw + 1, kh, kw), cells.strides * 2)
    return torch.from_numpy((windows * weight[0, 0].numpy()).sum((2, 3)))[None, None]


def conv_by_windows_of_the_course(x, weight, bias=None, stride=1, padding=0, dilation=1):
    windows = se.ops.extract_windows(F.pad(x, (padding,) * 4), tuple(weight.shape[2:]), stride)
    return torch.einsum("nijchw,ochw->noij", windows, weight)


def conv_by_a_matrix_of_the_course(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return se.ops.conv_matrix(weight, tuple(x.shape[2:]), stride, padding, dilation) @ x.flatten()


def conv_by_seven_loops(x, weight, bias=None, stride=1, padding=0, dilation=1):
    (n, channels, height, width), (outputs, _, kh, kw) = x.shape, weight.shape
    rows = size_by_formula(height, kh, stride, padding, dilation)
    columns = size_by_formula(width, kw, stride, padding, dilation)
    y = torch.zeros(n, outputs, rows, columns, dtype=torch.float64)
    cells, taps = x.tolist(), weight.tolist()
    for index in np.ndindex(n, outputs, rows, columns):
        image, o, i, j = index
        total = 0.0 if bias is None else bias[o].item()
        for c, u, v in np.ndindex(channels, kh, kw):
            row, column = i * stride + u * dilation - padding, j * stride + v * dilation - padding
            if 0 <= row < height and 0 <= column < width:
                total += cells[image][c][row][column] * taps[o][c][u][v]
        y[index] = total
    return y


def conv_zeros(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return torch.zeros_like(conv_reference(x, weight, bias, stride, padding, dilation))


def conv_identity(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return x


def conv_flipped(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, dilation, flip=True)


def conv_without_bias(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, None, stride, padding, dilation)


def conv_bias_per_channel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    times = x.shape[1]
    return conv_reference(x, weight, None if bias is None else times * bias, stride, padding, dilation)


def conv_bias_per_tap(x, weight, bias=None, stride=1, padding=0, dilation=1):
    times = weight[0, 0].numel() * x.shape[1]
    return conv_reference(x, weight, None if bias is None else times * bias, stride, padding, dilation)


def conv_without_padding(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, 0, dilation)


def conv_padded_on_one_side(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(F.pad(x, (0, 2 * padding, 0, 2 * padding)), weight, bias, stride, 0, dilation)


def conv_exchanged(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, dilation, padding, stride)


def conv_without_stride(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, 1, padding, dilation)


def conv_without_dilation(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, 1)


def conv_last_channel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x[:, -1:], weight[:, -1:], bias, stride, padding, dilation)


def conv_first_channel(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x[:, :1], weight[:, :1], bias, stride, padding, dilation)


def conv_taps_turned(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight.mT, bias, stride, padding, dilation)


def conv_h_and_w_swapped(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, dilation).mT


def conv_square_only(x, weight, bias=None, stride=1, padding=0, dilation=1):
    side = size_by_formula(x.shape[2], weight.shape[2], stride, padding, dilation)
    return conv_reference(x, weight, bias, stride, padding, dilation)[..., :side, :side]


def conv_without_batch(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, dilation)[0]


def conv_one_too_small(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, dilation)[..., :-1, :-1]


def conv_in_integers(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight, bias, stride, padding, dilation).long()


def conv_by_torch(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return F.conv2d(x, weight, bias, stride, padding, dilation)


def conv_by_module(x, weight, bias=None, stride=1, padding=0, dilation=1):
    layer = nn.Conv2d(x.shape[1], len(weight), weight.shape[2:], stride, padding, dilation)
    return layer(x)


def conv_with_a_mean(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_reference(x, weight / x.shape[1], bias, stride, padding, dilation)


def conv_stride_of_rows(x, weight, bias=None, stride=1, padding=0, dilation=1):
    rows = range(0, x.shape[2] + 2 * padding - dilation * (weight.shape[2] - 1), stride)
    return conv_reference(x, weight, bias, 1, padding, dilation)[:, :, rows]


def conv_stride_of_columns(x, weight, bias=None, stride=1, padding=0, dilation=1):
    columns = range(0, x.shape[3] + 2 * padding - dilation * (weight.shape[3] - 1), stride)
    return conv_reference(x, weight, bias, 1, padding, dilation)[:, :, :, columns]


def conv_with_bias_along_rows(x, weight, bias=None, stride=1, padding=0, dilation=1):
    output = conv_reference(x, weight, None, stride, padding, dilation)
    return output if bias is None else output + bias[:, None]


def conv_with_bias_along_columns(x, weight, bias=None, stride=1, padding=0, dilation=1):
    output = conv_reference(x, weight, None, stride, padding, dilation)
    return output if bias is None else output + bias


def conv_by_conv3d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    steps = ((1, stride, stride), (0, padding, padding), (1, dilation, dilation))
    return F.conv3d(x[:, :, None], weight[:, :, None], bias, *steps)[:, :, 0]


def conv_changes_its_input(x, weight, bias=None, stride=1, padding=0, dilation=1):
    weight *= -1
    return conv_reference(x, -weight, bias, stride, padding, dilation)


# ---- 03.receptive_field ----


def field_forward(layers):
    size, jump = 1, 1
    for kernel_size, stride, _, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size


def field_backward(layers):
    size = 1
    for kernel_size, stride, _, dilation in reversed(layers):
        size = (size - 1) * stride + dilation * (kernel_size - 1) + 1
    return size


def field_by_offsets(layers):
    offsets, jump = {0}, 1
    for kernel_size, stride, _, dilation in layers:
        offsets = {offset + tap * dilation * jump for offset in offsets for tap in (0, kernel_size - 1)}
        jump *= stride
    return max(offsets) - min(offsets) + 1


def field_by_numpy(layers):
    table = np.array(layers, dtype=int).reshape(-1, 4)
    jumps = np.cumprod([1, *table[:-1, 1]])
    return int(1 + (table[:, 3] * (table[:, 0] - 1) * jumps).sum())


def field_zero(layers):
    return 0


def field_sum_of_kernels(layers):
    return sum(layer[0] for layer in layers)


def field_without_start(layers):
    return field_forward(layers) - 1


def field_early_jump(layers):
    size, jump = 1, 1
    for kernel_size, stride, _, dilation in layers:
        jump *= stride
        size += dilation * (kernel_size - 1) * jump
    return size


def field_without_dilation(layers):
    return field_forward([(k, s, p, 1) for k, s, p, _ in layers])


def field_without_stride(layers):
    return field_forward([(k, 1, p, d) for k, _, p, d in layers])


def field_of_the_colleague(layers):
    return field_early_jump([(k, s, p, 1) for k, s, p, _ in layers])


def field_recursion_forwards(layers):
    size = 1
    for kernel_size, stride, _, dilation in layers:
        size = (size - 1) * stride + dilation * (kernel_size - 1) + 1
    return size


def field_of_half_kernels(layers):
    return field_forward([(2 * (k // 2) + 1, s, p, d) for k, s, p, d in layers])


def field_less_padding(layers):
    return field_forward([(d * (k - 1) - 2 * p + 1, s, p, 1) for k, s, p, d in layers])


def field_with_added_dilation(layers):
    return field_forward([(k + d - 1, s, p, 1) for k, s, p, d in layers])


def field_of_the_start(layers):
    return 1


def field_exchanged(layers):
    return field_forward([(k, d, p, s) for k, s, p, d in layers])


def field_padding_as_dilation(layers):
    return field_forward([(k, s, p, p) for k, s, p, _ in layers])


def field_added_strides(layers):
    size, jump = 1, 1
    for kernel_size, stride, _, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump += stride - 1
    return size


def field_product(layers):
    return math.prod(layer[0] for layer in layers)


def field_as_pair(layers):
    return field_forward(layers), field_forward(layers)


def field_wrong_unpacking(layers):
    size = 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * stride
    return size


def field_by_the_course(layers):
    seen = se.ops.ReceptiveField()
    for layer in layers:
        seen = seen.then(*layer)
    return seen.size[0]


# ---- 03.effective_side ----


def side_by_growing(gradient, center, share=0.95):
    influence, (row, column) = gradient.abs().sum(0), center
    for reach in range(max(influence.shape)):
        window = influence[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        if window.sum() >= share * influence.sum():
            return 2 * reach + 1
    return None


def side_by_rings(gradient, center, share=0.95):
    influence = gradient.abs().sum(0).double()
    rows, columns = (torch.arange(n) - at for n, at in zip(influence.shape, center, strict=True))
    ring = torch.maximum(rows.abs()[:, None], columns.abs())
    held = torch.bincount(ring.flatten(), influence.flatten()).cumsum(0)
    return 2 * int((held < share * influence.sum()).sum()) + 1


def side_by_sorting(gradient, center, share=0.95):
    influence = gradient.abs().sum(0).numpy().astype(float)
    rows, columns = np.indices(influence.shape)
    ring = np.maximum(abs(rows - center[0]), abs(columns - center[1])).ravel()
    order = np.argsort(ring, kind="stable")
    reached = np.searchsorted(influence.ravel()[order].cumsum(), share * influence.sum())
    return int(2 * ring[order][reached] + 1)


def side_zero(gradient, center, share=0.95):
    return 0


def side_of_the_map(gradient, center, share=0.95):
    return gradient.shape[-1]


def side_reach(gradient, center, share=0.95):
    return side_by_growing(gradient, center, share) // 2


def side_even(gradient, center, share=0.95):
    return side_by_growing(gradient, center, share) - 1


def side_area(gradient, center, share=0.95):
    return side_by_growing(gradient, center, share) ** 2


def side_signed(gradient, center, share=0.95):
    total, (row, column) = gradient.sum(0), center
    for reach in range(max(total.shape)):
        window = total[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        if window.sum() >= share * total.sum():
            return 2 * reach + 1
    return None


def side_late_absolute(gradient, center, share=0.95):
    return side_by_growing(gradient.sum(0, keepdim=True), center, share)


def side_exchanged(gradient, center, share=0.95):
    return side_by_growing(gradient, center[::-1], share)


def side_around_the_middle(gradient, center, share=0.95):
    return side_by_growing(gradient, (gradient.shape[1] // 2, gradient.shape[2] // 2), share)


def side_first_channel(gradient, center, share=0.95):
    return side_by_growing(gradient[:1], center, share)


def side_squared(gradient, center, share=0.95):
    return side_by_growing(gradient**2, center, share)


def side_one_ring_more(gradient, center, share=0.95):
    return side_by_growing(gradient, center, share) + 2


def side_one_ring_less(gradient, center, share=0.95):
    return side_by_growing(gradient, center, share) - 2


def side_as_tensor(gradient, center, share=0.95):
    return torch.tensor(side_by_growing(gradient, center, share))


def side_at_least_3(gradient, center, share=0.95):
    return max(3, side_by_growing(gradient, center, share))


def side_of_the_strongest(gradient, center, share=0.95):
    influence = gradient.abs().sum(0).flatten().sort(descending=True).values
    return math.ceil(math.sqrt(1 + int((influence.cumsum(0) < share * influence.sum()).sum())))


def side_of_a_fixed_share(gradient, center, share=0.95):
    return side_by_growing(gradient, center, 0.95)


def side_of_everything(gradient, center, share=0.95):
    return side_by_growing(gradient, center, 1 - 1e-6)


def side_of_windows(gradient, center, holds, cut=lambda index: max(0, index), stop=1):
    influence, (row, column) = gradient.abs().sum(0), center
    for reach in range(2 * max(influence.shape)):
        rows, columns = (slice(cut(at - reach), at + reach + stop) for at in (row, column))
        if holds(influence[rows, columns].sum() / influence.sum()):
            return 2 * reach + 1
    return 0


def side_with_an_open_end(gradient, center, share=0.95):
    return side_of_windows(gradient, center, lambda held: held >= share, stop=0)


def side_with_a_long_end(gradient, center, share=0.95):
    return side_of_windows(gradient, center, lambda held: held >= share, stop=2)


def side_not_cut_off(gradient, center, share=0.95):
    return side_of_windows(gradient, center, lambda held: held >= share, cut=lambda index: index)


def side_above_the_share(gradient, center, share=0.95):
    return side_of_windows(gradient, center, lambda held: held > share)


def side_of_the_largest_channel(gradient, center, share=0.95):
    return side_by_growing(gradient.abs().amax(0, keepdim=True), center, share)


def side_reach_plus_one(gradient, center, share=0.95):
    return side_by_growing(gradient, center, share) // 2 + 1


def side_without_default(gradient, center, share):
    return side_by_growing(gradient, center, share)


def side_of_nine_tenths(gradient, center, share=0.9):
    return side_by_growing(gradient, center, share)


def side_with_an_epsilon(gradient, center, share=0.95):
    total = gradient.abs().sum() + 1e-8
    return side_of_windows(gradient, center, lambda held: held * gradient.abs().sum() / total >= share)


def side_forgets_the_border(gradient, center, share=0.95):
    influence, (row, column) = gradient.abs().sum(0), center
    for reach in range(max(influence.shape)):
        if (
            influence[row - reach : row + reach + 1, column - reach : column + reach + 1].sum()
            >= share * influence.sum()
        ):
            return 2 * reach + 1
    return None


# ---- 03.design_stack ----


def chain(*layers, inside=16, first=3):
    """Return 3 × 3 convolutions with ReLUs, each layer (stride, dilation)."""
    modules, width = [], first
    for stride, dilation in layers:
        modules += [nn.Conv2d(width, inside, 3, stride, dilation, dilation), nn.ReLU()]
        width = inside
    return nn.Sequential(*modules)


def stack_dilated():
    return chain(*((1, d) for d in (1, 2, 4, 8, 16, 1)))


def stack_strided_and_dilated():
    return chain((2, 1), (1, 1), (2, 1), (1, 2), (1, 4), (1, 1))


def stack_depthwise():
    modules = [nn.Conv2d(3, 16, 1)]
    for _ in range(8):
        modules += [nn.Conv2d(16, 16, 9, padding=4, groups=16), nn.Conv2d(16, 16, 1), nn.BatchNorm2d(16), nn.ReLU()]
    return nn.Sequential(*modules[:-3])


def stack_pooled():
    pooled = [nn.MaxPool2d(2), *chain((1, 1), (1, 2), (1, 4), (1, 1), first=16)]
    return nn.Sequential(*chain((1, 1)), nn.MaxPool2d(2), *pooled)


def stack_with_upsampling():
    return nn.Sequential(*chain((2, 1), (2, 1), (1, 1), (1, 2), (1, 4), (1, 1)), nn.Upsample(scale_factor=4))


class Residual(nn.Module):
    """A dilated stack with skips, written as a module of its own."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 16, 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv2d(16, 16, 3, padding=d, dilation=d) for d in (2, 4, 8, 16, 2))

    def forward(self, image):
        features = self.first(image)
        for layer in self.layers:
            features = features + F.relu(layer(features))
        return features


def stack_one_pixel_short():
    return chain(*((1, d) for d in (1, 2, 4, 8, 16)))


def stack_plain():
    return chain(*[(1, 1)] * 32)


def stack_short_plain():
    return chain(*[(1, 1)] * 6)


def stack_with_holes():
    return chain(*[(1, 6)] * 6)


def stack_one_giant_dilation():
    return chain((1, 32))


def stack_large_kernel():
    return nn.Conv2d(3, 16, 65, padding=32)


def stack_too_coarse():
    return chain(*[(2, 1)] * 6)


def stack_narrow():
    return chain(*((1, d) for d in (1, 2, 4, 8, 16, 1)), inside=8)


def stack_as_list():
    return [(3, 1, 1, 1)] * 6


def stack_gray():
    return chain(*((1, d) for d in (1, 2, 4, 8, 16, 1)), first=1)


def stack_identity():
    return nn.Identity()


class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.stack = stack_dilated()

    def forward(self, image):
        return self.stack(image), image


def stack_of_two_outputs():
    return TwoOutputs()


def stack_of_lazy_layers():
    layers = [nn.LazyConv2d(16, 3, padding=dilation, dilation=dilation) for dilation in (1, 2, 4, 8, 16, 1)]
    return nn.Sequential(*layers)


class SquaresOnly(nn.Module):
    """A wide kernel that is also laid over the turned image: on a square image it looks like a large square field."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 16, (1, 65), padding=(0, 32))
        self.second = nn.Conv2d(16, 16, (33, 1), padding=(16, 0), groups=16)
        self.third = nn.Conv2d(16, 16, (33, 1), padding=(16, 0), groups=16)

    def forward(self, image):
        features = self.third(self.second(self.first(image)))
        return features + features.mT


class DeepOnSquares(nn.Module):
    """Two networks in one: which of them runs, the shape of the image says."""

    def __init__(self):
        super().__init__()
        self.deep, self.shallow = stack_dilated(), nn.Conv2d(3, 16, 3)

    def forward(self, image):
        return self.deep(image) if image.shape[2] == image.shape[3] else self.shallow(image)


def stack_for_squares():
    return SquaresOnly()


def stack_that_is_deep_on_squares():
    return DeepOnSquares()


def stack_narrow_and_plain():
    return nn.Sequential(*chain(*[(1, 1)] * 31, inside=7), nn.Conv2d(7, 16, 3, padding=1))


def stack_of_powers_of_3():
    return chain((1, 1), (1, 3), (1, 9), (1, 27))


def stack_in_double_precision():
    return stack_dilated().double()


class Hidden(nn.Module):
    """Run layers that stand in a plain list, where torch doesn't look for weights."""

    def __init__(self, layers):
        super().__init__()
        self.layers = list(layers)

    def forward(self, image):
        for layer in self.layers:
            image = layer(image)
        return image


class FromFunction(nn.Module):
    """Run a function, whose weights torch doesn't see."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, image):
        return self.function(image)


class OfConstants(nn.Module):
    """Convolve with a large kernel that is a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("kernel", torch.randn(16, 3, 65, 65))

    def forward(self, image):
        return F.conv2d(image, self.kernel, padding=32)


def stack_in_a_list():
    return Hidden(stack_dilated())


def stack_in_a_closure():
    kernel, stack = nn.Parameter(torch.randn(16, 16, 3, 3)), stack_dilated()
    return nn.Sequential(stack[:-2], FromFunction(lambda x: F.conv2d(x, kernel, padding=1)))


def stack_of_constants():
    return OfConstants()


def stack_with_mean():
    mean = FromFunction(lambda x: x.mean((2, 3), keepdim=True).expand_as(x))
    return nn.Sequential(nn.Conv2d(3, 16, 1), mean)


def stack_upsampled():
    return nn.Sequential(*chain(*[(2, 1)] * 6), nn.Upsample(scale_factor=64))


def stack_of_averages():
    return nn.Sequential(nn.Conv2d(3, 16, 1), nn.AvgPool2d(32), *chain((1, 1), first=16), nn.Upsample(scale_factor=16))


def stack_detached():
    return nn.Sequential(stack_dilated(), FromFunction(lambda x: x.detach()))


def stack_with_blur():
    """A fixed kernel is a buffer and no weight; there is room for it."""
    stack = OfConstants()
    stack.kernel = torch.ones(16, 1, 3, 3) / 9
    stack.forward = lambda image: F.conv2d(image, stack.kernel, padding=1, groups=16)
    return nn.Sequential(stack_dilated(), stack)


def stack_of_one_wide_layer():
    return nn.Sequential(nn.Conv2d(3, 3, 65, padding=32, groups=3), nn.Conv2d(3, 16, 1))


def stack_of_one_pooling():
    return nn.Sequential(nn.Conv2d(3, 16, 1), nn.AvgPool2d(65, 1, 32))


def stack_that_looks_at_the_image():
    look = FromFunction(lambda x: x / x.max().item() if x.max() > 1 else x)
    return nn.Sequential(look, stack_dilated())


class Nested(nn.Module):
    """A small U-Net: a far look at a coarse map, a near one beside it."""

    def __init__(self):
        super().__init__()
        self.near = nn.Conv2d(3, 16, 3, padding=1)
        self.far = chain((2, 1), (2, 1), (1, 1), (1, 2), (1, 4), inside=12, first=16)
        self.last = nn.Conv2d(28, 16, 3, padding=1)

    def forward(self, image):
        near = F.relu(self.near(image))
        far = F.interpolate(self.far(near), near.shape[2:])
        return self.last(torch.cat([near, far], dim=1))


def stack_nested():
    return Nested()


def stack_wide_only():
    return nn.Sequential(nn.Conv2d(3, 16, (1, 65), padding=(0, 32)))


def size_by_fftconvolve(input_size, kernel_size, stride=1, padding=0, dilation=1):
    padded, kernel = np.ones(input_size + 2 * padding), np.ones(dilation * (kernel_size - 1) + 1)
    return len(signal.fftconvolve(padded, kernel, "valid")[::stride])


def conv_of_absolute_bias(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_by_taps(x, weight, None if bias is None else bias.abs(), stride, padding, dilation)


def conv_of_positive_biases(x, weight, bias=None, stride=1, padding=0, dilation=1):
    bias = bias if bias is not None and bias.sum() > 0 else None
    return conv_by_taps(x, weight, bias, stride, padding, dilation)


def conv_rounded(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_by_taps(x, weight, bias, stride, padding, dilation).round()


def conv_of_whole_numbers(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_by_taps(x.long(), weight.long(), bias, stride, padding, dilation).to(x.dtype)


def conv_in_bfloat16(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv_by_taps(x, weight, bias, stride, padding, dilation).bfloat16().to(x.dtype)


def conv_by_a_hidden_function(x, weight, bias=None, stride=1, padding=0, dilation=1):
    size = weight.shape[2:]
    return torch._C._nn.slow_conv_dilated2d(x, weight, size, bias, [stride] * 2, [padding] * 2, [dilation] * 2)


def field_from_the_first_layer(layers):
    first = layers[0]
    return 1 + first[3] * (first[0] - 1) + (field_forward(layers) - 1 - first[3] * (first[0] - 1))


def field_of_d_times_k(layers):
    return field.wrong_field(layers, "d times k")


def field_of_dilated_jumps(layers):
    return field.wrong_field(layers, "dilated jump")


def side_by_norm(gradient, center, share=0.95):
    return side_by_growing(gradient.norm(dim=0)[None], center, share)


WRONG = {
    "03.output_size": [
        (size_by_fftconvolve, "scipy.signal.fftconvolve"),
        (size_zero, "The output size is 0, expected 5"),
        (size_unchanged, "That is the size of the input"),
        (size_without_start, "not the position where it starts"),
        (size_without_padding, "The padding is forgotten"),
        (size_padded_once, "counted on one side"),
        (size_rounded_up, "rounded up"),
        (size_as_float, "divide by `//`"),
        (size_rounded, "rounded to the nearest"),
        (size_padded_after, "added after the division"),
        (size_without_ones, "Both ones are missing"),
        (size_of_a_long_span, "one cell too large"),
        (size_of_a_short_span, "one cell too small"),
        (size_with_two_starts, "One position too many"),
        (size_by_conv1d, "another convolution of torch"),
        (size_by_pooling, "without `F.max_pool2d`"),
        (size_without_stride, "The stride is forgotten"),
        (size_without_dilation, "The dilation is forgotten"),
        (size_dilation_as_stride, "The dilation is taken for a stride"),
        (size_with_k_gaps, "has kernel_size − 1 gaps"),
        (size_for_3_only, "The smallest failing input"),
        (size_raises, "your code raised ZeroDivisionError"),
        (size_by_torch, "without `F.conv2d`"),
        (size_unfinished, "not attempted"),
        (size_without_defaults, "missing a required argument: 'stride'"),
        (size_padded_by_default, "Where `padding` is left out"),
        (size_with_the_stride_of_a_pooling, "Where `stride` is left out"),
        (size_dilated_by_default, "Where `dilation` is left out"),
        (size_by_unfold, "without `F.unfold`"),
        (size_by_unfolding_a_line, "without `F.unfold`"),
        (size_by_views, "sliding_window_view`"),
        (size_by_numpy, "without `np.convolve`"),
        (size_by_the_course, "without `se.ops.conv2d_loops`"),
    ],
    "03.conv2d": [
        (conv_of_absolute_bias, "A negative bias is taken for another one"),
        (conv_of_positive_biases, "A negative bias is taken for another one"),
        (conv_rounded, "Fractions are lost"),
        (conv_of_whole_numbers, "Fractions are lost"),
        (conv_in_bfloat16, "The sums are rounded"),
        (conv_by_a_hidden_function, "convolution of torch"),
        (conv_zeros, "is all zeros"),
        (conv_identity, "Your output differs in its one value: -2, expected -28"),
        (conv_with_a_mean, "the mean over the input channels"),
        (conv_stride_of_rows, "down the rows only"),
        (conv_stride_of_columns, "along the columns only"),
        (conv_by_conv3d, "another convolution of torch"),
        (conv_by_windows, "another unfolding of torch"),
        (conv_with_bias_along_rows, "lies along the rows"),
        (conv_with_bias_along_columns, "lies along the columns"),
        (conv_flipped, "The kernel is flipped"),
        (conv_without_bias, "The bias is missing"),
        (conv_bias_per_channel, "added once for every input channel"),
        (conv_bias_per_tap, "added once for every tap"),
        (conv_without_padding, "The padding is forgotten"),
        (conv_padded_on_one_side, "on the right and below only"),
        (conv_exchanged, "Stride and dilation are exchanged"),
        (conv_without_stride, "The stride is forgotten"),
        (conv_without_dilation, "The dilation is forgotten"),
        (conv_last_channel, "Only the last input channel counts"),
        (conv_first_channel, "Only the first input channel counts"),
        (conv_taps_turned, "Rows and columns of the kernel are exchanged"),
        (conv_h_and_w_swapped, "height and width are swapped"),
        (conv_square_only, "width is one too small"),
        (conv_without_batch, "the batch's, is missing"),
        (conv_one_too_small, "too small"),
        (conv_in_integers, "the numbers were cut to integers"),
        (conv_by_torch, "without `F.conv2d`"),
        (conv_by_module, "another convolution of torch"),
        (conv_without_defaults, "missing a required argument: 'bias'"),
        (conv_padded_by_default, "Where `padding` is left out"),
        (conv_strided_by_default, "Where `stride` is left out"),
        (conv_dilated_by_default, "Where `dilation` is left out"),
        (conv_with_a_bias_by_default, "Where `bias` is left out"),
        (conv_with_a_mirrored_border, "padding is made of zeros"),
        (conv_of_the_first_image, "image n is made from x[n]"),
        (conv_of_the_last_image, "image n is made from x[n]"),
        (conv_with_the_first_kernel, "output channel o has its own"),
        (conv_of_positive_numbers, "differs in"),
        (conv_by_numpy, "sliding_window_view`"),
        (conv_by_scipy, "without `scipy.signal.correlate2d`"),
        (conv_by_ndimage, "without `scipy.ndimage.correlate`"),
        (conv_by_fourier, "without `scipy.signal.fftconvolve`"),
        (conv_by_lines, "without `np.convolve`"),
        (conv_by_any_name, "without `np.convolve`"),
        (conv_by_strides, "without `torch.as_strided`"),
        (conv_by_strides_of_numpy, "as_strided`"),
        (conv_by_windows_of_the_course, "without `se.ops.extract_windows`"),
        (conv_by_a_matrix_of_the_course, "without `se.ops.conv_matrix`"),
        (conv_changes_its_input, "changes its argument `weight` in place"),
    ],
    "03.receptive_field": [
        (field_from_the_first_layer, "your code raised IndexError"),
        (field_of_d_times_k, "dilation·kernel_size − 1 is added"),
        (field_of_dilated_jumps, "`jump *= stride`"),
        (field_zero, "The receptive field is 0, expected 1"),
        (field_sum_of_kernels, "The kernel sizes are added"),
        (field_without_start, "It starts from 0"),
        (field_early_jump, "The jump grows too early"),
        (field_without_dilation, "The dilation is forgotten"),
        (field_without_stride, "The strides are forgotten"),
        (field_of_the_colleague, "what the colleague's function says"),
        (field_recursion_forwards, "the recursion from the last layer back"),
        (field_of_half_kernels, "for odd kernels only"),
        (field_less_padding, "The padding is taken off"),
        (field_with_added_dilation, "The dilation is added to the kernel"),
        (field_of_the_start, "The receptive field is 1, expected 3"),
        (field_exchanged, "Stride and dilation are exchanged"),
        (field_padding_as_dilation, "The padding is taken for the dilation"),
        (field_added_strides, "The strides are added to the jump"),
        (field_product, "The kernel sizes are multiplied"),
        (field_as_pair, "tuple"),
        (field_by_the_course, "without `se.ops.ReceptiveField`"),
        (field_wrong_unpacking, "your code raised ValueError"),
    ],
    "03.effective_side": [
        (side_zero, "The side is 0, expected 1"),
        (side_of_the_map, "The side is 8, expected 5"),
        (side_at_least_3, "begin with reach 0"),
        (side_of_the_strongest, "The strongest cells are counted"),
        (side_of_a_fixed_share, "`share` is ignored"),
        (side_of_everything, "`share` is ignored"),
        (side_with_an_open_end, "lacks its last row or column"),
        (side_with_a_long_end, "a row or column too many"),
        (side_not_cut_off, "Python counts from the end"),
        (side_above_the_share, "is enough (`>=`)"),
        (side_of_the_largest_channel, "the channel with the largest influence"),
        (side_reach_plus_one, "its side is 2·reach + 1"),
        (side_reach, "its side is 2·reach + 1"),
        (side_even, "The side is even"),
        (side_area, "the number of cells in the square"),
        (side_signed, "opposite sign cancel"),
        (side_late_absolute, "opposite sign cancel"),
        (side_exchanged, "Row and column of `center` are exchanged"),
        (side_around_the_middle, "in the middle of the map"),
        (side_first_channel, "Only the first channel counts"),
        (side_squared, "The gradient is squared"),
        (side_by_norm, "joined by the root of their squares"),
        (side_one_ring_more, "one ring too large"),
        (side_one_ring_less, "one ring too small"),
        (side_without_default, "missing a required argument: 'share'"),
        (side_of_nine_tenths, "Left out, `share` is 0.95"),
        (side_with_an_epsilon, "The side is"),
    ],
    "03.design_stack": [
        (stack_one_pixel_short, "one pixel short"),
        (stack_plain, "It has 72,368 parameters"),
        (stack_short_plain, "It sees 13 × 13 pixels"),
        (stack_with_holes, "Its field has holes"),
        (stack_one_giant_dilation, "Its field has holes"),
        (stack_large_kernel, "It has 202,816 parameters"),
        (stack_too_coarse, "Its map has 3 × 3 cells"),
        (stack_narrow, "Its output has 8 channels"),
        (stack_as_list, "returned a list; return the network itself"),
        (stack_gray, "your code raised RuntimeError"),
        (stack_identity, "It sees 1 × 1 pixels"),
        (stack_wide_only, "It sees 1 × 65 pixels"),
        (stack_in_a_list, "12,048 of its weights are not among its `parameters()`"),
        (stack_in_a_closure, "2,304 of its weights are not among its `parameters()`"),
        (stack_of_constants, "uses 202,800 numbers more"),
        (stack_with_mean, "It keeps no detail: 100% of the neighbors"),
        (stack_upsampled, "It keeps no detail"),
        (stack_of_averages, "It keeps no detail"),
        (stack_detached, "No gradient leads from its output back to the image"),
        (stack_of_two_outputs, "Its output is a tuple"),
        (stack_for_squares, "and fails on 160 × 224"),
        (stack_that_is_deep_on_squares, "On an image of 160 × 224 pixels: It sees 3 × 3 pixels"),
        (stack_in_double_precision, "your code raised RuntimeError"),
    ],
}

RIGHT = {
    "03.output_size": [
        size_by_formula,
        size_by_counting,
        size_by_floor,
        size_of_other_names,
        size_as_numpy_number,
    ],
    "03.conv2d": [conv_by_taps, conv_by_slices, conv_by_seven_loops, conv_by_taps_of_numpy],
    "03.receptive_field": [field_forward, field_backward, field_by_offsets, field_by_numpy],
    "03.effective_side": [side_by_growing, side_by_rings, side_by_sorting, side_as_tensor],
    "03.design_stack": [
        stack_dilated,
        stack_strided_and_dilated,
        stack_depthwise,
        stack_pooled,
        stack_with_upsampling,
        Residual,
        stack_of_lazy_layers,
        stack_narrow_and_plain,
        stack_of_powers_of_3,
        stack_with_blur,
        stack_of_one_wide_layer,
        stack_of_one_pooling,
        stack_that_looks_at_the_image,
        stack_nested,
    ],
}

EQUIVALENT = {
    "03.conv2d": {
        "line 4: x → weight": "zeros of the weight's dtype, which is the image's",
        "line 8: x → weight": "zeros of the weight's dtype, which is the image's",
    },
    "03.effective_side": {
        "line 3: gradient.abs().sum → gradient.abs().mean": "a factor that cancels: a share is asked for",
        "line 7: range(max(influence.shape)) → range(max(influence.shape) + 1)": "the last square is never needed",
        "line 6: max(0, row - reach) → max(row - reach, 0)": "the larger of two doesn't ask for an order",
        "line 6: max(0, column - reach) → max(column - reach, 0)": "the larger of two doesn't ask for an order",
    },
    "03.design_stack": {
        "line 4: 1 → 2": "dilations 2, 2, 4, 8, 16, 1 see more, and leave no holes",
        "line 4: 2 → 3": "dilations 1, 3, 4, 8, 16, 1 see more, and leave no holes",
        "line 4: 4 → 5": "dilations 1, 2, 5, 8, 16, 1 see more, and leave no holes",
        "line 4: 8 → 9": "dilations 1, 2, 4, 9, 16, 1 see more, and leave no holes",
        "line 4: 16 → 17": "dilations 1, 2, 4, 8, 17, 1 see more, and leave no holes",
        "line 4: 1 → 2 (2)": "dilations 1, 2, 4, 8, 16, 2 see more, and leave no holes",
        "line 5: nn.Conv2d(width, 16, 3, padding=dilation, dilation=dilation) → "
        "nn.Conv2d(width, 16, 3, dilation=dilation)": "without padding the map has 128 × 128 cells, which is enough",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(conv.SIZE_MISTAKES, conv.CONV_MISTAKES, field.FIELD_MISTAKES, field.SIDE_MISTAKES) == []


def test_the_tables_cover_every_exercise():
    assert {exercise.name for exercise in EXERCISES} == set(WRONG) == set(RIGHT)


@pytest.mark.parametrize("seed", range(len(field.HAND_MADE), 40))
def test_secret_cases_of_effective_side_are_asymmetric_and_have_one_answer(seed):
    arguments = engine.case_arguments(public.find("03.effective_side"), seed)
    _, height, width = arguments["gradient"].shape
    assert height != width
    assert side_by_growing(**arguments) == side_by_rings(**arguments)


def test_the_field_of_a_network_above_the_budget_is_not_measured(monkeypatch):
    def measured(network, shape):
        raise AssertionError("half a minute for one large kernel, to say that it has too many parameters")

    monkeypatch.setattr(design, "measured_receptive_field", measured)
    assert design.observe_stack(stack_large_kernel(), {}) == {"parameters": 202_816}


def test_what_is_said_on_success_is_true_of_every_network_that_passes():
    proved = public.find("03.design_stack").proved
    plain = field.wrong_field([(3, 1, 1, 1)] * 32, "no stride")
    assert f"32 plain layers of 16 channels, which see {plain} × {plain}, have 72,368" in proved
    assert se.count_parameters(stack_plain()) == design.PLAIN


GUESSES = [
    ("03.output_size", size_rounded),
    ("03.output_size", size_without_defaults),
    ("03.conv2d", conv_without_defaults),
    ("03.conv2d", conv_of_the_first_image),
    ("03.conv2d", conv_of_positive_numbers),
    ("03.effective_side", side_without_default),
    ("03.effective_side", side_with_an_epsilon),
    ("03.output_size", size_padded_after),
    ("03.output_size", size_of_a_short_span),
    ("03.conv2d", conv_stride_of_rows),
    ("03.conv2d", conv_first_channel),
    ("03.conv2d", conv_without_bias),
    ("03.receptive_field", field_of_half_kernels),
    ("03.receptive_field", field_less_padding),
    ("03.receptive_field", field_recursion_forwards),
    ("03.effective_side", side_of_a_fixed_share),
    ("03.effective_side", side_not_cut_off),
    ("03.effective_side", side_of_the_largest_channel),
    ("03.effective_side", side_with_a_long_end),
]


@pytest.mark.parametrize(("name", "answer"), GUESSES)
def test_a_guess_fails_in_secret_cases_too(name, answer):
    assert caught(name, answer)
