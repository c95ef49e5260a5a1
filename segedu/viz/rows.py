"""Pictures in a row: images, label maps and heat maps side by side, and windows drawn on an image."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from segedu.viz._display import check_alt, show
from segedu.viz._labels import Colors, legend_entries
from segedu.viz._panels import Panel, as_panel, colormap_rgb
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, PAGE, SMALL, TAP_COLORS, line_height, styled, wrap

Box = tuple[int, int, int, int]
_GAP, _BAR = 12, 10  # pixels between pictures; height of a color bar


def show_row(
    images: Sequence[Tensor | np.ndarray],
    titles: Sequence[str],
    alt: str,
    *,
    title: str | None = None,
    colors: Colors = None,
    classes: Sequence[str] | None = None,
    columns: int | None = None,
    limits: tuple[float, float] | None = None,
    colorbar: bool = False,
    same_scale: bool = False,
    height: int = 300,
    ignore_index: int = 255,
    path: str | Path | None = None,
) -> None:
    """Show pictures side by side, each with a short caption above it and, with `title`, a sentence over all.

    What a picture is follows from its array: (3, H, W) or (1, H, W) float in [0, 1] is an image; (H, W) of floats a
    heat map (viridis; blue-white-red around zero if it has negative values; `limits` = (low, high) fixes the scale);
    (H, W) of integers or booleans a label map in `colors` (C, 3), void hatched. With `classes` the classes that occur
    stand in a legend.

    `columns` breaks the row; `colorbar` draws the scale below each heat map; `same_scale` gives a pixel the same size
    in every picture (so a 64 × 64 map is half as large as a 128 × 128 one) where otherwise all are equally high;
    `height` is the largest height of a picture on the page, in pixels; `path` also writes the PNG to a file.

    Raises ValueError for a missing caption, an array of another shape, an image outside [0, 1], too short an `alt`.

    >>> import torch
    >>> show_row([torch.rand(3, 5, 7), torch.eye(5, 7)], ["noise", "eye"], alt="A noise image and a bright diagonal.")
    """
    check_alt(alt)
    if len(images) != len(titles) or not images:
        raise ValueError(
            f"{len(images)} images come with {len(titles)} titles; give one caption per image, '' for none."
        )
    named = zip(images, titles, strict=True)
    panels = [as_panel(image, name or "image", colors, ignore_index, limits) for image, name in named]
    maps = [panel.labels for panel in panels if panel.labels is not None]
    entries = legend_entries(maps, list(classes), colors, ignore_index) if classes else []
    columns = min(columns or len(panels), len(panels))
    sizes = _sizes(panels, columns, height, same_scale)
    with styled():
        sheet = Sheet()
        widths = [sum(width for width, _ in sizes[i : i + columns]) for i in range(0, len(panels), columns)]
        page = max(max(widths) + (columns - 1) * _GAP + 2 * MARGIN, 480 if title or entries else 0)
        y = sheet.title(title, page)
        for i in range(0, len(panels), columns):
            chosen = slice(i, i + columns)
            y = _draw_row(sheet, panels[chosen], titles[chosen], sizes[chosen], y, colorbar)
        y = sheet.legend(entries, y, page)
        show(sheet.finish(page, y), alt, path, crop=False)


def draw_windows(
    image: Tensor | np.ndarray,
    boxes: Sequence[Box],
    alt: str,
    *,
    labels: Sequence[str] | None = None,
    title: str | None = None,
    colors: Colors = None,
    height: int = 420,
    ignore_index: int = 255,
    path: str | Path | None = None,
) -> None:
    """Show an image (or heat map, or label map) with windows drawn on it, each (top, left, height, width) in pixels.

    `labels` names the windows in a legend; the other arguments are those of `show_row`.

    Raises ValueError if a window has no size or a label is missing.

    >>> import torch
    >>> draw_windows(torch.rand(3, 5, 7), [(1, 2, 3, 3)], alt="A noise image with one window of 3 × 3 pixels.")
    """
    check_alt(alt)
    if labels is not None and len(labels) != len(boxes):
        raise ValueError(f"{len(boxes)} windows come with {len(labels)} labels; give one label per window, or none.")
    panel = as_panel(image, "image", colors, ignore_index, None)
    ((width, shown),) = _sizes([panel], 1, height, same_scale=False)
    with styled():
        sheet = Sheet()
        page = max(width + 2 * MARGIN, 480 if title or labels else 0)
        y = sheet.title(title, page)
        sheet.image(panel.rgb, MARGIN, y, width, shown, smooth=width < panel.width)
        for box, color in zip(boxes, _repeated(len(boxes)), strict=True):
            _window(sheet, box, (MARGIN, y), shown / panel.height, color)
        entries = list(zip(_repeated(len(boxes)), labels or (), strict=False))
        y = sheet.legend(entries, y + shown + 10, page) if entries else y + shown + MARGIN
        show(sheet.finish(page, y), alt, path, crop=False)


def _sizes(panels: Sequence[Panel], columns: int, height: int, same_scale: bool) -> list[tuple[int, int]]:
    """Return each picture's (width, height) on the page: as large as fits, whole-numbered zoom for small equal ones."""
    rows = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    room = [PAGE - 2 * MARGIN - (len(row) - 1) * _GAP for row in rows]
    tallest = max(panel.height for panel in panels)
    share = [1.0 if same_scale else tallest / panel.height for panel in panels]  # so that all become equally high
    wide = [sum(panel.width * tallest / (tallest if same_scale else panel.height) for panel in row) for row in rows]
    zoom = min(height / tallest, *(pixels / width for pixels, width in zip(room, wide, strict=True)))
    if zoom >= 1 and (same_scale or all(panel.height == tallest for panel in panels)):
        zoom = int(zoom)
    return [
        (round(panel.width * zoom * s), round(panel.height * zoom * s)) for panel, s in zip(panels, share, strict=True)
    ]


