"""No right answer is importable: every function of the wheel is tried as an answer to every exercise, and none passes.

Where an exercise is to write an operator that the course offers itself (a convolution, a confusion matrix, a focal
loss), that operator is right and a rule refuses it: passing it on is not writing it. So no exception is needed here.
What is tried is what a student would write: a function of their own that calls the course's, by names or by positions.
"""

import copy
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor, nn

import segedu
from segedu.exercises.engine import case, engine, public, store
from segedu.exercises.lecture03 import field
from segedu.exercises.lecture05 import costs
from segedu.exercises.lecture13 import join
from segedu.seeding import fold, seeded
from tests.processor_time import TooLongError, limited

LEFT_OUT = ("segedu.course", "segedu.__main__")  # they build, lint and grade: they act on files, and answer nothing
PLAIN = (str, int, float, bool, list, dict, tuple, Path, Tensor, nn.Module)
SECONDS = 0.3  # of computing: no answer takes that long, and a figure or a network of random size is none

Function = Callable[..., Any]


@cache
def functions() -> dict[str, Function]:
    """Return all functions and classes of the wheel, private ones too, with the class's own constructors."""
    named: dict[str, Function] = {}
    for module in pkgutil.walk_packages(segedu.__path__, "segedu."):
        if module.name.startswith(LEFT_OUT):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if getattr(value, "__module__", None) != module.name or not callable(value):
                continue
            named[f"{module.name}.{name}"] = value
            if inspect.isclass(value):
                methods = [key for key, one in vars(value).items() if isinstance(one, staticmethod | classmethod)]
                named |= {f"{module.name}.{name}.{key}": getattr(value, key) for key in methods}
    return named


def by_names(function: Function) -> Function:
    def answer(**arguments: Any) -> Any:
        return function(**arguments)

    return answer


def by_positions(function: Function) -> Function:
    def answer(**arguments: Any) -> Any:
        return function(*arguments.values())

    return answer


def answers(function: Function, arguments: dict[str, Any]) -> Iterator[Function]:
    """Yield the ways in which a function can be called with the arguments of an exercise."""
    signature = signature_of(function)
    if signature is None:
        return
    if fits(signature, **arguments):
        yield by_names(function)
    if arguments and fits(signature, *arguments.values()) and welcome(signature, list(arguments.values())):
        yield by_positions(function)


@cache
def signature_of(function: Function) -> inspect.Signature | None:
    """Return a function's signature, or None for a class without a constructor of its own."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def fits(signature: inspect.Signature, *positions: Any, **names: Any) -> bool:
    try:
        signature.bind(*positions, **names)
    except TypeError:
        return False
    return True


def welcome(signature: inspect.Signature, values: list[Any]) -> bool:
    """Return whether no value contradicts the annotation of its place: a list is no file, a tensor no name."""
    for value, parameter in zip(values, signature.parameters.values(), strict=False):
        kind = parameter.annotation
        if kind in PLAIN and not isinstance(value, (float, int) if kind is float else kind):
            return False
    return True


def is_right(answer: Function, exercise: engine.Exercise, arguments: dict[str, Any], expected: Any) -> bool:
    """Return whether an answer is right for one case, rules apart."""
    try:
        with seeded(fold(0, exercise.name)), limited(SECONDS):  # seeded as the engine does
            own = copy.deepcopy(arguments)
            result = answer(**own)
            if result is None:
                return False
            result = case.plain(exercise, result, own, arguments, expected)
            return engine.verdict(exercise, arguments, result, expected).right
    except (Exception, SystemExit, TooLongError):
        return False


@pytest.mark.parametrize("name", public.exercise_names())
@pytest.mark.filterwarnings("ignore")
def test_no_function_of_the_wheel_is_an_answer(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    exercise, expected = public.find(name), store.expected_values(name)
    arguments = engine.case_arguments(exercise, 0)
    passing = [
        path
        for path, function in functions().items()
        for answer in answers(function, arguments)
        if is_right(answer, exercise, arguments, expected[0]) and engine.examine(exercise, answer, expected)
    ]
    assert passing == []


@pytest.mark.parametrize("name", public.exercise_names())
def test_a_right_function_would_be_found(name):
    """Show that the test above can fail: what returns the truth is a right answer, where there is one truth."""
    exercise, expected = public.find(name), store.expected_values(name)
    arguments = engine.case_arguments(exercise, 0)
    (answer,) = answers(lambda **named: expected[0], arguments)
    findable = expected[0] is not None and not exercise.observe and not exercise.gradient_of
    assert is_right(answer, exercise, arguments, expected[0]) == findable


@pytest.mark.parametrize(
    "wrongly",
    [
        lambda mistake: field.wrong_field(**field.stack_arguments(0), mistake=mistake),
        lambda mistake: costs.wrong_tower(*costs.tower_arguments(0).values(), *([mistake] if mistake else [])),
        lambda mistake: join.wrongly_expanded(**join.expand_arguments(0), mistake=mistake),
    ],
)
@pytest.mark.parametrize("mistake", ["", None, "none"])
def test_a_model_of_mistakes_refuses_to_make_none(wrongly, mistake):
    with pytest.raises((KeyError, ValueError)):
        wrongly(mistake)
