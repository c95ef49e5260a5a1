"""Cases and judges of lecture 06's exercises on taps: a dilated convolution by loops, holes counted, rates chosen."""

import functools
import math
import operator
import random
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare
from segedu.exercises.engine.show import one_line

Arguments = dict[str, Any]

# ---- 06.dilated_conv: small integers, so that a result can be checked by hand; never square ----

MAPS = (
    ((3, 4), (3, 3), 1),
    ((5, 7), (3, 3), 2),
    ((7, 6), (3, 1), 3),
    ((4, 7), (1, 3), 2),
    ((9, 5), (5, 3), 2),
    ((5, 9), (3, 5), 2),
    ((1, 3), (3, 3), 2),
    ((2, 5), (3, 3), 6),  # the outer taps never meet the map
    ((4, 3), (3, 1), 1),
)

CONV_MISTAKES = {
    "flipped": "The kernel is flipped: tap (0, 0) looks up and to the left, at x[i − rate, j − rate] for a 3 × 3 one.",
    "no rate": "The rate is forgotten: neighboring taps lie `rate` cells apart.",
    "one more": "The taps lie rate + 1 cells apart: rate 2 leaves one hole between two taps, not two.",
    "stride on the input": "The rate is applied to the input as a stride (`x[::rate, ::rate]`): that throws cells "
    "away. The output has a cell for every cell of x; only the taps lie apart.",
    "stride": "The rate is taken for a stride: your windows move by `rate` cells. The rate spreads the taps of a "
    "window.",
    "square": "The kernel is taken for square; its sides may differ, so rows go by kh, columns by kw.",
    "offset": "`k // 2` lacks the rate: the middle tap lies rate·(k // 2) cells from the corner of the kernel.",
    "small padding": "The padding is that of rate 1; a kernel of k taps reaches rate·(k // 2) cells beyond its middle.",
    "no padding": "The border is missing: outside of the map x counts as 0, so that the output keeps its size.",
    "corner": "The kernel's corner lies on the output cell; its middle tap should: subtract kh // 2 and kw // 2.",
    "wrapped": "The map is wrapped around (as `torch.roll` does): what leaves on one side must not come in on the "
    "other.",
    "negative": "Indices below 0 are used: Python counts them from the other end. Outside of the map x counts as 0.",
    "middle of three": "The middle tap is taken for tap 1, as in a 3 × 3 kernel; it is tap kh // 2 in rows and tap "
    "kw // 2 in columns.",
    "repeated": "The border cells are repeated outside of the map; there x counts as 0.",
    "enlarged": "The kernel is enlarged, each tap to a block of rate × rate; a dilated kernel has zeros between its "
    "taps.",
    "rows only": "The rate spreads the rows of the kernel, but not its columns.",
    "columns only": "The rate spreads the columns of the kernel, but not its rows.",
    "rate first": "The padding is `rate * k // 2`, from left to right (rate·k) // 2; it is rate·(k // 2): put "
    "parentheses.",
    "last tap": "Only the last tap counts; the taps add up, with `+=`.",
    "first left out": "Row 0 and column 0 of x are left out; they lie inside of the map: `0 <= row`, not `0 < row`.",
    "taps turned": "Rows and columns of the kernel are exchanged: w[u, v] has its row u first.",
}


def conv_arguments(seed: int) -> Arguments:
    """Return a map x (H, W), a kernel w of odd sides and a rate, with whole numbers; from the fifth on of any sign."""
    size, kernel, rate = MAPS[seed] if seed < len(MAPS) else drawn_map()
    w = torch.randint(-3, 4, kernel).float()
    w[0, -1] += 8  # no kernel is symmetric
    w[-1, 0] -= 5
    lowest = 1 if seed < 4 else -9
    return {"x": torch.randint(lowest, 10, size).float(), "w": w, "rate": rate}


def drawn_map() -> tuple[tuple[int, int], tuple[int, int], int]:
    """Draw sizes and rate of a case; height and width always differ."""
    sides = random.sample(range(2, 9), 2)
    kernel = random.choice((1, 3, 5)), random.choice((1, 3, 5))
    return (sides[0], sides[1]), kernel, random.randint(1, 4)


