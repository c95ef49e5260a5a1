"""Where the pixels of a resized row look in its input, and what they are made of."""

from pathlib import Path

import numpy as np

from segedu.data.palette import hex_to_rgb
from segedu.ops.upsampling import interpolation_matrix
from segedu.viz._display import check_alt, show
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, INK, SMALL, TAP_COLORS, line_height, styled

_WIDTH, _INPUT, _GAP, _OUTPUT = 700, 46, 40, 38  # pixels: of the row, heights of input, arrows and output
_BANDS = (
    (False, "Pixels are areas (align_corners=False): place = (i + ½) · {n}/{m} − ½"),
    (True, "Pixels are points (align_corners=True): place = i · {a}/{b}"),
)


def draw_sampling(
    input_size: int, output_size: int, alt: str, *, title: str | None = None, path: str | Path | None = None
) -> None:
    """Show a row of `input_size` pixels resized to `output_size`: where each output pixel looks, and what it gets.

    Two bands, one for each `align_corners`. In each, every input pixel has a color and a dot at its center; below it,
    every output pixel stands at its place, points up to where it looks, shows this place as a number (in input pixels,
    from the center of pixel 0) and wears the mix of colors that bilinear weights give it. `path` also writes the PNG.

    Raises ValueError if a size is below 1 or above 24.

    >>> draw_sampling(3, 6, alt="Three input pixels above six output pixels, once as areas and once as points.")
    """
    check_alt(alt)
    if not (1 <= input_size <= 24 and 1 <= output_size <= 24):
        raise ValueError(f"{input_size} and {output_size} pixels were given; 1 to 24 of each can be drawn.")
    with styled():
        sheet = Sheet()
        page = _WIDTH + 2 * MARGIN
        y = sheet.title(title, page)
        for align_corners, words in _BANDS:
            numbers = {"n": input_size, "m": output_size, "a": input_size - 1, "b": max(output_size - 1, 1)}
            y = _band(sheet, input_size, output_size, align_corners, words.format(**numbers), y)
        show(sheet.finish(page, y), alt, path, crop=False)


def _band(sheet: Sheet, n: int, m: int, align_corners: bool, words: str, y: float) -> float:
    """Draw one band from y down; return the y below it."""
    sheet.text(MARGIN, y, words, CAPTION, ha="left")
    top, unit = y + line_height(CAPTION) + 4, _WIDTH / n
    for k in range(n):
        sheet.rectangle(MARGIN + k * unit, top, unit, _INPUT, facecolor=_hex(_colors(n)[k]))
        sheet.text(MARGIN + (k + 0.5) * unit, top + 4, str(k), CAPTION)
        sheet.rectangle(MARGIN + (k + 0.5) * unit - 2.5, top + _INPUT - 16, 5, 5, facecolor=INK, linewidth=0)
    matrix = interpolation_matrix(n, m, "bilinear", align_corners).numpy()
    size = unit * ((n - 1) / max(m - 1, 1) if align_corners else n / m)  # of an output pixel on the page
    for i, mix in enumerate(matrix @ _colors(n)):
        place = i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) * n / m - 0.5
        x, below = MARGIN + (place + 0.5) * unit, top + _INPUT + _GAP
        sheet.arrow((x, below), (x, top + _INPUT), INK, linewidth=1.2)
        sheet.rectangle(x - size / 2, below, size, _OUTPUT, facecolor=_hex(mix))
        sheet.text(x, below + _OUTPUT / 2, f"{place:.4g}".replace("-", "−"), SMALL, va="center_baseline")
    return top + _INPUT + _GAP + _OUTPUT + 18


def _colors(count: int) -> np.ndarray:
    """Return `count` light colors (count, 3) in [0, 1], on which dark text reads."""
    rgb = hex_to_rgb(*(TAP_COLORS[i % len(TAP_COLORS)] for i in range(count))) / 255
    return 0.6 * rgb + 0.4


def _hex(rgb: np.ndarray) -> str:
    return "#{:02X}{:02X}{:02X}".format(*(rgb.clip(0, 1) * 255).round().astype(int))
