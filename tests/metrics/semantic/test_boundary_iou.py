"""Boundary IoU, held to erosion by SciPy mask by mask as the paper's authors do it, and to cases done by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion

from segedu.metrics.semantic.boundary_iou import BoundaryIoU, band_labels

CLASSES = 3


def blobs(seed: int, shape: tuple[int, int]) -> torch.Tensor:
    """Return a label map (H, W) of a few rectangles: classes with insides, not only with edges."""
    rng = np.random.default_rng(seed)
    label_map = torch.zeros(shape, dtype=torch.int64)
    for label in (1, 2, 1, 0):
        top, left = (int(rng.integers(0, side)) for side in shape)
        height, width = (int(rng.integers(1, side + 1)) for side in shape)
        label_map[top : top + height, left : left + width] = label
    return label_map


def band(mask: np.ndarray, width: int) -> np.ndarray:
    return mask & ~binary_erosion(mask, np.ones((3, 3)), iterations=width, border_value=0)


def by_erosion(prediction: torch.Tensor, target: torch.Tensor, width: int) -> list[float]:
    scores = []
    for label in range(CLASSES):
        predicted, wanted = (band((labels == label).numpy(), width) for labels in (prediction, target))
        union = (predicted | wanted).sum()
        scores.append((predicted & wanted).sum() / union if union else math.nan)
    return scores


@given(st.integers(0, 9999), st.integers(1, 5), st.tuples(st.integers(3, 14), st.integers(3, 17)))
@settings(max_examples=80, deadline=None)
def test_it_equals_the_iou_of_eroded_masks(seed: int, width: int, shape: tuple[int, int]) -> None:
    prediction, target = blobs(seed, shape), blobs(seed + 1, shape)
    score = BoundaryIoU(CLASSES, width=width).update(prediction, target)
    np.testing.assert_allclose(score.iou(), by_erosion(prediction, target, width))


def test_the_inside_of_a_large_object_hides_a_bad_edge_from_iou_only() -> None:
    target = torch.zeros(80, 100, dtype=torch.int64)
    target[10:70, 10:90] = 1
    shifted = target.roll(2, dims=1)
    both = (target == 1) & (shifted == 1)
    iou = float(both.sum() / ((target == 1) | (shifted == 1)).sum())
    score = BoundaryIoU(2, width=3).update(shifted, target)
    assert iou > 0.94
    assert float(score.iou()[1]) < 0.75


def test_a_band_wider_than_the_object_is_the_object_and_the_score_its_iou() -> None:
    prediction, target = blobs(3, (9, 13)), blobs(4, (9, 13))
    score = BoundaryIoU(CLASSES, width=20).update(prediction, target)
    for label in range(CLASSES):
        a, b = prediction == label, target == label
        assert float(score.iou()[label]) == pytest.approx(float((a & b).sum() / (a | b).sum()))


def test_the_width_follows_the_diagonal_and_is_at_least_a_pixel() -> None:
    zeros = torch.zeros(30, 40, dtype=torch.int64)  # diagonal 50: 2 % are one pixel, 10 % are five
    for ratio, width in ((0.02, 1), (0.001, 1), (0.1, 5)):
        counts = BoundaryIoU(1, ratio=ratio).update(zeros, zeros).counts
        assert int(counts[0, 0]) == 30 * 40 - (30 - 2 * width) * (40 - 2 * width)


def test_next_to_void_no_band_begins_and_void_is_in_no_band() -> None:
    target = torch.zeros(7, 9, dtype=torch.int64)
    target[:, 4] = 255
    bands = band_labels(target.masked_fill(target == 255, -1), width=1)
    assert bool((bands[1:-1, 1:-1] == -1).all())
    score = BoundaryIoU(2, width=1).update(torch.ones_like(target), target)
    assert int(score.counts[1].sum()) == int((bands != -1).sum())  # the prediction is cut as the target is


def test_batches_add_up_to_single_images_and_merging_to_both() -> None:
    maps = [(blobs(seed, (8, 11)), blobs(seed + 50, (8, 11))) for seed in range(4)]
    batch = BoundaryIoU(CLASSES).update(*(torch.stack(labels) for labels in zip(*maps, strict=True)))
    first, second = (BoundaryIoU(CLASSES) for _ in range(2))
    for at, pair in enumerate(maps):
        (first if at < 2 else second).update(*pair)
    assert torch.equal(first.merge(second).counts, batch.counts)
    with pytest.raises(ValueError, match="merge equal ones only"):
        first.merge(BoundaryIoU(CLASSES, width=3))


@pytest.mark.parametrize(
    "options", [{"num_classes": 0}, {"num_classes": 2, "ratio": 0}, {"num_classes": 2, "width": 0}]
)
def test_settings_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="give at least 1 class"):
        BoundaryIoU(**options)


def test_labels_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match="the target contains label 7"):
        BoundaryIoU(2).update(torch.zeros(3, 4).long(), torch.full((3, 4), 7))


@pytest.mark.parametrize(("size", "width"), [((108, 144), 4), ((144, 108), 4), ((102, 136), 3)])  # 2 %: 3.6 and 3.4
def test_the_width_is_rounded_to_the_nearest_pixel(size: tuple[int, int], width: int) -> None:
    target = torch.zeros(size, dtype=torch.int64)
    target[20:80, 30:95] = 1
    by_ratio = BoundaryIoU(2).update(target, target)
    assert torch.equal(by_ratio.counts, BoundaryIoU(2, width=width).update(target, target).counts)
    assert not torch.equal(by_ratio.counts, BoundaryIoU(2, width=7 - width).update(target, target).counts)
