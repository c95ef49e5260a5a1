"""draw_sampling: two bands, places as numbers, colors mixed by the bilinear weights."""

import numpy as np
import pytest
from PIL import Image

from segedu.ops.upsampling import interpolation_matrix
from segedu.viz import draw_sampling
from segedu.viz.sampling import _hex, _light_colors

ALT = "A description that is long enough."


def pixels(path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).reshape(-1, 3)


@pytest.mark.parametrize(("size", "output"), [(3, 6), (6, 4), (1, 5), (5, 1)])
def test_every_mix_of_colors_that_the_weights_give_is_in_the_picture(size, output, tmp_path):
    draw_sampling(size, output, ALT, path=tmp_path / "sampling.png")
    found = {tuple(color) for color in np.unique(pixels(tmp_path / "sampling.png"), axis=0)}
    for align_corners in (False, True):
        for mix in interpolation_matrix(size, output, "bilinear", align_corners).numpy() @ _light_colors(size):
            code = _hex(mix)
            assert tuple(int(code[i : i + 2], 16) for i in (1, 3, 5)) in found


def test_dark_text_reads_on_every_color():
    linear = np.where(
        _light_colors(24) <= 0.04045, _light_colors(24) / 12.92, ((_light_colors(24) + 0.055) / 1.055) ** 2.4
    )
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    ink = (0x1A / 255 + 0.055) / 1.055
    assert ((luminance + 0.05) / (ink**2.4 + 0.05)).min() >= 4.5


def test_the_same_sizes_give_the_same_bytes(tmp_path):
    for name in ("a.png", "b.png"):
        draw_sampling(3, 7, ALT, title="A sentence", path=tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_sizes_that_can_not_be_drawn_are_named():
    with pytest.raises(ValueError, match="0 and 6 pixels were given; 1 to 24"):
        draw_sampling(0, 6, ALT)
    with pytest.raises(ValueError, match="at least 20"):
        draw_sampling(3, 6, "too short")


def test_places_are_those_of_both_conventions(figure_of, texts):
    figure = figure_of(draw_sampling, 3, 6, ALT)
    numbers = [text.get_text() for text in figure.axes[0].texts if text.get_text()]  # arrows have none
    areas, points = numbers.index("0"), numbers.index("0", 6)
    assert numbers[areas : areas + 3] == ["0", "1", "2"]
    assert numbers[areas + 3 : areas + 9] == ["−0.25", "0.25", "0.75", "1.25", "1.75", "2.25"]
    assert numbers[points + 3 : points + 9] == ["0", "0.4", "0.8", "1.2", "1.6", "2"]


def test_an_output_pixel_is_as_wide_as_the_part_of_the_row_that_it_stands_for(figure_of):
    rectangles = figure_of(draw_sampling, 3, 6, ALT).axes[0].patches
    widths = [patch.get_width() for patch in rectangles if patch.get_height() == 38]
    assert widths == pytest.approx([700 / 6] * 6 + [700 / 3 * 2 / 5] * 6)
