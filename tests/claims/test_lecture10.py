"""The claims of lecture 10: what losses equal, where they rest, and which of them find a rare class at equal budget.

In `make test`: one seed trained for 130 steps, and the stored table of three seeds. Only `make claims` makes the
lecture's whole table anew. That weighted cross-entropy equals torch's, soft Dice of a hard mask 1 − Dice, Lovász of one
1 − IoU: tests/losses, and the lecture's cells assert it of its own functions on random maps.
"""

import json
import os
from collections import Counter
from typing import Any

import pytest
import torch
from for_each import for_each
from torch import Tensor

import segedu as se
from segedu.course.lecture_code import recipe, run

FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
CONFIGURATIONS = range(60)


def drawn(seed: int, classes: int = 4) -> tuple[Tensor, Tensor]:
    """Draw logits and a target with void, never square."""
    generator = torch.Generator().manual_seed(seed)
    batch, height = 1 + seed % 3, 3 + seed % 4
    logits = 3 * torch.randn(batch, classes, height, height + 2, generator=generator)
    target = torch.randint(classes, (batch, height, height + 2), generator=generator)
    void = torch.rand(target.shape, generator=generator) < 0.2
    return logits, target.masked_fill(void, 255)


def frequencies(label_maps: Tensor, classes: int, paper: bool) -> Tensor:
    """Return each class's share of all labeled pixels, or of those of the images that hold it."""
    images = [Counter(label for row in image for label in row if label != 255) for image in label_maps.tolist()]
    shares = []
    for c in range(classes):
        counted = [counts for counts in images if c in counts or not paper]
        shares.append(sum(counts[c] for counts in counted) / sum(counts.total() for counts in counted))
    return torch.tensor(shares)


