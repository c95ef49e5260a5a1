"""Shifted runs, interlaced: equal to the dense evaluation, cell by cell, and to the strided network made dilated."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from segedu.ops.dilated import strided_to_dilated
from segedu.ops.stitching import shift_and_stitch
from segedu.seeding import seeded

layer = st.tuples(st.integers(1, 3), st.integers(1, 2), st.sampled_from(["conv", "pool"]))


def network(layers: list[tuple[int, int, str]], padded: bool = False) -> nn.Sequential:
    """Return a network of (kernel, stride, kind) with normalization that has seen data, in double precision."""
    parts: list[nn.Module] = []
    channels = 2
    for kernel, stride, kind in layers:
        if kind == "pool":
            parts.append(nn.MaxPool2d(kernel, stride))
        else:
            parts += [
                nn.Conv2d(channels, 3, kernel, stride, kernel // 2 if padded else 0),
                nn.BatchNorm2d(3),
                nn.ReLU(),
            ]
            channels = 3
    module = nn.Sequential(*parts).double()
    module(torch.randn(4, 2, 40, 44, dtype=torch.float64))
    return module.eval()


def stride_of(layers: list[tuple[int, int, str]]) -> int:
    return int(torch.tensor([stride for _, stride, _ in layers]).prod())


def field_of(layers: list[tuple[int, int, str]]) -> int:
    size = jump = 1
    for kernel, stride, _ in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size


def window_by_window(module: nn.Module, images: Tensor, field: int) -> Tensor:
    """Run the network on every window of its own size: dense evaluation by its definition."""
    height, width = images.shape[2] - field + 1, images.shape[3] - field + 1
    cells = [module(images[:, :, y : y + field, x : x + field]) for y in range(height) for x in range(width)]
    return torch.cat(cells, dim=2).view(len(images), -1, height, width)


@given(st.lists(layer, min_size=1, max_size=3), st.integers(1, 4), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_it_equals_the_evaluation_window_by_window(layers: list[tuple[int, int, str]], more: int, seed: int) -> None:
    with seeded(seed):
        module, stride, field = network(layers), stride_of(layers), field_of(layers)
        images = torch.randn(2, 2, field + stride + more, field + stride + 3, dtype=torch.float64)
    with torch.no_grad():
        dense = shift_and_stitch(module, images, stride)
        torch.testing.assert_close(dense, window_by_window(module, images, field))


@given(st.lists(layer, min_size=1, max_size=4), st.integers(0, 7), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_it_equals_the_network_whose_strides_became_dilations(
    layers: list[tuple[int, int, str]], more: int, seed: int
) -> None:
    with seeded(seed):
        module, stride, field = network(layers), stride_of(layers), field_of(layers)
        images = torch.randn(1, 2, field + stride + more, field + stride + 3)
    with torch.no_grad():
        expected = strided_to_dilated(module.float(), 1).eval()(images)
        torch.testing.assert_close(shift_and_stitch(module, images, stride), expected, atol=1e-5, rtol=1e-4)


def test_with_padding_it_equals_the_dilated_network_wherever_the_window_lies_inside() -> None:
    layers = [(3, 2, "conv"), (2, 2, "pool"), (3, 1, "conv")]
    module, reach = network(layers, padded=True).float(), field_of(layers)
    images = torch.randn(1, 2, 48, 56)
    with torch.no_grad():
        stitched, dense = shift_and_stitch(module, images, 4), strided_to_dilated(module, 1).eval()(images)
    assert stitched.shape == dense.shape
    inside = (..., slice(reach, -reach), slice(reach, -reach))
    torch.testing.assert_close(stitched[inside], dense[inside], atol=1e-5, rtol=1e-4)
    assert (stitched - dense).abs().max() > 1e-3


def test_every_stride_th_cell_is_the_coarse_output() -> None:
    module, images = network([(3, 2, "conv"), (2, 2, "pool")]), torch.randn(1, 2, 21, 26, dtype=torch.float64)
    with torch.no_grad():
        assert torch.equal(shift_and_stitch(module, images, 4)[:, :, ::4, ::4], module(images))


def test_strides_may_differ_along_the_axes() -> None:
    images = torch.randn(1, 2, 9, 14)
    pool = nn.MaxPool2d((2, 3), (1, 3))
    expected = nn.functional.max_pool2d(images, (2, 3), 1)
    assert torch.equal(shift_and_stitch(pool, images, (1, 3)), expected)


def test_strides_that_are_swapped_are_named() -> None:
    pool = nn.MaxPool2d((2, 3), (1, 3))
    with pytest.raises(ValueError, match=r"stride is \(3, 1\).*give the product of all its strides"):
        shift_and_stitch(pool, torch.randn(1, 2, 9, 14), (3, 1))


def test_several_images_have_one_map_each() -> None:
    module, images = network([(3, 2, "conv"), (2, 1, "pool")]), torch.randn(3, 2, 11, 15, dtype=torch.float64)
    with torch.no_grad():
        together = shift_and_stitch(module, images, 2)
        alone = torch.cat([shift_and_stitch(module, image[None], 2) for image in images])
    torch.testing.assert_close(together, alone)


def test_modes_are_given_back_after_an_error_too() -> None:
    module = nn.Sequential(nn.Conv2d(1, 1, 3), nn.Dropout()).train()
    with pytest.raises(ValueError, match="refuses"):
        shift_and_stitch(module, torch.zeros(1, 1, 2, 9), 2)
    assert module.training
    assert module[1].training


def test_modes_and_statistics_of_the_module_stay_and_gradients_flow() -> None:
    module = nn.Sequential(nn.Conv2d(2, 3, 2, stride=2), nn.BatchNorm2d(3)).train()
    before = module[1].running_mean.clone()
    shift_and_stitch(module, torch.randn(1, 2, 8, 10), 2).sum().backward()
    assert module.training
    assert module[1].training
    assert torch.equal(module[1].running_mean, before)
    assert module[0].weight.grad.abs().sum() > 0


@pytest.mark.parametrize("stride", [1, 2, 3, 8])
def test_another_stride_than_the_network_s_is_named(stride: int) -> None:
    module = network([(3, 2, "conv"), (2, 2, "pool")])
    with pytest.raises(ValueError, match=r"give the product of all its strides|refuses the shifted image"):
        shift_and_stitch(module, torch.randn(1, 2, 41, 46, dtype=torch.float64), stride)


def test_an_image_too_small_for_a_shift_is_named() -> None:
    with pytest.raises(ValueError, match="refuses the shifted image of 1 × 4 pixels"):
        shift_and_stitch(nn.MaxPool2d(2), torch.zeros(1, 1, 2, 4), 2)
