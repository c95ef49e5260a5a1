"""Windows drawn on an image."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from segedu.viz._display import check_alt, show
from segedu.viz._panels import as_panel
from segedu.viz._picture_sizes import picture_sizes
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import styled
from segedu.viz.colors import TAP_COLORS, Colors

Window = tuple[int, int, int, int]  # top, left, height, width, in pixels of the image

_LEAST_PAGE = 480  # pixels: width of a page with a title or a legend
_ABOVE_LEGEND = 10  # pixels
_COLORS = tuple(TAP_COLORS[tap] for tap in (4, 0, 1, 2, 3, 5))  # stay apart on a photograph


def draw_windows(
    image: Tensor | np.ndarray,
    boxes: Sequence[Window],
    alt: str | None = None,
    *,
    labels: Sequence[str] | None = None,
    title: str | None = None,
    colors: Colors = None,
    height: int = 420,
    ignore_index: int = 255,
    path: str | Path | None = None,
) -> None:
    """Show an image, heat map or label map with windows drawn on it.

    Args:
        image: (3, H, W), (1, H, W) or (H, W), as for `show_row`, as are the arguments that are
            not described here.
        boxes: one (top, left, height, width) per window, in pixels of the image.
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        labels: one name per window; they then stand in a legend.
        height: the largest height of the image on the page, in pixels.

    Raises:
        ValueError: a window has no size, a label is missing, or `alt` is too short.

    >>> import torch
    >>> draw_windows(torch.rand(3, 5, 7), [(1, 2, 3, 3)], alt="A noise image with one window.")
    """
    check_alt(alt)
    if labels is not None and len(labels) != len(boxes):
        raise ValueError(f"{len(boxes)} windows come with {len(labels)} labels; give one label per window, or none.")
    panel = as_panel(image, "image", colors, ignore_index)
    ((width, height),) = picture_sizes([panel], 1, height, same_scale=False)
    window_colors = [_COLORS[index % len(_COLORS)] for index in range(len(boxes))]

    with styled():
        sheet = Sheet()
        page = max(width + 2 * MARGIN, _LEAST_PAGE if title or labels else 0)
        y = sheet.title(title, page)
        sheet.image(panel.rgb, MARGIN, y, width, height, smooth=width < panel.width)
        for box, color in zip(boxes, window_colors, strict=True):
            _draw_window(sheet, box, (MARGIN, y), height / panel.height, color)
        y += height
        if labels:
            entries = list(zip(window_colors, labels, strict=True))
            y = sheet.legend(entries, y + _ABOVE_LEGEND, page)
        else:
            y += MARGIN
        show(sheet.finish(page, y), alt, path, crop=False)


def _draw_window(
    sheet: Sheet,
    box: Window,
    corner: tuple[float, float],
    zoom: float,
    color: str,
) -> None:
    """Draw a window's frame, on white so that it is seen on any image.

    `corner` is the image's (x, y) on the page, `zoom` the page's pixels per pixel of the image.
    """
    top, left, height, width = box
    if height <= 0 or width <= 0:
        raise ValueError(f"window {box} has no size; give (top, left, height, width) with height and width above 0.")
    frame = (corner[0] + left * zoom, corner[1] + top * zoom, width * zoom, height * zoom)
    sheet.rectangle(*frame, edgecolor="white", linewidth=4.5)
    sheet.rectangle(*frame, edgecolor=color, linewidth=2.5)
