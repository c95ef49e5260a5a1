"""The Python half of the upsampling explorer: what it takes, what it refuses, its numbers and its picture."""

import io
import itertools
import json
import random
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from segedu.ops.unpooling import bed_of_nails
from segedu.ops.upsampling import interpolation_matrix
from segedu.widgets import UpsamplingExplorer
from segedu.widgets.kit.packed import unpack
from segedu.widgets.upsampling.core import METHODS, WEIGHTED, axis_place, axis_taps, default_before, photo_crop, pool

MAP = torch.tensor([[1.0, 3, 2, 4], [5, 2, 6, 1], [3, 7, 4, 2]], dtype=torch.float64)


@pytest.mark.parametrize("method", ["nearest", "nearest-exact", "bilinear", "bicubic"])
def test_output_is_what_interpolate_gives(method):
    for factor, align in itertools.product((2, 3, 5), (False, True)):
        explorer = UpsamplingExplorer(method=method, factor=factor, align_corners=align)
        options = {"align_corners": align} if method in WEIGHTED else {}
        expected = F.interpolate(MAP[None, None], scale_factor=factor, mode=method, **options)[0, 0]
        torch.testing.assert_close(explorer.output, expected, atol=1e-12, rtol=0)


def test_a_size_replaces_the_factor_only_where_something_is_interpolated():
    assert UpsamplingExplorer(size=(2, 7)).output.shape == (2, 7)
    assert UpsamplingExplorer(size=(2, 7), method="bed of nails").output.shape == (6, 8)
    assert UpsamplingExplorer(size=(2, 7), method="max unpooling").output_size == (6, 8)


def test_a_bed_of_nails_is_the_courses_own():
    explorer = UpsamplingExplorer(method="bed of nails", factor=3)
    assert torch.equal(explorer.output, bed_of_nails(MAP[None, None], 3)[0, 0])


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
def test_the_made_up_map_has_the_image_as_its_pooling_with_one_maximum_per_block(factor):
    before = default_before(MAP, factor)
    assert torch.equal(pool(before, factor), MAP)
    assert torch.equal(pool(default_before(-MAP, factor), factor), -MAP)
    blocks = before.unfold(0, factor, factor).unfold(1, factor, factor).flatten(2)
    assert bool((blocks == MAP[..., None]).sum(dim=2).eq(1).all())
    assert len(set(blocks.argmax(dim=2).flatten().tolist())) > 2


def test_unpooling_puts_the_maxima_back_and_nothing_else():
    before = torch.arange(24.0).reshape(4, 6).flip(1)
    explorer = UpsamplingExplorer(before=before, method="max unpooling")
    values, indices = F.max_pool2d(before[None, None].double(), 2, return_indices=True)
    assert explorer.image == values[0, 0].tolist()
    assert torch.equal(explorer.output, F.max_unpool2d(values, indices, 2)[0, 0])
    assert torch.equal(explorer.pooled_from, before.double())


def test_a_map_before_pooling_that_no_longer_fits_is_replaced():
    explorer = UpsamplingExplorer(before=np.eye(4, 6), method="max unpooling")
    explorer.image = [[9, 9, 9], [9, 9, 9]]
    assert torch.equal(pool(explorer.pooled_from, 2), torch.full((2, 3), 9.0, dtype=torch.float64))
    explorer.factor = 5
    assert explorer.output.shape == (10, 15)


def test_places_and_taps_are_those_of_the_interpolation_matrix():
    rng = random.Random(0)
    for _ in range(60):
        n, m, method = rng.randint(1, 6), rng.randint(1, 30), rng.choice(METHODS[:4])
        align = method in WEIGHTED and rng.random() < 0.5
        matrix = interpolation_matrix(n, m, method, align)
        for i in range(m):
            cells = {min(max(at, 0), n - 1) for _, at in axis_taps(n, m, method, align, i)}
            assert set(matrix[i].nonzero().flatten().tolist()) <= cells
            if method == "bilinear":
                place = float(axis_place(n, m, method, align, i))
                assert float(matrix[i] @ torch.arange(n).double()) == pytest.approx(
                    min(max(place, 0), n - 1), abs=1e-12
                )


