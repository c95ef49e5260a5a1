"""Sliding windows: every crop, and the classifier of crops that becomes a convolution."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from segedu.ops.linear import conv_to_linear, linear_to_conv
from segedu.ops.windows import extract_windows


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.integers(0, 5), st.integers(0, 6))
@settings(max_examples=50, deadline=None)
def test_every_window_is_the_crop_at_its_place(h: int, w: int, sy: int, sx: int, more_y: int, more_x: int) -> None:
    images = torch.randn(2, 3, h + more_y, w + more_x)
    windows = extract_windows(images, (h, w), (sy, sx))
    assert windows.shape == (2, more_y // sy + 1, more_x // sx + 1, 3, h, w)
    for row in range(windows.shape[1]):
        for column in range(windows.shape[2]):
            crop = images[:, :, row * sy : row * sy + h, column * sx : column * sx + w]
            assert torch.equal(windows[:, row, column], crop)


def test_windows_share_the_image_s_memory() -> None:
    images = torch.zeros(1, 1, 5, 7)
    assert extract_windows(images, 3).untyped_storage().data_ptr() == images.untyped_storage().data_ptr()


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 6), st.booleans(), st.integers(1, 3))
@settings(max_examples=50, deadline=None)
def test_the_convolution_gives_what_the_classifier_gives_on_each_window(
    channels: int, h: int, w: int, bias: bool, stride: int
) -> None:
    linear, images = nn.Linear(channels * h * w, 4, bias=bias), torch.randn(2, channels, h + 5, w + 3)
    by_window = linear(extract_windows(images, (h, w), stride).flatten(start_dim=3))  # (N, Y, X, 4)
    conv = linear_to_conv(linear, channels, (h, w))
    dense = nn.functional.conv2d(images, conv.weight, conv.bias, stride)
    torch.testing.assert_close(dense, by_window.permute(0, 3, 1, 2), atol=1e-5, rtol=1e-5)


def test_there_and_back_again() -> None:
    linear = nn.Linear(3 * 5 * 7, 4).double()
    back = conv_to_linear(linear_to_conv(linear, 3, (5, 7)))
    assert torch.equal(back.weight, linear.weight)
    assert torch.equal(back.bias, linear.bias)


def test_weights_are_copied_and_nothing_is_drawn() -> None:
    linear, state = nn.Linear(12, 2), torch.get_rng_state()
    conv = linear_to_conv(linear, 3, 2)
    assert torch.equal(torch.get_rng_state(), state)
    conv.weight.data.zero_()
    assert linear.weight.abs().sum() > 0


def test_a_window_larger_than_the_image_is_named() -> None:
    with pytest.raises(ValueError, match="a window of 6 × 2 does not fit an image of 5 × 7"):
        extract_windows(torch.zeros(1, 1, 5, 7), (6, 2))


def test_images_without_a_batch_axis_are_named() -> None:
    with pytest.raises(ValueError, match=r"x\[None\]"):
        extract_windows(torch.zeros(3, 5, 7), 3)


def test_numbers_that_do_not_multiply_are_named() -> None:
    with pytest.raises(ValueError, match="takes 105 numbers, a window has 3·5·5 = 75"):
        linear_to_conv(nn.Linear(105, 10), in_channels=3, kernel_size=5)


def test_groups_and_dilation_are_refused() -> None:
    with pytest.raises(ValueError, match="groups=2"):
        conv_to_linear(nn.Conv2d(4, 4, 3, groups=2))
    with pytest.raises(ValueError, match="dilation"):
        conv_to_linear(nn.Conv2d(4, 4, 3, dilation=2))
