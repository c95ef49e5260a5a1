"""Pictures in rows: images, label maps and heat maps side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from torch import Tensor

from segedu.viz._display import check_alt, show
from segedu.viz._panels import Panel, as_panel, colormap_rgb, shared_limits
from segedu.viz._picture_sizes import GAP, picture_sizes
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, SMALL, line_height, styled, wrap
from segedu.viz.colors import Colors
from segedu.viz.labels import legend_entries

# (low, high); "each": a map's own values; None: what maps of one kind share
Scale = tuple[float, float] | Literal["each"] | None

_LEAST_PAGE = 480  # pixels: width of a page with a title or a legend
_BAR = 10  # pixels: height of a color bar
_ABOVE_BAR = 6
_BELOW_BAR = 2  # to its numbers


def show_row(
    images: Sequence[Tensor | np.ndarray],
    titles: Sequence[str],
    alt: str | None = None,
    *,
    title: str | None = None,
    colors: Colors = None,
    classes: Sequence[str] | None = None,
    columns: int | None = None,
    limits: Scale | list[Scale] = None,
    colorbar: bool = False,
    same_scale: bool = False,
    height: int = 300,
    ignore_index: int = 255,
    path: str | Path | None = None,
) -> None:
    """Show pictures side by side, each below its caption and, with `title`, all below a sentence.

    What a picture is follows from its array: (3, H, W) or (1, H, W) float in [0, 1] is an image;
    (H, W) of floats a heat map, in viridis, or blue-white-red around zero if it has negative
    values; (H, W) of integers or booleans a label map, its void hatched.

    Args:
        images: the arrays.
        titles: one caption per picture, "" for none.
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over all pictures.
        colors: of the classes, (C, 3) uint8 or "#RRGGBB"; None takes the course's default colors.
        classes: the classes' names; those that occur then stand in a legend.
        columns: how many pictures stand in a row; None puts all into one.
        limits: (low, high), the values at the ends of the heat maps' colors. None: maps of one kind,
            those from zero up and those with negative values, share the smallest and the largest of
            them all, so that equal colors are equal values; "each": every map has its own. A list has one
            of these per picture: `["each", None, None]` where two of three maps are to be compared.
        colorbar: draw the scale below each heat map.
        same_scale: give a pixel the same size in every picture, so that a 64 × 64 map is half as
            large as a 128 × 128 one; otherwise all are equally high.
        height: the largest height of a picture on the page, in pixels.
        ignore_index: the label of void pixels.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: a caption or a scale is missing, an array has another shape, an image is outside [0, 1],
            a label has no color or no name, or `alt` is too short.

    >>> import torch
    >>> pictures = [torch.rand(3, 5, 7), torch.eye(5, 7)]
    >>> show_row(pictures, ["noise", "eye"], alt="A noise image and a bright diagonal.")
    """
    check_alt(alt)
    if len(images) != len(titles) or not images:
        raise ValueError(
            f"{len(images)} images come with {len(titles)} titles; give one caption per image, '' for none."
        )
    panels = _panels(images, titles, colors, ignore_index, limits)
    label_maps = [panel.labels for panel in panels if panel.labels is not None]
    entries = legend_entries(label_maps, classes, colors, ignore_index) if classes else []
    columns = min(columns or len(panels), len(panels))
    sizes = picture_sizes(panels, columns, height, same_scale)
    rows = [slice(start, start + columns) for start in range(0, len(panels), columns)]

    with styled():
        sheet = Sheet()
        widest = max(sum(width for width, _ in sizes[row]) for row in rows)
        least = _LEAST_PAGE if title or entries else 0
        page = max(widest + (columns - 1) * GAP + 2 * MARGIN, least)
        y = sheet.title(title, page)
        for row in rows:
            y = _draw_row(sheet, panels[row], titles[row], sizes[row], y, colorbar)
        y = sheet.legend(entries, y, page)
        show(sheet.finish(page, y), alt, path, crop=False)


def _panels(
    images: Sequence[Tensor | np.ndarray],
    titles: Sequence[str],
    colors: Colors,
    ignore_index: int,
    limits: Scale | list[Scale],
) -> list[Panel]:
    """Return the pictures, heat maps on the scale that `limits` asks for."""
    scales = limits if isinstance(limits, list) else [limits] * len(images)
    if len(scales) != len(images):
        raise ValueError(f"limits has {len(scales)} entries for {len(images)} pictures; give one per picture.")
    sharing = [image for image, scale in zip(images, scales, strict=True) if scale is None]
    unsigned, signed = shared_limits(sharing)
    of_kind = {"viridis": unsigned, "RdBu_r": signed}

    panels = []
    for image, name, scale in zip(images, titles, scales, strict=True):
        own = None if scale == "each" else scale
        panel = as_panel(image, name or "image", colors, ignore_index, own)
        if scale is None and panel.colormap:
            panel = as_panel(image, name or "image", limits=of_kind[panel.colormap])
        panels.append(panel)
    return panels


def _draw_row(
    sheet: Sheet,
    panels: Sequence[Panel],
    captions: Sequence[str],
    sizes: Sequence[tuple[int, int]],
    y: float,
    colorbar: bool,
) -> float:
    """Draw captions, pictures and color bars from y down; return the y below them, in pixels."""
    lines = [
        wrap(caption, width + GAP, CAPTION)  # may use the gap to the next one
        for caption, (width, _) in zip(captions, sizes, strict=True)
    ]
    if any(captions):
        y += max(map(len, lines)) * line_height(CAPTION)
    tallest = max(height for _, height in sizes)
    has_bar = colorbar and any(panel.colormap for panel in panels)

    x = float(MARGIN)
    for panel, caption, (width, height) in zip(panels, lines, sizes, strict=True):
        sheet.text(x + width / 2, y - 3, "\n".join(caption), va="bottom")
        top = y + (tallest - height) // 2
        is_averaged = width < panel.width and panel.labels is None
        sheet.image(panel.rgb, x, top, width, height, smooth=is_averaged)
        if colorbar and panel.colormap:
            _draw_color_bar(sheet, panel, x, y + tallest + _ABOVE_BAR, width)
        x += width + GAP

    below = y + tallest + MARGIN
    if has_bar:
        below += _BAR + _ABOVE_BAR + _BELOW_BAR + line_height(SMALL)
    return below


def _draw_color_bar(sheet: Sheet, panel: Panel, x: float, y: float, width: float) -> None:
    """Draw a heat map's colors from (x, y) to the right, with the values at both ends and zero."""
    assert panel.colormap is not None
    assert panel.limits is not None
    low, high = panel.limits
    ramp = colormap_rgb(np.linspace(low, high, 128)[None], panel.colormap, panel.limits)
    sheet.image(ramp, x, y, width, _BAR)
    below = y + _BAR + _BELOW_BAR
    sheet.text(x, below, f"{low:.3g}", SMALL, ha="left")
    sheet.text(x + width, below, f"{high:.3g}", SMALL, ha="right")
    if low < 0 < high:
        zero = x + width * -low / (high - low)
        sheet.text(zero, below, "0", SMALL)
