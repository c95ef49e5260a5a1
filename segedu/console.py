"""Printing on any console: what it has no letters for becomes a question mark, never an error."""

import contextlib
import sys


def say(text: str) -> None:
    """Print `text` and a line break on standard output, however little the console can show.

    A Windows console in cp1252 has no ✓. Where nothing can be printed at all (a closed stream), nothing is.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        try:
            print(text)
        except UnicodeEncodeError:
            encoding = getattr(sys.stdout, "encoding", None) or "ascii"
            print(text.encode(encoding, errors="replace").decode(encoding))
