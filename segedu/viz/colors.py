"""The colors that figures and explorers share: of kernel taps, of classes, and the ink on them."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from segedu.data.palette import hex_to_rgb

# One color per kernel tap, row-major; the first nine are those of a 3 × 3 kernel.
# kit.js has the same list.
TAP_COLORS: tuple[str, ...] = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00"),
    *("#56B4E9", "#F0E442", "#8C510A", "#7A6FAC", "#1B9E77"),
    *("#A6761D", "#E7298A", "#66A61E", "#386CB0", "#BF5B17"),
    *("#666666", "#BEAED4", "#FDC086", "#7FC97F", "#F0027F"),
    *("#B3DE69", "#80B1D3", "#FB8072", "#BC80BD", "#CCEBC5"),
)

# For label maps that come without colors: background dark, then colors that stay apart for
# color-blind readers.
DEFAULT_COLORS: tuple[str, ...] = (
    *("#2B2F36", "#E69F00", "#56B4E9", "#009E73", "#F0E442"),
    *("#0072B2", "#D55E00", "#CC79A7", "#7A6FAC", "#8C510A"),
    *("#66A61E", "#BEAED4", "#FB8072", "#80B1D3", "#B3DE69"),
    *("#BF5B17", "#E7298A", "#CCEBC5", "#386CB0", "#FDC086"),
)

Colors = Tensor | np.ndarray | list | tuple | None  # what `color_table` takes

# Where black and white have the same contrast, (1 + 0.05) / (L + 0.05) = (L + 0.05) / 0.05.
_EQUAL_CONTRAST = 0.179


def color_table(colors: Colors, num_classes: int = 0) -> np.ndarray:
    """Return one color per class as (C, 3) uint8.

    Args:
        colors: (C, 3) uint8, (C, 3) float in [0, 1], or a list of "#RRGGBB"; None takes the
            course's default colors, repeated until there are `num_classes`.
        num_classes: how many default colors are needed at least.

    Raises:
        ValueError: `colors` is not (C, 3), a number in it lies outside 0 to 255 (floats: 0 to 1), or
            a text is no color.

    >>> color_table(["#0072B2", "#E69F00"])
    array([[  0, 114, 178],
           [230, 159,   0]], dtype=uint8)
    """
    if colors is None:
        repeats = -(-max(num_classes, 1) // len(DEFAULT_COLORS))  # rounded up
        colors = list(DEFAULT_COLORS) * repeats
    if len(colors) and isinstance(colors[0], str):
        return hex_to_rgb(*colors)
    table = colors.detach().cpu().numpy() if isinstance(colors, Tensor) else np.asarray(colors)
    if table.ndim != 2 or table.shape[1] != 3:
        raise ValueError(f"colors has shape {table.shape}; give one row (red, green, blue) per class: (C, 3).")
    is_float = table.dtype.kind == "f"
    highest = 1 if is_float else 255
    wrong = table[~((table >= 0) & (table <= highest))]  # NaN, too
    if len(wrong):
        kind = "floats from 0 to 1" if is_float else "whole numbers from 0 to 255"
        raise ValueError(f"colors has {wrong[0]} in it; give {kind}, or texts such as '#0072B2'.")
    if is_float:
        table = (table * 255).round()
    return table.astype(np.uint8)


def rgb_to_hex(rgb: Sequence[int] | np.ndarray) -> str:
    """Return red, green and blue, whole numbers from 0 to 255, as "#RRGGBB".

    >>> rgb_to_hex([0, 114, 178])
    '#0072B2'
    """
    red, green, blue = (int(part) for part in rgb)
    return f"#{red:02X}{green:02X}{blue:02X}"


def ink_on(color: str | Sequence[float] | np.ndarray) -> str:
    """Return black or white, whichever has the greater contrast on `color`.

    Contrast and relative luminance are those of WCAG 2.2.

    Args:
        color: "#RRGGBB", or red, green, blue in [0, 1]; a fourth number, opacity, is ignored.

    >>> ink_on("#0072B2"), ink_on("#F0E442"), ink_on((0.5, 0.5, 0.5))
    ('#FFFFFF', '#000000', '#000000')
    """
    if isinstance(color, str):
        red, green, blue = hex_to_rgb(color)[0] / 255
    else:
        red, green, blue = (float(part) for part in color[:3])
    luminance = 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)
    return "#FFFFFF" if luminance < _EQUAL_CONTRAST else "#000000"


def _linear(part: float) -> float:
    """Return the light that a screen emits for one part of an sRGB color; both in [0, 1]."""
    if part <= 0.04045:
        return part / 12.92
    return ((part + 0.055) / 1.055) ** 2.4
