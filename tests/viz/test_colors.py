"""Colors: one per tap, and ink that reads on each."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segedu.data.palette import hex_to_rgb
from segedu.viz import TAP_COLORS
from segedu.viz.colors import DEFAULT_COLORS, color_table, ink_on, rgb_to_hex


@pytest.mark.parametrize("color", [*TAP_COLORS, "#FFFFFF", "#96C4E8", "#F6B284", "#ECEEF0"])
def test_ink_has_a_contrast_of_four_and_a_half_on_every_cell(color):
    def luminance(code):
        values = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted([luminance(color), luminance(ink_on(color))], reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("color", TAP_COLORS[:9])
def test_ink_is_the_same_for_a_color_in_any_form(color):
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    assert ink_on(color) == ink_on((red, green, blue)) == ink_on(np.array([red, green, blue, 0.5]))


def test_taps_have_twenty_five_different_colors():
    assert len(set(TAP_COLORS)) == 25
    assert TAP_COLORS[:3] == ("#0072B2", "#E69F00", "#009E73")


def test_a_color_table_takes_bytes_shares_and_names():
    expected = [[255, 0, 51], [0, 102, 0]]
    assert color_table(["#FF0033", "#006600"]).tolist() == expected
    assert color_table(torch.tensor(expected, dtype=torch.uint8)).tolist() == expected
    assert color_table(np.array(expected) / 255).tolist() == expected
    assert color_table(["#FF0033"]).dtype == np.uint8


def test_default_colors_are_repeated_as_often_as_needed():
    assert len(color_table(None)) == len(DEFAULT_COLORS)
    table = color_table(None, len(DEFAULT_COLORS) + 1)
    assert len(table) > len(DEFAULT_COLORS)
    assert table[len(DEFAULT_COLORS)].tolist() == table[0].tolist()


def test_a_table_of_another_shape_is_named():
    with pytest.raises(ValueError, match=r"\(4, 2\); give one row \(red, green, blue\) per class"):
        color_table(np.zeros((4, 2)))


@given(st.lists(st.integers(0, 255), min_size=3, max_size=3))
def test_a_color_comes_back_from_its_hexadecimal_form(rgb):
    assert hex_to_rgb(rgb_to_hex(rgb)).tolist() == [rgb]


@pytest.mark.parametrize(
    ("colors", "sentence"),
    [
        ([[300, 0, 0]], "colors has 300 in it; give whole numbers from 0 to 255"),
        ([[-1, 0, 0]], "colors has -1 in it"),
        ([[255.0, 0.0, 0.0]], "colors has 255.0 in it; give floats from 0 to 1"),
        (torch.tensor([[0.5, float("nan"), 1.0]]), "colors has nan in it; give floats from 0 to 1"),
        (["#12"], "'#12' is no color; write it as '#rrggbb'"),
        (["red"], "'red' is no color"),
        (["#0072B2", None], "None is no color"),
        (["#0072B2 "], "is no color"),
    ],
)
def test_what_is_no_color_is_named(colors, sentence):
    with pytest.raises(ValueError, match=sentence):
        color_table(colors)
