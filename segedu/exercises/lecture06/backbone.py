"""Cases and judge of lecture 06's exercise on backbones: strides given up, dilations put in their place."""

import math
import random
from collections.abc import Callable
from typing import Any

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]
Layer = tuple[int, int, int, int]  # kernel_size, stride, padding, dilation: torch's order

BACKBONES: tuple[tuple[tuple[Layer, ...], int], ...] = (
    (((3, 2, 1, 1), (3, 1, 1, 1)), 1),
    (((3, 2, 1, 1), (3, 2, 1, 1), (3, 2, 1, 1), (7, 1, 3, 1)), 4),
    (((3, 2, 1, 1), (3, 2, 1, 1), (3, 2, 1, 1), (3, 2, 1, 1), (3, 1, 1, 1)), 2),
    (((7, 2, 3, 1), (2, 2, 0, 1), (5, 2, 2, 1), (1, 1, 0, 1), (3, 1, 1, 1)), 4),
    (((3, 2, 1, 1), (3, 2, 1, 1), (3, 1, 2, 2), (4, 1, 0, 1)), 1),
    (((3, 2, 1, 1), (3, 1, 2, 2), (3, 2, 1, 1)), 4),
    (((3, 3, 1, 1), (5, 2, 0, 1), (3, 3, 2, 2), (3, 1, 0, 1)), 6),
    (((3, 2, 1, 1), (3, 3, 1, 1), (3, 2, 0, 1), (3, 1, 1, 1)), 2),
)
FIELDS = ("kernel size", "stride", "padding", "dilation")

MISTAKES = {
    "unchanged": "Nothing has changed: strides beyond output_stride have to become 1.",
    "strides only": "The strides are gone, and the later taps still look at neighbors; in the denser map the cells "
    "that they used to see lie further apart, so multiply their dilation.",
    "own, padding": "Both bugs are still there. Whose input has become denser: that of the layer that gives up its "
    "stride, or that of the layers behind it? And how many zeros does a kernel need that reaches further?",
    "own": "The layer that gives up its stride is dilated too; its own input is as dense as before, so only the layers "
    "behind it need the dilation.",
    "padding": "The padding is unchanged: a kernel that reaches twice as far needs twice the padding, else the map "
    "shrinks.",
    "three taps": "The padding is set to the dilation, which is right for 3 taps only; multiply the old padding.",
    "rate": "The padding is set to the rate; multiply the old padding by it.",
    "recomputed": "The padding is computed anew, as one that keeps the size; a layer may have had none: multiply the "
    "old padding.",
    "stride stays": "Later layers are dilated, but the strides are still there: those given up become 1.",
    "kept too": "Strides that are kept spread the later kernels, too; only those given up do.",
    "last stride": "Only the last stride given up counts; two strides of 2 that are gone spread the taps by 4.",
    "added": "The strides given up are added; they multiply.",
    "overwritten": "The old dilation is overwritten; multiply it: a layer that was dilated already keeps that factor.",
    "all": "All strides are gone; keep the first ones, as long as their product stays within output_stride.",
    "one too early": "One stride too many is given up: a product equal to output_stride is still allowed.",
    "one too late": "One stride too many is kept: its product is larger than output_stride.",
    "wrong end": "The first strides are given up and the last ones kept; keep the first ones, until their product "
    "reaches output_stride.",
}


