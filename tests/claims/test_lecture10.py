"""The claims of lecture 10: what losses equal, where they rest, and which of them find a rare class at equal budget.

The short form trains for 130 steps; SEGEDU_CLAIMS=full makes the lecture's whole table.
"""

import json
import os
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from recipe_loader import load_recipe
from torch import Tensor

import segedu as se

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
SEEDS = (0, 1, 2)
CONFIGURATIONS = range(60)


def drawn(seed: int, classes: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    """Draw logits, a target with void, and class weights, never square."""
    generator = torch.Generator().manual_seed(seed)
    batch, height = 1 + seed % 3, 3 + seed % 4
    logits = 3 * torch.randn(batch, classes, height, height + 2, generator=generator)
    target = torch.randint(classes, (batch, height, height + 2), generator=generator)
    void = torch.rand(target.shape, generator=generator) < 0.2
    return logits, target.masked_fill(void, 255), torch.rand(classes, generator=generator) + 0.1


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_weighted_cross_entropy_equals_torchs_in_value_and_gradient(seed: int) -> None:
    logits, target, weights = drawn(seed)
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    value, expected = se.CrossEntropy(weights)(ours, target), F.cross_entropy(theirs, target, weights, ignore_index=255)
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(torch.autograd.grad(value, ours), torch.autograd.grad(expected, theirs))


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_soft_dice_of_a_hard_mask_is_one_minus_dice(seed: int) -> None:
    _, target, _ = drawn(seed, classes=2)
    guess = torch.randint(2, target.shape, generator=torch.Generator().manual_seed(seed + 100))
    dice = se.ConfusionMatrix(2).update(guess, target).dice()
    logits = 100.0 * guess[:, None] - 50
    torch.testing.assert_close(se.losses.BinarySoftDice(epsilon=0.0)(logits, target).double(), 1 - dice[1])
    if dice.isfinite().all():
        both = torch.cat([-logits, logits], dim=1)
        torch.testing.assert_close(se.losses.SoftDice(epsilon=0.0)(both, target).double(), 1 - dice.mean())


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_lovasz_of_a_hard_map_is_one_minus_mean_iou_of_the_classes_that_are_there(seed: int) -> None:
    _, target, _ = drawn(seed)
    guess = torch.randint(4, target.shape, generator=torch.Generator().manual_seed(seed + 100))
    logits = 100.0 * F.one_hot(guess, 4).movedim(-1, 1)
    matrix = se.ConfusionMatrix(4).update(guess, target)
    there = matrix.counts.sum(dim=1) > 0
    torch.testing.assert_close(se.losses.LovaszSoftmax()(logits, target).double(), 1 - matrix.iou()[there].mean())


@pytest.mark.parametrize("seed", CONFIGURATIONS)
def test_inverse_and_median_frequency_are_the_same_loss(seed: int) -> None:
    logits, target, _ = drawn(seed)
    counts = torch.bincount(target[target != 255], minlength=4)
    rules = [se.losses.class_weights(counts, rule) for rule in ("median", "inverse")]
    median, inverse = (se.CrossEntropy(weights)(logits, target) for weights in rules)
    torch.testing.assert_close(median, inverse)


def best_constant(loss: Any, share: float, pixels: int = 100) -> float:
    """Return the probability that a loss likes best, if one and the same stands in all pixels."""
    target = (torch.arange(pixels) < share * pixels).long()[None, None]
    candidates = torch.arange(0.01, 1.0, 0.01)
    values = []
    for p in candidates:
        logits = torch.stack([(1 - p).log(), p.log()]).view(1, 2, 1, 1).expand(1, 2, 1, pixels)
        values.append(float(loss(logits, target)))
    return round(float(candidates[values.index(min(values))]), 2)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.4])
def test_cross_entropy_rests_at_the_share_weighted_at_one_half_and_focal_between(share: float) -> None:
    assert best_constant(se.CrossEntropy(), share) == pytest.approx(share)
    assert best_constant(se.CrossEntropy([share, 1 - share]), share) == pytest.approx(0.5)
    assert share < best_constant(se.losses.Focal(2.0), share) < 0.5


@pytest.mark.parametrize("pixels_of_object", [2, 5, 10, 20, 40])
@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0])
def test_dice_likes_everything_or_nothing_and_epsilon_decides_which(pixels_of_object: int, epsilon: float) -> None:
    def dice(logits: Tensor, target: Tensor) -> Tensor:
        return se.losses.BinarySoftDice(epsilon)(logits[:, 1:] - logits[:, :1], target)

    rises = 2 * pixels_of_object * (pixels_of_object + epsilon) > epsilon * 100
    assert best_constant(dice, pixels_of_object / 100) == (0.99 if rises else 0.01)


