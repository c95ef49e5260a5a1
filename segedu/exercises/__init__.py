"""Exercises: `check` an answer, ask for a `hint`, read the `solution`.

One folder a lecture: its exercises (`lectureNN/__init__.py`, a tuple `EXERCISES`), beside them the modules of their
cases and judges, the expected values and the solutions. `engine/` runs them and is the same for all.
"""

from segedu.exercises.engine.public import check, exercise_names, hint, solution

__all__ = ["check", "exercise_names", "hint", "solution"]
