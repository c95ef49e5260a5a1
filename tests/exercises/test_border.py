"""The border is generous: what holds the right numbers is right, whatever library made it and whatever it is called."""

import dataclasses
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from scaled_relu import EXERCISE, examine, truth
from torch import nn

from segedu.exercises.engine import engine
from segedu.exercises.engine.border import converted
from segedu.exercises.engine.compare import close, compare

MATRIX = torch.arange(6.0).reshape(2, 3)


class Subclass(torch.Tensor):
    pass


class RightFloat(float):
    pass


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (MATRIX.numpy(), MATRIX),
        (MATRIX.numpy().astype(">f4")[::-1][::-1], MATRIX),
        (MATRIX.to_sparse(), MATRIX),
        (MATRIX.to_sparse_csr(), MATRIX),
        (MATRIX.as_subclass(Subclass), MATRIX),
        (nn.Parameter(MATRIX), MATRIX),
        (torch.quantize_per_tensor(MATRIX, 1.0, 0, torch.quint8), MATRIX),
        (MATRIX.double(), MATRIX),
        (MATRIX.half(), MATRIX),
        (MATRIX.numpy().astype(np.uint8), MATRIX.byte()),
        (np.float32(2.5), torch.tensor(2.5)),
        (2.5, torch.tensor(2.5)),
        (2, torch.tensor(2.0)),
        (3, torch.tensor(3)),
        (torch.tensor(2.5), 2.5),
        (np.float32(2.5), 2.5),
        (np.array(2.5), 2.5),
        (Fraction(1, 2), 0.5),
        (Decimal("0.5"), 0.5),
        (np.int64(7), 7),
        (torch.tensor(7), 7),
        (np.uint8(7), 7),
        (np.bool_(True), True),
        (torch.tensor(True), True),
        (np.str_("miou"), "miou"),
        ([3, 4], (3, 4)),
        (torch.Size([3, 4]), (3, 4)),
        (np.array([3, 4]), [3, 4]),
        (torch.tensor([3, 4]), [3, 4]),
        (range(1, 4), [1, 2, 3]),
        ((number for number in (1, 2, 3)), [1, 2, 3]),
        ([np.int64(1), torch.tensor(2)], [1, 2]),
        ([(np.int64(1), 2), [3, 4]], [(1, 2), (3, 4)]),
        ((MATRIX.numpy(), MATRIX.to_sparse()), (MATRIX, MATRIX)),
        ({"size": np.int64(3)}, {"size": 3}),
        ([[0.0, 1, 2], [3, 4, 5]], MATRIX),
        ([[0, 1, 2], [3, 4, 5]], MATRIX),
        (((0, 1, 2), (3, 4, 5)), MATRIX),
        ([(0, 1, 2), np.array([3, 4, 5]).tolist()], MATRIX.long()),
        ([[np.float32(0), 1, 2], [3, 4, np.int64(5)]], MATRIX),
        ([[False, True]], torch.tensor([[False, True]])),
        ([], torch.zeros(0)),
        ([[], []], torch.zeros(2, 0, dtype=torch.int64)),
        (RightFloat(0.5), 0.5),
    ],
)
def test_what_holds_the_right_numbers_is_right(result, expected):
    assert close(converted(result, expected), expected)


@pytest.mark.parametrize(
    ("result", "expected", "part"),
    [
        (3.0, 3, "the float 3.0, expected the integer 3"),
        (2, True, "expected True"),
        (True, 1, "True, expected 1"),
        (MATRIX.bool(), MATRIX, "cut to integers"),
        ([[0.0, 1, 2], [3, 4, 5]], MATRIX.long(), "has dtype float32, expected int64"),
        ([[False, True]], torch.tensor([[0.0, 1.0]]), "cut to integers"),
        ([[0, 1, 2], [3, 4]], MATRIX, "is a list with rows of 3 and of 2 entries, expected a tensor of shape (2, 3)."),
        ([[0, 1, 2], 3], MATRIX, "is a list with numbers beside lists, expected a tensor of shape (2, 3)."),
        ([MATRIX[0], MATRIX[1]], MATRIX, "`torch.stack(…)` if it holds tensors"),
        ([[10**30, 1, 2], [3, 4, 5]], MATRIX.long(), "is of type list, expected a tensor"),
        ([["a"]], MATRIX, "is of type list, expected a tensor"),
        (MATRIX[None], MATRIX, "one axis too many"),
        (torch.zeros(2, 3, device="meta"), MATRIX, "on the meta device"),
        (MATRIX + 1j, MATRIX, "complex"),
        (np.array(["a"]), MATRIX, "is of type ndarray"),
        (Fraction(1, 2), 1, "the Fraction"),
        ("3", 3, "the str '3', expected 3"),
        (np.zeros((2, 2)), [1, 2], "expected a list of 2"),
    ],
)
def test_what_says_something_else_is_not_made_right(result, expected, part):
    assert part in compare(converted(result, expected), expected).difference


def test_a_list_of_another_length_is_converted_too():
    assert converted([np.int64(1)], [1, 3, 9]) == [1]
    assert type(converted([np.int64(1)], [1, 3, 9])[0]) is int


def answers():
    def by_numpy(x, scale):
        return scale * np.maximum(x.numpy(), 0)

    def under_other_names(image, factor):
        return truth(image, factor)

    def by_position_only(x, scale, /):
        return truth(x, scale)

    def with_options(scale, x, verbose=False, *rest, **more):
        return truth(x, scale)

    def half_renamed(scale, image):
        return truth(image, scale)

    return [by_numpy, under_other_names, by_position_only, with_options, half_renamed]


@pytest.mark.parametrize("function", answers(), ids=lambda function: function.__name__)
def test_arguments_may_be_called_anything(function):
    result, message = examine(function)
    assert result, message


@pytest.mark.parametrize("function", [lambda x: x, lambda x, scale, more: x, lambda *, y, z: y, lambda: 0])
def test_a_function_that_can_not_take_the_arguments_is_told_so(function):
    result, message = examine(function)
    assert result.outcome == "not yet"
    assert "can't be called" in message


def test_where_the_kind_is_the_lesson_it_is_judged_as_it_is():
    strict = dataclasses.replace(EXERCISE, strict=True)
    assert examine(truth, strict)[0]
    message = examine(lambda x, scale: truth(x, scale).numpy(), strict)[1]
    assert "is of type ndarray, expected a tensor" in message
    assert "torch.from_numpy" in message
    message = examine(lambda x, scale: truth(x, scale).tolist(), strict)[1]
    assert "is of type list, expected a tensor" in message


def observed(module, arguments):
    return module(torch.ones(1, 1, 2, 2)).detach().shape[-1]


MAKES = engine.Exercise(
    name="90.network",
    points=1,
    arguments=lambda seed: {},
    judge=lambda arguments, result, expected: compare(result, expected),
    proved="It is a network.",
    hints=("a", "b", "c"),
    observe=observed,
    cases=1,
)


def test_a_network_may_stand_for_the_function_that_makes_it():
    assert engine.examine(MAKES, nn.Upsample(scale_factor=2), [4])
    assert engine.examine(MAKES, lambda: nn.Upsample(scale_factor=2), [4])
    assert not engine.examine(MAKES, nn.Identity(), [4])


def test_a_network_that_depends_on_the_arguments_is_made_by_the_function():
    needs = dataclasses.replace(MAKES, arguments=lambda seed: {"scale": 2})
    assert "without parentheses" in engine.examine(needs, nn.Upsample(scale_factor=2), [4]).message
