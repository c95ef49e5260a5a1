"""Cases and judges of lecture 03's two exercises on the operator: its output size, and its loops."""

import random
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# ---- 03.output_size: each of the first cases needs one more term of the formula, so the first failure names it ----

SIZES = (  # n, k, s, p, d
    (7, 3, 1, 0, 1),
    (7, 5, 1, 3, 1),
    (8, 3, 2, 0, 1),
    (15, 3, 1, 0, 3),
    (5, 1, 1, 0, 1),
    (8, 3, 3, 0, 1),  # 5 thirds of a step: rounded, they would be 2
    (9, 4, 3, 2, 1),
    (16, 2, 5, 1, 4),
    (3, 3, 2, 0, 1),  # one place only
    (1, 1, 1, 0, 1),
    (7, 3),  # what a row lacks is left out, so that the defaults count
    (9, 4, 2),
)
SIZE_NAMES = ("input_size", "kernel_size", "stride", "padding", "dilation")
SIZE_DEFAULTS = {"stride": 1, "padding": 0, "dilation": 1}

SIZE_MISTAKES = {
    "no start": "The steps of the kernel are counted, but not the position where it starts; add 1.",
    "two starts": "One position too many is counted: the one where the kernel starts counts once, + 1.",
    "no padding": "The padding is forgotten: the padded input has input_size + 2·padding cells.",
    "one side": "The padding is counted on one side; it is added on both.",
    "padding after": "The padding is added after the division; it belongs to the input, before.",
    "divided": "A number of cells is an integer: divide by `//`, which rounds down, in place of `/`.",
    "rounded": "The quotient is rounded to the nearest number; a last step that doesn't fit is not made, so round down "
    "with `//`.",
    "short span": "The span is one cell too small: k taps have k − 1 gaps, and span d·(k − 1) + 1 cells.",
    "long span": "The span is one cell too large: k taps have k − 1 gaps, and span d·(k − 1) + 1 cells.",
    "no ones": "Both ones are missing: + 1 in the span, and + 1 for the place where the kernel starts. They cancel at "
    "stride 1 alone.",
    "rounded up": "The quotient is rounded up; a last step that doesn't fit is not made, so round down with `//`.",
    "no stride": "The stride is forgotten: it divides the way that the kernel can move.",
    "no dilation": "The dilation is forgotten: the kernel spans dilation·(kernel_size − 1) + 1 cells.",
    "exchanged": "The dilation is taken for a stride: the dilation spreads the taps, the stride moves the kernel.",
    "d times k": "A dilated kernel has kernel_size − 1 gaps: it spans dilation·(kernel_size − 1) + 1 cells, "
    "not dilation·kernel_size.",
    "unchanged": "That is the size of the input; a kernel larger than 1 shrinks it, padding makes up for that.",
    "default stride": "Where `stride` is left out it is 1.",
    "default padding": "Where `padding` is left out it is 0.",
    "default dilation": "Where `dilation` is left out it is 1.",
}


def size_arguments(seed: int) -> Arguments:
    """Return options in which the dilated kernel fits into the padded input; the last ones may be left out."""
    if seed < len(SIZES):
        return dict(zip(SIZE_NAMES, SIZES[seed], strict=False))
    kernel_size, stride, dilation = random.randint(2, 7), random.randint(2, 4), random.randint(2, 4)
    input_size = dilation * (kernel_size - 1) + 1 + random.randint(0, 40)
    sizes = input_size, kernel_size, stride, random.randint(1, 3), dilation
    left_out = max(0, seed % 6 - 2)
    return dict(zip(SIZE_NAMES, sizes[: 5 - left_out], strict=False))


