"""Receptive fields on an image: the computed box, the measured one, and what counts in effect."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.data.palette import hex_to_rgb
from segedu.ops.receptive_fields import MeasuredField, ReceptiveField, effective_size
from segedu.viz._display import check_alt, show
from segedu.viz._panels import as_panel
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, PAGE, RULE, line_height, styled

Box = tuple[int, int, int, int]  # top, left, bottom, right, in pixels of the image; ends excluded

_COLORS = {"analytic": "#0072B2", "measured": "#D55E00", "effective": "#F0E442"}
_GAP = 18  # pixels of the page, as all that follow: between the two views
_LEAST_PAGE = 560
_ABOVE_LEGEND = 8


def plot_receptive_field(
    image: Tensor | np.ndarray,
    alt: str | None = None,
    *,
    analytic: ReceptiveField | None = None,
    measured: MeasuredField | None = None,
    effective: Tensor | None = None,
    position: tuple[int, int] | None = None,
    title: str | None = None,
    height: int = 400,
    path: str | Path | None = None,
) -> None:
    """Show what one output cell sees of an image: on the left the whole, on the right enlarged.

    A field that reaches into the padding is drawn beyond the image's border.

    Args:
        image: (3, H, W) or (1, H, W) in [0, 1].
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        analytic: drawn as a dashed blue frame, solid where it is alone; as `receptive_field`
            returns it.
        measured: drawn as an orange frame, with the pixels that count tinted if it has holes; as
            `measured_receptive_field` returns it.
        effective: (H, W), drawn as a yellow glow, the square root of |gradient|; as
            `effective_receptive_field` returns it.
        position: (row, column) of the output cell, by default that of `measured`; `analytic`
            alone needs it.
        title: a sentence over both views.
        height: the largest height of the views, in pixels of the page.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: there is nothing to draw, no position, `effective` has another size than the
            image, or `alt` is too short.

    >>> field = ReceptiveField(size=(3, 3))
    >>> alt = "A 3 × 3 frame on noise."
    >>> plot_receptive_field(torch.rand(3, 16, 20), alt, analytic=field, position=(4, 6))
    """
    check_alt(alt)
    panel = as_panel(image, "image")
    boxes = _boxes(analytic, measured, position)
    if not boxes and effective is None:
        raise ValueError("there is nothing to draw; give analytic=, measured= or effective=.")
    if effective is not None and tuple(effective.shape) != panel.rgb.shape[:2]:
        raise ValueError(
            f"effective has shape {tuple(effective.shape)}, the image {panel.rgb.shape[:2]}; "
            "compute it at the image's size."
        )
    rgb = _tinted(panel.rgb, effective, measured)
    views = _views((0, 0, panel.height, panel.width), boxes, effective)

    with styled():
        sheet = Sheet()
        width = sum(_page_width(view, height) for view in views) + (len(views) - 1) * _GAP
        scale = min(1.0, (PAGE - 2 * MARGIN) / width)
        height = int(height * scale)
        page = max(width + 2 * MARGIN, _LEAST_PAGE)
        y = sheet.title(title, page)
        y = _draw_views(sheet, rgb, views, boxes, y, height)
        y = sheet.legend(_legend_entries(boxes, effective), y + _ABOVE_LEGEND, page)
        show(sheet.finish(page, y), alt, path, crop=False)


def _boxes(
    analytic: ReceptiveField | None,
    measured: MeasuredField | None,
    position: tuple[int, int] | None,
) -> dict[str, Box]:
    """Return the frames to draw, by name."""
    if position is None and measured is not None:
        position = measured.position
    boxes: dict[str, Box] = {}
    if analytic is not None:
        if position is None:
            raise ValueError("position is missing; give the output cell's (row, column) whose field to draw.")
        boxes["analytic"] = analytic.box(position)
    if measured is not None:
        boxes["measured"] = measured.box
    return boxes


def _tinted(
    rgb: np.ndarray,
    effective: Tensor | None,
    measured: MeasuredField | None,
) -> np.ndarray:
    """Return the image (H, W, 3) uint8 grayed, under the colors of the fields.

    A measured field without holes is a frame only; the effective one glows over both.
    """
    gray = rgb.mean(axis=2, keepdims=True) * 0.75 + 45
    picture = np.repeat(gray, 3, axis=2)
    if measured is not None:
        mask = measured.mask.cpu().numpy()
        top, left, bottom, right = measured.box
        if not mask[top:bottom, left:right].all():
            picture[mask] = 0.3 * picture[mask] + 0.7 * _color("measured")
    if effective is not None:
        values = effective.detach().cpu().double().numpy()
        strength = np.sqrt(values / max(values.max(), 1e-30))[..., None]
        picture = picture * (1 - strength) + _color("effective") * strength
    return picture.round().clip(0, 255).astype(np.uint8)


def _color(name: str) -> np.ndarray:
    return hex_to_rgb(_COLORS[name])[0].astype(float)


# ---- Which parts of the image are drawn ----


def _views(image: Box, boxes: dict[str, Box], effective: Tensor | None) -> list[Box]:
    """Return the whole image with all boxes and, if the fields are small, a part around them."""
    whole = _hull([image, *boxes.values()])
    near = _neighborhood(list(boxes.values()) or [_effective_box(effective)], whole)
    is_small = near[2] - near[0] < 0.8 * (whole[2] - whole[0])
    return [whole, near] if is_small else [whole]


def _hull(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around all."""
    tops, lefts, bottoms, rights = zip(*boxes, strict=True)
    return min(tops), min(lefts), max(bottoms), max(rights)


