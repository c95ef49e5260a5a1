"""Photographs that come with scikit-image: float in [0, 1], three channels, and an error that lists them."""

import pytest
import torch

import segedu as se
from segedu.data import photos


@pytest.mark.parametrize("name", se.photo_names())
def test_a_photo_is_a_float_image_in_0_1(name):
    image = se.photo(name, size=(24, 36))
    assert image.shape == (3, 24, 36)
    assert image.dtype == torch.float32
    assert 0 <= image.min() < image.max() <= 1


def test_names_are_in_alphabetical_order_and_hold_the_cat():
    assert list(se.photo_names()) == sorted(se.photo_names())
    assert "chelsea" in se.photo_names()


def test_without_a_size_the_cat_keeps_its_own():
    assert se.photo().shape == (3, 300, 451)


def test_one_number_means_height_and_width():
    assert se.photo("coffee", size=20).shape == (3, 20, 20)


def test_a_gray_photo_is_repeated():
    red, green, blue = se.photo("camera", size=(16, 24))
    assert torch.equal(red, green)
    assert torch.equal(red, blue)


def test_a_color_photo_equals_scikit_image_s_own():
    data = pytest.importorskip("skimage.data")
    expected = torch.from_numpy(data.astronaut()).permute(2, 0, 1) / 255
    assert torch.equal(se.photo("astronaut"), expected)


def test_an_unknown_name_lists_those_that_are_there():
    with pytest.raises(ValueError, match=r"no photo 'lena' here; choose one of astronaut, .*chelsea"):
        se.photo("lena")


def test_without_scikit_image_the_cure_is_named(monkeypatch):
    monkeypatch.setattr(photos.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-image"):
        se.photo_names()
