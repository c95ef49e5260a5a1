"""Show a figure as a small PNG with a description for those who can't see it."""

import base64
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from segedu.viz.png import encode

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHORTEST_ALT = 20  # characters


def show(figure: "Figure", alt: str | None = None, path: str | Path | None = None, crop: bool = True) -> None:
    """Display a figure as a PNG that carries a description, and close it.

    In a notebook the picture appears at once, also inside an `if` or a loop; outside IPython
    nothing is displayed. The same figure always gives the same bytes.

    Args:
        figure: of matplotlib.
        alt: what the picture shows, in a sentence or two that a blind reader could learn from. None
            leaves it to the line of the notebook's cell, from which a build takes it.
        path: a file to which the same PNG is written.
        crop: cut the figure's margins down to a tenth of an inch.

    Raises:
        ValueError: `alt` is shorter than 20 characters.
        TypeError: `alt` is no text.

    >>> from matplotlib.figure import Figure
    >>> show(Figure(), alt="An empty figure, white from edge to edge.")
    """
    check_alt(alt)
    png = encode(figure, crop)
    _close(figure)
    if path is not None:
        Path(path).write_bytes(png)
    if in_ipython():
        from IPython.display import display

        bundle = {"image/png": base64.b64encode(png).decode(), "text/plain": alt or "a figure"}
        display(bundle, raw=True, metadata={"image/png": {"alt": alt} if alt else {}})


def check_alt(alt: str | None) -> None:
    """Refuse a text that can't describe a picture; None is left to the line of the notebook's cell.

    Raises:
        ValueError: `alt` is shorter than 20 characters, spaces around it not counted.
        TypeError: `alt` is no text.
    """
    if alt is None:
        return
    if not isinstance(alt, str):
        raise TypeError(f"alt is a {type(alt).__name__}; write what the figure shows as a string of a sentence or two.")
    length = len(alt.strip())
    if length < SHORTEST_ALT:
        raise ValueError(
            f"alt={alt!r} has {length} characters; describe in at least {SHORTEST_ALT} what the "
            "figure shows, so that a reader who can't see it learns the same."
        )


def in_ipython() -> bool:
    """Say whether IPython runs this code, so that something can be displayed."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _close(figure: "Figure") -> None:
    """Take the figure from pyplot, which would draw it a second time at the end of the cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
