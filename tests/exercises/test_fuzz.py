"""`check` under fuzz: nasty answers spread over all exercises; `bench/fuzz_check.py` tries each on each."""

import pytest

from bench.fuzz_check import LARGEST, state
from segedu.exercises.engine import engine, public, report, store
from tests.exercises.nasty import nasty

NAMES = public.exercise_names()
ANSWERS = 600
pytestmark = pytest.mark.timeout(300, method="thread")  # the interval timer is the engine's


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", range(10))
def test_no_answer_raises_floods_passes_or_leaves_something_changed(part):
    for number in range(part * ANSWERS // 10, (part + 1) * ANSWERS // 10):
        exercise = public.find(NAMES[number % len(NAMES)])
        before = state()
        result = engine.examine(exercise, nasty(number), store.expected_values(exercise.name)[:1], seconds=0.2)
        assert len(report.text(result).encode(errors="replace")) <= LARGEST, number
        assert state() == before, number
