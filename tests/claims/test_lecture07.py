"""What lecture 07 claims: operators that equal torch's, labels that stay labels, and what each way back is worth.

In `make test`: one seed trained on 48 × 64 pixels for a few steps, and the stored tables of three seeds. Only
`make claims` trains three seeds, as the lecture's recipe does.
"""

import json
import os
import random
from functools import cache
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from for_each import for_each
from torch import Tensor, nn

import segedu as se
from segedu.course.lecture_code import recipe

FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
CONFIGURATIONS = range(60)
SEEDS = (0, 1, 2) if FULL else (0,)


@cache
def lecture() -> dict[str, Any]:
    """Return the lecture's own names; the short form has fewer and smaller scenes."""
    names = recipe("07").lecture(steps=recipe("07").STEPS if FULL else 80)
    if not FULL:
        for split, length in (("train", 96), ("val", 24)):
            scenes = se.Scenes(length, size=(48, 64), split=split, thin=3.0, thin_width=3.0)
            names[split] = [scenes[index] for index in range(length)]
        names["images"] = torch.stack([sample["image"].as_subclass(Tensor) for sample in names["val"]])
    return names


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    return json.loads(se.shipped("results/07_upsampling.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def longer() -> dict[str, Any]:
    return json.loads(se.shipped("results/07_longer.json").read_text(encoding="utf-8"))


def images(seed: int) -> tuple[Tensor, tuple[int, int]]:
    """Draw images and an output size, never square."""
    rng = random.Random(seed)
    height, rows = rng.randint(2, 9), rng.randint(1, 12)
    shape = (rng.randint(1, 2), rng.randint(1, 3), height, height + rng.randint(1, 4))
    x = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return x, (rows, rows + rng.randint(1, 9))


@for_each(seed=CONFIGURATIONS)
def test_resizing_by_hand_equals_torch(seed: int) -> None:
    x, size = images(seed)
    assert torch.equal(se.ops.upsample_nearest(x, size), F.interpolate(x, size, mode="nearest"))
    assert torch.equal(se.ops.upsample_nearest(x, size, exact=True), F.interpolate(x, size, mode="nearest-exact"))
    for mode, resize in (("bilinear", se.ops.upsample_bilinear), ("bicubic", se.ops.upsample_bicubic)):
        for options in ({}, {"align_corners": True}, {"antialias": True}):
            expected = F.interpolate(x, size, mode=mode, **options)
            torch.testing.assert_close(resize(x, size, **options), expected, atol=1e-5, rtol=1e-4)


@for_each(seed=CONFIGURATIONS)
def test_unpooling_what_was_pooled_keeps_exactly_the_maxima_in_place(seed: int) -> None:
    x = images(seed)[0].abs() + 1
    values, indices = se.ops.max_pool_with_indices(x, 2)
    expected = F.max_pool2d(x, 2, return_indices=True)
    assert torch.equal(values, expected[0])
    assert torch.equal(indices, expected[1])
    back = se.ops.max_unpool(values, indices, tuple(x.shape[2:]))
    assert torch.equal(back, F.max_unpool2d(values, indices, 2, output_size=x.shape[2:]))
    is_maximum = torch.zeros_like(x, dtype=torch.bool)
    covered = (..., slice(0, x.shape[2] // 2 * 2), slice(0, x.shape[3] // 2 * 2))
    is_maximum[covered] = x[covered] == se.ops.upsample_nearest(values, tuple(x[covered].shape[2:]))
    assert torch.equal(back, torch.where(is_maximum, x, 0))


def drawn_network(seed: int) -> tuple[nn.Sequential, int]:
    """Draw a network of convolutions and poolings without padding; return it with its stride."""
    rng, parts, stride = random.Random(seed), [], 1
    for _ in range(rng.randint(1, 3)):
        kernel, step = rng.randint(1, 3), rng.choice((1, 2))
        parts += [nn.Conv2d(2, 2, kernel, step), nn.ReLU()] if rng.random() < 0.6 else [nn.MaxPool2d(kernel, step)]
        stride *= step
    return nn.Sequential(*parts).double(), stride


@for_each(seed=CONFIGURATIONS)
def test_shift_and_stitch_equals_dense_evaluation(seed: int) -> None:
    with se.seeded(seed):
        network, stride = drawn_network(seed)
        image = torch.randn(1, 2, 31, 34, dtype=torch.float64)
    with torch.no_grad():
        dense = se.ops.strided_to_dilated(network, 1)(image)
        torch.testing.assert_close(se.ops.shift_and_stitch(network, image, stride), dense)
        side = 31 - dense.shape[2] + 1  # of the window that the network sees
        for i, j in ((0, 0), (3, 5), (dense.shape[2] - 1, dense.shape[3] - 1)):  # and the network, asked there alone
            window = image[:, :, i : i + side, j : j + side]
            torch.testing.assert_close(network(window)[0, :, 0, 0], dense[0, :, i, j])


def test_the_shipped_network_looked_at_again_equals_its_dilated_twin_away_from_the_border() -> None:
    network = se.load_weights(lecture()["Coarse"](), "coarse_stride_8").encoder
    field, image = se.receptive_field(network).size[0], se.Scenes(1, size=(160, 176), split="val")[0]["image"][None]
    with torch.no_grad():
        stitched = se.ops.shift_and_stitch(network, image.as_subclass(Tensor) * 4 - 2, 8)
        dense = se.ops.strided_to_dilated(network, 1)(image.as_subclass(Tensor) * 4 - 2)
    reach = field // 2 + 1
    inside = (..., slice(reach, -reach), slice(reach, -reach))
    assert stitched[inside].numel() > 0
    torch.testing.assert_close(stitched[inside], dense[inside], atol=1e-3, rtol=1e-3)


@for_each(seed=CONFIGURATIONS)
def test_copying_commutes_with_taking_the_largest_score_and_mixing_labels_invents_classes(seed: int) -> None:
    logits, size = images(seed)
    labels = logits.argmax(1, keepdim=True)
    assert torch.equal(
        se.ops.upsample_nearest(labels, size), se.ops.upsample_nearest(logits, size).argmax(1, keepdim=True)
    )
    far = torch.tensor([[[[0.0, 8.0]]]])
    between = se.ops.upsample_bilinear(far, (1, 8)).round().unique().tolist()
    assert between == [0, 1, 3, 5, 7, 8]


def test_poolings_make_areas_and_odd_convolutions_make_points() -> None:
    def middle(layers: list) -> float:
        field = se.receptive_field(layers)
        return field.start[0] + (field.size[0] - 1) / 2

    assert middle([(2, 2)] * 3) == 3.5
    assert middle([(3, 2, 1)] * 3) == 0.0


def coarse_scores(seed: int, corners: bool = False) -> dict[str, dict[str, float]]:
    """Return the scores of the ways back of one coarse network, trained with this seed."""
    names = lecture()
    return recipe("07").ways_back(names, recipe("07").train(names, "Coarse", seed, 8, len(names["classes"]), corners))


BILINEAR, CORNERS = "logits, bilinear", "logits, bilinear, align_corners"


@pytest.fixture(scope="module")
def coarse() -> dict[tuple[int, bool], dict[str, float]]:
    """Return, for each seed and `align_corners` of the training, the boundary F1 of each way back."""
    runs = {(seed, corners): coarse_scores(seed, corners) for seed in SEEDS for corners in (False, True)}
    return {key: {way: scores["boundary F1"] for way, scores in run.items()} for key, run in runs.items()}


@cache
def most_frequent() -> dict[str, float]:
    """Return the scores of the trivial baseline: each pixel gets the class that was most frequent at its place."""
    names = lecture()
    maps = torch.stack([sample["label_map"].as_subclass(Tensor) for sample in names["train"]])
    counts = torch.stack([(maps == label).sum(0) for label in range(len(names["classes"]))])
    return names["score"]([counts.argmax(0)] * len(names["val"]))


@pytest.mark.slow
def test_mixing_scores_beats_copying_labels_beats_mixing_labels_with_every_seed(coarse: dict) -> None:
    for seed in SEEDS:
        outlines = coarse[seed, False]
        assert outlines["labels mixed and rounded"] > most_frequent()["boundary F1"] + 0.03, (seed, outlines)
        assert outlines["labels mixed and rounded"] + 0.03 < outlines["labels copied"], (seed, outlines)
        assert outlines["labels copied"] + 0.05 < outlines[BILINEAR], (seed, outlines)


@pytest.mark.slow
def test_the_other_align_corners_than_in_training_costs_outlines_with_every_seed(coarse: dict) -> None:
    for seed in SEEDS:
        assert coarse[seed, False][CORNERS] + 0.02 < coarse[seed, False][BILINEAR], (seed, coarse[seed, False])
        assert coarse[seed, True][BILINEAR] + 0.02 < coarse[seed, True][CORNERS], (seed, coarse[seed, True])


@pytest.mark.slow
def test_cells_behind_poolings_are_areas_and_training_them_as_points_costs_outlines(coarse: dict) -> None:
    for seed in SEEDS:
        assert coarse[seed, True][CORNERS] + 0.005 < coarse[seed, False][BILINEAR], (seed, coarse)


def decoder_scores(seed: int, way: str) -> tuple[float, float]:
    """Return boundary F1 and thin IoU of a network that comes up in steps, trained with this seed."""
    names = lecture()
    network = recipe("07").train(names, "UpAndDown", seed, way, len(names["classes"]))
    scores = names["score"]([se.predict(network, image) for image in names["images"]])
    return scores["boundary F1"], scores["thin IoU"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_copy_from_the_way_down_is_worth_more_than_remembered_places(seed: int) -> None:
    (copied, copied_thin), (unpooled, unpooled_thin) = (
        decoder_scores(seed, way) for way in ("bilinear + copy", "max unpooling")
    )
    assert copied > unpooled + 0.05 > most_frequent()["boundary F1"] + 0.1
    assert copied_thin > unpooled_thin + 0.05


def test_the_ways_up_have_equal_parameters_and_macs(longer: dict[str, Any]) -> None:
    rows = longer["decoders"]
    assert [row["way up"] for row in rows] == list(lecture()["ways_up"])
    assert len({(row["parameters"], row["MACs"]) for row in rows}) == 1


def test_half_the_stride_is_worth_as_much_again_as_a_better_way_back(longer: dict[str, Any]) -> None:
    """From copied labels about as much as the best way back, from bilinear logits more, with every seed."""
    outlines = {(row["stride"], row["way back"]): row["boundary F1"] for row in longer["ways"]}
    best = max(score for (stride, _), score in outlines.items() if stride == 8)
    copied = outlines[8, "labels copied"]
    assert [round(score - copied, 2) for score in (best, outlines[4, "labels copied"])] == [0.31, 0.33]
    assert round(outlines[4, BILINEAR] - outlines[8, BILINEAR], 2) == 0.19
    assert best == outlines[8, BILINEAR]
    seeds = [row["seeds"]["boundary F1"] for row in longer["ways"] if row["way back"] == BILINEAR]
    assert min(seeds[1]) > max(seeds[0]) + 0.15


def test_the_description_of_the_ways_back_holds_the_stored_numbers(longer: dict[str, Any]) -> None:
    outlines = {s: [round(row["boundary F1"], 2) for row in longer["ways"] if row["stride"] == s] for s in (8, 4)}
    assert outlines == {8: [0.19, 0.37, 0.68, 0.47, 0.67, 0.68], 4: [0.31, 0.71, 0.87, 0.81, 0.88, 0.89]}


SCORES = ("mean IoU", "boundary F1", "thin IoU")


def test_bicubic_in_one_run_has_the_score_of_looking_again_at_stride_8(longer: dict[str, Any]) -> None:
    rows = {(row["stride"], row["way back"]): row for row in longer["ways"]}
    bicubic, again = rows[8, "logits, bicubic"], rows[8, "shift and stitch"]
    assert round(bicubic["mean IoU"], 3) == round(again["mean IoU"], 3) == 0.669
    assert again["MACs"] > 17 * bicubic["MACs"]
    again, others = rows[4, "shift and stitch"], (rows[4, BILINEAR], rows[4, "logits, bicubic"])
    for other in others:
        for value, theirs in zip(again["seeds"]["boundary F1"], other["seeds"]["boundary F1"], strict=True):
            assert value > theirs
    assert 0.005 < again["boundary F1"] - others[1]["boundary F1"] < 0.015


def test_the_lead_of_bicubic_and_of_looking_again_in_outlines_goes_with_more_steps(
    stored: dict[str, Any], longer: dict[str, Any]
) -> None:
    early, late = ({row["way back"]: row for row in part["ways"] if row["stride"] == 8} for part in (stored, longer))
    for way in ("logits, bicubic", "shift and stitch"):
        assert early[way]["boundary F1"] > early[BILINEAR]["boundary F1"]
        assert late[way]["boundary F1"] < late[BILINEAR]["boundary F1"]
        for value, bilinear in zip(late[way]["seeds"]["mean IoU"], late[BILINEAR]["seeds"]["mean IoU"], strict=True):
            assert value > bilinear + 0.01


def test_the_network_of_the_goal_is_the_first_seed_of_the_long_table(longer: dict[str, Any]) -> None:
    names = recipe("07").lecture(steps=recipe("07").LONG)
    runs = recipe("07").ways_back(names, se.load_weights(names["Coarse"](), "coarse_stride_8"))
    for row in longer["ways"]:
        if row["stride"] == 8:
            first = {key: row["seeds"][key][0] for key in SCORES}
            assert runs[row["way back"]] == pytest.approx(first, abs=2e-3)


def test_a_copy_is_best_and_each_way_up_finds_more_outlines_than_no_decoder(
    stored: dict[str, Any], longer: dict[str, Any]
) -> None:
    """With every seed; after 250 steps three of the ways had no lead by more than the spread."""
    rows = {row["way up"]: row["seeds"] for row in longer["decoders"]}
    coarse = next(row for row in longer["ways"] if (row["stride"], row["way back"]) == (8, BILINEAR))["seeds"]
    for key in SCORES:
        others = [max(seeds[key]) for way, seeds in rows.items() if way != "bilinear + copy"]
        assert min(rows["bilinear + copy"][key]) > max(others)
    for seeds in rows.values():
        assert all(value > none for value, none in zip(seeds["boundary F1"], coarse["boundary F1"], strict=True))
    assert sum(rows["bed of nails"]["mean IoU"]) < sum(coarse["mean IoU"])
    assert min(rows["max unpooling"]["thin IoU"]) > 2 * max(rows["nearest"]["thin IoU"])
    early, short = {row["way up"]: row for row in stored["decoders"]}, stored["ways"]
    coarse = next(row for row in short if (row["stride"], row["way back"]) == (8, BILINEAR))
    for way in ("nearest", "bilinear", "bed of nails"):
        for key in SCORES[:2]:
            assert early[way][key] < coarse[key] + early[way][f"± {key}"] + coarse[f"± {key}"], (way, key)


def test_nails_are_the_worst_start_at_both_budgets(stored: dict[str, Any], longer: dict[str, Any]) -> None:
    for rows in (stored["decoders"], longer["decoders"]):
        for key in SCORES[:2]:
            assert min(rows, key=lambda row: row[key])["way up"] == "bed of nails"


def test_on_real_streets_the_first_three_rows_keep_their_order_and_the_rest_is_not_seen(stored: dict[str, Any]) -> None:
    rows = {row["way back"]: row for row in stored["camvid"]["rows"]}
    for key in SCORES[:2]:
        assert rows["labels mixed and rounded"][key] < rows["labels copied"][key] < rows[BILINEAR][key]
    assert rows[CORNERS]["mean IoU"] > rows[BILINEAR]["mean IoU"] - 0.01
    for key in SCORES[:2]:  # the twin gave no more
        assert rows["shift and stitch"][key] < min(rows[BILINEAR][key], rows["logits, bicubic"][key])
    assert all(row["thin IoU"] < 0.02 for row in rows.values())


def test_the_stored_tables_say_what_the_prose_says(stored: dict[str, Any], longer: dict[str, Any]) -> None:
    ways = {(row["stride"], row["way back"]): row["boundary F1"] for row in longer["ways"]}
    gains = [round(ways[stride, BILINEAR] - ways[stride, "labels copied"], 2) for stride in (8, 4)]
    corners = {(row["align_corners in training"], row["in the test"]): row["boundary F1"] for row in stored["corners"]}
    assert gains == [0.31, 0.16]
    assert [round(corners[flag, flag], 2) for flag in (True, False)] == [0.49, 0.55]
