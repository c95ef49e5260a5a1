"""matrix_figure: numbers in cells, taps in their colors, windows inside their arrays."""

import numpy as np
import pytest
import torch
from PIL import Image

from segedu.viz import TAP_COLORS, matrix_figure
from segedu.viz._cells import _tap_colors, _texts, _value_colors
from segedu.viz._style import FADED, SMALL
from segedu.viz.colors import rgb_to_hex
from segedu.viz.matrices import _ink

ALT = "A description that is long enough."


def test_whole_numbers_are_written_without_decimals_and_with_a_true_minus():
    assert _texts(np.array([[3.0, -2.0, np.nan, -0.0]])) == [["3", "−2", "?", "0"]]


def test_fractions_keep_two_decimals_at_most():
    assert _texts(np.array([[0.5, -1.25, 3.0, -0.001]])) == [["0.5", "−1.25", "3", "0"]]


def test_a_kernel_is_colored_by_position():
    assert _tap_colors(np.zeros((1, 9)), True) == [list(TAP_COLORS[:9])]
    assert _tap_colors(np.zeros((3, 3)), True)[1] == list(TAP_COLORS[3:6])


def test_taps_color_cells_by_their_index_and_leave_the_others_white():
    assert _tap_colors(np.zeros((1, 3)), torch.tensor([[-1, 0, 26]])) == [["#FFFFFF", TAP_COLORS[0], TAP_COLORS[1]]]


def test_padding_is_grayed_all_around():
    colors = _value_colors(np.ones((4, 5)), 1)
    gray = [[color == "#ECEEF0" for color in row] for row in colors]
    assert gray == [[True] * 5, [True, False, False, False, True], [True, False, False, False, True], [True] * 5]


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


def test_a_highlight_frames_the_cells_that_it_names(figure_of, places):
    figure = figure_of(matrix_figure, [torch.zeros(5, 7)], ["x"], ALT, highlight={0: (1, 2, 3, 4)}, cell=20)
    _, (frame,) = places(figure)
    cells = [patch for patch in figure.axes[0].patches if patch.get_fill()]
    left, top = cells[0].get_xy()
    assert frame == (left + 2 * 20, top + 1 * 20, 4 * 20, 3 * 20)


def test_frames_that_overlap_stay_apart(figure_of, places):
    figure = figure_of(matrix_figure, [torch.zeros(5, 7)], ["x"], ALT, highlight={0: [(1, 2, 3, 4), (1, 2, 3, 4)]})
    _, (first, second) = places(figure)
    assert second[0] > first[0]
    assert second[0] + second[2] < first[0] + first[2]


def test_shapes_are_rows_by_columns_and_can_be_left_out(figure_of, texts):
    assert "2 × 3" in texts(figure_of(matrix_figure, [torch.ones(2, 3)], ["x"], ALT))
    assert "2 × 3" not in texts(figure_of(matrix_figure, [torch.ones(2, 3)], ["x"], ALT, shapes=False))


def test_symbols_stand_between_their_grids(figure_of, texts):
    figure = figure_of(matrix_figure, [torch.ones(2, 3)] * 3, ["a", "b", "c"], ALT, symbols=["∗", "="])
    place = texts(figure)
    order = sorted(("a", "∗", "b", "=", "c"), key=lambda text: place[text][0])
    assert order == ["a", "∗", "b", "=", "c"]


def test_cells_are_bluer_the_larger_and_more_orange_the_smaller_their_value():
    ((least, zero, less, most, unknown),) = _value_colors(np.array([[-4.0, 0.0, 2.0, 4.0, np.nan]]), 0)
    assert (least, zero, less, most, unknown) == ("#F6B284", "#FFFFFF", "#CAE2F4", "#96C4E8", "#ECEEF0")


def test_long_numbers_get_larger_cells_and_many_columns_smaller_ones_without_numbers(figure_of, texts):
    def cell_width(array):
        figure = figure_of(matrix_figure, [array], ["x"], ALT)
        return figure.axes[0].patches[0].get_width(), len(texts(figure)) > 2

    assert cell_width(torch.ones(2, 3)) == (36, True)
    assert cell_width(torch.full((2, 3), 1.2e6)) > (36, True)
    assert cell_width(torch.ones(2, 100)) == (10, False)


