"""What lecture 08 claims: three views of one operator, when stamps overlap evenly, and which decoders draw a grid.

The training claim runs over three seeds with fewer steps; with SEGEDU_CLAIMS=full it makes the whole table anew.
"""

import json
import os
import random
from functools import cache
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
GRID = "grid (%)"


def options(seed: int) -> dict[str, int]:
    """Draw stride, padding, output_padding and dilation of one configuration."""
    rng = random.Random(seed)
    stride, dilation = rng.randint(1, 3), rng.randint(1, 3)
    extra = rng.randint(0, max(stride, dilation) - 1)
    return {"stride": stride, "padding": rng.randint(0, 1), "output_padding": extra, "dilation": dilation}


def tensors(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draw input, weight and bias of one configuration, never square."""
    rng = random.Random(seed + 1000)
    channels, outputs, kh = rng.randint(1, 4), rng.randint(1, 4), rng.randint(2, 3)
    height = rng.randint(2, 4)
    shape = (rng.randint(1, 2), channels, height, height + rng.randint(1, 3))
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(shape, generator=generator),
        torch.randn(channels, outputs, kh, 5 - kh, generator=generator),
        torch.randn(outputs, generator=generator),
    )


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_scatter_matrix_and_gradient_equal_torch(seed):
    arguments = tensors(seed)
    expected = F.conv_transpose2d(*arguments, **options(seed))
    for view in (se.ops.conv_transpose2d_scatter, se.ops.conv_transpose2d_matrix, se.ops.conv_transpose2d_gradient):
        torch.testing.assert_close(view(*arguments, **options(seed)), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_the_size_formula_equals_torchs_shape(seed):
    x, weight, _ = tensors(seed)
    size = se.ops.transposed_output_size(tuple(x.shape[2:]), tuple(weight.shape[2:]), **options(seed))
    assert size == tuple(F.conv_transpose2d(x, weight, **options(seed)).shape[2:])


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_the_gradient_of_a_transposed_convolution_is_a_convolution(seed):
    x, weight, _ = tensors(seed)
    s, p, extra, d = options(seed).values()
    y = F.conv_transpose2d(x.requires_grad_(), weight, None, s, p, extra, 1, d)
    given = torch.randn_like(y)
    (gradient,) = torch.autograd.grad(y, x, given)
    expected = F.conv2d(given, weight, None, s, p, d)[..., : x.shape[2], : x.shape[3]]
    torch.testing.assert_close(gradient, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_zeros_between_the_cells_and_a_turned_kernel_give_the_same(seed):
    x, weight, _ = tensors(seed)
    stride, (kh, kw) = 1 + seed % 3, weight.shape[2:]
    nails = torch.zeros(*x.shape[:2], (x.shape[2] - 1) * stride + 1, (x.shape[3] - 1) * stride + 1)
    nails[..., ::stride, ::stride] = x
    turned = weight.transpose(0, 1).flip(-2, -1)
    stuffed = F.conv2d(nails, turned, padding=(kh - 1, kw - 1))
    torch.testing.assert_close(stuffed, F.conv_transpose2d(x, weight, stride=stride), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kernel_size", range(1, 9))
@pytest.mark.parametrize("stride", range(1, 5))
def test_the_overlap_is_even_inside_iff_the_stride_divides_the_kernel(kernel_size, stride):
    inside = se.ops.overlap_count((20, 23), kernel_size, stride)[8:-8, 8:-8]
    assert (inside.min() == inside.max()) == (kernel_size % stride == 0)


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_down_and_up_with_one_kernel_does_not_return_the_input(seed):
    generator = torch.Generator().manual_seed(seed)
    z, weight = torch.randn(1, 1, 9, 12, generator=generator), torch.randn(1, 1, 3, 2, generator=generator)
    stride = 1 + seed % 2
    back = F.conv_transpose2d(F.conv2d(z, weight, stride=stride), weight, stride=stride)
    back = F.pad(back, (0, 12 - back.shape[3], 0, 9 - back.shape[2]))
    scale = (back * z).sum() / back.square().sum()  # not even up to the best factor
    assert (scale * back - z).norm() > 0.2 * z.norm()


def test_a_photograph_is_more_blurred_after_the_transpose_and_sharp_after_the_inverse():
    gray = se.photo("camera", size=(128, 192))[:1, 8:32, 72:108].double()[None]
    bump = torch.tensor([1.0, 2, 4, 2, 1]).double() / 10
    blur = torch.outer(bump, bump)[None, None]
    blurred = F.conv2d(gray, blur, padding=2)
    again = F.conv_transpose2d(blurred, blur, padding=2)
    solved = torch.linalg.solve(se.ops.conv_matrix(blur, (24, 36), padding=2), blurred.flatten()).view_as(gray)
    errors = [(picture - gray).abs().mean() for picture in (blurred, again, solved)]
    assert errors[1] > 1.3 * errors[0]
    assert errors[2] < 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_a_pixel_shuffle_is_a_transposed_convolution_without_overlap(seed):
    generator = torch.Generator().manual_seed(seed)
    x, weight = torch.randn(2, 5, 3, 4, generator=generator), torch.randn(5, 2, 3, 3, generator=generator)
    as_convolution = weight.permute(1, 2, 3, 0).reshape(2 * 9, 5, 1, 1)
    shuffled = F.pixel_shuffle(F.conv2d(x, as_convolution), 3)
    torch.testing.assert_close(shuffled, F.conv_transpose2d(x, weight, stride=3))


@pytest.mark.parametrize("seed", range(3))
def test_an_even_map_stays_even_behind_resize_and_convolution_only(seed):
    with se.seeded(seed):
        even = torch.rand(1, 8, 1, 1).expand(1, 8, 9, 12)
        decoders = [nn.ConvTranspose2d(8, 1, 3, stride=2), nn.ConvTranspose2d(8, 1, 4, stride=2)]
        decoders += [nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 1, 3))]
    with torch.no_grad():
        answers = [decoder(even)[0, 0, 3:15, 3:21] for decoder in decoders]
    spreads = [float(answer.max() - answer.min()) for answer in answers]
    assert min(spreads[:2]) > 0.02
    assert spreads[2] < 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_the_pattern_of_phases_has_the_energy_at_multiples_of_the_strides_frequency(seed):
    maps = torch.randn(1, 1, 12, 20, generator=torch.Generator().manual_seed(seed))
    pattern = maps.view(3, 4, 5, 4).mean(dim=(0, 2))
    share = 100 * pattern.var(correction=0) / maps.var(correction=0)
    assert lecture(1)["grid_share"](maps) == pytest.approx(share.item(), rel=1e-4)


def test_the_decoder_block_has_a_twenty_seventh_of_the_parameters():
    full, block = nn.ConvTranspose2d(64, 64, 4, stride=2, padding=1), lecture(1)["decoder_block"](64, 64, 16)
    assert (se.count_parameters(full), se.count_parameters(block)) == (65_600, 2_400)
    assert block(torch.rand(1, 64, 3, 5)).shape == (1, 64, 6, 10)


# ---- training: the lecture's own networks, data and score, as its recipe reads them ----


def recipe() -> ModuleType:
    """Return the recipe of the lecture's tables as a module."""
    return load_recipe("08_transposed_convolution")


@cache
def lecture(steps: int) -> dict[str, Any]:
    """Return what the lecture defines, with a budget of `steps`."""
    return recipe().lecture(steps=steps)


def test_the_decoders_start_from_equal_encoders_and_make_equal_shapes():
    names = lecture(1)
    for decoder in names["decoders"].values():
        assert names["network"](decoder)(torch.rand(1, 3, 64, 96)).shape == (1, len(names["classes"]), 64, 96)
    colleague, resized = (names["decoders"][name](24, 10) for name in ("transposed 3 × 3", "resize, then 3 × 3"))
    assert se.count_parameters(colleague) == se.count_parameters(resized) == 7_378


def test_the_stored_table_says_what_the_lecture_says():
    rows = json.loads(se.shipped("results/08_ablation.json").read_text(encoding="utf-8"))["rows"]
    check_table(rows)
    assert [row["decoder"] for row in rows] == list(lecture(1)["decoders"])


def test_training_four_times_longer_raises_the_score_and_keeps_the_grid():
    (longer,) = json.loads(se.shipped("results/08_longer.json").read_text(encoding="utf-8"))["rows"]
    rows = json.loads(se.shipped("results/08_ablation.json").read_text(encoding="utf-8"))["rows"]
    short = next(row for row in rows if row["decoder"] == longer["decoder"])
    assert longer["mean IoU"] > short["mean IoU"] + 0.1
    assert longer[GRID] > 0.5 * short[GRID]


def check_table(rows: list[dict[str, Any]]) -> None:
    """Assert who draws a grid: transposed 3 × 3 far more than 4 × 4, and that more than what resizes first."""
    grid = {row["decoder"]: row[GRID] for row in rows}
    assert grid["resize, then 3 × 3"] < 0.1 * grid["transposed 3 × 3"]
    assert grid["transposed 4 × 4"] < 0.5 * grid["transposed 3 × 3"]
    assert grid["resize, then 3 × 3"] < 0.5 * grid["transposed 4 × 4"]
    assert grid["transposed 4 × 4, bilinear start"] < 0.5 * grid["transposed 4 × 4"]
    assert grid["two decoder blocks"] < 0.1 * grid["transposed 3 × 3"]
    assert grid["bilinear, nothing learned"] < 0.1


@pytest.mark.parametrize("seed", range(3))
def test_resizing_before_the_convolution_removes_the_grid(seed):
    names = lecture(200 if FULL else 60)
    colleague, resized = (
        recipe().measure(names, names["decoders"][name], seed=seed)[GRID]
        for name in ("transposed 3 × 3", "resize, then 3 × 3")
    )
    assert resized < 0.2 * colleague


@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_the_whole_table_can_be_made_anew():
    names = lecture(200)
    check_table([recipe().row(names, decoder) for decoder in names["decoders"]])


@pytest.mark.real_data
@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_on_real_streets_the_grid_goes_too(real_data_root):
    names = recipe().lecture(dataset="camvid", root=str(real_data_root("camvid")))
    colleague, resized = (
        recipe().measure(names, names["decoders"][name], seed=0)[GRID]
        for name in ("transposed 3 × 3", "resize, then 3 × 3")
    )
    assert resized < 0.2 * colleague
