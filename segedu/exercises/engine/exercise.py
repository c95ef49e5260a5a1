"""What an exercise is, and what is found out about an answer to it."""

import dataclasses
from collections.abc import Callable
from typing import Any

from segedu.exercises.engine.judgement import Judgement, Verdict

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

    Before it is judged, a result is turned into the kind of the expected value where nothing is lost: NumPy's numbers
    and arrays, floats for tensors of one number and back, sparse tensors, lists for tuples (`border.py`); not where
    `strict` says that the kind is the lesson. `gradient_of` names the arguments by which a loss is differentiated:
    value and gradient are then compared with those of the truth, and the judge sees the value.
    """

    name: str  # "03.output_size": the lecture and the function
    points: int
    arguments: Callable[[int], dict[str, Any]]
    judge: Callable[[dict[str, Any], Any, Any], Verdict]
    proved: str  # said on success: what the cases have shown; it begins with a capital
    hints: tuple[str, str, str]
    forbidden: tuple[str, ...] = ()  # what a rule forbids: "F.conv2d" (and its family), "se.ops.conv2d_loops"
    cases: int = 6  # visible seeds 0 … cases - 1
    observe: Callable[[Any, dict[str, Any]], Any] | None = None
    strict: bool = False  # the kind of the result is judged as it is
    gradient_of: tuple[str, ...] = ()  # "logits": the gradient of the result is compared too

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
    """One call of the student's function: what went in, what came out, and what is wrong with it ("": nothing).

    What came out is kept as text: the results of all cases may be more than memory holds.
    """

    arguments: dict[str, Any]
    outcome: str = PASSED
    message: str = ""
    printed: str = ""
    result: str = ""  # as it is shown; "" if there is none
    expected: str = ""
    returned_nothing: bool = False  # None or …
    judgement: Judgement | None = None  # None: it was not judged, for the code raised or broke a rule
    last: bool = False  # the next cases are not tried


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
