"""Colors as text, and the hatching of void; the page's half is colors.js, the ink on a color in viz.colors."""

from collections.abc import Iterable, Sequence

import numpy as np

VOID_GRAYS = (205, 150)  # of the two stripes


def hex_of(parts: Iterable[int]) -> str:
    """Return three whole numbers from 0 to 255 as "#rrggbb".

    >>> hex_of([255, 128, 0])
    '#ff8000'
    """
    return "#" + bytes(int(part) for part in parts).hex()


def void_hatch(size: Sequence[int]) -> np.ndarray:
    """Return the slanted gray stripes that stand for void, (H, W, 3) uint8, size: height and width."""
    stripe = np.add.outer(np.arange(size[0]), np.arange(size[1])) // 3 % 2  # (H, W)
    return np.repeat(np.array(VOID_GRAYS, dtype=np.uint8)[stripe][..., None], 3, axis=2)
