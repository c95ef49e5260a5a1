"""Exercises: `check` an answer, ask for a `hint`, read the `solution`.

One file a lecture defines its exercises (`lectureNN.py`, a tuple `EXERCISES`); `_engine.py` runs them, `_compare.py`
says what is wrong with a value, `_rules.py` holds "without `F.conv2d`", `_store.py` keeps the expected values.
"""

from segedu.exercises._public import check, exercise_names, hint, solution

__all__ = ["check", "exercise_names", "hint", "solution"]
