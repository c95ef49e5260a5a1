"""A linear layer on windows as a convolution, and back: the same numbers at every place, in memory of their own."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from segedu.ops.linear import conv_to_linear, linear_to_conv
from segedu.ops.windows import extract_windows


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


@pytest.mark.parametrize("dilation", [2, (1, 3), (3, 2)])
def test_with_dilation_the_cells_of_a_window_lie_apart(dilation: int | tuple[int, int]) -> None:
    dy, dx = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    linear, images = nn.Linear(2 * 3 * 4, 5), torch.randn(1, 2, 11, 17)
    expected = linear(images[:, :, 1 : 1 + 3 * dy : dy, 2 : 2 + 4 * dx : dx].flatten(start_dim=1))
    found = linear_to_conv(linear, 2, (3, 4), dilation)(images)[:, :, 1, 2]
    torch.testing.assert_close(found, expected)


def test_frozen_weights_stay_frozen_and_dtypes_stay() -> None:
    linear = nn.Linear(2 * 3 * 4, 5).double()
    linear.weight.requires_grad = False
    conv = linear_to_conv(linear, 2, (3, 4))
    back = conv_to_linear(conv)
    for layer in (conv, back):
        assert layer.weight.dtype == torch.float64
        assert not layer.weight.requires_grad
        assert layer.bias.requires_grad
    back.weight.data.zero_()
    assert conv.weight.any()


def test_stride_and_padding_are_dropped() -> None:
    conv = nn.Conv2d(2, 5, (3, 4), stride=2, padding=1, bias=False)
    window = torch.randn(6, 2, 3, 4)
    linear = conv_to_linear(conv)
    assert linear.bias is None
    torch.testing.assert_close(linear(window.flatten(1)), nn.functional.conv2d(window, conv.weight)[:, :, 0, 0])


def test_numbers_that_do_not_multiply_are_named() -> None:
    with pytest.raises(ValueError, match="takes 105 numbers, a window has 3·5·5 = 75"):
        linear_to_conv(nn.Linear(105, 10), in_channels=3, kernel_size=5)


def test_groups_and_dilation_are_refused() -> None:
    with pytest.raises(ValueError, match="groups=2"):
        conv_to_linear(nn.Conv2d(4, 4, 3, groups=2))
    with pytest.raises(ValueError, match="dilation"):
        conv_to_linear(nn.Conv2d(4, 4, 3, dilation=2))
