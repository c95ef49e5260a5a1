"""The look that all figures share: colors, font sizes, and how wide a text becomes."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

DPI = 100
PAGE = 1080  # pixels: about the width of a notebook's output; four scenes of 128 × 128 fit at twice their size

# One color per kernel tap, row-major; the first nine are those of a 3 × 3 kernel; kit.js has the same list.
TAP_COLORS: tuple[str, ...] = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#8C510A", "#7A6FAC"),
    *("#1B9E77", "#A6761D", "#E7298A", "#66A61E", "#386CB0", "#BF5B17", "#666666", "#BEAED4", "#FDC086"),
    *("#7FC97F", "#F0027F", "#B3DE69", "#80B1D3", "#FB8072", "#BC80BD", "#CCEBC5"),
)
INK, FADED, RULE, PAPER = "#1A1A1A", "#5A5F66", "#C9CDD2", "#FFFFFF"
WRONG = "#D55E00"  # wrong pixels in an error map
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A6FAC", "#8C510A")  # curves and bars

TITLE, CAPTION, SMALL = 12.5, 11.0, 9.5  # points

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
    """Draw in the course's style inside the block, whatever style is set outside, and restore that one after it."""
    import matplotlib.style

    with matplotlib.style.context(["default", _RC]):
        yield


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return how many pixels wide one line of `text` is at `size` points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] * DPI / 72


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Break `text` at spaces into lines of at most `width` pixels; its own line breaks stay."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        words = paragraph.split(" ")
        line = words[0]
        for word in words[1:]:
            if text_width(f"{line} {word}", size, bold) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}"
        lines.append(line)
    return lines


def line_height(size: float) -> float:
    """Return the distance in pixels between two lines of text at `size` points."""
    return round(size * DPI / 72 * 1.28)
