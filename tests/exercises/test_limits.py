"""Limits: a loop that doesn't end is told so, and what is printed or returned is bounded."""

import itertools
import signal
import sys
import threading

import pytest
from scaled_relu import EXERCISE, EXPECTED, examine, truth

from segedu import exercises
from segedu.exercises.engine import engine, limits, report, rules
from segedu.exercises.engine.limits import Bounded, can_be_timed, time_limit

SHORT = 0.05  # seconds
pytestmark = pytest.mark.timeout(120, method="thread")  # not by the interval timer, which is what is tested here


def hung(function):
    result = engine.examine(EXERCISE, function, EXPECTED, seconds=SHORT)
    return result, report.text(result)


def loops(x, scale):
    while True:
        x = x + 1


def catches_errors(x, scale):
    while True:
        try:
            x = x + 1
        except Exception:
            continue


def catches_everything(x, scale):
    while True:
        try:
            x = x + 1
        except:  # noqa: E722
            continue


def catches_everything_in_another_function(x, scale):
    while True:
        try:
            waits()
        except BaseException:
            continue


def waits():
    threading.Event().wait(0.5)


def ends_in_a_loop(x, scale):
    try:
        loops(x, scale)
    finally:
        for _ in itertools.count():
            x = x + 1


ENDLESS = [loops, catches_errors, catches_everything, catches_everything_in_another_function, ends_in_a_loop]


@pytest.mark.parametrize("function", ENDLESS)
def test_an_endless_loop_is_ended_and_asked_about(function, monkeypatch):
    monkeypatch.setattr(limits, "AGAIN", 0.02)
    result, message = hung(function)
    assert result.outcome == "not yet"
    assert "still running after 0.05 s with these arguments: does its loop end?" in message
    assert "of its cell, in `" in message
    assert "shape (2, 3)" in message


def test_no_further_case_is_tried_after_one_that_did_not_end():
    calls = []

    def counts(x, scale):
        calls.append(scale)
        loops(x, scale)

    hung(counts)
    assert len(calls) == 1


def test_the_stop_button_ends_in_one_sentence():
    def stopped(x, scale):
        raise KeyboardInterrupt

    result, message = examine(stopped)
    assert result.outcome == "not yet"
    assert "You have stopped it while it was running" in message
    assert "engine" not in message


def test_timer_handler_and_tracer_are_put_back():
    handler, tracer = signal.getsignal(signal.SIGALRM), sys.gettrace()
    hung(loops)
    assert examine(truth)[0]
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert sys.gettrace() is tracer


def test_a_timer_of_somebody_else_is_left_alone():
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        assert not can_be_timed()
        assert examine(truth)[0]
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 900
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_what_rules_forbid_is_looked_up_before_the_time_runs(monkeypatch):
    known = []  # whether the rules were looked up when a time limit began

    def noting(seconds):
        known.append(rules.lookup.cache_info().currsize > 0)
        return time_limit(seconds)

    rules.lookup.cache_clear()
    monkeypatch.setattr(engine, "time_limit", noting)
    assert engine.examine(EXERCISE, truth, EXPECTED)
    assert known
    assert all(known)


def test_outside_of_the_main_thread_there_is_no_limit(monkeypatch):
    results = []
    thread = threading.Thread(target=lambda: results.extend([can_be_timed(), bool(examine(truth)[0])]))
    thread.start()
    thread.join()
    assert results == [False, True]


def test_without_an_interval_timer_there_is_no_limit(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    assert not can_be_timed()
    assert examine(truth)[0]


def test_a_block_that_ends_in_time_is_left_alone():
    with time_limit(60):
        total = sum(range(10))
    assert total == 45


def floods(x, scale):
    print("x" * 5_000_000)
    return truth(x, scale)


def floods_in_lines(x, scale):
    for _ in range(20_000):
        print("a line of the flood")
    return truth(x, scale)


def floods_errors(x, scale):
    sys.stderr.write("x" * 1_000_000)
    return truth(x, scale)


@pytest.mark.parametrize("function", [floods, floods_in_lines, floods_errors])
def test_a_flood_of_prints_is_bounded_and_hides_nothing(function, capsys):
    result, message = examine(function)
    assert result
    assert len(message) < 3_000
    assert len(capsys.readouterr().err) <= limits.KEPT * EXERCISE.cases


def test_what_a_stream_keeps_is_bounded():
    stream = Bounded(most=5)
    for _ in range(1000):
        assert stream.write("abc") == 3
    assert stream.text() == "abcab"
    assert stream.lost == 2995
    stream.close()
    assert stream.text() == "abcab"
    with pytest.raises(TypeError):
        Bounded().write(b"bytes")


def closes(x, scale):
    sys.stdout.close()
    return truth(x, scale)


def closes_and_prints(x, scale):
    sys.stdout.close()
    print("too late")
    return truth(x, scale)


def test_a_closed_stream_is_the_students_own_error():
    assert examine(closes)[0]
    result, message = examine(closes_and_prints)
    assert result.outcome == "your code raised"
    assert 'print("too late")' in message


def test_a_check_on_a_closed_stream_returns_its_result(monkeypatch):
    class Closed(Bounded):
        def write(self, text):
            raise ValueError("I/O operation on closed file.")

    monkeypatch.setattr(sys, "stdout", Closed())
    assert exercises.check("03.output_size", lambda **k: 5).outcome == "not yet"
