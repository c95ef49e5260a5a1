"""Tensors followed through a forward: states, what is lost, and tensors that come of something else."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from segedu.ops.trace.follow import Call, Follow, Lost


def names(call: Call) -> list:
    """The state is the way: the names of the functions that led to a tensor."""
    return [f"{call.states[0]} {call.name}"] * len(call.outputs)


def test_every_output_of_a_function_has_a_state_and_others_have_none() -> None:
    image, other = torch.zeros(1, 4, 5, 7), torch.ones(1)
    with Follow(image, "image", names) as trace:
        first, second = image.relu().chunk(2, dim=1)
        elsewhere = other + 1
    assert trace.state_of(first) == trace.state_of(second) == "image relu chunk"
    assert trace.state_of(elsewhere) == Lost("the output does not depend on the input")


def test_a_function_that_writes_in_place_moves_its_tensor_on() -> None:
    image = torch.zeros(1, 4, 5, 7)
    with Follow(image, "image", names) as trace:
        x = image + 1
        x.relu_()
    assert trace.state_of(x) == "image add relu_"


def test_the_rule_sees_states_sizes_and_outputs_in_the_order_of_the_arguments() -> None:
    calls = []

    def record(call: Call) -> list:
        calls.append(call)
        return [len(calls)] * len(call.outputs)

    image = torch.zeros(1, 2, 5, 7)
    with Follow(image, 0, record):
        pooled = F.max_pool2d(image, (2, 3))
        torch.cat([pooled, image[..., :2, :2]], dim=1)
    last = calls[-1]
    assert (last.name, last.states, last.kwargs) == ("cat", [1, 2], {"dim": 1})
    assert last.sizes == [(2, 2), (2, 2)]
    assert [tuple(output.shape) for output in last.outputs] == [(1, 4, 2, 2)]


def test_what_comes_of_a_lost_tensor_is_lost_for_the_same_reason_and_the_rule_is_not_asked() -> None:
    def once(call: Call) -> list:
        assert call.name == "flip"
        return [Lost("turned around")]

    image = torch.zeros(1, 2, 5, 7)
    with Follow(image, 0, once) as trace:
        output = image.flip(3).relu() + image
    assert trace.state_of(output) == Lost("turned around")


def test_ids_of_tensors_that_are_gone_are_not_taken_for_theirs() -> None:
    def count(call: Call) -> list:
        return [call.states[0] + 1] * len(call.outputs)

    image = torch.zeros(1, 1, 3, 4)
    with Follow(image, 0, count) as trace:
        x = image
        for _ in range(50):
            x = x + 1
            assert isinstance(trace.state_of(torch.zeros(3)), Lost)
    assert trace.state_of(x) == 50


def test_a_module_s_own_functions_are_followed_too() -> None:
    image = torch.zeros(1, 3, 8, 9)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)).eval()
    with Follow(image, "", names) as trace:
        output = module(image)
    assert trace.state_of(output) == " conv2d batch_norm relu max_pool2d"


@pytest.mark.parametrize("nest", [lambda x: [x], lambda x: {"out": x}, lambda x: ({"a": (x,)},)])
def test_tensors_are_found_in_lists_and_dicts(nest) -> None:
    class Nested(nn.Module):
        def forward(self, x: torch.Tensor) -> object:
            return nest(x * 2)

    image = torch.zeros(1, 3, 8, 9)
    with Follow(image, "image", names) as trace:
        result = Nested()(image)
    while not isinstance(result, torch.Tensor):
        result = next(iter(result.values())) if isinstance(result, dict) else result[0]
    assert trace.state_of(result) == "image mul"
