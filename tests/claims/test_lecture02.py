"""The claims of lecture 02: where cross-entropy comes from, its gradient, and what a classifier of colors can't do.

In `make test`: the lecture's own functions on random configurations, one seed trained on one world, and the stored
table of three seeds. Only `make claims` trains three seeds, makes the whole table anew, and looks at other worlds.
"""

import json
import math
import os
import statistics
from functools import cache
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from for_each import for_each
from torch import Tensor, nn

import segedu as se
from segedu.course.lecture_code import recipe, run

FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
SEEDS = (0, 1, 2) if FULL else (0,)
CONFIGURATIONS = range(60)
# How far from 1/2 the pair accuracy of a color-only network may lie. Over 8 worlds of 48 validation scenes (about 100
# stones, each with one color of its own) it differed from 1/2 by 0.018 (linear) and 0.019 (32 hidden), as the root of
# the mean square; at most by 0.041. So 0.06 is three standard deviations. Stones that color tells apart have 1.00.
CHANCE = 0.06


def drawn(seed: int) -> tuple[Tensor, Tensor]:
    """Draw logits (N, C, H, W) of any size up to hundreds, and a target with void, never square."""
    generator = torch.Generator().manual_seed(seed)
    batch, classes, height = 1 + seed % 3, 2 + seed % 5, 3 + seed % 4
    scale = 10.0 ** (seed % 4 - 1)
    logits = scale * torch.randn(batch, classes, height, height + 2, generator=generator)
    target = torch.randint(classes, (batch, height, height + 2), generator=generator)
    void = torch.rand(target.shape, generator=generator) < 0.2
    return logits, target.masked_fill(void, 255)


@cache
def cell(name: str) -> dict[str, Any]:
    """Return what a cell of the lecture defines that needs no other cell."""
    return run("02", name)


def loss_by_hand(logits: Tensor, target: Tensor) -> Tensor:
    """Return the mean cross-entropy of the valid pixels, by the solution of the lecture's exercise."""
    valid = target != 255
    logits_of_valid = logits.movedim(1, -1)[valid].T[None, :, None]  # (1, C, 1, V)
    return cell("exercise-cross-entropy")["cross_entropy"](logits_of_valid, target[valid][None, None])