def test_a_dice_pooled_over_classes_likes_nothing_and_the_objects_own_does_not() -> None:
    target = torch.zeros(1, 10, 10, dtype=torch.long)
    target[0, 4, 6] = 1
    nothing = torch.full((1, 1, 10, 10), -20.0)
    p = torch.stack([1 - nothing.sigmoid()[:, 0], nothing.sigmoid()[:, 0]], dim=1)
    wanted = torch.stack([target == 0, target == 1], dim=1).float()
    assert 1 - 2 * (p * wanted).sum() / (p.sum() + wanted.sum()) < 0.011
    assert se.losses.BinarySoftDice(epsilon=0.0)(nothing, target) > 0.999


# ---- training: the lecture's own scenes, network and losses, as its recipe reads them ----


def recipe() -> ModuleType:
    """Return the recipe of the lecture's tables as a module."""
    return load_recipe("10_losses")


def check_table(rows: list[dict[str, Any]]) -> None:
    """Assert for every seed that weights beat plain cross-entropy on the rare class, and overlap beats weights."""
    seeds = {row["loss"]: row["seeds"] for row in rows}
    means = {row["loss"]: row for row in rows}
    assert max(seeds["cross-entropy"]) < 0.15
    assert min(seeds["weighted (median)"]) > max(seeds["cross-entropy"]) + 0.15
    assert min(seeds["soft Dice"]) > max(seeds["weighted (median)"]) + 0.05
    assert min(seeds["Dice + weighted CE"]) > max(seeds["cross-entropy"]) + 0.15
    assert means["weighted (median)"]["recall"] > 0.9
    assert means["weighted (median)"]["precision"] < means["soft Dice"]["precision"] - 0.15
    assert means["soft Dice"]["mean IoU"] > means["cross-entropy"]["mean IoU"] + 0.2


def test_the_stored_table_says_what_the_lecture_says() -> None:
    rows = json.loads(se.shipped("results/10_losses.json").read_text(encoding="utf-8"))["rows"]
    check_table(rows)
    told = {
        "cross-entropy": 0.02,
        "weighted (median)": 0.40,
        "soft Dice": 0.62,
        "Dice + CE": 0.17,
        "Dice + weighted CE": 0.51,
    }
    assert {row["loss"]: round(row["rare IoU"], 2) for row in rows if row["loss"] in told} == told
    assert len(rows) == 8


@cache
def short() -> dict[str, Any]:
    """Return what the lecture defines, with fewer steps."""
    return recipe().lecture(steps=130)


def test_where_an_object_is_ten_times_rarer_lovasz_alone_still_gives_it_half_of_the_push() -> None:
    """What the text below the loss explorer says of its pushes."""

    def share(rare: float, name: str) -> float:
        push = se.explorers.LossExplorer(rare, 0.1, 0.1).pushes[name]
        return push.from_object / (push.from_object + push.from_background)

    assert [round(share(0.1, name), 2) for name in ("cross-entropy", "dice", "lovasz")] == [0.5, 0.49, 0.55]
    assert [round(share(0.01, name), 2) for name in ("cross-entropy", "dice", "lovasz")] == [0.08, 0.19, 0.51]


@pytest.mark.slow
@pytest.mark.skipif(FULL, reason="the full form makes the whole table")
@pytest.mark.parametrize("seed", SEEDS)
def test_weights_and_dice_find_the_rare_class_where_plain_cross_entropy_does_not_in_short(seed: int) -> None:
    names = short()
    settings = ("cross-entropy", "weighted (median)", "soft Dice")
    plain, weighted, dice = (recipe().measure(names, setting, seed)["rare IoU"] for setting in settings)
    assert plain < 0.1, f"seed {seed}: {plain:.3f}"
    assert weighted > plain + 0.15, f"seed {seed}: {weighted:.3f} with weights, {plain:.3f} without"
    assert dice > plain + 0.15, f"seed {seed}: {dice:.3f} with Dice, {plain:.3f} with cross-entropy"


@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_losses_that_speak_for_the_rare_class_find_it_over_three_seeds() -> None:
    names = recipe().lecture()
    chosen = ("cross-entropy", "weighted (median)", "soft Dice", "Dice + weighted CE")
    check_table([recipe().row(names, setting) for setting in chosen])


@pytest.mark.real_data
@pytest.mark.skipif(not FULL, reason="takes a minute; SEGEDU_CLAIMS=full runs it")
def test_on_real_streets_weights_and_dice_raise_the_mean_iou(real_data_root: Any) -> None:
    names = recipe().lecture(dataset="camvid", root=str(real_data_root("camvid")))
    settings = ("cross-entropy", "weighted (median)", "soft Dice")
    plain, weighted, dice = (recipe().measure(names, setting, 0)["mean IoU"] for setting in settings)
    assert names["data"].classes[names["rare"]] == "bicyclist"
    assert weighted > plain + 0.02
    assert dice > plain + 0.06
