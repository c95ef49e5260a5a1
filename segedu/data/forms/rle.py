"""COCO's run-length encoding: a mask as the lengths of its runs of 0 and 1, column by column.

A mask is read down its columns, from left to right, and written as run lengths, zeros first (so the
first may be 0): the *uncompressed* form `{"size": [H, W], "counts": [5, 2, …]}`. The *compressed*
form packs the counts into text: from the fourth on each count is replaced by its difference to the
one two before it (runs repeat from column to column); then it is cut into groups of five bits, the
lowest first, and each group becomes one letter, 48 + 32 · (more follow). Source of the format: the
annotations of COCO (Lin et al. 2014) and the tools that came with them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.data.forms.binary import binary_mask
from segedu.scalars import whole_number


def encode_rle(mask: Tensor | np.ndarray, compress: bool = True) -> dict[str, Any]:
    """Return {"size": [H, W], "counts": …} of a binary mask.

    Args:
        mask: (H, W), of zeros and ones.
        compress: Write the counts as text, else as a list of ints.

    Raises:
        ValueError: The mask has other axes, or holds other numbers.

    >>> encode_rle(torch.tensor([[0, 1, 1], [1, 1, 0]]), compress=False)
    {'size': [2, 3], 'counts': [1, 4, 1]}
    """
    pixels = binary_mask(mask)
    counts = run_lengths(pixels.ravel(order="F"))
    return {
        "size": list(pixels.shape),
        "counts": _as_text(counts) if compress else counts,
    }


def decode_rle(rle: dict[str, Any]) -> Tensor:
    """Return the mask (H, W), bool, of an RLE with counts as text, bytes or a list of ints.

    Raises:
        ValueError: It is no RLE (polygons, counts without a size), or the counts don't add up to H · W.

    >>> decode_rle({"size": [2, 3], "counts": [1, 4, 1]}).int().tolist()
    [[0, 1, 1], [1, 1, 0]]
    """
    height, width = _size_of(rle)
    counts = _counts_of(rle)
    if sum(counts) != height * width:
        raise ValueError(
            f"the counts add up to {sum(counts)}, but the mask has {height} · {width} = {height * width} pixels: "
            "size is [height, width], and counts go down the columns."
        )
    values = np.arange(len(counts)) % 2 == 1  # zeros first
    mask = np.repeat(values, counts).reshape(height, width, order="F")
    return torch.from_numpy(mask.copy())


def rle_area(rle: dict[str, Any]) -> int:
    """Return how many pixels of an RLE are 1, without decoding it.

    >>> rle_area({"size": [2, 3], "counts": [1, 4, 1]})
    4
    """
    return sum(_counts_of(rle)[1::2])


def run_lengths(bits: np.ndarray) -> list[int]:
    """Return the lengths of the runs of a flat bool array, those of False first.

    >>> run_lengths(np.array([True, True, False]))
    [0, 2, 1]
    """
    if not len(bits):
        return []
    changes = np.flatnonzero(bits[1:] != bits[:-1]) + 1
    ends = np.concatenate([[0], changes, [len(bits)]])
    lengths = np.diff(ends).tolist()
    return [0, *lengths] if bits[0] else lengths


def _entry(rle: Any, key: str) -> Any:
    """Return an entry of an RLE; raises ValueError that names the form for what is none."""
    expected = '{"size": [H, W], "counts": …}'
    if isinstance(rle, Mapping):
        if key in rle:
            return rle[key]
        raise ValueError(f"the RLE has no {key!r}, only {', '.join(map(repr, rle)) or 'nothing'}; expected {expected}.")
    if isinstance(rle, str | bytes):
        raise ValueError(
            f"the RLE is a text; expected {expected}: read JSON with json.loads, or add the size to counts."
        )
    if isinstance(rle, Sequence) and len(rle) and isinstance(rle[0], Sequence):
        raise ValueError(f"these are polygons, no RLE {expected}: take polygons_to_mask(polygons, size).")
    raise ValueError(f"the RLE is a {type(rle).__name__}; expected {expected}: add the size to bare counts.")


def _size_of(rle: Any) -> tuple[int, int]:
    size = _entry(rle, "size")
    if isinstance(size, str) or np.shape(size) != (2,):
        raise ValueError(f"the size of the RLE is {size!r}; expected [height, width].")
    height, width = (whole_number(side, "the size of the RLE", at_least=0) for side in size)
    return height, width


def _counts_of(rle: Any) -> list[int]:
    """Return the run lengths as Python's ints, whatever they came as."""
    counts = _entry(rle, "counts")
    if isinstance(counts, str):
        if odd := [letter for letter in counts if not letter.isascii()]:
            raise _no_letter(odd[0])
        counts = counts.encode("ascii")
    lengths = _from_text(counts) if isinstance(counts, bytes) else _from_numbers(counts)
    if min(lengths, default=0) < 0:
        place = next(place for place, length in enumerate(lengths) if length < 0)
        raise ValueError(f"count {place} of the RLE is {lengths[place]}; the length of a run is never negative.")
    return lengths


def _from_numbers(counts: Sequence[float]) -> list[int]:
    numbers = np.asarray(counts)
    whole = numbers.dtype.kind in "iu"
    if numbers.dtype.kind == "f":
        whole = bool((np.isfinite(numbers) & (numbers == np.trunc(numbers))).all())
    if numbers.ndim != 1 or not (whole or numbers.size == 0):
        raise ValueError(
            f"the counts of the RLE are {numbers.dtype} of shape {numbers.shape}; expected a text, or a list of whole "
            "numbers: the lengths of the runs."
        )
    return [int(number) for number in numbers.tolist()]


def _as_text(counts: list[int]) -> str:
    letters = []
    for place, count in enumerate(counts):
        if place > 2:
            count -= counts[place - 2]
        letters += _letters_of(count)
    return "".join(letters)


def _letters_of(number: int) -> list[str]:
    """Return the letters of one number: five bits each, the lowest first."""
    letters = []
    last = False
    while not last:
        group = number & 31
        number >>= 5
        sign = -1 if group & 16 else 0
        last = number == sign  # the highest bit of the last group is the sign
        more = 0 if last else 32
        letters.append(chr(48 + group + more))
    return letters


def _from_text(text: bytes) -> list[int]:
    counts: list[int] = []
    value = 0
    shift = 0  # bits of the value read so far
    for letter in text:
        group = letter - 48
        if not 0 <= group < 64:
            raise _no_letter(chr(letter))
        value |= (group & 31) << shift
        shift += 5
        more = group & 32
        if more:
            continue

        # The last group of a count: its highest bit is the sign.
        if group & 16:
            value -= 1 << shift
        if len(counts) > 2:
            value += counts[-2]
        counts.append(value)
        value = 0
        shift = 0
    if shift:
        raise ValueError("the counts of the RLE end in the middle of a number; the text was cut off.")
    return counts


def _no_letter(letter: str) -> ValueError:
    return ValueError(f"the counts contain {letter!r}, which is no letter of COCO's compressed RLE.")
