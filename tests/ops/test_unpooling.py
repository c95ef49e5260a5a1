"""Nails, maxima with their places, and maxima put back: equal to torch's, ties and NaN included."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from segedu.ops.unpooling import bed_of_nails, max_pool_loops, max_pool_with_indices, max_unpool

small = st.integers(1, 3)


@st.composite
def poolings(draw: st.DrawFn) -> tuple[tuple[int, ...], dict]:
    """Draw a shape and options whose kernel fits, with height and width apart."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    height, width = (max(1, k - 2 * p) + draw(st.integers(0, 6)) for k, p in zip(kernel, padding, strict=True))
    width += height == width
    options = {"kernel_size": kernel, "stride": draw(st.tuples(small, small)), "padding": padding}
    return (draw(small), draw(small), height, width), options


def ties(shape: tuple[int, ...], seed: int, holes: bool = False) -> torch.Tensor:
    """Return few different values, so that windows hold ties; with `holes` also NaN and −∞."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(-2, 3, shape, generator=generator).double()
    if holes:
        chance = torch.rand(shape, generator=generator)
        x[chance < 0.2], x[chance > 0.6] = torch.nan, -torch.inf
    return x


@given(poolings(), st.integers(0, 999), st.booleans())
@settings(max_examples=120, deadline=None)
def test_values_and_indices_equal_torch_with_ties_nan_and_infinity(
    pooling: tuple[tuple[int, ...], dict], seed: int, holes: bool
) -> None:
    shape, options = pooling
    x = ties(shape, seed, holes)
    expected, expected_indices = F.max_pool2d(x, **options, return_indices=True)
    for pool in (max_pool_with_indices, max_pool_loops):
        values, indices = pool(x, **options)
        torch.testing.assert_close(values, expected, rtol=0, atol=0, equal_nan=True)
        assert torch.equal(indices, expected_indices)


@given(poolings(), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_loops_and_taps_agree_on_values_indices_and_gradients(pooling: tuple[tuple[int, ...], dict], seed: int) -> None:
    shape, options = pooling
    x = ties(shape, seed).requires_grad_()
    values, indices = max_pool_with_indices(x, **options)
    looped, looped_indices = max_pool_loops(x, **options)
    weights = torch.rand(values.shape, generator=torch.Generator().manual_seed(seed), dtype=x.dtype)
    (gradient,) = torch.autograd.grad(values, x, weights)
    (looped_gradient,) = torch.autograd.grad(looped, x, weights)
    assert torch.equal(values, looped)
    assert torch.equal(indices, looped_indices)
    torch.testing.assert_close(gradient, looped_gradient)


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8])
def test_loops_and_taps_agree_on_integers_down_to_the_smallest(dtype: torch.dtype) -> None:
    x = torch.full((1, 2, 5, 7), torch.iinfo(dtype).min, dtype=dtype)
    x[0, 1, 2:, 3:] = 4
    for options in ({"kernel_size": 2}, {"kernel_size": (3, 2), "stride": (1, 2), "padding": (1, 0)}):
        values, indices = max_pool_with_indices(x, **options)
        looped, looped_indices = max_pool_loops(x, **options)
        assert values.dtype == looped.dtype == dtype
        assert torch.equal(values, looped)
        assert torch.equal(indices, looped_indices)


@given(poolings(), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_unpooling_equals_torch(pooling: tuple[tuple[int, ...], dict], seed: int) -> None:
    shape, options = pooling
    values, indices = max_pool_with_indices(ties(shape, seed), **options)
    expected = torch.ops.aten.max_unpool2d(values, indices, shape[2:])  # what F.max_unpool2d ends in
    assert torch.equal(max_unpool(values, indices, shape[2:]), expected)


@given(st.tuples(small, small, st.integers(2, 9), st.integers(2, 9)), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_unpooling_equals_torch_s_function_with_sizes_that_two_does_not_divide(
    shape: tuple[int, ...], seed: int
) -> None:
    values, indices = max_pool_with_indices(ties(shape, seed), 2)
    expected = F.max_unpool2d(values, indices, 2, output_size=shape[2:])
    assert torch.equal(max_unpool(values, indices, shape[2:]), expected)


@given(st.tuples(small, small, st.integers(1, 5), st.integers(1, 6)), st.tuples(small, small), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_nails_equal_a_transposed_convolution_with_one_tap(
    shape: tuple[int, ...], factor: tuple[int, int], seed: int
) -> None:
    x = ties(shape, seed)
    ones, rest = x.new_ones(shape[1], 1, 1, 1), (factor[0] - 1, factor[1] - 1)
    assert torch.equal(bed_of_nails(x, factor), F.conv_transpose2d(x, ones, None, factor, 0, rest, groups=shape[1]))


@given(st.tuples(small, small, st.integers(2, 8), st.integers(2, 9)), st.integers(0, 999))
def test_there_and_back_keeps_the_maxima_in_place_and_nothing_else(shape: tuple[int, ...], seed: int) -> None:
    x = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) + 1
    values, indices = max_pool_with_indices(x, 2)
    back = max_unpool(values, indices, shape[2:])
    kept = back != 0
    assert torch.equal(back[kept], x[kept])
    assert kept.sum() == values.numel()
    assert torch.equal(max_pool_with_indices(back, 2)[0], values)


def test_of_equal_values_the_first_in_reading_order_wins() -> None:
    _, indices = max_pool_with_indices(torch.zeros(1, 1, 4, 6), 2)
    assert indices[0, 0].tolist() == [[0, 2, 4], [12, 14, 16]]


def test_integers_stay_integers() -> None:
    x = torch.randint(-5, 5, (1, 2, 5, 7))
    values, indices = max_pool_with_indices(x, 3, stride=2, padding=1)
    assert values.dtype == x.dtype
    assert torch.equal(x.flatten(2).gather(2, indices.flatten(2)).view_as(values), values)
    assert bed_of_nails(x, 2).dtype == x.dtype


def test_gradients_go_to_the_maxima_alone() -> None:
    x = torch.randn(1, 2, 4, 6, dtype=torch.float64, requires_grad=True)
    values, indices = max_pool_with_indices(x, 2)
    max_unpool(values, indices, (4, 6)).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, max_unpool(torch.ones_like(values), indices, (4, 6)))


def test_indices_of_another_map_are_named() -> None:
    values, indices = max_pool_with_indices(torch.rand(1, 2, 8, 12), 2)
    with pytest.raises(ValueError, match=r"output 4 × 6 has 24 cells: give the height and width of the map that was"):
        max_unpool(values, indices, (4, 6))
    with pytest.raises(ValueError, match="one int64 index per value, from the pooling of this level"):
        max_unpool(values, indices[..., :-1], (8, 12))
    with pytest.raises(ValueError, match="int32"):
        max_unpool(values, indices.int(), (8, 12))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 6}, "the kernel spans 6 cells, the padded input has 5 along its height"),
        ({"kernel_size": (2, 9)}, "the kernel spans 9 cells, the padded input has 7 along its width"),
        ({"kernel_size": 3, "padding": 2}, "the padding 2 is more than half the kernel's 3 along the height"),
        ({"kernel_size": 0}, "kernel_size is 0; it must be at least 1"),
        ({"kernel_size": 2, "stride": -1}, "stride is -1"),
    ],
)
def test_impossible_poolings_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        max_pool_with_indices(torch.zeros(1, 1, 5, 7), **options)


def test_a_missing_axis_and_an_impossible_factor_are_named() -> None:
    for call in (lambda x: bed_of_nails(x, 2), lambda x: max_pool_with_indices(x, 2)):
        with pytest.raises(ValueError, match=r"x\[None\]"):
            call(torch.zeros(3, 5, 7))
    with pytest.raises(ValueError, match="factor is 0"):
        bed_of_nails(torch.zeros(1, 1, 2, 3), 0)
