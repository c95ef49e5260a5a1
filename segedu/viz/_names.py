"""Where names stand on the regions of a picture: in their widest place, none on another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from segedu.viz._style import SMALL, line_height, text_width

_WIDEST = 1.5  # a name may be so many times as wide as its region


@dataclass(frozen=True)
class Name:
    """A text and the middle of the place where it stands, in pixels of the picture."""

    text: str
    x: float
    y: float


@dataclass
class Taken:
    """What is written on already, as (left, top, right, bottom), inside of (width, height)."""

    width: float
    height: float
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def take(self, left: float, top: float, width: float, height: float) -> bool:
        """Take a place if it lies inside and is free; say whether it was."""
        right, bottom = left + width, top + height
        if left < 0 or top < 0 or right > self.width or bottom > self.height:
            return False
        for other_left, other_top, other_right, other_bottom in self.boxes:
            if left < other_right and other_left < right and top < other_bottom and other_top < bottom:
                return False
        self.boxes.append((left, top, right, bottom))
        return True


def place_names(ids: np.ndarray, texts: Sequence[tuple[int, Sequence[str]]]) -> list[Name]:
    """Return the names that can be written on their regions, one per id at most, large regions first.

    Args:
        ids: (H, W) integers, at the size of the picture on the page.
        texts: (id, names), of which the first that fits is taken.
    """
    taken = Taken(ids.shape[1], ids.shape[0])
    regions = [(_largest_part(ids == number), names) for number, names in texts]
    names = []
    for region, candidates in sorted(regions, key=lambda one: -int(one[0].sum())):
        if not region.any():
            continue
        columns = np.flatnonzero(region.any(axis=0))
        widest = _WIDEST * (columns[-1] - columns[0] + 1)
        x, y = _widest_place(region)
        for text in candidates:
            width, height = text_width(text, SMALL) + 4, line_height(SMALL) - 2
            left = min(max(x - width / 2, 0.0), max(taken.width - width, 0.0))
            top = min(max(y - height / 2, 0.0), max(taken.height - height, 0.0))
            if width <= widest and taken.take(left, top, width, height):
                names.append(Name(text, left + width / 2, top + height / 2))
                break
    return names


def _largest_part(mask: np.ndarray) -> np.ndarray:
    """Return the largest connected part of a mask (H, W)."""
    parts, count = ndimage.label(mask)
    if count < 2:
        return mask
    return parts == np.bincount(parts.ravel())[1:].argmax() + 1


def _widest_place(region: np.ndarray) -> tuple[float, float]:
    """Return (x, y) of the pixel of a region that is farthest from its border and that of the picture."""
    depth = ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return float(column) + 0.5, float(row) + 0.5