def test_labels_are_rounded_a_half_to_the_even_id():
    explorer = UpsamplingExplorer([[1, 3]], labels=True)
    assert explorer.ids.tolist() == [[1, 2, 2, 3]] * 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"image": torch.ones(3, 5, 7)}, r"image has shape \(3, 5, 7\); give \(height, width\)"),
        ({"image": torch.ones(7, 5)}, r"image has shape \(7, 5\); give \(height, width\) with 1 to 6"),
        ({"image": [[float("nan")]]}, "not finite"),
        ({"method": "linear"}, "method is 'linear'; choose one of 'nearest', 'nearest-exact', 'bilinear', 'bicubic'"),
        ({"factor": 1}, "factor is 1; give one whole number from 2 to 5"),
        ({"factor": 2.0}, "factor is 2.0; give one whole number"),
        ({"size": 7}, r"size is 7; give \(height, width\), whole numbers from 1 to 30"),
        ({"size": (7, 31)}, r"size is \(7, 31\); give \(height, width\)"),
        ({"before": torch.ones(5, 6)}, r"before has shape \(5, 6\), which factor 2 does not divide"),
        ({"photo": torch.rand(3, 50, 200)}, "at least 60 × 120 pixels"),
        ({"photo": torch.zeros(3, 80, 200, dtype=torch.uint8)}, r"give \(3, H, W\) floats in \[0, 1\]"),
    ],
)
def test_bad_arguments_are_refused_with_the_cure(given, message):
    with pytest.raises(ValueError, match=message):
        UpsamplingExplorer(**given)


def test_the_middle_of_a_photo_travels_as_bytes():
    photo = torch.rand(3, 70, 140, generator=torch.Generator().manual_seed(0))
    crop = unpack(UpsamplingExplorer(photo=photo).photo, (60, 120, 3))
    assert np.array_equal(crop, (photo[:, 5:65, 10:130].permute(1, 2, 0) * 255).round().byte().numpy())
    assert photo_crop(None).shape == (60, 120, 3)


def test_state_is_what_the_view_needs_and_html_holds_it():
    explorer = UpsamplingExplorer(factor=3)
    text = explorer.html()
    state = json.loads(re.search(r"^const state = (.*);$", text, re.MULTILINE).group(1))
    assert state == explorer.state()
    names = {"image", "before", "method", "factor", "size", "align_corners", "labels", "photo", "position", "predict"}
    assert set(state) == names
    assert len(text) < 300_000


def test_picture_and_repr_are_the_same_in_every_run():
    one, two = UpsamplingExplorer(position=9), UpsamplingExplorer(position=9)
    assert one.picture() == two.picture()
    assert Image.open(io.BytesIO(one.picture())).width == 1056
    text = "UpsamplingExplorer(image=3×4, method='bilinear', output=6×8, align_corners=False)"
    assert repr(one) == repr(two) == text
    assert (
        repr(UpsamplingExplorer(method="bed of nails"))
        == "UpsamplingExplorer(image=3×4, method='bed of nails', output=6×8)"
    )


@pytest.mark.parametrize("method", METHODS)
def test_each_method_has_a_picture_and_words_for_it(method):
    explorer = UpsamplingExplorer(method=method, factor=3, position=1000, predict=method == "bicubic")
    assert "3 by 4 input and a 9 by 12 output" in explorer.describe()
    assert method in explorer.describe()
    assert len(explorer.picture()) > 5000


def test_a_large_output_and_a_single_cell_have_a_picture():
    for explorer in (
        UpsamplingExplorer(torch.eye(6), factor=5),
        UpsamplingExplorer([[1]], align_corners=True, size=(1, 1)),
    ):
        assert len(explorer.picture()) > 3000