@for_each(seed=CONFIGURATIONS)
def test_minus_log_likelihood_of_bernoulli_labels_is_the_sum_of_binary_cross_entropies(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(35, generator=generator, dtype=torch.float64)
    y = torch.randint(2, (35,), generator=generator).double()
    likelihood = cell("likelihood")["likelihood"](z.sigmoid(), y)
    torch.testing.assert_close(-likelihood.log(), cell("stable")["bce"](z, y).sum())


@for_each(seed=CONFIGURATIONS)
def test_minus_log_likelihood_of_categorical_labels_is_the_sum_of_cross_entropies(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(1, 4, 3, 5, generator=generator, dtype=torch.float64)
    target = torch.randint(4, (1, 3, 5), generator=generator)
    p = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    likelihood = p.gather(1, target[:, None]).prod()
    torch.testing.assert_close(-likelihood.log(), 15 * loss_by_hand(logits, target))


@for_each(seed=CONFIGURATIONS)
def test_softmax_cross_entropy_by_hand_equals_torchs_in_value_and_gradient(seed: int) -> None:
    logits, target = drawn(seed)
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    value, expected = loss_by_hand(ours, target), F.cross_entropy(theirs, target, ignore_index=255)
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(torch.autograd.grad(value, ours), torch.autograd.grad(expected, theirs))


@for_each(seed=CONFIGURATIONS)
def test_the_gradient_at_the_logits_is_p_minus_y_over_the_number_of_valid_pixels(seed: int) -> None:
    logits, target = drawn(seed)
    valid = target != 255
    z = logits.requires_grad_()
    loss_by_hand(z, target).backward()
    y = F.one_hot(target.where(valid, 0), logits.shape[1]).movedim(-1, 1)
    p = logits.detach().softmax(dim=1)
    torch.testing.assert_close(z.grad, (p - y) * valid[:, None] / valid.sum())


@for_each(seed=CONFIGURATIONS)
def test_the_gradient_of_binary_cross_entropy_is_p_minus_y(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    z = (10 * torch.randn(5, 7, generator=generator)).requires_grad_()
    y = torch.randint(2, (5, 7), generator=generator).float()
    cell("stable")["bce"](z, y).sum().backward()
    torch.testing.assert_close(z.grad, z.detach().sigmoid() - y)


@pytest.mark.parametrize("classes", [2, 3, 10, 21])
def test_a_second_softmax_keeps_the_loss_above_its_floor(classes: int) -> None:
    """The colleague's loss has two; the lecture's exercise asks for the floor."""
    loss, floor = colleague_loss(), cell("exercise-repaired-loss")["twice_floor"](classes)
    assert floor == pytest.approx(math.log(1 + (classes - 1) / math.e))
    generator = torch.Generator().manual_seed(classes)
    target = torch.randint(classes, (2, 5, 7), generator=generator)
    zeros = torch.zeros(classes, 3, 1, 1), torch.zeros(classes)
    sure = 100.0 * F.one_hot(torch.zeros(classes).long(), classes)[0]
    assert loss(torch.zeros(2, 3, 5, 7), zeros[0], sure, torch.zeros_like(target)).item() == pytest.approx(floor)
    for _ in range(20):
        images = torch.randn(2, 3, 5, 7, generator=generator)
        weight = 10 * torch.randn(classes, 3, 1, 1, generator=generator)
        assert loss(images, weight, zeros[1], target).item() > floor


def colleague_loss() -> Any:
    """Return the loss of the lecture's colleague: images, weight, bias and target → number."""
    return run("02", ("colleague", "colleague_loss"))["colleague_loss"]


@pytest.mark.parametrize("share", [0.05, 0.25, 0.4])
def test_a_constant_does_best_at_the_share_of_the_class(share: float) -> None:
    y = (torch.arange(100) < 100 * share).double()
    candidates = torch.arange(1, 100).double() / 100
    losses = torch.stack([cell("stable")["bce"](p.logit().expand(100), y).mean() for p in candidates])
    assert candidates[losses.argmin()].item() == pytest.approx(share)
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)  # Shannon's, in nats
    assert losses.min().item() == pytest.approx(entropy)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_on_the_photograph_color_finds_half_of_the_cup_and_beats_one_answer_for_all(seed: int) -> None:
    names = run("02", "training", given={"classes": se.Photos.classes, "steps": 200})
    coffee = se.photo("coffee", size=(160, 240), labels=True)
    image, wanted = coffee["image"].as_subclass(Tensor), coffee["label_map"].as_subclass(Tensor)
    pixels = [(image[:, ::4, ::4], wanted[::4, ::4])] * 8
    model = names["trained"](names["color_net"], seed, pixels, device="cpu", progress=False).model
    called, valid = se.predict(model, image), wanted != 255
    table, cup, saucer = (se.Photos.classes.index(name) for name in ("table", "cup", "saucer"))
    assert round(float((wanted == table)[valid].float().mean()), 2) == 0.49
    assert 0.80 < float((called == wanted)[valid].float().mean()) < 0.85
    shares = [float((called == label)[wanted == cup].float().mean()) for label in (cup, table, saucer)]
    assert 0.42 < shares[0] < 0.58, shares
    assert min(shares[1:]) > 0.15, shares


# ---- training: the lecture's own scenes and networks, as its recipe reads them ----


@cache
def lecture(steps: int) -> dict[str, Any]:
    """Return what the lecture defines for its trainings."""
    return recipe("02").lecture(steps=steps)


def majority(names: dict[str, Any]) -> dict[str, float]:
    """Return the scores of the class with most training pixels, given to every pixel."""
    most = int(names["train_maps"].flatten().bincount().argmax())
    matrix = se.ConfusionMatrix(len(names["classes"])).update(torch.full_like(names["maps"], most), names["maps"])
    return {"accuracy": matrix.pixel_accuracy(), "mean IoU": matrix.mean_iou()}


def check_scores(scores: dict[str, float], baseline: dict[str, float], seed: int) -> None:
    """Assert that a color-only network beats the baseline by far, and guesses which kind a stone is."""
    assert scores["accuracy"] > baseline["accuracy"] + 0.25, f"seed {seed}: {scores}, baseline {baseline}"
    assert scores["mean IoU"] > baseline["mean IoU"] + 0.12, f"seed {seed}: {scores}, baseline {baseline}"
    assert abs(scores["pair accuracy"] - 0.5) < CHANCE, f"seed {seed}: {scores}"


@pytest.mark.slow
@pytest.mark.parametrize("network", ["color, linear", "color, 32 hidden"])
@pytest.mark.parametrize("seed", SEEDS)
def test_color_alone_beats_the_majority_and_guesses_between_the_look_alikes(network: str, seed: int) -> None:
    names = lecture(200 if FULL else 80)
    check_scores(recipe("02").measure(names, network, seed), majority(names), seed)


def test_where_the_colors_differ_the_same_network_tells_the_stones_apart() -> None:
    names = lecture(200 if FULL else 80)
    assert recipe("02").measure_at(names, 0.0, 0) > 0.95


def stored_tables() -> dict[str, Any]:
    """Return the tables that the lecture loads."""
    return json.loads(se.shipped("results/02_pixel_classification.json").read_text(encoding="utf-8"))


def test_the_stored_tables_say_what_the_lecture_says() -> None:
    stored = stored_tables()
    rows = {row["network"]: row for row in stored["rows"]}
    color = [row for name, row in rows.items() if name.startswith("color, ")]
    assert len(color) == 3
    assert all(abs(seed - 0.5) < CHANCE for row in color for seed in row["seeds"])
    place, near = rows["color and position, 32 hidden"], rows["3 × 3 pixels, 32 hidden"]
    assert min(place["seeds"]) > max(near["seeds"]) > max(seed for row in color for seed in row["seeds"])
    assert max(near["seeds"]) < 0.5 + CHANCE
    assert (place["pair accuracy"], near["pair accuracy"]) == (
        pytest.approx(0.61, abs=0.005),
        pytest.approx(0.54, abs=0.005),
    )
    assert min(place["accuracy"], near["accuracy"]) > max(row["accuracy"] for row in color) + 0.03
    assert min(row["accuracy"] for row in color) > rows["all meadow"]["accuracy"] + 0.3
    dials = {row["look_alikes"]: row["pair accuracy"] for row in stored["dials"]}
    assert list(dials.values()) == sorted(dials.values(), reverse=True)
    assert min(dials[0.0], dials[0.5]) > 0.99
    assert dials[0.75] > 0.9
    assert abs(dials[1.0] - 0.5) < CHANCE


def test_after_four_times_the_steps_the_order_holds_and_most_of_the_gap_to_neighbors_is_gone() -> None:
    longer = json.loads(se.shipped("results/02_longer.json").read_text(encoding="utf-8"))["rows"]
    rows, short = {row["network"]: row for row in longer}, {row["network"]: row for row in stored_tables()["rows"]}
    costs = "field", "parameters", "MACs"
    assert all(row[cost] == short[name][cost] for name, row in rows.items() for cost in costs)
    assert list(rows) == list(lecture(80)["settings"])
    seeds = {name: row["seeds"] for name, row in rows.items()}
    assert all(len(values) == 3 for of_scores in seeds.values() for values in of_scores.values())
    color = [of_scores for name, of_scores in seeds.items() if name.startswith("color, ")]
    pair = [value for of_scores in color for value in of_scores["pair accuracy"]]
    assert max(abs(value - 0.5) for value in pair) < CHANCE / 3
    place, near = seeds["color and position, 32 hidden"], seeds["3 × 3 pixels, 32 hidden"]
    assert min(near["pair accuracy"]) > max(pair) + 0.02
    assert min(place["pair accuracy"]) > max(near["pair accuracy"]) + 0.05
    for name in ("accuracy", "mean IoU"):
        assert min(place[name]) > max(near[name])
        assert min(near[name]) > max(value for of_scores in color for value in of_scores[name]) + 0.05
    means = [[table[name]["mean IoU"] for table in (rows, short)] for name in rows]
    assert all(late > early for late, early in means)
    gaps = [late - early for late, early in zip(means[3], means[4], strict=True)]  # position, 3 × 3
    assert [round(gap, 2) for gap in gaps] == [0.02, 0.06]
    assert [round(means[i][0], 2) for i in (1, 3, 4)] == [0.46, 0.65, 0.63]
    counts = [rows[name]["parameters"] for name in list(rows)[1:]]
    assert (counts[2] - counts[0], counts[3] - counts[0]) == (64, 768)


def test_on_real_streets_color_tells_a_little_of_road_and_pavement_and_the_place_most() -> None:
    rows = {row["network"]: row for row in stored_tables()["camvid"]}
    hidden, place = rows["color, 32 hidden"], rows["color and position, 32 hidden"]
    assert hidden["accuracy"] > rows["all road"]["accuracy"] + 0.2
    assert min(rows["color, linear"]["seeds"]) < 0.5 < min(rows["color, 87 hidden"]["seeds"]) - CHANCE
    assert 0.5 + CHANCE < min(hidden["seeds"]) <= max(hidden["seeds"]) < 0.75
    others = [seed for row in rows.values() if row is not place for seed in row["seeds"]]
    assert min(place["seeds"]) > max(others) + 0.1


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_first_loss_is_log_c(seed: int) -> None:
    names = run("02", ("training", "color_net"), given={"classes": range(10)})
    with se.seeded(seed):
        network = names["color_net"]()
        images, target = torch.rand(4, 3, 16, 24), torch.randint(10, (4, 16, 24))
    assert loss_by_hand(network(images), target).item() == pytest.approx(math.log(10), abs=0.3)


@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_the_whole_table_again() -> None:
    names = lecture(200)
    rows = {network: recipe("02").row(names, network) for network in names["settings"]}
    color = [seed for name, row in rows.items() if name.startswith("color, ") for seed in row["seeds"]]
    assert max(abs(seed - 0.5) for seed in color) < CHANCE
    assert min(rows["color and position, 32 hidden"]["seeds"]) > max(color) + 0.04


@pytest.mark.skipif(not FULL, reason="takes a minute; SEGEDU_CLAIMS=full runs it")
def test_in_other_worlds_the_pair_accuracy_scatters_around_one_half() -> None:
    names = lecture(200)
    found = []
    for world in range(1, 7):
        _, train_images, train_maps = names["stacked"]("train", 128, seed=world)
        _, images, maps = names["stacked"]("val", 48, seed=world)
        train = list(zip(train_images, train_maps, strict=True))
        model = names["trained"](lambda: nn.Conv2d(3, 10, 1), world, train, device="cpu", progress=False).model
        found.append(float(names["pair_accuracy"](se.predict(model, images, logits=True), maps, train_maps)))
    assert max(abs(value - 0.5) for value in found) < CHANCE
    assert abs(statistics.mean(found) - 0.5) < CHANCE / 2


@pytest.mark.real_data
@pytest.mark.skipif(not FULL, reason="takes a minute; SEGEDU_CLAIMS=full runs it")
def test_on_real_streets_color_beats_the_majority_too(real_data_root: Any) -> None:
    names = recipe("02").lecture(dataset="camvid", root=str(real_data_root("camvid")))
    model = names["trained"](names["color_net"], 0, device="cpu", progress=False).model
    logits, maps = se.predict(model, names["images"], logits=True), names["maps"]
    scores = names["score"](logits, maps)
    road, pavement = names["pair"]
    assert float((logits[:, road] > logits[:, pavement])[maps == pavement].float().mean()) > 0.9  # undivided
    most = names["train_maps"][names["train_maps"] != 255].bincount().argmax()
    matrix = se.ConfusionMatrix(len(names["classes"])).update(torch.full_like(names["maps"], int(most)), names["maps"])
    assert scores["accuracy"] > matrix.pixel_accuracy() + 0.2
    assert scores["pair accuracy"] > 0.5 + CHANCE  # road and pavement differ in color, a little