def _effective_box(effective: Tensor | None) -> Box:
    """Return the box of what is above a hundredth of the effective field's greatest value."""
    assert effective is not None
    rows, columns = torch.nonzero(effective > effective.max() / 100, as_tuple=True)
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def _neighborhood(boxes: Sequence[Box], whole: Box) -> Box:
    """Return the boxes' hull with a fifth around, a square if there is room, inside the whole."""
    top, left, bottom, right = _hull(boxes)
    side = round(1.4 * max(bottom - top, right - left)) + 2
    first_row = max(whole[0], (top + bottom) // 2 - side // 2)
    first_column = max(whole[1], (left + right) // 2 - side // 2)
    last_row = min(whole[2], first_row + side)
    last_column = min(whole[3], first_column + side)
    return first_row, first_column, last_row, last_column


def _page_width(view: Box, height: int) -> int:
    """Return how wide a view is on the page if it is `height` high, both in pixels of the page."""
    top, left, bottom, right = view
    return round(height * (right - left) / (bottom - top))


# ---- Drawing ----


def _draw_views(
    sheet: Sheet,
    rgb: np.ndarray,
    views: Sequence[Box],
    boxes: dict[str, Box],
    y: float,
    height: int,
) -> float:
    """Draw the views side by side from y down, two with captions; return the y below them."""
    captions = ["the whole image", "the field, enlarged"] if len(views) > 1 else []
    if captions:
        y += line_height(CAPTION)
    x = float(MARGIN)
    for index, view in enumerate(views):
        width = _page_width(view, height)
        if captions:
            sheet.text(x + width / 2, y - 3, captions[index], va="bottom")
        _draw_image(sheet, rgb, view, (x, y), height)
        _draw_frames(sheet, view, boxes, (x, y), height)
        x += width + _GAP
    return y + height


def _draw_image(
    sheet: Sheet,
    rgb: np.ndarray,
    view: Box,
    corner: tuple[float, float],
    height: int,
) -> None:
    """Draw what `view` shows, `height` pixels high; outside the image it is hatched paper."""
    top, left, bottom, right = view
    x, y = corner
    zoom = height / (bottom - top)
    if top < 0 or left < 0 or bottom > rgb.shape[0] or right > rgb.shape[1]:
        hatched: dict[str, Any] = {"facecolor": "#F2F3F5", "edgecolor": RULE, "hatch": "////"}
        width = _page_width(view, height)
        sheet.rectangle(x, y, width, height, linewidth=0, zorder=-1, **hatched)
    first_row = max(top, 0)
    first_column = max(left, 0)
    part = rgb[first_row:bottom, first_column:right]
    part_x = x + (first_column - left) * zoom
    part_y = y + (first_row - top) * zoom
    part_height, part_width, _ = part.shape
    sheet.image(part, part_x, part_y, part_width * zoom, part_height * zoom, smooth=zoom < 1)


def _draw_frames(
    sheet: Sheet,
    view: Box,
    boxes: dict[str, Box],
    corner: tuple[float, float],
    height: int,
) -> None:
    """Draw the boxes' frames on a view that is `height` pixels high; the analytic one on top."""
    zoom = height / (view[2] - view[0])
    for name, (top, left, bottom, right) in boxes.items():
        frame = (
            corner[0] + (left - view[1]) * zoom,
            corner[1] + (top - view[0]) * zoom,
            (right - left) * zoom,
            (bottom - top) * zoom,
        )
        # Where both are drawn, the solid frame shows between the dashes of the analytic one.
        is_analytic = name == "analytic"
        if is_analytic and len(boxes) > 1:
            linestyle: object = (0, (4, 2.5))
        else:
            linestyle = "solid"
            sheet.rectangle(*frame, edgecolor="white", linewidth=4.5)
        look: dict[str, Any] = {"edgecolor": _COLORS[name], "linestyle": linestyle}
        sheet.rectangle(*frame, linewidth=2.6, zorder=4 if is_analytic else 3, **look)


def _legend_entries(boxes: dict[str, Box], effective: Tensor | None) -> list[tuple[str, str]]:
    entries = []
    for name, (top, left, bottom, right) in boxes.items():
        entries.append((_COLORS[name], f"{name}: {bottom - top} × {right - left}"))
    if effective is not None:
        side = effective_size(effective)
        text = f"effective: 95 % of the gradient within {side} × {side}"
        entries.append((_COLORS["effective"], text))
    return entries
