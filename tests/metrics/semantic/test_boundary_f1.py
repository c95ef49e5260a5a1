"""Boundary F1, held to a brute-force count over all pairs of pixels, and to cases done by hand."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from segedu.metrics.semantic import BoundaryF1, boundaries

NEIGHBORS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def boundary_pixels(label_map: list[list[int]], label: int) -> set[tuple[int, int]]:
    """Return the pixels of the class that touch another class, void and the border aside."""
    height, width = len(label_map), len(label_map[0])
    found = set()
    for row, column, (dy, dx) in itertools.product(range(height), range(width), NEIGHBORS):
        y, x = row + dy, column + dx
        inside = 0 <= y < height and 0 <= x < width
        if inside and label_map[row][column] == label and label_map[y][x] not in (label, 255):
            found.add((row, column))
    return found


def brute_force_f1(prediction: Tensor, target: Tensor, num_classes: int, tolerance: float) -> list[float]:
    scores = []
    cut = [torch.where(target == 255, 255, labels) for labels in (prediction, target)]
    for label in range(num_classes):
        counts = [0, 0, 0, 0]
        for image in range(len(target)):
            predicted, wanted = (boundary_pixels(labels[image].tolist(), label) for labels in cut)
            for offset, here, there in ((0, predicted, wanted), (2, wanted, predicted)):
                counts[offset] += sum(any(math.dist(a, b) <= tolerance for b in there) for a in here)
                counts[offset + 1] += len(here)
        if counts[1] + counts[3] == 0:
            scores.append(math.nan)
            continue
        precision, recall = (counts[i] / counts[i + 1] if counts[i + 1] else 0.0 for i in (0, 2))
        scores.append(2 * precision * recall / (precision + recall) if precision + recall else 0.0)
    return scores


@given(st.integers(0, 9999), st.sampled_from([0, 1, 1.5, 2, 3]), st.integers(1, 4), st.sampled_from([0.0, 0.15, 1.0]))
@settings(max_examples=60, deadline=None)
def test_f1_equals_brute_force(seed: int, tolerance: float, num_classes: int, void: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    shape = (2, 7, 9)
    prediction, target = (torch.randint(num_classes, shape, generator=generator) for _ in range(2))
    prediction = torch.where(torch.rand(shape, generator=generator) < 0.7, target, prediction)
    target = target.masked_fill(torch.rand(shape, generator=generator) < void, 255)
    score = BoundaryF1(num_classes, tolerance).update(prediction, target).f1()
    expected = torch.tensor(brute_force_f1(prediction, target, num_classes, tolerance), dtype=torch.float64)
    torch.testing.assert_close(score, expected, equal_nan=True)


def square(top: int, left: int) -> Tensor:
    label_map = torch.zeros(1, 12, 15, dtype=torch.int64)
    label_map[0, top : top + 5, left : left + 6] = 1
    return label_map


def test_boundaries_are_two_pixels_wide_and_skip_void_and_border() -> None:
    label_map = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 255]])
    assert boundaries(label_map).int().tolist() == [[0, 1, 1, 0], [0, 1, 1, 0]]
    assert boundaries(label_map, ignore_index=None).int().tolist() == [[0, 1, 1, 1], [0, 1, 1, 1]]


def test_a_perfect_outline_scores_one_and_a_shift_within_tolerance_too() -> None:
    assert BoundaryF1(2, tolerance=0).update(square(3, 4), square(3, 4)).mean_f1() == 1
    assert BoundaryF1(2, tolerance=2).update(square(3, 6), square(3, 4)).mean_f1() == 1
    assert BoundaryF1(2, tolerance=1).update(square(3, 6), square(3, 4)).mean_f1() < 1


def test_a_missing_object_scores_zero_and_an_absent_class_nan() -> None:
    score = BoundaryF1(3).update(torch.zeros_like(square(3, 4)), square(3, 4)).f1()
    assert score[:2].tolist() == [0, 0]
    assert math.isnan(score[2])
    assert math.isnan(BoundaryF1(2).mean_f1())


def test_what_lies_in_void_does_not_count() -> None:
    target = square(3, 4)
    target[0, :, 10:] = 255
    wrong_in_void = square(3, 4)
    wrong_in_void[0, ::2, 11:] = 1
    assert BoundaryF1(2, tolerance=0).update(wrong_in_void, target).mean_f1() == 1


def test_counts_add_up() -> None:
    whole = BoundaryF1(2).update(torch.cat([square(3, 4), square(1, 1)]), torch.cat([square(3, 5), square(4, 4)]))
    parts = (
        BoundaryF1(2).update(square(3, 4)[0], square(3, 5)[0]).merge(BoundaryF1(2).update(square(1, 1), square(4, 4)))
    )
    assert torch.equal(whole.counts, parts.reduce().counts)
    assert "mean_f1" in repr(whole)


def test_different_scores_do_not_merge_and_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="here"):
        BoundaryF1(2, tolerance=2).merge(BoundaryF1(2, tolerance=1))
    with pytest.raises(ValueError, match="tolerance=-1"):
        BoundaryF1(2, tolerance=-1)
    with pytest.raises(TypeError, match="looks like logits"):
        BoundaryF1(2).update(torch.zeros(1, 2, 12, 15), square(3, 4))
    with pytest.raises(ValueError, match="target contains label 2"):
        BoundaryF1(2).update(square(3, 4), square(3, 4) + 1)
