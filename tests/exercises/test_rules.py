"""Rules of the form "without `F.conv2d`": found under any name, and torch is left as it was."""

import ast

import pytest
import torch
import torch.nn.functional as F
from scaled_relu import EXERCISE, examine
from torch.nn.functional import relu as renamed

from segedu.exercises.engine import rules


def by_alias(x, scale):
    return scale * renamed(x)


def by_module(x, scale):
    return scale * torch.nn.ReLU()(x)


def by_own_import(x, scale):
    import torch.nn.functional as G

    return scale * G.relu(x)


def by_method(x, scale):
    return scale * x.clamp_min(0)


def by_helper(x, scale):
    return helper_with_relu(x) * scale


def helper_with_relu(x):
    return F.relu(x)


def by_operator(x, scale):
    return scale * torch.ops.aten.relu(x)


def by_name_at_run_time(x, scale):
    return scale * getattr(torch, "re" + "lu")(x)


def by_module_at_run_time(x, scale):
    return scale * getattr(torch.nn, "Re" + "LU")()(x)


FORBIDDEN = [by_alias, by_module, by_own_import, by_method, by_helper, by_operator]


@pytest.mark.parametrize("function", [*FORBIDDEN, by_name_at_run_time, by_module_at_run_time])
def test_a_forbidden_call_is_found_under_any_name(function):
    result, message = examine(function)
    assert result.outcome == "not yet"
    assert "asks for a solution without" in message


@pytest.mark.parametrize("function", FORBIDDEN)
def test_a_forbidden_call_in_the_source_is_named_with_its_line(function):
    sentence = rules.broken_rule(function, EXERCISE.forbidden)
    assert sentence
    assert "of its cell uses" in sentence


def test_a_local_name_that_looks_like_a_forbidden_one_is_allowed():
    def innocent(x, scale):
        renamed = x * (x > 0)
        return scale * renamed

    assert examine(innocent)[0]


def test_rules_leave_torch_as_it_was():
    function, constructor = F.relu, torch.nn.ReLU.__init__
    examine(by_name_at_run_time)
    examine(by_module_at_run_time)
    assert F.relu is function
    assert torch.nn.ReLU.__init__ is constructor
    assert torch.nn.ReLU()(torch.tensor([-1.0])).item() == 0


def test_rules_leave_torch_as_it_was_after_an_error():
    def fails(x, scale):
        raise KeyError(scale)

    constructor = torch.nn.ReLU.__init__
    examine(fails)
    assert torch.nn.ReLU.__init__ is constructor
    assert F.relu(torch.tensor([-1.0])).item() == 0


def test_a_rule_that_forbids_nothing_is_refused():
    with pytest.raises(ValueError, match="forbids nothing"):
        rules.targets("F.conv7d")


def test_a_private_function_of_the_course_is_no_answer():
    from segedu.viz.towers import _field

    def by_private_function(x, scale):
        return _field(x)

    assert "of its cell uses `_field`, which is the course's" in examine(by_private_function)[1]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import torch.nn", "torch"),
        ("import torch.nn.functional as G", "G"),
        ("from torch import relu as r", "r"),
        ("from torch.nn import *", "ReLU"),
        ("from torch import nn", "nn"),
    ],
)
def test_an_import_binds_what_python_binds(line, name):
    names: dict[str, object] = {}
    exec(line, names)
    assert rules.imported(ast.parse(line).body[0])[name] is names[name]


def test_what_can_not_be_imported_is_left_out():
    assert rules.imported(ast.parse("import torch, no_such_module").body[0]) == {"torch": torch}
