"""How far a download is: one moving line in a terminal, a few lines in a log."""

import sys
import time

LOG_EVERY = 10.0  # seconds between two lines in a log


class DownloadLine:
    """A line that moves in a terminal; in a log or a notebook, a new line every ten seconds."""

    def __init__(self, name: str, total: int | None) -> None:
        self.name = name
        self.total = total
        self.moving = sys.stdout.isatty()
        self.printed_at = time.monotonic()

    def show(self, have: int) -> None:
        """Show how many bytes are there, if it is time to."""
        now = time.monotonic()
        pause = 0.2 if self.moving else LOG_EVERY
        if now - self.printed_at < pause:
            return
        self.printed_at = now
        line = f"{self.name}: {megabytes(have)}"
        if self.total:
            line += f" of {megabytes(self.total)} ({have / self.total:.0%})"
        if self.moving:
            line = f"{line:<78}"
        print(line, end="\r" if self.moving else "\n", flush=True)

    def end(self) -> None:
        """Leave no trace of the moving line."""
        if self.moving:
            print(" " * 78, end="\r", flush=True)


def megabytes(count: int) -> str:
    """Return a number of bytes for people.

    >>> megabytes(19_173_078), megabytes(900)
    ('19.2 MB', '0.9 kB')
    """
    if count >= 1e5:
        return f"{count / 1e6:.1f} MB"
    return f"{count / 1e3:.1f} kB"
