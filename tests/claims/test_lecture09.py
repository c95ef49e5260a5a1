"""What lecture 09 claims: identities, seven libraries' mean IoUs of one prediction, blind spots, sure differences."""

import json
import warnings
from functools import cache

import numpy as np
import pytest
import torch
from for_each import for_each
from torch import Tensor

import segedu as se
from segedu.course.lecture_code import run
from segedu.training.weights import load_weights


@for_each(seed=range(60))
def test_scikit_learns_f1_is_two_of_its_jaccard_over_one_plus_it_and_ours_are_the_same(seed: int) -> None:
    from sklearn.metrics import f1_score, jaccard_score

    prediction, target = torch.randint(3, (2, 5, 8), generator=torch.Generator().manual_seed(seed))
    matrix = se.ConfusionMatrix(3).update(prediction, target)
    labels = {"average": None, "labels": [0, 1, 2]}
    f1, jaccard = (score(target.flatten(), prediction.flatten(), **labels) for score in (f1_score, jaccard_score))
    np.testing.assert_allclose(f1, 2 * jaccard / (1 + jaccard))
    np.testing.assert_allclose(matrix.dice(), f1)
    np.testing.assert_allclose(matrix.iou(), jaccard)


@pytest.mark.parametrize(("side", "expected"), [(2, (1 / 3, 1 / 3, 1.0)), (12, (11 / 13, 0.6, 1.0))])
def test_of_a_square_moved_by_a_cell_boundary_iou_falls_as_iou_or_more_and_boundary_f1_stays(
    side: int, expected: tuple[float, ...]
) -> None:
    """What the answer beside the explorer says: 24 x 36 cells, bands of 2, a tolerance of 1."""
    target, moved = (torch.zeros(24, 36, dtype=torch.long) for _ in range(2))
    target[4 : 4 + side, 6 : 6 + side] = moved[4 : 4 + side, 7 : 7 + side] = 1
    scores = se.explorers.MetricLab(target, moved).scores
    assert [scores[name] for name in ("iou", "boundary_iou", "boundary_f1")] == pytest.approx(expected)
    assert scores["boundary_iou"] == min(scores.values())


@for_each(seed=range(20))
def test_the_lectures_hausdorff_distances_are_monais(seed: int) -> None:
    from monai.metrics import compute_hausdorff_distance

    hausdorff = run("09", ("hausdorff", "hausdorff"))["hausdorff"]
    with se.seeded(seed):  # blobs that keep off the image's border, where libraries differ
        noise = torch.nn.functional.avg_pool2d(torch.rand(2, 1, 25, 29), 5, stride=1, padding=2)[:, 0]
    masks = torch.nn.functional.pad(noise[:, 3:-3, 3:-3] > 0.5, (4, 4, 4, 4))
    one_hot = torch.stack([~masks, masks], dim=1).float()[:, None]
    for share in (1.0, 0.95):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = compute_hausdorff_distance(one_hot[0], one_hot[1], percentile=100 * share)
        assert hausdorff(masks[0], masks[1], share) == pytest.approx(theirs.item(), abs=1e-4)


def test_an_accuracy_of_95_percent_can_go_with_an_iou_of_0() -> None:
    target = torch.zeros(4, 10, dtype=torch.long)
    target[1:3, 6] = 1
    matrix = se.ConfusionMatrix(2).update(torch.zeros_like(target), target)
    assert matrix.pixel_accuracy() == 0.95
    assert float(matrix.iou()[1]) == 0


@cache
def lecture() -> tuple[Tensor, Tensor]:
    """Return the predictions and targets of the lecture's first network on its 48 scenes."""
    scenes = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, void_border=1)
    network = load_weights(se.UNet(3, 10, width=8, depth=4, skips=False), "unet_scenes_blind")
    samples = [scenes[index] for index in range(48)]
    predictions = torch.stack([se.predict(network, sample["image"]) for sample in samples])
    return predictions, torch.stack([sample["label_map"].as_subclass(Tensor) for sample in samples])


