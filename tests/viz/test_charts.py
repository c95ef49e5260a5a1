"""Curves, bars, histories, receptive fields and tables."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from PIL import Image

from segedu.ops.receptive_fields import (
    ReceptiveField,
)
from segedu.viz import comparison_bars, curve, plot_history, plot_receptive_field
from segedu.viz._line_ends import spread

ALT = "A description that is long enough."
HISTORY = {
    "loss": [2.0 / (1 + step / 20) for step in range(120)],
    "lr": [0.1] * 120,
    "validation": [{"step": 60, "mean_iou": 0.4, "loss": 0.9}, {"step": 120, "mean_iou": 0.5, "loss": 0.7}],
}


@pytest.mark.parametrize(
    "draw",
    [
        lambda path: plot_history(HISTORY, ALT, path=path),
        lambda path: curve([1, 2, 4], {"a": [1, 2, 3], "b": [3, float("nan"), 1]}, "x", "y", "Up", ALT, path=path),
        lambda path: comparison_bars(["a", "b"], {"x": [0.1, 0.2], "y": [0.3, math.nan]}, ALT, path=path),
        lambda path: plot_receptive_field(
            torch.linspace(0, 1, 3 * 40 * 60).reshape(3, 40, 60),
            ALT,
            analytic=ReceptiveField((5, 5)),
            position=(3, 4),
            path=path,
        ),
    ],
)
def test_charts_are_small_repeatable_pictures(tmp_path, draw):
    draw(tmp_path / "a.png")
    draw(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size < 80_000
    assert Image.open(tmp_path / "a.png").width <= 1080


def test_curves_need_one_value_per_x_and_known_axes():
    with pytest.raises(ValueError, match=r"'loss' has shape \(3,\), x \(2,\)"):
        curve([1, 2], {"loss": [1, 2, 3]}, "step", "loss", "It falls", ALT)
    with pytest.raises(ValueError, match="log is 'both'"):
        curve([1, 2], {"loss": [1, 2]}, "step", "loss", "It falls", ALT, log="both")


def test_logarithmic_curves_with_lines_and_tensors_can_be_drawn():
    curve(
        torch.tensor([1, 2, 4]),
        {"loss": torch.tensor([1.0, 10, 100])},
        "x",
        "y",
        "Up",
        ALT,
        log="xy",
        lines={"ten": 10},
    )


def test_curves_differ_in_color_and_mark_and_leave_gaps(figure_of):
    figure = figure_of(curve, [1, 2, 4], {"a": [1, math.nan, 3], "b": [3, 2, 1]}, "x", "y", "Two", ALT)
    first, second = figure.axes[0].lines
    assert first.get_color() != second.get_color()
    assert first.get_marker() != second.get_marker()
    assert first.get_xdata().tolist() == [1, 2, 4]
    np.testing.assert_array_equal(first.get_ydata(), [1, math.nan, 3])
    assert [text.get_text() for text in figure.axes[0].texts] == ["a", "b"]


def test_one_curve_needs_no_name_and_marks_can_be_left_out(figure_of):
    figure = figure_of(curve, [1, 2], {"a": [1, 2]}, "step", "loss", "One", ALT, markers=False)
    (axes,) = figure.axes
    assert not axes.texts
    assert axes.lines[0].get_marker() in (None, "None", "")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "loss")


@pytest.mark.parametrize(("log", "scales"), [("", ("linear",) * 2), ("x", ("log", "linear")), ("y", ("linear", "log"))])
def test_only_the_named_axis_is_logarithmic(figure_of, log, scales):
    (axes,) = figure_of(curve, [1, 2, 4], {"a": [1, 10, 100]}, "x", "y", "Up", ALT, log=log).axes
    assert (axes.get_xscale(), axes.get_yscale()) == scales


def test_few_positions_on_a_logarithmic_axis_are_its_ticks(figure_of):
    (axes,) = figure_of(curve, [1, 3, 8], {"a": [1, 2, 3]}, "x", "y", "Up", ALT, log="x").axes
    assert list(axes.get_xticks()) == [1, 3, 8]


def test_a_line_stands_at_its_height_with_its_name(figure_of):
    (axes,) = figure_of(curve, [1, 2], {"a": [1, 2]}, "x", "y", "Up", ALT, lines={"chance": 1.25}).axes
    assert list(axes.lines[1].get_ydata()) == [1.25, 1.25]
    assert [text.get_text() for text in axes.texts] == ["chance"]


# Curves that end together, apart, early, above the axes' limits, one after the other.
ENDINGS = [
    {"block, IoU": [1, 0.68], "block, boundary F1 (within 1 pixel)": [1, 0.5], "block, boundary IoU": [1, 0.55]},
    {f"network {index}": [0, index / 1000] for index in range(8)},
    {"first": [1, math.nan], "second": [1, 2], "a name of many words that needs more than one line": [1, 2]},
    {"rises": [1, 1000], "falls": [1000, 1]},
]


@pytest.mark.parametrize("log", ["", "xy"])
@pytest.mark.parametrize("curves", ENDINGS)
def test_names_stand_beside_the_ends_of_their_curves_and_none_lies_on_another(figure_of, curves, log):
    curves = {name: [value + 0.001 for value in values] for name, values in curves.items()}
    figure = figure_of(curve, [1, 2], curves, "x", "y", "Ends", ALT, log=log, lines={"chance": 0.5})
    (axes,) = figure.axes
    figure.draw_without_rendering()
    boxes = {text.get_text(): Text.get_window_extent(text) for text in axes.texts}
    assert len(boxes) == len(curves) + 1
    for first, second in itertools.combinations(boxes.values(), 2):
        assert not first.overlaps(second)
    for box in boxes.values():
        assert box.x0 > axes.get_window_extent().x1
        assert box.x1 <= figure.bbox.x1
        assert box.y0 >= 0
        assert box.y1 <= figure.bbox.y1


def test_a_name_that_stands_alone_is_as_high_as_the_end_of_its_curve(figure_of):
    (axes,) = figure_of(curve, [1, 2], {"up": [1, 3], "down": [3, 1]}, "x", "y", "Ends", ALT).axes
    axes.figure.draw_without_rendering()
    for text, end in zip(axes.texts, (3, 1), strict=True):
        box = Text.get_window_extent(text)
        assert (box.y0 + box.y1) / 2 == pytest.approx(axes.transData.transform((2, end))[1], abs=3)


@given(st.lists(st.tuples(st.floats(-50, 450), st.floats(5, 40)), min_size=1, max_size=8))
def test_what_is_spread_does_not_overlap_and_stays_where_it_was_if_there_is_room(things):
    wished, sizes = zip(*things, strict=True)
    centers = spread(wished, sizes, 0, 400)
    order = np.argsort(centers)
    ends = centers[order] + np.array(sizes)[order] / 2
    starts = centers[order] - np.array(sizes)[order] / 2
    assert (starts[1:] >= ends[:-1] - 1e-6).all()
    assert starts[0] >= -1e-6
    assert ends[-1] <= 400 + 1e-6
    free = [index for index, _ in enumerate(things) if abs(centers[index] - wished[index]) > 1e-6]
    inside = all(size / 2 <= place <= 400 - size / 2 for place, size in things)
    apart = all(
        abs(one - two) >= (first + second) / 2 for (one, first), (two, second) in itertools.combinations(things, 2)
    )
    assert not (inside and apart and free)


def test_a_curve_of_several_seeds_is_their_mean_in_a_band_of_all_of_them(figure_of):
    (axes,) = figure_of(curve, [1, 2], {"loss": [[1, 2, 6], [math.nan, 2, 4]]}, "x", "y", "Seeds", ALT).axes
    assert axes.lines[0].get_ydata().tolist() == [3, 3]
    (band,) = axes.collections
    (path,) = band.get_paths()
    assert {(float(x), float(y)) for x, y in path.vertices} >= {(1, 1), (1, 6), (2, 2), (2, 4)}


def test_of_curves_that_end_together_the_first_is_named_on_top(figure_of):
    curves = {name: [index, 1] for index, name in enumerate(("first", "second", "third"))}
    (axes,) = figure_of(curve, [1, 2], curves, "x", "y", "Ends", ALT).axes
    axes.figure.draw_without_rendering()
    heights = {text.get_text(): Text.get_window_extent(text).y0 for text in axes.texts}
    assert sorted(heights, key=heights.__getitem__) == ["third", "second", "first"]
