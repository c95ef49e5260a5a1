"""The Python half of the network cost explorer: what it takes, what it refuses, its numbers and its picture."""

import io

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import segedu as se
from segedu.widgets import NetworkCostExplorer
from segedu.widgets.network_cost.core import scaled
from segedu.widgets.network_cost.designs import PRESETS, UPS, as_design, channels_of, without_strides

LAYERS = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=6)
DESIGNS = st.fixed_dictionaries(
    {"layers": LAYERS, "channels": st.integers(1, 24), "kernel": st.sampled_from([1, 3, 5]), "double": st.booleans()}
)
SIDES = st.integers(8, 120)


@settings(max_examples=40, deadline=None)
@given(design=DESIGNS, up=st.sampled_from(UPS), height=SIDES, width=SIDES, bf16=st.booleans())
def test_totals_are_those_of_segedu_ops_on_the_module(design, up, height, width, bf16):
    explorer = NetworkCostExplorer(
        {**design, "up": up}, size=(height, width), batch=3, precision="bf16" if bf16 else "fp32"
    )
    totals, shape = explorer.totals, (3, 3, height, width)
    assert totals.parameters == se.count_parameters(explorer.module)
    assert totals.macs == se.count_macs(explorer.module, shape)
    dtype = torch.bfloat16 if bf16 else torch.float32
    assert totals.activation_bytes == se.ops.activation_memory(explorer.module, shape, dtype)
    assert totals.weight_bytes == 16 * totals.parameters
    if up == "none":
        assert totals.field == se.receptive_field(explorer.module).size


@pytest.mark.parametrize("up", UPS)
@pytest.mark.parametrize("strides", [[2, 1, 2], [1, 3, 1], [2, 2, 2]])
def test_the_field_of_the_middle_cell_is_what_its_gradient_reaches(up, strides):
    explorer = NetworkCostExplorer({"layers": strides, "channels": 1, "up": up}, size=(96, 118), classes=2)
    measured = se.ops.measured_receptive_field(explorer.module, (1, 3, 96, 118))
    assert not measured.touches_border
    assert explorer.totals.field == measured.size


def test_formulas_by_hand_for_one_layer():
    (row, scores) = NetworkCostExplorer({"layers": [2], "channels": 8}, size=(40, 56), batch=2, classes=5).layers
    assert row.output_shape == (2, 8, 20, 28)
    assert row.parameters == 3 * 3 * 3 * 8 + 8
    assert row.macs == 2 * 3 * 3 * 3 * 8 * 20 * 28
    assert row.bytes == 2 * 8 * 20 * 28 * 4
    assert row.field == (3, 3)
    assert scores.macs == 2 * 8 * 5 * 20 * 28


def test_inference_needs_the_largest_input_and_output_training_all_outputs():
    training = NetworkCostExplorer({"layers": [2, 1], "channels": 8}, size=(40, 56), batch=1, classes=2)
    inference = NetworkCostExplorer(training.design, size=(40, 56), batch=1, classes=2, training=False)
    assert training.totals.activation_bytes == (8 + 8 + 2) * 20 * 28 * 4
    assert inference.totals.activation_bytes == max(3 * 40 * 56 + 8 * 20 * 28, (8 + 8) * 20 * 28) * 4
    assert inference.totals.weight_bytes == 4 * training.totals.parameters


def test_the_largest_batch_fits_and_one_more_does_not():
    explorer = NetworkCostExplorer()
    batch = explorer.totals.largest_batch
    for images, fits in ((batch, True), (batch + 1, False)):
        explorer.batch = images
        assert (explorer.totals.activation_bytes + explorer.totals.weight_bytes <= 16e9) == fits
    huge = {"layers": [{"stride": 1, "times": 4}] * 16, "channels": 128}
    assert NetworkCostExplorer(huge, size=(1024, 1024)).totals.largest_batch == 0


def test_dropping_the_strides_keeps_the_weights_and_costs_the_view():
    explorer = NetworkCostExplorer()
    dropped, pooled = explorer.totals, explorer.reference_totals
    assert explorer.design == without_strides(as_design("downsampling"))
    assert dropped.parameters == pooled.parameters
    assert dropped.macs / pooled.macs == pytest.approx(34.07, abs=0.01)
    assert dropped.activation_bytes / pooled.activation_bytes == pytest.approx(12.95, abs=0.01)
    assert (dropped.field, pooled.field) == ((17, 17), (61, 61))


