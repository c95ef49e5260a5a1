"""Write the expected values of the visible cases: `python -m grading.store` for all lectures, `… 03` for one.

They go to `segedu/exercises/lectureNN/expected.json` and `expected.safetensors`, which are committed and ship with the
course. Run it after a change of an exercise's `arguments` or of its truth; a test says so when it was forgotten.
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segedu.exercises.engine import gradients, store
from segedu.exercises.engine.engine import Exercise, case_arguments
from segedu.exercises.engine.public import definitions
from segedu.seeding import fold, seeded

TRUTH = Path(__file__).parent / "truth"


def truth(exercise: Exercise, arguments: dict[str, Any]) -> Any:
    """Return the right answer of an exercise for these arguments; its gradient too, where it counts.

    Raises:
        ValueError: `grading/truth` has no function for it.
    """
    module = importlib.import_module(f"grading.truth.lecture{exercise.lecture}")
    answer = getattr(module, exercise.function, None)
    if answer is None:
        file = f"grading/truth/lecture{exercise.lecture}.py"
        raise ValueError(f"{file} has no function {exercise.function!r}; {exercise.name} needs it.")
    with seeded(fold(0, exercise.name)):
        if not exercise.gradient_of:
            return answer(**arguments)
        own = gradients.leaves(arguments, exercise.gradient_of)
        return gradients.with_gradient(answer(**own), own, exercise.gradient_of)


def answers(lecture: str) -> dict[str, list[Any]]:
    """Return the right answers of a lecture's visible cases: `{exercise name: [answer of seed 0, …]}`."""
    return {
        exercise.name: [truth(exercise, case_arguments(exercise, seed)) for seed in range(exercise.cases)]
        for exercise in definitions(lecture)
    }


def lectures() -> list[str]:
    """Return the numbers of the lectures whose truth is written: ["03", …]."""
    return sorted(path.stem.removeprefix("lecture") for path in TRUTH.glob("lecture[0-9][0-9].py"))


def main(argv: Sequence[str]) -> int:
    """Write the named lectures' expected values, or all of them."""
    for lecture in argv or lectures():
        folder = store.lecture_folder(lecture)
        store.save(folder, answers(lecture))
        print(f"Wrote expected.json and expected.safetensors in {folder}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
