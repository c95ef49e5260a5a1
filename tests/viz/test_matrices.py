"""matrix_figure: numbers in cells, taps in their colors, windows inside their arrays."""

import numpy as np
import pytest
import torch
from PIL import Image

from segedu.viz import TAP_COLORS, matrix_figure
from segedu.viz.matrices import _cell_colors, _ink_on, _texts

ALT = "A description that is long enough."


def test_whole_numbers_are_written_without_decimals_and_with_a_true_minus():
    assert _texts(np.array([[3.0, -2.0, np.nan, -0.0]])) == [["3", "−2", "?", "0"]]


def test_fractions_keep_two_decimals_at_most():
    assert _texts(np.array([[0.5, -1.25, 3.0, -0.001]])) == [["0.5", "−1.25", "3", "0"]]


def test_a_kernel_is_colored_by_position():
    assert _cell_colors(np.zeros((1, 9)), True, 0) == [list(TAP_COLORS[:9])]
    assert _cell_colors(np.zeros((3, 3)), True, 0)[1] == list(TAP_COLORS[3:6])


def test_taps_color_cells_by_their_index_and_leave_the_others_white():
    assert _cell_colors(np.zeros((1, 3)), torch.tensor([[-1, 0, 26]]), 0) == [["#FFFFFF", TAP_COLORS[0], TAP_COLORS[1]]]


def test_padding_is_grayed_all_around():
    colors = _cell_colors(np.ones((4, 5)), False, 1)
    gray = [[color == "#ECEEF0" for color in row] for row in colors]
    assert gray == [[True] * 5, [True, False, False, False, True], [True, False, False, False, True], [True] * 5]


@pytest.mark.parametrize("color", [*TAP_COLORS, "#FFFFFF", "#96C4E8", "#F6B284", "#ECEEF0"])
def test_numbers_contrast_with_their_cells(color):
    def luminance(code):
        values = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted([luminance(color), luminance(_ink_on(color))], reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_grids_never_leave_the_page(tmp_path):
    arrays = [torch.zeros(1, 9), torch.zeros(9, 35), torch.zeros(1, 35)]
    matrix_figure(arrays, ["kernel", "windows", "output"], ALT, symbols=["·", "="], path=tmp_path / "wide.png")
    assert Image.open(tmp_path / "wide.png").width <= 1090


def test_the_same_arrays_give_the_same_bytes(tmp_path):
    x = torch.arange(35).reshape(5, 7)
    for name in ("a.png", "b.png"):
        matrix_figure(
            [x, x[:3, :3]], ["x", "k"], ALT, taps={1: True}, highlight={0: (1, 2, 3, 3)}, path=tmp_path / name
        )
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size < 60_000


def test_one_row_and_booleans_are_arrays_too():
    matrix_figure([torch.arange(4), torch.tensor([True, False])], ["row", "mask"], ALT)


@pytest.mark.parametrize("window", [(3, 0, 3, 3), (0, 5, 3, 3), (-1, 0, 2, 2), (0, 0, 0, 2)])
def test_a_window_must_lie_inside_its_array(window):
    with pytest.raises(ValueError, match=r"leaves 'x' of shape \(5, 7\)"):
        matrix_figure([torch.zeros(5, 7)], ["x"], ALT, highlight={0: [window]})


def test_wrong_counts_and_shapes_are_named():
    with pytest.raises(ValueError, match="2 arrays come with 1 titles and 1 symbols"):
        matrix_figure([torch.zeros(2, 3)] * 2, ["x"], ALT)
    with pytest.raises(ValueError, match=r"\(2, 5, 7\); give one \(H, W\) array"):
        matrix_figure([torch.zeros(2, 5, 7)], ["x"], ALT)
    with pytest.raises(ValueError, match="give one tap index per cell"):
        matrix_figure([torch.zeros(2, 3)], ["x"], ALT, taps={0: torch.zeros(3, 3)})
