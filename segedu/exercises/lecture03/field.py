"""Cases and judges of lecture 03's exercises on the receptive field: counted, and measured."""

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]
Layer = tuple[int, int, int, int]  # kernel_size, stride, padding, dilation: torch's order

# ---- 03.receptive_field ----

STACKS: tuple[tuple[Layer, ...], ...] = (
    ((3, 1, 0, 1),),
    ((3, 1, 1, 1), (3, 1, 0, 1)),
    ((3, 1, 1, 1), (3, 1, 4, 4), (5, 1, 0, 1)),
    ((3, 2, 0, 1), (5, 1, 1, 1)),
    ((3, 1, 1, 1), (2, 2, 0, 1), (3, 1, 1, 1), (2, 2, 0, 1), (3, 1, 1, 1)),
    ((7, 2, 3, 1), (3, 2, 1, 1), (3, 1, 2, 2), (3, 1, 1, 1)),
    ((1, 1, 0, 1),),
    ((4, 3, 0, 2), (1, 2, 0, 1), (2, 1, 1, 3)),
    (),
)

FIELD_MISTAKES = {
    "sum": "The kernel sizes are added; windows of neighbors overlap, so a layer adds dilation·(kernel_size − 1)·jump.",
    "no start": "It starts from 0; before the first layer an output is one pixel, so start from size 1.",
    "colleague": "That is what the colleague's function says, with both of its bugs: the jump grows before the taps "
    "use it, and dilation doesn't count.",
    "early jump": "The jump grows too early: a layer's own stride spreads the layers after it, not its own taps.",
    "no dilation": "The dilation is forgotten: it multiplies kernel_size − 1.",
    "no stride": "The strides are forgotten: after a stride of 2, neighboring cells lie twice as far apart.",
    "exchanged": "Stride and dilation are exchanged; a layer is (kernel_size, stride, padding, dilation).",
    "padding": "The padding is taken for the dilation; a layer is (kernel_size, stride, padding, dilation).",
    "added": "The strides are added to the jump; they multiply it.",
    "forwards": "That is the recursion from the last layer back to the first, run the other way round: reverse the "
    "layers, or carry size and jump.",
    "halves": "2·(kernel_size // 2) is kernel_size − 1 for odd kernels only.",
    "padding taken off": "The padding is taken off; it moves the field, and changes nothing of its size.",
    "dilation added": "The dilation is added to the kernel: d·(k − 1) + 1 cells are spanned, not k + d − 1.",
    "d times k": "dilation·kernel_size − 1 is added; k taps have k − 1 gaps: dilation·(kernel_size − 1).",
    "dilated jump": "The dilation spreads a layer's own taps alone: the jump grows by the stride, `jump *= stride`.",
    "product": "The kernel sizes are multiplied; each layer adds to the field.",
}


def stack_arguments(seed: int) -> Arguments:
    """Return a stack of layers: a few by hand, then random ones that mix strides and dilations."""
    if seed < len(STACKS):
        return {"layers": list(STACKS[seed])}
    layers = [
        (random.randint(1, 7), random.randint(1, 2), random.randint(0, 3), random.randint(1, 3)) for _ in range(6)
    ]
    return {"layers": [*layers, (3, 2, 1, 2)]}


