"""Curves, bars, histories, receptive fields and tables."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from segedu.ops.receptive_fields import (
    ReceptiveField,
    effective_receptive_field,
    measured_receptive_field,
    receptive_field,
)
from segedu.viz import comparison_bars, curve, plot_history, plot_receptive_field, results_table
from segedu.viz.history import smooth
from segedu.viz.tables import markdown_table

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


def test_fields_as_the_operators_give_them_can_be_drawn():
    layers = nn.Sequential(nn.Conv2d(3, 4, 3, dilation=2), nn.ReLU(), nn.Conv2d(4, 4, 3, stride=2))
    shape = (1, 3, 32, 48)
    plot_receptive_field(
        torch.rand(shape)[0],
        ALT,
        analytic=receptive_field(layers),
        measured=measured_receptive_field(layers, shape),
        effective=effective_receptive_field(layers, shape, samples=2),
        title="Three fields",
    )


def test_a_field_may_reach_into_the_padding():
    plot_receptive_field(torch.rand(3, 9, 13), ALT, analytic=receptive_field([(3, 1, 1)] * 9), position=(0, 12))


def test_a_field_needs_a_place_and_a_size():
    image = torch.rand(3, 9, 13)
    with pytest.raises(ValueError, match="there is nothing to draw"):
        plot_receptive_field(image, ALT)
    with pytest.raises(ValueError, match="position is missing"):
        plot_receptive_field(image, ALT, analytic=ReceptiveField((3, 3)))
    with pytest.raises(ValueError, match=r"effective has shape \(13, 9\), the image \(9, 13\)"):
        plot_receptive_field(image, ALT, effective=torch.rand(13, 9))


def test_tables_mark_the_best_and_write_numbers_for_people():
    rows = [
        {"setting": "with skips", "mIoU": 0.71, "MACs": 1_234_567, "norm": True},
        {"setting": "without", "mIoU": None, "MACs": 1_000_000, "norm": False},
    ]
    table = markdown_table(rows, best={"mIoU": "max", "MACs": "min"}, formats={"mIoU": ".0%"})
    assert table.splitlines() == [
        "| setting    | mIoU    | MACs          | norm |",
        "|:-----------|--------:|--------------:|:-----|",
        "| with skips | **71%** | 1,234,567     | yes  |",
        "| without    | –       | **1,000,000** | no   |",
    ]


def test_tables_take_numbers_of_torch_and_numpy():
    assert "0.500" in markdown_table([{"a": torch.tensor(0.5), "b": np.float64(0.25)}])


def test_tables_name_what_is_missing(capsys):
    with pytest.raises(ValueError, match="row 1 lacks 'b'"):
        results_table([{"a": 1, "b": 2}, {"a": 1}])
    with pytest.raises(ValueError, match="no rows"):
        results_table([])
    with pytest.raises(ValueError, match="give 'max' or 'min'"):
        results_table([{"a": 1}], best={"a": "most"})
    assert capsys.readouterr().out == ""
