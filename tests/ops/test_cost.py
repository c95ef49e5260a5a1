"""Parameters, MACs and activation memory: known numbers, hand counts, and a module left as it was."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.segmentation import deeplabv3_resnet50, fcn_resnet50

from segedu.ops.cost import activation_memory, count_macs, count_parameters, layer_table


def test_parameters_of_one_convolution() -> None:
    assert count_parameters(nn.Conv2d(32, 64, 3)) == 3 * 3 * 32 * 64 + 64 == 18_496


@pytest.mark.parametrize(("build", "expected"), [(fcn_resnet50, 32_957_013), (deeplabv3_resnet50, 39_638_869)])
def test_known_parameter_counts(build: object, expected: int) -> None:
    with torch.device("meta"):
        model = build(weights=None, weights_backbone=None, num_classes=21, aux_loss=False)
    assert count_parameters(model) == expected
    assert sum(row.parameters for row in layer_table(model, (1, 3, 65, 97))) == expected


@pytest.mark.parametrize(
    ("layer", "input_size", "expected"),
    [
        (nn.Conv2d(6, 4, (3, 2), stride=2, groups=2), (2, 6, 9, 8), 2 * 4 * (4 * 4) * 3 * 3 * 2),
        (nn.ConvTranspose2d(6, 4, 2, stride=2), (2, 6, 5, 7), 2 * 6 * (5 * 7) * 4 * 2 * 2),
        (nn.ConvTranspose2d(6, 4, (2, 3), stride=2, groups=2), (2, 6, 5, 7), 2 * 6 * (5 * 7) * 2 * 2 * 3),
        (nn.Conv1d(6, 4, 3), (2, 6, 9), 2 * 4 * 7 * 6 * 3),
        (nn.Linear(10, 3), (5, 10), 5 * 10 * 3),
        (nn.Sequential(nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2)), (2, 6, 8, 8), 0),
    ],
)
def test_macs_counted_by_hand(layer: nn.Module, input_size: tuple[int, ...], expected: int) -> None:
    assert count_macs(layer, input_size) == expected


def test_macs_of_a_convolution_are_the_multiplications_of_its_loops() -> None:
    size = (1, 3, 20, 30)
    assert count_macs(nn.Conv2d(3, 8, 3, padding=1), size) == 20 * 30 * 8 * 3 * 3 * 3


def test_activation_memory_is_what_the_outputs_take() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2))
    elements = 2 * 8 * (10 * 16 + 10 * 16 + 5 * 8)  # convolution, normalization, pooling; the ReLU writes in place
    assert activation_memory(model, (2, 3, 12, 18)) == 4 * elements
    assert activation_memory(model, (2, 3, 12, 18), dtype=torch.float16) == 2 * elements


def test_views_and_identities_take_no_memory() -> None:
    model = nn.Sequential(nn.Identity(), nn.Flatten(), nn.Dropout())
    assert activation_memory(model, (2, 3, 4, 5)) == 0


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.conv(x))


def test_a_layer_called_twice_has_two_rows_and_one_set_of_weights() -> None:
    first, second = layer_table(Shared(), (1, 4, 6, 7))
    assert (first.parameters, second.parameters) == (count_parameters(Shared()), 0)
    assert first.macs == second.macs == 4 * 6 * 7 * 4 * 9


def test_rows_name_the_layer_as_the_module_does() -> None:
    rows = layer_table(nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3)), nn.ReLU()), (1, 1, 5, 7))
    assert [(row.name, row.kind, row.output_shape) for row in rows] == [
        ("0.0", "Conv2d", (1, 2, 3, 5)),
        ("1", "ReLU", (1, 2, 3, 5)),
    ]


def test_layers_that_return_several_tensors_are_counted() -> None:
    (row,) = layer_table(nn.MaxPool2d(2, return_indices=True), (1, 2, 4, 6))
    assert row.activation_bytes == 2 * 2 * 3 * (4 + 8)  # values and int64 indices


def test_only_the_calls_own_input_is_shared_memory() -> None:
    class Crossed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(2, 2, 1), nn.Flatten()

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.first(x) + 1)

    assert [row.activation_bytes for row in layer_table(Crossed(), (1, 2, 3, 5))] == [2 * 3 * 5 * 4, 0]


def test_what_the_forward_raises_is_raised() -> None:
    with pytest.raises(RuntimeError):
        layer_table(nn.Conv2d(3, 8, 3), (1, 4, 9, 9))


def test_buffers_are_no_parameters_and_frozen_weights_are() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8)).requires_grad_(False)
    assert count_parameters(model) == 3 * 8 * 9 + 2 * 8
    assert sum(row.parameters for row in layer_table(model, (1, 3, 5, 7))) == count_parameters(model)


def test_the_module_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Dropout())
    model[2].eval()
    before, modes = copy.deepcopy(model.state_dict()), [part.training for part in model.modules()]
    random_state = torch.get_rng_state()
    layer_table(model, (2, 3, 9, 9))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [part.training for part in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random_state)
    assert not any(part._forward_hooks for part in model.modules())
