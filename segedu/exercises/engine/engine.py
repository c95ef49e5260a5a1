"""What an exercise is and how it is checked: call the function on every case, judge, keep the smallest failure."""

import copy
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import torch

from segedu.exercises.engine import rules, student
from segedu.exercises.engine.diagnosis import named_mistake
from segedu.exercises.engine.judgement import Judgement, Verdict, as_judgement
from segedu.exercises.engine.store import identical
from segedu.seeding import fold, seeded

PASSED = "passed"
NOT_YET = "not yet"
NOT_ATTEMPTED = "not attempted"
RAISED = "your code raised"


@dataclasses.dataclass(frozen=True)
class Exercise:
    """One exercise: defined once, used by the student's `check()` and by the grader.

    `arguments(seed)` makes the keyword arguments of one case: plain values (numbers, strings, tensors, lists, dicts of
    them), in asymmetric sizes, the first seeds small enough to work by hand. Its randomness is seeded by the caller.
    `judge(arguments, result, expected)` returns what `compare` returns, or None for a right answer, or one sentence
    that says where it differs; it sees plain values only, so it can run in another process. `observe(result,
    arguments)`, where given, turns what the function returned (say, an `nn.Module`) into plain values; it runs beside
    the student's code.
    """

    name: str  # "03.output_size": the lecture and the function
    points: int
    arguments: Callable[[int], dict[str, Any]]
    judge: Callable[[dict[str, Any], Any, Any], Verdict]
    proved: str  # said on success: what was just proved
    hints: tuple[str, str, str]
    forbidden: tuple[
        str, ...
    ] = ()  # calls a rule forbids: "F.conv2d", "nn.Conv2d", "se.ops.conv2d_loops", "Tensor.unfold"
    cases: int = 6  # visible seeds 0 … cases - 1
    observe: Callable[[Any, dict[str, Any]], Any] | None = None

    @property
    def lecture(self) -> str:
        """Return the number of its lecture: "03"."""
        return self.name.partition(".")[0]

    @property
    def function(self) -> str:
        """Return the name of its function, in stub, solution and `grading/truth` alike: "output_size"."""
        return self.name.partition(".")[2]


@dataclasses.dataclass(frozen=True)
class Case:
    """One call of the student's function: what went in, what came out, and what is wrong with it ("": nothing)."""

    arguments: dict[str, Any]
    result: Any = None
    expected: Any = None
    outcome: str = PASSED
    message: str = ""
    printed: str = ""
    judgement: Judgement | None = None  # None: it was not judged, for the code raised or broke a rule


@dataclasses.dataclass(frozen=True)
class Result:
    """What `check` found; true if and only if the exercise is passed. It is printed already: a cell shows nothing."""

    name: str
    outcome: str
    message: str
    right: int = 0  # cases with a right answer, …
    cases: int = 0  # … out of so many
    case: Case | None = dataclasses.field(default=None, compare=False)  # the smallest failing one, or the first

    def __bool__(self) -> bool:
        return self.outcome == PASSED

    def __repr__(self) -> str:
        return f"<{self.name}: {self.outcome}>"

    def _ipython_display_(self) -> None:
        """Show nothing: `check` has printed it."""


def case_arguments(exercise: Exercise, seed: int) -> dict[str, Any]:
    """Return the keyword arguments of the case with this seed; the same on every call, whatever was drawn before it."""
    with seeded(fold(seed, exercise.name)):
        return exercise.arguments(seed)


def examine(exercise: Exercise, function: Any, expected: Iterable[Any]) -> Result:
    """Judge `function` on seeds 0, 1, … against the `expected` answers. It prints nothing and never raises."""
    # What can be said before it runs.
    refusal = student.not_a_function(function, exercise.function)
    if refusal:
        return Result(exercise.name, NOT_ATTEMPTED, refusal)
    refusal = rules.broken_rule(function, exercise.forbidden)
    if refusal:
        return Result(exercise.name, NOT_YET, refusal)

    # What each case says.
    cases = [
        run_case(exercise, function, case_arguments(exercise, seed), answer) for seed, answer in enumerate(expected)
    ]
    failed = [case for case in cases if case.outcome != PASSED]
    if not failed:
        return Result(exercise.name, PASSED, exercise.proved, len(cases), len(cases), cases[0])

    # A stub isn't wrong; of several failing cases, the smallest is the one to look at.
    stub = student.unfinished(function)
    if stub and all(case.result is None or case.result is ... for case in failed):
        return Result(exercise.name, NOT_ATTEMPTED, stub)
    outcome, message, shown = diagnosed(cases)
    return Result(exercise.name, outcome, message, len(cases) - len(failed), len(cases), shown)


def diagnosed(cases: list[Case]) -> tuple[str, str, Case]:
    """Return outcome, sentence and shown case: the smallest that a named mistake explains, else the smallest of all."""
    failed = sorted((case for case in cases if case.outcome != PASSED), key=lambda case: size_of(case.arguments))
    failing = [case.judgement for case in failed if case.judgement]
    passing = [case.judgement for case in cases if case.outcome == PASSED and case.judgement]
    mistake = named_mistake(failing, passing, len(failed))
    for case in failed:
        if mistake and case.judgement and mistake in case.judgement.explained:
            return NOT_YET, mistake, case
    return failed[0].outcome, failed[0].message, failed[0]


def run_case(exercise: Exercise, function: Callable[..., Any], arguments: dict[str, Any], expected: Any) -> Case:
    """Call `function` on a copy of `arguments` and judge what it returns."""
    mismatch = student.wrong_signature(function, arguments)
    if mismatch:
        return Case({}, None, expected, NOT_YET, mismatch)

    # The student's part: seeded, with gradients as they are outside, on arguments of its own.
    own = copy.deepcopy(arguments)
    with seeded(fold(0, exercise.name)), torch.set_grad_enabled(torch.is_grad_enabled()), student.printed() as out:
        try:
            with rules.guard(exercise.forbidden):
                result = function(**own)
            if exercise.observe is not None and result is not None:
                result = exercise.observe(result, copy.deepcopy(arguments))
        except rules.ForbiddenError as error:
            return Case({}, None, expected, NOT_YET, str(error), out.getvalue())
        except (Exception, SystemExit) as error:
            return Case(arguments, None, expected, RAISED, student.blame(error, function), out.getvalue())

    # The judge's part.
    if changed := changed_in_place(arguments, own):
        return Case(arguments, None, expected, NOT_YET, changed, out.getvalue())
    judgement = verdict(exercise, arguments, result, expected)
    outcome = PASSED if judgement.right else NOT_YET
    return Case(arguments, result, expected, outcome, judgement.difference, out.getvalue(), judgement)


def verdict(exercise: Exercise, arguments: dict[str, Any], result: Any, expected: Any) -> Judgement:
    """Return what the judge says; a result that the judge stumbles over is wrong, not a crash."""
    if result is None or result is Ellipsis:
        return Judgement(f"`{exercise.function}` returned {result}; it should end with `return …`.")
    try:
        return as_judgement(exercise.judge(arguments, result, expected))
    except Exception as error:
        kind = type(result).__name__
        return Judgement(
            f"The result, a {kind}, can't be compared with the right one ({type(error).__name__}: {error})."
        )


def changed_in_place(arguments: dict[str, Any], after: dict[str, Any]) -> str | None:
    """Return a sentence that names the first argument that is another one after the call, else None."""
    for key, before in arguments.items():
        if not isinstance(before, torch.nn.Module) and not identical(before, after[key]):
            return f"Your function changes its argument `{key}` in place; work on a copy: `{key} = {key}.clone()`."
    return None


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
