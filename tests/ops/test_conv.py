"""Convolution by hand: the sizes, the sums, and what is said when something doesn't fit."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from segedu.ops.conv import conv2d_im2col, conv2d_loops, im2col
from segedu.ops.sizes import output_size


def one_or_pair(low: int, high: int) -> st.SearchStrategy:
    number = st.integers(low, high)
    return st.one_of(number, st.tuples(number, number))


@st.composite
def configurations(draw: st.DrawFn) -> dict:
    """Draw shapes and options whose kernel fits, with height and width apart."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 4)))
    stride, padding, dilation = draw(one_or_pair(1, 3)), draw(one_or_pair(0, 2)), draw(one_or_pair(1, 3))
    dilations = (dilation, dilation) if isinstance(dilation, int) else dilation
    spans = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
    height = spans[0] + draw(st.integers(0, 4))
    width = spans[1] + draw(st.integers(0, 4).filter(lambda extra: spans[1] + extra != height))
    n, c, o = (draw(st.integers(1, 3)) for _ in range(3))
    shapes = {"x": (n, c, height, width), "weight": (o, c, *kernel), "bias": (o,) if draw(st.booleans()) else None}
    return shapes | {"stride": stride, "padding": padding, "dilation": dilation, "seed": draw(st.integers(0, 999))}


def tensors(configuration: dict) -> tuple[list[torch.Tensor | None], dict]:
    options = {name: configuration[name] for name in ("stride", "padding", "dilation")}
    generator = torch.Generator().manual_seed(configuration["seed"])
    shapes = (configuration["x"], configuration["weight"], configuration["bias"])
    return [shape and torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes], options


@given(configurations())
@settings(max_examples=80, deadline=None)
def test_three_convolutions_agree(configuration: dict) -> None:
    arguments, options = tensors(configuration)
    expected = F.conv2d(*arguments, **options)
    torch.testing.assert_close(conv2d_loops(*arguments, **options), expected)
    torch.testing.assert_close(conv2d_im2col(*arguments, **options), expected)


@given(configurations())
@settings(max_examples=80, deadline=None)
def test_output_size_is_the_size_that_torch_gives(configuration: dict) -> None:
    arguments, options = tensors(configuration)
    expected = tuple(F.conv2d(*arguments, **options).shape[-2:])
    assert output_size(configuration["x"][-2:], configuration["weight"][-2:], **options) == expected


@given(configurations())
@settings(max_examples=50, deadline=None)
def test_im2col_equals_unfold(configuration: dict) -> None:
    (x, weight, _), options = tensors(configuration)
    assert torch.equal(im2col(x, tuple(weight.shape[-2:]), **options), F.unfold(x, weight.shape[-2:], **options))


def test_gradients_flow_through_both_forms() -> None:
    x, weight = torch.randn(1, 2, 5, 4, dtype=torch.float64), torch.randn(2, 2, 3, 2, dtype=torch.float64)
    for convolve in (conv2d_loops, conv2d_im2col):
        assert torch.autograd.gradcheck(convolve, (x.requires_grad_(), weight.requires_grad_()))


def test_integers_stay_integers() -> None:
    x, weight = torch.arange(35).view(1, 1, 5, 7), torch.ones(1, 1, 2, 3, dtype=torch.int64)
    result = conv2d_loops(x, weight)
    assert result.dtype == torch.int64
    assert result[0, 0, 0, 0] == 0 + 1 + 2 + 7 + 8 + 9


def test_a_kernel_that_does_not_fit_is_explained() -> None:
    with pytest.raises(ValueError, match="the kernel spans 9 cells, the padded input has 7 along its height"):
        output_size(7, 5, dilation=2)
    with pytest.raises(ValueError, match="the kernel spans 4 cells, the padded input has 3 along its width"):
        conv2d_im2col(torch.zeros(1, 1, 5, 3), torch.zeros(1, 1, 1, 4))


def test_channels_that_do_not_match_are_named() -> None:
    with pytest.raises(ValueError, match=r"input has 3 channels, the weight .* was made for 5: give an input \(N, 5"):
        conv2d_loops(torch.zeros(1, 3, 5, 5), torch.zeros(2, 5, 3, 3))


@pytest.mark.parametrize(
    ("x", "weight", "bias", "message"),
    [
        ((3, 5, 5), (2, 3, 3, 3), None, r"x\[None\]"),
        ((1, 3, 5, 5), (3, 3, 3), None, "out_channels, in_channels, kh, kw"),
        ((1, 3, 5, 5), (2, 3, 3, 3), (3,), r"expected \(2,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(x: tuple, weight: tuple, bias: tuple | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        conv2d_loops(torch.zeros(x), torch.zeros(weight), bias and torch.zeros(bias))


def test_a_weight_whose_first_two_axes_are_swapped_is_told() -> None:
    with pytest.raises(ValueError, match=r"was made for 2: .*try weight\.transpose\(0, 1\)"):
        conv2d_im2col(torch.zeros(1, 3, 5, 7), torch.zeros(3, 2, 3, 3))


def test_a_map_without_a_batch_has_no_columns() -> None:
    with pytest.raises(ValueError, match=r"x\[None\]"):
        im2col(torch.zeros(3, 5, 7), 3)


def test_types_that_do_not_match_are_named() -> None:
    with pytest.raises(ValueError, match=r"weight\.to\(x\.dtype\)"):
        conv2d_im2col(torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3, dtype=torch.int64))
