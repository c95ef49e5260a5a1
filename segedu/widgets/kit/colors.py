"""Colors as text, the ink that reads on them, and the hatching of void; the page's half is colors.js."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

VOID_GRAYS = (205, 150)  # of the two stripes


def hex_of(parts: Iterable[int]) -> str:
    """Return three whole numbers from 0 to 255 as "#rrggbb".

    >>> hex_of([255, 128, 0])
    '#ff8000'
    """
    return "#" + bytes(int(part) for part in parts).hex()


def ink_on(color: Any) -> str:
    """Return "white" or "black", whichever reads better on a color of any form that matplotlib knows.

    >>> ink_on("#0072B2"), ink_on((1.0, 1.0, 0.5))
    ('white', 'black')
    """
    from matplotlib.colors import to_rgb

    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color))
    red, green, blue = parts
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.18 else "black"


def void_hatch(size: Sequence[int]) -> np.ndarray:
    """Return the slanted gray stripes that stand for void, (H, W, 3) uint8, size: height and width."""
    stripe = np.add.outer(np.arange(size[0]), np.arange(size[1])) // 3 % 2  # (H, W)
    return np.repeat(np.array(VOID_GRAYS, dtype=np.uint8)[stripe][..., None], 3, axis=2)
