"""Where an architecture's feature maps stand on the page: a U of levels, or a row, with arrows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from segedu.ops.trace.maps import FeatureMap
from segedu.viz._style import SMALL, line_height, text_width

LABEL = line_height(SMALL)  # pixels of the page, as all lengths in this file

_TALLEST = 165.0  # height of the largest map
_GAP = 24.0  # between two maps on one level: room for an arrow
_DROP = 24.0  # between two levels, beside the labels
_BESIDE_STACK = 6.0  # what a stack of boxes needs more at its right

# Boxes that fit on the page; beyond, one box stands for several maps.
_MOST_IN_A_ROW = 18
_MOST_IN_A_U = 36

_OPERATIONS_PER_KIND = 5  # in the legend


@dataclass
class Box:
    """One feature map on the page.

    map: its channels, size and origin. level: by how many powers of two it is smaller than the
    input. width, height, x, y: its rectangle in pixels, x to the right and y down. labeled: False
    where the size is the same as in the box before it. copies: how many equal maps in a row this
    box stands for.
    """

    map: FeatureMap
    level: int
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    labeled: bool = True
    copies: int = 1

    @property
    def center(self) -> float:
        return self.x + self.width / 2

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def channels_text(self) -> str:
        channels = str(self.map.channels)
        return f"{self.copies} × {channels}" if self.copies > 1 else channels

    @property
    def size_text(self) -> str:
        if self.map.kind == "linear":
            return ""
        height, width = self.map.size
        return f"{height}²" if height == width else f"{height}×{width}"


@dataclass(frozen=True)
class Arrow:
    """One operation, from box to box (their places in the list).

    kind: decides its color. label: its name in the legend. skip: True for copies and residual
    connections.
    """

    start: int
    end: int
    kind: str
    label: str
    skip: bool = False


def lay_out(maps: Sequence[FeatureMap]) -> tuple[list[Box], list[Arrow]]:
    """Return the boxes, placed from (0, 0) to the right and down, and the arrows between them.

    A model that goes up again step by step becomes a U: one row per level, each map right of the
    one it was made from, or below or above it where the size changes. Any other model becomes one
    row. Joins and additions share the box of their last input.
    """
    boxes, arrows = _boxes_and_arrows(maps)
    is_u = sum(feature_map.kind == "up" for feature_map in maps) > 1
    most = _MOST_IN_A_U if is_u else _MOST_IN_A_ROW
    for is_same in (_same_shape, _same_size):
        if len(boxes) > most:
            boxes, arrows = _fold_repeats(boxes, arrows, is_same)
    if is_u:
        _place_in_levels(boxes, arrows)
    else:
        _place_in_a_row(boxes)
    return boxes, arrows


def operations(arrows: Sequence[Arrow]) -> list[tuple[str, str]]:
    """Return (kind, label) for the legend, in order of appearance: up to five labels per kind."""
    labels: dict[str, list[str]] = {}
    for arrow in arrows:
        of_kind = labels.setdefault(arrow.kind, [])
        if arrow.label not in of_kind and len(of_kind) < _OPERATIONS_PER_KIND:
            of_kind.append(arrow.label)
    return [(kind, label) for kind, of_kind in labels.items() for label in of_kind]


# ---- From maps to boxes ----


def _boxes_and_arrows(maps: Sequence[FeatureMap]) -> tuple[list[Box], list[Arrow]]:
    """Return one box per map that is no join or addition, and one arrow per operation."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    box_of: list[int] = []  # for each map the place of its box
    for feature_map in maps:
        if not feature_map.inputs:
            box_of.append(len(boxes))
            boxes.append(_box(feature_map, 0, maps[0].size))
            continue
        latest = max(feature_map.inputs)
        end = box_of[latest]
        if feature_map.kind in ("join", "add"):
            # It shares the box of what was computed last; arrows lead there from all others.
            box_of.append(end)
            starts = {box_of[index] for index in feature_map.inputs} - {end}
            for start in sorted(starts):
                label = _skip_label(boxes[start].map, feature_map)
                arrows.append(Arrow(start, end, feature_map.kind, label, skip=True))
            if feature_map.kind == "join":
                width = _width(feature_map.channels)
                boxes[end] = replace(boxes[end], map=feature_map, width=width)
        else:
            box_of.append(len(boxes))
            arrows.append(Arrow(end, len(boxes), _arrow_kind(feature_map), feature_map.label))
            level = boxes[end].level + _halvings(maps[latest].size, feature_map.size)
            boxes.append(_box(feature_map, level, maps[0].size))
    return boxes, arrows


def _skip_label(source: FeatureMap, join: FeatureMap) -> str:
    if join.kind == "add":
        return "add"
    return "copy" if source.size == join.size else "copy and crop"


def _arrow_kind(feature_map: FeatureMap) -> str:
    if feature_map.detail.startswith("conv 1×1"):
        return "project"
    if feature_map.kind == "conv" and "stride" in feature_map.label:
        return "strided"
    return feature_map.kind


