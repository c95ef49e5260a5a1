"""A bound on what an answer may compute: processor time, so that a busy machine changes nothing."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class TooLongError(BaseException):
    """What was bounded computed longer; no `except Exception` of an answer should catch it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `TooLongError` in what computes longer than this inside."""

    def ring(number: int, frame: Any) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
