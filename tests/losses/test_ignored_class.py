"""A loss with an ignored class in 0 … C − 1: its pixels teach nothing, the mean over classes is of the others."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torchmetrics.functional.classification import multiclass_jaccard_index

from segedu.losses import BinarySoftDice, CrossEntropy, Focal, LovaszSoftmax, SoftDice, Tversky

CLASSES = 3


def logits_and_target(seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, CLASSES, 5, 7, generator=generator)
    return logits, torch.randint(CLASSES, (2, 5, 7), generator=generator)


@pytest.mark.parametrize("ignored", range(CLASSES))
def test_cross_entropy_is_torchs(ignored: int) -> None:
    logits, target = logits_and_target()
    expected = F.cross_entropy(logits, target, ignore_index=ignored)
    torch.testing.assert_close(CrossEntropy(ignore_index=ignored)(logits, target), expected)
    torch.testing.assert_close(Focal(gamma=0.0, ignore_index=ignored)(logits, target), expected)


@pytest.mark.parametrize("ignored", range(CLASSES))
def test_hard_predictions_cost_one_minus_torchmetrics_mean_iou(ignored: int) -> None:
    logits, target = logits_and_target(1)
    hard = 200.0 * F.one_hot(logits.argmax(dim=1), CLASSES).movedim(-1, 1)
    expected = 1 - multiclass_jaccard_index(logits.argmax(dim=1), target, CLASSES, ignore_index=ignored)
    for loss in (
        LovaszSoftmax(present_only=False, ignore_index=ignored),
        LovaszSoftmax(present_only=True, ignore_index=ignored),
        Tversky(alpha=1.0, beta=1.0, epsilon=0.0, ignore_index=ignored),
    ):
        torch.testing.assert_close(loss(hard, target), expected)


def test_dice_averages_over_the_classes_that_are_left() -> None:
    logits, target = logits_and_target(2)
    valid = (target != 1)[:, None]
    probabilities = logits.softmax(dim=1) * valid
    one_hot = F.one_hot(target, CLASSES).movedim(-1, 1) * valid
    pixels = (0, 2, 3)
    both = probabilities.sum(pixels) + one_hot.sum(pixels)
    dice = 2 * (probabilities * one_hot).sum(pixels) / both
    torch.testing.assert_close(SoftDice(epsilon=0.0, ignore_index=1)(logits, target), 1 - dice[[0, 2]].mean())


@pytest.mark.parametrize("loss", [SoftDice(ignore_index=1), LovaszSoftmax(present_only=False, ignore_index=1)])
def test_a_target_of_nothing_but_the_ignored_class_costs_nothing(loss: torch.nn.Module) -> None:
    logits, target = logits_and_target(3)
    assert loss(logits, torch.ones_like(target)).item() == 0


def test_binary_dice_counts_no_void_pixel_as_object() -> None:
    logits, target = logits_and_target(4)
    object_is_void = BinarySoftDice(epsilon=0.0, ignore_index=1)(logits[:, :1], target.clamp(max=1))
    assert object_is_void.item() == pytest.approx(1.0)  # no object is left: whatever is predicted is too much
    without = BinarySoftDice(epsilon=1.0, ignore_index=1)(-99 + 0 * logits[:, :1], target.clamp(max=1))
    assert without.item() == pytest.approx(0.0)
