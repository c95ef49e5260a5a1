"""Outlines as polygons: from the corners that an annotator clicked to a mask, and from a mask back to corners.

Coordinates are x, y in pixel edges, as in COCO: the pixel in row 0, column 0 covers 0 ≤ x ≤ 1, 0 ≤
y ≤ 1.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from segedu.data.forms.binary import binary_mask
from segedu.scalars import whole_number


def polygons_to_mask(
    polygons: Sequence[Sequence[float]],
    size: tuple[int, int],
    holes: bool = False,
) -> Tensor:
    """Return the mask (H, W), bool, of the pixels whose center lies in one of the polygons.

    COCO's own tools round to fifths of a pixel, so a pixel whose center lies that near to an
    outline may differ.

    Args:
        polygons: Each [x0, y0, x1, y1, …], in pixels.
        size: (H, W).
        holes: Cut a polygon inside another out of it (what lies in an even number of them is
            outside); without, as in COCO, polygons are parts of one object.

    Raises:
        TypeError: polygons is one polygon, or no list.
        ValueError: A polygon has fewer than three corners, an odd number of coordinates, or one that
            isn't finite.

    >>> polygons_to_mask([[0, 0, 2, 0, 2, 1, 0, 1]], size=(2, 3)).int().tolist()
    [[1, 1, 0], [0, 0, 0]]
    """
    height, width = (whole_number(side, "each side in size", at_least=0) for side in size)
    y = np.arange(height) + 0.5  # of the pixels' centers
    x = np.arange(width) + 0.5
    mask = np.zeros((height, width), dtype=bool)
    for place, polygon in enumerate(polygons):
        inside = _inside(_corners(polygon, place), x, y)
        mask = mask ^ inside if holes else mask | inside
    return torch.from_numpy(mask)


def mask_to_polygons(mask: Tensor) -> list[list[float]]:
    """Return the outlines of a mask (H, W) along pixel edges: one polygon [x0, y0, x1, y1, …] each.

    Holes become polygons of their own: `polygons_to_mask(…, holes=True)` gives the mask back.
    Corners lie where the outline turns; it keeps the mask on its right hand, and pixels that meet
    at a corner only are apart. The work grows with the pixels, however many outlines they have.

    Args:
        mask: (H, W), bool or of zeros and ones.

    Raises:
        ValueError: The mask has other axes, or holds other numbers.

    >>> mask_to_polygons(torch.tensor([[0, 1, 1]]).bool())
    [[1, 0, 3, 0, 3, 1, 1, 1]]
    """
    ahead = _edges(np.pad(binary_mask(mask), 1))
    polygons = []
    for start in sorted(ahead, key=lambda corner: (corner[1], corner[0])):
        while start in ahead:  # two outlines may meet at a corner
            polygons.append(_walk(ahead, start))
    return polygons


def _corners(polygon: Sequence[float], place: int) -> np.ndarray:
    """Return the corners (n, 2) of the polygon at this place of its list."""
    coordinates = np.asarray(polygon)
    if coordinates.ndim != 1 or coordinates.dtype.kind not in "iuf":
        raise TypeError(f"polygons[{place}] is {polygon!r}; expected a list of numbers: [[x0, y0, x1, y1, …], …].")
    if len(coordinates) % 2 or len(coordinates) < 6:
        raise ValueError(
            f"polygons[{place}] has {len(coordinates)} coordinates; expected x, y of at least three corners: "
            "[x0, y0, x1, y1, …]."
        )
    if not np.isfinite(coordinates).all():
        raise ValueError(f"polygons[{place}] has a coordinate that is no finite number.")
    return coordinates.astype(float).reshape(-1, 2)


def _inside(corners: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the pixels inside a polygon, bool (H, W), from the centers' x (W,) and y (H,).

    Count, for each center, the sides that a ray to the right crosses; odd is inside.
    """
    crossings = np.zeros((len(y), len(x)), dtype=int)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        rows = (y0 <= y) != (y1 <= y)  # those that the side crosses
        if rows.any():
            crossing = x0 + (y[rows] - y0) * (x1 - x0) / (y1 - y0)
            crossings[rows] += x[None, :] < crossing[:, None]
    return crossings % 2 == 1


Corner = tuple[int, int]  # x, y


def _edges(padded: np.ndarray) -> dict[Corner, list[Corner]]:
    """Return the pixel edges between mask and rest as {from: [to, …]}, the mask on the right hand."""
    ahead: dict[Corner, list[Corner]] = {}

    def add(start: Corner, end: Corner) -> None:
        ahead.setdefault(start, []).append(end)

    surrounded = padded.copy()
    surrounded[1:-1, 1:-1] &= padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    for y, x in np.argwhere(padded & ~surrounded).tolist():
        top, left = y - 1, x - 1  # without the padding
        if not padded[y - 1, x]:
            add((left, top), (left + 1, top))
        if not padded[y, x + 1]:
            add((left + 1, top), (left + 1, top + 1))
        if not padded[y + 1, x]:
            add((left + 1, top + 1), (left, top + 1))
        if not padded[y, x - 1]:
            add((left, top + 1), (left, top))
    return ahead


def _walk(ahead: dict[Corner, list[Corner]], start: Corner) -> list[float]:
    """Follow edges from `start` until they close, taking them out of `ahead`; return the corners where they turn."""
    loop: list[Corner] = []
    before: Corner | None = None
    corner = start
    while not loop or corner != start:
        loop.append(corner)
        ends = ahead[corner]
        end = _right_turn(before, corner, ends)
        ends.remove(end)
        if not ends:
            del ahead[corner]
        before = corner
        corner = end

    # Corners that the outline passes straight on are left out; the last lies before the first.
    polygon: list[float] = []
    neighbors = zip(loop[-1:] + loop[:-1], loop, loop[1:] + loop[:1], strict=True)
    for before, corner, end in neighbors:
        if _direction(before, corner) != _direction(corner, end):
            polygon += corner
    return polygon


def _right_turn(before: Corner | None, corner: Corner, ends: list[Corner]) -> Corner:
    """Return where to go on: where two pixels meet at a corner only, to the right, which stays at the same pixel."""
    if len(ends) == 1 or before is None:
        return ends[0]
    dx, dy = _direction(before, corner)
    return next(end for end in ends if _direction(corner, end) == (-dy, dx))


def _direction(start: Corner, end: Corner) -> Corner:
    """Return the step (x, y), of length 1, along a pixel edge."""
    return end[0] - start[0], end[1] - start[1]
