"""What `check` says to wrong answers of lecture 04, and the different right ones that it must let pass."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from segedu.exercises.lecture04 import EXERCISES, strides, windows

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


def cuts_flat(image, size, stride):
    return by_unfold(image, size, stride).flatten(1)


def cuts_a_grid(image, size, stride):
    return image.unfold(1, size[0], stride).unfold(2, size[1], stride).permute(1, 2, 0, 3, 4)


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


def chooses_without_the_first(height, width, window, macs_per_window, budget):
    return strides.wrong_stride(height, width, window, macs_per_window, budget, "no start")


def chooses_strictly_below(height, width, window, macs_per_window, budget):
    return strides.wrong_stride(height, width, window, macs_per_window, budget, "strictly")


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
    arguments = {"small": small, "height": height, "width": width, "stride": stride}
    return strides.pasted(arguments, window // 2, stride // 2, outside=0)


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
    ],
    "04.choose_stride": [
        (chooses_zero, "doesn't move"),
        (chooses_the_window, "a smaller stride keeps within the budget too"),
        (chooses_one, "over the budget"),
        (chooses_for_a_square, "over the budget"),
        (chooses_as_if_padded, "as if the border were padded"),
        (chooses_without_the_first, "one place more than steps"),
        (chooses_strictly_below, "exactly the budget is allowed"),
        (chooses_one_more, "take the smallest stride"),
    ],
    "04.paste_labels": [
        (pastes_zeros, "is all zeros"),
        (pastes_nothing, "has shape (2, 3), expected (9, 12)"),
        (pastes_for_squares, "expected (9, 12)"),
        (pastes_at_the_corner, "shifted up and left by half a window"),
        (pastes_blocks_from_the_middle, "by half a stride"),
        (pastes_by_stretching, "stretched over the whole image"),
        (pastes_with_an_open_border, "The border is left open"),
        (pastes_transposed, "Rows and columns are swapped"),
    ],
}

RIGHT = {
    "04.cut_windows": [by_unfold, by_loops, by_columns_of_unfold, by_strides],
    "04.as_convolution": [by_copying, by_parameters, by_loading],
    "04.choose_stride": [by_trying, by_counting_places, by_bisection],
    "04.paste_labels": [by_nearest_middle, by_pixels, by_repeating_and_padding],
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_every_exercise_has_its_table():
    assert set(WRONG) == set(RIGHT) == {exercise.name for exercise in EXERCISES}


def test_no_case_but_the_first_is_square():
    assert all(size[0] != size[1] for _, size, _ in windows.CUTS[1:])
    assert all(height != width for *_, height, width in windows.LAYERS[1:])
