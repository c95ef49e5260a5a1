"""The engine: four outcomes, and a student's notebook left as it was found."""

import random
import sys
import warnings

import numpy as np
import pytest
import torch
from scaled_relu import EXERCISE, examine, truth

from segedu.exercises.engine import engine
from segedu.seeding import seeded


def test_a_right_answer_passes_and_hears_what_it_proved():
    result, message = examine(truth)
    assert result
    assert message == "✓ 90.scaled_relu: passed. Your function is a scaled ReLU."


def test_leaving_the_notebook_is_an_error_of_the_students_code():
    assert examine(lambda x, scale: sys.exit("bye"))[0].outcome == "your code raised"


def in_place(x, scale):
    x *= scale
    return x * (x > 0)


def test_a_change_in_place_is_noticed_and_named():
    result, message = examine(in_place)
    assert not result
    assert "changes its argument `x` in place" in message


def test_warnings_pass_through():
    def warns(x, scale):
        warnings.warn("careful", stacklevel=1)
        return truth(x, scale)

    with pytest.warns(UserWarning, match="careful"):
        assert examine(warns)[0]


def draws():
    """Return a number of each of the three global generators."""
    return random.random(), np.random.rand(), torch.rand(()).item()


def seeds(x, scale):
    random.seed(7)
    np.random.seed(7)
    torch.manual_seed(7)
    return truth(x, scale)


def test_the_notebooks_random_numbers_are_left_as_found():
    with seeded(1):
        expected = draws()
    with seeded(1):
        assert examine(seeds)[0]
        assert draws() == expected


def stops_gradients(x, scale):
    torch.set_grad_enabled(False)
    return truth(x, scale)


def stops_gradients_and_fails(x, scale):
    torch.set_grad_enabled(False)
    raise KeyError(scale)


@pytest.mark.parametrize("function", [stops_gradients, stops_gradients_and_fails])
@pytest.mark.parametrize("enabled", [True, False])
def test_gradients_are_on_after_the_check_if_they_were_before(function, enabled):
    with torch.set_grad_enabled(enabled):
        examine(function)
        assert torch.is_grad_enabled() == enabled


def test_one_case_does_not_stop_the_gradients_of_the_next():
    enabled = []

    def stops(x, scale):
        enabled.append(torch.is_grad_enabled())
        return stops_gradients(x, scale)

    assert examine(stops)[0]
    assert enabled == [True] * EXERCISE.cases


@pytest.mark.parametrize("ends_with", [KeyError, SystemExit])
def test_what_is_printed_after_a_failure_is_seen_again(capsys, ends_with):
    def talks_and_ends(x, scale):
        print("never seen here")
        raise ends_with

    examine(talks_and_ends)
    print("seen")
    assert capsys.readouterr().out == "seen\n"


def test_cases_don_t_depend_on_what_was_drawn_before():
    first = engine.case_arguments(EXERCISE, 2)
    torch.rand(5)
    assert torch.equal(first["x"], engine.case_arguments(EXERCISE, 2)["x"])


def test_a_judge_that_stumbles_makes_a_wrong_answer_not_a_crash():
    brittle = engine.Exercise(**{**vars(EXERCISE), "judge": lambda arguments, result, expected: result.shape})
    assert "can't be compared with the right one" in examine(lambda x, scale: "text", brittle)[1]


def test_what_a_module_does_can_be_observed():
    observing = engine.Exercise(**{**vars(EXERCISE), "observe": lambda module, arguments: module(arguments["x"])})

    class Scaled(torch.nn.Module):
        def __init__(self, x, scale):
            super().__init__()
            self.scale = scale

        def forward(self, x):
            return truth(x, self.scale)

    assert examine(Scaled, observing)[0]
