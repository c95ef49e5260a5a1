"""An ignored class inside of 0 … C − 1 means in every score what void outside of it means: its pixels are gone."""

import pytest
import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_jaccard_index

from segedu.metrics.semantic import BoundaryF1, BoundaryIoU, ConfusionMatrix, ImageScores, mean_iou_per_image

CLASSES = 4


def maps(seed: int) -> tuple[Tensor, Tensor]:
    """Return prediction and target in which every class occurs."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randint(CLASSES, (2, 9, 13), generator=generator) for _ in range(2))


def moved_outside(target: Tensor, ignored: int) -> Tensor:
    return torch.where(target == ignored, 255, target)


def test_two_classes_of_which_one_is_ignored() -> None:
    matrix = ConfusionMatrix(2, ignore_index=0).update(torch.tensor([[1, 1, 0]]), torch.tensor([[0, 1, 1]]))
    assert matrix.iou().isnan().tolist() == [True, False]
    assert matrix.iou()[1] == 0.5
    assert matrix.mean_iou() == 0.5
    assert matrix.mean_dice() == pytest.approx(2 / 3)


@pytest.mark.parametrize("ignored", [0, 2, CLASSES - 1])
@pytest.mark.parametrize("seed", range(3))
def test_the_mean_is_torchmetrics(seed: int, ignored: int) -> None:
    prediction, target = maps(seed)
    expected = multiclass_jaccard_index(prediction, target, CLASSES, ignore_index=ignored)
    matrix = ConfusionMatrix(CLASSES, ignored).update(prediction, target)
    assert matrix.mean_iou() == pytest.approx(float(expected))
    images = ImageScores(CLASSES, ignored).update(prediction, target)
    assert images.total("mean_iou") == pytest.approx(float(expected))
    means = mean_iou_per_image(prediction, target, CLASSES, ignored)
    for mean, *pair in zip(means, prediction, target, strict=True):
        assert float(mean) == pytest.approx(float(multiclass_jaccard_index(*pair, CLASSES, ignore_index=ignored)))
    assert torch.equal(images.per_image("mean_iou"), means)


@pytest.mark.parametrize("ignored", [0, CLASSES - 1])
@pytest.mark.parametrize("score", ["iou", "dice", "accuracy"])
def test_other_classes_score_as_if_the_void_had_a_label_outside(ignored: int, score: str) -> None:
    prediction, target = maps(7)
    inside = getattr(ConfusionMatrix(CLASSES, ignored).update(prediction, target), score)()
    outside = getattr(ConfusionMatrix(CLASSES, 255).update(prediction, moved_outside(target, ignored)), score)()
    others = torch.arange(CLASSES) != ignored
    assert inside[ignored].isnan()
    assert torch.equal(inside[others], outside[others])


@pytest.mark.parametrize("ignored", [0, CLASSES - 1])
@pytest.mark.parametrize("kind", [BoundaryIoU, BoundaryF1])
def test_boundaries_of_an_ignored_class_have_no_score_and_no_part_in_the_mean(kind: type, ignored: int) -> None:
    prediction, target = maps(3)
    inside = kind(CLASSES, ignore_index=ignored).update(prediction, target)
    outside = kind(CLASSES).update(prediction, moved_outside(target, ignored))
    others = torch.arange(CLASSES) != ignored
    names = ["iou"] if kind is BoundaryIoU else ["precision", "recall", "f1"]
    for name in names:
        scores = getattr(inside, name)()
        assert scores[ignored].isnan()
        assert torch.equal(scores[others], getattr(outside, name)()[others])
    mean = inside.mean_iou() if kind is BoundaryIoU else inside.mean_f1()
    assert mean == pytest.approx(float(scores[others].mean()))
    # The prediction has bands of the ignored class, which outside count as a class of score 0.
    assert mean > (outside.mean_iou() if kind is BoundaryIoU else outside.mean_f1())


def test_resampled_scores_leave_the_ignored_class_out_too() -> None:
    prediction, target = maps(5)
    scores = ImageScores(CLASSES, 0).update(prediction, target)
    interval = scores.interval("mean_dice", samples=50)
    assert interval.low <= interval.score <= interval.high
    assert interval.score == pytest.approx(scores.total("mean_dice"))
