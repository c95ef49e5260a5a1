"""The look that all figures share: page, colors of lines and text, and how wide a text becomes."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

DPI = 100  # pixels per inch
PAGE = 1080  # pixels: about a notebook's output; four scenes of 128 × 128 fit at twice their size

INK = "#1A1A1A"
FADED = "#5A5F66"  # what is read second: sizes, units, baselines
RULE = "#C9CDD2"
PAPER = "#FFFFFF"

# Boxes that stand for feature maps.
MAP_FILL = "#BBD8EE"
MAP_EDGE = "#2B5C80"
MAP_INPUT = "#E1E4E8"

# Curves and bars, in this order.
SERIES = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7"),
    *("#E69F00", "#56B4E9", "#7A6FAC", "#8C510A"),
)

# Font sizes, in points.
TITLE = 12.5
CAPTION = 11.0
SMALL = 9.5

_LINE_SPACING = 1.28  # of the font's size
_POINTS_PER_INCH = 72

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": CAPTION,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FADED,
    "axes.titlesize": TITLE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": CAPTION,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E5E8",
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL + 0.5,
    "ytick.labelsize": SMALL + 0.5,
    "legend.frameon": False,
    "legend.fontsize": SMALL + 0.5,
    "lines.linewidth": 2.0,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "image.interpolation": "nearest",
}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw in the course's style inside the block, and restore the style that was set before."""
    import matplotlib.style

    with matplotlib.style.context(["default", _RC]):
        yield


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return how many pixels wide one line of `text` is at `size` points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    weight = "bold" if bold else "normal"
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return width * DPI / _POINTS_PER_INCH


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Break `text` at spaces into as few lines of at most `width` pixels at `size` points as it needs.

    The lines are about equally long, so no last line is one short word. Its own line breaks stay; a
    word that is wider than `width` gets a line of its own.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        words = paragraph.split(" ")
        lines += _most_even(words, width, lambda line: text_width(line, size, bold))
    return lines


def _most_even(words: list[str], width: float, measure: Callable[[str], float]) -> list[str]:
    """Return the fewest lines of at most `width`; of all such ways, that of the least sum of squared widths."""
    best: list[tuple[int, float, list[str]]] = [(0, 0.0, [])]  # of the first 0, 1, … words
    for end in range(1, len(words) + 1):
        ways = []
        for start in range(end - 1, -1, -1):
            line = " ".join(words[start:end])
            line_width = measure(line)
            if line_width > width and start < end - 1:
                break
            count, squares, lines = best[start]
            ways.append((count + 1, squares + line_width**2, [*lines, line]))
        best.append(min(ways, key=lambda way: way[:2]))
    return best[-1][2]


def line_height(size: float) -> float:
    """Return the distance in pixels between two lines of text at `size` points, a whole number."""
    return round(size * DPI / _POINTS_PER_INCH * _LINE_SPACING)
