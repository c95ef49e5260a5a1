"""The metrics against scikit-learn and torchmetrics, on random and on degenerate maps."""

import warnings

import numpy as np
import pytest
import sklearn.metrics
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchmetrics.functional.classification import multiclass_accuracy, multiclass_jaccard_index

from segedu.metrics.semantic import ConfusionMatrix, confusion_matrix

CLASSES = 5


def random_maps(seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    target = torch.randint(CLASSES, (3, 6, 11), generator=generator)
    guess = torch.randint(CLASSES, target.shape, generator=generator)
    prediction = torch.where(torch.rand(target.shape, generator=generator) < 0.6, target, guess)
    return prediction, target.masked_fill(torch.rand(target.shape, generator=generator) < 0.1, 255)


def degenerate_maps() -> dict[str, tuple[Tensor, Tensor]]:
    zeros, ones = torch.zeros(1, 4, 7, dtype=torch.int64), torch.ones(1, 4, 7, dtype=torch.int64)
    one_pixel, half_void = zeros.clone(), ones.clone()
    one_pixel[0, 2, 3], half_void[0, :2] = 4, 255
    return {
        "all right, one class": (zeros, zeros),
        "all wrong": (zeros, ones),
        "one pixel missed": (zeros, one_pixel),
        "one pixel found": (one_pixel, one_pixel),
        "class only predicted": (one_pixel, zeros),
        "half void": (ones, half_void),
        "a single pixel": (zeros[:, :1, :1], ones[:, :1, :1]),
    }


def valid_pixels(prediction: Tensor, target: Tensor) -> tuple[np.ndarray, np.ndarray]:
    keep = target != 255
    return target[keep].numpy(), prediction[keep].numpy()


def assert_equal_to_scikit_learn(prediction: Tensor, target: Tensor) -> None:
    matrix = ConfusionMatrix(CLASSES).update(prediction, target)
    truth, guess = valid_pixels(prediction, target)
    present = np.union1d(truth, guess)  # absent classes are NaN for us, 0 for scikit-learn
    options = {"labels": present, "average": None, "zero_division": 0}
    expected = sklearn.metrics.confusion_matrix(truth, guess, labels=range(CLASSES))
    np.testing.assert_array_equal(matrix.counts.numpy(), expected)
    np.testing.assert_allclose(matrix.iou()[present], sklearn.metrics.jaccard_score(truth, guess, **options))
    np.testing.assert_allclose(matrix.dice()[present], sklearn.metrics.f1_score(truth, guess, **options))
    assert set(np.flatnonzero(~matrix.iou().isnan())) == set(present)
    assert matrix.pixel_accuracy() == pytest.approx(sklearn.metrics.accuracy_score(truth, guess))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "y_pred contains classes not in y_true": meant
        balanced = sklearn.metrics.balanced_accuracy_score(truth, guess)
    assert matrix.mean_accuracy() == pytest.approx(balanced)
    assert matrix.mean_iou() == pytest.approx(
        sklearn.metrics.jaccard_score(truth, guess, labels=present, average="macro")
    )
    assert matrix.mean_dice() == pytest.approx(sklearn.metrics.f1_score(truth, guess, labels=present, average="macro"))
    weighted = sklearn.metrics.jaccard_score(truth, guess, average="weighted", zero_division=0)
    assert matrix.frequency_weighted_iou() == pytest.approx(weighted)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_random_maps_score_as_in_scikit_learn(seed: int) -> None:
    assert_equal_to_scikit_learn(*random_maps(seed))


@pytest.mark.parametrize("name", degenerate_maps())
def test_degenerate_maps_score_as_in_scikit_learn(name: str) -> None:
    assert_equal_to_scikit_learn(*degenerate_maps()[name])


@pytest.mark.parametrize("seed", range(5))
def test_random_maps_score_as_in_torchmetrics(seed: int) -> None:
    prediction, target = random_maps(seed)
    matrix = ConfusionMatrix(CLASSES).update(prediction, target)
    jaccard = multiclass_jaccard_index(prediction, target, CLASSES, average=None, ignore_index=255)
    accuracy = multiclass_accuracy(prediction, target, CLASSES, average="macro", ignore_index=255)
    torch.testing.assert_close(matrix.iou().float(), jaccard)
    assert matrix.mean_accuracy() == pytest.approx(accuracy.item(), abs=1e-6)


@pytest.mark.parametrize("ignore_index", [-1, 0, 3, 254])
def test_any_void_label_counts_as_in_scikit_learn(ignore_index: int) -> None:
    prediction, target = random_maps(0)
    target = target.masked_fill(target == 255, ignore_index)
    keep = target != ignore_index
    expected = sklearn.metrics.confusion_matrix(target[keep], prediction[keep], labels=range(CLASSES))
    np.testing.assert_array_equal(confusion_matrix(prediction, target, CLASSES, ignore_index).numpy(), expected)
