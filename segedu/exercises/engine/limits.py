"""Limits: how long a case may run, and how much of what it prints is kept."""

import contextlib
import dis
import io
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, TextIO

SECONDS = 10.0  # a case
KEPT = 10_000  # characters of what a case prints
AGAIN = 0.25  # seconds between two calls to end, for code that catches everything


class TimeUpError(BaseException):
    """The student's code ran longer than a case may; no `except Exception` of theirs should catch it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeUpError` inside after so many seconds, again and again until the block is left.

    Without effect where Python has no interval timer (Windows), outside of the main thread, and if somebody else's
    timer is running: then the stop button is what ends a loop.
    """
    if not can_be_timed():
        yield
        return
    block = sys._getframe(2)  # the frame that has entered the block: what it calls is the student's
    rings = 0

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal rings
        inner = frames_up_to(frame, block)
        if not inner or inner[-1].f_code.co_filename == contextlib.__file__:  # the block is being entered or left
            return
        rings += 1
        if rings > 1:
            leave_at_the_next_line(inner, block)
        raise TimeUpError

    tracer, handler = sys.gettrace(), signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if sys.gettrace() is not tracer:
            sys.settrace(tracer)


def can_be_timed() -> bool:
    """Return whether an interval timer exists, is free, and may be set here."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    return signal.getitimer(signal.ITIMER_REAL)[0] == 0


def frames_up_to(frame: FrameType | None, block: FrameType) -> list[FrameType]:
    """Return the frames that were called from the block, the innermost first."""
    inner = []
    while frame is not None and frame is not block:
        inner.append(frame)
        frame = frame.f_back
    return inner


def leave_at_the_next_line(frames: list[FrameType], block: FrameType) -> None:
    """Raise at the next line of these frames that no `try` covers, also none around a call: nothing can catch it."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line" and not any(map(covered, frames_up_to(frame, block))):
            raise TimeUpError
        return trace

    for frame in frames:
        frame.f_trace = trace
    sys.settrace(lambda *event: None)  # new frames aren't traced


def covered(frame: FrameType) -> bool:
    """Return whether an exception at a frame's present place would be caught in that frame."""
    entries = getattr(dis.Bytecode(frame.f_code), "exception_entries", ())
    return any(entry.start <= frame.f_lasti < entry.end and not entry.lasti for entry in entries)


class Bounded(io.TextIOBase):
    """A stream that keeps the first characters of what is written, and passes them on where a stream is given."""

    def __init__(self, most: int = KEPT, onward: TextIO | None = None) -> None:
        super().__init__()
        self.most = most
        self.onward = onward
        self.kept: list[str] = []
        self.length = 0  # of what is kept
        self.lost = 0  # characters that were not kept

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Keep as much of the text as there is room for.

        Raises:
            TypeError: it is no text.
            ValueError: the stream was closed.
        """
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if not isinstance(text, str):
            raise TypeError(f"write() takes a text, not {type(text).__name__}")
        part = text[: self.most - self.length]
        self.lost += len(text) - len(part)
        if part:
            self.length += len(part)
            self.kept.append(part)
            if self.onward is not None:
                self.onward.write(part)
        return len(text)

    def text(self) -> str:
        """Return what was kept, also after the stream was closed."""
        return "".join(self.kept)
