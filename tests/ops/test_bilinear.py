"""A transposed convolution that starts bilinear: equal to interpolation away from the border, channel by channel."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from segedu.ops.bilinear import bilinear_init_, bilinear_kernel


@given(st.tuples(st.integers(1, 5), st.integers(1, 5)), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_bilinear_init_equals_interpolate_away_from_the_border(factors: tuple[int, int], seed: int) -> None:
    size = tuple(2 * f - f % 2 for f in factors)
    padding = tuple(f // 2 for f in factors)
    layer = bilinear_init_(nn.ConvTranspose2d(2, 2, size, factors, padding))
    x = torch.randn(1, 2, 4, 5, generator=torch.Generator().manual_seed(seed))
    expected = F.interpolate(x, scale_factor=factors, mode="bilinear", align_corners=False)
    fy, fx = factors
    assert layer(x).shape == expected.shape
    torch.testing.assert_close(layer(x)[..., fy:-fy, fx:-fx], expected[..., fy:-fy, fx:-fx])


@pytest.mark.parametrize("groups", [1, 3])
def test_bilinear_init_keeps_channels_apart_with_and_without_groups(groups: int) -> None:
    layer = nn.ConvTranspose2d(3, 3, 4, stride=2, padding=1, groups=groups)
    assert bilinear_init_(layer) is layer
    x = torch.zeros(1, 3, 5, 7)
    x[:, 1] = 1
    y = layer(x)[..., 2:-2, 2:-2]
    assert not y[:, [0, 2]].any()
    torch.testing.assert_close(y[:, 1], torch.ones_like(y[:, 1]))


def test_bilinear_kernel_sums_to_the_area_of_a_stride_cell() -> None:
    for factor in (1, 2, 3, 4, (2, 5)):
        fy, fx = (factor, factor) if isinstance(factor, int) else factor
        assert bilinear_kernel(factor).sum() == pytest.approx(fy * fx)
        assert bilinear_kernel(factor).shape == (2 * fy - fy % 2, 2 * fx - fx % 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 3, "stride": 2, "padding": 1}, r"kernel_size=\(4, 4\), padding=\(1, 1\)"),
        ({"kernel_size": 4, "stride": 2}, r"padding=\(1, 1\)"),
        ({"kernel_size": 4, "stride": 2, "padding": 1, "output_padding": 1}, "no output_padding"),
    ],
)
def test_layers_that_can_not_start_bilinear_are_told_what_to_build(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bilinear_init_(nn.ConvTranspose2d(2, 2, **options))
    with pytest.raises(ValueError, match="mixes channels"):
        bilinear_init_(nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1))


def test_axes_start_bilinear_each_by_its_own_stride() -> None:
    layer = bilinear_init_(nn.ConvTranspose2d(1, 1, (4, 5), stride=(2, 3), padding=(1, 1)))
    assert torch.equal(layer.weight[0, 0], bilinear_kernel((2, 3)))
    with pytest.raises(ValueError, match=r"kernel_size=\(4, 5\), padding=\(1, 1\)"):
        bilinear_init_(nn.ConvTranspose2d(1, 1, (5, 4), stride=(2, 3), padding=(1, 1)))
    with pytest.raises(ValueError, match="no dilation"):
        bilinear_init_(nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, dilation=(1, 2)))


def test_groups_of_several_channels_are_refused_and_a_bias_becomes_zero() -> None:
    with pytest.raises(ValueError, match="mixes channels"):
        bilinear_init_(nn.ConvTranspose2d(4, 4, 4, stride=2, padding=1, groups=2))
    layer = nn.ConvTranspose2d(2, 2, 4, stride=2, padding=1)
    nn.init.ones_(layer.bias)
    assert not bilinear_init_(layer).bias.any()
    assert layer.weight.requires_grad


def test_a_factor_below_one_is_named() -> None:
    with pytest.raises(ValueError, match=r"factor is \(2, 0\)"):
        bilinear_kernel((2, 0))
