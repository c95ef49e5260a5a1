"""Looking at a module from outside: a weightless copy, an image for it, its modes."""

import pytest
import torch
from torch import Tensor, nn

from segedu.ops.cost import count_macs
from segedu.ops.trace.modules import evaluating, probe_of, shadow, tensors_in


def test_a_shadow_has_no_numbers_and_the_module_stays() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    copy = shadow(module)
    assert {tensor.device.type for tensor in copy.state_dict().values()} == {"meta"}
    assert not copy.training
    assert module.training
    assert module[0].weight.requires_grad
    assert not copy[0].weight.requires_grad


def test_shared_weights_are_shared_in_the_shadow_too() -> None:
    layer = nn.Conv2d(3, 3, 3)
    copy = shadow(nn.Sequential(layer, nn.ReLU(), layer))
    assert copy[0] is copy[2]
    first, second = nn.Linear(5, 7, bias=False), nn.Linear(7, 5, bias=False)
    second.weight = nn.Parameter(first.weight.T.detach())
    first.weight = second.weight
    tied = shadow(nn.ModuleList([first, second]))
    assert tied[0].weight is tied[1].weight


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_weights_that_a_hook_computes_are_no_obstacle() -> None:
    layer = torch.nn.utils.weight_norm(nn.Conv2d(3, 4, 3))
    assert count_macs(layer, (1, 3, 5, 7)) == 3 * 5 * 4 * 3 * 9


def test_the_probe_s_image_fits_the_first_convolution_and_its_type() -> None:
    module = nn.Sequential(nn.Conv2d(5, 4, 3), nn.Conv2d(4, 2, 3)).double()
    probe, image = probe_of(module, None)
    assert (tuple(image.shape), image.dtype, image.device.type) == ((1, 5, 1024, 768), torch.float64, "meta")
    assert probe(image).shape == (1, 2, 1020, 764)
    assert probe_of(module, (2, 5, 9, 11))[1].shape == (2, 5, 9, 11)
    assert probe_of(nn.ReLU(), None)[1].shape == (1, 1, 1024, 768)


def test_modes_come_back_each_its_own_after_an_error_too() -> None:
    module = nn.Sequential(nn.Dropout(), nn.Sequential(nn.Dropout(), nn.Dropout()))
    module[1][0].eval()
    modes = [part.training for part in module.modules()]
    with evaluating(module):
        assert not any(part.training for part in module.modules())
    assert [part.training for part in module.modules()] == modes
    with pytest.raises(KeyError), evaluating(module):
        raise KeyError
    assert [part.training for part in module.modules()] == modes


def test_tensors_in_keeps_the_order_and_leaves_out_the_rest() -> None:
    a, b, c = (torch.full((1,), number) for number in range(3))
    found: list[Tensor] = tensors_in((a, [3, "x", {"b": b, "none": None}], c))
    assert [int(tensor) for tensor in found] == [0, 1, 2]
    assert tensors_in(None) == []
