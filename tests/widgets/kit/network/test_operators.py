"""Each operation of a page's network against torch's, on odd sizes."""

import random
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.widgets.kit.network.golden import case, rounded, settled

DRAWN = range(20)
LIMITS = {"alike": 0.999, "close": 1}


class Calls(nn.Module):
    """A function of an image as a model."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def images(channels: int, *sizes: tuple[int, int]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(len(sizes))
    return [torch.rand(channels, *size, generator=generator) for size in sizes]


def two(draw: random.Random, low: int, high: int) -> tuple[int, int]:
    return draw.randint(low, high), draw.randint(low, high)


def convolution(draw: random.Random) -> nn.Module:
    groups = draw.choice([1, 1, 2, 3, 6])
    outputs = groups * draw.randint(1, 3)
    numbers = two(draw, 1, 5), two(draw, 1, 3), two(draw, 0, 3), two(draw, 1, 3)
    return nn.Conv2d(6, outputs, *numbers, groups=groups, bias=draw.random() < 0.5)


def transposed(draw: random.Random) -> nn.Module:
    groups = draw.choice([1, 1, 2, 3])
    outputs = groups * draw.randint(1, 3)
    stride, dilation = two(draw, 1, 3), two(draw, 1, 2)
    extra = tuple(draw.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
    kernel, padding = two(draw, 1, 4), two(draw, 0, 2)
    return nn.ConvTranspose2d(6, outputs, kernel, stride, padding, extra, groups, dilation=dilation)


def max_pool(draw: random.Random) -> nn.Module:
    kernel = two(draw, 2, 4)
    padding = draw.randint(0, kernel[0] // 2), draw.randint(0, kernel[1] // 2)
    return nn.MaxPool2d(kernel, two(draw, 1, 3), padding, two(draw, 1, 2), ceil_mode=draw.random() < 0.5)


def average_pool(draw: random.Random) -> nn.Module:
    kernel = two(draw, 2, 4)
    padding = draw.randint(0, kernel[0] // 2), draw.randint(0, kernel[1] // 2)
    divisor = draw.choice([None, None, 5])
    return nn.AvgPool2d(kernel, two(draw, 1, 3), padding, draw.random() < 0.5, draw.random() < 0.5, divisor)


def resize(draw: random.Random) -> nn.Module:
    mode = draw.choice(["nearest", "nearest-exact", "bilinear", "bilinear"])
    aligned = draw.random() < 0.4 if mode == "bilinear" else None
    if draw.random() < 0.5:
        return nn.Upsample(size=two(draw, 1, 25), mode=mode, align_corners=aligned)
    factor = draw.choice([2, 3, 0.5, 1.7, 2.3])
    again = draw.random() < 0.5
    return Calls(
        lambda x: F.interpolate(
            x, scale_factor=factor, mode=mode, align_corners=aligned, recompute_scale_factor=again or None
        )
    )


@pytest.mark.parametrize("kind", [convolution, transposed, max_pool, average_pool, resize])
def test_what_has_windows_equals_torch_for_any_numbers(run_node, kind):
    cases = []
    for seed in DRAWN:
        draw = random.Random(seed)
        torch.manual_seed(seed)
        model = rounded(kind(draw))
        cases.append(case(f"{kind.__name__} {seed}: {model}", model, images(6, (15, 17), (18, 13))))
    run_node("network.test.mjs", {"cases": cases, **LIMITS})


def pool_and_back(x: Tensor) -> Tensor:
    values, places = F.max_pool2d(x, 2, return_indices=True)
    return F.max_unpool2d(values, places, 2, output_size=x.shape[-2:])


def in_place(x: Tensor) -> Tensor:
    y = x - 0.5
    z = y.relu_()
    return torch.cat([y, z], dim=1)  # y was written into: both are without negative numbers


def in_place_by_the_way(x: Tensor) -> Tensor:
    y = x - 0.5
    torch.relu_(y)
    return y * 2


def middle(x: Tensor) -> Tensor:
    height, width = x.shape[-2:]
    top = (height + 1) // 4
    return x[..., top : top + height // 2, 1:-1] + x[..., -(height // 2) :, width % 2 : width % 2 + width - 2]


def gate(x: Tensor) -> Tensor:
    share = torch.sigmoid(x[:, :1, ::2, ::2])
    return x * F.interpolate(share, size=x.shape[2:], mode="bilinear") + x.mean((2, 3), keepdim=True)


def arithmetic(x: Tensor) -> Tensor:
    scale = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
    return (1 - x) * 2 + (x / scale - scale) / 4 - (-x) * (x + 1) / (x + 2)


FUNCTIONS = {
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: F.softmax(9 * x, dim=1),
    "relu": lambda x: F.relu(x - 0.5),
    "max pooling and unpooling": pool_and_back,
    "writing in place": in_place,
    "writing in place, the result not used": in_place_by_the_way,
    "slices by sizes": middle,
    "a gate": gate,
    "arithmetic": arithmetic,
    "global mean": lambda x: F.adaptive_avg_pool2d(x, 1),
    "parts' means": lambda x: F.adaptive_avg_pool2d(x, (4, None)),
    "padding by zeros": lambda x: F.pad(x, (1, 2, 3, 0)),
    "padding by a number, cropping": lambda x: F.pad(x, (-1, 2, -2, 1), value=0.3),
    "reflection": lambda x: F.pad(x, (3, 2, 1, 4), mode="reflect"),
    "replication": lambda x: F.pad(x, (3, 2, 1, 4), mode="replicate"),
    # From 2 cells to 82 and to 41, a place that is 1 lies below 1 in double precision.
    "nearest, rounded as torch rounds": lambda x: F.interpolate(x[:, :, :2], size=(82, 5), mode="nearest"),
    "the same between cells": lambda x: F.interpolate(x[:, :, :2], size=(41, 5), mode="nearest-exact"),
    "channels": lambda x: torch.cat([x[:, 2:], x[:, :-1:2], x], dim=1),
    "one outside, one inside": lambda x: x[:, :1] + x.mean((2, 3), keepdim=True) * x[..., :1, :],
}


def test_functions_of_maps_equal_torchs(run_node):
    cases = [case(name, Calls(function), images(3, (9, 11), (12, 7))) for name, function in FUNCTIONS.items()]
    run_node("network.test.mjs", {"cases": cases, **LIMITS})


LAYERS = {
    "a norm behind a convolution": [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()],
    "two norms behind a convolution": [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.BatchNorm2d(4)],
    "a ReLU between": [nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4)],
    "a norm first": [nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 4, 3, padding=1)],
    "a norm behind a transposed convolution": [nn.ConvTranspose2d(3, 4, 3, 2, 1, 1), nn.BatchNorm2d(4), nn.ReLU(True)],
    "group norms": [nn.Conv2d(3, 6, 3), nn.GroupNorm(2, 6), nn.ReLU(), nn.GroupNorm(6, 6), nn.GroupNorm(1, 6)],
    "a last window that would begin behind the end": [
        nn.MaxPool2d((2, 3), (3, 2), (0, 1), ceil_mode=True),
        nn.AvgPool2d(2, 3, ceil_mode=True),
    ],
    "layers that are gone in evaluation": [nn.Dropout(), nn.Identity(), nn.Conv2d(3, 2, 1), nn.Dropout2d()],
    "padding as a word, by reflection": [
        nn.Conv2d(3, 4, (3, 5), padding="same", dilation=2, padding_mode="reflect"),
        nn.Conv2d(4, 2, 3, padding="same"),
    ],
    "torch's layers": [nn.ReflectionPad2d(2), nn.ZeroPad2d((1, 0, 2, 0)), nn.AvgPool2d(2), nn.Softmax(dim=1)],
}


def test_layers_in_a_row_equal_torchs(run_node):
    torch.manual_seed(0)
    models = {name: rounded(settled(nn.Sequential(*layers))) for name, layers in LAYERS.items()}
    cases = [case(name, model, images(3, (9, 11), (12, 8))) for name, model in models.items()]
    run_node("network.test.mjs", {"cases": cases, **LIMITS})
