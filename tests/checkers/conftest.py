"""Checker tables: a lecture's file lists wrong answers with the message each must trigger, and answers that must pass.

    WRONG = {"03.output_size": [(all_zeros, "is 0, expected"), …]}      # at least five an exercise
    RIGHT = {"03.output_size": [by_formula, by_loop, by_torch]}         # at least three, each in another way

    def test_each_wrong_answer_gets_its_message(wrong): wrong.verify()
    def test_each_right_answer_passes(right): right.verify()

    def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid): assert unsaid(SIZE_MISTAKES, CONV_MISTAKES) == []

`wrong` and `right` are filled from the tables of the file that asks for them, one test a row. A message part is looked
for in all that `check` would print, the outcome included ("your code raised", "not attempted").
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from segedu.exercises.engine import engine, public, report
from segedu.exercises.engine.store import expected_values


@dataclass(frozen=True)
class Row:
    """One answer to one exercise, and what `check` must say to it; no message: that it is right."""

    name: str
    function: Callable[..., Any]
    message: str | None = None

    def verify(self) -> None:
        """Assert that the answer passes, or that it fails with the message."""
        result = examined(self.name, self.function)
        text = report.text(result)
        if self.message is None:
            assert result, text
        else:
            assert not result, f"{self.function.__name__} passes {self.name}; it is wrong"
            assert self.message in text


@cache
def examined(name: str, function: Callable[..., Any]) -> engine.Result:
    """Return what is found about an answer; each is examined once, for its own test and for `unsaid`."""
    return engine.examine(public.find(name), function, expected_values(name))


@pytest.fixture
def unsaid(request: pytest.FixtureRequest) -> Callable[..., list[str]]:
    """Return a function of tables {mistake: sentence}: the sentences that no wrong answer of the file is told."""

    def search(*tables: dict[str, str]) -> list[str]:
        rows = [(name, function) for name, answers in request.module.WRONG.items() for function, _ in answers]
        messages = [examined(name, answer).message for name, answer in rows]
        sentences = [sentence for table in tables for sentence in table.values()]
        return [sentence for sentence in sentences if not any(sentence in message for message in messages)]

    return search


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each row of the tables WRONG and RIGHT of the file that asks for them."""
    if "wrong" in metafunc.fixturenames:
        table = metafunc.module.WRONG
        rows = [Row(name, function, message) for name, answers in table.items() for function, message in answers]
        metafunc.parametrize("wrong", rows, ids=labels(rows))
    if "right" in metafunc.fixturenames:
        rows = [Row(name, function) for name, answers in metafunc.module.RIGHT.items() for function in answers]
        metafunc.parametrize("right", rows, ids=labels(rows))


def labels(rows: list[Row]) -> list[str]:
    """Return the names under which pytest lists the rows."""
    return [f"{row.name}-{row.function.__name__.strip('<>')}-{number}" for number, row in enumerate(rows)]
