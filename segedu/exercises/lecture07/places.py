"""Cases and judges of lecture 07's exercises on places: where an outline lands, and where a maximum stood."""

import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare
from segedu.exercises.lecture07.resize import places

Arguments = dict[str, Any]

# ---- 07.first_column ----

Row = tuple[int, int, int, bool | None]
ROWS: tuple[Row, ...] = (  # edge, width, output_width, align_corners (None: the default)
    (1, 2, 16, None),
    (1, 3, 24, True),
    (2, 3, 9, False),
    (1, 5, 33, True),
    (4, 5, 33, True),
    (1, 2, 3, False),  # a tie in the middle pixel
    (2, 7, 40, False),
    (11, 12, 96, True),
    (1, 3, 4, False),
    (1, 3, 5, True),  # a tie
    (2, 4, 6, True),
    (2, 3, 3, False),  # as many columns as cells
    (1, 6, 20, None),
    (7, 8, 100, False),
    (50, 64, 512, True),
)
ROW_NAMES = ("edge", "width", "output_width", "align_corners")

COLUMN_MISTAKES = {
    "points": "That is where the outline lands with align_corners=True, and False was asked for: output pixel i looks "
    "at (i + ½)·n/n' − ½.",
    "areas": "That is where the outline lands with align_corners=False, and True was asked for: output pixel i looks "
    "at i·(n − 1)/(n' − 1).",
    "no half": "The half pixels are missing: without align_corners output pixel i looks at (i + ½)·n/n' − ½.",
    "half once": "Half a pixel is added and not taken off again: (i + ½)·n/n' − ½.",
    "late half": "Half a pixel is taken off that was not added: (i + ½)·n/n' − ½.",
    "count": "That is how many columns the second class has; the first of them is asked for.",
    "center": "The logits change sign halfway between the two cells, at edge − ½, not at the center of cell `edge`.",
    "early center": "The logits change sign halfway between the two cells, at edge − ½, not at the center of cell "
    "edge − 1.",
    "repeated": "That is where repeated cells change, edge·n'/n; mixed logits change halfway between two centers.",
    "cell": "That is the cell in front of which the outline lies; `output_width` columns lie over the same cells.",
    "tie": "At a tie argmax takes the first class; the second needs a place *beyond* edge − ½, not one at it.",
    "last": "That is the last column of the first class; the next one is asked for.",
    "late": "That is one column too late.",
}


def column_arguments(seed: int) -> Arguments:
    """Return a row of cells with an outline in front of cell `edge`; random rows after the visible cases."""
    drawn = drawn_row if seed % 3 else drawn_tie
    row = dict(zip(ROW_NAMES, ROWS[seed] if seed < len(ROWS) else drawn(), strict=True))
    return {name: value for name, value in row.items() if value is not None}


def drawn_row() -> Row:
    """Draw a row without a tie, for there rounding would decide."""
    while True:
        width = random.randint(2, 20)
        row = (
            random.randint(1, width - 1),
            width,
            random.randint(width, 8 * width),
            random.choice((True, True, False, None)),
        )
        if first_beyond(2 * row[0] - 1, *row[1:]) == first_beyond(2 * row[0] - 1, *row[1:], tie=True):
            return row


def drawn_tie() -> Row:
    """Draw a row in which a column looks exactly at edge − ½, in numbers that floats hold exactly."""
    half, odd = random.randint(1, 8), 2 * random.randint(1, 4) + 1
    if random.random() < 0.5:
        return 2 * random.randint(1, half) - 1, 2 * half, half * odd, False
    return random.randint(1, half), half + 1, half * 2 ** random.randint(1, 3) + 1, True


def first_beyond(middle_twice: int, n: int, m: int, align_corners: bool | None, tie: bool = False) -> int:
    """Return the first output column that looks beyond `middle_twice`/2, or at it if `tie`; in whole numbers."""
    for i in range(m):
        # both sides times 2·m or 2·(m − 1)
        place = 2 * i * (n - 1) if align_corners else (2 * i + 1) * n - m
        middle = middle_twice * (max(m - 1, 1) if align_corners else m)
        if place > middle or (tie and place == middle):
            return i
    return m


