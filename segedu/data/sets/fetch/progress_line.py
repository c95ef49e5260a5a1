"""How far a download is: one moving line in a terminal, a few lines in a log."""

import sys
import time

LOG_EVERY = 10.0  # seconds between two lines in a log


class DownloadLine:
    """A line that moves in a terminal; in a log or a notebook, a new line every ten seconds."""

    def __init__(self, name: str, total: int | None) -> None:
        self.name, self.total = name, total
        self.moving = sys.stdout.isatty()
        self.shown = time.monotonic()

    def show(self, have: int) -> None:
        """Show how many bytes are there, if it is time to."""
        now = time.monotonic()
        if now - self.shown < (0.2 if self.moving else LOG_EVERY):
            return
        self.shown = now
        share = f" of {megabytes(self.total)} ({have / self.total:.0%})" if self.total else ""
        line = f"{self.name}: {megabytes(have)}{share}"
        print(f"{line:<78}\r" if self.moving else f"{line}\n", end="", flush=True)

    def end(self) -> None:
        """Leave no trace of the moving line."""
        if self.moving:
            print(" " * 78, end="\r", flush=True)


def megabytes(count: int) -> str:
    """Return a number of bytes for people.

    >>> megabytes(19_173_078), megabytes(900)
    ('19.2 MB', '0.9 kB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
