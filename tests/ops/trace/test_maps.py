"""Feature maps read off a forward: kinds, names, sizes of both axes, and what they come from."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.ops.trace.maps import trace_feature_maps


class Forward(nn.Module):
    """A forward written as one function of the image, with a weight (4, 3, 3, 5)."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function, self.weight = function, nn.Parameter(torch.zeros(4, 3, 3, 5))

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.weight)


@pytest.mark.parametrize(
    ("function", "label"),
    [
        (lambda x, w: F.conv2d(x, w), "conv 3×5"),
        (lambda x, w: F.conv2d(x, w, None, 2, 0, 3), "conv 3×5, stride 2, dilation 3"),
        (lambda x, w: F.conv2d(x, w, stride=(2, 2), dilation=(1, 1)), "conv 3×5, stride 2"),
        (lambda x, w: F.conv2d(x, w, stride=(1, 2), dilation=(3, 1)), "conv 3×5, stride 1×2, dilation 3×1"),
        (lambda x, w: F.conv2d(x, w).relu_(), "conv 3×5, ReLU"),
        (lambda x, w: F.leaky_relu(F.silu(F.conv2d(x, w))), "conv 3×5, SiLU, leaky ReLU"),
        (lambda x, w: F.conv_transpose2d(F.conv2d(x, w), w, stride=2), "up-conv 3×5"),
        (lambda x, w: F.max_pool2d(x, 2), "max pool 2×2"),
        (lambda x, w: F.max_pool2d(x, kernel_size=(2, 3)), "max pool 2×3"),
        (lambda x, w: F.avg_pool2d(x, (3, 2)), "average pool 3×2"),
        (lambda x, w: F.adaptive_avg_pool2d(x, 1), "average pool to a fixed size"),
        (lambda x, w: F.interpolate(x, scale_factor=2), "resize"),
        (lambda x, w: F.pixel_shuffle(F.conv2d(x, w), 2), "pixel shuffle"),
        (lambda x, w: torch.cat([x, x.flip(3)], dim=1), "input"),
        (lambda x, w: x + x, "input"),
        (lambda x, w: F.conv2d(x, w) + F.conv2d(x, w), "add"),
    ],
)
def test_each_operation_has_its_name(function, label: str) -> None:
    assert trace_feature_maps(Forward(function), (1, 3, 16, 20))[-1].label == label


def test_sizes_are_height_and_width_and_channels_those_of_one_image() -> None:
    maps = trace_feature_maps(Forward(lambda x, w: F.max_pool2d(F.conv2d(x, w), (2, 4))), (6, 3, 16, 20))
    assert [(one.kind, one.channels, one.size) for one in maps] == [
        ("input", 3, (16, 20)),
        ("conv", 4, (14, 16)),
        ("pool", 4, (7, 4)),
    ]


def test_a_map_knows_what_it_comes_from_and_a_join_what_each_part_gives() -> None:
    maps = trace_feature_maps(
        Forward(lambda x, w: torch.cat([F.conv2d(x, w, padding=(1, 2)), x], dim=1)), (1, 3, 9, 11)
    )
    assert [one.inputs for one in maps] == [[], [0], [1, 0]]
    assert maps[-1].parts == [4, 3]
    assert maps[-1].channels == 7


def test_a_crop_changes_the_size_of_the_map_that_is_returned_and_of_no_other() -> None:
    maps = trace_feature_maps(Forward(lambda x, w: F.conv2d(x, w)[..., 1:, 2:]), (1, 3, 9, 11))
    assert [one.size for one in maps] == [(9, 11), (6, 5)]


def test_what_follows_twice_is_named_once_and_belongs_to_the_latest_map() -> None:
    maps = trace_feature_maps(Forward(lambda x, w: F.relu(F.relu(F.conv2d(x, w)) * x.mean())), (1, 3, 9, 11))
    assert [one.followed_by for one in maps] == [[], ["ReLU"]]


def test_a_classifier_s_vector_is_one_cell() -> None:
    maps = trace_feature_maps(nn.Sequential(nn.Flatten(), nn.Linear(3 * 5 * 7, 10)), (1, 3, 5, 7))
    assert (maps[-1].kind, maps[-1].channels, maps[-1].size) == ("linear", 10, (1, 1))


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"input_size is \(3, 5, 7\); give the full shape"):
        trace_feature_maps(nn.Conv2d(3, 4, 3), (3, 5, 7))
    with pytest.raises(ValueError, match=r"Conv2d can't take an input of shape \(1, 2, 5, 7\)"):
        trace_feature_maps(nn.Conv2d(3, 4, 3), (1, 2, 5, 7))