@for_each(seed=CONFIGURATIONS)
def test_inverse_and_median_frequency_are_one_loss_by_shares_of_all_pixels_and_two_by_the_papers(seed: int) -> None:
    logits, target = drawn(seed)
    target[0] = target[0].where(target[0] != 1, 2)  # class 1 is not in the first image, if there are several
    target[-1, 0, :4] = torch.arange(4)
    everywhere, paper = (frequencies(target, 4, by_paper) for by_paper in (False, True))

    def loss(weights: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(logits, target, weights, ignore_index=255)

    torch.testing.assert_close(loss(everywhere.quantile(0.5) / everywhere), loss(1 / everywhere))
    if len(target) > 1:
        assert not torch.allclose(loss(paper.quantile(0.5) / paper), loss(1 / everywhere), rtol=1e-5)


def test_on_the_lectures_scenes_the_papers_median_frequency_is_another_loss_than_the_inverse_of_shares() -> None:
    names = recipe("10").run("10", "data")
    label_maps = names["label_maps"][:32]
    ratio = frequencies(label_maps, 10, paper=True) / frequencies(label_maps, 10, paper=False)
    assert ratio.max() > 1.5 * ratio.min()


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


# ---- the labeled photograph, learned by heart ----


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_on_a_photograph_weights_find_the_spoon_first_and_dice_has_most_of_it_after_four_times_the_steps(
    seed: int,
) -> None:
    names = run("10", "descent", ("figure-photo", "small", "here", "parts", "target"))
    target = names["target"]
    counts = torch.bincount(target[target != 255])
    assert se.Photos.classes[names["parts"][4]] == "spoon"
    losses = {"plain": se.CrossEntropy(), "weighted": se.CrossEntropy(counts.median() / counts)}
    losses["dice"] = se.losses.SoftDice()
    scores = {}
    for name, loss in losses.items():
        history = list(names["descent"](loss, 4 * names["small"]["image"][None] - 2, target, 5, 240, seed))
        for steps in (60, 240):
            guess, valid = history[steps - 1][1].argmax(dim=1), target != 255
            hits = ((guess == 4) & (target == 4)).sum().item()
            called, there = ((guess == 4) & valid).sum().item(), counts[4].item()
            scores[name, steps] = (hits / (called + there - hits), hits / max(called, 1), hits / there)
    iou = {key: triple[0] for key, triple in scores.items()}
    chance = counts[4].item() / counts.sum().item()  # the IoU if all is called spoon
    assert iou["plain", 60] < chance < 0.2 < iou["weighted", 60]
    assert scores["weighted", 60][1] < 0.4 < 0.75 < scores["weighted", 60][2]
    assert iou["plain", 240] > iou["plain", 60] + 0.4
    assert iou["dice", 240] > max(iou["plain", 240], iou["weighted", 240])
    assert iou["plain", 240] > iou["weighted", 240] - 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_on_a_photograph_dice_over_all_18_classes_learns_less_than_over_the_five_that_occur(seed: int) -> None:
    names = run("10", "descent", ("figure-photo", "small", "here", "parts", "target"))
    target, iou = names["here"][None], {}
    for present_only in (False, True):
        loss = se.losses.SoftDice(present_only=present_only)
        *_, (_, logits) = names["descent"](loss, 4 * names["small"]["image"][None] - 2, target, 18, 60, seed)
        guess = logits.argmax(dim=1).masked_fill(target == 255, 255)
        scores = [
            ((guess == c) & (target == c)).sum() / ((guess == c) | (target == c)).sum() for c in names["parts"].tolist()
        ]
        iou[present_only] = torch.stack(scores).mean()
    assert iou[True] > iou[False] + 0.05


# ---- training: the lecture's own scenes, network and losses, as its recipe reads them ----


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


def stored(name: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a stored table by the names of their losses."""
    rows = json.loads(se.shipped(f"results/{name}.json").read_text(encoding="utf-8"))["rows"]
    return {row["loss"]: row for row in rows}


def test_with_four_times_the_steps_cross_entropy_overtakes_weights_and_overlap_stays_ahead() -> None:
    rows = stored("10_losses_long")
    ious, means, recalls, precisions = (
        {name: row["seeds"][score] for name, row in rows.items()}
        for score in ("rare IoU", "mean IoU", "recall", "precision")
    )
    assert len(rows) == 8
    assert {len(seeds) for seeds in ious.values()} == {3}
    told = {"cross-entropy": 0.69, "weighted (median)": 0.57, "soft Dice": 0.77, "Dice + CE": 0.75}
    assert {name: round(rows[name]["rare IoU"], 2) for name in told} == told
    assert max(ious["weighted (median)"]) < min(ious["cross-entropy"])
    assert max(means["weighted (median)"]) < min(means["cross-entropy"])
    assert max(ious["cross-entropy"]) < min(min(ious[name]) for name in ("soft Dice", "Dice + CE", "Lovász-softmax"))
    for name in ("Dice + weighted CE", "Tversky 0.3, 0.7"):
        assert all(iou >= plain for iou, plain in zip(ious[name], ious["cross-entropy"], strict=True))
    both, weights = "Dice + weighted CE", "weighted (median)"
    assert [round(rows[name]["recall"], 2) for name in (both, weights)] == [0.94, 0.94]
    assert [rows[name]["precision"] for name in (both, weights)] == [0.781, 0.595]
    assert min(precisions[both]) > max(precisions[weights]) + 0.1
    assert max(recalls["cross-entropy"]) < min(recalls[both])


def test_the_stored_table_says_what_the_lecture_says() -> None:
    rows = stored("10_losses")
    check_table(list(rows.values()))
    told = {
        "cross-entropy": 0.02,
        "weighted (median)": 0.40,
        "soft Dice": 0.62,
        "Dice + CE": 0.17,
        "Dice + weighted CE": 0.51,
    }
    assert {name: round(rows[name]["rare IoU"], 2) for name in told} == told
    assert len(rows) == 8


ALL_BICYCLIST, ALL_BUILDING = 0.018, 0.028  # IoU of the bicyclist, mean IoU, of a constant map on the streets


def test_on_a_new_drive_no_loss_finds_more_bicyclists_than_a_map_of_nothing_else_and_the_means_overlap() -> None:
    rows = stored("10_losses_camvid")
    assert len(rows) == 4
    for name, row in rows.items():
        assert max(row["seeds"]["rare IoU"]) < ALL_BICYCLIST
        assert (max(row["seeds"]["rare IoU"]) == 0) == (name != "weighted (median)")
        assert 0.255 < row["mean IoU"] < 0.295
        assert min(row["seeds"]["mean IoU"]) > 5 * ALL_BUILDING
    means = [row["seeds"]["mean IoU"] for row in rows.values()]
    assert max(min(seeds) for seeds in means) < min(max(seeds) for seeds in means)


def test_on_known_streets_weights_alone_find_the_bicyclist_with_each_seed() -> None:
    rows = stored("10_losses_known")
    weighted = rows["weighted (median)"]["seeds"]
    assert [round(iou, 2) for iou in weighted["known: rare IoU"]] == [0.34, 0.22, 0.13]
    assert min(weighted["known: rare IoU"]) > 5 * ALL_BICYCLIST
    assert min(weighted["known: recall"]) > 0.9
    for name in ("cross-entropy", "soft Dice"):
        assert max(rows[name]["seeds"]["known: rare IoU"]) < ALL_BICYCLIST
    for row in rows.values():
        assert max(row["seeds"]["new: rare IoU"]) < ALL_BICYCLIST + 0.004


@pytest.mark.real_data
def test_the_streets_baselines_shares_and_drives_are_those_of_the_text(real_data_root: Any) -> None:
    names = recipe("10").run("10", "data", dataset="camvid", root=str(real_data_root("camvid")))
    drives = [{sample["name"].split("_")[0] for sample in names[split]} for split in ("train", "val")]
    assert len(drives[0]) == 2
    assert len(drives[1]) == 1
    assert not drives[0] & drives[1]
    frames = [int(sample["name"].split("_")[1].split(".")[0]) for sample in names["val"]]
    assert (max(frames) - min(frames)) / 30 == pytest.approx(3, abs=0.2)
    new = torch.stack([sample["label_map"].as_subclass(Tensor) for sample in names["val"]])
    for label_maps, share in ((names["label_maps"], 0.003), (new, 0.018)):
        known = label_maps[label_maps != 255]
        assert (known == 10).float().mean().item() == pytest.approx(share, abs=5e-4)
    assert names["data"].classes[10] == "bicyclist"
    constant = se.ConfusionMatrix(11).update(torch.full_like(new, names["data"].classes.index("building")), new)
    assert constant.mean_iou() == pytest.approx(ALL_BUILDING, abs=5e-4)


def test_where_an_object_is_ten_times_rarer_lovasz_alone_still_gives_it_half_of_the_push() -> None:
    """What the text below the loss explorer says of its pushes."""

    def share(rare: float, name: str) -> float:
        push = se.explorers.LossExplorer(rare, 0.1, 0.1).pushes[name]
        return push.from_object / (push.from_object + push.from_background)

    assert [round(share(0.1, name), 2) for name in ("cross-entropy", "dice", "lovasz")] == [0.5, 0.49, 0.55]
    assert [round(share(0.01, name), 2) for name in ("cross-entropy", "dice", "lovasz")] == [0.08, 0.19, 0.51]


@pytest.mark.slow
@pytest.mark.skipif(FULL, reason="the full form makes the whole table")
def test_weights_and_dice_find_the_rare_class_where_plain_cross_entropy_does_not_in_short() -> None:
    names = recipe("10").lecture(steps=130)
    settings = ("cross-entropy", "weighted (median)", "soft Dice")
    plain, weighted, dice = (recipe("10").measure(names, setting, 0)["rare IoU"] for setting in settings)
    assert plain < 0.1, f"{plain:.3f}"
    assert weighted > plain + 0.15, f"{weighted:.3f} with weights, {plain:.3f} without"
    assert dice > plain + 0.15, f"{dice:.3f} with Dice, {plain:.3f} with cross-entropy"


def kept(names: dict[str, Any], setting: str, seed: int) -> dict[str, float]:
    """Train; return the mean confidence, the share of right pixels, that of 0.8 to 0.9, the rare class's mean p."""
    trainer = names["trained"](names["settings"][setting], seed, device="cpu", progress=False)
    label_maps = torch.stack([sample["label_map"].as_subclass(Tensor) for sample in names["val"]])
    p = torch.stack([se.predict(trainer.model, sample["image"], logits=True) for sample in names["val"]]).softmax(dim=1)
    confidence, guess = p.max(dim=1)
    right, high = (guess == label_maps).float(), (confidence > 0.8) & (confidence < 0.9)
    scores = {"confidence": confidence.mean(), "right": right.mean(), "high": right[high].mean()}
    return {name: value.item() for name, value in scores.items()} | {"rare": p[:, names["rare"]].mean().item()}


@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_dice_promises_more_than_it_keeps_cross_entropy_less_and_weights_too_many_sheep(seed: int) -> None:
    names = recipe("10").lecture()
    plain, weighted, dice = (kept(names, name, seed) for name in ("cross-entropy", "weighted (median)", "soft Dice"))
    share = (names["label_maps"] == names["rare"]).float().mean().item()
    assert dice["right"] < dice["confidence"] - 0.02
    assert dice["high"] < 0.75
    for other in (plain, weighted):
        assert other["confidence"] < other["right"]
        assert 0.85 < other["high"] < 0.97
    assert weighted["rare"] > max(plain["rare"], dice["rare"], 2 * share)


@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_losses_that_speak_for_the_rare_class_find_it_over_three_seeds() -> None:
    names = recipe("10").lecture()
    chosen = ("cross-entropy", "weighted (median)", "soft Dice", "Dice + weighted CE")
    check_table([recipe("10").row(names, setting) for setting in chosen])


@pytest.mark.real_data
@pytest.mark.skipif(not FULL, reason="takes a minute; SEGEDU_CLAIMS=full runs it")
def test_on_real_streets_weights_and_dice_raise_the_mean_iou(real_data_root: Any) -> None:
    names = recipe("10").lecture(dataset="camvid", root=str(real_data_root("camvid")))
    settings = ("cross-entropy", "weighted (median)", "soft Dice")
    plain, weighted, dice = (recipe("10").measure(names, setting, 0)["mean IoU"] for setting in settings)
    assert names["data"].classes[names["rare"]] == "bicyclist"
    assert weighted > plain + 0.02
    assert dice > plain + 0.06