def judge_field(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the step of the recursion that went wrong."""
    layers: list[Layer] = arguments["layers"]
    wrong = {
        "sum": sum(kernel_size for kernel_size, *_ in layers),
        "no start": expected - 1,
        **{mistake: wrong_field(layers, mistake) for mistake in MISREAD},
        "product": math.prod(kernel_size for kernel_size, *_ in layers),
        "forwards": forwards(layers),
        "colleague": wrong_field([(k, s, p, 1) for k, s, p, _ in layers], "early jump"),
    }
    mistakes = [(FIELD_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the receptive field", mistakes=mistakes)


def forwards(layers: list[Layer]) -> int:
    """Return what the recursion of the way back gives if it starts from the first layer."""
    size = 1
    for kernel_size, stride, _, dilation in layers:
        size = (size - 1) * stride + dilation * (kernel_size - 1) + 1
    return size


# What a mistake takes for kernel_size, stride and dilation of a layer.
MISREAD: dict[str, Callable[[int, int, int, int], tuple[int, int, int]]] = {
    "early jump": lambda k, s, p, d: (k, s, d),
    "no dilation": lambda k, s, p, d: (k, s, 1),
    "no stride": lambda k, s, p, d: (k, 1, d),
    "exchanged": lambda k, s, p, d: (k, d, s),
    "padding": lambda k, s, p, d: (k, s, p),
    "added": lambda k, s, p, d: (k, s, d),
    "halves": lambda k, s, p, d: (2 * (k // 2) + 1, s, d),
    "padding taken off": lambda k, s, p, d: (d * (k - 1) - 2 * p + 1, s, 1),
    "dilation added": lambda k, s, p, d: (k + d - 1, s, 1),
    "d times k": lambda k, s, p, d: (d * k, s, 1),
    "dilated jump": lambda k, s, p, d: (k, s * d, d),
}


def wrong_field(layers: list[Layer], mistake: str) -> int:
    """Run the recursion with a mistake of `MISREAD`; without one there is no answer to be had here."""
    misread = MISREAD[mistake]
    size = jump = 1
    for layer in layers:
        kernel_size, stride, dilation = misread(*layer)
        following = jump + stride - 1 if mistake == "added" else jump * stride
        size += dilation * (kernel_size - 1) * (following if mistake == "early jump" else jump)
        jump = following
    return size


# ---- 03.effective_side: influence of both signs around a cell that is not the middle of the map ----

SIDE_MISTAKES = {
    "reach": "That is how far the square reaches from its center, or one more; its side is 2·reach + 1.",
    "even": "The side is even; a square around a cell has side 2·reach + 1.",
    "area": "That is the number of cells in the square; return its side.",
    "cancel": "Influences of opposite sign cancel: take the absolute value of each number first, then add.",
    "exchanged": "Row and column of `center` are exchanged: center[0] is the row.",
    "middle": "The square lies in the middle of the map; it should lie around `center`.",
    "one channel": "Only the first channel counts; add up the influence of all channels.",
    "largest channel": "Of each cell only the channel with the largest influence counts; add up all channels.",
    "length": "The channels are joined by the root of their squares (`norm`); their influences |g| are added.",
    "squared": "The gradient is squared; its influence is the absolute value.",
    "another share": "`share` is ignored: the square holds 0.95 of the sum, or all of it, whatever is asked for.",
    "open end": "The square lacks its last row or column: a slice ends before its stop, so stop at row + reach + 1.",
    "long end": "The square has a row or column too many: a slice ends before its stop, row + reach + 1.",
    "not cut off": "Where the square leaves the map, its slice starts below 0, which Python counts from the end: start "
    "at max(0, row − reach).",
    "strictly": "A square that holds exactly `share` is enough (`>=`).",
    "never 1": "The cell itself, a square of side 1, may hold the share: begin with reach 0.",
    "strongest": "The strongest cells are counted, wherever they lie; asked for is a square around `center`.",
    "small": "The square is one ring too small: it has to hold at least `share` of the influence.",
    "large": "The square is one ring too large: a smaller one already holds `share` of the influence.",
    "default": "Left out, `share` is 0.95; the square is that of another share.",
}


SHARE = 0.95  # where it is left out

# the channels of a gradient, center, share (None: left out): by hand
FIVE = (0, 0, 0, 1, 1, 1, 1, 1)
HAND_MADE: tuple[tuple[tuple[tuple[tuple[float, ...], ...], ...], tuple[int, int], float | None], ...] = (
    (((FIVE, FIVE, (1, *FIVE[1:]), FIVE, FIVE),), (2, 5), 0.75),  # side 5 holds 25 of 26, side 3 only 9
    ((((0, 0, 0, 0), (0, 9, 0, 0), (0, 0, 0, 1)),), (1, 1), 0.8),  # one bright cell
    ((((1,) * 6,) * 4,), (1, 1), 0.6),  # cut off above and on the left
    ((((1,) * 6,) * 4,), (1, 1), 0.4),
    ((((1,) * 4,) * 6,), (4, 2), 0.4),
    ((((0, 0, 0, 0, 0), (0, 1, 1, 1, 1)),), (1, 2), 0.75),  # exactly the share
    ((((2, 0, 0, 0, 0, 0, 1, 0, 0),),), (0, 6), 0.7),  # a map of one row
    ((((0, 1, 0), (3, 2, 3), (0, 1, 0)), ((0, 0, 0), (3, 0, 3), (0, 0, 0))), (1, 1), 0.2),  # two channels
    ((((2,),),), (0, 0), 0.5),
    ((((2, 1, -2, 90, 2, -1, 2, 0),),), (0, 3), None),  # `share` is left out: 90 % is side 1, 94 % 3, 96 % 5
)
# The last visible case: 3 of 7 is less than the share, of the lengths √Σ g² 3 is more.
TWO_CHANNELS = ((((0, 0), (0, 0), (0, 2), (3, 0)), ((0, 0), (0, 0), (0, 2), (0, 0))), (3, 0), 0.45)
DRAWN = 4  # visible cases at random


def side_arguments(seed: int) -> Arguments:
    """Return a gradient (C, H, W) whose influence fades with the distance from `center`; the first ones by hand."""
    if seed < len(HAND_MADE) or seed == len(HAND_MADE) + DRAWN:
        cells, center, share = HAND_MADE[seed] if seed < len(HAND_MADE) else TWO_CHANNELS
        options: Arguments = {} if share is None else {"share": share}
        return {"gradient": torch.tensor(cells, dtype=torch.float32), "center": center, **options}
    drawn = seed - len(HAND_MADE)
    height, width = (7, 9) if drawn == 0 else (17 + 2 * (drawn % 6), 29 + 2 * (drawn % 6))
    row, column = height // 2 - 1 - drawn % 3, width // 2 + 1 + (drawn + 1) % 4
    if drawn % 4 == 2:  # near a corner
        row, column = 1, width - 3
    y, x = torch.arange(height)[:, None] - row, torch.arange(width) - column
    wide, near = (torch.exp(-(y**2 + x**2) / (2 * ((drawn + 3) % 6 + sigma) ** 2)) for sigma in (1.5, 0.5))
    if drawn == 0:
        gradient = (torch.rand(height, width) * wide)[None]
    elif drawn % 5 == 1:  # one channel near the center, and more of them further away
        gradient = torch.cat([3 * (torch.rand(height, width) * near)[None], torch.rand(4, height, width) * wide])
    else:  # the far influences of the first and the last channel have opposite signs
        far = torch.randn(height, width) * wide
        gradient = torch.stack([far, 2 * torch.rand(height, width) * near, torch.rand(height, width) * near - far])
    if drawn % 4 == 3:  # as small as the gradient of a mean over millions of pixels
        gradient = gradient * 2.0**-40
    options = {} if drawn % 6 == 5 else {"share": (0.6, 0.75, 0.9)[drawn % 3]}
    return {"gradient": gradient, "center": (row, column), **options}


def judge_side(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the classic mistake in measuring where the influence lies."""
    whole: Arguments = {"share": SHARE} | arguments
    wrong = (*side_mistakes(**whole), *misread_sides(expected), *other_shares(arguments))
    mistakes = [(SIDE_MISTAKES[mistake], value) for mistake, value in wrong]
    return compare(result, expected, name="the side", mistakes=mistakes)


def other_shares(arguments: Arguments) -> Iterator[tuple[str, int | None]]:
    """Yield the sides that other defaults of `share` give, where it is left out."""
    influence = arguments["gradient"].abs().sum(dim=0)
    for share in () if "share" in arguments else (0.5, 0.75, 0.9, 0.99, 1 - 1e-6):
        yield "default", side_of(influence, arguments["center"], share)


def misread_sides(side: int) -> Iterator[tuple[str, int]]:
    """Yield what is returned in place of the right side."""
    yield "reach", (side - 1) // 2
    yield "reach", (side + 1) // 2
    yield "even", side - 1
    yield "area", side**2
    yield "small", side - 2
    yield "large", side + 2


def side_mistakes(gradient: Tensor, center: tuple[int, int], share: float) -> Iterator[tuple[str, int | None]]:
    """Yield each classic mistake in the measurement with the side that it gives, None if it finds none."""
    influence = gradient.abs().sum(dim=0)
    row, column = center
    middle = (influence.shape[0] // 2, influence.shape[1] // 2)
    yield "exchanged", side_of(influence, (column, row), share)
    yield "middle", side_of(influence, middle, share)
    yield "cancel", side_of(gradient.sum(dim=0), center, share)
    yield "cancel", side_of(gradient.sum(dim=0).abs(), center, share)
    yield "squared", side_of(gradient.square().sum(dim=0), center, share)
    yield "length", side_of(gradient.norm(dim=0), center, share)
    yield "one channel", side_of(gradient[0].abs(), center, share)
    yield "largest channel", side_of(gradient.abs().amax(dim=0), center, share)
    yield "another share", side_of(influence, center, 0.95)
    yield "another share", side_of(influence, center, 1 - 1e-6)
    for stops in ((0, 0), (0, 1), (1, 0)):
        yield "open end", side_of(influence, center, share, stops=stops)
    for stops in ((2, 2), (1, 2), (2, 1)):
        yield "long end", side_of(influence, center, share, stops=stops)
    yield "not cut off", side_of(influence, center, share, lowest=-max(influence.shape))
    yield "strictly", side_of(influence, center, share + 1e-6)
    yield "never 1", side_of(influence, center, share, smallest=1)
    strongest = strongest_side(influence, share)
    yield "strongest", strongest
    yield "strongest", strongest + 1 - strongest % 2


def side_of(
    influence: Tensor,
    center: tuple[int, int],
    share: float,
    smallest: int = 0,
    stops: tuple[int, int] = (1, 1),
    lowest: int = 0,
) -> int | None:
    """Return the side of the first square that holds `share` of the sum, from reach `smallest`; None if none does.

    The slice of reach r goes from the center − r, at least `lowest`, to the center + r + its entry of `stops`.
    """
    for reach in range(smallest, max(influence.shape) + 1):
        rows, columns = (
            slice(max(lowest, c - reach), max(0, c + reach + stop)) for c, stop in zip(center, stops, strict=True)
        )
        if influence[rows, columns].sum() >= share * influence.sum():
            return 2 * reach + 1
    return None


def strongest_side(influence: Tensor, share: float) -> int:
    """Return the side, rounded up, of a square of as many cells as hold `share`, the strongest first."""
    held = influence.flatten().sort(descending=True).values.cumsum(dim=0)
    count = int((held < share * influence.sum()).sum()) + 1
    return math.isqrt(count - 1) + 1
