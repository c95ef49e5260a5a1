"""draw_windows: frames where the windows are, a name for each."""

import pytest
import torch

from segedu.viz import draw_windows

ALT = "A description that is long enough."


def test_windows_need_a_size_and_a_label_each():
    with pytest.raises(ValueError, match="has no size"):
        draw_windows(torch.rand(3, 5, 7), [(0, 0, 0, 3)], ALT)
    with pytest.raises(ValueError, match="2 windows come with 1 labels"):
        draw_windows(torch.rand(3, 5, 7), [(0, 0, 2, 3)] * 2, ALT, labels=["one"])


def test_a_window_is_drawn_where_it_is_with_its_height_downwards(figure_of, places):
    figure = figure_of(draw_windows, torch.rand(3, 40, 60), [(10, 20, 5, 8)], ALT, height=120)
    ((x, y, width, height),), (on_white, frame) = places(figure)
    assert (width, height) == (180, 120)
    assert on_white == frame == (x + 20 * 3, y + 10 * 3, 8 * 3, 5 * 3)


def test_a_windows_name_stands_beside_its_color(figure_of, texts):
    figure = figure_of(draw_windows, torch.rand(3, 40, 60), [(0, 0, 5, 8), (9, 9, 5, 8)], ALT, labels=["one", "two"])
    assert list(texts(figure)) == ["one", "two"]
    frames = [patch.get_edgecolor() for patch in figure.axes[0].patches if not patch.get_fill()]
    swatches = [patch.get_facecolor() for patch in figure.axes[0].patches if patch.get_fill()]
    assert frames[1::2] == swatches
    assert frames[1] != frames[3]
