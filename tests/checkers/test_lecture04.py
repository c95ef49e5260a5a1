"""What `check` says to wrong answers of lecture 04, and the different right ones that it must let pass."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import segedu as se
from segedu.exercises.engine import engine, public, store
from segedu.exercises.lecture04 import EXERCISES, strides, windows
from tests.checkers.secret import caught

# ---- 04.cut_windows ----


def by_unfold(image, size, stride):
    return image.unfold(1, size[0], stride).unfold(2, size[1], stride).permute(1, 2, 0, 3, 4).flatten(0, 1)


def by_loops(image, size, stride):
    (h, w), (_, height, width) = size, image.shape
    corners = [(y, x) for y in range(0, height - h + 1, stride) for x in range(0, width - w + 1, stride)]
    return torch.stack([image[:, y : y + h, x : x + w] for y, x in corners])


def by_columns_of_unfold(image, size, stride):
    columns = F.unfold(image[None], size, stride=stride)[0]  # (C·h·w, windows)
    return columns.T.reshape(-1, image.shape[0], *size)


def by_strides(image, size, stride):
    (h, w), (c, height, width) = size, image.shape
    shape = ((height - h) // stride + 1, (width - w) // stride + 1, c, h, w)
    steps = (width * stride, stride, height * width, width, 1)
    return image.contiguous().as_strided(shape, steps).reshape(-1, c, h, w)


def cuts_zeros(image, size, stride):
    return torch.zeros_like(by_unfold(image, size, stride))


def cuts_nothing(image, size, stride):
    return image


def cuts_squares(image, size, stride):
    return by_unfold(image, (size[0], size[0]), stride)


def cuts_w_by_h(image, size, stride):
    return by_unfold(image, size[::-1], stride)


def cuts_by_columns(image, size, stride):
    return image.unfold(1, size[0], stride).unfold(2, size[1], stride).permute(2, 1, 0, 3, 4).flatten(0, 1)


def cuts_by_reshaping(image, size, stride):
    grid = image.unfold(1, size[0], stride).unfold(2, size[1], stride)
    return grid.reshape(-1, image.shape[0], *size)


def cuts_without_stride(image, size, stride):
    return by_unfold(image, size, 1)


def cuts_with_stride_down_only(image, size, stride):
    return image.unfold(1, size[0], stride).unfold(2, size[1], 1).permute(1, 2, 0, 3, 4).flatten(0, 1)


def cuts_without_the_last(image, size, stride):
    (h, w), (_, height, width) = size, image.shape
    corners = [(y, x) for y in range(0, height - h, stride) for x in range(0, width - w, stride)]
    return torch.stack([image[:, y : y + h, x : x + w] for y, x in corners] or [image[:, :h, :w]])


def cuts_columns_untransposed(image, size, stride):
    return F.unfold(image[None], size, stride=stride)[0].reshape(-1, len(image), *size)


def cuts_with_padding(image, size, stride):
    h, w = size
    return by_unfold(F.pad(image, (w // 2, w // 2, h // 2, h // 2)), size, stride)


def cuts_with_stride_right_only(image, size, stride):
    return image.unfold(1, size[0], 1).unfold(2, size[1], stride).permute(1, 2, 0, 3, 4).flatten(0, 1)


def cuts_turned(image, size, stride):
    return by_unfold(image, size, stride).mT


def cuts_by_the_course(image, size, stride):
    return se.ops.extract_windows(image[None], size, stride)[0].flatten(0, 1)


def cuts_by_another_name_of_the_course(image, size, stride):
    return getattr(se.ops, "extract_" + "windows")(image[None], size, stride)[0].flatten(0, 1)


def cuts_flat(image, size, stride):
    return by_unfold(image, size, stride).flatten(1)


def cuts_a_grid(image, size, stride):
    return image.unfold(1, size[0], stride).unfold(2, size[1], stride).permute(1, 2, 0, 3, 4)


def cuts_three_channels(image, size, stride):
    return by_unfold(image[:3], size, stride)


def cuts_one_channel(image, size, stride):
    return by_unfold(image[:1], size, stride)


def cuts_one_too_few(image, size, stride):
    return by_unfold(image[:, :-1], size, stride)


# ---- 04.as_convolution ----


def by_copying(weight, bias, channels, height, width):
    conv = nn.Conv2d(channels, len(bias), (height, width))
    with torch.no_grad():
        conv.weight.copy_(weight.view(-1, channels, height, width))
        conv.bias.copy_(bias)
    return conv


def by_parameters(weight, bias, channels, height, width):
    conv = nn.Conv2d(channels, weight.shape[0], kernel_size=(height, width))
    conv.weight = nn.Parameter(weight.reshape(weight.shape[0], channels, height, width))
    conv.bias = nn.Parameter(bias.clone())
    return conv


def by_loading(weight, bias, channels, height, width):
    conv = nn.Conv2d(channels, len(bias), (height, width), padding="valid")
    conv.load_state_dict({"weight": weight.unflatten(1, (channels, height, width)), "bias": bias})
    return conv


def filled(layer, weight, bias):
    """Return the layer with the right weights in it."""
    with torch.no_grad():
        layer.weight.copy_(weight.view(layer.weight.shape))
        layer.bias.copy_(bias)
    return layer


def of_weights(weight, bias, kernel):
    conv = nn.Conv2d(weight.shape[1], weight.shape[0], kernel)
    conv.weight, conv.bias = nn.Parameter(weight.contiguous()), None if bias is None else nn.Parameter(bias)
    return conv


def converts_to_zeros(weight, bias, channels, height, width):
    return of_weights(torch.zeros(len(bias), channels, height, width), bias, (height, width))


def converts_nothing(weight, bias, channels, height, width):
    return weight


def converts_squares(weight, bias, channels, height, width):
    side = round((weight.shape[1] / channels) ** 0.5)
    return of_weights(weight.view(-1, channels, side, side), bias, (side, side))


def swaps_h_and_w(weight, bias, channels, height, width):
    return of_weights(weight.view(-1, channels, width, height), bias, (width, height))


def turns_h_and_w(weight, bias, channels, height, width):
    return of_weights(weight.view(-1, channels, width, height).mT, bias, (height, width))


def reads_channels_last(weight, bias, channels, height, width):
    kernels = weight.view(-1, height, width, channels).permute(0, 3, 1, 2)
    return of_weights(kernels, bias, (height, width))


def flips(weight, bias, channels, height, width):
    return of_weights(weight.view(-1, channels, height, width).flip(-2, -1), bias, (height, width))


def forgets_the_bias(weight, bias, channels, height, width):
    return of_weights(weight.view(-1, channels, height, width), None, (height, width))


def keeps_a_random_bias(weight, bias, channels, height, width):
    conv = nn.Conv2d(channels, len(bias), (height, width))
    conv.weight = nn.Parameter(weight.view(-1, channels, height, width))
    return conv


def pads(weight, bias, channels, height, width):
    conv = of_weights(weight.view(-1, channels, height, width), bias, (height, width))
    conv.padding = (height // 2, width // 2)
    return conv


def dilates(weight, bias, channels, height, width):
    return filled(nn.Conv2d(channels, len(bias), (height, width), dilation=2), weight, bias)


def mirrors_the_border(weight, bias, channels, height, width):
    layer = nn.Conv2d(channels, len(bias), (height, width), padding=(height // 2, 1), padding_mode="reflect")
    return filled(layer, weight, bias)


def copies_nothing(weight, bias, channels, height, width):
    return nn.Conv2d(channels, len(bias), (height, width))


def converts_in_double_precision(weight, bias, channels, height, width):
    return by_copying(weight, bias, channels, height, width).double()


def converts_in_half_precision(weight, bias, channels, height, width):
    return by_copying(weight, bias, channels, height, width).half()


def keeps_the_bias_as_a_column(weight, bias, channels, height, width):
    return of_weights(weight.view(-1, channels, height, width), bias[:, None], (height, width))


def keeps_the_bias_in_double_precision(weight, bias, channels, height, width):
    return of_weights(weight.view(-1, channels, height, width), bias.double(), (height, width))


def leaves_it_to_torch(weight, bias, channels, height, width):
    return nn.LazyConv2d(len(bias), (height, width))


class Doubling(nn.Conv2d):
    def forward(self, x):
        return 2 * super().forward(x)


def answers_otherwise(weight, bias, channels, height, width):
    return filled(Doubling(channels, len(bias), (height, width)), weight, bias)


# ---- 04.choose_stride ----


def by_trying(height, width, window, macs_per_window, budget):
    return next(s for s in range(1, 1000) if bill(height, width, window, s) * macs_per_window <= budget)


def bill(height, width, window, stride):
    return ((height - window) // stride + 1) * ((width - window) // stride + 1)


def by_counting_places(height, width, window, macs_per_window, budget):
    stride = 1
    while len(range(0, height - window + 1, stride)) * len(range(0, width - window + 1, stride)) > (
        budget / macs_per_window
    ):
        stride += 1
    return stride


def by_bisection(height, width, window, macs_per_window, budget):
    low, high = 1, max(height, width)
    while low < high:
        middle = (low + high) // 2
        if bill(height, width, window, middle) * macs_per_window <= budget:
            high = middle
        else:
            low = middle + 1
    return low


def chooses_zero(height, width, window, macs_per_window, budget):
    return 0


def chooses_the_window(height, width, window, macs_per_window, budget):
    return window


def chooses_one(height, width, window, macs_per_window, budget):
    return 1


def chooses_for_a_square(height, width, window, macs_per_window, budget):
    return by_trying(height, height, window, macs_per_window, budget)


def chooses_as_if_padded(height, width, window, macs_per_window, budget):
    return next(s for s in range(1, 999) if -(-height // s) * -(-width // s) * macs_per_window <= budget)


def chooses(places, macs=None, largest=200):
    """Return an answer that counts places along an axis in its own way."""

    def choose(height, width, window, macs_per_window, budget):
        for stride in range(1, largest):
            down, across = places(height, window, stride), places(width, window, stride)
            if down * across * (macs_per_window if macs is None else macs) <= budget:
                return stride
        return largest

    return choose


def inside(length, window, stride):
    return (length - window) // stride + 1


def chooses_without_the_first(height, width, window, macs_per_window, budget):
    return chooses(lambda *axis: inside(*axis) - 1)(height, width, window, macs_per_window, budget)


def chooses_strictly_below(height, width, window, macs_per_window, budget):
    return chooses(inside)(height, width, window, macs_per_window, budget - 1)


def chooses_without_the_window(height, width, window, macs_per_window, budget):
    return chooses(lambda length, window, stride: length // stride)(height, width, window, macs_per_window, budget)


def chooses_by_rounding_up(height, width, window, macs_per_window, budget):
    up = chooses(lambda length, window, stride: math.ceil((length - window) / stride) + 1)
    return up(height, width, window, macs_per_window, budget)


def chooses_by_true_division(height, width, window, macs_per_window, budget):
    true = chooses(lambda length, window, stride: (length - window) / stride + 1)
    return true(height, width, window, macs_per_window, budget)


def chooses_for_one_axis(height, width, window, macs_per_window, budget):
    return next(s for s in range(1, 200) if inside(height, window, s) * macs_per_window <= budget)


def chooses_by_adding(height, width, window, macs_per_window, budget):
    places = ((inside(height, window, s) + inside(width, window, s)) * macs_per_window for s in range(1, 200))
    return next((s for s, bill in enumerate(places, 1) if bill <= budget), 0)


def chooses_without_macs(height, width, window, macs_per_window, budget):
    return chooses(inside, macs=1)(height, width, window, macs_per_window, budget)


def chooses_by_numpy(height, width, window, macs_per_window, budget):
    steps = np.arange(1, max(height, width) + 1)
    bills = ((height - window) // steps + 1) * ((width - window) // steps + 1) * macs_per_window
    return steps[np.argmax(bills <= budget)]


def chooses_by_windows(paid):
    """Return an answer that holds the number of windows against the number that the budget pays for."""

    def choose(height, width, window, macs_per_window, budget):
        most = paid(budget, macs_per_window)
        return next((s for s in range(1, 200) if bill(height, width, window, s) <= most), 200)

    return choose


def by_whole_windows(height, width, window, macs_per_window, budget):
    return chooses_by_windows(lambda budget, macs: budget // macs)(height, width, window, macs_per_window, budget)


def chooses_with_a_budget_rounded_up(height, width, window, macs_per_window, budget):
    up = chooses_by_windows(lambda budget, macs: math.ceil(budget / macs))
    return up(height, width, window, macs_per_window, budget)


def chooses_with_a_rounded_budget(height, width, window, macs_per_window, budget):
    nearest = chooses_by_windows(lambda budget, macs: round(budget / macs))
    return nearest(height, width, window, macs_per_window, budget)


def chooses_one_window_too_many(height, width, window, macs_per_window, budget):
    stride = 1
    while bill(height, width, window, stride) > budget // macs_per_window + 1:
        stride += 1
    return stride


def chooses_fewer_windows_than_paid(height, width, window, macs_per_window, budget):
    fewer = chooses_by_windows(lambda budget, macs: budget // macs - 1)
    return fewer(height, width, window, macs_per_window, budget)


def chooses_for_the_wide_square(height, width, window, macs_per_window, budget):
    return by_trying(width, width, window, macs_per_window, budget)


def chooses_one_more(height, width, window, macs_per_window, budget):
    return by_trying(height, width, window, macs_per_window, budget) + 1


# ---- 04.paste_labels ----


def by_nearest_middle(small, height, width, window, stride):
    def index(length, count):
        return ((torch.arange(length) - window // 2 + stride // 2) // stride).clamp(0, count - 1)

    return small[index(height, small.shape[0])[:, None], index(width, small.shape[1])]


def by_pixels(small, height, width, window, stride):
    full = torch.zeros(height, width, dtype=torch.long)
    for y in range(height):
        for x in range(width):
            i, j = ((at - window // 2 + stride // 2) // stride for at in (y, x))
            full[y, x] = small[min(max(i, 0), small.shape[0] - 1), min(max(j, 0), small.shape[1] - 1)]
    return full


def by_repeating_and_padding(small, height, width, window, stride):
    blocks = small.repeat_interleave(stride, 0).repeat_interleave(stride, 1)
    before = window // 2 - stride // 2  # where the first block begins
    if before < 0:
        blocks, before = blocks[-before:, -before:], 0
    rows = np.pad(blocks.numpy(), ((before, height), (before, width)), mode="edge")
    return torch.from_numpy(rows)[:height, :width]


def pastes_zeros(small, height, width, window, stride):
    return torch.zeros(height, width, dtype=torch.long)


def pastes_nothing(small, height, width, window, stride):
    return small


def pastes_for_squares(small, height, width, window, stride):
    return by_nearest_middle(small, height, height, window, stride)


def pastes_at_the_corner(small, height, width, window, stride):
    return by_nearest_middle(small, height, width, 0, stride)


def pastes_blocks_from_the_middle(small, height, width, window, stride):
    return strides.pasted({"small": small, "height": height, "width": width, "stride": stride}, window // 2, 0)


def pastes_by_stretching(small, height, width, window, stride):
    return F.interpolate(small[None, None].float(), (height, width), mode="nearest")[0, 0].long()


def pastes_with_an_open_border(small, height, width, window, stride):
    full = torch.zeros(height, width, dtype=small.dtype)
    start = window // 2 - stride // 2
    for i, j in np.ndindex(*small.shape):
        rows, columns = (slice(max(0, start + k * stride), start + (k + 1) * stride) for k in (i, j))
        full[rows, columns] = small[i, j]
    return full


def pastes(small, height, width, index):
    """Paste by a function that gives the window of each pixel of an axis, for both axes."""
    down, across = (
        torch.as_tensor(index(torch.arange(length))).long().clamp(0, count - 1)
        for length, count in zip((height, width), small.shape, strict=True)
    )
    return small[down[:, None], across]


def pastes_the_first_nearest(small, height, width, window, stride):
    rows, columns = (
        distances(length, count, window, stride).argmin(1)
        for length, count in zip((height, width), small.shape, strict=True)
    )
    return small[rows[:, None], columns]


def pastes_by_rounding(small, height, width, window, stride):
    return pastes(small, height, width, lambda y: torch.round((y - window // 2) / stride))


def pastes_the_wrong_way(small, height, width, window, stride):
    return pastes(small, height, width, lambda y: (y + window // 2 + stride // 2) // stride)


def pastes_without_stride(small, height, width, window, stride):
    return pastes(small, height, width, lambda y: y - window // 2)


def pastes_half_a_window_of_rows(small, height, width, window, stride):
    right = by_nearest_middle(small, height, width, window, stride)
    rows = ((torch.arange(height) - window // 2 + stride // 2) // stride).clamp(0, small.shape[0] - 1)
    columns = (torch.arange(width) // stride).clamp(0, small.shape[1] - 1)
    return small[rows[:, None], columns].to(right.dtype)


def distances(length, count, window, stride):
    """Return how far each pixel of an axis lies from each window's middle: (length, count)."""
    return (torch.arange(length)[:, None] - (torch.arange(count) * stride + window // 2)).abs()


def by_last_nearest_middle(small, height, width, window, stride):
    rows, columns = (
        count - 1 - distances(length, count, window, stride).flip(1).argmin(1)
        for length, count in zip((height, width), small.shape, strict=True)
    )
    return small[rows[:, None], columns]


def pastes_bytes(small, height, width, window, stride):
    return by_nearest_middle(small.to(torch.uint8), height, width, window, stride).long()


def pastes_over_zeros(small, height, width, window, stride):
    """Fill what is 0 with the nearest label, as if 0 meant that nothing was written there."""
    right = by_nearest_middle(small, height, width, window, stride)
    return torch.where(right == 0, small.max(), right)


def pastes_without_void(small, height, width, window, stride):
    right = by_nearest_middle(small, height, width, window, stride)
    return torch.where(right == 255, 0, right)


def pastes_transposed(small, height, width, window, stride):
    return by_nearest_middle(small.mT, width, height, window, stride)


WRONG = {
    "04.cut_windows": [
        (cuts_zeros, "is all zeros"),
        (cuts_nothing, "(1, 3, 4)"),
        (cuts_squares, "expected"),
        (cuts_w_by_h, "size is (h, w), rows first"),
        (cuts_by_columns, "row by row, as one reads a page"),
        (cuts_by_reshaping, "the wrong windows"),
        (cuts_without_stride, "The stride is forgotten"),
        (cuts_with_stride_down_only, "down the rows only"),
        (cuts_flat, "keep its shape (C, h, w)"),
        (cuts_a_grid, "still has two axes"),
        (cuts_one_too_few, "expected"),
        (cuts_three_channels, "Not all channels are cut"),
        (cuts_one_channel, "Not all channels are cut"),
        (cuts_without_the_last, "The last windows are missing"),
        (cuts_columns_untransposed, "transpose before you reshape"),
        (cuts_with_padding, "The image is padded"),
        (cuts_with_stride_right_only, "along the columns only"),
        (cuts_turned, "Each window is transposed"),
        (cuts_by_another_name_of_the_course, "without `se.ops.extract_windows`"),
        (cuts_by_the_course, "without `se.ops.extract_windows`"),
    ],
    "04.as_convolution": [
        (converts_to_zeros, "is all zeros"),
        (converts_nothing, "expected an nn.Conv2d"),
        (converts_squares, "your code raised"),
        (swaps_h_and_w, "height and width are swapped"),
        (turns_h_and_w, "read as (C, w, h)"),
        (reads_channels_last, "flattened channel by channel"),
        (flips, "turned by 180°"),
        (forgets_the_bias, "The bias is forgotten"),
        (keeps_a_random_bias, "not the linear layer's"),
        (pads, "stride or padding of its own"),
        (dilates, "dilation or groups of its own"),
        (mirrors_the_border, "stride or padding of its own"),
        (copies_nothing, "The kernel differs"),
        (answers_otherwise, "What it makes of two windows"),
        (converts_in_double_precision, "The kernel has dtype float64, the linear layer's weights float32"),
        (converts_in_half_precision, "The kernel has dtype float16, the linear layer's weights float32"),
        (keeps_the_bias_as_a_column, "The bias has shape (1, 1), expected (1,)"),
        (keeps_the_bias_in_double_precision, "The layer can't take windows of the shape and dtype"),
        (leaves_it_to_torch, "The kernel differs"),
    ],
    "04.choose_stride": [
        (chooses_zero, "doesn't move"),
        (chooses_the_window, "a smaller stride keeps within the budget too"),
        (chooses_one, "over the budget"),
        (chooses_for_a_square, "The image is taken for a square"),
        (chooses_for_the_wide_square, "The image is taken for a square"),
        (chooses_with_a_budget_rounded_up, "rounded down"),
        (chooses_with_a_rounded_budget, "rounded down"),
        (chooses_one_window_too_many, "rounded down"),
        (chooses_fewer_windows_than_paid, "the last window that it pays for"),
        (chooses_as_if_padded, "as if the border were padded"),
        (chooses_without_the_first, "one place more than steps"),
        (chooses_strictly_below, "exactly the budget is allowed"),
        (chooses_without_the_window, "The window is forgotten"),
        (chooses_by_rounding_up, "A last step that doesn't fit"),
        (chooses_by_true_division, "divide by `//`"),
        (chooses_for_one_axis, "Only one axis is counted"),
        (chooses_by_adding, "so multiply"),
        (chooses_without_macs, "each of them costs"),
        (chooses_one_more, "take the smallest stride"),
    ],
    "04.paste_labels": [
        (pastes_zeros, "is all zeros"),
        (pastes_nothing, "has shape (1, 1), expected (5, 6)"),
        (pastes_for_squares, "has shape (5, 5), expected (5, 6)"),
        (pastes_the_first_nearest, "equally near to two middles"),
        (pastes_by_rounding, "equally near to two middles"),
        (pastes_the_wrong_way, "shifted away from its place"),
        (pastes_without_stride, "The stride is forgotten"),
        (pastes_half_a_window_of_rows, "both need half a window"),
        (pastes_at_the_corner, "shifted up and left by half a window"),
        (pastes_blocks_from_the_middle, "by half a stride"),
        (pastes_by_stretching, "stretched over the whole image"),
        (pastes_with_an_open_border, "The border is left open"),
        (pastes_transposed, "Rows and columns are swapped"),
        (pastes_bytes, "differs in"),
        (pastes_over_zeros, "differs in"),
        (pastes_without_void, "differs in"),
    ],
}

RIGHT = {
    "04.cut_windows": [by_unfold, by_loops, by_columns_of_unfold, by_strides],
    "04.as_convolution": [by_copying, by_parameters, by_loading],
    "04.choose_stride": [by_trying, by_counting_places, by_bisection, by_whole_windows, chooses_by_numpy],
    "04.paste_labels": [by_nearest_middle, by_pixels, by_repeating_and_padding, by_last_nearest_middle],
}

EQUIVALENT = {
    "04.as_convolution": {"line 3: bias → weight": "both are as long as there are outputs"},
    "04.choose_stride": {
        "line 5: ((height - window) // stride + 1, (width - window) // stride + 1) → "
        "((width - window) // stride + 1, (height - window) // stride + 1)": "a product doesn't ask for an order",
        "line 7: max(height, width) → max(width, height)": "the larger of two doesn't ask for an order",
        "line 7: 1 → 2 (2)": "one stride more is tried, and never needed",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    tables = (windows.CUT_MISTAKES, windows.CONVOLUTION_MISTAKES, strides.STRIDE_MISTAKES, strides.PASTE_MISTAKES)
    assert unsaid(*tables) == []


def test_every_exercise_has_its_table():
    assert set(WRONG) == set(RIGHT) == {exercise.name for exercise in EXERCISES}


def test_no_case_but_the_first_is_square():
    assert all(size[0] != size[1] for _, size, _ in windows.CUTS[1:])
    assert all(height != width for *_, height, width in windows.LAYERS[1:] if height * width > 1)


UNTRUE = [  # what an answer must not be told, for it made no such mistake
    ("04.choose_stride", chooses_one_window_too_many, strides.STRIDE_MISTAKES["no start"]),
    ("04.choose_stride", chooses_with_a_rounded_budget, strides.STRIDE_MISTAKES["divided"]),
    ("04.as_convolution", converts_in_double_precision, "NoneType"),
    ("04.as_convolution", keeps_the_bias_as_a_column, "not the linear layer's"),
    ("04.as_convolution", keeps_the_bias_as_a_column, "NoneType"),
]


@pytest.mark.parametrize(("name", "answer", "sentence"), UNTRUE)
def test_nobody_is_told_a_mistake_that_was_not_made(name, answer, sentence):
    assert sentence not in engine.examine(public.find(name), answer, store.expected_values(name)).message


GUESSES = [
    ("04.cut_windows", cuts_three_channels),
    ("04.choose_stride", chooses_with_a_budget_rounded_up),
    ("04.choose_stride", chooses_fewer_windows_than_paid),
    ("04.paste_labels", pastes_bytes),
    ("04.paste_labels", pastes_over_zeros),
    ("04.paste_labels", pastes_without_void),
    ("04.cut_windows", cuts_without_the_last),
    ("04.cut_windows", cuts_with_stride_down_only),
    ("04.as_convolution", dilates),
    ("04.as_convolution", reads_channels_last),
    ("04.choose_stride", chooses_without_the_window),
    ("04.choose_stride", chooses_for_one_axis),
    ("04.choose_stride", chooses_without_macs),
    ("04.paste_labels", pastes_the_first_nearest),
    ("04.paste_labels", pastes_by_rounding),
    ("04.paste_labels", pastes_at_the_corner),
]


@pytest.mark.parametrize(("name", "answer"), GUESSES)
def test_a_guess_fails_in_secret_cases_too(name, answer):
    assert caught(name, answer)