def judge_size(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the term of the formula that is missing or misplaced."""
    wrong = (*wrong_sizes(**(SIZE_DEFAULTS | arguments)), *sizes_of_other_defaults(arguments))
    mistakes = [(SIZE_MISTAKES[mistake], value) for mistake, value in wrong]
    return compare(result, expected, name="the output size", mistakes=mistakes)


def sizes_of_other_defaults(arguments: Arguments) -> Iterator[tuple[str, int]]:
    """Yield the sizes that other defaults give where arguments are left out, such as a pooling's stride."""
    k = arguments["kernel_size"]
    for name, default in (("stride", 2), ("stride", k), ("padding", 1), ("padding", k // 2), ("dilation", 2)):
        if name not in arguments:
            options = SIZE_DEFAULTS | {name: default} | arguments
            span = options["dilation"] * (k - 1) + 1
            yield f"default {name}", (options["input_size"] + 2 * options["padding"] - span) // options["stride"] + 1


def wrong_sizes(
    input_size: int, kernel_size: int, stride: int, padding: int, dilation: int
) -> Iterator[tuple[str, int | float]]:
    """Yield each mistake with the size that it gives."""
    padded = input_size + 2 * padding
    way = padded - dilation * (kernel_size - 1) - 1  # how many cells the kernel can move
    bare = (way - 2 * padding) // stride + 1
    yield "no start", way // stride
    yield "two starts", way // stride + 2
    yield "no padding", bare
    yield "padding after", bare + 2 * padding
    yield "padding after", bare + 2 * padding // stride
    yield "one side", (way - padding) // stride + 1
    yield "divided", way / stride + 1
    yield "rounded up", -(-way // stride) + 1
    yield "rounded", round(way / stride) + 1
    yield "rounded", int(way / stride + 0.5) + 1
    yield "short span", (way + 1) // stride + 1
    yield "long span", (way - 1) // stride + 1
    yield "no ones", (way + 1) // stride
    yield "no stride", way + 1
    yield "no dilation", (padded - kernel_size) // stride + 1
    yield "exchanged", (padded - stride * (kernel_size - 1) - 1) // dilation + 1
    yield "exchanged", (padded - kernel_size) // dilation + 1
    yield "exchanged", (padded - kernel_size) // (stride * dilation) + 1
    yield "d times k", (padded - dilation * kernel_size) // stride + 1
    yield "unchanged", input_size


# ---- 03.conv2d: small integers, so that a result can be checked by hand; never square ----

# x (N, C, H, W), weight (O, C, kh, kw), bias?, stride, padding, dilation; each case adds one difficulty
CONVOLUTIONS = (
    ((1, 1, 3, 4), (1, 1, 3, 3), False, 1, 0, 1),
    ((1, 1, 4, 5), (1, 1, 2, 3), True, 1, 0, 1),
    ((1, 3, 3, 5), (2, 3, 2, 2), True, 1, 0, 1),
    ((1, 1, 5, 7), (2, 1, 3, 3), False, 1, 1, 1),
    ((1, 1, 6, 8), (1, 1, 3, 2), True, 2, 0, 1),
    ((1, 1, 7, 9), (1, 1, 3, 3), False, 1, 0, 2),
    ((2, 2, 8, 11), (5, 2, 3, 2), True, 2, 1, 3),
    ((1, 2, 4, 6), (3, 2, 1, 3), True, 3, 2, 1),
    ((1, 1, 1, 1), (1, 1, 1, 1), True, 1, 0, 1),
    ((2, 1, 4, 5), (2, 1, 2, 3)),  # what a row lacks is left out, so that the defaults count
    ((1, 2, 5, 4), (2, 2, 3, 2), True, 2),
)
CONV_DEFAULTS: Arguments = {"bias": None, "stride": 1, "padding": 0, "dilation": 1}
IN_DOUBLE = 6  # the case whose numbers are float64
IN_HALVES = 4  # the case whose kernel holds halves, and whose image holds multiples of 12.5
SIGNED_BIAS = 6  # from this case on, every second channel has a negative bias
SIGNED = 3  # from this case on, images have negative numbers, too

CONV_MISTAKES = {
    "flipped": "The kernel is flipped: tap (0, 0) meets the upper left cell of the window, not the lower right one.",
    "no bias": "The bias is missing: add bias[o] once to every cell of output channel o.",
    "no padding": "The padding is forgotten: lay `padding` rows and columns of zeros around the input first.",
    "one side": "The zeros lie on the right and below only; padding goes on all four sides.",
    "rows alone": "The stride is used down the rows only; it moves the window along the columns as well.",
    "columns alone": "The stride is used along the columns only; it moves the window down the rows as well.",
    "exchanged": "Stride and dilation are exchanged: the stride moves the window, the dilation spreads the taps.",
    "no stride": "The stride is forgotten: the window of output cell (i, j) starts in row i·stride, column j·stride.",
    "no dilation": "The dilation is forgotten: tap (u, v) lies u·dilation rows and v·dilation columns into the window.",
    "last channel": "Only the last input channel counts: add up over the channels (`+=`), don't overwrite (`=`).",
    "first channel": "Only the first input channel counts: the sum runs over all channels.",
    "mean": "That is the mean over the input channels; add them up.",
    "taps turned": "Rows and columns of the kernel are exchanged: weight[o, c, u, v] has its row u first.",
    "bias per channel": "The bias is added once for every input channel; add it once, outside of that sum.",
    "bias along rows": "The bias lies along the rows: `bias[:, None, None]` is one number per channel, (O, 1, 1).",
    "bias along columns": "The bias lies along the columns: one number per channel has shape (O, 1, 1), "
    "`bias[:, None, None]`.",
    "bias per tap": "The bias is added once for every tap; add it once, outside of that sum.",
    "border": "The border is filled with the image's own numbers, repeated or mirrored; padding is made of zeros.",
    "one image": "All images of the batch get the output of one of them: image n is made from x[n].",
    "one kernel": "All output channels use the same kernel: output channel o has its own, weight[o].",
    "sign": "A negative bias is taken for another one: add bias[o] whatever its sign, and the sum of all biases.",
    "whole": "Fractions are lost: images and kernels may hold other than whole numbers; compute in their dtype.",
    "few bits": "The sums are rounded: 16 bits hold few digits; compute in the dtype of the image.",
    "default bias": "Where `bias` is left out there is none.",
    "default stride": "Where `stride` is left out it is 1.",
    "default padding": "Where `padding` is left out it is 0.",
    "default dilation": "Where `dilation` is left out it is 1.",
}


def conv_arguments(seed: int) -> Arguments:
    """Return integer-valued float tensors in the shapes of case `seed`; random ones after the visible cases."""
    row = CONVOLUTIONS[seed] if seed < len(CONVOLUTIONS) else drawn()
    images, kernels = row[:2]
    options = dict(zip(CONV_DEFAULTS, row[2:], strict=False))
    weight = torch.randint(-3, 4, kernels).float()
    weight[:, :, 0, -1] += 7  # so no kernel is symmetric
    dtype = torch.float64 if seed == IN_DOUBLE else torch.float32
    if "bias" in options:
        options["bias"] = biases(kernels[0], dtype, seed >= SIGNED_BIAS) if options["bias"] else None
    lowest = -9 if seed >= SIGNED else 1
    halves = seed == IN_HALVES or (seed >= len(CONVOLUTIONS) and seed % 3 == 1)
    x, weight = torch.randint(lowest, 10, images).to(dtype), weight.to(dtype)
    return {"x": 12.5 * x if halves else x, "weight": 0.5 * weight if halves else weight, **options}


def biases(count: int, dtype: torch.dtype, signed: bool) -> Tensor:
    """Return the biases 10, 20, 30, …, or −10, 20, −30, …"""
    bias = torch.arange(1.0, count + 1, dtype=dtype) * 10
    if signed:
        bias[::2] *= -1
    return bias


def drawn() -> tuple[Any, ...]:
    """Draw the shapes and options of a case, as a row of `CONVOLUTIONS`; height and width always differ."""
    channels, stride, dilation = random.randint(1, 3), random.randint(1, 3), random.randint(1, 3)
    images = (random.randint(1, 2), channels, random.randint(7, 9), random.randint(10, 13))
    kernels = (random.randint(1, 3), channels, random.randint(2, 3), random.choice((1, 3)))
    row = images, kernels, random.random() < 0.5, stride, random.randint(0, 2), dilation
    return row[: random.choice((2, 3, 4, 5, 6, 6, 6, 6))]


def judge_conv(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the classic mistake of a convolution written by hand."""
    x, weight = arguments["x"], arguments["weight"]
    bias, s, p, d = ((CONV_DEFAULTS | arguments)[name] for name in CONV_DEFAULTS)
    wrong = {
        "flipped": convolved(x, weight.flip(-2, -1), bias, s, p, d),
        "no bias": convolved(x, weight, None, s, p, d),
        "no padding": convolved(x, weight, bias, s, 0, d),
        "one side": convolved(F.pad(x, (0, 2 * p, 0, 2 * p)), weight, bias, s, 0, d),
        "exchanged": convolved(x, weight, bias, d, p, s),
        "no stride": convolved(x, weight, bias, 1, p, d),
        "rows alone": convolved(x, weight, bias, (s, 1), p, d),
        "columns alone": convolved(x, weight, bias, (1, s), p, d),
        "no dilation": convolved(x, weight, bias, s, p, 1),
        "last channel": convolved(x[:, -1:], weight[:, -1:], bias, s, p, d),
        "first channel": convolved(x[:, :1], weight[:, :1], bias, s, p, d),
        "mean": convolved(x, weight / x.shape[1], bias, s, p, d),
        "taps turned": convolved(x, weight.mT, bias, s, p, d),
    }
    wrong |= wrong_biases(x, weight, bias, expected)
    wrong["few bits"] = expected.bfloat16().to(expected.dtype)
    known = (*wrong.items(), *wrong_layers(arguments))
    mistakes = [(CONV_MISTAKES[mistake], output) for mistake, output in known if output is not None]
    return compare(result, expected, name="your output", mistakes=mistakes)


def wrong_biases(x: Tensor, weight: Tensor, bias: Tensor | None, expected: Tensor) -> dict[str, Tensor | None]:
    """Return each mistake in adding the bias with the output that it gives; none where there is no bias."""
    if bias is None:
        return {}
    return {
        "bias along rows": biased(expected, bias, bias[:, None]),
        "bias along columns": biased(expected, bias, bias),
        "bias per channel": expected + (x.shape[1] - 1) * bias[:, None, None],
        "bias per tap": expected + (weight[0].numel() - 1) * bias[:, None, None],
    }


def wrong_layers(arguments: Arguments) -> Iterator[tuple[str, Tensor | None]]:
    """Yield mistakes in what surrounds the sum with their outputs: border, batch, output channels, defaults."""
    x, weight = arguments["x"], arguments["weight"]
    options = CONV_DEFAULTS | {name: arguments[name] for name in CONV_DEFAULTS if name in arguments}
    output = convolved(x, weight, **options)
    for cut in (torch.round, torch.trunc, torch.floor):
        yield "whole", None if output is None else cut(output)
        yield "whole", convolved(cut(x), cut(weight), **options)
    bias = options["bias"]
    if bias is not None:
        yield "sign", convolved(x, weight, **options | {"bias": bias.abs()})
        yield "sign", convolved(x, weight, **options | {"bias": bias.relu()})
        yield "sign", convolved(x, weight, **options | {"bias": None if bias.sum() <= 0 else bias})
    for mode in ("replicate", "reflect"):
        yield "border", convolved(bordered(x, options["padding"], mode), weight, **options | {"padding": 0})
    for image in (x[:1], x[-1:]):
        yield "one image", convolved(image.expand_as(x), weight, **options)
        yield "one image", convolved(image, weight, **options)
    for kernel in (weight[:1], weight[-1:]):
        yield "one kernel", convolved(x, kernel.expand_as(weight), **options)
    others: Arguments = {"stride": 2, "padding": 1, "dilation": 2, "bias": torch.ones_like(weight[:, 0, 0, 0])}
    for name, default in others.items():
        if name not in arguments:
            yield f"default {name}", convolved(x, weight, **options | {name: default})


def bordered(x: Tensor, padding: int, mode: str) -> Tensor:
    """Return the images with a border of their own numbers; bare where they are too small for it."""
    fits = mode == "replicate" or padding < min(x.shape[2:])
    return F.pad(x, (padding,) * 4, mode=mode) if fits else x


def convolved(x: Tensor, weight: Tensor, *options: Any, **named: Any) -> Tensor | None:
    """Return torch's convolution, or None where the kernel doesn't fit."""
    try:
        return F.conv2d(x, weight, *options, **named)
    except RuntimeError:
        return None


def biased(output: Tensor, bias: Tensor, wrong_bias: Tensor) -> Tensor | None:
    """Return the output with another bias in the place of its own, or None where their shapes don't fit."""
    try:
        return output - bias[:, None, None] + wrong_bias
    except RuntimeError:
        return None
