"""Side conditions: arguments stay as they were given, and the notebook as it was found."""

import copy
import dataclasses

import pytest
import torch
import torch.nn.functional as F
from scaled_relu import EXERCISE, examine, truth
from torch import nn

from segedu.exercises.engine import engine
from segedu.exercises.engine.compare import compare
from segedu.exercises.engine.conditions import changed_in_place


def with_arguments(**arguments):
    """Return an exercise whose answer is 0 if it leaves its arguments alone."""
    exercise = engine.Exercise(
        name="90.leaves_alone",
        points=1,
        arguments=lambda seed: copy.deepcopy(arguments),
        judge=lambda arguments, result, expected: compare(result, expected),
        proved="Nothing has changed.",
        hints=("a", "b", "c"),
        cases=1,
    )
    return lambda function: engine.examine(exercise, function, [0])


def network():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Sequential(nn.ReLU()))


def frozen_network():
    return network().requires_grad_(False)


def does(change):
    """Return an answer that does something to its argument, and is right otherwise."""

    def answer(x):
        change(x)
        return 0

    return answer


@pytest.mark.parametrize(
    ("argument", "change", "advice"),
    [
        (torch.ones(2), lambda x: x.add_(1), "`x = x.clone()`"),
        ([3, 1, 2], lambda x: x.pop(), "`x = list(x)`"),
        ([3, 1, 2], lambda x: x.sort(), "`x = list(x)`"),
        ([[3], [1]], lambda x: x[0].append(1), "`x = copy.deepcopy(x)`"),
        ([torch.ones(2)], lambda x: x[0].zero_(), "`x = copy.deepcopy(x)`"),
        ({"a": 1}, lambda x: x.pop("a"), "`x = copy.deepcopy(x)`"),
        (network(), lambda x: x[0].weight.data.zero_(), "changes `0.weight` of `x`; work on a copy"),
        (network(), lambda x: x[1].running_mean.fill_(3), "changes `1.running_mean` of `x`"),
        (network(), lambda x: x.__setitem__(2, nn.Identity()), "changes the layers of `x`; work on a copy"),
        (network(), lambda x: setattr(x[0], "stride", (2, 2)), "changes the layers of `x`"),
        (network(), lambda x: x.append(nn.ReLU()), "`x = copy.deepcopy(x)`"),
        (network(), lambda x: x.eval(), "in another mode"),
        (network(), lambda x: x.requires_grad_(False), "leaves `0.weight` of `x` frozen"),
        (network(), lambda x: x[1].requires_grad_(False), "use `with torch.no_grad():`"),
        (
            frozen_network(),
            lambda x: x.requires_grad_(True),
            "`0.weight` of `x` asking for a gradient, which it didn't",
        ),
        (network(), lambda x: x[2][0].register_forward_hook(print), "`handle.remove()`"),
        (network(), lambda x: setattr(x[2][0], "forward", torch.relu), "leaves `forward` on a layer of `x`"),
        (network(), lambda x: x[0](torch.ones(1, 1, 4, 4)).sum().backward(), "in `.grad` of `0.weight` of `x`"),
        ([network()], lambda x: x[0].eval(), "`x = copy.deepcopy(x)`"),
    ],
)
def test_a_changed_argument_is_named_with_advice_that_works(argument, change, advice):
    check = with_arguments(x=argument)
    result = check(does(change))
    assert result.outcome == "not yet"
    assert advice in result.message


def test_what_is_put_back_is_not_a_change():
    def looks(x):
        handle = x.register_forward_hook(lambda *parts: None)
        mode = x.training
        x.eval()(torch.ones(1, 1, 3, 3))
        x.train(mode)
        handle.remove()
        return 0

    assert with_arguments(x=network())(looks)


def test_an_argument_of_an_unknown_kind_that_is_left_alone_is_unchanged():
    assert changed_in_place({"x": {1, 2}}, {"x": {1, 2}}) is None


def relu_of_mine(x):
    return x * 0


def patches_torch(x, scale):
    torch.relu = F.relu = relu_of_mine
    torch.Tensor.relu = torch.Tensor.invented = relu_of_mine
    nn.ReLU.forward_of_mine = relu_of_mine
    nn.Module.invented = 1
    return truth(x, scale)


def test_functions_of_torch_that_an_answer_replaces_are_put_back():
    before = torch.relu, F.relu, torch.Tensor.relu
    assert examine(patches_torch, dataclasses.replace(EXERCISE, forbidden=()))[0]
    assert (torch.relu, F.relu, torch.Tensor.relu) == before
    assert not hasattr(torch.Tensor, "invented")
    assert not hasattr(nn.Module, "invented")
    del nn.ReLU.forward_of_mine


class SaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None


def test_what_says_that_it_is_equal_is_put_back_too():
    def answer(x, scale):
        torch.allclose = SaysEqual()
        return truth(x, scale)

    before = torch.allclose
    assert examine(answer)[0]
    assert torch.allclose is before


def removes(x, scale):
    del torch.sigmoid
    torch.isclose, torch.allclose = torch.allclose, torch.isclose
    return truth(x, scale)


def test_names_that_are_removed_or_exchanged_are_put_back():
    before = torch.sigmoid, torch.isclose, torch.allclose
    assert examine(removes)[0]
    assert (torch.sigmoid, torch.isclose, torch.allclose) == before


def test_a_judge_meets_torch_as_it_is():
    def judge(arguments, result, expected):
        return compare(result, arguments["scale"] * F.relu(arguments["x"]))

    assert examine(patches_torch, dataclasses.replace(EXERCISE, forbidden=(), judge=judge))[0]


def changes_defaults(x, scale):
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    return truth(x, scale)


def test_default_dtype_and_device_are_left_as_found():
    assert examine(changes_defaults)[0]
    assert torch.get_default_dtype() == torch.float32
    assert torch.zeros(1).device.type == "cpu"


@pytest.mark.parametrize("device", [None, "meta"])
def test_results_do_not_depend_on_the_defaults_of_the_notebook(device):
    torch.set_default_dtype(torch.float64)
    torch.set_default_device(device)
    try:
        assert examine(lambda x, scale: truth(x, scale) + torch.zeros(1))[0]
        assert torch.get_default_dtype() == torch.float64
        assert str(torch.get_default_device()) == (device or "cpu")
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)


def test_gradients_are_on_while_an_answer_runs():
    enabled = []

    def looks(x, scale):
        enabled.append(torch.is_grad_enabled() and not torch.is_inference_mode_enabled())
        return truth(x, scale)

    with torch.no_grad():
        assert examine(looks)[0]
        assert not torch.is_grad_enabled()
    with torch.inference_mode():
        assert examine(looks)[0]
    assert all(enabled)
