"""Where boxes and key points come to lie when their image is cut, resized, mirrored or warped.

Points are x, y in pixels. A box's corners lie on pixel edges (0 to W), a key point on pixel centers
(0 to W − 1), as torchvision has them.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

ALONG = 4  # points that are followed along each side of a box when it is bent


class Window(NamedTuple):
    """A part of an image, in pixels; it may reach beyond the image, so that top or left is negative."""

    top: int
    left: int
    height: int
    width: int


PLACES = (tv_tensors.BoundingBoxes, tv_tensors.KeyPoints)  # what this file moves


def place_in_window(value: Tensor, window: Window, size: tuple[int, int], flipped: bool) -> Tensor:
    """Return boxes or points as they lie in a window that was resized to `size`, then mirrored if `flipped`.

    Boxes are cut off at the border; points beyond it keep their places there.
    """

    def move(edges: Tensor) -> Tensor:
        start = torch.tensor([window.left, window.top], dtype=edges.dtype)
        scale = torch.tensor([size[1] / window.width, size[0] / window.height], dtype=edges.dtype)
        moved = (edges - start) * scale
        if flipped:
            moved[..., 0] = size[1] - moved[..., 0]
        return moved

    if isinstance(value, tv_tensors.KeyPoints):
        return _moved_points(value, move, size)
    return _moved_boxes(value, move, size)


def warp_places(value: Tensor, field: Tensor) -> Tensor:
    """Return boxes or points where a warp takes them; a box becomes the box around what it became.

    field: the displacement (1, H, W, 2) of `warp_field`, which says where each pixel looks.
    """
    source = _sources(field)

    def move(edges: Tensor) -> Tensor:
        points = edges.reshape(-1, 2).double() - 0.5  # pixel centers
        moved = [_looks_at(source, point) for point in points]
        return (torch.stack(moved) + 0.5).view(edges.shape).to(edges.dtype) if moved else edges

    size = (field.shape[1], field.shape[2])
    if isinstance(value, tv_tensors.KeyPoints):
        return _moved_points(value, move, size)
    return _moved_boxes(value, move, size)


def _moved_points(points, move, size: tuple[int, int]) -> tv_tensors.KeyPoints:  # type: ignore[no-untyped-def]
    """Return key points (…, 2) moved by a function of pixel edges."""
    edges = points.as_subclass(Tensor).float() + 0.5
    return tv_tensors.KeyPoints(move(edges) - 0.5, canvas_size=size)


def _moved_boxes(boxes, move, size: tuple[int, int]) -> tv_tensors.BoundingBoxes:  # type: ignore[no-untyped-def]
    """Return the boxes around the moved outlines of boxes, within the image, in the format that they had."""
    corners = v2.functional.convert_bounding_box_format(
        boxes.as_subclass(Tensor).float(), boxes.format, tv_tensors.BoundingBoxFormat.XYXY
    )
    outline = move(_outline(corners))  # (K, points, 2)
    moved = torch.cat([outline.amin(dim=1), outline.amax(dim=1)], dim=-1)
    moved = torch.minimum(moved.clamp(min=0), torch.tensor([size[1], size[0]] * 2))
    result = tv_tensors.BoundingBoxes(moved, format=tv_tensors.BoundingBoxFormat.XYXY, canvas_size=size)
    return v2.functional.convert_bounding_box_format(result, new_format=boxes.format)


def _outline(corners: Tensor) -> Tensor:
    """Return points along the sides of boxes (K, 4), their corners among them: (K, 4 · ALONG, 2)."""
    left, top, right, bottom = corners.unbind(dim=-1)
    along = torch.arange(ALONG) / ALONG
    turn = torch.stack([along, torch.ones(ALONG), 1 - along, torch.zeros(ALONG)])  # (4, ALONG), around a unit square
    x = turn.flatten()
    y = turn.roll(1, dims=0).flatten()
    across = left[:, None] + x * (right - left)[:, None]
    down = top[:, None] + y * (bottom - top)[:, None]
    return torch.stack([across, down], dim=-1)


def _sources(field: Tensor) -> Tensor:
    """Return the pixel, x and y, at which each pixel of the result looks: float64 (H, W, 2)."""
    height, width = field.shape[1:3]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([x, y], dim=-1) + field[0].double() * torch.tensor([width, height]) / 2


def _looks_at(source: Tensor, point: Tensor) -> Tensor:
    """Return the place (2,) of the result that looks at a point of the source: the nearest pixel, then one Newton step.

    The step makes a rotation exact, beyond the border too.
    """
    height, width = source.shape[:2]
    nearest = int((source - point).square().sum(dim=-1).argmin())
    row, column = divmod(nearest, width)
    place = torch.tensor([column, row], dtype=torch.float64)
    if height < 2 or width < 2:
        return place + point - source[row, column]

    # How the source changes from this pixel to its neighbors, at the last ones to those before.
    top = min(row, height - 2)
    left = min(column, width - 2)
    by_x = source[top, left + 1] - source[top, left]
    by_y = source[top + 1, left] - source[top, left]
    slope = torch.stack([by_x, by_y], dim=-1)  # (2, 2)
    return place + torch.linalg.lstsq(slope, (point - source[row, column])[:, None]).solution[:, 0]
