"""Accumulated strides: each axis for itself, through branches, past what has no cells."""

import pytest
import torch
from torch import Tensor, nn

from segedu.ops.trace.strides import Step, trace_strides


def test_height_and_width_add_up_apart() -> None:
    layers = nn.Sequential(nn.Conv2d(1, 1, 3, stride=(2, 1)), nn.MaxPool2d((1, 3)), nn.AvgPool2d(2, stride=(1, 2)))
    steps, own = trace_strides(layers, None)
    assert own == (2, 6)
    assert steps == [
        Step("conv2d", "0", (1, 1), (2, 1)),
        Step("max_pool2d", "1", (2, 1), (1, 3)),
        Step("avg_pool2d", "2", (2, 3), (1, 2)),
    ]


def test_the_largest_stride_counts_not_the_last() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.coarse, self.wide = nn.Conv2d(1, 1, 3, stride=(4, 1)), nn.Conv2d(1, 1, 3, stride=(2, 3))

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return self.coarse(x), self.wide(x)

    assert trace_strides(Two(), None)[1] == (4, 3)


def test_a_gate_made_of_the_whole_image_leaves_the_stride() -> None:
    class Gate(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down, self.mean, self.mix = nn.Conv2d(1, 2, 3, 2), nn.AdaptiveAvgPool2d(1), nn.Conv2d(2, 2, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = self.down(x)
            return self.mix(self.mean(x)).sigmoid() * x

    steps, own = trace_strides(Gate(), None)
    assert own == (2, 2)
    assert [step.function for step in steps] == ["conv2d", "adaptive_avg_pool2d"]


def test_branches_with_other_strides_can_not_be_followed_past_their_meeting() -> None:
    class Meet(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.max_pool2d(x, 3, stride=2, padding=1) + x[..., ::2, ::2]

    with pytest.raises(ValueError, match=r"it is unknown where a cell lies: convert the part of the module before it"):
        trace_strides(Meet(), (1, 1, 8, 10))

    class Mixed(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            whole = nn.functional.max_pool2d(x, (1, 2), stride=(1, 2))
            other = nn.functional.max_pool2d(x, (2, 1), stride=(2, 1))
            return torch.einsum("nchw,ncij->nchw", whole, other)

    with pytest.raises(ValueError, match=r"cells lie \(1, 2\) and \(2, 1\) pixels apart meet in 'einsum'"):
        trace_strides(Mixed(), (1, 1, 8, 8))
