"""The Python half of the gridding explorer: what it takes, what it refuses, its picture and its numbers."""

import io
import json
import random

import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from segedu.data.scenes import Scenes
from segedu.ops.receptive_fields import measured_receptive_field
from segedu.widgets import GriddingExplorer
from segedu.widgets.gridding.explorer import as_rates

PHOTO = torch.rand(3, 20, 26, generator=torch.Generator().manual_seed(0))


def uniform(rates, kernel_size):
    stack = nn.Sequential(*[nn.Conv2d(1, 1, kernel_size, dilation=rate, bias=False) for rate in rates]).double()
    for weight in stack.parameters():
        nn.init.ones_(weight)
    return stack


@pytest.mark.parametrize("seed", range(50))
def test_counts_are_torchs_gradient_and_the_mask_is_the_measured_field(seed):
    rng = random.Random(seed)
    rates, kernel_size = [rng.randint(1, 8) for _ in range(rng.randint(1, 4))], rng.randint(2, 5)
    explorer = GriddingExplorer(rates, kernel_size, PHOTO)
    stack, size = uniform(rates, kernel_size), (1, 1, explorer.field, explorer.field)
    image = torch.zeros(size, dtype=torch.float64, requires_grad=True)
    output = stack(image)
    assert output.shape == (1, 1, 1, 1)
    output.sum().backward()
    assert torch.equal(explorer.counts, image.grad[0, 0].long())
    assert torch.equal(explorer.counts > 0, measured_receptive_field(stack, size).mask)
    assert explorer.holes == int((image.grad == 0).sum())


def test_levels_are_the_counts_of_the_layers_above():
    levels = GriddingExplorer((1, 2, 5), image=PHOTO).levels
    assert [len(level) for level in levels] == [17, 15, 11, 1]
    x = torch.zeros(1, 1, 15, dtype=torch.float64, requires_grad=True)
    ones = torch.ones(1, 1, 3, dtype=torch.float64)
    F.conv1d(F.conv1d(x, ones, dilation=2), ones, dilation=5).sum().backward()
    assert levels[1].tolist() == x.grad[0, 0].tolist()
    assert levels[3].tolist() == [1]


def test_two_two_two_leaves_120_holes_and_one_two_five_none():
    assert GriddingExplorer((2, 2, 2), image=PHOTO).holes == 120
    assert GriddingExplorer((1, 2, 5), image=PHOTO).holes == 0


def test_the_order_of_the_rates_changes_no_pixel():
    one, two = (GriddingExplorer(rates, image=PHOTO) for rates in ((1, 2, 5), (5, 1, 2)))
    assert torch.equal(one.counts, two.counts)
    assert [len(level) for level in one.levels] != [len(level) for level in two.levels]


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ((), "the stack has 0 rates; give 1 to 6"),
        ((1,) * 7, "the stack has 7 rates"),
        ((1, 0), r"the rates are \(1, 0\); give whole numbers from 1 to 16"),
        ((1, 17), "whole numbers from 1 to 16"),
        ((1, 2.5), "whole numbers from 1 to 16"),
        ((True, 2), "whole numbers from 1 to 16"),
        ("1, 2", "the rates are '1, 2'; give whole numbers"),
        (None, "the rates are None; give whole numbers"),
    ],
)
def test_other_rates_are_refused_in_one_sentence(rates, message):
    with pytest.raises(ValueError, match=message):
        GriddingExplorer(rates)


@pytest.mark.parametrize("kernel_size", [1, 6, 2.5, True, (3, 3), "3"])
def test_other_kernels_are_refused(kernel_size):
    with pytest.raises(ValueError, match="give 2, 3, 4 or 5 taps per axis"):
        GriddingExplorer((1, 2), kernel_size)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (torch.rand(8, 8), r"give \(3, H, W\) floats"),
        (torch.zeros(3, 8, 8, dtype=torch.uint8), r"give \(3, H, W\) floats"),
        (torch.rand(3, 8, 300), "8 × 300 pixels; shrink it to at most 256 per side"),
    ],
)
def test_other_images_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        GriddingExplorer(image=image)


def test_rates_may_be_a_tensor_a_list_or_a_single_number():
    assert as_rates(torch.tensor([1, 2])) == [1, 2]
    assert as_rates([4]) == as_rates(4) == [4]
    explorer = GriddingExplorer(image=PHOTO)
    explorer.rates = (1, 3)  # a trait: what is set in Python shows in the page
    assert explorer.rates == [1, 3]
    assert explorer.field == 9


def test_in_the_default_scene_the_holes_hide_a_pole_that_the_next_column_sees():
    explorer = GriddingExplorer()
    scene = Scenes(1, size=(96, 128), seed=6)[0]
    pole = scene["label_map"] == Scenes.thin_class
    row, col = explorer.position
    for shift, seen in ((0, 0), (1, 7)):  # of the 13 pole pixels in the field
        window = pole[row - 6 : row + 7, col + shift - 6 : col + shift + 7]
        assert int(window.sum()) == 13
        assert int((window & (explorer.counts > 0)).sum()) == seen


def test_state_is_what_the_view_needs_and_json_holds_it():
    state = GriddingExplorer((1, 2), image=PHOTO, position=(3, 4)).state()
    assert set(state) == {"rates", "kernel_size", "step", "predict", "photo", "size", "position"}
    assert json.loads(json.dumps(state))["position"] == [3, 4]
    assert state["size"] == [20, 26]


@pytest.mark.parametrize("rates", [(1,), (2, 2, 2), (4, 8, 16), (16,) * 6])
def test_every_field_has_a_picture_also_where_it_is_larger_than_the_image(rates):
    explorer = GriddingExplorer(rates, 5, PHOTO, position=(0, 25))
    assert Image.open(io.BytesIO(explorer.picture())).width == 1056


def test_name_and_words_are_the_same_in_every_run():
    one, two = GriddingExplorer(), GriddingExplorer()
    assert repr(one) == repr(two) == "GriddingExplorer(rates=(2, 2, 2), kernel_size=3, 49 of 169 pixels)"
    assert "49 pixels are reached, 120 are holes that no path reaches" in one.describe()


def test_the_mime_bundle_is_small_and_has_the_picture_with_alt_text():
    explorer = GriddingExplorer()
    data, metadata = explorer._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == explorer.describe()
    assert len(explorer.html()) < 400_000
