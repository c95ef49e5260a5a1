"""Cases and judges of lecture 03's exercises on the receptive field: counted, measured, designed."""

import copy
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict, compare
from segedu.ops.cost import count_parameters
from segedu.ops.receptive_fields import measured_receptive_field

Arguments = dict[str, Any]
Layer = tuple[int, int, int, int]  # kernel_size, stride, padding, dilation: torch's order

# ---- 03.receptive_field ----

STACKS: tuple[tuple[Layer, ...], ...] = (
    ((3, 1, 1, 1),),
    ((3, 1, 1, 1), (3, 1, 1, 1)),
    ((3, 1, 1, 1), (3, 1, 4, 4), (5, 1, 2, 1)),
    ((3, 2, 1, 1), (5, 1, 2, 1)),
    ((3, 1, 1, 1), (2, 2, 0, 1), (3, 1, 1, 1), (2, 2, 0, 1), (3, 1, 1, 1)),
    ((7, 2, 3, 1), (3, 2, 1, 1), (3, 1, 2, 2), (3, 1, 1, 1)),
)

FIELD_MISTAKES = {
    "sum": "The kernel sizes are added; windows of neighbors overlap, so a layer adds dilation·(kernel_size − 1)·jump.",
    "no start": "It starts from 0; before the first layer an output is one pixel, so start from size 1.",
    "early jump": "The jump grows too early: a layer's own stride spreads the layers after it, not its own taps.",
    "no dilation": "The dilation is forgotten: it multiplies kernel_size − 1.",
    "no stride": "The strides are forgotten: after a stride of 2, neighboring cells lie twice as far apart.",
    "exchanged": "Stride and dilation are exchanged; a layer is (kernel_size, stride, padding, dilation).",
    "padding": "The padding is taken for the dilation; a layer is (kernel_size, stride, padding, dilation).",
    "added": "The strides are added to the jump; they multiply it.",
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
    }
    mistakes = [(FIELD_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the receptive field", mistakes=mistakes)


# What a mistake takes for kernel_size, stride and dilation of a layer.
MISREAD: dict[str, Callable[[int, int, int, int], tuple[int, int, int]]] = {
    "early jump": lambda k, s, p, d: (k, s, d),
    "no dilation": lambda k, s, p, d: (k, s, 1),
    "no stride": lambda k, s, p, d: (k, 1, d),
    "exchanged": lambda k, s, p, d: (k, d, s),
    "padding": lambda k, s, p, d: (k, s, p),
    "added": lambda k, s, p, d: (k, s, d),
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
    "reach": "That is how far the square reaches from its center; its side is 2·reach + 1.",
    "even": "The side is even; a square around a cell has side 2·reach + 1.",
    "area": "That is the number of cells in the square; return its side.",
    "cancel": "Influences of opposite sign cancel: take the absolute value of each number first, then add.",
    "exchanged": "Row and column of `center` are exchanged: center[0] is the row.",
    "middle": "The square lies in the middle of the map; it should lie around `center`.",
    "one channel": "Only the first channel counts; add up the influence of all channels.",
    "squared": "The gradient is squared; its influence is the absolute value.",
    "small": "The square is one ring too small: it has to hold at least `share` of the influence.",
    "large": "The square is one ring too large: a smaller one already holds `share` of the influence.",
}


def side_arguments(seed: int) -> Arguments:
    """Return a gradient (C, H, W) whose influence fades with the distance from `center`."""
    if seed == 0:  # by hand: the square of side 5 holds 25 of 26, that of side 3 only 9
        gradient = torch.zeros(1, 5, 8)
        gradient[0, :, 3:] = 1.0
        gradient[0, 2, 0] = 1.0
        return {"gradient": gradient, "center": (2, 5), "share": 0.75}
    height, width = (7, 9) if seed == 1 else (17 + 2 * seed, 29 + 2 * seed)
    row, column = height // 2 - 1 - seed % 3, width // 2 + 1 + seed % 4
    y, x = torch.arange(height)[:, None] - row, torch.arange(width) - column
    wide, near = (torch.exp(-(y**2 + x**2) / (2 * (seed % 6 + sigma) ** 2)) for sigma in (1.5, 0.5))
    if seed == 1:
        gradient = (torch.rand(height, width) * wide)[None]
    else:  # the far influences of the first and the last channel have opposite signs
        far = torch.randn(height, width) * wide
        gradient = torch.stack([far, 2 * torch.rand(height, width) * near, torch.rand(height, width) * near - far])
    return {"gradient": gradient, "center": (row, column), "share": (0.6, 0.75, 0.9)[seed % 3]}


def judge_side(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the classic mistake in measuring where the influence lies."""
    if type(result) is int and result != expected and result % 2 == 1:
        for mistake, (influence, center) in side_mistakes(arguments):
            if just_holds(influence, center, arguments["share"], result):
                return SIDE_MISTAKES[mistake]
    wrong = {
        "reach": (expected - 1) // 2,
        "even": expected - 1,
        "area": expected**2,
        "small": expected - 2,
        "large": expected + 2,
    }
    mistakes = [(SIDE_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the side", mistakes=mistakes)


def side_mistakes(arguments: Arguments) -> Iterator[tuple[str, tuple[Tensor, tuple[int, int]]]]:
    """Yield each classic mistake with the influence (H, W) and the center that it measures with."""
    gradient, (row, column) = arguments["gradient"], arguments["center"]
    influence = gradient.abs().sum(dim=0)
    yield "exchanged", (influence, (column, row))
    yield "middle", (influence, (influence.shape[0] // 2, influence.shape[1] // 2))
    yield "cancel", (gradient.sum(dim=0), (row, column))
    yield "cancel", (gradient.sum(dim=0).abs(), (row, column))
    yield "squared", (gradient.square().sum(dim=0), (row, column))
    yield "one channel", (gradient[0].abs(), (row, column))


def just_holds(influence: Tensor, center: tuple[int, int], share: float, side: int) -> bool:
    """Return whether the square of this side holds `share` of the sum, and the next smaller one doesn't."""

    def held(reach: int) -> float:
        rows, columns = (slice(max(0, c - reach), max(0, c + reach + 1)) for c in center)
        return float(influence[rows, columns].sum()) if reach >= 0 else -math.inf

    target, reach = share * float(influence.sum()), (side - 1) // 2
    return held(reach) >= target > held(reach - 1)


# ---- 03.design_stack: every network that meets the demands is right ----

FIELD, BUDGET, CHANNELS, SMALLEST_MAP = 64, 15_000, 16, 32
SIDE = 192  # pixels of the square image on which a design is observed


def observe_stack(network: Any, arguments: Arguments) -> dict[str, Any]:
    """Return plain facts about a network: its field, the share of it that is used, its cost, its output.

    Of a network above the budget its parameters are all that counts: the field of one large kernel takes half a minute.
    """
    if not isinstance(network, nn.Module):
        return {"kind": type(network).__name__}
    parameters = count_parameters(network)
    if parameters > BUDGET:
        return {"parameters": parameters}

    shape = (1, 3, SIDE, SIDE)
    with torch.no_grad():
        output = copy.deepcopy(network).eval()(torch.rand(shape))
    measured = measured_receptive_field(network, shape)
    return {
        "field": measured.size,
        "used": round(float(measured.mask.sum()) / math.prod(measured.size), 4),
        "parameters": parameters,
        "channels": output.shape[1],
        "map": tuple(output.shape[2:]),
    }


def judge_stack(arguments: Arguments, result: dict[str, Any], expected: None) -> Verdict:
    """Say which demand is missed, the budget first, then the main one."""
    if "kind" in result:
        return f"`design_stack` returned a {result['kind']}; return the network itself, such as `nn.Sequential(…)`."
    if result["parameters"] > BUDGET:
        surplus = f"It has {result['parameters']:,} parameters, {BUDGET:,} are allowed"
        return f"{surplus}: let dilation or stride do the seeing, not depth or large kernels."
    (height, width), (rows, columns) = result["field"], result["map"]
    if min(height, width) < FIELD:
        advice = "one pixel short" if min(height, width) == FIELD - 1 else "a larger dilation or a stride sees further"
        return f"It sees {height} × {width} pixels, at least {FIELD} × {FIELD} are asked for: {advice}."
    if result["channels"] < CHANNELS:
        return f"Its output has {result['channels']} channels, at least {CHANNELS} are asked for."
    if min(rows, columns) < SMALLEST_MAP:
        asked = f"at least {SMALLEST_MAP} × {SMALLEST_MAP} are asked for"
        return f"Its map has {rows} × {columns} cells, {asked}: put a dilation where a stride stands, or add padding."
    if result["used"] < 1:
        holes = f"Its field has holes: an output uses {result['used']:.0%} of the pixels of its window"
        return f"{holes}. Let the dilations grow step by step, so that each layer fills the gaps of the next."
    return None