def _draw_row(
    sheet: Sheet,
    panels: Sequence[Panel],
    captions: Sequence[str],
    sizes: Sequence[tuple[int, int]],
    y: float,
    colorbar: bool,
) -> float:
    """Draw captions, pictures and color bars from y down; return the y below them."""
    lines = [wrap(text, width + _GAP, CAPTION) for text, (width, _) in zip(captions, sizes, strict=True)]
    head = max(len(line) for line in lines) * line_height(CAPTION) if any(captions) else 0
    tallest, x = max(height for _, height in sizes), float(MARGIN)
    has_bar = colorbar and any(panel.colormap for panel in panels)
    for panel, text, (width, height) in zip(panels, lines, sizes, strict=True):
        sheet.text(x + width / 2, y + head - 3, "\n".join(text), va="bottom")
        top = y + head + (tallest - height) // 2
        sheet.image(panel.rgb, x, top, width, height, smooth=width < panel.width and panel.labels is None)
        if has_bar and panel.colormap:
            _color_bar(sheet, panel, x, y + head + tallest + 6, width)
        x += width + _GAP
    return y + head + tallest + (_BAR + 8 + line_height(SMALL) if has_bar else 0) + MARGIN


def _color_bar(sheet: Sheet, panel: Panel, x: float, y: float, width: float) -> None:
    assert panel.colormap is not None
    assert panel.limits is not None
    low, high = panel.limits
    ramp = colormap_rgb(np.linspace(low, high, 128)[None], panel.colormap, panel.limits)
    sheet.image(ramp, x, y, width, _BAR)
    sheet.text(x, y + _BAR + 2, f"{low:.3g}", SMALL, ha="left")
    sheet.text(x + width, y + _BAR + 2, f"{high:.3g}", SMALL, ha="right")
    if low < 0 < high:
        sheet.text(x + width * -low / (high - low), y + _BAR + 2, "0", SMALL)


def _window(sheet: Sheet, box: Box, corner: tuple[float, float], zoom: float, color: str) -> None:
    top, left, height, width = box
    if height <= 0 or width <= 0:
        raise ValueError(f"window {box} has no size; give (top, left, height, width) with height and width above 0.")
    x, y = corner[0] + left * zoom, corner[1] + top * zoom
    sheet.rectangle(x, y, width * zoom, height * zoom, edgecolor="white", linewidth=4.5)
    sheet.rectangle(x, y, width * zoom, height * zoom, edgecolor=color, linewidth=2.5)


def _repeated(count: int) -> list[str]:
    """The windows' colors: taps in an order that stays apart on a photograph."""
    order = (TAP_COLORS[4], TAP_COLORS[0], TAP_COLORS[1], TAP_COLORS[2], TAP_COLORS[3], TAP_COLORS[5])
    return [order[i % len(order)] for i in range(count)]