def judge_column(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name what was overlooked on the way from cell to column."""
    edge, n, m, align_corners = (arguments.get(name, False) for name in ROW_NAMES)
    wrong = {
        "repeated": -(-edge * m // n),
        "cell": edge,
        "tie": first_beyond(2 * edge - 1, n, m, align_corners, tie=True),
        "areas" if align_corners else "points": first_beyond(2 * edge - 1, n, m, not align_corners),
        "center": first_beyond(2 * edge, n, m, align_corners),
        "early center": first_beyond(2 * edge - 2, n, m, align_corners),
        "count": m - expected,
        "last": expected - 1,
        "late": expected + 1,
    }
    if not align_corners:
        wrong |= {kind: first_at(places(n, m, kind), edge) for kind in ("no half", "half once", "late half")}
    mistakes = [(COLUMN_MISTAKES[mistake], column) for mistake, column in wrong.items()]
    return compare(result, expected, name="the column", mistakes=mistakes)


def first_at(looked_at: Tensor, edge: int) -> int:
    """Return the first column that looks beyond edge − ½, or the number of columns."""
    beyond = (looked_at > edge - 0.5).nonzero()
    return int(beyond[0]) if len(beyond) else len(looked_at)


# ---- 07.unpool ----

POOLED: tuple[tuple[tuple[int, ...], int, int], ...] = (  # the map that was pooled (N, C, H, W), kernel, stride
    ((1, 1, 2, 4), 2, 2),
    ((1, 1, 4, 6), 2, 2),
    ((1, 1, 5, 7), 2, 2),
    ((1, 2, 6, 4), 2, 2),
    ((2, 2, 9, 6), 3, 3),
    ((2, 3, 7, 9), 3, 2),
    ((2, 1, 2, 3), 2, 2),
    ((1, 1, 3, 4), 2, 1),
)

UNPOOL_MISTAKES = {
    "corner": "Every value stands in the upper left corner of its block (a bed of nails); the index says where its "
    "maximum stood.",
    "repeated": "Every value fills its block; a value goes to one place, the rest stays 0.",
    "columns first": "The index is read column by column; it counts row by row: row · W + column.",
    "pooled width": "The index is split by the width of the pooled map; it counts in the map that was pooled, so "
    "divide by W = size[1].",
    "one channel": "The indices of channel 0 are used for all channels; each channel has its own maxima.",
    "one image": "The indices of image 0 are used for all images; each image has its own maxima.",
    "every plane": "Every plane got the maxima of all images and channels; each has its own: use `scatter`, or index "
    "image and channel, too.",
    "added": "Where windows overlap, one maximum comes twice: put it there, don't add it.",
    "ones": "Every maximum is 1; put its value there.",
    "from one": "The indices are counted from 1; they count from 0.",
    "one plane": "All channels and images went into one plane; an index counts inside its own (H, W) plane.",
}


def unpool_arguments(seed: int) -> Arguments:
    """Return the maxima of a map with distinct values and their places; after the first cases some are negative."""
    shape, kernel, stride = POOLED[seed] if seed < len(POOLED) else drawn_pooling()
    count = int(torch.tensor(shape).prod())
    lowest = 1 if seed < 2 else 1 - 3 * count // 4
    x = (torch.randperm(count) + lowest).view(shape).float()
    values, indices = F.max_pool2d(x, kernel, stride, return_indices=True)
    return {"values": values, "indices": indices, "size": tuple(shape[2:])}


def drawn_pooling() -> tuple[tuple[int, ...], int, int]:
    """Draw a shape in which height and width differ, with two images and channels."""
    kernel = random.randint(2, 3)
    height, width = random.sample(range(3, 10), 2)
    return (random.randint(1, 2), random.randint(1, 3), height, width), kernel, random.randint(1, kernel)


def judge_unpool(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the frame in which an index was read wrongly."""
    values, indices, (height, width) = arguments["values"], arguments["indices"], arguments["size"]
    rows, columns = values.shape[2:]
    block = (height // rows, width // columns)
    wrong = {
        "corner": placed(values, corners(values, block, width), height, width),
        "columns first": placed(values, indices % height * width + indices // height % width, height, width),
        "pooled width": placed(values, wrapped(indices, columns, height, width), height, width),
        "one channel": placed(values, indices[:, :1].expand_as(indices), height, width),
        "one image": placed(values, indices[:1].expand_as(indices), height, width),
        "every plane": in_every_plane(values, indices, height, width),
        "added": torch.zeros_like(expected).flatten(2).scatter_add(2, indices.flatten(2), values.flatten(2)),
        "ones": placed(torch.ones_like(values), indices, height, width),
    }
    wrong["added"] = wrong["added"].view_as(expected)
    if indices.min() > 0:
        wrong["from one"] = placed(values, indices - 1, height, width)
    repeated = values.repeat_interleave(block[0], dim=2).repeat_interleave(block[1], dim=3)
    wrong["repeated"] = F.pad(repeated, (0, width - repeated.shape[3], 0, height - repeated.shape[2]))
    plane = torch.zeros(expected.numel())
    plane[indices.flatten()] = values.flatten()
    wrong["one plane"] = plane.view_as(expected)
    mistakes = [(UNPOOL_MISTAKES[mistake], output) for mistake, output in wrong.items()]
    return compare(result, expected, name="your map", mistakes=mistakes)


def placed(values: Tensor, indices: Tensor, height: int, width: int) -> Tensor:
    """Return the map with each value at its index, later ones over earlier ones."""
    flat = values.new_zeros(*values.shape[:2], height * width)
    return flat.scatter(2, indices.flatten(2), values.flatten(2)).view(*values.shape[:2], height, width)


def in_every_plane(values: Tensor, indices: Tensor, height: int, width: int) -> Tensor:
    """Return the map in which each plane holds the maxima of all of them, later ones over earlier ones."""
    plane = values.new_zeros(height * width)
    for one, where in zip(values.flatten(0, 1), indices.flatten(0, 1), strict=True):
        plane[where.flatten()] = one.flatten()
    return plane.view(height, width).expand(*values.shape[:2], -1, -1)


def corners(values: Tensor, block: tuple[int, int], width: int) -> Tensor:
    """Return the index of the upper left cell of each value's block."""
    rows, columns = (torch.arange(n) * step for n, step in zip(values.shape[2:], block, strict=True))
    return (rows[:, None] * width + columns).expand_as(values)


def wrapped(indices: Tensor, columns: int, height: int, width: int) -> Tensor:
    """Return the indices as they come out when row and column are split by the width of the pooled map."""
    return (indices // columns % height) * width + indices % columns
