"""The confusion matrix: counts that add up, classes that are absent, void, and mistakes named."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from segedu.metrics.semantic import (
    ConfusionMatrix,
    confusion_matrix,
    confusion_matrix_by_bincount,
    mean_iou_per_image,
)


def random_maps(num_classes: int, shape: tuple[int, ...], seed: int, void: float = 0.2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    prediction, target = (torch.randint(num_classes, shape, generator=generator) for _ in range(2))
    return prediction, target.masked_fill(torch.rand(shape, generator=generator) < void, 255)


@given(st.integers(1, 60), st.integers(0, 999), st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)))
@settings(max_examples=80, deadline=None)
def test_fast_counting_equals_one_bincount(num_classes: int, seed: int, shape: tuple[int, ...]) -> None:
    maps = random_maps(num_classes, shape, seed)
    expected = confusion_matrix_by_bincount(*maps, num_classes)
    assert torch.equal(confusion_matrix(*maps, num_classes), expected)
    assert expected.sum() == (maps[1] != 255).sum()


@pytest.mark.parametrize("num_classes", [2, 32, 33, 256])
def test_fast_counting_equals_one_bincount_over_several_groups(num_classes: int) -> None:
    maps = random_maps(min(num_classes, 255), (3, 700, 801), seed=1)
    assert torch.equal(confusion_matrix(*maps, num_classes), confusion_matrix_by_bincount(*maps, num_classes))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64])
def test_every_integer_type_counts_alike(dtype: torch.dtype) -> None:
    prediction, target = random_maps(5, (2, 6, 7), seed=2, void=0)
    expected = confusion_matrix_by_bincount(prediction, target, 5)
    assert torch.equal(confusion_matrix(prediction.to(dtype), target.to(dtype), 5), expected)


def test_masks_strided_maps_and_arrays_count_too() -> None:
    prediction, target = random_maps(2, (2, 8, 6), seed=3, void=0)
    expected = confusion_matrix_by_bincount(prediction, target, 2)
    assert torch.equal(confusion_matrix(prediction.bool(), target.bool(), 2), expected)
    assert torch.equal(confusion_matrix(prediction.numpy(), target.numpy().astype(np.uint8), 2), expected)
    strided = [labels.transpose(1, 2).contiguous().transpose(1, 2) for labels in (prediction, target)]
    assert torch.equal(confusion_matrix(*strided, 2), expected)


@pytest.mark.parametrize("ignore_index", [None, 0, 4, 200, -1, -100, 999])
def test_any_void_label_is_dropped_whatever_the_prediction_says(ignore_index: int | None) -> None:
    prediction, target = random_maps(5, (2, 6, 7), seed=4, void=0)
    if ignore_index is not None:
        void = torch.rand(target.shape, generator=torch.Generator().manual_seed(0)) < 0.3
        target = target.masked_fill(void, ignore_index)
    expected = confusion_matrix_by_bincount(prediction, target, 5, ignore_index)
    assert torch.equal(confusion_matrix(prediction, target, 5, ignore_index), expected)
    assert expected.sum() == (target.numel() if ignore_index is None else (target != ignore_index).sum())


def test_a_prediction_out_of_range_on_void_is_dropped_too() -> None:
    counts = confusion_matrix(torch.tensor([[0, 255, -3]]), torch.tensor([[0, 255, 255]]), 2)
    assert counts.tolist() == [[1, 0], [0, 0]]


def test_scores_of_a_matrix_computed_by_hand() -> None:
    matrix = ConfusionMatrix(3)
    matrix.counts = torch.tensor([[4, 1, 0], [2, 3, 0], [0, 0, 0]])
    assert matrix.pixel_accuracy() == 7 / 10
    assert matrix.mean_accuracy() == pytest.approx((4 / 5 + 3 / 5) / 2)
    assert matrix.iou().tolist()[:2] == [4 / 7, 3 / 6]
    assert matrix.dice().tolist()[:2] == [8 / 11, 6 / 9]
    assert math.isnan(matrix.iou()[2]), "class 2 is absent"
    assert matrix.mean_iou() == pytest.approx((4 / 7 + 3 / 6) / 2)
    assert matrix.mean_dice() == pytest.approx((8 / 11 + 6 / 9) / 2)


def test_a_class_that_is_only_predicted_has_iou_zero_and_no_accuracy() -> None:
    matrix = ConfusionMatrix(2).update(torch.tensor([[0, 1]]), torch.tensor([[0, 0]]))
    assert matrix.iou().tolist() == [0.5, 0.0]
    assert math.isnan(matrix.accuracy()[1])


def test_95_percent_accuracy_with_iou_0() -> None:
    target = torch.zeros(1, 10, 10, dtype=torch.int64)
    target[0, 0, :5] = 1
    matrix = ConfusionMatrix(2).update(torch.zeros_like(target), target)
    assert matrix.pixel_accuracy() == 0.95
    assert matrix.iou()[1] == 0


def test_nothing_seen_gives_nan() -> None:
    matrix = ConfusionMatrix(2).update(torch.zeros(1, 2, 3).long(), torch.full((1, 2, 3), 255))
    assert all(
        map(math.isnan, (matrix.pixel_accuracy(), matrix.mean_iou(), matrix.mean_dice(), matrix.mean_accuracy()))
    )
    assert "pixels=0" in repr(matrix)


def test_dice_follows_from_iou() -> None:
    iou = (matrix := ConfusionMatrix(6).update(*random_maps(6, (4, 9, 8), seed=5))).iou()
    torch.testing.assert_close(matrix.dice(), 2 * iou / (1 + iou))


@given(st.permutations(range(6)), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_order_batches_and_processes_do_not_matter(order: list[int], cut: int) -> None:
    prediction, target = random_maps(4, (6, 5, 7), seed=6)
    whole = ConfusionMatrix(4).update(prediction, target)
    first, second = ConfusionMatrix(4), ConfusionMatrix(4)
    for index in order[:cut]:
        first.update(prediction[index], target[index])
    second.update(prediction[order[cut:]], target[order[cut:]])
    assert torch.equal(first.merge(second).reduce().counts, whole.counts)


def test_iou_of_sums_differs_from_the_mean_of_ious() -> None:
    target = torch.tensor([[[1, 0, 0, 0]], [[1, 1, 1, 1]]])
    prediction = torch.tensor([[[0, 0, 0, 0]], [[1, 1, 1, 1]]])
    per_image = mean_iou_per_image(prediction, target, 2)
    assert per_image.tolist() == [3 / 8, 1.0]
    assert ConfusionMatrix(2).update(prediction, target).mean_iou() == pytest.approx((3 / 4 + 4 / 5) / 2)


def test_a_void_image_has_no_score_of_its_own() -> None:
    scores = mean_iou_per_image(torch.zeros(2, 1, 3).long(), torch.tensor([[[0, 0, 0]], [[255, 255, 255]]]), 2)
    assert scores[0] == 1
    assert math.isnan(scores[1])


LABELS = torch.zeros(2, 4, 6, dtype=torch.int64)


@pytest.mark.parametrize(
    ("prediction", "target", "error", "message"),
    [
        (torch.zeros(2, 3, 4, 6), LABELS, TypeError, r"looks like logits.*prediction\.argmax\(dim=1\)"),
        (LABELS.float(), LABELS, TypeError, r"prediction is torch\.float32.*expected integer labels"),
        (LABELS, LABELS.float(), TypeError, r"target is torch\.float32"),
        (torch.zeros(2, 3, 4, 6).long(), LABELS, ValueError, r"looks one-hot.*argmax\(dim=1\)"),
        (LABELS, LABELS[:, None], ValueError, r"channel axis.*target\.squeeze\(1\)"),
        (LABELS, LABELS.transpose(1, 2), ValueError, "height and width are swapped"),
        (LABELS, LABELS[:, :, :5], ValueError, r"prediction has shape \(2, 4, 6\), the target \(2, 4, 5\).*resize"),
        (LABELS[0, 0], LABELS[0, 0], ValueError, r"\(H, W\) or a batch"),
        (LABELS, LABELS + 3, ValueError, r"target contains label 3; expected 0 … 2, or 255 for void"),
        (LABELS, LABELS - 1, ValueError, "target contains label -1"),
        (LABELS + 3, LABELS, ValueError, "prediction contains label 3"),
        (LABELS - 1, LABELS, ValueError, "prediction contains label -1"),
        (LABELS + 2**40, LABELS, ValueError, f"prediction contains label {2**40}"),
        (LABELS, LABELS + 2**32, ValueError, f"target contains label {2**32}"),
    ],
)
def test_each_mistake_is_named(prediction: Tensor, target: Tensor, error: type[Exception], message: str) -> None:
    for count in (confusion_matrix, confusion_matrix_by_bincount):
        with pytest.raises(error, match=message):
            count(prediction, target, 3)


def test_a_failed_update_counts_nothing() -> None:
    matrix = ConfusionMatrix(3)
    with pytest.raises(ValueError, match="label 3"):
        matrix.update(LABELS, LABELS + 3)
    assert matrix.counts.sum() == 0


def test_only_equal_matrices_merge() -> None:
    with pytest.raises(ValueError, match=r"\(3, 255\) here and \(2, 255\) there"):
        ConfusionMatrix(3).merge(ConfusionMatrix(2))
    with pytest.raises(ValueError, match="at least one class"):
        ConfusionMatrix(0)


def test_reduce_adds_over_a_process_group() -> None:
    matrix = ConfusionMatrix(2).update(torch.tensor([[0, 1]]), torch.tensor([[0, 0]]))
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    try:
        assert matrix.reduce().counts.tolist() == [[1, 1], [0, 0]]
    finally:
        torch.distributed.destroy_process_group()
