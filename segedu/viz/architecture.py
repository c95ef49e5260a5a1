"""Architecture figures drawn from the shapes that the model itself computes."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from segedu.ops.trace.maps import FeatureMap, trace_feature_maps
from segedu.viz._boxes import LABEL, Arrow, Box, lay_out, operations
from segedu.viz._display import check_alt, show
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import (
    FADED,
    INK,
    MAP_EDGE,
    MAP_FILL,
    MAP_INPUT,
    PAPER,
    SMALL,
    line_height,
    styled,
    text_width,
)

_ARROWS = {
    "conv": "#0072B2",
    "strided": "#0B2A4A",  # a convolution too, but darker
    "project": "#7A6FAC",
    "pool": "#D55E00",
    "up": "#009E73",
    "linear": "#8C510A",
    "join": "#8A9099",
    "add": "#8A9099",
}
_LEAST_PAGE = 700  # pixels of the page, as all that follow
_STACK = (6, 3)  # how far the boxes behind the first one of a stack are moved up and right
_LEGEND_ARROW = 30
_BEFORE_NAME = 8  # between arrow and name in the legend
_AFTER_NAME = 20


def draw_architecture(
    model: nn.Module,
    input_size: tuple[int, int, int, int],
    alt: str | None = None,
    *,
    title: str | None = None,
    path: str | Path | None = None,
) -> None:
    """Show a model's feature maps as boxes and its operations as arrows between them.

    A box's height is the map's height, its width the logarithm of its channels. Channels stand
    above a box, height × width (or height² if square) below it, where they differ from the box
    before. A network that goes down and up again is drawn as a U with its skip connections, any
    other as a row from left to right; the white part of a box is what a skip connection copied.
    Everything is read off one pass through the code; the model isn't changed.

    Args:
        model: any module; its forward takes one tensor.
        input_size: the full shape (N, C, H, W) of this tensor.
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over the figure; without it the shapes and the number of parameters.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: the model refuses that shape, or `alt` is too short.

    >>> model = nn.Conv2d(3, 8, 3)
    >>> draw_architecture(model, (1, 3, 32, 32), alt="One convolution from 3 to 8 channels.")
    """
    check_alt(alt)
    maps = trace_feature_maps(model, input_size)
    boxes, arrows = lay_out(maps)
    left = min(min(box.x, box.center - _label_width(box) / 2) for box in boxes)
    right = max(max(box.right, box.center + _label_width(box) / 2) for box in boxes)
    page = max(right - left + 2 * MARGIN, _LEAST_PAGE)

    with styled():
        sheet = Sheet()
        y = sheet.title(title or _sentence(model, maps), page) + _arc_room(boxes, arrows)
        for box in boxes:
            box.x += (page - (right - left)) / 2 - left
            box.y += y
        _draw(sheet, boxes, arrows)
        y = max(box.bottom for box in boxes) + LABEL + 12
        y = _draw_legend(sheet, operations(arrows), y, page)
        if any(box.copies > 1 for box in boxes):
            y = _draw_note(sheet, y)
        show(sheet.finish(page, y + 4), alt, path, crop=False)


def _sentence(model: nn.Module, maps: Sequence[FeatureMap]) -> str:
    output = f"{maps[-1].channels} numbers" if maps[-1].kind == "linear" else _shape(maps[-1])
    parameters = sum(parameter.numel() for parameter in model.parameters())
    name = type(model).__name__
    return f"{name} turns {_shape(maps[0])} into {output} with {parameters:,} parameters"


def _shape(feature_map: FeatureMap) -> str:
    height, width = feature_map.size
    return f"{feature_map.channels} × {height} × {width}"


def _label_width(box: Box) -> float:
    """Return the pixels that a box's labels may take: channels, size, and "input" or "output"."""
    return max(text_width(text, SMALL) for text in (box.channels_text, box.size_text, "output"))


