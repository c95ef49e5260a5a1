"""Receptive fields on an image: the computed box, the measured one, and what counts in effect."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from segedu.data.palette import hex_to_rgb
from segedu.ops.receptive_fields import MeasuredField, ReceptiveField, effective_size
from segedu.viz._display import check_alt, show
from segedu.viz._panels import as_panel
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, PAGE, line_height, styled

Box = tuple[int, int, int, int]  # top, left, bottom, right; ends excluded
_ANALYTIC, _MEASURED, _EFFECTIVE = "#0072B2", "#D55E00", "#F0E442"
_GAP = 18


def plot_receptive_field(
    image: Tensor | np.ndarray,
    alt: str,
    *,
    analytic: ReceptiveField | None = None,
    measured: MeasuredField | None = None,
    effective: Tensor | None = None,
    position: tuple[int, int] | None = None,
    title: str | None = None,
    height: int = 400,
    path: str | Path | None = None,
) -> None:
    """Show what one output cell sees of an image (3, H, W) or (1, H, W): on the left the whole, on the right enlarged.

    `analytic` is drawn as a dashed blue frame, `measured` as an orange one with the pixels that count tinted if it has
    holes, `effective` (H, W) as a yellow glow, the square root of |gradient|; each as the functions of `segedu.ops`
    return it. `position` (row, column) is the output cell, by default that of `measured`; `analytic` alone needs it.
    A field that reaches into the padding is drawn beyond the image's border.

    Raises ValueError if there is nothing to draw, no position, or `effective` has another size than the image.

    >>> field = ReceptiveField(size=(3, 3))
    >>> plot_receptive_field(torch.rand(3, 16, 20), "A 3 × 3 frame on noise.", analytic=field, position=(4, 6))
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
    rgb = _glow(panel.rgb, effective, measured)
    whole = _hull([(0, 0, panel.height, panel.width), *boxes.values()])
    near = _neighborhood(list(boxes.values()) or [_effective_box(effective)], whole)
    views = [whole, near] if (near[2] - near[0]) < 0.8 * (whole[2] - whole[0]) else [whole]
    with styled():
        sheet = Sheet()
        width = sum(_shown_width(view, height) for view in views) + (len(views) - 1) * _GAP + 2 * MARGIN
        scale = min(1.0, (PAGE - 2 * MARGIN) / (width - 2 * MARGIN))
        shown, x, page = int(height * scale), float(MARGIN), max(width, 560)
        y = sheet.title(title, page) + (line_height(CAPTION) if len(views) > 1 else 0)
        for view, name in zip(views, ("the whole image", "the field, enlarged"), strict=False):
            if len(views) > 1:
                sheet.text(x + _shown_width(view, shown) / 2, y - 3, name, va="bottom")
            _draw_view(sheet, rgb, view, boxes, (x, y), shown)
            x += _shown_width(view, shown) + _GAP
        y = sheet.legend(_entries(boxes, effective), y + shown + 8, page)
        show(sheet.finish(page, y), alt, path, crop=False)


def _boxes(
    analytic: ReceptiveField | None, measured: MeasuredField | None, position: tuple[int, int] | None
) -> dict[str, Box]:
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


def _glow(rgb: np.ndarray, effective: Tensor | None, measured: MeasuredField | None) -> np.ndarray:
    """Return the image grayed, under the colors of the effective field and of a measured field with holes."""
    gray = rgb.mean(axis=2, keepdims=True) * 0.75 + 45
    picture = np.repeat(gray, 3, axis=2)
    if measured is not None:
        mask = measured.mask.cpu().numpy()
        top, left, bottom, right = measured.box
        if not mask[top:bottom, left:right].all():
            picture[mask] = 0.3 * picture[mask] + 0.7 * _rgb(_MEASURED)
    if effective is not None:
        values = effective.detach().cpu().double().numpy()
        strength = np.sqrt(values / max(values.max(), 1e-30))[..., None]
        picture = picture * (1 - strength) + _rgb(_EFFECTIVE) * strength
    return picture.round().clip(0, 255).astype(np.uint8)


def _rgb(color: str) -> np.ndarray:
    return hex_to_rgb(color)[0].astype(float)


def _hull(boxes: list[Box]) -> Box:
    tops, lefts, bottoms, rights = zip(*boxes, strict=True)
    return min(tops), min(lefts), max(bottoms), max(rights)


def _effective_box(effective: Tensor | None) -> Box:
    """Return the rows and columns in which the effective field is above a hundredth of its greatest value."""
    assert effective is not None
    rows, columns = torch.nonzero(effective > effective.max() / 100, as_tuple=True)
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def _neighborhood(boxes: list[Box], whole: Box) -> Box:
    """Return the boxes' hull with a margin of a fifth, as a square where there is room, inside the whole view."""
    top, left, bottom, right = _hull(boxes)
    side = round(1.4 * max(bottom - top, right - left)) + 2
    rows, columns = (top + bottom) // 2, (left + right) // 2
    low = (max(whole[0], rows - side // 2), max(whole[1], columns - side // 2))
    return low[0], low[1], min(whole[2], low[0] + side), min(whole[3], low[1] + side)


def _shown_width(view: Box, height: int) -> int:
    return round(height * (view[3] - view[1]) / (view[2] - view[0]))


def _draw_view(
    sheet: Sheet, rgb: np.ndarray, view: Box, boxes: dict[str, Box], corner: tuple[float, float], height: int
) -> None:
    """Draw the part of the image inside `view` (what lies outside the image is hatched paper) and the frames on it."""
    top, left, bottom, right = view
    (x, y), zoom, width = corner, height / (bottom - top), _shown_width(view, height)
    if top < 0 or left < 0 or bottom > rgb.shape[0] or right > rgb.shape[1]:
        sheet.rectangle(
            x, y, width, height, facecolor="#F2F3F5", edgecolor="#C9CDD2", hatch="////", linewidth=0, zorder=-1
        )
    inside = (max(top, 0), max(left, 0), min(bottom, rgb.shape[0]), min(right, rgb.shape[1]))
    part = rgb[inside[0] : inside[2], inside[1] : inside[3]]
    place = (x + (inside[1] - left) * zoom, y + (inside[0] - top) * zoom)
    sheet.image(part, *place, part.shape[1] * zoom, part.shape[0] * zoom, smooth=zoom < 1)
    for name, box in boxes.items():
        frame = (
            x + (box[1] - left) * zoom,
            y + (box[0] - top) * zoom,
            (box[3] - box[1]) * zoom,
            (box[2] - box[0]) * zoom,
        )
        dashed = (0, (4, 2.5)) if name == "analytic" and len(boxes) > 1 else "solid"
        if dashed == "solid":
            sheet.rectangle(*frame, edgecolor="white", linewidth=4.5)
        color = _ANALYTIC if name == "analytic" else _MEASURED
        sheet.rectangle(*frame, edgecolor=color, linewidth=2.6, linestyle=dashed, zorder=3 + (name == "analytic"))


def _entries(boxes: dict[str, Box], effective: Tensor | None) -> list[tuple[str, str]]:
    sizes = {name: f"{box[2] - box[0]} × {box[3] - box[1]}" for name, box in boxes.items()}
    entries = [(_ANALYTIC if name == "analytic" else _MEASURED, f"{name}: {size}") for name, size in sizes.items()]
    if effective is not None:
        side = effective_size(effective)
        entries.append((_EFFECTIVE, f"effective: 95 % of the gradient within {side} × {side}"))
    return entries
