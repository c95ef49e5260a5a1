"""A blank sheet measured in pixels, x to the right and y down, for figures of images and boxes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from segedu.data.palette import WRONG
from segedu.viz._style import (
    CAPTION,
    DPI,
    FADED,
    INK,
    SMALL,
    TITLE,
    line_height,
    text_width,
    wrap,
)
from segedu.viz.labels import VOID_NAME, WRONG_NAME

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARGIN = 10  # pixels: around the whole drawing

_BELOW_TITLE = 8  # pixels, as all that follow
_LEGEND_ROW = 6  # between two rows of a legend, beside the height of their text
_SWATCH = 14
_AFTER_SWATCH = 6
_AFTER_NAME = 18


class Sheet:
    """A figure with one invisible pair of axes whose unit is a pixel; `finish` gives it its size.

    Images placed at whole pixels with whole-numbered zoom stay crisp. Use it inside `styled()`.
    All coordinates and sizes are in pixels; what is drawn later covers what was drawn before.
    """

    def __init__(self) -> None:
        from matplotlib.figure import Figure

        self.figure = Figure(dpi=DPI)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()

    def image(
        self,
        rgb: np.ndarray,
        x: float,
        y: float,
        width: float,
        height: float,
        smooth: bool = False,
    ) -> None:
        """Put `rgb` (H, W, 3) uint8 with its top left corner at (x, y).

        `smooth` averages where the picture is made smaller, instead of picking single pixels.
        """
        self.axes.imshow(
            rgb,
            extent=(x, x + width, y + height, y),
            interpolation="auto" if smooth else "nearest",
            aspect="auto",
        )

    def text(self, x: float, y: float, text: str, size: float = CAPTION, **style: Any) -> None:
        """Write `text` at `size` points; by default (x, y) is the middle of its top edge."""
        look: dict[str, Any] = {"ha": "center", "va": "top", "color": INK, "linespacing": 1.15}
        self.axes.text(x, y, text, fontsize=size, **look | style)

    def rectangle(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        """Draw a rectangle with its top left corner at (x, y), hollow unless it has a facecolor."""
        from matplotlib.patches import Rectangle

        look: dict[str, Any] = {"fill": "facecolor" in style, "edgecolor": INK, "linewidth": 1}
        self.axes.add_patch(Rectangle((x, y), width, height, **look | style))

    def arrow(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        color: str = FADED,
        **style: Any,
    ) -> None:
        """Draw a straight arrow between two points (x, y)."""
        properties: dict[str, Any] = {
            "arrowstyle": "-|>,head_length=6.5,head_width=3.4",
            "mutation_scale": 1,  # so that the head is measured in points
            "joinstyle": "miter",
            "color": color,
            "linewidth": 1.8,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        self.axes.annotate("", end, start, arrowprops=properties | style)

    def title(self, title: str | None, width: float) -> float:
        """Write the title at the top left of a page of `width`; return the y below it."""
        if not title:
            return MARGIN
        lines = wrap(title, width - 2 * MARGIN, TITLE, bold=True)
        self.text(MARGIN, MARGIN, "\n".join(lines), TITLE, ha="left", fontweight="bold")
        return MARGIN + len(lines) * line_height(TITLE) + _BELOW_TITLE

    def legend(self, entries: Sequence[tuple[str, str]], y: float, width: float) -> float:
        """Write swatches (color, name) from left to right in rows; return the y below them.

        The names "void" and "wrong" get the hatch of such pixels.
        """
        if not entries:
            return y
        row = line_height(SMALL) + _LEGEND_ROW
        x = float(MARGIN)
        for color, name in entries:
            space = _SWATCH + _AFTER_SWATCH + text_width(name, SMALL) + _AFTER_NAME
            if x > MARGIN and x + space > width:
                x = float(MARGIN)
                y += row
            self._entry(color, name, x, y)
            x += space
        return y + row

    def _entry(self, color: str, name: str, x: float, y: float) -> None:
        style: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.5}
        if name == VOID_NAME:
            style = {"hatch": "//////", "edgecolor": FADED}
        elif name == WRONG_NAME:
            style = {"hatch": "\\\\\\\\", "edgecolor": WRONG[1], "hatch_linewidth": 2.2}
        self.rectangle(x, y + 2, _SWATCH, _SWATCH, facecolor=color, **style)
        left = x + _SWATCH + _AFTER_SWATCH
        self.text(left, y + _SWATCH + 0.5, name, SMALL, ha="left", va="baseline")

    def finish(self, width: float, height: float) -> "Figure":
        """Cut the sheet to `width` × `height` and return its figure."""
        self.figure.set_size_inches(round(width) / DPI, round(height) / DPI)
        self.axes.set_xlim(0, round(width))
        self.axes.set_ylim(round(height), 0)
        return self.figure
