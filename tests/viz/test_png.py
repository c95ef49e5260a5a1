"""Small PNGs: exact where they can be, without traces of the machine, flat colors kept."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from segedu.viz.png import encode, shrink


def line_figure() -> Figure:
    figure = Figure(figsize=(3, 2))
    figure.add_subplot().plot([0, 1], [0, 1])
    return figure


def test_the_same_figure_gives_the_same_bytes_without_date_or_version():
    first, second = encode(line_figure()), encode(line_figure())
    assert first == second
    assert not Image.open(io.BytesIO(first)).info.keys() & {"Software", "Creation Time", "Title"}
    assert b"atplotlib" not in first


def test_a_transparent_figure_becomes_white():
    figure = line_figure()
    figure.patch.set_alpha(0)
    assert Image.open(io.BytesIO(encode(figure))).convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_picture_with_many_colors_is_reduced_and_keeps_its_flat_colors():
    figure = Figure(figsize=(4, 4))
    axes = figure.add_axes((0, 0, 1, 1))
    pixels = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    pixels[:100] = (213, 94, 0)
    axes.imshow(pixels, interpolation="nearest")
    axes.set_axis_off()
    picture = Image.open(io.BytesIO(encode(figure, crop=False)))
    assert picture.mode == "P"
    assert picture.convert("RGB").getpixel((200, 50)) == (213, 94, 0)


def as_png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


RANDOM = np.random.default_rng(0)
FEW_COLORS = RANDOM.integers(0, 2, (90, 120, 3), dtype=np.uint8) * 200
MANY_COLORS = RANDOM.integers(0, 256, (90, 120, 3), dtype=np.uint8)  # 32 kB
LARGE = RANDOM.integers(0, 256, (150, 200, 3), dtype=np.uint8)  # 90 kB


@pytest.mark.parametrize("pixels", [FEW_COLORS, MANY_COLORS])
def test_a_picture_up_to_60_kilobytes_keeps_every_pixel(pixels):
    small = shrink(as_png(pixels))
    assert len(small) <= 60_000
    assert np.array_equal(pixels_of(small), pixels)


def test_few_colors_need_a_byte_per_pixel_at_most():
    assert Image.open(io.BytesIO(shrink(as_png(FEW_COLORS)))).mode == "P"
    assert len(shrink(as_png(FEW_COLORS))) < len(as_png(FEW_COLORS))


def test_a_larger_picture_has_256_colors_and_is_smaller():
    small = shrink(as_png(LARGE))
    assert len(np.unique(pixels_of(small).reshape(-1, 3), axis=0)) <= 256
    assert len(small) < len(as_png(LARGE)) / 2
    assert pixels_of(small).shape == LARGE.shape


@pytest.mark.parametrize("pixels", [FEW_COLORS, MANY_COLORS, LARGE])
def test_shrinking_twice_changes_no_byte(pixels):
    once = shrink(as_png(pixels))
    assert shrink(once) == once


def test_transparent_pixels_become_white_and_half_transparent_ones_lighter():
    pixels = np.array([[[0, 0, 0, 0], [0, 0, 0, 51], [0, 0, 0, 255]]], dtype=np.uint8)
    assert pixels_of(shrink(as_png(pixels)))[0, :, 0].tolist() == [255, 204, 0]


def test_crop_cuts_the_margins():
    figure = Figure(figsize=(3, 2))
    figure.text(0.5, 0.5, "small")
    whole, cropped = (pixels_of(encode(figure, crop)) for crop in (False, True))
    assert whole.shape == (200, 300, 3)
    assert cropped.shape[0] < 60
    assert cropped.shape[1] < 80
