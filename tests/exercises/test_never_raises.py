"""`check` never raises and never floods: whatever an answer returns, raises, or is."""

import gc
import json
import os
import subprocess
import sys
import weakref

import numpy as np
import pytest
import torch
from scaled_relu import EXERCISE, EXPECTED, examine

import segedu as se
from segedu.exercises.engine import engine, report, show
from segedu.exercises.engine.store import lecture_folder
from segedu.viz.tables import results_table

HUGE = 10**5000


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError("x")


class Unshowable:
    def __repr__(self):
        raise RuntimeError("x")


class EvilMeta(type):
    def __repr__(cls):
        raise RuntimeError("x")

    @property
    def __name__(cls):
        raise RuntimeError("x")


class Evil(metaclass=EvilMeta):
    def __getattribute__(self, name):
        raise RuntimeError("x")

    def __eq__(self, other):
        raise RuntimeError("x")

    __hash__ = None


class EvilFunction:
    def __call__(self, x, scale):
        return x

    def __getattr__(self, name):
        raise RuntimeError("x")


class LyingInt(int):
    def __index__(self):
        raise RuntimeError("x")

    def __repr__(self):
        return "y" * 10_000


class LyingText(str):
    def __repr__(self):
        return 3


class LyingList(list):
    def __len__(self):
        return 10**9

    def __getitem__(self, index):
        raise RuntimeError("x")


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


RESULTS = [
    *(HUGE, -HUGE, [HUGE], {"a": HUGE}, deep(10_000), "z" * 10**7, b"z" * 10**7, [1] * 10**6, {1: "x" * 10**6}),
    *(Unshowable(), Evil(), Evil, [Unshowable()], {Unshowable(): 1}, LyingInt(3), LyingText("a"), LyingList([1])),
    *(torch.zeros(2, 3).to_sparse(), torch.zeros(2, 3, device="meta"), torch.zeros(2, 3, dtype=torch.complex64)),
    torch.quantize_per_tensor(torch.zeros(2, 3), 1.0, 0, torch.qint8),
    *(torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]), torch.zeros(0, 3), torch.zeros(2000, 2000)),
    *(torch.full((2, 3), torch.nan), torch.full((2, 3), torch.inf), torch.zeros([1] * 12), torch.tensor(HUGE % 2**62)),
    *(np.array([Unshowable()], dtype=object), np.zeros((3, 3), dtype="datetime64[s]"), np.ma.masked, np.float64("nan")),
    *(range(10**12), iter(int, 1), (x for x in range(10**12)), map(str, [Unshowable()]), lambda: 3, type, Ellipsis),
    *(torch.nn.Linear(2, 2), EvilFunction(), float("nan"), complex(1, 2), object(), NotImplemented, sys, [None], [...]),
]
ERRORS = [
    MuteError,
    GeneratorExit,
    SystemExit,
    BaseException,
    StopIteration,
    KeyboardInterrupt,
    RecursionError,
    MemoryError,
]


def returns(value):
    return lambda x, scale: value


def raises(error):
    def answer(x, scale):
        raise error

    return answer


@pytest.mark.parametrize("number", range(len(RESULTS)))
def test_any_result_is_judged_and_shown(number):
    for value in (RESULTS[number], [RESULTS[number]] * 3):
        result, message = examine(returns(value))
        assert not result
        assert len(message) < 10_000


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_any_exception_is_the_students_own(error):
    result, message = examine(raises(error))
    assert not result
    assert len(message) < 10_000
    assert "engine" not in message


@pytest.mark.parametrize("number", range(len(RESULTS)))
def test_any_object_may_be_given_as_the_answer(number):
    assert not engine.examine(EXERCISE, RESULTS[number], EXPECTED)


def test_the_exercises_of_the_course_say_so_too(capsys):
    assert se.check("03.output_size", lambda **k: HUGE).outcome == "not yet"
    assert "an integer of 16610 bits" in capsys.readouterr().out
    assert se.check("03.output_size", lambda **k: MuteError.__str__(k)).outcome == "your code raised"


def test_a_wrong_value_is_an_error_of_the_students_code_not_a_missing_attempt(capsys):
    def fails(input_size, kernel_size, stride=1, padding=0, dilation=1):
        raise ValueError("I/O operation on closed file.")

    assert se.check("03.output_size", fails).outcome == "your code raised"


def test_deep_recursion_is_told():
    def recurses(x, scale):
        return recurses(x, scale)

    result, message = examine(recurses)
    assert result.outcome == "your code raised"
    assert "RecursionError" in message
    assert len(message) < 10_000


def test_the_results_of_the_cases_are_not_kept():
    class Large:
        pass

    kept = []

    def answer(x, scale):
        large = Large()
        kept.append(weakref.ref(large))
        return large

    result, _ = examine(answer)
    gc.collect()
    assert [reference() for reference in kept] == [None] * EXERCISE.cases
    assert "Large" in result.case.result


def test_a_text_is_made_without_the_whole_repr():
    class Counts(int):
        calls = 0

        def __repr__(self):
            Counts.calls += 1
            return "1"

    assert len(show.one_line([Counts()] * 10_000)) <= show.LONGEST_LINE
    assert Counts.calls < 200


@pytest.mark.parametrize("encoding", ["cp1252"])
def test_a_console_without_check_marks_is_no_error(encoding):
    code = (
        "import segedu as se; print(se.check('03.output_size', lambda **k: 5).outcome)\n"
        "for name in se.exercise_names():\n"
        "    se.solution(name); [se.hint(name, level) for level in (1, 2, 3)]\n"
        "se.results_table([{'a': 1, 'b': None}])"
    )
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode(errors="replace")[-300:]
    assert b"not yet" in run.stdout


def test_a_right_answer_is_right_whatever_the_default_dtype_is(capsys):
    space = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "se": se}
    sources = json.loads((lecture_folder("02") / "solutions.json").read_text(encoding="utf-8"))
    exec(sources["cross_entropy"], space)
    torch.set_default_dtype(torch.float64)
    try:
        assert se.check("02.cross_entropy", space["cross_entropy"])
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_table_of_nothing_but_gaps_is_printed(capsys):
    results_table([{"a": None}])
    assert "–" in capsys.readouterr().out


def test_what_is_said_in_all_is_bounded():
    for letter in ("y", "é", "😀", "\udc80"):
        assert len(report.text(engine.Result("x", engine.NOT_YET, letter * 50_000)).encode()) < 10_000
    arguments = {str(number): "é" * 5_000 for number in range(100)}
    case = engine.Case(arguments, engine.NOT_YET, "It differs.", "é\n" * 100, "é" * 5_000)
    assert len(report.text(engine.Result("x", engine.NOT_YET, "It differs.", 0, 1, case)).encode()) < 10_000
