"""Every exercise of the course has a table of at least five wrong and three right answers, and says what it must."""

import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from segedu.exercises.engine import engine, public

NAMES = public.exercise_names()


@cache
def table(lecture: str) -> dict[str, Any]:
    path = Path(__file__).parent / f"test_lecture{lecture}.py"
    assert path.exists(), f"lecture {lecture} has exercises; write their table, {path.name}"
    return runpy.run_path(str(path))


def different(answers: list[Callable[..., Any]]) -> int:
    return len({id(answer) for answer in answers})


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_has_five_wrong_and_three_right_answers(name: str) -> None:
    tables = table(name.partition(".")[0])
    assert different([function for function, _ in tables["WRONG"].get(name, [])]) >= 5
    assert different(tables["RIGHT"].get(name, [])) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_is_defined_as_the_engine_wants_it(name: str) -> None:
    exercise = public.find(name)
    assert name.partition(".")[0].isdigit()
    assert exercise.points > 0
    assert exercise.cases >= (3 if exercise.arguments(0) else 1)
    assert len(set(exercise.hints)) == 3
    assert all(hint.strip() for hint in exercise.hints)
    assert exercise.proved.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_the_same_on_every_call(name: str) -> None:
    exercise = public.find(name)
    for seed in range(exercise.cases):
        first, second = (engine.case_arguments(exercise, seed) for _ in range(2))
        assert engine.changed_in_place(first, second) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_is_not_attempted_rather_than_wrong(name: str) -> None:
    exercise = public.find(name)

    def stub(**arguments: Any) -> Any: ...

    assert engine.examine(exercise, stub, [None] * exercise.cases).outcome == engine.NOT_ATTEMPTED
