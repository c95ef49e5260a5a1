"""Cases and judges of lecture 11's exercises on run lengths: a mask to COCO's counts, and counts to a mask."""

from typing import Any

import torch
from torch import Tensor

from segedu.data.forms.rle import run_lengths
from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# The first ones can be read at a glance: plain, starting with 1, empty, full, one pixel, a row, a column. None: drawn
# at random.
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
    share = {0: 0.0, 5: 1.0}.get(seed % 10, 0.5 if seed % 2 else 0.7)
    return {"mask": torch.rand(height, width) < share}


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
    return compare(result, expected, name="the list of counts", mistakes=mistakes, items="run")


DECODING_MISTAKES = {
    "rows": "The pixels were laid out along the *rows*; the counts go down the columns: fill (W, H) and transpose.",
    "no transpose": "The mask has the shape (W, H): after `.view(W, H)` comes `.T`.",
    "inverted": "Zeros and ones are swapped: the first count is a run of 0.",
    "upside down": "The columns were filled from below.",
    "empty": "The mask is empty; the counts hold runs of 1.",
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
    }
    mistakes = [(DECODING_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the mask", mistakes=mistakes)
