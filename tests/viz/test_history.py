"""plot_history: loss, score and learning rate of a run, also of a very short one."""

import math

import numpy as np
import pytest

from segedu.training.progress import recent_loss
from segedu.viz import plot_history
from segedu.viz.history import smooth

ALT = "A description that is long enough."


def test_smooth_is_the_mean_around_each_step():
    values = np.arange(10.0)
    np.testing.assert_allclose(smooth(values, 3)[1:-1], values[1:-1])
    np.testing.assert_allclose(smooth(values, 1), values)
    np.testing.assert_allclose(smooth(np.ones(7), 50), 1)


@pytest.mark.parametrize("validation", [[], [{"step": 1, "mean_iou": math.nan, "loss": 1.0}]])
def test_a_history_of_one_step_can_be_drawn(validation):
    plot_history({"loss": [1.5], "lr": [0.1], "validation": validation}, ALT)


def test_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="holds no step; train first"):
        plot_history({"loss": [], "lr": [], "validation": []}, ALT)


def test_the_best_score_is_named_in_the_figure_and_in_its_title(figure_of):
    records = [{"step": step, "mean_iou": score} for step, score in ((1, 0.25), (2, 0.75), (3, 0.5))]
    figure = figure_of(plot_history, {"loss": [3.0, 2.0, 1.0], "lr": [0.1] * 3, "validation": records}, ALT)
    _, scores, _ = figure.axes
    ((place, text),) = [(one.xy, one.get_text()) for one in scores.texts]
    assert (place, text) == ((2, 0.75), "0.750")
    assert figure.get_suptitle().replace("\n", " ") == (
        "After 3 steps the training loss is 2.000 and the best validation mean IoU 0.750"
    )


def test_the_title_tells_the_loss_that_the_trainer_prints(figure_of):
    history = {"loss": [3 / step for step in range(1, 151)], "lr": [0.1] * 150, "validation": []}
    figure = figure_of(plot_history, history, ALT)
    assert f"the training loss is {recent_loss(history):.3f}" in figure.get_suptitle().replace("\n", " ")


def test_each_panel_holds_its_own_numbers(figure_of):
    records = [{"step": 2, "mean_iou": 0.5, "loss": 1.5}]
    figure = figure_of(plot_history, {"loss": [3.0, 1.0], "lr": [0.25, 0.125], "validation": records}, ALT)
    loss, score, rate = figure.axes
    assert [line.get_ydata().tolist() for line in loss.lines[:2]] == [[3.0, 1.0]] * 2
    assert (list(loss.lines[2].get_xdata()), list(loss.lines[2].get_ydata())) == ([2], [1.5])
    assert list(score.lines[0].get_ydata()) == [0.5]
    assert list(rate.lines[0].get_ydata()) == [0.25, 0.125]


def test_a_few_spikes_do_not_stretch_the_loss_axis(figure_of):
    loss = [1.0] * 999 + [1000.0]
    axes = figure_of(plot_history, {"loss": loss, "lr": [0.1] * 1000}, ALT).axes[0]
    assert axes.get_ylim() == pytest.approx((0, 1.08))


def test_a_long_run_is_drawn_with_at_most_as_many_points_as_a_screen_has(figure_of):
    lines = figure_of(plot_history, {"loss": list(range(1, 4502)), "lr": [0.1] * 4501}, ALT).axes[0].lines
    assert len(lines[0].get_xdata()) <= 1501
    assert lines[0].get_xdata()[1] == 4


NAN, INF = math.nan, math.inf


def history_of(loss, scores=(), losses=None):
    records = [{"step": step, "mean_iou": score} for step, score in enumerate(scores, start=1)]
    if losses is not None:
        records = [record | {"loss": one} for record, one in zip(records, losses, strict=True)]
    return {"loss": loss, "lr": [0.1] * len(loss), "validation": records}


@pytest.mark.parametrize("order", [[NAN, 0.25, 0.75], [0.25, NAN, 0.75], [0.75, 0.25, NAN]])
def test_a_validation_without_a_score_is_never_the_best(order, figure_of):
    figure = figure_of(plot_history, history_of([3.0, 2.0, 1.0], order), ALT)
    assert figure.get_suptitle().replace("\n", " ").endswith("the best validation mean IoU 0.750")
    assert [text.get_text() for text in figure.axes[1].texts] == ["0.750"]


def test_without_a_score_none_is_named(figure_of):
    figure = figure_of(plot_history, history_of([3.0, 2.0], [NAN, NAN]), ALT)
    assert figure.get_suptitle().replace("\n", " ") == "After 2 steps the training loss is 2.500"
    assert not figure.axes[1].texts


@pytest.mark.parametrize("odd", [NAN, INF, -INF])
@pytest.mark.parametrize("place", [0, 40])
def test_one_odd_loss_spoils_neither_curve_nor_title_nor_axis(odd, place, figure_of):
    loss = [2.0] * 100
    loss[place] = odd
    figure = figure_of(plot_history, history_of(loss, [0.5], [odd]), ALT)
    axes = figure.axes[0]
    assert axes.lines[1].get_ydata().tolist() == [2.0] * 100
    assert axes.get_ylim() == pytest.approx((0, 2.16))
    assert "the training loss is 2.000" in figure.get_suptitle()


@pytest.mark.parametrize("end", [NAN, INF])
def test_a_run_that_ends_without_a_loss_says_so(end, figure_of):
    figure = figure_of(plot_history, history_of([2.0] * 99 + [end]), ALT)
    assert f"the training loss is {end}" in figure.get_suptitle()
    figure = figure_of(plot_history, history_of([end] * 5), ALT)
    assert figure.axes[0].get_ylim() == (0, 1)


def test_where_only_odd_values_are_around_the_mean_is_nan():
    means = smooth(np.array([1.0, NAN, INF, NAN, 5.0]), 1)
    np.testing.assert_equal(means, [1.0, NAN, NAN, NAN, 5.0])
    np.testing.assert_equal(smooth(np.array([1.0, NAN, INF, NAN, 5.0]), 3), [1.0, 1.0, NAN, 5.0, 5.0])


def test_the_losses_are_named_beside_their_ends_and_the_axis_says_what_the_bold_one_is(figure_of):
    records = [{"step": 30, "mean_iou": 0.5, "loss": 1.5}]
    figure = figure_of(plot_history, {"loss": [2.0] * 60, "lr": [0.1] * 60, "validation": records}, ALT)
    loss = figure.axes[0]
    assert [text.get_text() for text in loss.texts] == ["training", "validation"]
    assert loss.get_ylabel() == "loss (mean of 2 steps)"
