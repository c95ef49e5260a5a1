"""Mutants of the reference solutions: what a student's slip of the pen makes of the right answer.

A mutant is the stored solution with one small change: ± 1, `/` for `//`, exchanged names, a dropped term, another
reduction, an ignored parameter. `python -m tests.checkers.mutants 08 [function]` prints each with what `check` says to
it; read the list: whoever gets a named mistake must have made it. `test_mutants.py` asserts that none passes but those
that are a right answer in other words, listed with the reason in `EQUIVALENT` of the lecture's checker table.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from grading.store import truth
from segedu.exercises.engine import engine, public, store
from tests.checkers.mutations import Mutant, mutants
from tests.exercises.test_solutions import notebook_with, solutions
from tests.processor_time import TooLongError, limited

SECRET_SEEDS = range(100, 110)
SECONDS = 2  # of processor time, for one case: a changed condition may loop for ever
AT_LEAST = 20  # mutants an exercise; a short solution is changed twice to have them


def mutants_of(name: str) -> Iterator[tuple[Mutant, Callable[..., Any]]]:
    """Yield the mutants of an exercise's stored solution, at least `AT_LEAST`, each with its function."""
    exercise = public.find(name)
    gradient = bool(getattr(exercise, "gradient_of", ()))
    source = ast.unparse(ast.parse(solutions(exercise.lecture)[exercise.function]))
    once = list(mutants(source, exercise.function, gradient))
    several = once[:AT_LEAST] + list(islice(twice(once, source, exercise.function), max(0, AT_LEAST - len(once))))
    for mutant in [*several, *once[AT_LEAST:]]:
        yield mutant, notebook_with(exercise.lecture, mutant.source)[exercise.function]


def twice(once: Sequence[Mutant], source: str, function: str) -> Iterator[Mutant]:
    """Yield mutants of mutants that are neither the original nor mutants themselves."""
    texts = {source, *(mutant.source for mutant in once)}
    for first in once:
        for second in mutants(first.source, function):
            if second.source not in texts:
                texts.add(second.source)
                yield Mutant(f"{first.name}; {second.name}", second.source)


def survivors(name: str) -> list[str]:
    """Return the names of the mutants of an exercise that pass all its visible and secret cases."""
    return [mutant.name for mutant, function in mutants_of(name) if passes(name, function)]


def passes(name: str, function: Callable[..., Any]) -> bool:
    """Return whether an answer is right in all visible and secret cases; it stops at the first that it fails."""
    exercise = public.find(name)
    visible = store.expected_values(name)
    for seed in [*range(len(visible)), *SECRET_SEEDS]:
        arguments = engine.case_arguments(exercise, seed)
        expected = visible[seed] if seed < len(visible) else truth(exercise, arguments)
        try:
            with limited(SECONDS):
                case = engine.run_case(exercise, function, arguments, expected)
        except TooLongError:
            return False
        if case.outcome != engine.PASSED:
            return False
    return True


def main(argv: Sequence[str]) -> int:
    """Print what `check` says to each mutant of a lecture's exercises, or of the named functions."""
    lecture, *functions = argv
    for exercise in public.definitions(lecture):
        if functions and exercise.function not in functions:
            continue
        print(f"\n## {exercise.name}")
        for mutant, function in mutants_of(exercise.name):
            print(f"- {mutant.name}\n      {said(exercise, function)}", flush=True)
    return 0


def said(exercise: engine.Exercise, function: Callable[..., Any]) -> str:
    """Return in one line what `check` says to an answer, or that it survives the secret cases, too."""
    try:
        with limited(SECONDS):
            result = engine.examine(exercise, function, store.expected_values(exercise.name))
    except TooLongError:
        return "takes too long"
    if result:
        secret = "SURVIVES" if passes(exercise.name, function) else "fails in a secret case only"
        return f"{secret} {result.right}/{result.cases}"
    return f"{result.outcome} {result.right}/{result.cases}: {result.message.splitlines()[0][:200]}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
