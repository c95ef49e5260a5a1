"""comparison_bars: bars with their numbers, and the spread of each as it is."""

import math

import numpy as np
import pytest
import torch

from segedu.viz import comparison_bars

ALT = "A description that is long enough."


def test_bars_need_one_value_per_label():
    with pytest.raises(ValueError, match="2 labels come with 3 numbers"):
        comparison_bars(["a", "b"], [1, 2, 3], ALT)


def test_bars_take_errors_and_a_baseline():
    comparison_bars(["a", "b"], [0.5, -0.2], ALT, errors=[0.1, 0.1], baseline=0.3, xlabel="IoU", title="One is better")


def test_the_first_label_is_on_top_and_each_bar_has_its_number(figure_of):
    (axes,) = figure_of(comparison_bars, ["sky", "pole"], [0.9, -0.25], ALT).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["sky", "pole"]
    assert axes.yaxis_inverted()
    assert [bar.get_width() for bar in axes.patches] == [0.9, -0.25]
    assert [(text.get_text(), text.xy) for text in axes.texts] == [("0.90", (0.9, 0.0)), ("−0.25", (0.0, 1.0))]


def test_absent_values_are_said_and_have_no_bar(figure_of):
    (axes,) = figure_of(comparison_bars, ["sky", "pole"], [math.nan, 0.5], ALT).axes
    assert axes.texts[0].get_text() == "absent"
    assert axes.patches[0].get_width() == 0


def test_series_stand_beside_each_other_in_their_order(figure_of):
    (axes,) = figure_of(comparison_bars, ["sky", "pole"], {"one": [0.1, 0.2], "two": [0.3, 0.4]}, ALT).axes
    one, two = axes.patches[:2], axes.patches[2:]
    assert all(first.get_y() + first.get_height() <= second.get_y() for first, second in zip(one, two, strict=True))
    assert one[0].get_facecolor() != two[0].get_facecolor()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one", "two"]


def test_numbers_stand_behind_the_whiskers_and_only_series_with_errors_have_some(figure_of):
    series = {"one": [0.1, 0.2], "two": [0.3, 0.4]}
    (axes,) = figure_of(comparison_bars, ["sky", "pole"], series, ALT, errors={"two": [0.05, 0.1]}).axes
    assert [text.xy[0] for text in axes.texts] == pytest.approx([0.1, 0.2, 0.35, 0.5])
    assert len(axes.collections) == 1


def test_the_baseline_is_named_in_the_legend(figure_of):
    (axes,) = figure_of(comparison_bars, ["sky"], [0.5], ALT, baseline=0.25, baseline_name="chance").axes
    assert list(axes.lines[0].get_xdata()) == [0.25, 0.25]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["chance"]


@pytest.mark.parametrize("length", [4, 14, 24])
def test_the_legend_has_as_many_lines_as_it_needs_to_stay_on_the_page(figure_of, length):
    series = {letter * length: [[0.1, 0.2, 0.3]] for letter in "mnop"}
    figure = figure_of(comparison_bars, ["a label of some length"], series, ALT)
    (axes,) = figure.axes
    figure.canvas.draw()
    assert axes.get_legend().get_window_extent().x1 <= figure.bbox.width
    assert len(axes.get_legend().get_texts()) == 5


def test_errors_need_one_number_per_bar():
    with pytest.raises(ValueError, match=r"2 labels come with numbers of shape \(3,\)"):
        comparison_bars(["a", "b"], [1, 2], ALT, errors=[1, 2, 3])


def whiskers(axes):
    """Return the ends (low, high) of each whisker, from the first series on."""
    segments = [
        segment for lines in axes.collections if hasattr(lines, "get_segments") for segment in lines.get_segments()
    ]
    return [tuple(segment[:, 0].tolist()) for segment in segments]


def test_several_seeds_are_a_mean_with_a_dot_each_and_a_whisker_from_the_least_to_the_greatest(figure_of):
    (axes,) = figure_of(comparison_bars, ["a", "b"], [[0.25, 0.5, 0.75], [0.5, 0.5, 2.0]], ALT).axes
    assert [bar.get_width() for bar in axes.patches] == [0.5, 1.0]
    assert whiskers(axes) == [(0.25, 0.75), (0.5, 2.0)]
    dots = axes.collections[-1].get_offsets().tolist()
    assert dots == [[0.25, 0], [0.5, 0], [0.75, 0], [0.5, 1], [0.5, 1], [2.0, 1]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one seed"]


def test_a_series_may_have_seeds_where_another_has_one_number_and_tensors_do_too(figure_of):
    series = {"here": torch.tensor([0.25, 0.5]), "stored": torch.tensor([[0.25, 0.75], [1.0, 2.0]])}
    (axes,) = figure_of(comparison_bars, ["a", "b"], series, ALT).axes
    assert whiskers(axes) == [(0.25, 0.75), (1.0, 2.0)]
    (axes,) = figure_of(comparison_bars, ["a", "b"], [0.5, [1.0, 2.0]], ALT).axes
    assert whiskers(axes) == [(1.0, 2.0)]


def test_a_seed_without_a_value_is_left_out_and_a_label_without_any_is_absent(figure_of):
    (axes,) = figure_of(comparison_bars, ["a", "b"], [[0.25, math.nan, 0.75], [math.nan] * 3], ALT).axes
    assert axes.patches[0].get_width() == 0.5
    assert whiskers(axes) == [(0.25, 0.75)]
    assert [text.get_text() for text in axes.texts] == ["0.50", "absent"]


def test_an_interval_is_drawn_from_its_own_low_to_its_own_high(figure_of):
    intervals = [(-0.5, 0.4), (-0.002, 1.14)]
    (axes,) = figure_of(comparison_bars, ["alone", "difference"], [0.0, 0.6], ALT, intervals=intervals).axes
    assert whiskers(axes) == intervals
    assert [text.xy[0] for text in axes.texts] == [0.4, 1.14]


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        ([1.0, 2.0], {"intervals": [(0, 1)]}, r"shape \(1, 2\); give \(low, high\) per label"),
        ([1.0, 2.0], {"intervals": [0.5, 1]}, r"shape \(2,\); give \(low, high\) per label"),
        ([1.0, 2.0], {"intervals": [(0, 1), (3, 2)]}, r"the interval \(3, 2\) ends before it begins"),
        ([1.0, 2.0], {"intervals": [(0, 1)] * 2, "errors": [1, 1]}, "whiskers of two kinds"),
        ([[1.0, 2.0], 3.0], {"errors": [1, 1]}, "whiskers of two kinds"),
        ({"x": [1.0]}, {}, "2 labels come with 1 numbers for 'x'"),
    ],
)
def test_whiskers_that_do_not_fit_are_named(values, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        comparison_bars(["a", "b"], values, ALT, **options)


def test_bars_of_seeds_are_repeatable_pictures(tmp_path):
    for name in ("a.png", "b.png"):
        comparison_bars(["a", "b"], np.array([[0.1, 0.2], [0.3, 0.5]]), ALT, path=tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
