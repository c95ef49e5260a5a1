"""Scores per image and their bootstrap intervals: sums, order, seeds, coverage, several processes."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from segedu.metrics.semantic import ConfusionMatrix, ImageScores, confusion, mean_iou_per_image, per_image

SCORES = ("pixel_accuracy", "mean_accuracy", "mean_iou", "mean_dice", "frequency_weighted_iou")


def maps(images: int, seed: int = 0, classes: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    target = torch.randint(classes, (images, 6, 9), generator=generator)
    quality = torch.rand(images, 1, 1, generator=generator)  # good images and bad ones
    guess = torch.randint(classes, target.shape, generator=generator)
    prediction = torch.where(torch.rand(target.shape, generator=generator) < quality, target, guess)
    return prediction, target.masked_fill(torch.rand(target.shape, generator=generator) < 0.1, 255)


@pytest.mark.parametrize("score", SCORES)
def test_the_total_is_that_of_the_confusion_matrix_and_each_image_has_its_own(score: str) -> None:
    prediction, target = maps(7)
    scores, matrix = ImageScores(4).update(prediction, target), ConfusionMatrix(4).update(prediction, target)
    assert scores.total(score) == getattr(matrix, score)()
    own = [getattr(ConfusionMatrix(4).update(*pair), score)() for pair in zip(prediction, target, strict=True)]
    np.testing.assert_array_equal(scores.per_image(score), own)


def test_single_images_batches_and_merged_halves_are_the_same_state() -> None:
    prediction, target = maps(5)
    batch, single = ImageScores(4).update(prediction, target), ImageScores(4)
    for pair in zip(prediction, target, strict=True):
        single.update(*pair)
    halves = ImageScores(4).update(prediction[:2], target[:2]).merge(ImageScores(4).update(prediction[2:], target[2:]))
    assert torch.equal(batch.counts, single.counts)
    assert torch.equal(batch.counts, halves.counts)
    np.testing.assert_array_equal(batch.per_image(), mean_iou_per_image(prediction, target, 4))


def test_an_image_that_is_void_throughout_is_nan_and_does_no_harm() -> None:
    prediction, target = maps(6)
    target[2] = 255
    scores = ImageScores(4).update(prediction, target)
    assert torch.isnan(scores.per_image()).tolist() == [False, False, True, False, False, False]
    assert not np.isnan(scores.interval()).any()


def test_an_interval_is_what_a_loop_over_drawn_images_gives() -> None:
    scores = ImageScores(4).update(*maps(9))
    draws = torch.randint(9, (200, 9), generator=torch.Generator().manual_seed(3))
    drawn = []
    for images in draws:
        matrix = ConfusionMatrix(4)
        matrix.counts = scores.counts[images].sum(dim=0)
        drawn.append(matrix.mean_iou())
    low, score, high = scores.interval(level=0.9, samples=200, seed=3)
    assert (low, high) == pytest.approx(tuple(np.quantile(drawn, (0.05, 0.95))), abs=1e-12)
    assert low < score < high
    assert scores.interval(level=0.9, samples=200, seed=3) == (low, score, high)


def test_four_times_the_images_halve_the_interval() -> None:
    widths = []
    for images in (40, 160, 640):
        low, _, high = ImageScores(4).update(*maps(images, seed=1)).interval()
        widths.append(high - low)
    assert 1.6 < widths[0] / widths[1] < 2.5
    assert 1.6 < widths[1] / widths[2] < 2.5


def test_a_95_percent_interval_holds_the_truth_about_95_times_in_100() -> None:
    truth = ImageScores(4).update(*maps(4000, seed=2)).total()
    intervals = [ImageScores(4).update(*maps(40, seed=100 + trial)).interval(samples=400) for trial in range(200)]
    held = sum(low <= truth <= high for low, _, high in intervals)
    assert 180 <= held <= 198  # 190 expected; a percentile interval over 40 images is a little too narrow


def test_batches_of_different_lengths_are_refused_in_words() -> None:
    prediction, target = maps(3)
    with pytest.raises(ValueError, match="shape"):
        ImageScores(4).update(prediction[:2], target)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"score": "miou"}, "choose one of pixel_accuracy"),
        ({"level": 95}, "a level between 0 and 1"),
        ({"samples": 0}, "at least one sample"),
    ],
)
def test_mistakes_are_named(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ImageScores(4).update(*maps(3)).interval(**arguments)  # type: ignore[arg-type]


def test_a_paired_difference_is_surer_than_two_intervals_and_has_the_right_sign() -> None:
    prediction, target = maps(40)
    wrong = prediction.clone()
    wrong[:, :1] = (wrong[:, :1] + 1) % 4  # a little worse in each image
    good, bad = ImageScores(4).update(prediction, target), ImageScores(4).update(wrong, target)
    low, difference, high = good.difference(bad)
    assert difference == pytest.approx(good.total() - bad.total())
    assert 0 < low < difference < high
    intervals = [scores.interval() for scores in (good, bad)]
    assert intervals[0].low < intervals[1].high  # apart, they can't be told from each other
    assert good.difference(good) == (0, 0, 0)
    with pytest.raises(ValueError, match="not seen the same targets"):
        good.difference(ImageScores(4).update(prediction, target.roll(1, dims=0)))


def test_one_image_has_no_interval_and_other_classes_do_not_merge() -> None:
    with pytest.raises(ValueError, match="needs at least two"):
        ImageScores(4).update(*maps(1)).interval()
    with pytest.raises(ValueError, match="merge equal ones only"):
        ImageScores(4).merge(ImageScores(5))


PROGRAM = textwrap.dedent("""
    import gc, sys, torch
    from segedu.metrics.semantic import BoundaryIoU
    from segedu.metrics.semantic import ImageScores

    generator = torch.Generator().manual_seed(0)
    maps = torch.randint(3, (2, 5, 8, 11), generator=generator)
    torch.distributed.init_process_group("gloo")
    rank, world = torch.distributed.get_rank(), torch.distributed.get_world_size()
    scores, bands = ImageScores(3), BoundaryIoU(3)
    for image in range(rank, 5, world):
        scores.update(maps[0, image], maps[1, image])
        bands.update(maps[0, image], maps[1, image])
    scores.reduce()
    bands.reduce()
    if rank == world - 1:
        torch.save({"maps": maps, "scores": scores.counts, "bands": bands.counts}, sys.argv[1])
    gc.collect()
    torch.distributed.destroy_process_group()
""")


def test_two_processes_collect_the_images_in_the_order_of_one(tmp_path: Path) -> None:
    from segedu.metrics.semantic import BoundaryIoU

    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += [str(tmp_path / "program.py"), str(tmp_path / "found.pt")]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = torch.load(tmp_path / "found.pt", weights_only=True)
    assert torch.equal(found["scores"], ImageScores(3).update(*found["maps"]).counts)
    assert torch.equal(found["bands"], BoundaryIoU(3).update(*found["maps"]).counts)


def test_each_image_is_checked_once_not_once_more_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    for module in (per_image, confusion):
        monkeypatch.setattr(module, "check_label_maps", lambda prediction, target: looks.append(target.shape))
    per_image.ImageScores(2).update(torch.zeros(3, 4, 5).long(), torch.zeros(3, 4, 5).long())
    assert looks == [(3, 4, 5)]
