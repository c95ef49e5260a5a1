"""Cases and judges of lecture 01's counting: regions of a mask, and two worlds with one semantic map."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare, judged, kind

Arguments = dict[str, Any]

PER_CLASS = 1000

# ---- 01.count_regions: masks drawn as text, each with a trap ----

MASKS = (
    ("##.##", ".#..#", "#.#.#"),  # four; each mistake gives another number
    ("######", "......", "######"),
    ("#.####", "#.#..#", "###..#"),  # one, which comes back to each row
    ("......", "......", "......"),  # none
    ("#####", "....#", "#####", "#....", "#####"),  # a snake: long ways need many steps
    ("##..##.", "##...#.", "....###", ".#.....", "##.##.#"),
    ("#.#.#.#", "#######", ".......", "#.#.#.#"),
    ("#",),
    ("##", "##", "##"),  # nothing outside
    ("####.", "#..#.", "####.", "....#"),  # one with a hole, one at its corner
    (".#.#.", "##.##", ".....", ".#.#."),  # touches itself only across the border
    ("#.", ".#"),
    ("#", ".", "#", "#"),
    ("###.", "#..#"),  # after a step with as many numbers as before the numbers still move
    ("#..#", ".###"),
)
MANY = (17, 23)  # height and width of a mask of many small regions, with more pixels than 8 bits can number
LONG = (15, 17)  # height and width of a snake whose way takes more than a hundred steps

REGION_MISTAKES = {
    "corners": "Pixels that touch at a corner alone were joined; neighbors share an edge: above, below, left, right.",
    "wraps": "The first row touches the last, or the first column the last, as after `roll`; beyond the border there "
    "is nothing.",
    "rows": "That is the number of runs along the rows; runs of one row and the next that touch are one region.",
    "columns": "That is the number of runs along the columns; runs that touch side by side are one region.",
    "one pass": "One pass from the top left counts a region again where two of its arms meet: its numbers have to be "
    "joined.",
    "pixels": "That is the number of pixels in the mask; pixels that touch belong to one region.",
    "one": "All regions count as one: pixels of two regions need different numbers.",
    "values": "That is the number of different values in the mask, True and False; count the regions of True.",
    "holes": "Holes are taken off: a region with a hole in it is one region.",
    "no outside": "One is taken off for the outside; a mask that is True everywhere has none.",
    "background": "That is the number of regions *outside* of the mask; count those where it is True.",
    "both": "The background was counted too: the number 0 marks what lies outside of the mask.",
    "bytes": "The pixels are numbered in 8 bits, 256 different numbers: in a larger mask two regions get the same one.",
    "count stays": "Spreading stops when a step leaves as many different numbers as before; they may still move: go on "
    "until no number changes.",
}
STOPPED = "Spreading stops after about {} steps; a long region needs more: go on until nothing moves."
FIXED_STEPS = (10, 20, 50, 100, *range(3, 33), 40, 64)  # round ones first: of two that fit, the first is said


def mask_arguments(seed: int) -> Arguments:
    """Return a mask (H, W), bool: drawn as text, a snake, dots; then snakes, full, dotted and random ones in turn."""
    if seed < len(MASKS):
        return {"mask": torch.tensor([[cell == "#" for cell in row] for row in MASKS[seed]])}
    if seed == len(MASKS):
        return {"mask": snake(*LONG)}
    if seed == len(MASKS) + 1:
        return {"mask": dots(*MANY)}
    height, width = (int(torch.randint(low, high, ())) for low, high in ((5, 9), (10, 15)))
    if seed % 5 == 0:
        return {"mask": snake(4 * height + 1, width + 6)}
    if seed % 5 == 1:
        return {"mask": torch.ones(height, width, dtype=torch.bool)}
    if seed % 5 == 2:
        return {"mask": dots(2 * height + 7, width + 10)}
    return {"mask": torch.rand(height, width) < (0.4, 0.55, 0.75)[seed % 3]}


def snake(height: int, width: int) -> Tensor:
    """Return a mask (height, width) of one winding region: every second row, joined at the right and left in turn."""
    mask = torch.zeros(height, width, dtype=torch.bool)
    mask[::2] = True
    mask[1::4, -1] = True
    mask[3::4, 0] = True
    return mask


def dots(height: int, width: int) -> Tensor:
    """Return a mask (height, width) of single pixels, every second one of every second row, two of them joined."""
    mask = torch.zeros(height, width, dtype=torch.bool)
    mask[::2, ::2] = True
    mask[0, 1] = True
    return mask


EDGES = ((-1, 0), (1, 0), (0, -1), (0, 1))
CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def regions(mask: Tensor, steps: Iterable[tuple[int, int]], wraps: bool = False) -> int:
    """Return how many regions a mask (H, W) has if these steps join pixels, with `wraps` also across the border."""
    height, width = mask.shape
    waiting = {tuple(place) for place in mask.nonzero().tolist()}
    count = 0
    while waiting:  # fill one region after the other
        count += 1
        front = [waiting.pop()]
        while front:
            row, column = front.pop()
            near = {(row + i, column + j) for i, j in steps}
            if wraps:
                near = {(i % height, j % width) for i, j in near}
            touching = near & waiting
            waiting -= touching
            front += touching
    return count


def runs(mask: Tensor) -> int:
    """Return the number of runs along the rows."""
    return int(mask[:, 0].sum() + (mask[:, 1:] & ~mask[:, :-1]).sum())


def starts(mask: Tensor) -> int:
    """Return how many pixels have neither an upper nor a left neighbor in the mask."""
    above = F.pad(mask, (0, 0, 1, 0))[:-1]
    left = F.pad(mask, (1, 0))[:, :-1]
    return int((mask & ~above & ~left).sum())


def euler_number(mask: Tensor) -> int:
    """Return the number of regions less the number of their holes: pixels − edges + squares of four."""
    across = mask[:, 1:] & mask[:, :-1]
    down = mask[1:] & mask[:-1]
    squares = across[1:] & across[:-1]
    return int(mask.sum() - across.sum() - down.sum() + squares.sum())


def judge_regions(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the neighborhood or what was counted."""
    mask = arguments["mask"]
    if isinstance(result, Tensor) and result.ndim and result.shape == mask.shape:
        return "The result is a map; the exercise asks for the number of regions, an integer."
    wrong = {
        "one": int(mask.any()),
        "pixels": int(mask.sum()),
        "corners": regions(mask, EDGES + CORNERS),
        "wraps": regions(mask, EDGES, wraps=True),
        "rows": runs(mask),
        "columns": runs(mask.T),
        "one pass": starts(mask),
        "values": len(mask.unique()),
        "holes": euler_number(mask),
        "no outside": expected - 1 if mask.all() else expected,
        "background": regions(~mask, EDGES),
        "both": expected + 1 if not mask.all() else expected,
        "bytes": counts_while_spreading(mask, numbered(mask) % 256)[-1],
    }
    mistakes = [(REGION_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    mistakes += stopped_early(mask)
    for numbering in (mask, mask.flip(0, 1)):  # the largest spreads, or the smallest
        mistakes.append((REGION_MISTAKES["count stays"], until_the_count_stays(numbering)))
    return compare(result, expected, name="the number of regions", mistakes=mistakes)


def stopped_early(mask: Tensor) -> list[tuple[str, int]]:
    """Return what is counted if numbers spread for a fixed number of steps, or for one that the size gives."""
    counts = counts_while_spreading(mask)
    height, width = mask.shape
    steps = {str(number): number for number in FIXED_STEPS}
    steps["height + width"] = height + width
    steps["max(height, width)"] = max(height, width)
    return [(STOPPED.format(words), counts[min(number, len(counts) - 1)]) for words, number in steps.items()]


def until_the_count_stays(mask: Tensor) -> int:
    """Return what is counted if spreading ends with the first step that leaves as many different numbers."""
    counts = counts_while_spreading(mask)
    return next((count for count, after in pairwise(counts) if count == after), counts[-1])


def numbered(mask: Tensor) -> Tensor:
    """Return the numbers 1, 2, 3, … of the pixels (H, W), 0 outside of the mask."""
    return torch.arange(1, mask.numel() + 1).view(mask.shape) * mask


def counts_while_spreading(mask: Tensor, numbers: Tensor | None = None) -> list[int]:
    """Return how many different numbers are left after 0, 1, 2, … steps of spreading the largest to the neighbors."""
    numbers = numbered(mask) if numbers is None else numbers
    counts = [len(numbers[mask].unique())]
    while True:
        p = F.pad(numbers, (1, 1, 1, 1))
        around = torch.stack([numbers, p[:-2, 1:-1], p[2:, 1:-1], p[1:-1, :-2], p[1:-1, 2:]])
        larger = around.amax(dim=0) * mask
        if torch.equal(larger, numbers):
            return counts
        numbers = larger
        counts.append(len(numbers[mask].unique()))


# ---- 01.another_world: every map with one semantic map and another number of things is right ----

WORLD_MISTAKES = {
    "class": "The semantic map must stay: change instance numbers only, so that id // 1000 is what it was.",
    "stuff": "Stuff or void got an instance number; they keep instance 0, only things are counted.",
    "thing": "A thing has instance 0, which is for stuff; things are numbered from 1.",
    "unchanged": "The map is unchanged. Merge two things of one class, or split one.",
    "renumbered": "The things have other numbers, but there are as many as before. Merge two of one class, or split "
    "one.",
}
WORLDS = (
    ((6001, 6002, 2000),),
    ((6001, 6001, 6001), (2000, 2000, 2000)),
    ((1000, 9001, 9002, 1000), (6001, 6001, 6001, 2000)),
    ((255000, 6001, 6001), (2000, 6001, 6001), (2000, 7001, 2000)),
    ((0, 0, 0, 0, 0), (6001, 6001, 6002, 6002, 6003), (2000, 2000, 255000, 2000, 2000)),
    ((6001,) * 5, (6001,) * 5),  # one thing, and nothing else
    ((255000, 0, 9004), (6999, 255000, 9002)),  # things of one pixel each; their numbers have gaps
    ((11001, 2000), (255000, 11002), (11001, 2000)),
)


def world_arguments(seed: int) -> Arguments:
    """Return a panoptic map (H, W) that holds at least one thing of two pixels, or two things of a class."""
    if seed < len(WORLDS):
        return {"panoptic": torch.tensor(WORLDS[seed])}
    panoptic = torch.randint(3, (int(torch.randint(4, 7, ())), int(torch.randint(8, 12, ())))) * PER_CLASS
    things = (16001, 16002, 9001) if seed % 2 else (6001, 17001, 9001)  # two of a class to merge, or things to split
    width = 1 if seed % 6 == 3 else 2  # of one pixel each they can be merged alone
    for number, thing in enumerate(things):
        panoptic[1 + int(torch.randint(2, ())), 2 * number : 2 * number + width] = thing
    panoptic[0, -1] = 255 * PER_CLASS
    return {"panoptic": panoptic}


def things_in(panoptic: Tensor) -> int:
    """Return how many things a panoptic map holds."""
    return int((panoptic.unique() % PER_CLASS > 0).sum())


def judge_world(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Accept every map with the same classes and another number of things; name what else was changed."""
    panoptic = arguments["panoptic"]
    if not isinstance(result, Tensor) or result.shape != panoptic.shape or kind(result) != "integer":
        return compare(result, expected, name="the panoptic map")
    result = result.long()
    was_thing, is_thing = panoptic % PER_CLASS > 0, result % PER_CLASS > 0
    wrong = {
        "class": not torch.equal(panoptic // PER_CLASS, result // PER_CLASS),
        "stuff": bool((is_thing & ~was_thing).any()),
        "thing": bool((was_thing & ~is_thing).any()),
        "unchanged": torch.equal(result, panoptic),
        "renumbered": things_in(result) == things_in(panoptic),
    }
    first = next((mistake for mistake, made in wrong.items() if made), None)
    difference = WORLD_MISTAKES[first] if first else None
    return judged(difference, [(sentence, mistake == first or None) for mistake, sentence in WORLD_MISTAKES.items()])
