"""Secret cases: those that the grader draws with other seeds; who guesses has to fail there, too."""

from collections.abc import Callable
from typing import Any

from grading.store import truth
from segedu.exercises.engine import engine, public
from tests.checkers.mutants import SECRET_SEEDS


def caught(name: str, function: Callable[..., Any]) -> bool:
    """Return whether an answer fails in one of the secret cases of an exercise."""
    exercise = public.find(name)
    for seed in SECRET_SEEDS:
        arguments = engine.case_arguments(exercise, seed)
        if engine.run_case(exercise, function, arguments, truth(exercise, arguments)).outcome != engine.PASSED:
            return True
    return False
