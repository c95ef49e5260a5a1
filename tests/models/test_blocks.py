"""Building blocks: what is cut, and how weights begin."""

import torch
from torch import nn

from segedu.models.blocks import center_crop, initialize


def test_the_middle_is_cut_out_of_height_and_width_each() -> None:
    features = torch.arange(6 * 11).view(1, 1, 6, 11)
    assert torch.equal(center_crop(features, (2, 5)), features[..., 2:4, 3:8])


def test_biases_begin_at_zero_and_values_keep_their_size_through_relu() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(64, 64, kernel_size=3)
    initialize(conv)
    assert conv.bias.count_nonzero() == 0
    after = conv(torch.randn(2, 64, 20, 20).relu()).relu()
    assert 0.4 < after.square().mean() < 0.6  # the mean square of relu(x) is 1/2 for a standard normal x
