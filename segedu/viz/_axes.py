"""Figures with axes in the course's style: a sentence as title at the top left, panels in a row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from segedu.viz._style import DPI, TITLE, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# One per curve, together with the colors, so that curves differ in print too.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

_TITLE_LEFT = 0.012  # of the figure's width
_TITLE_MARGIN = 24  # pixels: left and right of the title together


def panels(
    width: int,
    height: int,
    title: str | None,
    shares: Sequence[float] = (1.0,),
) -> "tuple[Figure, list[Axes]]":
    """Return a figure and its panels, side by side; matplotlib's constrained layout places them.

    Use it inside `styled()`.

    Args:
        width: of the figure, in pixels, as `height`.
        height: in pixels, the title included.
        title: a sentence, wrapped to the figure's width; None leaves it out.
        shares: one number per panel, how wide it is beside the others.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    # Space around a panel in inches, and between two as a share of a panel.
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1, wspace=0.02)
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, layout=layout)
    grid = figure.add_gridspec(1, len(shares), width_ratios=list(shares))
    axes = [figure.add_subplot(grid[0, column]) for column in range(len(shares))]
    if title:
        lines = wrap(title, width - _TITLE_MARGIN, TITLE, bold=True)
        look: dict[str, Any] = {"ha": "left", "fontsize": TITLE, "fontweight": "bold"}
        figure.suptitle("\n".join(lines), x=_TITLE_LEFT, **look)
    return figure, axes