def test_the_largest_value_of_either_sign_has_the_full_color():
    assert _value_colors(np.array([[-4.0, 1.0]]), 0)[0][0] == "#F6B284"


def test_grids_stand_in_the_middle_of_their_captions_and_of_the_line(figure_of, texts):
    figure = figure_of(matrix_figure, [torch.ones(5, 7), torch.ones(1, 1)], ["x", "a long caption"], ALT)
    first, *_, last, single = [patch for patch in figure.axes[0].patches if patch.get_fill()]
    middle = (first.get_y() + last.get_y() + last.get_height()) / 2
    assert single.get_y() + single.get_height() / 2 == middle
    caption = next(place for text, place in texts(figure).items() if text.startswith("a"))
    assert single.get_x() + single.get_width() / 2 == caption[0]


def test_zeros_on_plain_cells_step_back():
    assert _ink("#FFFFFF", "0") == FADED
    assert _ink("#FFFFFF", "1") == _ink(TAP_COLORS[6], "0") == "#000000"


def test_rows_and_columns_have_names_beside_their_cells(figure_of, texts):
    rows, columns = {0: ("true class", ["sky", "road"])}, {0: ("predicted class", ["sky", "road", "a long name"])}
    figure = figure_of(matrix_figure, [torch.ones(2, 3), torch.ones(2, 1)], ["m", "v"], ALT, rows=rows, columns=columns)
    first, *_ = [patch for patch in figure.axes[0].patches if patch.get_fill()]
    left, top = first.get_xy()
    names = [text for text in figure.axes[0].texts if text.get_text() in ("sky", "road", "a long name")]
    beside, above = names[:2], names[2:]
    assert [text.get_position() for text in beside] == [(left - 6, top + 18), (left - 6, top + 54)]
    assert [text.get_position() for text in above] == [(left + 36 * column + 18, top - 6) for column in range(3)]
    assert {text.get_rotation() for text in above} == {90}  # the long one doesn't fit on its column
    assert {"true class →", "predicted class →"} <= set(texts(figure))


def test_names_lie_on_no_cell_and_on_no_other_text(figure_of):
    rows, columns = {1: ("output cell", range(3))}, {1: ("input pixel", range(5)), 0: "column"}
    arrays = [torch.ones(1, 5), torch.ones(3, 5), torch.ones(3, 1)]
    figure = figure_of(matrix_figure, arrays, ["x", "matrix", "y"], ALT, symbols=["·", "="], rows=rows, columns=columns)
    figure.draw_without_rendering()
    cells = [patch.get_window_extent() for patch in figure.axes[0].patches]
    texts = [text for text in figure.axes[0].texts if text.get_text() != "1" or text.get_fontsize() == SMALL]
    boxes = {text: text.get_window_extent() for text in texts}
    for text, box in boxes.items():
        assert not any(box.padded(-1).overlaps(cell) for cell in cells), text
        assert not any(box.padded(-1).overlaps(other) for another, other in boxes.items() if another is not text), text
        assert box.x0 >= 0


def test_names_of_another_count_are_refused():
    with pytest.raises(ValueError, match="2 names come with the 3 columns of 'x'; give one per cell"):
        matrix_figure([torch.ones(2, 3)], ["x"], ALT, columns={0: ("class", ["a", "b"])})


@pytest.mark.parametrize(
    ("symbols", "limit", "tints"),
    [
        (None, None, ["#CAE2F4", "#96C4E8"]),  # side by side: 2 is half of 4
        ([""], None, ["#CAE2F4", "#96C4E8"]),
        (["→"], None, ["#96C4E8", "#96C4E8"]),
        (None, "each", ["#96C4E8", "#96C4E8"]),
        (["→"], 4, ["#CAE2F4", "#96C4E8"]),
        (None, 2, ["#96C4E8", "#96C4E8"]),  # what is larger has the full tint too
    ],
)
def test_grids_that_are_compared_share_the_scale_of_their_tints(figure_of, symbols, limit, tints):
    arrays = [torch.tensor([[2.0]]), torch.tensor([[4.0]])]
    figure = figure_of(matrix_figure, arrays, ["a", "b"], ALT, symbols=symbols, limit=limit)
    colors = [(np.array(patch.get_facecolor()[:3]) * 255).round().astype(int) for patch in figure.axes[0].patches]
    assert [rgb_to_hex(color) for color in colors] == tints
