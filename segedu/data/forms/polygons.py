"""Outlines as polygons: from the corners that an annotator clicked to a mask, and from a mask back to corners.

Coordinates are x, y in pixel edges, as in COCO: the pixel in row 0, column 0 covers 0 ≤ x ≤ 1, 0 ≤ y ≤ 1.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def polygons_to_mask(polygons: Sequence[Sequence[float]], size: tuple[int, int], holes: bool = False) -> Tensor:
    """Return the mask (H, W), bool, of the pixels whose center lies in one of the polygons [x0, y0, x1, y1, …].

    With `holes` a polygon inside another is cut out of it (what lies in an even number of them is outside); without,
    as in COCO, polygons are parts of one object. COCO's own tools round to fifths of a pixel, so a pixel whose center
    lies that near to an outline may differ. Raises ValueError for fewer than three corners or an odd number of
    coordinates.

    >>> polygons_to_mask([[0, 0, 2, 0, 2, 1, 0, 1]], size=(2, 3)).int().tolist()
    [[1, 1, 0], [0, 0, 0]]
    """
    height, width = size
    rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
    mask = np.zeros(size, dtype=bool)
    for polygon in polygons:
        inside = _inside(_corners(polygon), rows, columns)
        mask = mask ^ inside if holes else mask | inside
    return torch.from_numpy(mask)


def mask_to_polygons(mask: Tensor) -> list[list[float]]:
    """Return the outlines of a mask (H, W), bool, along pixel edges: one polygon [x0, y0, x1, y1, …] each.

    Holes become polygons of their own: `polygons_to_mask(…, holes=True)` gives the mask back. Corners lie
    where the outline turns; it keeps the mask on its right hand, and pixels that meet at a corner only are apart.

    >>> mask_to_polygons(torch.tensor([[0, 1, 1]]).bool())
    [[1, 0, 3, 0, 3, 1, 1, 1]]
    """
    ahead = _edges(np.pad(np.asarray(mask, dtype=bool), 1))
    polygons = []
    while ahead:
        start = min(ahead, key=lambda corner: (corner[1], corner[0]))
        polygons.append(_walk(ahead, start))
    return polygons


def _corners(polygon: Sequence[float]) -> np.ndarray:
    if len(polygon) % 2 or len(polygon) < 6:
        raise ValueError(
            f"a polygon has {len(polygon)} coordinates; expected x, y of at least three corners: [x0, y0, x1, y1, …]."
        )
    return np.asarray(polygon, dtype=float).reshape(-1, 2)


def _inside(corners: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Count, for each pixel center, the sides that a ray to the right crosses; odd is inside."""
    crossings = np.zeros((len(rows), len(columns)), dtype=int)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        spans = (y0 <= rows) != (y1 <= rows)
        if spans.any():
            at = x0 + (rows[spans] - y0) * (x1 - x0) / (y1 - y0)
            crossings[spans] += columns[None, :] < at[:, None]
    return crossings % 2 == 1


Corner = tuple[int, int]  # x, y


def _edges(padded: np.ndarray) -> dict[Corner, list[Corner]]:
    """Return the pixel edges between mask and rest as {from: [to, …]}, the mask on the right hand."""
    ahead: dict[Corner, list[Corner]] = {}

    def add(start: Corner, end: Corner) -> None:
        ahead.setdefault(start, []).append(end)

    for y, x in np.argwhere(padded).tolist():
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
    path = [start]
    while len(path) == 1 or path[-1] != start:
        here = path[-1]
        ends = ahead[here]
        path.append(ends.pop(_right_turn(path[-2] if len(path) > 1 else None, here, ends)))
        if not ends:
            del ahead[here]
    loop = path[:-1]  # the last is the first
    # Index −1 is the last one: what lies before the first.
    turns = [here for place, here in enumerate(loop) if _way(loop[place - 1], here) != _way(here, path[place + 1])]
    return [number for corner in turns for number in corner]


def _right_turn(before: Corner | None, here: Corner, ends: list[Corner]) -> int:
    """Where two pixels meet at a corner only, turn right, which stays at the same pixel."""
    if len(ends) == 1 or before is None:
        return 0
    dx, dy = _way(before, here)
    return next(place for place, end in enumerate(ends) if _way(here, end) == (-dy, dx))


def _way(start: Corner, end: Corner) -> Corner:
    return (end[0] > start[0]) - (end[0] < start[0]), (end[1] > start[1]) - (end[1] < start[1])
