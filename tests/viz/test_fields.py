"""plot_receptive_field: what the operators return is drawn, also beyond the border."""

import matplotlib.colors
import numpy as np
import pytest
import torch
from torch import nn

from segedu.ops.receptive_fields import (
    ReceptiveField,
    effective_receptive_field,
    measured_receptive_field,
    receptive_field,
)
from segedu.viz import plot_receptive_field

ALT = "A description that is long enough."


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


def frame_of(figure, color):
    """Return a frame of a color as (x, y, width, height), and whether its line is dashed."""
    frames = [patch for patch in figure.axes[0].patches if matplotlib.colors.same_color(patch.get_edgecolor(), color)]
    frame = frames[0]
    return (*frame.get_xy(), frame.get_width(), frame.get_height()), frame.get_linestyle() not in ("-", "solid")


def test_a_box_is_drawn_at_its_rows_and_columns(figure_of, places):
    field = ReceptiveField(size=(5, 11))  # as high and as wide as the box that it sees
    figure = figure_of(plot_receptive_field, torch.rand(3, 40, 60), ALT, analytic=field, position=(10, 30), height=400)
    top, left, bottom, right = field.box((10, 30))
    (x, y, width, height), *_ = places(figure)[0]
    zoom = height / 40
    assert width == pytest.approx(60 * zoom)
    frame, _ = frame_of(figure, "#0072B2")
    expected = (x + left * zoom, y + top * zoom, (right - left) * zoom, (bottom - top) * zoom)
    assert frame == pytest.approx(expected)
    assert (bottom - top, right - left) == (5, 11)


def test_the_analytic_frame_is_dashed_only_where_another_one_shows_through(figure_of):
    layers, shape = nn.Conv2d(3, 4, 3), (1, 3, 20, 30)
    measured = measured_receptive_field(layers, shape)
    both = {"analytic": receptive_field(layers), "measured": measured}
    image = torch.rand(shape)[0]
    assert frame_of(figure_of(plot_receptive_field, image, ALT, **both), "#0072B2")[1]
    assert not frame_of(figure_of(plot_receptive_field, image, ALT, **both), "#D55E00")[1]
    alone = figure_of(plot_receptive_field, image, ALT, analytic=both["analytic"], position=(2, 3))
    assert not frame_of(alone, "#0072B2")[1]


@pytest.mark.parametrize(("dilation", "has_holes"), [(1, False), (2, True)])
def test_pixels_that_count_are_tinted_if_the_measured_field_has_holes(figure_of, dilation, has_holes):
    measured = measured_receptive_field(nn.Conv2d(3, 4, 3, dilation=dilation), (1, 3, 20, 30))
    figure = figure_of(plot_receptive_field, torch.zeros(3, 20, 30), ALT, measured=measured)
    pixels = np.asarray(figure.axes[0].images[0].get_array())
    is_tinted = (pixels != 45).any(axis=2)
    assert np.array_equal(is_tinted, measured.mask.numpy()) == has_holes
    assert is_tinted.any() == has_holes


def test_the_effective_field_glows_yellow_where_it_is_greatest(figure_of):
    effective = torch.zeros(20, 30)
    effective[4, 7], effective[4, 8] = 1.0, 0.25
    figure = figure_of(plot_receptive_field, torch.zeros(3, 20, 30), ALT, effective=effective)
    pixels = np.asarray(figure.axes[0].images[0].get_array()).astype(int)
    assert pixels[4, 7].tolist() == [0xF0, 0xE4, 0x42]
    assert pixels[4, 8].tolist() == [round(45 + 0.5 * (part - 45)) for part in (0xF0, 0xE4, 0x42)]
    assert pixels[4, 9].tolist() == [45] * 3


def test_a_large_field_is_not_shown_a_second_time(figure_of):
    image = torch.rand(3, 20, 30)
    small = figure_of(plot_receptive_field, image, ALT, analytic=ReceptiveField((3, 3)), position=(9, 9))
    large = figure_of(plot_receptive_field, image, ALT, analytic=ReceptiveField((19, 19)), position=(0, 0))
    assert (len(small.axes[0].images), len(large.axes[0].images)) == (2, 1)


def test_the_legend_says_how_high_and_wide_the_fields_are(figure_of, texts):
    figure = figure_of(
        plot_receptive_field, torch.rand(3, 40, 60), ALT, analytic=ReceptiveField((5, 11)), position=(9, 9)
    )
    assert "analytic: 5 × 11" in texts(figure)


def test_the_enlarged_view_has_the_frame_in_its_middle(figure_of, places):
    figure = figure_of(
        plot_receptive_field, torch.rand(3, 60, 90), ALT, analytic=ReceptiveField((5, 11)), position=(20, 60)
    )
    pictures, _ = places(figure)
    x, y, width, height = pictures[1]
    blue = [patch for patch in figure.axes[0].patches if matplotlib.colors.same_color(patch.get_edgecolor(), "#0072B2")]
    frame = blue[1]
    zoom = frame.get_width() / 11
    assert frame.get_height() == pytest.approx(5 * zoom)
    assert frame.get_x() + frame.get_width() / 2 == pytest.approx(x + width / 2, abs=zoom)
    assert frame.get_y() + frame.get_height() / 2 == pytest.approx(y + height / 2, abs=zoom)


def test_a_field_in_the_padding_lies_outside_of_the_image(figure_of, places):
    field = receptive_field([(3, 1, 1)] * 4)
    figure = figure_of(plot_receptive_field, torch.rand(3, 20, 30), ALT, analytic=field, position=(0, 15))
    pictures, _ = places(figure)
    frame, _ = frame_of(figure, "#0072B2")
    top, _, bottom, _ = field.box((0, 15))
    zoom = frame[3] / (bottom - top)
    assert top < 0
    assert pictures[0][1] - frame[1] == pytest.approx(-top * zoom)
