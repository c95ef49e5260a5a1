"""A blank sheet measured in pixels, x to the right and y down, on which figures of images and boxes are drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from segedu.viz._style import CAPTION, DPI, FADED, INK, SMALL, TITLE, line_height, text_width, wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARGIN = 10


class Sheet:
    """A figure with one invisible pair of axes whose unit is a pixel; `finish` gives it its size.

    Images placed at whole pixels with whole-numbered zoom stay crisp. Use it inside `styled()`.
    """

    def __init__(self) -> None:
        from matplotlib.figure import Figure

        self.figure = Figure(dpi=DPI)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()

    def image(self, rgb: np.ndarray, x: float, y: float, width: float, height: float, smooth: bool = False) -> None:
        """Put `rgb` (H, W, 3) uint8 with its top left corner at (x, y)."""
        how = "auto" if smooth else "nearest"
        self.axes.imshow(rgb, extent=(x, x + width, y + height, y), interpolation=how, aspect="auto")

    def text(self, x: float, y: float, text: str, size: float = CAPTION, **style: Any) -> None:
        """Write `text`; by default (x, y) is the middle of its top edge."""
        look: dict[str, Any] = {"ha": "center", "va": "top", "color": INK, "linespacing": 1.15} | style
        self.axes.text(x, y, text, fontsize=size, **look)

    def rectangle(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        """Draw a rectangle with its top left corner at (x, y), hollow by default."""
        from matplotlib.patches import Rectangle

        look: dict[str, Any] = {"fill": "facecolor" in style, "edgecolor": INK, "linewidth": 1} | style
        self.axes.add_patch(Rectangle((x, y), width, height, **look))

    def arrow(self, start: tuple[float, float], end: tuple[float, float], color: str = FADED, **style: Any) -> None:
        """Draw a straight arrow from `start` to `end`."""
        head = {"arrowstyle": "-|>,head_length=6.5,head_width=3.4", "mutation_scale": 1, "joinstyle": "miter"}
        line = {"color": color, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
        self.axes.annotate("", end, start, arrowprops=head | line | style)

    def title(self, title: str | None, width: float) -> float:
        """Write the figure's title over `width` pixels at the top left; return where the drawing may begin."""
        if not title:
            return MARGIN
        lines = wrap(title, width - 2 * MARGIN, TITLE, bold=True)
        self.text(MARGIN, MARGIN, "\n".join(lines), TITLE, ha="left", fontweight="bold")
        return MARGIN + len(lines) * line_height(TITLE) + 8

    def legend(self, entries: Sequence[tuple[str, str]], y: float, width: float) -> float:
        """Write swatches (color, name) from left to right in rows; return the y below them. "void" is hatched."""
        if not entries:
            return y
        x, row, swatch = float(MARGIN), line_height(SMALL) + 6, 14
        for color, name in entries:
            needed = swatch + 6 + text_width(name, SMALL) + 18
            if x > MARGIN and x + needed > width:
                x, y = float(MARGIN), y + row
            hatch = {"hatch": "//////", "edgecolor": FADED} if name == "void" else {"edgecolor": INK, "linewidth": 0.5}
            self.rectangle(x, y + 2, swatch, swatch, facecolor=color, **hatch)
            self.text(x + swatch + 6, y + swatch + 0.5, name, SMALL, ha="left", va="baseline")
            x += needed
        return y + row

    def finish(self, width: float, height: float) -> "Figure":
        """Cut the sheet to `width` × `height` pixels and return its figure."""
        self.figure.set_size_inches(round(width) / DPI, round(height) / DPI)
        self.axes.set_xlim(0, round(width))
        self.axes.set_ylim(round(height), 0)
        return self.figure