def test_all_presets_but_the_dropped_one_take_about_the_same_macs():
    macs = {name: NetworkCostExplorer(name).totals.macs for name in PRESETS}
    dropped = macs.pop("strides dropped")
    assert max(macs.values()) / min(macs.values()) < 1.01
    assert dropped > 33 * max(macs.values())


def test_a_layer_may_be_a_stride_a_pair_or_a_dictionary():
    design = as_design({"layers": [2, (1, 4), {"stride": 2, "times": 3}]})
    assert design["layers"] == [
        {"stride": 2, "dilation": 1, "times": 1},
        {"stride": 1, "dilation": 4, "times": 1},
        {"stride": 2, "dilation": 1, "times": 3},
    ]
    assert as_design(design) == design
    assert channels_of(as_design({"layers": [2] * 6, "channels": 32, "double": True})) == [64, 128, 256, 512, 512, 512]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"design": "resnet"}, "there is no design 'resnet'; choose one of downsampling"),
        ({"design": [1, 2]}, r"\[1, 2\] is no design; give a preset's name or a dictionary"),
        ({"design": {"channels": 3}}, "is no design; give"),
        ({"design": {"layers": [1], "depth": 3}}, "is no design; give"),
        ({"design": {"layers": []}}, r"the layers are \[\]; give a list of 1 to 16"),
        ({"design": {"layers": [1] * 17}}, "give a list of 1 to 16"),
        ({"design": {"layers": [0]}}, "stride is 0; give a whole number from 1 to 4"),
        ({"design": {"layers": [(1, 17)]}}, "dilation is 17; give a whole number from 1 to 16"),
        ({"design": {"layers": [(1, 1, 1)]}}, r"\(1, 1, 1\) is no layer; give a stride"),
        ({"design": {"layers": [{"rate": 2}]}}, r"\{'rate': 2\} is no layer"),
        ({"design": {"layers": [1], "kernel": 4}}, r"kernel is 4; give one of \[1, 3, 5, 7\]"),
        ({"design": {"layers": [1], "channels": True}}, "channels is True; give a whole number from 1 to 128"),
        ({"reference": {"layers": [1], "up": "twice"}}, "up is 'twice'; choose one of 'none', 'at once'"),
        ({"size": (4, 480)}, r"the size is \[4, 480\]; give height and width, 8 to 1024"),
        ({"size": (360,)}, "give height and width"),
    ],
)
def test_what_is_no_design_is_refused_in_one_sentence(given, message):
    with pytest.raises(ValueError, match=message):
        NetworkCostExplorer(**given)


def test_what_the_page_sets_is_checked_too():
    explorer = NetworkCostExplorer()
    explorer.design = {"layers": [2, 1]}
    assert explorer.design["channels"] == 32
    with pytest.raises(ValueError, match="is no design"):
        explorer.design = {}


def test_three_digits_and_a_prefix():
    values = [999, 1000, 12250, 999499, 999500, 99532800, 6137889177600]
    assert [scaled(value) for value in values] == ["999", "1.00 k", "12.3 k", "999 k", "1.00 M", "99.5 M", "6.14 T"]


@pytest.mark.parametrize("design", [*PRESETS, {"layers": [(4, 16)] * 16, "channels": 128, "double": True}])
def test_every_design_has_a_picture_and_words(design):
    explorer = NetworkCostExplorer(design, "down and up", size=(40, 1000))
    assert Image.open(io.BytesIO(explorer.picture())).size == (1056, 550)
    assert f"{explorer.totals.parameters:,} parameters" in explorer.describe()
    assert "The second, down and up: 1,307,035 parameters" in explorer.describe()


def test_name_and_words_are_the_same_in_every_run():
    one, two = NetworkCostExplorer(), NetworkCostExplorer()
    assert len(one.html()) < 300_000
    assert (
        repr(one)
        == repr(two)
        == ("NetworkCostExplorer(image 360×480, batch 16: 6.14 T MACs, sees 17×17; against 180 G MACs, sees 61×61)")
    )


def test_the_bundle_has_the_picture_with_alt_text():
    explorer = NetworkCostExplorer("dilated", "full resolution")
    data, metadata = explorer._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == explorer.describe()
