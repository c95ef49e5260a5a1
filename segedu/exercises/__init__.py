"""Exercises: see the `target`, `check` an answer, ask for a `hint`, read the `solution`.

One folder a lecture: its exercises (`lectureNN/__init__.py`, a tuple `EXERCISES`), beside them the modules of their
cases and judges, the expected values, the solutions, the target pictures. `engine/` runs them and is the same for all.
"""

from segedu.exercises.engine.public import check, exercise_names, hint, passed, solution, target

__all__ = ["check", "exercise_names", "hint", "passed", "solution", "target"]
