"""Figures with axes in the course's style: a sentence as title at the top left, panels side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segedu.viz._style import DPI, TITLE, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # with colors, so that curves differ in print too


def panels(width: int, height: int, title: str | None, shares: Sequence[float] = (1.0,)) -> "tuple[Figure, list[Axes]]":
    """Return a figure of `width` × `height` pixels and its panels, side by side, as wide as `shares` say.

    Use it inside `styled()`.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1, wspace=0.02)
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, layout=layout)
    grid = figure.add_gridspec(1, len(shares), width_ratios=list(shares))
    axes = [figure.add_subplot(grid[0, i]) for i in range(len(shares))]
    if title:
        text = "\n".join(wrap(title, width - 24, TITLE, bold=True))
        figure.suptitle(text, x=0.012, ha="left", fontsize=TITLE, fontweight="bold")
    return figure, axes