def backbone_arguments(seed: int) -> Arguments:
    """Return the layers of a backbone and an output stride on its way."""
    if seed < len(BACKBONES):
        chosen, output_stride = BACKBONES[seed]
        return {"layers": list(chosen), "output_stride": output_stride}
    kernels = [random.choice((1, 2, 3, 5, 7)) for _ in range(random.randint(3, 5))]
    drawn = [(k, random.choice((1, 2, 3)), random.choice((0, k // 2)), random.choice((1, 1, 2))) for k in kernels]
    layers = [(3, 2, 1, 1), *drawn, (3, 2, 1, 1), (3, 1, 2, 2)]
    strides = [stride for _, stride, _, _ in layers]
    return {"layers": layers, "output_stride": math.prod(strides[: random.randint(0, len(layers) - 2)])}


def judge_backbone(arguments: Arguments, result: Any, expected: list[Layer]) -> Verdict:
    """Name the rule that is broken."""
    layers, goal = arguments["layers"], arguments["output_stride"]
    result = result.tolist() if getattr(result, "ndim", 0) == 2 else result  # a row of an array for each layer
    if not isinstance(result, list | tuple) or not all(isinstance(layer, list | tuple) for layer in result):
        return "Return a list with one (kernel_size, stride, padding, dilation) for each layer."
    wrong: dict[str, list[Layer]] = {
        "unchanged": layers,
        "strides only": spread(layers, goal, lambda k, p, d, rate, own: (p, d)),
        "own, padding": spread(layers, goal, lambda k, p, d, rate, own: (p, d * own)),
        "own": spread(layers, goal, lambda k, p, d, rate, own: (p * own, d * own)),
        "padding": spread(layers, goal, lambda k, p, d, rate, own: (p, d * rate)),
        "three taps": spread(layers, goal, lambda k, p, d, rate, own: (d * rate if k > 1 else p, d * rate)),
        "recomputed": spread(layers, goal, lambda k, p, d, rate, own: (d * rate * (k - 1) // 2, d * rate)),
        "rate": spread(layers, goal, lambda k, p, d, rate, own: (rate if p else 0, d * rate)),
        "stride stays": [(k, s, p, d) for (k, _, p, d), (_, s, _, _) in zip(expected, layers, strict=True)],
        "kept too": jumps(layers, goal),
        "last stride": spread(layers, goal, multiply, join=lambda rate, stride: stride),
        "added": spread(layers, goal, multiply, join=lambda rate, stride: stride if rate == 1 else rate + stride),
        "overwritten": spread(layers, goal, lambda k, p, d, rate, own: (p * rate, rate)),
        "all": spread(layers, 1, multiply),
        "one too early": spread(layers, goal - 1, multiply),
        "one too late": one_too_late(layers, goal),
        "wrong end": from_the_wrong_end(layers, goal),
    }
    right = [canonical(layer) for layer in expected]
    again = {
        "recomputed": spread(layers, goal, lambda k, p, d, rate, own: (k // 2 * rate, d * rate)),
        "rate": spread(layers, goal, lambda k, p, d, rate, own: (rate, d * rate)),
    }
    forms = [*wrong.items(), *again.items()]
    mistakes = [(MISTAKES[mistake], [canonical(layer) for layer in value]) for mistake, value in forms]
    answer = [canonical(layer) for layer in result]
    return compare(answer, right, name="your list", mistakes=mistakes, items="layer", fields=FIELDS)


def canonical(layer: Any) -> tuple[Any, ...]:
    """Return a layer as a tuple, with dilation 1 where there is one tap: spreading a single tap changes nothing."""
    return (*layer[:3], 1) if len(layer) == 4 and layer[0] == 1 else tuple(layer)


Options = Callable[
    [int, int, int, int, int], tuple[int, int]
]  # (kernel, padding, dilation, rate, rate with own stride)


def multiply(kernel_size: int, padding: int, dilation: int, rate: int, own: int) -> tuple[int, int]:
    """Return padding and dilation of a layer on a map that is `rate` times as dense: the right rule."""
    return padding * rate, dilation * rate


def spread(
    layers: list[Layer], output_stride: int, options: Options, join: Callable[[int, int], int] = lambda r, s: r * s
) -> list[Layer]:
    """Return the layers made dense by a rule: `options` for padding and dilation, `join` for strides given up."""
    made, rate, reached = [], 1, 1
    for kernel_size, stride, padding, dilation in layers:
        given_up = stride if reached * stride > output_stride else 1
        own = rate if given_up == 1 else join(rate, given_up)
        made.append((kernel_size, stride // given_up, *options(kernel_size, padding, dilation, rate, own)))
        rate, reached = own, reached * (stride // given_up)
    return made


def jumps(layers: list[Layer], output_stride: int) -> list[Layer]:
    """Return the layers spread by all strides before them, kept or given up."""
    made, jump = [], 1
    for layer, (_, stride, _, _) in zip(spread(layers, output_stride, unchanged), layers, strict=True):
        kernel_size, kept, padding, dilation = layer
        made.append((kernel_size, kept, padding * jump, dilation * jump))
        jump *= stride
    return made


def unchanged(kernel_size: int, padding: int, dilation: int, rate: int, own: int) -> tuple[int, int]:
    """Return padding and dilation as they were."""
    return padding, dilation


def one_too_late(layers: list[Layer], output_stride: int) -> list[Layer]:
    """Return the layers with one stride more kept: the first whose product is larger than output_stride."""
    product = 1
    for _, stride, _, _ in layers:
        product *= stride
        if product > output_stride:
            return spread(layers, product, multiply)
    return layers


def from_the_wrong_end(layers: list[Layer], output_stride: int) -> list[Layer]:
    """Return the layers with the last strides kept and the first given up."""
    kept, left = [], output_stride
    for _, stride, _, _ in reversed(layers):
        kept.append(stride if left % stride == 0 else 1)
        left //= kept[-1]
    made, rate = [], 1
    for (kernel_size, stride, padding, dilation), new in zip(layers, reversed(kept), strict=True):
        made.append((kernel_size, new, padding * rate, dilation * rate))
        rate *= stride // new
    return made
