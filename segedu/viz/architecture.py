"""Architecture figures drawn from the shapes that the model itself computes."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from segedu.ops.trace.maps import FeatureMap, trace_feature_maps
from segedu.viz._boxes import LABEL, Arrow, Box, lay_out, operations
from segedu.viz._display import check_alt, show
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import FADED, INK, PAPER, SMALL, line_height, styled, text_width

_ARROWS = {
    "conv": "#0072B2",
    "project": "#7A6FAC",
    "pool": "#D55E00",
    "up": "#009E73",
    "linear": "#8C510A",
    "join": "#8A9099",
    "add": "#8A9099",
}
_FILL, _EDGE, _INPUT = "#BBD8EE", "#2B5C80", "#E1E4E8"


def draw_architecture(
    model: nn.Module,
    input_size: tuple[int, int, int, int],
    alt: str,
    *,
    title: str | None = None,
    path: str | Path | None = None,
) -> None:
    """Show a model's feature maps as boxes: height is their spatial size, width the logarithm of their channels.

    Channels stand above a box, height × width (or height² if square) below it, where they differ from the box before.
    A network that goes down and up again is drawn as a U with its skip connections, any other as a row from left to
    right; the white part of a box is what a skip connection copied. `input_size` is the full shape (N, C, H, W).
    Everything is read off one pass through the code; the model isn't changed. Without `title` the title states the
    shapes and the number of parameters.

    Raises ValueError if the model refuses that shape.

    >>> draw_architecture(nn.Conv2d(3, 8, 3), (1, 3, 32, 32), alt="One convolution from 3 to 8 channels.")
    """
    check_alt(alt)
    maps = trace_feature_maps(model, input_size)
    boxes, arrows = lay_out(maps)
    with styled():
        sheet = Sheet()
        left = min(min(box.x, box.center - _label_width(box) / 2) for box in boxes)
        right = max(max(box.x + box.width, box.center + _label_width(box) / 2) for box in boxes)
        page = max(right - left + 2 * MARGIN, 700)
        y = sheet.title(title or _sentence(model, maps), page) + _arc_room(boxes, arrows)
        for box in boxes:
            box.x += (page - (right - left)) / 2 - left
            box.y += y
        for arrow in arrows:
            _draw_arrow(sheet, boxes, arrow)
        for i, box in enumerate(boxes):
            _draw_box(sheet, box)
            if i in (0, len(boxes) - 1):
                name = "output" if i else "input"
                sheet.text(box.center, _top(box) - 3 - LABEL, name, SMALL, va="bottom", color=FADED)
        y = max(box.y + box.height for box in boxes) + LABEL + 12
        y = _legend(sheet, operations(arrows), y, page)
        if any(box.copies > 1 for box in boxes):
            note = "A stack of boxes stands for several maps of one size; the number is that of the widest."
            sheet.text(MARGIN, y + 2, note, SMALL, ha="left", color=FADED)
            y += LABEL + 2
        show(sheet.finish(page, y + 4), alt, path, crop=False)


def _sentence(model: nn.Module, maps: Sequence[FeatureMap]) -> str:
    first, last = maps[0], maps[-1]
    shapes = [f"{one.channels} × {one.size[0]} × {one.size[1]}" for one in (first, last)]
    shapes[1] = f"{last.channels} numbers" if last.kind == "linear" else shapes[1]
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return f"{type(model).__name__} turns {shapes[0]} into {shapes[1]} with {parameters:,} parameters"


def _label_width(box: Box) -> float:
    return max(text_width(box.channels_text, SMALL), text_width(box.size_text, SMALL), text_width("output", SMALL))


def _top(box: Box) -> float:
    return box.y - (6 if box.copies > 1 else 0)  # a stack rises above its first box


def _copied(box: Box) -> list[tuple[float, float]]:
    """Return (x, width) of the parts of a joined box that came through skip connections: all but the latest input."""
    parts, inputs = box.map.parts, box.map.inputs
    if len(parts) != len(inputs) or not sum(parts):
        return []
    pixels = [box.width * part / sum(parts) for part in parts]
    return [(box.x + sum(pixels[:i]), pixels[i]) for i in range(len(parts)) if inputs[i] != max(inputs)]


def _draw_box(sheet: Sheet, box: Box) -> None:
    fill = _INPUT if box.map.kind == "input" else _FILL
    if box.copies > 1:
        for shift in (6, 3):
            sheet.rectangle(box.x + shift, box.y - shift, box.width, box.height, facecolor=fill, edgecolor=_EDGE)
    sheet.rectangle(box.x, box.y, box.width, box.height, facecolor=fill, edgecolor="none")
    for x, width in _copied(box):
        sheet.rectangle(x, box.y, width, box.height, facecolor=PAPER, edgecolor=_EDGE)
    sheet.rectangle(box.x, box.y, box.width, box.height, edgecolor=_EDGE, linewidth=1.2)
    sheet.text(box.center, _top(box) - 3, box.channels_text, SMALL, va="bottom")
    if box.labeled:
        sheet.text(box.center, box.y + box.height + 3, box.size_text, SMALL, color=FADED)


def _draw_arrow(sheet: Sheet, boxes: Sequence[Box], arrow: Arrow) -> None:
    start, end, color = boxes[arrow.start], boxes[arrow.end], _ARROWS[arrow.kind]
    if _between(boxes, arrow):
        _draw_arc(sheet, start, end, color)
    elif start.level == end.level or not _stacked(start, end):
        y = end.middle
        sheet.arrow((start.x + start.width + 3, y), (end.x - 2, y), color, linewidth=3.2 if arrow.skip else 1.8)
    elif end.y > start.y:  # down, below the size and above the channels
        bottom = start.y + start.height + (LABEL + 1 if start.labeled else 3)
        sheet.arrow((end.center, bottom), (end.center, end.y - LABEL - 1), color, linewidth=2.4)
    else:
        sheet.arrow(
            (end.center, start.y - LABEL - 1), (end.center, end.y + end.height + LABEL + 1), color, linewidth=2.4
        )


def _stacked(start: Box, end: Box) -> bool:
    return abs(start.center - end.center) < max(start.width, end.width)


def _between(boxes: Sequence[Box], arrow: Arrow) -> bool:
    """Say whether boxes stand in the straight way of an arrow."""
    start, end = boxes[arrow.start], boxes[arrow.end]
    return any(start.x < box.x < end.x and abs(box.middle - end.middle) < box.height / 2 for box in boxes)


def _draw_arc(sheet: Sheet, start: Box, end: Box, color: str) -> None:
    """Lead an arrow over the boxes between: out of the start's upper part, up, across, down into the end's."""
    top = min(start.y, end.y) - LABEL - 12
    leave, enter = start.y + 0.22 * start.height, end.y + 0.22 * end.height
    left, right = start.x + start.width, end.x
    corners = [(left, leave), (left + 8, leave), (left + 8, top), (right - 14, top), (right - 14, enter)]
    sheet.axes.plot(*zip(*corners, strict=True), color=color, linewidth=2)
    sheet.arrow((right - 15, enter), (right - 1, enter), color, linewidth=2)


def _arc_room(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> float:
    return 18.0 if any(_between(boxes, arrow) for arrow in arrows) else 2.0


def _legend(sheet: Sheet, entries: Sequence[tuple[str, str]], y: float, width: float) -> float:
    """Write one arrow per operation with its name, in rows; return the y below them."""
    x, row = float(MARGIN), line_height(SMALL) + 6
    for kind, label in entries:
        needed = 38 + text_width(label, SMALL) + 20
        if x > MARGIN and x + needed > width:
            x, y = float(MARGIN), y + row
        thick = 3.2 if kind in ("join", "add") else 2.2
        sheet.arrow((x, y + row / 2), (x + 30, y + row / 2), _ARROWS[kind], linewidth=thick)
        sheet.text(x + 38, y + row / 2, label, SMALL, ha="left", va="center", color=INK)
        x += needed
    return y + row
