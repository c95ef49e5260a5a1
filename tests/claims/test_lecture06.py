"""What lecture 06 claims: equalities on random configurations, holes counted, and poles that want a fine map.

The training claims run with fewer steps, on scenes with thicker poles; with SEGEDU_CLAIMS=full they make the lecture's
whole table anew.
"""

import json
import os
import random
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from recipe_loader import load_recipe
from torch import nn

import segedu as se

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
CONFIGURATIONS = range(60)
SEEDS = (0, 1, 2)


def drawn(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, dict[str, int]]:
    """Draw image, weight, bias and options of one dilated convolution, never square."""
    rng = random.Random(seed)
    rate, kh, channels = rng.randint(1, 5), rng.randint(1, 3), rng.randint(1, 4)
    kw = rng.choice([k for k in (1, 2, 3) if k != kh])
    height = rng.randint(12, 15)
    generator = torch.Generator().manual_seed(seed)
    shape = (rng.randint(1, 2), channels, height, height + rng.randint(1, 4))
    weight = torch.randn(rng.randint(1, 4), channels, kh, kw, generator=generator)
    options = {"stride": rng.randint(1, 3), "padding": rng.randint(0, 4), "dilation": rate}
    return torch.randn(shape, generator=generator), weight, torch.randn(len(weight), generator=generator), options


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_loops_and_the_stuffed_kernel_equal_torchs_dilated_convolution(seed):
    x, weight, bias, options = drawn(seed)
    expected = F.conv2d(x, weight, bias, **options)
    torch.testing.assert_close(se.ops.conv2d_loops(x, weight, bias, **options), expected, atol=1e-4, rtol=1e-4)
    stuffed = se.ops.dilate_kernel(weight, options["dilation"])
    plain = F.conv2d(x, stuffed, bias, options["stride"], options["padding"])
    torch.testing.assert_close(plain, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_a_stride_before_is_a_rate_and_a_stride_after(seed):
    x, weight, _, options = drawn(seed)
    rate = options["dilation"]
    after = F.conv2d(x, weight, dilation=rate) if min(x.shape[2:]) > 2 * rate else None
    if after is not None:
        before = F.conv2d(x[:, :, ::rate, ::rate], weight)
        torch.testing.assert_close(
            after[:, :, ::rate, ::rate][..., : before.shape[2], : before.shape[3]], before, atol=1e-4, rtol=1e-4
        )


@pytest.mark.parametrize("rate", range(1, 33))
def test_parameters_and_macs_do_not_depend_on_the_rate(rate):
    conv = nn.Conv2d(32, 32, 3, padding=rate, dilation=rate)
    assert se.count_parameters(conv) == 9_248
    assert se.count_macs(conv, (1, 32, 96, 128)) == 9 * 32 * 32 * 96 * 128


@pytest.mark.parametrize("depth", range(1, 16))
def test_the_field_of_doubling_rates_is_two_to_the_depth_plus_one_minus_one(depth):
    rates = [2**i for i in range(depth)]
    assert se.receptive_field([(3, 1, rate, rate) for rate in rates]).size[0] == 2 ** (depth + 1) - 1
    assert se.ops.grid_holes(rates) == 0


def random_backbone(seed: int) -> tuple[nn.Sequential, int]:
    """Draw a strided backbone with normalization and poolings, and its output stride."""
    rng = random.Random(seed)
    layers, channels, total = [], 3, 1
    with se.seeded(seed):
        for _ in range(rng.randint(3, 6)):
            kernel, stride, width = rng.choice((1, 2, 3, 5)), rng.choice((1, 2, 2)), rng.randint(2, 6)
            stride = stride if total < 16 else 1
            layers += [nn.Conv2d(channels, width, kernel, stride, rng.randint(0, kernel // 2)), nn.BatchNorm2d(width)]
            layers += [nn.ReLU()] if rng.random() < 0.5 else [nn.MaxPool2d(3, 1, 1)]
            channels, total = width, total * stride
    return nn.Sequential(*layers).eval(), total


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_a_converted_backbone_equals_the_strided_one_at_the_sampled_points_to_1e_5(seed):
    backbone, own = random_backbone(seed)
    image = torch.randn(1, 3, 61 + seed, 80 + seed, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        expected = backbone(image)
        for output_stride in (stride for stride in (1, 2, 4, 8, 16) if stride <= own):
            rate = own // output_stride
            dense = se.ops.strided_to_dilated(backbone, output_stride)(image)[:, :, ::rate, ::rate]
            torch.testing.assert_close(dense, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_holes_are_counted_as_a_gradient_finds_them(seed):
    rng = random.Random(seed)
    rates = [rng.randint(1, 6) for _ in range(rng.randint(1, 4))]
    field = 1 + 2 * sum(rates)
    stack = nn.Sequential(*[nn.Conv2d(1, 1, 3, dilation=rate) for rate in rates])
    seen = se.ops.measured_receptive_field(stack, (1, 1, field, field), (0, 0)).mask
    assert int((~seen.any(dim=0)).sum()) == se.ops.grid_holes(rates)
    assert int(seen.sum()) == (field - se.ops.grid_holes(rates)) ** 2


def test_equal_rates_give_neighbors_without_a_common_pixel():
    counts = se.ops.tap_counts([2, 2, 2])
    seen = counts.outer(counts) > 0
    assert (int(seen.sum()), seen.numel()) == (49, 169)
    assert not (seen[:, 1:] & seen[:, :-1]).any()


@pytest.mark.parametrize("layers", range(1, 5))
def test_no_list_of_so_many_rates_sees_further_without_holes_than_powers_of_three(layers):
    assert se.ops.grid_holes([3**i for i in range(layers)]) == 0
    widest = 1
    for seed in range(300):
        rng = random.Random(seed)
        rates = [rng.randint(1, 3**layers) for _ in range(layers)]
        if se.ops.grid_holes(rates) == 0:
            widest = max(widest, len(se.ops.tap_counts(rates)))
    assert widest <= 3**layers


def test_a_large_rate_on_a_small_map_leaves_little_but_the_middle_tap():
    taps = F.conv2d(torch.ones(1, 1, 24, 32), torch.ones(1, 1, 3, 3), padding=24, dilation=24)
    assert taps.max() == 2
    assert taps.mean() < 1.6


# ---- training: the lecture's own networks, data and score, as its recipe reads them ----


def recipe() -> ModuleType:
    """Return the recipe of the lecture's tables as a module."""
    return load_recipe("06_dilated_convolution")


@cache
def lecture(steps: int) -> dict[str, Any]:
    """Return what the lecture defines, with a budget of `steps`."""
    return recipe().lecture(steps=steps)


def test_the_settings_differ_in_output_stride_and_field_alone():
    names = lecture(80)
    backbones = [recipe().backbone_of(names, setting) for setting in names["settings"]]
    fields = [se.receptive_field(backbone) for backbone in backbones]
    assert [field.jump[0] for field in fields] == [16, 8, 4, 4]
    assert [field.size[0] for field in fields] == [63, 63, 63, 31]
    assert len({se.count_parameters(backbone) for backbone in backbones}) == 1
    assert se.count_macs(backbones[2], (1, 3, 96, 128)) == se.count_macs(backbones[3], (1, 3, 96, 128))


def check_table(rows: list[dict[str, Any]]) -> None:
    """Assert that poles follow the output stride and stones the field, by margins well beyond the spread of seeds."""
    poles = [row["pole IoU"] for row in rows]
    stones = [row["look-alike accuracy"] for row in rows]
    assert all(finer > coarser + 0.04 for coarser, finer in pairwise(poles[:3]))
    assert poles[2] > poles[0] + 0.15
    assert abs(poles[3] - poles[2]) < 0.06
    assert min(stones[:3]) > 0.93
    assert stones[3] < min(stones[:3]) - 0.08
    assert rows[2]["mean IoU"] > rows[0]["mean IoU"] + 0.1
    assert all(row["± pole IoU"] < 0.04 for row in rows)


def test_the_stored_table_says_what_the_lecture_says():
    rows = json.loads(se.shipped("results/06_ablation.json").read_text(encoding="utf-8"))["rows"]
    check_table(rows)
    assert [row["setting"] for row in rows] == list(lecture(80)["settings"])


@cache
def quick_lecture() -> dict[str, Any]:
    """Return what the lecture defines for a short training: more poles, three pixels wide, with more weight."""
    names = recipe().lecture(steps=70)
    names["dials"].update(thin=3.0, thin_width=3.0)
    names["train"], names["val"] = names["load"]("train", 96)[1], names["load"]("val", 24)[1]
    names["weights"][names["thin"]] = 4.0
    return names


@pytest.mark.slow
@pytest.mark.skipif(FULL, reason="the full form makes the whole table")
@pytest.mark.parametrize("seed", SEEDS)
def test_poles_gain_from_a_smaller_output_stride_at_equal_steps_in_short(seed):
    names = quick_lecture()
    coarse, fine = (recipe().measure(names, f"output stride {stride}", seed)["pole IoU"] for stride in (16, 4))
    assert fine > coarse + 0.1, f"seed {seed}: {fine:.3f} at output stride 4, {coarse:.3f} at 16"


@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_poles_follow_the_output_stride_and_stones_the_field_over_three_seeds():
    names = lecture(recipe().STEPS)
    check_table([recipe().row(names, setting) for setting in names["settings"]])
