"""Where the pixels of a resized row look in its input, and what they are made of."""

from pathlib import Path

import numpy as np

from segedu.data.palette import hex_to_rgb
from segedu.ops.upsampling import interpolation_matrix
from segedu.viz._display import check_alt, show
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, INK, SMALL, line_height, styled
from segedu.viz.colors import TAP_COLORS, rgb_to_hex

_WIDTH = 700  # pixels of the page, as all that follow: of the whole row
_INPUT = 46  # height of an input pixel
_GAP = 40  # between input and output, for the arrows
_OUTPUT = 38  # height of an output pixel
_BELOW_BAND = 18
_DOT = 5  # side of the dot at an input pixel's center
_MOST = 24  # pixels of a row that can be drawn


def draw_sampling(
    input_size: int,
    output_size: int,
    alt: str | None = None,
    *,
    title: str | None = None,
    path: str | Path | None = None,
) -> None:
    """Show a row of pixels resized: where each output pixel looks, and what it gets.

    Two bands, one for each `align_corners`. In each, every input pixel has a color and a dot at its
    center; below it, every output pixel stands at its place, points up to where it looks, shows
    this place as a number (in input pixels, from the center of pixel 0) and wears the mix of colors
    that bilinear weights give it.

    Args:
        input_size: pixels of the row, 1 to 24.
        output_size: pixels of the resized row, 1 to 24.
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over both bands.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: a size is below 1 or above 24, or `alt` is too short.

    >>> draw_sampling(3, 6, alt="Three input pixels above six output pixels, in two bands.")
    """
    check_alt(alt)
    if not (1 <= input_size <= _MOST and 1 <= output_size <= _MOST):
        raise ValueError(f"{input_size} and {output_size} pixels were given; 1 to {_MOST} of each can be drawn.")
    with styled():
        sheet = Sheet()
        page = _WIDTH + 2 * MARGIN
        y = sheet.title(title, page)
        for align_corners in (False, True):
            y = _draw_band(sheet, input_size, output_size, align_corners, y)
        show(sheet.finish(page, y), alt, path, crop=False)


def _draw_band(
    sheet: Sheet,
    input_size: int,
    output_size: int,
    align_corners: bool,
    y: float,
) -> float:
    """Draw the sentence, the input and the output from y down; return the y below them."""
    sentence = _sentence(input_size, output_size, align_corners)
    sheet.text(MARGIN, y, sentence, CAPTION, ha="left")
    y += line_height(CAPTION) + 4
    colors = _light_colors(input_size)
    _draw_input(sheet, colors, y)
    y += _INPUT + _GAP
    _draw_output(sheet, colors, output_size, align_corners, y)
    return y + _OUTPUT + _BELOW_BAND


def _sentence(input_size: int, output_size: int, align_corners: bool) -> str:
    if align_corners:
        steps = f"{input_size - 1}/{max(output_size - 1, 1)}"
        return f"Pixels are points (align_corners=True): place = i · {steps}"
    scale = f"{input_size}/{output_size}"
    return f"Pixels are areas (align_corners=False): place = (i + ½) · {scale} − ½"


def _draw_input(sheet: Sheet, colors: np.ndarray, y: float) -> None:
    """Draw the row of input pixels with their numbers and the dots at their centers from y down."""
    unit = _WIDTH / len(colors)
    for index, color in enumerate(colors):
        x = MARGIN + index * unit
        center = MARGIN + (index + 0.5) * unit
        sheet.rectangle(x, y, unit, _INPUT, facecolor=_hex(color))
        sheet.text(center, y + 4, str(index), CAPTION)
        dot = (center - _DOT / 2, y + _INPUT - 16, _DOT, _DOT)
        sheet.rectangle(*dot, facecolor=INK, linewidth=0)


def _draw_output(
    sheet: Sheet,
    colors: np.ndarray,
    output_size: int,
    align_corners: bool,
    y: float,
) -> None:
    """Draw each output pixel with its top at y and an arrow up to the place where it looks."""
    input_size = len(colors)
    unit = _WIDTH / input_size
    matrix = interpolation_matrix(input_size, output_size, "bilinear", align_corners).numpy()
    for index, mixture in enumerate(matrix @ colors):
        # The place in input pixels from the center of pixel 0, the size in pixels of the page.
        if align_corners:
            place = index * (input_size - 1) / max(output_size - 1, 1)
            size = unit * ((input_size - 1) / max(output_size - 1, 1))
        else:
            place = (index + 0.5) * input_size / output_size - 0.5
            size = unit * (input_size / output_size)
        x = MARGIN + (place + 0.5) * unit
        sheet.arrow((x, y), (x, y - _GAP), INK, linewidth=1.2)
        sheet.rectangle(x - size / 2, y, size, _OUTPUT, facecolor=_hex(mixture))
        number = f"{place:.4g}".replace("-", "−")
        sheet.text(x, y + _OUTPUT / 2, number, SMALL, va="center_baseline")


def _light_colors(count: int) -> np.ndarray:
    """Return `count` light colors (count, 3) in [0, 1], on which dark text reads."""
    taps = [TAP_COLORS[index % len(TAP_COLORS)] for index in range(count)]
    rgb = hex_to_rgb(*taps) / 255
    return 0.6 * rgb + 0.4


def _hex(rgb: np.ndarray) -> str:
    """Return a color (3,) in [0, 1] as "#RRGGBB"."""
    return rgb_to_hex((rgb.clip(0, 1) * 255).round())
