"""The Python half of the receptive-field explorer: what it takes, what it refuses, its picture and its numbers."""

import io

import pytest
import torch
from PIL import Image
from torch import nn

from segedu.ops.receptive_fields import effective_receptive_field, measured_receptive_field, receptive_field
from segedu.widgets import ReceptiveFieldExplorer
from segedu.widgets.kit.paths import level_lengths, path_counts
from segedu.widgets.receptive_field.stacks import STACKS, as_layers

PHOTO = torch.rand(3, 40, 56, generator=torch.Generator().manual_seed(0))


def uniform(layers):
    """Return the layers as a one-channel module with equal positive weights."""
    made = [
        nn.AvgPool2d(layer["kernel"], layer["stride"], layer["padding"])
        if layer["kind"] == "pool"
        else nn.Conv2d(1, 1, layer["kernel"], layer["stride"], layer["padding"], layer["dilation"], bias=False)
        for layer in layers
    ]
    stack = nn.Sequential(*made).double()
    for weight in stack.parameters():
        nn.init.constant_(weight, 1 / weight.numel())
    return stack


@pytest.mark.parametrize("name", STACKS)
def test_weights_are_the_effective_field_of_uniform_positive_weights(name):
    explorer = ReceptiveFieldExplorer(name, PHOTO, position=(1, 1))
    module, size = uniform(explorer.layers), (1, 1, 40, 56)
    field = torch.outer(*explorer.weights)
    effective = effective_receptive_field(module, size, samples=1, position=explorer.cell)
    torch.testing.assert_close(field / field.sum(), effective)
    measured = measured_receptive_field(module, size, position=explorer.cell)
    assert torch.equal(field > 0, measured.mask)
    assert explorer.field == receptive_field(module, size)


def test_layers_may_be_names_numbers_tuples_dictionaries_and_modules():
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Sequential(nn.Conv2d(8, 8, 5, stride=2, dilation=2), nn.MaxPool2d(2)),
    )  # fmt: skip
    numbers = [(3, 1, 1), (5, 2, 0, 2), {"kind": "pool", "kernel": 2, "stride": 2}]
    assert as_layers(module) == as_layers(numbers)
    assert as_layers([3]) == [{"kind": "conv", "kernel": 3, "stride": 1, "padding": 0, "dilation": 1}]
    assert as_layers("strided") == STACKS["strided"]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("resnet", "there is no stack 'resnet'; choose one of four 3×3"),
        ([], "0 convolutions and poolings; give 1 to 20"),
        ([3] * 21, "21 convolutions"),
        ([(3, 0)], r"\(3, 0\) is no layer of the explorer"),
        ([(3, 1, 1, 1, 1)], "is no layer of the explorer"),
        ([nn.Conv2d(1, 1, (3, 5))], "whole numbers that hold for both axes"),
        ([nn.Conv2d(1, 1, 3, padding="same")], "is no layer of the explorer"),
        ([nn.Linear(3, 3)], "is no layer of the explorer"),
        ([{"kind": "pool"}], "is no layer of the explorer"),
        ([{"kind": "pole", "kernel": 3}], "is no layer of the explorer"),
    ],
)
def test_what_is_no_stack_is_refused_in_one_sentence(layers, message):
    with pytest.raises(ValueError, match=message):
        ReceptiveFieldExplorer(layers)


@pytest.mark.parametrize("image", [torch.rand(1, 3, 8, 8), torch.rand(8, 8), torch.zeros(3, 8, 8, dtype=torch.uint8)])
def test_other_images_are_refused(image):
    with pytest.raises(ValueError, match=r"give \(3, H, W\) floats"):
        ReceptiveFieldExplorer(image=image)


def test_large_photos_shrink_and_small_ones_stay():
    assert ReceptiveFieldExplorer(image=torch.rand(3, 300, 600)).size == [112, 224]
    assert ReceptiveFieldExplorer(image=PHOTO).size == [40, 56]


def test_the_default_cell_is_the_middle_and_positions_stay_inside():
    assert ReceptiveFieldExplorer([3], PHOTO).cell == (19, 27)
    assert ReceptiveFieldExplorer([3], PHOTO, position=(100, 0)).cell == (37, 0)
    explorer = ReceptiveFieldExplorer([3], PHOTO)
    explorer.layers = [(3, 4)]
    assert explorer.cell == (5, 7)


def test_on_the_cat_the_cell_lies_over_the_same_place_for_every_stack():
    for name in STACKS:
        explorer = ReceptiveFieldExplorer(name)
        top, left, bottom, right = explorer.field.box(explorer.cell)
        jump = explorer.field.jump[0]
        assert abs((top + bottom - 1) / 2 - 52) <= max(jump / 2, 16)
        assert abs((left + right - 1) / 2 - 80) <= max(jump / 2, 16)


@pytest.mark.parametrize(
    "layers",
    [
        [(41,)],
        [(3, 2, 0, 8), (7, 4), (9,)],
        [{"kind": "pool", "kernel": 3, "padding": 2}],
        [nn.MaxPool2d(3, dilation=2)],
    ],
)
def test_a_stack_that_can_not_be_is_explained_in_words_and_picture(layers):
    explorer = ReceptiveFieldExplorer(layers, PHOTO)
    assert not explorer.fits
    assert "there is no output" in explorer.describe()
    assert Image.open(io.BytesIO(explorer.picture())).width == 1056
    with pytest.raises(ValueError, match="has no output: a layer can't be built"):
        _ = explorer.weights


def test_a_cell_that_sees_padding_only_has_a_picture_too():
    explorer = ReceptiveFieldExplorer([(1, 1, 5)], PHOTO, position=(0, 0))
    assert explorer.half_side == 0
    assert Image.open(io.BytesIO(explorer.picture())).width == 1056
    assert "0 pixels of the photo reach it" in explorer.describe()


def test_path_counts_are_binomial_for_two_taps():
    counts = path_counts([{"kernel": 2, "stride": 1, "padding": 0, "dilation": 1}] * 4, 8, 2)
    assert counts[0].tolist() == [0, 0, 1, 4, 6, 4, 1, 0]
    assert [len(level) for level in counts] == level_lengths(
        [{"kernel": 2, "stride": 1, "padding": 0, "dilation": 1}] * 4, 8
    )


def test_picture_and_repr_are_the_same_in_every_run():
    one, two = (ReceptiveFieldExplorer("gridding 2-2-2", PHOTO) for _ in range(2))
    assert one.picture() == two.picture()
    assert repr(one) == repr(two) == "ReceptiveFieldExplorer(3 layers, field 13×13, jump 1, photo 40×56)"
    assert "49 pixels of the photo reach it" in one.describe()


def test_html_and_bundle_are_small_enough_for_a_notebook():
    explorer = ReceptiveFieldExplorer("VGG-16")
    assert len(explorer.html()) < 900_000
    data, metadata = explorer._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == explorer.describe()
