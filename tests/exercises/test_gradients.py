"""A loss is judged by value and gradient: a number that nothing can be learned from is no loss."""

import dataclasses

import pytest
import torch
from scaled_relu import EXERCISE

from grading.store import truth as graded_truth
from segedu.exercises.engine import engine, report
from segedu.exercises.engine.compare import compare
from segedu.exercises.engine.gradients import leaves, with_gradient

LOSS = dataclasses.replace(EXERCISE, forbidden=(), gradient_of=("x",))


def right(x, scale):
    return (scale * x.square()).mean()


def expected():
    answers = []
    for seed in range(LOSS.cases):
        own = leaves(engine.case_arguments(LOSS, seed), ("x",))
        answers.append(with_gradient(right(**own), own, ("x",)))
    return answers


def examine(function):
    result = engine.examine(LOSS, function, expected())
    return result, report.text(result)


def test_a_loss_with_the_right_gradient_passes():
    assert examine(right)[0]
    assert examine(lambda x, scale: (x * x).sum() * scale / x.numel())[0]


def no_grad(x, scale):
    with torch.no_grad():
        return right(x, scale)


@pytest.mark.parametrize(
    "function",
    [
        no_grad,
        lambda x, scale: right(x, scale).item(),
        lambda x, scale: torch.tensor(right(x, scale).item()),
        lambda x, scale: right(x, scale).detach(),
        lambda x, scale: scale * (x.detach().numpy() ** 2).mean(),
    ],
)
def test_a_loss_without_a_gradient_is_told_so(function):
    result, message = examine(function)
    assert result.outcome == "not yet"
    assert "The value is right, but it has no gradient, so nothing would be learned" in message


def test_a_wrong_gradient_is_told_with_its_place():
    message = examine(lambda x, scale: (scale * x.detach() * x).mean())[1]
    assert "The value is right, but its gradient by `x` is 0.5 times the expected one" in message


def test_a_wrong_value_is_told_before_the_gradient():
    message = examine(lambda x, scale: right(x, scale).item() + 1)[1]
    assert "The result differs" in message
    assert "gradient" not in message


def test_nothing_and_nan_are_told_as_such():
    assert "returned None" in examine(lambda x, scale: None)[1]
    message = examine(lambda x, scale: right(x, scale) + 0 * (x - x).sqrt().sum())[1]
    assert "its gradient by `x` holds NaN" in message


def test_the_stored_answer_of_such_an_exercise_holds_the_gradient(monkeypatch):
    module = type("truth", (), {"scaled_relu": staticmethod(right)})
    monkeypatch.setattr("grading.store.importlib.import_module", lambda name: module)
    answer = graded_truth(LOSS, engine.case_arguments(LOSS, 0))
    assert compare(answer["gradient"]["x"], expected()[0]["gradient"]["x"]).right
    assert not answer["value"].requires_grad
