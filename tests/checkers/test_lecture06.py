"""What `check` says to wrong answers of lecture 06, and the different right ones that it must let pass."""

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from segedu.exercises.engine import engine, public
from segedu.exercises.lecture06 import EXERCISES, backbone, taps

# ---- 06.dilated_conv ----


def conv_by_taps(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    padded = F.pad(x, (rate * (kw // 2),) * 2 + (rate * (kh // 2),) * 2)
    y = torch.zeros_like(x)
    for u in range(kh):
        for v in range(kw):
            y += w[u, v] * padded[rate * u : rate * u + height, rate * v : rate * v + width]
    return y


def conv_by_cells(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    y = torch.zeros(height, width, dtype=torch.float64)
    for i, j, u, v in itertools.product(range(height), range(width), range(kh), range(kw)):
        row, column = i + rate * (u - kh // 2), j + rate * (v - kw // 2)
        if 0 <= row < height and 0 <= column < width:
            y[i, j] += x[row, column] * w[u, v]
    return y


def conv_by_stuffed_kernel(x, w, rate):
    kh, kw = rate * (w.shape[0] - 1) + 1, rate * (w.shape[1] - 1) + 1
    stuffed = torch.zeros(kh, kw)
    stuffed[::rate, ::rate] = w
    return conv_by_taps(x, stuffed, 1)


def conv_by_windows(x, w, rate):
    kh, kw = w.shape
    padded = np.pad(x.numpy(), ((rate * (kh // 2),) * 2, (rate * (kw // 2),) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (rate * (kh - 1) + 1, rate * (kw - 1) + 1))
    return torch.from_numpy(np.einsum("ijuv,uv->ij", windows[..., ::rate, ::rate], w.numpy()))


def conv_by_fourier(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    kernel = torch.zeros(height + rate * kh, width + rate * kw)
    for u in range(kh):
        for v in range(kw):
            kernel[-rate * (u - kh // 2) % kernel.shape[0], -rate * (v - kw // 2) % kernel.shape[1]] += w[u, v]
    product = torch.fft.rfft2(x, s=kernel.shape) * torch.fft.rfft2(kernel)
    return torch.fft.irfft2(product, s=kernel.shape)[:height, :width]


def conv_in_numpy(x, w, rate):
    return conv_by_taps(x.double(), w.double(), rate).numpy()


def conv_as_list(x, w, rate):
    return conv_by_taps(x, w, rate).tolist()


def conv_in_integers(x, w, rate):
    return conv_by_taps(x, w, rate).long()


def conv_with_the_rate_first(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    up, left = rate * kh // 2, rate * kw // 2
    padded = F.pad(x, (left, left + rate, up, up + rate))
    y = torch.zeros_like(x)
    for u, v in np.ndindex(kh, kw):
        y += w[u, v] * padded[rate * u : rate * u + height, rate * v : rate * v + width]
    return y


def conv_columns_only(x, w, rate):
    return conv_rows_only(x.T, w.T, rate).T


def conv_with_the_last_tap(x, w, rate):
    last = torch.zeros_like(w)
    last[-1, -1] = w[-1, -1]
    return conv_by_taps(x, last, rate)


def conv_without_row_and_column_0(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    y = torch.zeros_like(x)
    for i, j, u, v in itertools.product(range(height), range(width), range(kh), range(kw)):
        row, column = i + rate * (u - kh // 2), j + rate * (v - kw // 2)
        if 0 < row < height and 0 < column < width:
            y[i, j] += x[row, column] * w[u, v]
    return y


def conv_with_paddings_exchanged(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    padded = F.pad(x, (rate * (kh // 2),) * 2 + (rate * (kw // 2),) * 2)
    y = torch.zeros_like(x)
    for u, v in np.ndindex(kh, kw):
        y += w[u, v] * padded[rate * u : rate * u + height, rate * v : rate * v + width]
    return y


def conv_zeros(x, w, rate):
    return torch.zeros_like(x)


def conv_identity(x, w, rate):
    return x


def conv_with_negative_indices(x, w, rate):
    """Zeros below and on the right alone; above and on the left Python counts from the other end."""
    (height, width), (kh, kw) = x.shape, w.shape
    y = torch.zeros_like(x)
    for i, j, u, v in itertools.product(range(height), range(width), range(kh), range(kw)):
        row, column = i + rate * (u - kh // 2), j + rate * (v - kw // 2)
        if row < height and column < width:
            y[i, j] += x[row % height, column % width] * w[u, v]
    return y


def conv_with_the_middle_of_three(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    y = torch.zeros_like(x)
    for i, j, u, v in itertools.product(range(height), range(width), range(kh), range(kw)):
        row, column = i + rate * (u - 1), j + rate * (v - 1)
        if 0 <= row < height and 0 <= column < width:
            y[i, j] += x[row, column] * w[u, v]
    return y


def conv_flipped(x, w, rate):
    return conv_by_taps(x, w.flip(0, 1), rate)


def conv_without_rate(x, w, rate):
    return conv_by_taps(x, w, 1)


def conv_one_more(x, w, rate):
    return conv_by_taps(x, w, rate + 1)


def conv_on_strided_input(x, w, rate):
    return conv_by_taps(x[::rate, ::rate], w, 1)


def conv_strided(x, w, rate):
    return conv_by_taps(x, w, 1)[::rate, ::rate]


def valid(padded, w, rate):
    (height, width), (kh, kw) = padded.shape, w.shape
    rows, columns = height - rate * (kh - 1), width - rate * (kw - 1)
    y = torch.zeros(rows, columns)
    for u in range(kh):
        for v in range(kw):
            y += w[u, v] * padded[rate * u : rate * u + rows, rate * v : rate * v + columns]
    return y


def conv_padded_as_undilated(x, w, rate):
    return valid(F.pad(x, (w.shape[1] // 2,) * 2 + (w.shape[0] // 2,) * 2), w, rate)


def conv_without_padding(x, w, rate):
    return valid(x, w, rate)


def conv_from_the_corner(x, w, rate):
    return valid(F.pad(x, (0, rate * (w.shape[1] - 1), 0, rate * (w.shape[0] - 1))), w, rate)


def conv_rolled(x, w, rate):
    y = torch.zeros_like(x)
    for u, v in np.ndindex(*w.shape):
        shift = (-rate * (u - w.shape[0] // 2), -rate * (v - w.shape[1] // 2))
        y += w[u, v] * x.roll(shift, (0, 1))
    return y


def conv_clamped(x, w, rate):
    y = torch.zeros_like(x)
    rows, columns = torch.arange(x.shape[0]), torch.arange(x.shape[1])
    for u, v in np.ndindex(*w.shape):
        r = (rows + rate * (u - w.shape[0] // 2)).clamp(0, x.shape[0] - 1)
        c = (columns + rate * (v - w.shape[1] // 2)).clamp(0, x.shape[1] - 1)
        y += w[u, v] * x[r[:, None], c]
    return y


def conv_enlarged(x, w, rate):
    blocks = w.repeat_interleave(rate, 0).repeat_interleave(rate, 1)
    bh, bw = blocks.shape
    return valid(F.pad(x, (bw // 2, bw // 2, bh // 2, bh // 2)), blocks, 1)[: x.shape[0], : x.shape[1]]


def conv_rows_only(x, w, rate):
    kh, kw = w.shape
    stuffed = torch.zeros(rate * (kh - 1) + 1, kw)
    stuffed[::rate] = w
    return conv_by_taps(x, stuffed, 1)


def conv_turned(x, w, rate):
    return conv_by_taps(x, w.T, rate)


def conv_square_kernels_only(x, w, rate):
    (height, width), k = x.shape, w.shape[0]
    padded = F.pad(x, (rate * (k // 2),) * 4)
    y = torch.zeros_like(x)
    for u in range(k):
        for v in range(k):
            y += w[u, v] * padded[rate * u : rate * u + height, rate * v : rate * v + width]
    return y


def conv_of_squares_as_wide_as_the_kernel(x, w, rate):
    (height, width), k = x.shape, w.shape[1]
    y = torch.zeros_like(x)
    for i, j, u, v in itertools.product(range(height), range(width), range(k), range(k)):
        row, column = i + rate * (u - k // 2), j + rate * (v - k // 2)
        if 0 <= row < height and 0 <= column < width:
            y[i, j] += x[row, column] * w[u, v]
    return y


def conv_with_one_middle_for_both_axes(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    y = torch.zeros_like(x)
    for i, j, u, v in itertools.product(range(height), range(width), range(kh), range(kw)):
        row, column = i + rate * (u - kh // 2), j + rate * (v - kh // 2)
        if 0 <= row < height and 0 <= column < width:
            y[i, j] += x[row, column] * w[u, v]
    return y


def conv_with_one_padding_for_both_axes(x, w, rate):
    return valid(F.pad(x, (rate * (w.shape[1] // 2),) * 4), w, rate)


def conv_from_k_half_cells(x, w, rate):
    (height, width), (kh, kw) = x.shape, w.shape
    y = torch.zeros_like(x)
    for i, j, u, v in itertools.product(range(height), range(width), range(kh), range(kw)):
        row, column = i + rate * u - kh // 2, j + rate * v - kw // 2
        if 0 <= row < height and 0 <= column < width:
            y[i, j] += x[row, column] * w[u, v]
    return y


def conv_of_bright_cells(x, w, rate):
    return conv_by_taps(x.clamp(min=0), w, rate)


def conv_h_and_w_swapped(x, w, rate):
    return conv_by_taps(x, w, rate).T


def conv_with_channel(x, w, rate):
    return conv_by_taps(x, w, rate)[None, None]


def conv_by_torch(x, w, rate):
    return F.conv2d(x[None, None], w[None, None], padding="same", dilation=rate)[0, 0]


def conv_of_volumes(x, w, rate):
    padding = (0, rate * (w.shape[0] // 2), rate * (w.shape[1] // 2))
    return F.conv3d(x[None, None, None], w[None, None, None], padding=padding, dilation=(1, rate, rate))[0, 0, 0]


def conv_by_a_transposed_one(x, w, rate):
    padding = (rate * (w.shape[0] // 2), rate * (w.shape[1] // 2))
    kernel = w.flip(0, 1)[None, None]
    return F.conv_transpose2d(x[None, None], kernel, padding=padding, dilation=rate)[0, 0]


def conv_unfinished(x, w, rate): ...


# ---- 06.to_dilated ----


def dense_by_two_products(layers, output_stride):
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        kept = stride if reached * stride <= output_stride else 1
        made.append((kernel_size, kept, padding * rate, dilation * rate))
        rate, reached = rate * stride // kept, reached * kept
    return made


def dense_by_the_old_jump(layers, output_stride):
    made, jump = [], 1
    for kernel_size, stride, padding, dilation in layers:
        before, after = min(jump, output_stride), min(jump * stride, output_stride)
        made.append([kernel_size, after // before, padding * jump // before, dilation * jump // before])
        jump *= stride
    return made


def dense_without_spreading_single_taps(layers, output_stride):
    layers = dense_by_two_products(layers, output_stride)
    return [(k, s, p, d if k > 1 else 1) for k, s, p, d in layers]


def dense_by_recursion(layers, output_stride, rate=1):
    if not layers:
        return []
    (kernel_size, stride, padding, dilation), *rest = layers
    keep = stride <= output_stride
    head = (kernel_size, stride if keep else 1, padding * rate, dilation * rate)
    left, rate = (output_stride // stride, rate) if keep else (output_stride, rate * stride)
    return [head, *dense_by_recursion(rest, left, rate)]


def dense_by_all_strides(layers, output_stride):
    """Let strides that were given up count in the product: the same, where output_stride is one of the products."""
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        kept = stride if reached * stride <= output_stride else 1
        made.append((kernel_size, kept, padding * rate, dilation * rate))
        rate, reached = rate * stride // kept, reached * stride
    return made


def dense_until_it_is_reached(layers, output_stride):
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        kept = stride if reached < output_stride else 1
        made.append((kernel_size, kept, padding * rate, dilation * rate))
        rate, reached = rate * stride // kept, reached * kept
    return made


def dense_in_numpy(layers, output_stride):
    return np.array(dense_by_two_products(layers, output_stride))


def dense_in_numpy_s_integers(layers, output_stride):
    return dense_by_two_products(np.array(layers), output_stride)


def dense_as_generator(layers, output_stride):
    yield from dense_by_two_products(layers, output_stride)


def dense_with_floats(layers, output_stride):
    return [(k, s, p / 1, d / 1) for k, s, p, d in dense_by_two_products(layers, output_stride)]


def dense_recomputed(layers, output_stride):
    return changed(layers, output_stride, lambda k, p, d, r, o: d * r * (k - 1) // 2, right_dilation)


def dense_recomputed_without_dilation(layers, output_stride):
    return changed(layers, output_stride, lambda k, p, d, r, o: k // 2 * r, right_dilation)


def dense_padded_by_the_rate(layers, output_stride):
    return changed(layers, output_stride, lambda k, p, d, r, o: r, right_dilation)


def dense_with_the_old_strides(layers, output_stride):
    made = dense_by_two_products(layers, output_stride)
    return [(k, s, p, d) for (k, _, p, d), (_, s, _, _) in zip(made, layers, strict=True)]


def dense_spread_by_kept_strides(layers, output_stride):
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        kept = stride if reached * stride <= output_stride else 1
        made.append((kernel_size, kept, padding * rate, dilation * rate))
        rate, reached = rate * stride, reached * kept
    return made


def dense_one_too_late(layers, output_stride):
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        kept = stride if reached <= output_stride else 1
        made.append((kernel_size, kept, padding * rate, dilation * rate))
        rate, reached = rate * stride // kept, reached * kept
    return made


def dense_unchanged(layers, output_stride):
    return layers


def dense_empty(layers, output_stride):
    return []


def changed(layers, output_stride, padding, dilation, join=lambda rate, stride: rate * stride):
    made, rate, reached = [], 1, 1
    for k, stride, p, d in layers:
        kept = stride if reached * stride <= output_stride else 1
        own = rate if kept == stride else join(rate, stride)
        made.append((k, kept, padding(k, p, d, rate, own), dilation(d, rate, own)))
        rate, reached = own, reached * kept
    return made


def dense_strides_only(layers, output_stride):
    return changed(layers, output_stride, lambda k, p, d, r, o: p, lambda d, r, o: d)


def dense_of_the_colleague(layers, output_stride):
    return changed(layers, output_stride, lambda k, p, d, r, o: p * o, lambda d, r, o: d * o)


def dense_by_the_colleague_s_function(layers, output_stride):
    return changed(layers, output_stride, lambda k, p, d, r, o: p, lambda d, r, o: d * o)


def dense_without_padding(layers, output_stride):
    return changed(layers, output_stride, lambda k, p, d, r, o: p, lambda d, r, o: d * r)


def dense_for_three_taps(layers, output_stride):
    return changed(layers, output_stride, lambda k, p, d, r, o: d * r if k > 1 else p, lambda d, r, o: d * r)


def right_padding(k, p, d, r, o):
    return p * r


def right_dilation(d, r, o):
    return d * r


def dense_last_stride(layers, output_stride):
    return changed(layers, output_stride, right_padding, right_dilation, join=lambda rate, stride: stride)


def dense_added(layers, output_stride):
    def add(rate, stride):
        return stride if rate == 1 else rate + stride

    return changed(layers, output_stride, right_padding, right_dilation, join=add)


def dense_overwritten(layers, output_stride):
    return changed(layers, output_stride, right_padding, lambda d, r, o: r)


def dense_all(layers, output_stride):
    return changed(layers, 1, right_padding, right_dilation)


def dense_one_too_early(layers, output_stride):
    return changed(layers, output_stride - 1, right_padding, right_dilation)


def dense_from_the_wrong_end(layers, output_stride):
    return backbone.from_the_wrong_end(layers, output_stride)


def dense_triples(layers, output_stride):
    return [layer[:3] for layer in dense_by_two_products(layers, output_stride)]


def dense_flat(layers, output_stride):
    return [number for layer in dense_by_two_products(layers, output_stride) for number in layer]


def dense_wrong_order(layers, output_stride):
    return [(k, s, d, p) for k, s, p, d in dense_by_two_products(layers, output_stride)]


def dense_changes_its_input(layers, output_stride):
    answer = dense_by_two_products(layers, output_stride)
    layers[:] = answer
    return answer


# ---- 06.count_holes ----


def holes_by_sets(rates, kernel_size):
    pixels = {0}
    for rate in rates:
        pixels = {p + rate * tap for p in pixels for tap in range(kernel_size)}
    return max(pixels) + 1 - len(pixels)


def holes_by_sums(rates, kernel_size=3):
    offsets = {sum(each) for each in itertools.product(*[range(0, r * kernel_size, r) for r in rates])}
    return sum(pixel not in offsets for pixel in range(max(offsets) + 1))


def holes_by_polynomials(rates, kernel_size):
    counts = np.ones(1)
    for rate in rates:
        comb = np.zeros(rate * (kernel_size - 1) + 1)
        comb[::rate] = 1
        counts = np.convolve(counts, comb)
    return int((counts == 0).sum())


def holes_by_torch(rates, kernel_size):
    field = torch.ones(1, 1, 1)
    for rate in rates:
        field = F.conv1d(
            field, torch.ones(1, 1, kernel_size), padding=rate * (kernel_size - 1), dilation=rate
        ).clamp_max(1)
    return int((field == 0).sum())


def holes_in_numpy(rates, kernel_size):
    counts = np.ones(1)
    for rate in rates:
        comb = np.zeros(rate * (kernel_size - 1) + 1)
        comb[::rate] = 1
        counts = np.convolve(counts, comb)
    return (counts == 0).sum()


def holes_by_bits(rates, kernel_size):
    reached = 1
    for rate in rates:
        spread = 0
        for tap in range(kernel_size):
            spread |= reached << (rate * tap)
        reached = spread
    return f"{reached:b}".count("0")


def holes_of_the_largest(rates, kernel_size):
    return (kernel_size - 1) * (max(rates) - 1)


def holes_less_the_paths(rates, kernel_size):
    return max(0, holes_field(rates, kernel_size) - kernel_size ** len(rates))


def holes_less_all_paths(rates, kernel_size):
    return holes_field(rates, kernel_size) - kernel_size ** len(rates)


def holes_around_the_middle(rates, kernel_size):
    pixels = {0}
    for rate in rates:
        pixels = {p + rate * t for p in pixels for t in range(-(kernel_size // 2), kernel_size // 2 + 1)}
    return max(pixels) - min(pixels) + 1 - len(pixels)


def holes_around_the_middle_of_the_field(rates, kernel_size):
    pixels = {0}
    for rate in rates:
        pixels = {p + rate * t for p in pixels for t in range(-(kernel_size // 2), kernel_size // 2 + 1)}
    return holes_field(rates, kernel_size) - len(pixels)


def holes_all_from_one_pixel(rates, kernel_size):
    return holes_field(rates, kernel_size) - len({rate * tap for rate in rates for tap in range(kernel_size)})


def holes_by_gaps(rates, kernel_size):
    holes, field = 0, 1
    for rate in sorted(rates):
        holes += max(0, rate - field) * (kernel_size - 1)
        field += rate * (kernel_size - 1)
    return holes


def holes_zero(rates, kernel_size):
    return 0


def holes_reached(rates, kernel_size):
    return 1 + (kernel_size - 1) * sum(rates) - holes_by_sets(rates, kernel_size)


def holes_field(rates, kernel_size):
    return 1 + (kernel_size - 1) * sum(rates)


def holes_per_layer(rates, kernel_size):
    return sum((kernel_size - 1) * (rate - 1) for rate in rates)


def holes_of_the_last(rates, kernel_size):
    return (kernel_size - 1) * (rates[-1] - 1)


def holes_squared(rates, kernel_size):
    field, missed = holes_field(rates, kernel_size), holes_by_sets(rates, kernel_size)
    return field**2 - (field - missed) ** 2


def holes_of_three_taps(rates, kernel_size):
    return holes_by_sets(rates, 3)


def holes_by_common_factor(rates, kernel_size):
    way = holes_field(rates, kernel_size) - 1
    return way - way // math.gcd(*rates)


def holes_as_tensor(rates, kernel_size):
    return torch.tensor(holes_by_sets(rates, kernel_size))


def holes_as_mask(rates, kernel_size):
    return torch.zeros(holes_field(rates, kernel_size), dtype=torch.bool)


def holes_by_segedu(rates, kernel_size):
    import segedu as se

    return se.ops.grid_holes(rates, kernel_size)


# ---- 06.choose_rates ----


def rates_by_powers(field):
    return [3**n for n in range(20) if 3**n < field]


def rates_that_fit_exactly(field):
    rates, seen = [], 1
    while seen < field:
        rates.append(min(seen, math.ceil((field - seen) / 2)))
        seen += 2 * rates[-1]
    return rates


def rates_from_the_largest(field):
    return tuple(reversed(rates_by_powers(field)))


def rates_by_search(field):
    for count in range(1, 7):
        for rates in itertools.combinations_with_replacement((1, 2, 3, 5, 8, 9, 14, 25, 27, 81, 243), count):
            if 1 + 2 * sum(rates) >= field and holes_by_sets(rates, 3) == 0:
                return list(rates)
    return []


def rates_rounded_down(field):
    rates, seen = [], 1
    while seen < field:
        rates.append(min(seen, max(1, (field - seen) // 2)))
        seen += 2 * rates[-1]
    return rates


def rates_always_twenty(field):
    return [3**n for n in range(20)]


def rates_of_giants(field):
    return [10**n for n in range(60)]


def rates_plain(field):
    return [1] * (field // 2)


def rates_doubling(field):
    rates = [1]
    while 1 + 2 * sum(rates) < field:
        rates.append(2 * rates[-1])
    return rates


def rates_one_giant(field):
    return [field // 2]


def rates_equal(field):
    return [2] * math.ceil(field / 4)


def rates_of_the_paper(field):
    return [1, 2, 5]


def rates_too_large(field):
    return [1, 4, 16, 64]


def rates_one_short(field):
    return rates_by_powers(field)[:-1]


def rates_as_tensor(field):
    return torch.tensor(rates_by_powers(field))


def rates_in_numpy_s_integers(field):
    return [np.int64(rate) for rate in rates_by_powers(field)]


def rates_in_numpy(field):
    return 3 ** np.arange(len(rates_by_powers(field)))


def rates_without_a_one(field):
    return [2, 3, 9, 27, 81, 243]


def rates_all(field):
    return range(1, field)


def rates_with_zero(field):
    return [0, *rates_by_powers(field)]


def rates_as_floats(field):
    return [float(rate) for rate in rates_by_powers(field)]


WRONG = {
    "06.dilated_conv": [
        (conv_zeros, "is all zeros"),
        (conv_identity, "differs in"),
        (conv_flipped, "The kernel is flipped"),
        (conv_without_rate, "The rate is forgotten"),
        (conv_one_more, "The taps lie rate + 1 cells apart"),
        (conv_on_strided_input, "applied to the input as a stride"),
        (conv_strided, "The rate is taken for a stride"),
        (conv_padded_as_undilated, "The padding is that of rate 1"),
        (conv_without_padding, "The border is missing"),
        (conv_from_the_corner, "The kernel's corner lies on the output cell"),
        (conv_rolled, "wrapped around"),
        (conv_with_negative_indices, "Indices below 0 are used"),
        (conv_with_the_middle_of_three, "The middle tap is taken for tap 1"),
        (conv_clamped, "The border cells are repeated"),
        (conv_enlarged, "The kernel is enlarged"),
        (conv_rows_only, "but not its columns"),
        (conv_turned, "Rows and columns of the kernel are exchanged"),
        (conv_columns_only, "but not its rows"),
        (conv_with_the_rate_first, "it is rate·(k // 2)"),
        (conv_with_the_last_tap, "Only the last tap counts"),
        (conv_without_row_and_column_0, "`0 <= row`, not `0 < row`"),
        (conv_with_paddings_exchanged, "your code raised RuntimeError"),
        (conv_in_integers, "has dtype int64, expected float32"),
        (conv_square_kernels_only, "The kernel is taken for square"),
        (conv_of_squares_as_wide_as_the_kernel, "The kernel is taken for square"),
        (conv_with_one_middle_for_both_axes, "The kernel is taken for square"),
        (conv_with_one_padding_for_both_axes, "The kernel is taken for square"),
        (conv_from_k_half_cells, "`k // 2` lacks the rate"),
        (conv_of_bright_cells, "Your output differs"),
        (conv_h_and_w_swapped, "height and width are swapped"),
        (conv_with_channel, "has shape (1, 1, 1, 3), expected (1, 3)"),
        (conv_by_torch, "without `F.conv2d`"),
        (conv_of_volumes, "another convolution of torch"),
        (conv_by_a_transposed_one, "another convolution of torch"),
        (conv_unfinished, "not attempted"),
    ],
    "06.to_dilated": [
        (dense_unchanged, "Nothing has changed"),
        (dense_empty, "has 0 layers, expected 2"),
        (dense_recomputed, "The padding is computed anew"),
        (dense_recomputed_without_dilation, "The padding is computed anew"),
        (dense_padded_by_the_rate, "The padding is set to the rate"),
        (dense_with_the_old_strides, "the strides are still there"),
        (dense_spread_by_kept_strides, "Strides that are kept spread the later kernels, too"),
        (dense_one_too_late, "One stride too many is kept"),
        (dense_with_floats, "The padding of layer 1 is the float 1.0, expected the integer 1"),
        (dense_strides_only, "The strides are gone"),
        (dense_by_the_colleague_s_function, "Both bugs are still there"),
        (dense_of_the_colleague, "The layer that gives up its stride is dilated too"),
        (dense_without_padding, "The padding is unchanged"),
        (dense_for_three_taps, "right for 3 taps only"),
        (dense_last_stride, "Only the last stride given up counts"),
        (dense_added, "they multiply"),
        (dense_overwritten, "The old dilation is overwritten"),
        (dense_all, "All strides are gone"),
        (dense_one_too_early, "One stride too many"),
        (dense_from_the_wrong_end, "keep the first ones"),
        (dense_triples, "Layer 1 has 3 items, expected 4"),
        (dense_flat, "Return a list with one (kernel_size, stride, padding, dilation)"),
        (dense_wrong_order, "The padding of layer 4 is"),
        (dense_changes_its_input, "changes its argument `layers` in place"),
    ],
    "06.count_holes": [
        (holes_zero, "That says that no pixel is missed"),
        (holes_of_the_largest, "Only the layer with the largest rate counts"),
        (holes_less_the_paths, "several may end at one pixel"),
        (holes_less_all_paths, "several may end at one pixel"),
        (holes_around_the_middle, "one too many for an even one"),
        (holes_around_the_middle_of_the_field, "one too many for an even one"),
        (holes_all_from_one_pixel, "Each layer's taps are laid from pixel 0 alone"),
        (holes_by_gaps, "The number of holes is 3, expected 2"),
        (holes_reached, "how many pixels are reached"),
        (holes_field, "the size of the whole field"),
        (holes_per_layer, "The holes of each layer are added"),
        (holes_of_the_last, "Only the last layer counts"),
        (holes_squared, "holes of the two-dimensional field"),
        (holes_of_three_taps, "not always three"),
        (holes_by_common_factor, "Only a common factor"),
        (holes_as_mask, "a tensor of shape"),
        (holes_by_segedu, "without `se.ops.grid_holes`"),
    ],
    "06.choose_rates": [
        (rates_rounded_down, "The rates 1, 2, 1 are 3 layers, 2 can do it"),
        (rates_always_twenty, "The rates 1, 3, 9, …, 1162261467 are 20 layers, 1 can do it"),
        (rates_of_giants, "rate 10 is larger than 3"),
        (rates_plain, "The rates 1, 1, 1, 1 are 4 layers, 2 can do it"),
        (rates_doubling, "The rates 1, 2, 4 are 3 layers, 2 can do it"),
        (rates_one_giant, "leave 2 holes in a field of 5: all rates share the factor 2"),
        (rates_equal, "all rates share the factor 2"),
        (rates_of_the_paper, "The rates 1, 2, 5 are 3 layers, 1 can do it"),
        (rates_too_large, "rate 4 is larger than 3, the field of the smaller ones"),
        (rates_without_a_one, "rate 2 is larger than 1, the one pixel that is seen before it"),
        (rates_all, "The rates 1, 2 are 2 layers, 1 can do it"),
        (rates_one_short, "An empty list sees 1 pixel, at least 3 are asked for"),
        (rates_with_zero, "return a list of whole rates"),
        (rates_as_floats, "return a list of whole rates"),
    ],
}

RIGHT = {
    "06.dilated_conv": [
        conv_as_list,
        conv_by_taps,
        conv_by_cells,
        conv_by_stuffed_kernel,
        conv_by_windows,
        conv_by_fourier,
        conv_in_numpy,
    ],
    "06.to_dilated": [
        dense_by_two_products,
        dense_by_the_old_jump,
        dense_without_spreading_single_taps,
        dense_by_recursion,
        dense_by_all_strides,
        dense_until_it_is_reached,
        dense_in_numpy,
        dense_in_numpy_s_integers,
        dense_as_generator,
    ],
    "06.count_holes": [
        holes_by_sets,
        holes_by_sums,
        holes_by_polynomials,
        holes_by_torch,
        holes_by_bits,
        holes_in_numpy,
        holes_as_tensor,
    ],
    "06.choose_rates": [
        rates_by_powers,
        rates_that_fit_exactly,
        rates_from_the_largest,
        rates_by_search,
        rates_as_tensor,
        rates_in_numpy,
        rates_in_numpy_s_integers,
    ],
}

EQUIVALENT = {
    "06.dilated_conv": {
        "line 5: 2 → 3": "more zeros below than any tap reaches",
        "line 5: 2 → 3 (2)": "more zeros on the right than any tap reaches",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(taps.CONV_MISTAKES, taps.HOLE_MISTAKES, backbone.MISTAKES) == []


def test_the_tables_cover_every_exercise():
    assert {exercise.name for exercise in EXERCISES} == set(WRONG) == set(RIGHT)


@pytest.mark.parametrize("rates", [[1], [2, 4], [1, 2, 5], [3, 3], [9, 1, 3], [1, 3, 10], [2, 1, 7], [1, 8, 2, 2]])
def test_there_are_holes_where_a_reason_is_found(rates):
    assert bool(taps.why_holes(rates)) == (holes_by_sets(rates, 3) > 0)
    assert taps.holes_of(rates, taps=3) == holes_by_sets(rates, 3)


@pytest.mark.parametrize("seed", range(14, 54))
def test_secret_cases_have_one_answer_and_are_not_square(seed):
    conv = engine.case_arguments(public.find("06.dilated_conv"), seed)
    assert conv["x"].shape[0] != conv["x"].shape[1]
    torch.testing.assert_close(conv_by_taps(**conv).double(), conv_by_cells(**conv))
    layers = engine.case_arguments(public.find("06.to_dilated"), seed)
    assert dense_by_two_products(**layers) == [tuple(layer) for layer in dense_by_the_old_jump(**layers)]
    rates = engine.case_arguments(public.find("06.count_holes"), seed)
    assert holes_by_sets(**rates) == holes_by_polynomials(**rates)
    field = engine.case_arguments(public.find("06.choose_rates"), seed)["field"]
    assert 3 ** len(rates_by_powers(field)) >= field > 3 ** (len(rates_by_powers(field)) - 1)