def judge_conv(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the classic mistake of a dilated convolution written by hand."""
    x, w, rate = (arguments[name] for name in ("x", "w", "rate"))
    kh, kw = w.shape
    up, left = rate * (kh // 2), rate * (kw // 2)
    around = (left, left, up, up)
    wrong = {
        "no rate": convolved(x, w, 1),
        "flipped": convolved(x, w.flip(0, 1), rate),
        "one more": convolved(x, w, rate + 1),
        "stride on the input": convolved(x[::rate, ::rate], w, 1),
        "stride": convolved(x, w, 1)[::rate, ::rate],
        "small padding": valid(F.pad(x, (kw // 2, kw // 2, kh // 2, kh // 2)), w, rate),
        "no padding": valid(x, w, rate),
        "corner": valid(F.pad(x, (0, 2 * left, 0, 2 * up)), w, rate),
        "wrapped": valid(wrapped(x, up, left), w, rate),
        "negative": valid(half_wrapped(x, up, left), w, rate),
        "middle of three": from_corner(x, w, rate, rate, rate),
        "repeated": valid(F.pad(x[None], around, mode="replicate")[0], w, rate),
        "enlarged": enlarged(x, w, rate),
        "rows only": valid(F.pad(x, (kw // 2, kw // 2, up, up)), w, (rate, 1)),
        "columns only": valid(F.pad(x, (left, left, kh // 2, kh // 2)), w, (1, rate)),
        "rate first": rate_first(x, w, rate),
        "last tap": convolved(x, only_last(w), rate),
        "first left out": convolved(without_first(x), w, rate),
        "taps turned": convolved(x, w.T, rate),
        "offset": from_corner(x, w, rate, kh // 2, kw // 2),
    }
    mistakes = [(CONV_MISTAKES[mistake], output) for mistake, output in wrong.items() if output is not None]
    mistakes += [(CONV_MISTAKES["square"], output) for output in taken_for_square(x, w, rate) if output is not None]
    return compare(result, expected, name="your output", mistakes=mistakes)


def convolved(x: Tensor, w: Tensor, rate: int) -> Tensor:
    """Return the dilated convolution of x (H, W) at its own size, 0 outside."""
    kh, kw = w.shape
    return F.conv2d(x[None, None], w[None, None], padding=(rate * (kh // 2), rate * (kw // 2)), dilation=rate)[0, 0]


def valid(x: Tensor, w: Tensor, rate: int | tuple[int, int]) -> Tensor | None:
    """Return it without padding, or None where the kernel doesn't fit."""
    try:
        return F.conv2d(x[None, None], w[None, None], dilation=rate)[0, 0]
    except RuntimeError:
        return None


def from_corner(x: Tensor, w: Tensor, rate: int, up: int, left: int) -> Tensor | None:
    """Return what it gives, at the map's own size, if the kernel's corner lies so many cells up and to the left."""
    (kh, kw), (height, width) = w.shape, x.shape
    padded = F.pad(x, (left, rate * (kw - 1), up, rate * (kh - 1)))
    output = valid(padded, w, rate)
    return None if output is None else output[:height, :width]


def taken_for_square(x: Tensor, w: Tensor, rate: int) -> list[Tensor | None]:
    """Return what one side of a kernel in place of both gives: in padding and loops, in offsets, in padding alone."""
    outputs: list[Tensor | None] = []
    for k in w.shape if w.shape[0] != w.shape[1] else ():
        reach = rate * (k // 2)
        if k == min(w.shape):
            outputs.append(convolved(x, w[:k, :k], rate))
        outputs += [from_corner(x, w, rate, reach, reach), valid(F.pad(x, (reach,) * 4), w, rate)]
    return outputs


def rate_first(x: Tensor, w: Tensor, rate: int) -> Tensor:
    """Return what (rate·k) // 2 rows above and columns on the left give, at the map's own size."""
    (kh, kw), (height, width) = w.shape, x.shape
    padded = F.pad(x, (rate * kw // 2, rate * kw, rate * kh // 2, rate * kh))
    return F.conv2d(padded[None, None], w[None, None], dilation=rate)[0, 0, :height, :width]


def only_last(w: Tensor) -> Tensor:
    """Return the kernel with zeros in place of all taps but the last."""
    last = torch.zeros_like(w)
    last[-1, -1] = w[-1, -1]
    return last


def without_first(x: Tensor) -> Tensor:
    """Return the map with zeros in its first row and column."""
    inner = x.clone()
    inner[0], inner[:, 0] = 0, 0
    return inner


def wrapped(x: Tensor, up: int, left: int) -> Tensor:
    """Return x continued periodically by so many cells on each side, also by more than x has."""
    rows, columns = (torch.arange(-n, size + n) % size for n, size in zip((up, left), x.shape, strict=True))
    return x[rows[:, None], columns]


def half_wrapped(x: Tensor, up: int, left: int) -> Tensor:
    """Return x continued periodically above and on the left, as negative indices do, with zeros on the other sides."""
    continued = wrapped(x, up, left)
    continued[up + x.shape[0] :] = 0
    continued[:, left + x.shape[1] :] = 0
    return continued


def enlarged(x: Tensor, w: Tensor, rate: int) -> Tensor | None:
    """Return what a kernel gives whose taps are blocks, at the input's size where the block kernel has a middle."""
    blocks = w.repeat_interleave(rate, 0).repeat_interleave(rate, 1)
    bh, bw = blocks.shape
    padded = F.pad(x, (bw // 2, bw // 2, bh // 2, bh // 2))
    output = valid(padded, blocks, 1)
    return None if output is None else output[: x.shape[0], : x.shape[1]]


# ---- 06.count_holes ----

RATES = (
    ([2], 3),
    ([1], 3),
    ([2, 2, 2], 3),
    ([1, 2, 5], 3),
    ([3, 2], 4),
    ([1, 2, 9], 3),
    ([2, 3, 7], 2),
    ([9, 4, 1], 3),
    ([4, 3], 1),
)

HOLE_MISTAKES = {
    "reached": "That is how many pixels are reached; the holes are the other pixels of the field.",
    "field": "That is the size of the whole field; holes are its pixels that no path reaches.",
    "all from one": "Each layer's taps are laid from pixel 0 alone; a layer goes on from *every* pixel that is reached "
    "so far.",
    "one layer each": "The holes of each layer are added; what one layer skips, the taps of another may fill.",
    "largest": "Only the layer with the largest rate counts; the other layers fill holes between its taps.",
    "last layer": "Only the last layer counts; each pixel that is reached so far leads on to `kernel_size` others.",
    "no holes": "That says that no pixel is missed; the taps of a layer lie `rate` pixels apart.",
    "paths": "Paths are counted, k in each layer, but several may end at one pixel: count different pixels.",
    "squared": "Those are the holes of the two-dimensional field; count along one axis.",
    "three taps": "The kernel has `kernel_size` taps, not always three.",
    "centered": "From −(k // 2) to k // 2 there are k taps for odd k alone, one too many for an even one.",
    "common factor": "Only a common factor of the rates is looked at; rates without one can leave holes too.",
}


def hole_arguments(seed: int) -> Arguments:
    """Return a list of rates and a kernel size."""
    if seed < len(RATES):
        rates, kernel_size = RATES[seed]
        return {"rates": list(rates), "kernel_size": kernel_size}
    return {"rates": [random.randint(1, 9) for _ in range(random.randint(2, 4))], "kernel_size": random.randint(2, 5)}


def judge_holes(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name what was counted in place of the holes."""
    rates, k = arguments["rates"], arguments["kernel_size"]
    field, common = 1 + (k - 1) * sum(rates), math.gcd(*rates)
    wrong = {
        "reached": field - expected,
        "field": field,
        "all from one": field - len({rate * tap for rate in rates for tap in range(k)}),
        "one layer each": sum((k - 1) * (rate - 1) for rate in rates),
        "largest": (k - 1) * (max(rates) - 1),
        "last layer": (k - 1) * (rates[-1] - 1),
        "no holes": 0,
        "paths": max(0, field - k ** len(rates)),
        "squared": field**2 - (field - expected) ** 2,
        "three taps": holes_of(rates, taps=3),
        "centered": holes_of(rates, taps=2 * (k // 2) + 1),
        "common factor": field - 1 - (field - 1) // common,
    }
    mistakes = [(HOLE_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    mistakes += [(HOLE_MISTAKES["paths"], field - k ** len(rates))]
    mistakes += [(HOLE_MISTAKES["centered"], field - reached(rates, 2 * (k // 2) + 1))]
    return compare(result, expected, name="the number of holes", mistakes=mistakes)


def holes_of(rates: Sequence[int], *, taps: int) -> int:
    """Return how many pixels of the field no path reaches if each kernel has so many taps."""
    return 1 + (taps - 1) * sum(rates) - reached(rates, taps)


def reached(rates: Sequence[int], taps: int) -> int:
    """Return how many pixels some path reaches."""
    pixels = 1  # bit p: whether pixel p is reached, counted from the first of the field
    for rate in rates:
        pixels = functools.reduce(operator.or_, [pixels << rate * tap for tap in range(taps)])
    return pixels.bit_count()


# ---- 06.choose_rates: every list that meets the demands is right ----

FIELDS = (3, 2, 4, 9, 10, 17, 28, 31, 81, 101, 8, 26, 300)
MOST = 10**8  # layers · pixels of a field: so much is counted in far less than a second


def field_arguments(seed: int) -> Arguments:
    """Return how wide the field has to be."""
    if seed < len(FIELDS):
        return {"field": FIELDS[seed]}
    full = 3 ** random.randint(1, 5)  # what so many layers can see
    return {"field": random.choice((full - 1, full, full + 1, random.randint(2, 400)))}


def judge_rates(arguments: Arguments, result: Any, expected: list[int]) -> Verdict:
    """Say which demand is missed: whole rates, a wide field, no holes, few layers."""
    if not isinstance(result, list | tuple) or not all(type(rate) is int and rate >= 1 for rate in result):
        return f"`choose_rates` returned {one_line(result)}; return a list of whole rates of at least 1, one a layer."
    asked, field = arguments["field"], 1 + 2 * sum(result)
    rates = listed(result)
    if not result:
        return f"An empty list sees 1 pixel, at least {asked} are asked for."
    if field < asked:
        return f"The rates {rates} see 1 + 2·{sum(result)} = {field} pixels, at least {asked} are asked for."
    reason = why_holes(result)
    if reason:
        missed = f"{holes_of(result, taps=3)} holes" if len(result) * field <= MOST else "holes"
        return f"The rates {rates} leave {missed} in a field of {field}: {reason}."
    if len(result) > len(expected):
        count = "1 layer" if len(result) == 1 else f"{len(result)} layers"
        return (
            f"The rates {rates} are {count}, {len(expected)} can do it: a rate may be as large as the field of the "
            "smaller ones."
        )
    return None


def listed(rates: Sequence[int]) -> str:
    """Return rates as text, of a long list the first and the last.

    >>> listed([1, 3]), listed(range(1, 100))
    ('1, 3', '1, 2, 3, …, 99')
    """
    shown = list(rates) if len(rates) <= 12 else [*rates[:3], "…", rates[-1]]
    return ", ".join(map(str, shown))


def why_holes(rates: Sequence[int]) -> str:
    """Return what leaves holes, "" if there are none: a common factor, or the first rate larger than the field before.

    The order of the layers doesn't matter. There are holes if and only if there is such a rate, r: the smaller ones
    reach all of their field and nothing beyond it, and no path over r or a larger one ends below r.

    >>> why_holes([4, 2]), why_holes([1, 4]), why_holes([3, 1])
    ('all rates share the factor 2', 'rate 4 is larger than 3, the field of the smaller ones', '')
    """
    common = math.gcd(*rates)
    if common > 1:
        return f"all rates share the factor {common}"
    field = 1
    for rate in sorted(rates):
        if rate > field:
            break
        field += 2 * rate
    else:
        return ""
    before = "the one pixel that is seen before it" if field == 1 else "the field of the smaller ones"
    return f"rate {rate} is larger than {field}, {before}"
