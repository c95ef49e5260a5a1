"""How an answer is checked: call the function on every case, judge, say what all cases together say."""

import copy
from collections.abc import Iterable
from typing import Any

import torch

from segedu.exercises.engine import rules, student
from segedu.exercises.engine.case import case_arguments, run_case, verdict
from segedu.exercises.engine.conditions import changed_in_place
from segedu.exercises.engine.diagnosis import named_mistake, usual_reason
from segedu.exercises.engine.exercise import NOT_ATTEMPTED, NOT_YET, PASSED, RAISED, Case, Exercise, Result
from segedu.exercises.engine.limits import SECONDS, TimeUpError, time_limit
from segedu.exercises.engine.show import safe_text

__all__ = [
    "NOT_ATTEMPTED",
    "NOT_YET",
    "PASSED",
    "RAISED",
    "Case",
    "Exercise",
    "Result",
    "case_arguments",
    "changed_in_place",
    "examine",
    "run_case",
    "verdict",
]


def examine(exercise: Exercise, function: Any, expected: Iterable[Any], seconds: float = SECONDS) -> Result:
    """Judge `function` on seeds 0, 1, … against the `expected` answers, at most so many seconds a case.

    It prints nothing and never raises.
    """
    try:
        return examine_answer(exercise, function, expected, seconds)
    except TimeUpError:
        return Result(exercise.name, NOT_YET, f"Your answer can't be examined in {seconds:g} s: it must be a function.")
    except Exception as error:  # an object that lies about itself, where nothing can be asked of it
        return Result(exercise.name, NOT_YET, f"Your answer can't be examined ({safe_text(error)}).")


def examine_answer(exercise: Exercise, function: Any, expected: Iterable[Any], seconds: float) -> Result:
    """Say what can be said of an answer before it runs, then judge it on all cases."""
    rules.lookup(exercise.forbidden)  # it may import packages, which isn't the student's time
    network = isinstance(function, torch.nn.Module) and exercise.observe is not None
    if network and not case_arguments(exercise, 0):
        return examine_cases(exercise, maker(function), expected, seconds)
    if network:
        return Result(exercise.name, NOT_ATTEMPTED, student.a_value(function, exercise.function))
    with time_limit(seconds):
        refusal = student.not_a_function(function, exercise.function)
        broken = None if refusal else student.tried(rules.broken_rule, function, exercise.forbidden)
    if refusal:
        return Result(exercise.name, NOT_ATTEMPTED, refusal)
    if broken:
        return Result(exercise.name, NOT_YET, broken)
    return examine_cases(exercise, function, expected, seconds)


def examine_cases(exercise: Exercise, function: student.Function, expected: Iterable[Any], seconds: float) -> Result:
    """Judge a function on all cases and say what all together say."""
    cases = []
    for seed, right in enumerate(expected):
        cases.append(run_case(exercise, function, case_arguments(exercise, seed), right, seconds))
        if cases[-1].last:
            return Result(exercise.name, cases[-1].outcome, cases[-1].message, 0, 0, cases[-1])
    failed = [case for case in cases if case.outcome != PASSED]
    if not failed:
        return Result(exercise.name, PASSED, exercise.proved, len(cases), len(cases), cases[0])

    # A stub isn't wrong; of several failing cases, the smallest is the one to look at.
    stub = student.tried(student.unfinished, function)
    if stub and all(case.returned_nothing or case.judgement is None for case in failed):
        return Result(exercise.name, NOT_ATTEMPTED, stub)
    outcome, message, shown = diagnosed(cases)
    return Result(exercise.name, outcome, message, len(cases) - len(failed), len(cases), shown)


def maker(network: torch.nn.Module) -> student.Function:
    """Return a function that makes the network, where it was given itself and takes no arguments to make."""

    def make() -> torch.nn.Module:
        return copy.deepcopy(network)

    return make


def diagnosed(cases: list[Case]) -> tuple[str, str, Case]:
    """Return outcome, sentence and shown case: the smallest that the sentence explains, else the smallest of all.

    The sentence is a named mistake; else the usual reason of such a difference, if half of the failing cases show it;
    else where the smallest failing case differs.
    """
    failed = sorted((case for case in cases if case.outcome != PASSED), key=lambda case: size_of(case.arguments))
    failing = [case.judgement for case in failed if case.judgement]
    passing = [case.judgement for case in cases if case.outcome == PASSED and case.judgement]
    mistake = named_mistake(failing, passing, len(failed))
    for case in failed:
        if mistake and case.judgement and mistake in case.judgement.explained:
            return NOT_YET, mistake, case
    reason = usual_reason(failing, len(failed))
    for case in failed:
        if reason and case.judgement and case.judgement.reason == reason:
            return NOT_YET, case.message, case
    smallest = failed[0]
    fact = smallest.judgement.fact if smallest.judgement else ""
    return smallest.outcome, fact or smallest.message, smallest


def size_of(value: Any) -> int:
    """Return how many numbers a plain value holds: the smallest failing case is the one to look at.

    >>> size_of({"x": torch.zeros(2, 3), "stride": (1, 2)})
    8
    """
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, dict):
        return sum(size_of(item) for item in value.values())
    return sum(size_of(item) for item in value) if isinstance(value, list | tuple) else 1
