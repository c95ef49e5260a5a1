"""Curves, bars, histories, receptive fields and tables."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from segedu.ops.receptive_fields import (
    ReceptiveField,
)
from segedu.viz import comparison_bars, curve, plot_history, plot_receptive_field

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


def test_bars_need_one_value_per_label():
    with pytest.raises(ValueError, match=r"2 labels come with numbers of shape \(3,\)"):
        comparison_bars(["a", "b"], [1, 2, 3], ALT)


def test_bars_take_errors_and_a_baseline():
    comparison_bars(["a", "b"], [0.5, -0.2], ALT, errors=[0.1, 0.1], baseline=0.3, xlabel="IoU", title="One is better")


def test_curves_differ_in_color_and_mark_and_leave_gaps(figure_of):
    figure = figure_of(curve, [1, 2, 4], {"a": [1, math.nan, 3], "b": [3, 2, 1]}, "x", "y", "Two", ALT)
    first, second = figure.axes[0].lines
    assert first.get_color() != second.get_color()
    assert first.get_marker() != second.get_marker()
    assert first.get_xdata().tolist() == [1, 2, 4]
    np.testing.assert_array_equal(first.get_ydata(), [1, math.nan, 3])
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["a", "b"]


def test_one_curve_needs_no_legend_and_marks_can_be_left_out(figure_of):
    figure = figure_of(curve, [1, 2], {"a": [1, 2]}, "step", "loss", "One", ALT, markers=False)
    (axes,) = figure.axes
    assert axes.get_legend() is None
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


def test_errors_need_one_number_per_bar():
    with pytest.raises(ValueError, match=r"2 labels come with numbers of shape \(3,\)"):
        comparison_bars(["a", "b"], [1, 2], ALT, errors=[1, 2, 3])