def _draw(sheet: Sheet, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> None:
    for arrow in arrows:
        _draw_arrow(sheet, boxes, arrow)
    last = len(boxes) - 1
    for index, box in enumerate(boxes):
        _draw_box(sheet, box)
        if index in (0, last):
            name = "input" if index == 0 else "output"
            above = _top(box) - 3 - LABEL
            sheet.text(box.center, above, name, SMALL, va="bottom", color=FADED)


# ---- Boxes ----


def _draw_box(sheet: Sheet, box: Box) -> None:
    """Draw a map, in white what skip connections copied, and behind it the others of its stack."""
    fill = MAP_INPUT if box.map.kind == "input" else MAP_FILL
    if box.copies > 1:
        for shift in _STACK:
            corner = (box.x + shift, box.y - shift)
            sheet.rectangle(*corner, box.width, box.height, facecolor=fill, edgecolor=MAP_EDGE)
    frame = (box.x, box.y, box.width, box.height)
    sheet.rectangle(*frame, facecolor=fill, edgecolor="none")
    for x, width in _copied_parts(box):
        sheet.rectangle(x, box.y, width, box.height, facecolor=PAPER, edgecolor=MAP_EDGE)
    sheet.rectangle(*frame, edgecolor=MAP_EDGE, linewidth=1.2)
    sheet.text(box.center, _top(box) - 3, box.channels_text, SMALL, va="bottom")
    if box.labeled:
        sheet.text(box.center, box.bottom + 3, box.size_text, SMALL, color=FADED)


def _top(box: Box) -> float:
    """Return the y of a box's upper edge; a stack rises above its first box."""
    return box.y - max(_STACK) if box.copies > 1 else box.y


def _copied_parts(box: Box) -> list[tuple[float, float]]:
    """Return (x, width) of the parts of a joined box that skip connections copied.

    These are all inputs but the one that was computed last.
    """
    channels = box.map.parts
    inputs = box.map.inputs
    if len(channels) != len(inputs) or not sum(channels):
        return []
    widths = [box.width * part / sum(channels) for part in channels]
    lefts = [box.x + sum(widths[:index]) for index in range(len(widths))]
    latest = max(inputs)
    parts = zip(inputs, lefts, widths, strict=True)
    return [(left, width) for source, left, width in parts if source != latest]


# ---- Arrows ----


def _draw_arrow(sheet: Sheet, boxes: Sequence[Box], arrow: Arrow) -> None:
    """Lead an arrow over boxes that stand between, or straight: to the right, down or up."""
    start = boxes[arrow.start]
    end = boxes[arrow.end]
    color = _ARROWS[arrow.kind]
    if _is_blocked(boxes, arrow):
        _draw_arc(sheet, start, end, color)
    elif start.level == end.level or not _overlap(start, end):
        width = 3.2 if arrow.skip else 1.8
        sheet.arrow((start.right + 3, end.middle), (end.x - 2, end.middle), color, linewidth=width)
    elif end.y > start.y:  # down, from below the size to above the channels
        bottom = start.bottom + (LABEL + 1 if start.labeled else 3)
        sheet.arrow((end.center, bottom), (end.center, end.y - LABEL - 1), color, linewidth=2.4)
    else:
        bottom = end.bottom + LABEL + 1
        sheet.arrow((end.center, start.y - LABEL - 1), (end.center, bottom), color, linewidth=2.4)


def _overlap(one: Box, other: Box) -> bool:
    """Say whether an upright arrow can lead from one box to the other."""
    return abs(one.center - other.center) < max(one.width, other.width)


def _is_blocked(boxes: Sequence[Box], arrow: Arrow) -> bool:
    """Say whether boxes stand in the straight way of an arrow to the right."""
    start = boxes[arrow.start]
    end = boxes[arrow.end]
    between = [box for box in boxes if start.x < box.x < end.x]
    return any(abs(box.middle - end.middle) < box.height / 2 for box in between)


def _draw_arc(sheet: Sheet, start: Box, end: Box, color: str) -> None:
    """Lead an arrow over the boxes between: out of the start's upper part, up, across, down."""
    leave = start.y + 0.22 * start.height
    enter = end.y + 0.22 * end.height
    top = min(start.y, end.y) - LABEL - 12
    left = start.right + 8
    right = end.x - 14
    xs = [start.right, left, left, right, right]
    ys = [leave, leave, top, top, enter]
    sheet.axes.plot(xs, ys, color=color, linewidth=2)
    sheet.arrow((end.x - 15, enter), (end.x - 1, enter), color, linewidth=2)


def _arc_room(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> float:
    """Return the pixels that arrows over boxes need above the drawing."""
    return 18.0 if any(_is_blocked(boxes, arrow) for arrow in arrows) else 2.0


# ---- Below the drawing ----


def _draw_legend(sheet: Sheet, entries: Sequence[tuple[str, str]], y: float, width: float) -> float:
    """Write one arrow per operation (kind, name), in rows; return the y below them."""
    row = line_height(SMALL) + 6
    x = float(MARGIN)
    for kind, name in entries:
        before = _LEGEND_ARROW + _BEFORE_NAME
        space = before + text_width(name, SMALL) + _AFTER_NAME
        if x > MARGIN and x + space > width:
            x = float(MARGIN)
            y += row
        middle = y + row / 2
        thickness = 3.2 if kind in ("join", "add") else 2.2
        tip = (x + _LEGEND_ARROW, middle)
        sheet.arrow((x, middle), tip, _ARROWS[kind], linewidth=thickness)
        sheet.text(x + before, middle, name, SMALL, ha="left", va="center", color=INK)
        x += space
    return y + row


def _draw_note(sheet: Sheet, y: float) -> float:
    """Say what a stack is; return the y below."""
    note = "A stack of boxes stands for several maps of one size; the number is that of the widest."
    sheet.text(MARGIN, y + 2, note, SMALL, ha="left", color=FADED)
    return y + LABEL + 2