def values_by_library() -> dict[str, float]:
    """Return the mean IoU of the lecture's prediction as each library computes it, by the lecture's rule."""
    import segmentation_models_pytorch as smp
    import sklearn.metrics
    from monai.metrics import MeanIoU
    from torchmetrics.classification import MulticlassJaccardIndex

    predictions, targets = lecture()
    valid = targets != 255
    pixels = targets[valid].numpy(), predictions[valid].numpy()
    stats = smp.metrics.get_stats(predictions, targets, mode="multiclass", num_classes=10, ignore_index=255)
    found = {
        f"sums; {rule}": sklearn.metrics.jaccard_score(*pixels, average=average)
        for rule, average in (
            ("absent classes left out", "macro"),
            ("weighted by frequency", "weighted"),
            ("all classes as one", "micro"),
        )
    }
    for empty in (1, 0):
        name = f"per image; absent counts {empty}"
        found[name] = float(smp.metrics.iou_score(*stats, reduction="macro-imagewise", zero_division=float(empty)))
    one_hot = [se.to_one_hot(labels.masked_fill(~valid, 255), 10) for labels in (predictions, targets)]
    for name, background in (("per image; its own classes", True), ("per image; its own but the first", False)):
        metric = MeanIoU(include_background=background)
        metric(*one_hot)
        found[name] = float(metric.aggregate())
    assert float(smp.metrics.iou_score(*stats, reduction="micro")) == pytest.approx(found["sums; all classes as one"])
    jaccard = MulticlassJaccardIndex(10, average="macro", ignore_index=255)
    assert float(jaccard(predictions, targets)) == pytest.approx(found["sums; absent classes left out"], abs=1e-6)
    return found


TABLE = {
    "sums; absent classes left out": 0.590,
    "sums; weighted by frequency": 0.849,
    "sums; all classes as one": 0.841,
    "per image; its own classes": 0.616,
    "per image; its own but the first": 0.570,
    "per image; absent counts 1": 0.638,
    "per image; absent counts 0": 0.509,
}


def test_on_the_street_of_the_goal_two_of_eight_classes_cost_the_mean_iou() -> None:
    names = run("09", "data")
    matrix = se.ConfusionMatrix(10).update(names["guess"], names["street"]["label_map"])
    iou = matrix.iou()
    known = iou[~iou.isnan()]
    pole, boulder = (names["scenes"].classes.index(name) for name in ("pole", "boulder"))
    assert len(known) == 8
    assert float(matrix.counts[boulder].sum()) == 0 < float(matrix.counts[:, boulder].sum())  # invented
    assert sorted(known.tolist())[:2] == sorted([float(iou[pole]), float(iou[boulder])])
    assert float(iou[boulder]) == 0 < float(iou[pole]) < 0.2


def test_seven_rules_of_installed_libraries_give_the_lectures_seven_numbers() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = values_by_library()
    assert found == pytest.approx(TABLE, abs=6e-4)


def test_void_as_a_class_costs_five_hundredths() -> None:
    predictions, targets = lecture()
    without = se.ConfusionMatrix(10).update(predictions, targets).mean_iou()
    counted = se.ConfusionMatrix(10).update(predictions, targets.masked_fill(targets == 255, 0)).mean_iou()
    assert (without, counted) == pytest.approx((0.590, 0.539), abs=6e-4)


def test_a_shift_of_four_pixels_is_seen_by_outlines_and_hardly_by_the_iou_of_a_block() -> None:
    target, moved = (torch.zeros(50, 110, dtype=torch.long) for _ in range(2))
    target[5:45, 30:70] = moved[5:45, 34:74] = 1
    iou = float(se.ConfusionMatrix(2).update(moved, target).iou()[1])
    outline = float(se.BoundaryF1(2, tolerance=1).update(moved, target).f1()[1])
    band = float(se.metrics.BoundaryIoU(2, width=2).update(moved, target).iou()[1])
    assert iou == pytest.approx(36 / 44)
    assert outline < 0.55
    assert band < 0.4


