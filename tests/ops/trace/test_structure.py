"""The bare structure: no value, weight or activation may hide a pixel that an output cell can see."""

import pytest
import torch
from torch import Tensor, nn

from segedu.ops.receptive_fields import measured_receptive_field

ACTIVATIONS = [
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish),
    *(nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Softsign, nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.LogSigmoid),
    *(lambda: nn.Threshold(0.1, 20.0), lambda: nn.Softmax(dim=1), lambda: nn.LogSoftmax(dim=1)),
]
NORMALIZATIONS = [
    *(nn.BatchNorm2d, nn.InstanceNorm2d, lambda channels: nn.GroupNorm(2, channels)),
    lambda channels: nn.LocalResponseNorm(2),
]


class Shifted(nn.Module):
    """A 3 × 5 window, its value moved by adding ones, then a layer."""

    def __init__(self, layer: nn.Module, shift: float) -> None:
        super().__init__()
        self.window, self.layer, self.shift = nn.Conv2d(4, 4, (3, 5)), layer, shift

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.window(x) + self.shift)


@pytest.mark.parametrize("shift", [-2.0, -1.0, 0.0, 1.0, 200.0])
@pytest.mark.parametrize("make", ACTIVATIONS, ids=lambda make: make.__name__)
def test_no_activation_hides_a_pixel_whatever_it_is_given(make, shift: float) -> None:
    assert measured_receptive_field(Shifted(make(), shift), (1, 4, 9, 13)).mask.sum() == 15


@pytest.mark.parametrize("make", NORMALIZATIONS)
def test_normalizations_pass_on_pixel_by_pixel(make) -> None:
    assert measured_receptive_field(Shifted(make(4), 0.0), (1, 4, 9, 13)).mask.sum() == 15


def test_weights_of_zero_hide_nothing() -> None:
    module = nn.Sequential(nn.Conv2d(2, 2, (1, 3)), nn.ConvTranspose2d(2, 3, (3, 1)))
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    assert measured_receptive_field(module, (1, 2, 9, 13)).size == (3, 3)


@pytest.mark.parametrize(
    ("up", "position", "box"),
    [
        (nn.ConvTranspose2d(2, 4, (2, 3), stride=(2, 3)), (4, 7), (2, 2, 3, 3)),
        (nn.ConvTranspose2d(2, 4, (3, 5), stride=(2, 3), padding=(1, 1), groups=2), (4, 6), (2, 1, 3, 3)),
        (nn.ConvTranspose2d(2, 4, (4, 6), stride=(2, 3), dilation=(1, 2)), (5, 9), (1, 1, 3, 4)),
        (nn.ConvTranspose2d(2, 2, (2, 2), stride=(3, 2), output_padding=(1, 0)), (4, 6), (1, 3, 2, 4)),
        (nn.Upsample(scale_factor=(2, 3), mode="bilinear"), (4, 6), (1, 1, 3, 3)),
        (nn.AdaptiveMaxPool2d((2, 3)), (1, 2), (3, 6, 6, 9)),
        (nn.AdaptiveAvgPool2d((2, 3)), (1, 2), (3, 6, 6, 9)),
        (nn.AvgPool2d((2, 3), stride=(1, 2), padding=(1, 0)), (1, 2), (0, 4, 2, 7)),
    ],
    ids=str,
)
def test_boxes_of_layers_that_go_up_or_average(up: nn.Module, position: tuple, box: tuple) -> None:
    assert measured_receptive_field(up, (1, 2, 6, 9), position).box == box


def test_groups_see_their_own_channels_only() -> None:
    class OfOneGroup(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.grouped = nn.Conv2d(4, 4, (1, 3), groups=2, padding=(0, 1))

        def forward(self, x: Tensor) -> Tensor:
            apart = torch.cat([x[:, :2, :, 1:], x[:, :2, :, :1]], dim=3)  # the first group's channels, moved
            return self.grouped(torch.cat([apart, x[:, 2:]], dim=1))[:, 2:]

    assert measured_receptive_field(OfOneGroup(), (1, 4, 3, 9), (1, 4)).box == (1, 3, 2, 6)


def test_a_linear_layer_on_channels_keeps_the_place() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(2, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.linear(x.movedim(1, -1)).movedim(-1, 1)

    assert measured_receptive_field(Last(), (1, 2, 5, 7), (1, 4)).box == (1, 4, 2, 5)


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(2, 4, (2, 5), (3, 1), (1, 4), (2, 3), groups=2),
        nn.Conv2d(2, 2, (5, 3), padding="same", dilation=(1, 2)),
        nn.AvgPool2d((2, 5), (3, 2), (1, 2)),
        nn.AvgPool2d((3, 2), ceil_mode=True),
    ],
)
def test_windows_of_unequal_sides_are_summed_side_by_side(layer):
    image = torch.rand(1, 2, 13, 16, requires_grad=True)
    for weight in layer.parameters():
        weight.data.fill_(1)
    output = layer(image)
    row, column = output.shape[2] // 2, output.shape[3] // 2
    (gradient,) = torch.autograd.grad(output[:, :, row, column].sum(), image)
    assert torch.equal(measured_receptive_field(layer, (1, 2, 13, 16)).mask, gradient.ne(0).any(dim=1)[0])
