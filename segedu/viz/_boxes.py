"""Where the feature maps of an architecture stand on the page: a U of levels, or a row, with arrows between them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segedu.ops.trace.maps import FeatureMap
from segedu.viz._style import SMALL, line_height, text_width

TALLEST = 165.0  # pixels: height of the largest map
LABEL = line_height(SMALL)
_GAP = 24.0  # pixels between two maps on one level: room for an arrow
_DROP = 24.0  # pixels between two levels, beside the labels
_MOST_IN_A_ROW, _MOST_IN_A_U = 18, 36  # boxes; beyond, one box stands for several maps


@dataclass
class Box:
    """One feature map on the page: the map, its level (halvings of the input), and its rectangle in pixels."""

    map: FeatureMap
    level: int
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    labeled: bool = True  # False where the size is the same as in the box before it
    copies: int = 1  # how many equal maps in a row this box stands for

    @property
    def center(self) -> float:
        return self.x + self.width / 2

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def channels_text(self) -> str:
        return f"{self.copies} × {self.map.channels}" if self.copies > 1 else str(self.map.channels)

    @property
    def size_text(self) -> str:
        if self.map.kind == "linear":
            return ""
        height, width = self.map.size
        return f"{height}²" if height == width else f"{height}×{width}"


@dataclass(frozen=True)
class Arrow:
    """One operation: from box to box, drawn in the color of its kind; `skip` for copies and residual connections."""

    start: int
    end: int
    kind: str
    label: str
    skip: bool = False


def lay_out(maps: Sequence[FeatureMap]) -> tuple[list[Box], list[Arrow]]:
    """Return the boxes, placed from (0, 0) to the right and down, and the arrows between them.

    A model that goes up again step by step becomes a U: one row per level, each map right of the one it was made from,
    or below or above it where the size changes. Any other model becomes one row. Joins and additions share the box of
    their last input.
    """
    boxes, arrows = _boxes_and_arrows(maps)
    goes_up = sum(one.kind == "up" for one in maps) > 1
    for same in (_same_shape, _same_size):
        if len(boxes) > (_MOST_IN_A_U if goes_up else _MOST_IN_A_ROW):
            boxes, arrows = _fold_repeats(boxes, arrows, same)
    if goes_up:
        _place_in_levels(boxes, arrows)
    else:
        _place_in_a_row(boxes)
    return boxes, arrows


def _boxes_and_arrows(maps: Sequence[FeatureMap]) -> tuple[list[Box], list[Arrow]]:
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    box_of: dict[int, int] = {}
    for index, one in enumerate(maps):
        main = max(one.inputs, default=-1)
        if one.kind in ("join", "add"):  # shares the box of what was computed last
            box_of[index] = end = box_of[main]
            sources = {box_of[i] for i in one.inputs} - {end}
            arrows += [
                Arrow(start, end, one.kind, _skip_label(boxes[start].map, one), skip=True) for start in sorted(sources)
            ]
            if one.kind == "join":
                boxes[end] = Box(one, boxes[end].level, _width(one.channels), boxes[end].height)
            continue
        level = boxes[box_of[main]].level + _halvings(maps[main].size, one.size) if one.inputs else 0
        box_of[index] = len(boxes)
        boxes.append(Box(one, level, _width(one.channels), _height(one.size, maps[0].size)))
        if one.inputs:
            arrows.append(Arrow(box_of[main], len(boxes) - 1, _kind(one), one.label))
    return boxes, arrows


def _skip_label(source: FeatureMap, join: FeatureMap) -> str:
    if join.kind == "add":
        return "add"
    return "copy" if source.size == join.size else "copy and crop"


def _kind(one: FeatureMap) -> str:
    return "project" if one.detail.startswith("conv 1×1") else one.kind


def _halvings(before: tuple[int, int], after: tuple[int, int]) -> int:
    """Return by how many powers of two the size shrank (negative: grew); losing a border counts as none."""
    return round(math.log2(max(before[0], 1) / max(after[0], 1)))


def _width(channels: int) -> float:
    return 5.0 + 3.0 * math.log2(max(channels, 1) + 1)


def _height(size: tuple[int, int], full: tuple[int, int]) -> float:
    return max(10.0, TALLEST * (size[0] / full[0]) ** 0.62)


def _place_in_levels(boxes: list[Box], arrows: list[Arrow]) -> None:
    levels = sorted({box.level for box in boxes})
    tallest = {level: max(box.height for box in boxes if box.level == level) for level in levels}
    top = {}
    y = 0.0
    for level in levels:
        top[level] = y + LABEL * (2 if level == levels[0] else 1)  # "input" and "output" stand on top
        y = top[level] + tallest[level] + LABEL + _DROP
    made_from = {arrow.end: arrow.start for arrow in arrows if not arrow.skip}
    right: dict[int, float] = {}
    for i, box in enumerate(boxes):
        before = boxes[made_from[i]] if i in made_from else None
        same_level = before is not None and before.level == box.level
        box.labeled = not (same_level and before is not None and before.map.size == box.map.size)
        if before is not None:
            box.x = before.x + before.width + _gap(before, box) if same_level else before.center - box.width / 2
        box.x = max(box.x, right.get(box.level, -_GAP) + _GAP)
        right[box.level] = box.x + box.width
        box.y = top[box.level] + (tallest[box.level] - box.height) / 2


def _gap(before: Box, box: Box) -> float:
    """Return the distance that keeps the two boxes' labels apart."""
    labels = [(one.channels_text, one.size_text if one.labeled else "") for one in (before, box)]
    half = [max(text_width(text, SMALL) for text in pair) for pair in labels]
    return max(_GAP, (half[0] - before.width) / 2 + (half[1] - box.width) / 2 + 7)


