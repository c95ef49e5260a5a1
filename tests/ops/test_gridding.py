"""Gridding: which pixels a stack of dilated layers sees, held against convolution by torch and against gradients."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from segedu.ops.gridding import grid_holes, tap_counts
from segedu.ops.receptive_fields import measured_receptive_field

rate_lists = st.lists(st.integers(1, 9), min_size=1, max_size=6)


def counted_by_torch(rates: list[int], kernel_size: int) -> torch.Tensor:
    counts = torch.ones(1, 1, 1, dtype=torch.float64)
    for rate in rates:
        taps = torch.ones(1, 1, kernel_size, dtype=torch.float64)
        counts = F.conv1d(counts, taps, padding=rate * (kernel_size - 1), dilation=rate)
    return counts[0, 0].long()


@given(rate_lists, st.integers(1, 5))
@settings(max_examples=80, deadline=None)
def test_counts_equal_a_chain_of_dilated_convolutions(rates: list[int], kernel_size: int) -> None:
    counts = tap_counts(rates, kernel_size)
    assert counts.dtype == torch.int64
    assert torch.equal(counts, counted_by_torch(rates, kernel_size))


@given(rate_lists, st.integers(2, 5), st.randoms())
@settings(max_examples=60, deadline=None)
def test_counts_sum_to_all_paths_are_symmetric_and_ignore_the_order(rates, kernel_size, random) -> None:
    counts = tap_counts(rates, kernel_size)
    assert len(counts) == 1 + (kernel_size - 1) * sum(rates)
    assert int(counts.sum()) == kernel_size ** len(rates)
    assert torch.equal(counts, counts.flip(0))
    assert torch.equal(counts, tap_counts(random.sample(rates, len(rates)), kernel_size))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_the_outer_product_is_what_a_gradient_finds_in_two_dimensions(rates: list[int]) -> None:
    counts = tap_counts(rates)
    stack = nn.Sequential(*[nn.Conv2d(1, 1, 3, dilation=rate) for rate in rates])
    field = measured_receptive_field(stack, (1, 1, len(counts), len(counts)), (0, 0))
    assert torch.equal(field.mask, torch.outer(counts, counts) > 0)
    assert int(field.mask.sum()) == (len(counts) - grid_holes(rates)) ** 2


@pytest.mark.parametrize(
    ("rates", "holes"),
    [([1, 1, 1], 0), ([2, 2, 2], 6), ([4, 4, 4], 18), ([1, 2, 5], 0), ([1, 2, 9], 4), ([2, 4, 8], 14), ([1, 3, 9], 0)],
)
def test_holes_of_known_stacks(rates: list[int], holes: int) -> None:
    assert grid_holes(rates) == holes


@given(st.integers(2, 9), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_equal_rates_reach_one_pixel_in_rate(rate: int, depth: int) -> None:
    assert len(tap_counts([rate] * depth)) - grid_holes([rate] * depth) == 1 + 2 * depth


@given(rate_lists, st.integers(2, 5))
@settings(max_examples=80, deadline=None)
def test_a_common_factor_always_leaves_holes(rates: list[int], factor: int) -> None:
    assert math.gcd(*rates) == 1 or grid_holes(rates) > 0
    assert grid_holes([factor * rate for rate in rates]) > 0


@given(rate_lists)
@settings(max_examples=80, deadline=None)
def test_rates_that_fit_into_the_field_of_the_smaller_ones_leave_no_holes(rates: list[int]) -> None:
    field, fits = 1, True
    for rate in sorted(rates):
        fits &= rate <= field
        field += 2 * rate
    assert not fits or grid_holes(rates) == 0


def test_no_layer_sees_one_pixel() -> None:
    assert tap_counts([]).tolist() == [1]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([2, 0],), ValueError, "is 0; it must be at least 1"),
        (([2, 1.5],), TypeError, "is 1.5; give whole numbers"),
        (([2], 0), ValueError, "is 0; it must be at least 1"),
        (([True],), TypeError, "is True"),
    ],
)
def test_impossible_rates_are_named(arguments: tuple, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        tap_counts(*arguments)