def test_the_difference_on_the_same_images_tells_what_two_intervals_do_not() -> None:
    network = load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
    scenes = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, length=256)
    plain, mirrored = se.ImageScores(10), se.ImageScores(10)
    for sample in (scenes[index] for index in range(256)):
        image = sample["image"]
        logits = se.predict(network, image, logits=True).softmax(dim=0)
        both = logits + se.predict(network, image.flip(-1), logits=True).softmax(dim=0).flip(-1)
        plain.update(logits.argmax(dim=0), sample["label_map"].as_subclass(Tensor))
        mirrored.update(both.argmax(dim=0), sample["label_map"].as_subclass(Tensor))
    for seed in (0, 1, 2):
        assert mirrored.interval(seed=seed).low < plain.interval(seed=seed).high
        difference = mirrored.difference(plain, seed=seed)
        assert difference.low > 0.002
        assert difference.score == pytest.approx(0.006, abs=6e-4)


def test_on_the_stored_real_images_the_mirror_does_not_pay() -> None:
    rows = json.loads(se.shipped("results/09_metrics.json").read_text(encoding="utf-8"))["rows"]
    leads = {row["data set"]: row["mirror's lead (95 %)"].split() for row in rows}
    low, high = float(leads["pets"][2]), float(leads["pets"][4])
    assert low < 0 < high
    assert float(leads["camvid"][4]) < 0
    assert float(leads["camvid"][0].rstrip(",")) == pytest.approx(-0.005)
    for row in rows:
        assert row["most frequent class"] + 0.15 < row["no skips"] < row["U-Net"]


@for_each(index=range(8))
def test_boundary_f1_forgives_a_shift_of_its_tolerance_and_condemns_blocks(index: int) -> None:
    scenes = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0)
    labels = scenes[index]["label_map"].as_subclass(Tensor)
    lower = torch.cat([labels[:1], labels[:-1]])
    blocks = labels[::4, ::4].repeat_interleave(4, dim=0).repeat_interleave(4, dim=1)
    scores = [se.BoundaryF1(10, tolerance=1).update(other, labels).mean_f1() for other in (lower, blocks)]
    assert scores[0] > 0.95 > 0.75 > scores[1], scores


@for_each(index=range(8))
def test_a_void_band_hides_the_outlines_of_things_from_boundary_f1(index: int) -> None:
    bare, banded = (
        se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, void_border=band)[index]["label_map"]
        for band in (0, 1)
    )
    things = [c for c in banded.unique().tolist() if 6 <= c < 10]  # car, boulder, pyramid, sheep
    assert things
    scored = [se.BoundaryF1(10, tolerance=1).update(bare, labels).f1()[things] for labels in (bare, banded)]
    assert scored[0].eq(1).all()
    assert scored[1].isnan().all()


def test_boundary_iou_of_a_thin_thing_is_its_iou_and_boundary_f1_forgives_it_a_pixel() -> None:
    names = run("09", "rectangle")
    for width in (1, 2, 3, 4):
        for shift in range(5):
            iou, outline, band = names["measure"](names["rectangle"](width, shift), names["rectangle"](width))
            assert iou == pytest.approx(max(0, width - shift) / (width + shift))
            assert band == pytest.approx(iou)
            assert outline == 1 or shift > 1


def test_a_wider_void_band_flatters_the_same_network() -> None:
    network = load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
    scores = []
    for band in (0, 1, 2):
        scenes = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, void_border=band)
        matrix = se.ConfusionMatrix(10)
        for sample in (scenes[index] for index in range(48)):
            matrix.update(se.predict(network, sample["image"]), sample["label_map"].as_subclass(Tensor))
        scores.append(matrix.mean_iou())
    assert np.diff(scores).min() > 0.015
