"""How large pictures in rows become on the page."""

from collections.abc import Sequence

from segedu.viz._panels import Panel
from segedu.viz._sheet import MARGIN
from segedu.viz._style import PAGE

GAP = 12  # pixels of the page between two pictures


def picture_sizes(
    panels: Sequence[Panel],
    columns: int,
    height: int,
    same_scale: bool,
) -> list[tuple[int, int]]:
    """Return each picture's (width, height) on the page, in whole pixels of the page.

    All pictures share one zoom: page pixels per pixel of the tallest picture, as large as `height`
    and the page's width allow. From 1 on it is a whole number if all have the same scale, so that
    small pictures stay crisp.

    Args:
        panels: the pictures, row after row, at least one.
        columns: how many of them stand in a full row.
        height: the largest height of a picture on the page, in pixels.
        same_scale: whether a pixel is equally large in all; otherwise all are equally high.
    """
    tallest = max(panel.height for panel in panels)

    # Widths before the zoom, where equally high pictures are as high as the tallest one.
    if same_scale:
        stretches = [1.0] * len(panels)
        widths: list[float] = [panel.width for panel in panels]
    else:
        stretches = [tallest / panel.height for panel in panels]
        widths = [panel.width * tallest / panel.height for panel in panels]

    # The zoom at which the tallest picture and the widest row fit.
    zoom = height / tallest
    for start in range(0, len(panels), columns):
        row = widths[start : start + columns]
        zoom = min(zoom, page_room(len(row)) / sum(row))
    if zoom >= 1 and all(stretch == 1 for stretch in stretches):
        zoom = int(zoom)

    return [
        (round(panel.width * zoom * stretch), round(panel.height * zoom * stretch))
        for panel, stretch in zip(panels, stretches, strict=True)
    ]


def page_room(count: int) -> int:
    """Return the pixels of the page's width that `count` pictures in a row share."""
    return PAGE - 2 * MARGIN - (count - 1) * GAP
