"""What lecture 08 claims: three views of one operator, when stamps overlap evenly, and which decoders draw a grid.

In `make test`: the lecture's own functions, one seed trained with fewer steps, and the stored tables of three seeds.
Only `make claims` trains three seeds and makes the whole table anew. That the three views equal torch, that sizes
follow the formula and that stamps overlap evenly iff the stride divides the kernel: tests/ops/test_transposed.py, and
the lecture itself asserts it on 50 random layers and for all strides to 4.
"""

import json
import os
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from for_each import for_each
from torch import nn

import segedu as se
from segedu.course.lecture_code import recipe, run

FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
CONFIGURATIONS = range(60)
GRID = "grid (%)"
CHANCE = 100 * (4 * 4 - 1) / (64 * 96 - 1)  # the grid of white noise: 16 phases, one mean
PAIR = ("transposed 3 × 3", "resize, then 3 × 3")


def tensors(seed: int) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Draw an input (h, w), a kernel (kh, kw) and a stride, never square."""
    rng = random.Random(seed)
    height, kh = rng.randint(2, 4), rng.randint(2, 3)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(height, height + rng.randint(1, 3), generator=generator)
    return x, torch.randn(kh, 5 - kh, generator=generator), rng.randint(1, 3)


@cache
def stamps() -> Callable[..., torch.Tensor]:
    """Return the transposed convolution that the lecture writes as loops: x (h, w), w (kh, kw), stride → y."""
    return run("08", "loops")["stamps"]


@for_each(seed=CONFIGURATIONS)
def test_the_gradient_of_the_lectures_stamps_is_a_convolution(seed):
    x, w, stride = tensors(seed)
    y = stamps()(x.requires_grad_(), w, stride)
    torch.testing.assert_close(y, F.conv_transpose2d(x[None, None], w[None, None], stride=stride)[0, 0])
    push = torch.randn(y.shape, generator=torch.Generator().manual_seed(seed))
    (gradient,) = torch.autograd.grad(y, x, push)
    torch.testing.assert_close(gradient, F.conv2d(push[None, None], w[None, None], stride=stride)[0, 0])


@for_each(seed=CONFIGURATIONS)
def test_zeros_between_the_cells_and_a_turned_kernel_give_the_same_as_stamps(seed):
    x, w, stride = tensors(seed)
    nails = torch.zeros(1, 1, (x.shape[0] - 1) * stride + 1, (x.shape[1] - 1) * stride + 1)
    nails[0, 0, ::stride, ::stride] = x
    stuffed = F.conv2d(nails, w.flip(0, 1)[None, None], padding=(w.shape[0] - 1, w.shape[1] - 1))
    torch.testing.assert_close(stuffed[0, 0], stamps()(x, w, stride))


@for_each(seed=CONFIGURATIONS)
def test_down_and_up_with_one_kernel_does_not_return_the_input(seed):
    generator = torch.Generator().manual_seed(seed)
    z, weight = torch.randn(9, 12, generator=generator), torch.randn(3, 2, generator=generator)
    stride = 1 + seed % 2
    back = stamps()(F.conv2d(z[None, None], weight[None, None], stride=stride)[0, 0], weight, stride)
    back = F.pad(back, (0, 12 - back.shape[1], 0, 9 - back.shape[0]))
    scale = (back * z).sum() / back.square().sum()  # not even up to the best factor
    assert (scale * back - z).norm() > 0.2 * z.norm()


@pytest.mark.parametrize("name", ["camera", "chelsea", "coffee", "rocket"])
def test_a_blurred_photograph_transposed_is_more_blurred_not_less(name):
    gray = se.photo(name, size=(40, 60)).mean(dim=0)[None, None].double()
    bump = torch.tensor([1.0, 2, 4, 2, 1]).double() / 10
    kernel = torch.outer(bump, bump)
    blurred = F.conv2d(gray, kernel[None, None])  # (36, 56): of full windows only, so no border darkens it
    again = stamps()(blurred[0, 0], kernel)
    inside = (slice(8, -8), slice(8, -8))
    errors = [(each[inside] - gray[0, 0][inside]).abs().mean() for each in (F.pad(blurred, (2,) * 4)[0, 0], again)]
    assert errors[1] > 1.2 * errors[0] > 0


@for_each(seed=range(3))
def test_only_decoders_that_resize_keep_an_even_map_even_whatever_their_weights(seed):
    with se.seeded(seed), torch.no_grad():
        even = torch.rand(1, 24, 1, 1).expand(1, 24, 12, 15)
        spread = {}
        for name, make in lecture()["decoders"].items():
            decoder = make(24, 5)
            before = uneven(decoder(even))
            for weights in decoder.parameters():  # away from every start
                weights.add_(0.2 * torch.randn_like(weights))
            spread[name] = before, uneven(decoder(even))
    for name, (before, after) in spread.items():
        resizes = name.startswith(("bilinear", "resize", "nearest"))
        starts_even = resizes or name in ("transposed 4 × 4, bilinear start", "two decoder blocks")
        assert before < 1e-4 if starts_even else before > 0.05, (name, before)
        assert after < 1e-4 if resizes else after > 0.05, (name, after)


def uneven(answer: torch.Tensor) -> float:
    """Return how much the answer to an even map differs inside, in standard deviations of its channels' values."""
    inside = answer[0, :, 16:-16, 16:-16]
    return float((inside.amax((1, 2)) - inside.amin((1, 2))).max() / inside.mean((1, 2)).std())


