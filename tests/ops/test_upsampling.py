"""Resizing by one small matrix an axis: equal to torch's, for every method, up and down."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from segedu.ops.upsampling import interpolation_matrix, upsample_bicubic, upsample_bilinear, upsample_nearest

sizes = st.integers(1, 12)
pairs = st.tuples(sizes, sizes)
wide = st.tuples(sizes, st.integers(2, 12))
methods = st.sampled_from(["bilinear", "bicubic"])
RESIZE = {"bilinear": upsample_bilinear, "bicubic": upsample_bicubic}


def images(size: tuple[int, int], seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@given(pairs, pairs, methods, st.booleans(), st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_bilinear_and_bicubic_equal_torch_up_and_down(
    size: tuple[int, int], output: tuple[int, int], method: str, align_corners: bool, seed: int
) -> None:
    x = images(size, seed)
    expected = F.interpolate(x, output, mode=method, align_corners=align_corners)
    torch.testing.assert_close(RESIZE[method](x, output, align_corners), expected)


@given(wide, wide, methods, st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_antialiasing_equals_torch(size: tuple[int, int], output: tuple[int, int], method: str, seed: int) -> None:
    x = images(size, seed)
    expected = F.interpolate(x, output, mode=method, antialias=True)
    torch.testing.assert_close(RESIZE[method](x, output, antialias=True), expected)


@given(pairs, pairs, st.booleans(), st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_nearest_equals_torch(size: tuple[int, int], output: tuple[int, int], exact: bool, seed: int) -> None:
    x = images(size, seed)
    expected = F.interpolate(x, output, mode="nearest-exact" if exact else "nearest")
    assert torch.equal(upsample_nearest(x, output, exact), expected)


@pytest.mark.parametrize("size", [2, 3, 7, 48, 49, 82, 120])
def test_nearest_equals_torch_for_large_sizes_too(size: int) -> None:
    x = torch.arange(float(size)).view(1, 1, 1, size)
    for output in range(1, 200):
        assert torch.equal(upsample_nearest(x, (1, output)), F.interpolate(x, (1, output), mode="nearest"))
        on_a_border = ((2 * torch.arange(output) + 1) * size) % (2 * output) == 0  # there torch's rounding decides
        ours, theirs = upsample_nearest(x, (1, output), exact=True), F.interpolate(x, (1, output), mode="nearest-exact")
        assert torch.equal(ours[..., ~on_a_border], theirs[..., ~on_a_border])


@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
def test_a_map_one_pixel_wide_is_antialiased_like_the_same_map_made_wider(method: str) -> None:
    x = images((5, 1))  # here torch 2.15 repeats its first row
    wider = F.interpolate(x.expand(-1, -1, -1, 3).contiguous(), (3, 3), mode=method, antialias=True)
    torch.testing.assert_close(RESIZE[method](x, (3, 1), antialias=True), wider[..., :1])


@given(sizes, sizes, st.sampled_from(["nearest", "nearest-exact", "bilinear", "bicubic"]), st.booleans())
@settings(max_examples=80, deadline=None)
def test_every_output_pixel_gets_weights_that_sum_to_one(size: int, output: int, method: str, choice: bool) -> None:
    smooth = method.startswith("bi")
    for options in ({"align_corners": smooth and choice}, {"antialias": smooth and choice}):
        matrix = interpolation_matrix(size, output, method, **options)
        assert matrix.shape == (output, size)
        torch.testing.assert_close(matrix.sum(dim=1), torch.ones(output, dtype=torch.float64))


@given(sizes, st.sampled_from(["nearest", "nearest-exact", "bilinear", "bicubic"]), st.booleans())
def test_the_same_size_changes_nothing(size: int, method: str, align_corners: bool) -> None:
    matrix = interpolation_matrix(size, size, method, align_corners and method.startswith("bi"))
    torch.testing.assert_close(matrix, torch.eye(size, dtype=torch.float64))


@given(st.integers(2, 9), st.integers(2, 30), methods)
def test_align_corners_puts_the_outer_pixels_on_the_outer_pixels(size: int, output: int, method: str) -> None:
    matrix = interpolation_matrix(size, output, method, align_corners=True)
    torch.testing.assert_close(matrix[[0, -1]], torch.eye(size, dtype=torch.float64)[[0, -1]])


@given(st.integers(1, 9), st.integers(1, 6), methods)
def test_without_align_corners_the_matrix_is_symmetric_under_mirroring(size: int, factor: int, method: str) -> None:
    matrix = interpolation_matrix(size, size * factor, method)
    torch.testing.assert_close(matrix.flip(0, 1), matrix)


@pytest.mark.parametrize("factor", range(1, 9))
def test_for_a_whole_factor_both_kinds_of_nearest_repeat_each_pixel(factor: int) -> None:
    for method in ("nearest", "nearest-exact"):
        repeated = torch.eye(5, dtype=torch.float64).repeat_interleave(factor, dim=0)
        assert torch.equal(interpolation_matrix(5, 5 * factor, method), repeated)


def test_only_bicubic_has_negative_weights() -> None:
    assert interpolation_matrix(5, 13, "bilinear").min() == 0
    assert interpolation_matrix(5, 13, "bicubic").min() < -0.05


def test_labels_stay_labels_of_their_own_type() -> None:
    labels = torch.randint(0, 200, (1, 1, 5, 7), dtype=torch.uint8)
    resized = upsample_nearest(labels, (9, 15), exact=True)
    assert resized.dtype == torch.uint8
    assert set(resized.unique().tolist()) <= set(labels.unique().tolist())


def test_single_precision_agrees_with_torch_too() -> None:
    x = images((5, 7), dtype=torch.float32)
    resized = upsample_bilinear(x, (11, 9))
    assert resized.dtype == torch.float32
    torch.testing.assert_close(resized, F.interpolate(x, (11, 9), mode="bilinear"))


def test_gradients_flow() -> None:
    x = images((3, 4)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: upsample_bicubic(x, (5, 7)), x)


def test_torch_s_align_corners_with_antialias_aligns_no_corners() -> None:
    x = torch.arange(9.0).view(1, 1, 1, 9)
    theirs = F.interpolate(x, (1, 3), mode="bilinear", align_corners=True, antialias=True)
    assert theirs[0, 0, 0, 0] > 0.5
    with pytest.raises(ValueError, match="choose one of the two"):
        upsample_bilinear(x, (1, 3), align_corners=True, antialias=True)


@pytest.mark.parametrize("resize", [upsample_bilinear, upsample_bicubic])
def test_labels_are_refused_by_methods_that_mix(resize) -> None:
    with pytest.raises(TypeError, match=r"torch\.int64.*resize labels with upsample_nearest"):
        resize(torch.zeros(1, 1, 5, 7, dtype=torch.int64), (10, 14))


def test_antialiasing_differs_only_where_the_map_shrinks() -> None:
    x = images((9, 6))
    assert torch.equal(upsample_bilinear(x, (9, 11), antialias=True), upsample_bilinear(x, (9, 11)))
    assert not torch.allclose(upsample_bilinear(x, (4, 6), antialias=True), upsample_bilinear(x, (4, 6)))
    assert not torch.allclose(upsample_bilinear(x, (9, 3), antialias=True), upsample_bilinear(x, (9, 3)))


def test_the_three_kinds_of_place_differ() -> None:
    plain, corners = upsample_bilinear(images((4, 5)), (7, 9)), upsample_bilinear(images((4, 5)), (7, 9), True)
    assert not torch.allclose(plain, corners)
    x = torch.arange(5).view(1, 1, 1, 5)
    assert upsample_nearest(x, (1, 3)).tolist() != upsample_nearest(x, (1, 3), exact=True).tolist()


def test_a_missing_axis_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected \(N, C, H, W\).*x\[None\]"):
        upsample_nearest(torch.zeros(3, 5, 7), (10, 14))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output_size": 0}, "5 pixels can't become 0"),
        ({"output_size": 9, "method": "cubic"}, "method is 'cubic'; choose one of 'nearest'"),
        ({"output_size": 9, "method": "nearest", "align_corners": True}, "have no meaning"),
        ({"output_size": 9, "method": "nearest-exact", "antialias": True}, "have no meaning"),
    ],
)
def test_impossible_options_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        interpolation_matrix(5, **options)


def test_an_impossible_output_size_is_named() -> None:
    with pytest.raises(ValueError, match="size is 0"):
        upsample_bilinear(torch.zeros(1, 1, 5, 7), 0)
    with pytest.raises(ValueError, match=r"size is \(3, 0\)"):
        upsample_nearest(torch.zeros(1, 1, 5, 7), (3, 0))
    with pytest.raises(TypeError, match=r"size is 2\.5"):
        upsample_bilinear(torch.zeros(1, 1, 5, 7), 2.5)  # type: ignore[arg-type]