def _place_in_a_row(boxes: list[Box]) -> None:
    tallest = max(box.height for box in boxes)
    for i, box in enumerate(boxes):
        before = boxes[i - 1] if i else None
        box.labeled = before is None or before.map.size != box.map.size or before.copies > 1
        box.x = before.x + before.width + _gap(before, box) + 6 * (before.copies > 1) if before else 0.0
        box.y = 2 * LABEL + (tallest - box.height) / 2


def _same_shape(last: Box, box: Box) -> bool:
    return last.map.channels == box.map.channels and last.map.size == box.map.size


def _same_size(last: Box, box: Box) -> bool:
    """No wider than the first of the run: in a chain of bottlenecks, each new width begins a new box."""
    fits = last.map.size == box.map.size and box.map.channels <= last.map.channels
    return fits and "linear" not in (last.map.kind, box.map.kind)


def _fold_repeats(
    boxes: list[Box], arrows: list[Arrow], same: Callable[[Box, Box], bool]
) -> tuple[list[Box], list[Arrow]]:
    """Let one box stand for each run of maps that are the `same`; joins, input and output stay alone."""
    folded: list[Box] = []
    place: list[int] = []
    for i, box in enumerate(boxes):
        if 1 < i < len(boxes) - 1 and "join" not in (box.map.kind, folded[-1].map.kind) and same(folded[-1], box):
            folded[-1].copies += box.copies
        else:
            folded.append(box)
        place.append(len(folded) - 1)
    moved: dict[tuple[int, int], Arrow] = {}
    for arrow in arrows:
        start, end = place[arrow.start], place[arrow.end]
        if start != end and not (arrow.kind == "add" and end == start + 1):
            moved.setdefault((start, end), Arrow(start, end, arrow.kind, arrow.label, arrow.skip))
    return folded, list(moved.values())


def operations(arrows: Sequence[Arrow]) -> list[tuple[str, str]]:
    """Return (kind, label) for the legend: up to five labels of each kind of arrow, in order of appearance."""
    pairs = list(dict.fromkeys((arrow.kind, arrow.label) for arrow in arrows))
    kinds = list(dict.fromkeys(kind for kind, _ in pairs))
    return [pair for kind in kinds for pair in [pair for pair in pairs if pair[0] == kind][:5]]
