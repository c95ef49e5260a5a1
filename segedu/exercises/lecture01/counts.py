"""Cases and judges of lecture 01's counting: regions of a mask, and two worlds with one semantic map."""

from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

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
)

REGION_MISTAKES = {
    "corners": "Pixels that touch at a corner alone were joined; neighbors share an edge: above, below, left, right.",
    "rows": "That is the number of runs along the rows; runs of one row and the next that touch are one region.",
    "columns": "That is the number of runs along the columns; runs that touch side by side are one region.",
    "pixels": "That is the number of pixels in the mask; pixels that touch belong to one region.",
    "background": "That is the number of regions *outside* of the mask; count those where it is True.",
    "early": "That is the count after about {} steps of spreading; long regions need more: go on until nothing moves.",
    "both": "The background was counted too: the number 0 marks what lies outside of the mask.",
}


def mask_arguments(seed: int) -> Arguments:
    """Return a mask (H, W), bool; after the visible cases at random."""
    if seed < len(MASKS):
        return {"mask": torch.tensor([[cell == "#" for cell in row] for row in MASKS[seed]])}
    height, width = (int(torch.randint(low, high, ())) for low, high in ((5, 9), (10, 15)))
    return {"mask": torch.rand(height, width) < 0.55}


STEPS = {
    "background": ((-1, 0), (1, 0), (0, -1), (0, 1)),
    "corners": ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)),
}


def wrong_regions(mask: Tensor, mistake: str) -> int:
    """Count the regions of a mask (H, W) with a mistake: outside of it ("background"), or joined at "corners"."""
    steps = STEPS[mistake]
    pixels = ~mask if mistake == "background" else mask
    waiting = {tuple(place) for place in pixels.nonzero().tolist()}
    count = 0
    while waiting:  # fill one region after the other
        count += 1
        front = [waiting.pop()]
        while front:
            row, column = front.pop()
            touching = {(row + i, column + j) for i, j in steps} & waiting
            waiting -= touching
            front += touching
    return count


def runs(mask: Tensor) -> int:
    """Return the number of runs along the rows."""
    return int(mask[:, 0].sum() + (mask[:, 1:] & ~mask[:, :-1]).sum())


def judge_regions(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the neighborhood or what was counted."""
    mask = arguments["mask"]
    if isinstance(result, Tensor) and result.shape == mask.shape:
        return "The result is a map; the exercise asks for the number of regions, an integer."
    wrong = {
        "pixels": int(mask.sum()),
        "corners": wrong_regions(mask, "corners"),
        "rows": runs(mask),
        "columns": runs(mask.T),
    }
    last = {"background": wrong_regions(mask, "background"), "both": expected + 1}
    counts = enumerate(counts_while_spreading(mask), start=1)
    stopped = [(REGION_MISTAKES["early"].format(steps), count) for steps, count in counts]

    mistakes = [(REGION_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    mistakes += stopped[2:]
    mistakes += [(REGION_MISTAKES[mistake], value) for mistake, value in last.items()]
    mistakes += stopped[:2]  # after one or two steps it is rather one of the mistakes in `last`
    return compare(result, expected, name="the number of regions", mistakes=mistakes)


def counts_while_spreading(mask: Tensor) -> list[int]:
    """Return how many different numbers are left after 1, 2, … steps of spreading the largest to the neighbors."""
    numbers, counts = torch.arange(1, mask.numel() + 1).view(mask.shape) * mask, list[int]()
    while True:
        around = [numbers]
        for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
            moved = numbers.roll(step, axis)
            moved.select(axis, 0 if step == 1 else -1).zero_()
            around.append(moved)
        larger = torch.stack(around).amax(dim=0) * mask
        if torch.equal(larger, numbers):
            return counts
        numbers = larger
        counts.append(len(numbers[mask].unique()))


# ---- 01.another_world: every map with one semantic map and another number of things is right ----

WORLDS = (
    ((6001, 6002, 2000),),
    ((6001, 6001, 6001), (2000, 2000, 2000)),
    ((1000, 9001, 9002, 1000), (6001, 6001, 6001, 2000)),
    ((255000, 6001, 6001), (2000, 6001, 6001), (2000, 7001, 2000)),
    ((0, 0, 0, 0, 0), (6001, 6001, 6002, 6002, 6003), (2000, 2000, 255000, 2000, 2000)),
)


def world_arguments(seed: int) -> Arguments:
    """Return a panoptic map (H, W) that holds at least one thing of two pixels, or two things of a class."""
    if seed < len(WORLDS):
        return {"panoptic": torch.tensor(WORLDS[seed])}
    panoptic = torch.randint(3, (int(torch.randint(4, 7, ())), int(torch.randint(8, 12, ())))) * PER_CLASS
    things = (6001, 6002, 9001) if seed % 2 else (6001, 7001, 9001)  # two of a class to merge, or only things to split
    for number, thing in enumerate(things):
        panoptic[1 + int(torch.randint(2, ())), 2 * number : 2 * number + 2] = thing
    panoptic[0, -1] = 255 * PER_CLASS
    return {"panoptic": panoptic}


def things_in(panoptic: Tensor) -> int:
    """Return how many things a panoptic map holds."""
    return int((panoptic.unique() % PER_CLASS > 0).sum())


def judge_world(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Accept every map with the same classes and another number of things; name what else was changed."""
    panoptic = arguments["panoptic"]
    if not isinstance(result, Tensor) or result.shape != panoptic.shape or result.is_floating_point():
        return compare(result, expected, name="the panoptic map")
    before, after = panoptic // PER_CLASS, result // PER_CLASS
    if not torch.equal(before, after):
        row, column = (before != after).nonzero()[0].tolist()
        return (
            f"The class at ({row}, {column}) has become {int(after[row, column])}, it was {int(before[row, column])}: "
            "the semantic map must stay; change instance numbers only."
        )
    was_thing, is_thing = panoptic % PER_CLASS > 0, result % PER_CLASS > 0
    if bool((is_thing & ~was_thing).any()):
        label = int(before[is_thing & ~was_thing][0])
        name = "Void" if label == 255 else f"Class {label}"
        return f"{name} got an instance number; stuff and void keep instance 0, only things are counted."
    if bool((was_thing & ~is_thing).any()):
        label = int(before[was_thing & ~is_thing][0])
        return f"A thing of class {label} has instance 0, which is for stuff; things are numbered from 1."
    count = things_in(result)
    if count == things_in(panoptic):
        same = "The map is unchanged" if torch.equal(result, panoptic) else "The things have other numbers"
        return f"{same}: there are {count} things, as before. Merge two of one class, or split one."
    return None
