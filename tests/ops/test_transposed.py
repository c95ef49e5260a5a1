"""Transposed convolution by hand: three views, sizes, stamps per cell, the bilinear start, and what can't be."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from segedu.ops.sizes import transposed_output_size
from segedu.ops.transposed import (
    conv_matrix,
    conv_transpose2d_gradient,
    conv_transpose2d_matrix,
    conv_transpose2d_scatter,
    overlap_count,
)

VIEWS = (conv_transpose2d_scatter, conv_transpose2d_matrix, conv_transpose2d_gradient)
OPTIONS = ("stride", "padding", "output_padding", "dilation")


def as_pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def one_or_pair(low: int, high: int) -> st.SearchStrategy:
    number = st.integers(low, high)
    return st.one_of(number, st.tuples(number, number))


@st.composite
def anything(draw: st.DrawFn) -> dict:
    """Draw shapes and options, possible or not, with height and width apart."""
    height = draw(st.integers(1, 4))
    width = draw(st.integers(1, 5).filter(lambda number: number != height))
    n, c, o = (draw(st.integers(1, 3)) for _ in range(3))
    return {
        "x": (n, c, height, width),
        "weight": (c, o, draw(st.integers(1, 3)), draw(st.integers(1, 4))),
        "bias": (o,) if draw(st.booleans()) else None,
        "stride": draw(one_or_pair(1, 3)),
        "padding": draw(one_or_pair(0, 2)),
        "output_padding": draw(one_or_pair(0, 2)),
        "dilation": draw(one_or_pair(1, 3)),
        "seed": draw(st.integers(0, 999)),
    }


def is_possible(configuration: dict) -> bool:
    s, p, extra, d = (as_pair(configuration[name]) for name in OPTIONS)
    n, k = configuration["x"][2:], configuration["weight"][2:]
    return all(
        extra[a] < max(s[a], d[a]) and (n[a] - 1) * s[a] + d[a] * (k[a] - 1) + 1 + extra[a] > 2 * p[a] for a in (0, 1)
    )


possible = anything().filter(is_possible)


def tensors(configuration: dict) -> tuple[list[torch.Tensor | None], dict]:
    generator = torch.Generator().manual_seed(configuration["seed"])
    shapes = (configuration["x"], configuration["weight"], configuration["bias"])
    arguments = [shape and torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    return arguments, {name: configuration[name] for name in OPTIONS}


@given(possible)
@settings(max_examples=80, deadline=None)
def test_three_views_agree_with_torch(configuration: dict) -> None:
    arguments, options = tensors(configuration)
    expected = F.conv_transpose2d(*arguments, **options)
    for view in VIEWS:
        torch.testing.assert_close(view(*arguments, **options), expected)


@given(possible)
@settings(max_examples=80, deadline=None)
def test_output_size_is_the_size_that_torch_gives(configuration: dict) -> None:
    arguments, options = tensors(configuration)
    expected = tuple(F.conv_transpose2d(*arguments, **options).shape[2:])
    assert as_pair(transposed_output_size(configuration["x"][2:], configuration["weight"][2:], **options)) == expected


@given(anything().filter(lambda configuration: not is_possible(configuration)))
@settings(max_examples=60, deadline=None)
def test_what_torch_refuses_is_refused(configuration: dict) -> None:
    arguments, options = tensors(configuration)
    with pytest.raises(RuntimeError):
        F.conv_transpose2d(*arguments, **options)
    for view in VIEWS:
        with pytest.raises(ValueError, match=r"output_padding is|nothing is left"):
            view(*arguments, **options)


@given(possible)
@settings(max_examples=80, deadline=None)
def test_overlap_count_is_the_transposed_convolution_of_ones(configuration: dict) -> None:
    (x, weight, _), options = tensors(configuration)
    expected = F.conv_transpose2d(torch.ones_like(x[:1, :1]), torch.ones_like(weight[:1, :1]), **options)[0, 0]
    assert torch.equal(overlap_count(tuple(x.shape[2:]), tuple(weight.shape[2:]), **options), expected.long())


@st.composite
def convolutions(draw: st.DrawFn) -> dict:
    kernel, dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 4))), draw(one_or_pair(1, 2))
    spans = [d * (k - 1) + 1 for d, k in zip(as_pair(dilation), kernel, strict=True)]
    size = spans[0] + draw(st.integers(0, 3)), spans[1] + draw(st.integers(0, 3))
    return {
        "x": (draw(st.integers(1, 2)), *size),
        "kernel": kernel,
        "outputs": draw(st.integers(1, 3)),
        "options": {"stride": draw(one_or_pair(1, 3)), "padding": draw(one_or_pair(0, 2)), "dilation": dilation},
        "seed": draw(st.integers(0, 999)),
    }


@given(convolutions())
@settings(max_examples=60, deadline=None)
def test_conv_matrix_times_the_image_is_the_convolution(configuration: dict) -> None:
    generator = torch.Generator().manual_seed(configuration["seed"])
    x = torch.randn(configuration["x"], generator=generator, dtype=torch.float64)
    shape = (configuration["outputs"], len(x), *configuration["kernel"])
    weight = torch.randn(shape, generator=generator, dtype=torch.float64)
    matrix = conv_matrix(weight, tuple(x.shape[1:]), **configuration["options"])
    expected = F.conv2d(x[None], weight, **configuration["options"])[0]
    torch.testing.assert_close(matrix @ x.flatten(), expected.flatten())


def test_a_matrix_whose_kernel_does_not_fit_is_explained() -> None:
    with pytest.raises(ValueError, match="the kernel spans 9 cells, the padded input has 7 along its height"):
        conv_matrix(torch.ones(1, 1, 5, 1), (7, 9), dilation=2)
    with pytest.raises(ValueError, match=r"the weight has shape \(3, 3\); expected \(out_channels, in_channels"):
        conv_matrix(torch.ones(3, 3), (7, 9))


@pytest.mark.parametrize("kernel_size", range(1, 8))
@pytest.mark.parametrize("stride", range(1, 5))
def test_overlap_is_even_in_the_interior_iff_the_stride_divides_the_kernel(kernel_size: int, stride: int) -> None:
    count = overlap_count((12, 13), kernel_size, stride)
    interior = count[kernel_size:-kernel_size, kernel_size:-kernel_size]
    assert (interior.min() == interior.max()) == (kernel_size % stride == 0)


def test_gradients_flow_through_all_views() -> None:
    x, weight = torch.randn(1, 2, 3, 2, dtype=torch.float64), torch.randn(2, 1, 2, 3, dtype=torch.float64)
    for view in VIEWS:
        inputs = (x.requires_grad_(), weight.requires_grad_())
        assert torch.autograd.gradcheck(lambda x, w, view=view: view(x, w, stride=2, padding=1), inputs)


def test_the_gradient_view_works_without_gradients_and_leaves_no_graph() -> None:
    with torch.no_grad():
        y = conv_transpose2d_gradient(torch.ones(1, 1, 2, 3), torch.ones(1, 1, 3, 3), stride=2)
    assert not y.requires_grad
    assert y.sum() == 6 * 9


def test_integers_stay_integers() -> None:
    x, weight = torch.arange(1, 7).view(1, 1, 2, 3), torch.ones(1, 1, 3, 3, dtype=torch.int64)
    for view in VIEWS[:2]:
        y = view(x, weight, stride=2)
        assert y.dtype == torch.int64
        assert y[0, 0, 2].tolist() == [1 + 4, 1 + 4, 1 + 2 + 4 + 5, 2 + 5, 2 + 3 + 5 + 6, 3 + 6, 3 + 6]
    assert overlap_count((2, 3), 3, 2).dtype == torch.int64


@pytest.mark.parametrize(
    ("x", "weight", "bias", "message"),
    [
        ((3, 5, 5), (3, 2, 3, 3), None, r"x\[None\]"),
        ((1, 3, 5, 5), (3, 3, 3), None, "in_channels, out_channels, kh, kw"),
        ((1, 3, 5, 5), (2, 3, 3, 3), None, r"weight\.transpose\(0, 1\)"),
        ((1, 3, 5, 5), (4, 2, 3, 3), None, r"made for 4: give an input \(N, 4, H, W\)"),
        ((1, 3, 5, 5), (3, 2, 3, 3), (3,), r"expected \(2,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(x: tuple, weight: tuple, bias: tuple | None, message: str) -> None:
    for view in VIEWS:
        with pytest.raises(ValueError, match=message):
            view(torch.zeros(x), torch.zeros(weight), bias and torch.zeros(bias))


def test_types_that_do_not_match_are_named() -> None:
    ones = torch.ones(1, 1, 2, 3, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"weight\.to\(x\.dtype\)"):
        conv_transpose2d_scatter(torch.zeros(1, 1, 3, 3), ones)
    with pytest.raises(ValueError, match=r"x\.float\(\)"):
        conv_transpose2d_gradient(ones, ones)
