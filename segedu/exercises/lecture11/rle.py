"""Cases and judges of lecture 11's exercises on run lengths: a mask to COCO's counts, and counts to a mask."""

import itertools
from typing import Any

import torch
from torch import Tensor

from segedu.data.forms.rle import run_lengths
from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# The first ones can be read at a glance: plain, starting with 1, empty, full, one pixel, a row, a column. None: drawn
# at random; the last one is a thing in a large map, whose runs have more than 255 pixels.
MASKS: tuple[tuple[tuple[int, ...], ...] | None, ...] = (
    ((0, 1, 1), (1, 1, 0)),
    ((1, 0, 0, 1), (1, 0, 1, 1)),
    ((0, 0, 0), (0, 0, 0)),
    ((1, 1), (1, 1), (1, 1)),
    ((1,),),
    ((0, 1, 1, 0, 0),),
    ((0,), (1,), (1,), (0,), (1,)),
    None,
    None,
    None,
)

ENCODING_MISTAKES = {
    "rows": "These are the runs along the *rows*; COCO reads down the columns, from left to right: `mask.T.flatten()`.",
    "no zero": "The mask starts with a 1, so its first run of 0 has the length 0: the list starts with 0.",
    "last": "The last run is missing: after the last change the rest of the mask is a run too.",
    "ends": "These are the places where runs end; the length of a run is the distance to the end before it.",
    "ones": "These are the runs of 1 alone; the runs of 0 between them belong to the list.",
    "swapped": "The runs of 1 come first; COCO begins with the run of 0.",
    "trailing": "A run of length 0 stands at the end; the list ends with the last run that is there.",
    "backwards": "The mask was read from its end to its start.",
    "zero always": "A run of length 0 stands in front of a mask that starts with a 0; only a mask that starts with a 1 "
    "has it.",
    "columns": "Each column has runs of its own here; a run goes on from the end of one column into the next.",
    "empty": "The list is empty; a mask without a 1 is one run of 0, as long as the mask has pixels.",
    "pixels": "That is the mask itself, pixel by pixel; the exercise asks for lengths of runs.",
}


def encoding_arguments(seed: int) -> Arguments:
    """Return a mask (H, W), bool; after the visible cases of random size, one of ten empty and one full."""
    if seed < len(MASKS) and (rows := MASKS[seed]):
        return {"mask": torch.tensor(rows).bool()}
    height, width = (int(torch.randint(low, low + 4, ())) for low in (3, 5))
    if seed % 10 == 9:
        return {"mask": one_thing(10 * height, 8 * width)}
    share = {0: 0.0, 5: 1.0}.get(seed % 10, 0.5 if seed % 2 else 0.7)
    return {"mask": torch.rand(height, width) < share}


def one_thing(height: int, width: int) -> Tensor:
    """Return a mask (H, W) of one rectangle somewhere inside, which leaves some columns in front and behind empty."""
    mask = torch.zeros(height, width, dtype=torch.bool)
    mask[height // 4 : -height // 3, width // 2 - 3 : width // 2 + 2] = True
    return mask


def judge_encoding(arguments: Arguments, result: Any, expected: list[int]) -> Verdict:
    """Name the order, the missing zero or the kind of number that went wrong."""
    mask, bits = arguments["mask"], arguments["mask"].T.flatten()
    ends = torch.tensor(expected).cumsum(0).tolist()
    wrong = {
        "rows": run_lengths(mask.flatten().numpy()),
        "no zero": expected[1:] if expected[0] == 0 else expected,
        "last": expected[:-1],
        "ends": ends,
        "ones": expected[1::2],
        "swapped": run_lengths((~bits).numpy()),
        "trailing": [*expected, 0],
        "backwards": run_lengths(bits.flip(0).numpy()),
        "zero always": [0, *expected] if expected[0] else None,
        "columns": [count for column in mask.T for count in run_lengths(column.numpy())],
        "empty": None if mask.any() else [],
        "pixels": bits.int().tolist(),
    }
    mistakes = [(ENCODING_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    judgement = compare(result, expected, name="the list of counts", mistakes=mistakes, items="run")
    return judgement.saying(other_run(result, expected) or judgement.difference)


def other_run(result: Any, expected: list[int]) -> str | None:
    """Return which run of a list of counts is the first of another length, or None if the result is no such list."""
    if not isinstance(result, list) or any(type(count) is not int for count in result):
        return None
    pairs = enumerate(itertools.zip_longest(result, expected))
    place, (count, right) = next(((place, pair) for place, pair in pairs if pair[0] != pair[1]), (0, (0, 0)))
    if count == right:
        return None
    which = f"run {place + 1}, of {'ones' if place % 2 else 'zeros'}"
    if right is None:
        return f"The list of counts has {len(result)} runs, the mask {len(expected)}: nothing is left for {which}."
    if count is None:
        return f"The list of counts ends too early: {which}, of length {right}, is missing."
    return f"The first wrong count is that of {which}: it is {count}, expected {right}."


DECODING_MISTAKES = {
    "rows": "The pixels were laid out along the *rows*; the counts go down the columns: fill (W, H) and transpose.",
    "no transpose": "The mask has the shape (W, H): after `.view(W, H)` comes `.T`.",
    "inverted": "Zeros and ones are swapped: the first count is a run of 0.",
    "upside down": "The columns were filled from below.",
    "empty": "The mask is empty; the counts hold runs of 1.",
    "mirrored": "The columns were filled from right to left.",
    "backwards": "The counts were read from the last to the first, or the pixels laid out from the end.",
}


def decoding_arguments(seed: int) -> Arguments:
    """Return the counts of a mask and its size, [height, width]."""
    mask = encoding_arguments(seed)["mask"]
    return {"counts": run_lengths(mask.T.flatten().numpy()), "size": list(mask.shape)}


def judge_decoding(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the order or the swap that went wrong."""
    bits = expected.T.flatten()
    wrong = {
        "rows": bits.view(expected.shape),
        "no transpose": expected.T,
        "inverted": ~expected,
        "upside down": expected.flip(0),
        "empty": torch.zeros_like(expected),
        "mirrored": expected.flip(1),
        "backwards": expected.flip(0, 1),
    }
    mistakes = [(DECODING_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    judgement = compare(result, expected, name="the mask", mistakes=mistakes)
    return judgement.saying(other_pixel(result, expected) or judgement.difference)


def other_pixel(result: Any, expected: Tensor) -> str | None:
    """Return how many pixels of a mask are wrong, and the first down the columns; None if it has another form."""
    if not isinstance(result, Tensor) or result.shape != expected.shape or result.dtype != torch.bool:
        return None
    wrong = (result != expected).T.nonzero()  # (column, row)
    if not len(wrong):
        return None
    column, row = wrong[0].tolist()
    value = int(expected[row, column])
    return (
        f"{len(wrong)} of {expected.numel()} pixels are wrong; down the columns, the first is the one in row {row}, "
        f"column {column}: it is {1 - value}, expected {value}."
    )
