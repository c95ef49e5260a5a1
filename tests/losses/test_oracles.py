"""The losses against MONAI and segmentation-models-pytorch: equal values and equal gradients."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from monai import losses as monai
from segmentation_models_pytorch import losses as smp
from torch import Tensor, nn

from segedu.losses import BinaryFocal, BinarySoftDice, DiceCrossEntropy, Focal, LovaszSoftmax, SoftDice, Tversky

EVEN = {"smooth_nr": 1e-5, "smooth_dr": 1e-5, "batch": True}


def batch(seed: int, num_classes: int = 4, void: float = 0.0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, num_classes, 5, 7, generator=generator) * 2
    target = torch.randint(max(num_classes, 2), (2, 5, 7), generator=generator)
    return logits, target.masked_fill(torch.rand(target.shape, generator=generator) < void, 255)


def assert_equal_with_gradients(ours: nn.Module, theirs: Callable, seed: int, **options: float) -> None:
    logits, target = batch(seed, **options)
    values, slopes = [], []
    for loss in (ours, theirs):
        given_logits = logits.clone().requires_grad_()
        value = loss(given_logits, target)
        value.backward()
        values.append(value.detach())
        slopes.append(given_logits.grad)
    torch.testing.assert_close(*values, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(*slopes, rtol=1e-4, atol=1e-6)


def with_channel(loss: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda logits, target: loss(logits, target[:, None])


seeds = given(st.integers(0, 9999))
few = settings(max_examples=50, deadline=None)


@seeds
@few
def test_soft_dice_is_monais(seed: int) -> None:
    peer = monai.DiceLoss(softmax=True, to_onehot_y=True, **EVEN)
    assert_equal_with_gradients(SoftDice(epsilon=1e-5), with_channel(peer), seed)


@seeds
@few
def test_binary_soft_dice_is_monais(seed: int) -> None:
    peer = monai.DiceLoss(sigmoid=True, **EVEN)
    assert_equal_with_gradients(BinarySoftDice(epsilon=1e-5), with_channel(peer), seed, num_classes=1)


@given(st.integers(0, 9999), st.sampled_from([(0.3, 0.7), (0.5, 0.5), (1.0, 1.0)]))
@few
def test_tversky_is_monais(seed: int, prices: tuple[float, float]) -> None:
    peer = monai.TverskyLoss(softmax=True, to_onehot_y=True, alpha=prices[0], beta=prices[1], **EVEN)
    assert_equal_with_gradients(Tversky(*prices, epsilon=1e-5), with_channel(peer), seed)


@given(st.integers(0, 9999), st.sampled_from([0.0, 1.0, 2.0, 5.0]))
@few
def test_focal_is_monais_summed_over_classes(seed: int, gamma: float) -> None:
    peer = monai.FocalLoss(use_softmax=True, to_onehot_y=True, gamma=gamma)  # its mean counts the zeros of C channels

    def summed(logits: Tensor, target: Tensor) -> Tensor:
        return 4 * peer(logits, target[:, None])

    assert_equal_with_gradients(Focal(gamma), summed, seed)


@seeds
@few
def test_focal_with_void_is_segmentation_models_pytorchs(seed: int) -> None:
    peer = smp.FocalLoss("binary", gamma=2.0, ignore_index=255, reduction="sum")
    logits, target = batch(seed, num_classes=1, void=0.3)
    expected = peer(logits, target[:, None]) / (target != 255).sum()
    as_two_classes = torch.cat([torch.zeros_like(logits), logits], dim=1)
    torch.testing.assert_close(BinaryFocal(2.0, alpha=None)(logits, target), expected)
    torch.testing.assert_close(Focal(2.0)(as_two_classes, target), expected)


@given(st.integers(0, 9999), st.sampled_from([0.0, 0.3]))
@few
def test_lovasz_softmax_is_segmentation_models_pytorchs(seed: int, void: float) -> None:
    peer = smp.LovaszLoss("multiclass", ignore_index=255)
    assert_equal_with_gradients(LovaszSoftmax(), peer, seed, void=void)


@seeds
@few
def test_dice_plus_cross_entropy_is_half_of_monais_sum(seed: int) -> None:
    peer = monai.DiceCELoss(softmax=True, to_onehot_y=True, **EVEN)

    def halved(logits: Tensor, target: Tensor) -> Tensor:
        return peer(logits, target[:, None]) / 2

    assert_equal_with_gradients(DiceCrossEntropy(0.5, epsilon=1e-5), halved, seed)


@pytest.mark.parametrize("seed", range(3))
def test_soft_dice_with_void_is_segmentation_models_pytorchs(seed: int) -> None:
    peer = smp.DiceLoss("multiclass", ignore_index=255, smooth=0.0)
    logits, target = batch(seed, void=0.3)
    torch.testing.assert_close(SoftDice(epsilon=0.0)(logits, target), peer(logits, target), rtol=1e-5, atol=1e-6)
