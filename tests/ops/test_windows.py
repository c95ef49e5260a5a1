"""Sliding windows: every crop, and the classifier of crops that becomes a convolution."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_a_window_larger_than_the_image_is_named() -> None:
    with pytest.raises(ValueError, match="a window of 6 × 2 does not fit an image of 5 × 7"):
        extract_windows(torch.zeros(1, 1, 5, 7), (6, 2))


def test_a_window_wider_than_the_image_is_named_too() -> None:
    with pytest.raises(ValueError, match="a window of 2 × 8 does not fit an image of 5 × 7"):
        extract_windows(torch.zeros(1, 1, 5, 7), (2, 8))
    assert extract_windows(torch.zeros(1, 1, 5, 7), (5, 7)).shape == (1, 1, 1, 1, 5, 7)


def test_images_without_a_batch_axis_are_named() -> None:
    with pytest.raises(ValueError, match=r"x\[None\]"):
        extract_windows(torch.zeros(3, 5, 7), 3)