@for_each(seed=range(20))
def test_the_pattern_of_phases_has_the_energy_at_multiples_of_the_strides_frequency(seed):
    maps = torch.randn(1, 1, 12, 20, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    power = torch.fft.fft2(maps - maps.mean()).abs().square()[0, 0]
    share = 100 * power[::3, ::5].sum() / power.sum()  # multiples of a quarter: 12/4 = 3 rows, 20/4 = 5 columns apart
    assert run("08", ("score", "grid_share"))["grid_share"](maps) == pytest.approx(share.item(), rel=1e-6)


def test_the_decoder_block_has_a_twenty_seventh_of_the_parameters():
    full, block = nn.ConvTranspose2d(64, 64, 4, stride=2, padding=1), run("08", "block")["decoder_block"](64, 64, 16)
    assert (se.count_parameters(full), se.count_parameters(block)) == (65_600, 2_400)
    assert block(torch.rand(1, 64, 3, 5)).shape == (1, 64, 6, 10)


# ---- training: the lecture's own networks, data and score, as its recipe reads them ----


@cache
def lecture() -> dict[str, Any]:
    """Return what the lecture defines, in the short form with fewer steps."""
    return recipe("08").lecture(steps=200 if FULL else 60)


def test_the_decoders_start_from_equal_encoders_and_make_equal_shapes():
    names = lecture()
    for decoder in names["decoders"].values():
        assert names["network"](decoder)(torch.rand(1, 3, 64, 96)).shape == (1, len(names["classes"]), 64, 96)
    transposed, resized = (names["decoders"][name](24, 10) for name in ("transposed 3 × 3", "resize, then 3 × 3"))
    assert se.count_parameters(transposed) == se.count_parameters(resized) == 7_378


def test_the_stored_table_says_what_the_lecture_says():
    rows = stored("ablation")
    check_table(list(rows.values()))
    assert list(rows) == list(lecture()["decoders"])


def stored(part: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a stored table by their decoders."""
    rows = json.loads(se.shipped(f"results/08_{part}.json").read_text(encoding="utf-8"))["rows"]
    return {row["decoder"]: row for row in rows}


def all_below(rows: dict[str, dict[str, Any]], score: str, below: str, above: str) -> bool:
    """Return whether one decoder lies below the other with every seed."""
    pairs = zip(rows[below]["seeds"][score], rows[above]["seeds"][score], strict=True)
    return all(low < high for low, high in pairs)


THREE, TWO, FOUR = (f"transposed {side} × {side}" for side in (3, 2, 4))
TENTS, BLOCKS, PLAIN = "transposed 4 × 4, bilinear start", "two decoder blocks", "bilinear, nothing learned"
RESIZED, NEAREST = "resize, then 3 × 3", "nearest, then 3 × 3"


def test_the_long_table_says_who_draws_a_grid_with_every_seed():
    rows = stored("longer")
    assert list(rows) == list(lecture()["decoders"])
    for quiet, louder in ((BLOCKS, TENTS), (RESIZED, TENTS), (NEAREST, TENTS), (TENTS, FOUR), (FOUR, THREE)):
        assert all_below(rows, GRID, quiet, louder), (quiet, louder)
    assert min(rows[TWO]["seeds"][GRID]) > max(rows[FOUR]["seeds"][GRID])
    assert min(rows[THREE]["seeds"][GRID]) < rows[TWO][GRID] < max(rows[THREE]["seeds"][GRID])  # about as much
    assert max(max(rows[name]["seeds"][GRID]) for name in (PLAIN, BLOCKS, RESIZED, NEAREST)) < 0.11 < CHANCE
    assert min(min(rows[name]["seeds"][GRID]) for name in (THREE, TWO, FOUR, TENTS)) > 2 * CHANCE


def test_the_grid_that_white_noise_has_by_chance():
    noise = torch.randn(480, 64, 96, generator=torch.Generator().manual_seed(0))
    assert lecture()["grid_share"](noise) == pytest.approx(CHANCE, rel=0.05)
    assert round(CHANCE, 2) == 0.24


def test_more_steps_turn_the_order_of_the_scores_and_leave_the_grid():
    short, long = stored("ablation"), stored("longer")
    for other in (PLAIN, RESIZED, NEAREST):
        assert short[THREE]["mean IoU"] < short[other]["mean IoU"]
        assert all_below(long, "mean IoU", other, THREE), other
    best = [sorted(rows, key=lambda name: rows[name]["mean IoU"])[-2:] for rows in (short, long)]
    assert best == [[RESIZED, NEAREST], [THREE, FOUR]]
    for name in (THREE, TWO, FOUR, TENTS):
        assert long[name][GRID] > short[name][GRID], name
    assert [round(rows[TENTS][GRID], 2) for rows in (short, long)] == [0.30, 0.62]
    assert min(long[TENTS]["seeds"][GRID]) > short[TENTS][GRID] + 3 * short[TENTS][f"± {GRID}"]
    assert all(row["mean IoU"] > short[name]["mean IoU"] + 0.1 for name, row in long.items())


def test_what_the_choice_table_says_of_costs_and_scores_holds_with_every_seed():
    rows = stored("longer")
    assert rows[NEAREST]["MACs"] == 4 * rows[THREE]["MACs"]
    assert all_below(rows, "mean IoU", BLOCKS, PLAIN)
    assert all_below(rows, "boundary F1", BLOCKS, PLAIN)
    assert 5.5 < rows[BLOCKS]["parameters"] / rows[PLAIN]["parameters"] < 6.5
    assert rows[PLAIN]["parameters"] == min(row["parameters"] for row in rows.values())
    assert rows[THREE]["MACs"] < rows[FOUR]["MACs"] < 0.5 * rows[RESIZED]["MACs"]
    assert all_below(rows, "mean IoU", TWO, THREE)


def check_table(rows: list[dict[str, Any]]) -> None:
    """Assert who draws a grid: what has phases with weights of their own, equal counts (2 × 2) or not (3 × 3)."""
    grid = {row["decoder"]: row[GRID] for row in rows}
    iou = {row["decoder"]: row["mean IoU"] for row in rows}
    assert grid["transposed 2 × 2"] > 0.5 * grid["transposed 3 × 3"]
    assert min(iou, key=iou.__getitem__) == "transposed 2 × 2"
    assert grid["nearest, then 3 × 3"] < 0.1 * grid["transposed 2 × 2"]
    assert grid["resize, then 3 × 3"] < 0.1 * grid["transposed 3 × 3"]
    assert grid["transposed 4 × 4"] < 0.5 * grid["transposed 3 × 3"]
    assert grid["resize, then 3 × 3"] < 0.5 * grid["transposed 4 × 4"]
    assert grid["transposed 4 × 4, bilinear start"] < 0.5 * grid["transposed 4 × 4"]
    assert grid["two decoder blocks"] < 0.1 * grid["transposed 3 × 3"]
    assert grid["bilinear, nothing learned"] < 0.1
    assert grid["nearest, then 3 × 3"] < 0.2


@pytest.mark.parametrize("seed", (0, 1, 2) if FULL else (0,))
def test_resizing_before_the_convolution_removes_the_grid(seed):
    names = lecture()
    transposed, resized = (recipe("08").measure(names, names["decoders"][name], seed=seed)[GRID] for name in PAIR)
    images = torch.stack([sample["image"].as_subclass(torch.Tensor) for sample in names["val"]])
    assert resized < 0.2 * transposed
    assert transposed > 5 * names["grid_share"](images)  # the least that any picture has


@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_the_whole_table_can_be_made_anew():
    names = lecture()
    check_table([recipe("08").row(names, decoder) for decoder in names["decoders"]])


@pytest.mark.real_data
@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_on_real_streets_the_grid_goes_too(real_data_root):
    names = recipe("08").lecture(dataset="camvid", root=str(real_data_root("camvid")))
    transposed, resized = (
        recipe("08").measure(names, names["decoders"][name], seed=0)[GRID]
        for name in ("transposed 3 × 3", "resize, then 3 × 3")
    )
    assert resized < 0.2 * transposed


def test_on_real_streets_the_grid_goes_with_every_seed_and_the_mean_iou_has_no_order():
    rows = stored("camvid")
    for name in (RESIZED, PLAIN):
        assert max(rows[name]["seeds"][GRID]) < 0.1 < 1 < min(rows[THREE]["seeds"][GRID])
    ious = {name: rows[name]["seeds"]["mean IoU"] for name in (THREE, RESIZED, PLAIN)}
    assert [a > b for a, b in zip(ious[RESIZED], ious[THREE], strict=True)].count(True) == 2
    assert [a > b for a, b in zip(ious[THREE], ious[PLAIN], strict=True)].count(True) == 2
    assert rows[PLAIN]["mean IoU"] < rows[THREE]["mean IoU"] < rows[RESIZED]["mean IoU"]
    everywhere, place = rows["most frequent class"], rows["most frequent class at each place"]
    assert everywhere["mean IoU"] < round(place["mean IoU"], 3) == 0.136
    assert min(min(seeds) for seeds in ious.values()) > 1.5 * place["mean IoU"]


@pytest.mark.real_data
def test_the_stored_rows_of_the_trivial_maps_of_streets_are_made_anew(real_data_root):
    names = recipe("08").lecture(dataset="camvid", root=str(real_data_root("camvid")))
    for row in recipe("08").trivial_rows(names):
        assert row == stored("camvid")[row["decoder"]]