def _halvings(before: tuple[int, int], after: tuple[int, int]) -> int:
    """Return by how many powers of two the height shrank (negative: grew).

    Losing a border counts as none.
    """
    return round(math.log2(max(before[0], 1) / max(after[0], 1)))


def _box(feature_map: FeatureMap, level: int, input_size: tuple[int, int]) -> Box:
    """Return a box whose height grows with the map's height, less than in proportion."""
    share = feature_map.size[0] / input_size[0]
    height = max(10.0, _TALLEST * share**0.62)
    return Box(feature_map, level, _width(feature_map.channels), height)


def _width(channels: int) -> float:
    return 5.0 + 3.0 * math.log2(max(channels, 1) + 1)


# ---- One box for several maps ----


def _same_shape(last: Box, box: Box) -> bool:
    return last.map.channels == box.map.channels and last.map.size == box.map.size


def _same_size(last: Box, box: Box) -> bool:
    """Say whether a map is as large as the first of a run and has no more channels.

    In a chain of bottlenecks, each new width begins a new box.
    """
    if "linear" in (last.map.kind, box.map.kind):
        return False
    return last.map.size == box.map.size and box.map.channels <= last.map.channels


def _fold_repeats(
    boxes: Sequence[Box],
    arrows: Sequence[Arrow],
    is_same: Callable[[Box, Box], bool],
) -> tuple[list[Box], list[Arrow]]:
    """Let one box stand for each run of maps that are the same.

    Joins, the input and the output stay alone.
    """
    folded: list[Box] = []
    place_of: list[int] = []  # for each of `boxes` its place in `folded`
    for index, box in enumerate(boxes):
        is_inner = 1 < index < len(boxes) - 1
        if is_inner and _can_share(folded[-1], box) and is_same(folded[-1], box):
            folded[-1].copies += box.copies
        else:
            folded.append(box)
        place_of.append(len(folded) - 1)
    return folded, _moved(arrows, place_of)


def _can_share(last: Box, box: Box) -> bool:
    return "join" not in (last.map.kind, box.map.kind)


def _moved(arrows: Sequence[Arrow], place_of: Sequence[int]) -> list[Arrow]:
    """Return the arrows between the folded boxes: one per pair, none inside of a box.

    An addition that leads to the next box is left out too, for an arrow leads there anyway.
    """
    moved: dict[tuple[int, int], Arrow] = {}
    for arrow in arrows:
        start = place_of[arrow.start]
        end = place_of[arrow.end]
        is_short_addition = arrow.kind == "add" and end == start + 1
        if start != end and not is_short_addition:
            moved.setdefault((start, end), replace(arrow, start=start, end=end))
    return list(moved.values())


# ---- Places on the page ----


@dataclass
class _Level:
    """One row of a U: the height of its tallest box, its top, and the x up to which it is full."""

    height: float = 0.0
    top: float = 0.0
    full: float = -_GAP  # so that the first box may stand at 0


def _place_in_levels(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> None:
    """Set x, y and `labeled` of the boxes of a U."""
    levels = _levels(boxes)
    source_of = {arrow.end: boxes[arrow.start] for arrow in arrows if not arrow.skip}
    for index, box in enumerate(boxes):
        level = levels[box.level]
        source = source_of.get(index)
        if source is None:
            x = 0.0
        elif source.level == box.level:  # to its right
            box.labeled = source.map.size != box.map.size
            x = source.right + _gap(source, box)
        else:  # below or above it
            x = source.center - box.width / 2
        box.x = max(x, level.full + _GAP)
        box.y = level.top + (level.height - box.height) / 2
        level.full = box.right


def _levels(boxes: Sequence[Box]) -> dict[int, _Level]:
    """Return the levels, each below the one before it, from the number of halvings."""
    levels: dict[int, _Level] = {number: _Level() for number in sorted({b.level for b in boxes})}
    for box in boxes:
        level = levels[box.level]
        level.height = max(level.height, box.height)
    y = LABEL  # "input" and "output" stand on top
    for level in levels.values():
        level.top = y + LABEL  # below the channels
        y = level.top + level.height + LABEL + _DROP
    return levels


def _place_in_a_row(boxes: Sequence[Box]) -> None:
    """Set x, y and `labeled` of boxes from left to right, their middles on one line."""
    tallest = max(box.height for box in boxes)
    before: Box | None = None
    for box in boxes:
        if before is not None:
            box.labeled = before.map.size != box.map.size or before.copies > 1
            box.x = before.right + _gap(before, box)
            if before.copies > 1:
                box.x += _BESIDE_STACK
        box.y = 2 * LABEL + (tallest - box.height) / 2
        before = box


def _gap(left: Box, right: Box) -> float:
    """Return the distance that keeps the two boxes' labels apart and leaves room for an arrow."""
    overhangs = (_labels_width(left) - left.width) / 2 + (_labels_width(right) - right.width) / 2
    return max(_GAP, overhangs + 7)


def _labels_width(box: Box) -> float:
    size_text = box.size_text if box.labeled else ""
    return max(text_width(box.channels_text, SMALL), text_width(size_text, SMALL))
