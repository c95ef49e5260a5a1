"""Cases and judges of lecture 08's two exercises on the operator: its output size, and its stamps."""

import random
from collections.abc import Iterator
from itertools import chain, product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# ---- 08.transposed_size: each of the first cases needs one more term, so the first failure names it ----

SIZE_NAMES = ("input_size", "kernel_size", "stride", "padding", "output_padding", "dilation")
SIZE_DEFAULTS = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}
SIZES = (
    (4, 3, 1, 0, 0, 1),
    (4, 5, 3, 0, 0, 1),
    (4, 5, 3, 1, 0, 1),
    (5, 6, 3, 3, 2, 1),
    (6, 4, 2, 0, 0, 5),
    (1, 1, 2, 0, 1, 3),
    (7, 3, 5, 2, 3, 2),
    (3, 7, 4, 5, 1, 3),
    (128, 4, 2, 1, 0, 1),
)

SIZE_MISTAKES = {
    "convolution": "That is the size that an ordinary convolution gives, going down. Solve its formula for the input.",
    "no kernel": "That is input_size·stride: the last stamp reaches past its corner by the kernel's span.",
    "n gaps": "There is one stride too many: between input_size stamps lie input_size − 1 steps.",
    "no corner": "One cell is missing: the span of a kernel is dilation·(kernel_size − 1) + 1.",
    "padding added": "The padding is added; it crops the output, so subtract it, on both sides.",
    "no padding": "The padding is forgotten: it crops `padding` cells on each side of the output.",
    "one side": "The padding is cropped on one side only; it is cropped on both.",
    "extra twice": "The output_padding is added on both sides; it is added once, below and on the right.",
    "no extra": "The output_padding is forgotten: it adds rows below and columns on the right, once.",
    "extra cropped": "The output_padding is subtracted; it is added, once.",
    "extra strided": "The output_padding is multiplied by the stride; it adds so many rows and columns as it says.",
    "dilated taps": "The span of a kernel is not dilation·kernel_size: its taps leave kernel_size − 1 gaps.",
    "padding dilated": "The padding is multiplied by the dilation; it crops so many cells as it says, on each side.",
    "padding strided": "The padding is multiplied by the stride; it crops so many cells as it says, on each side.",
    "steps dilated": "The steps between stamps are multiplied by the dilation, too; it lies between taps alone.",
    "no dilation": "The dilation is forgotten: a stamp spans dilation·(kernel_size − 1) + 1 cells.",
    "exchanged": "The dilation is taken for the stride: the stride lies between stamps, the dilation between taps.",
    "no stride": "The stride is forgotten: neighboring stamps start `stride` cells apart.",
}


def size_arguments(seed: int) -> Arguments:
    """Return options that leave an output of at least one cell, in some cases the defaults."""
    if seed < len(SIZES):
        options = dict(zip(SIZE_NAMES, SIZES[seed], strict=True))
        return {name: options[name] for name in SIZE_NAMES[:2]} if seed == 0 else options
    if seed % 4 == 0:
        return {"input_size": random.randint(1, 30), "kernel_size": random.randint(2, 7)}
    stride, dilation = random.sample(range(1, 6), 2)
    kernel_size, inputs = random.randint(2, 7), random.randint(1, 30)
    span = (inputs - 1) * stride + dilation * (kernel_size - 1) + 1
    padding, extra = random.randint(0, min(3, (span - 1) // 2)), random.randint(0, stride - 1)
    return dict(zip(SIZE_NAMES, (inputs, kernel_size, stride, padding, extra, dilation), strict=True))


def judge_size(arguments: Arguments, result: Any, expected: int) -> Verdict:
    """Name the term of the formula that is missing or misplaced."""
    n, k, s, p, extra, d = ((SIZE_DEFAULTS | arguments)[name] for name in SIZE_NAMES)
    wrong = {
        "convolution": (n + 2 * p - d * (k - 1) - 1) // s + 1,
        "n gaps": expected + s,
        "no corner": expected - 1,
        "no kernel": n * s,
        "padding added": expected + 4 * p,
        "no padding": expected + 2 * p,
        "one side": expected + p,
        "extra twice": expected + extra,
        "no extra": expected - extra,
        "extra cropped": expected - 2 * extra,
        "extra strided": expected + extra * (s - 1),
        "dilated taps": expected + d - 1,
        "padding dilated": expected - 2 * p * (d - 1),
        "padding strided": expected - 2 * p * (s - 1),
        "steps dilated": expected + (n - 1) * s * (d - 1),
        "no dilation": expected - (d - 1) * (k - 1),
        "exchanged": expected + (n - 1) * (d - s) + (k - 1) * (s - d),
        "no stride": expected - (n - 1) * (s - 1),
    }
    mistakes = [(SIZE_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the output size", mistakes=mistakes)


# ---- 08.conv_transpose2d: small integers, so that a result can be checked by hand; never square ----

# x (N, C, h, w), weight (C, O, kh, kw), bias?, stride, padding, output_padding, dilation; each adds one difficulty
TRANSPOSED = (
    ((1, 1, 2, 3), (1, 1, 1, 2), False, 1, 0, 0, 1),
    ((1, 1, 2, 3), (1, 1, 3, 2), False, 2, 0, 0, 1),
    ((1, 1, 2, 3), (1, 2, 2, 3), True, 2, 0, 0, 1),
    ((1, 1, 3, 4), (1, 1, 3, 3), False, 2, 1, 0, 1),
    ((1, 1, 3, 5), (1, 1, 3, 4), True, 2, 1, 1, 1),
    ((1, 1, 4, 6), (1, 1, 3, 2), False, 2, 0, 0, 3),
    ((1, 2, 3, 5), (2, 2, 2, 3), True, 2, 0, 0, 1),
    ((2, 3, 2, 4), (3, 2, 2, 3), True, 3, 1, 1, 2),
    ((1, 1, 2, 3), (1, 1, 2, 1), True, 3, 0, 2, 1),  # cells that no stamp reaches
    ((2, 2, 1, 3), (2, 1, 3, 3), False, 1, 1, 0, 2),
)

CONV_MISTAKES = {
    "convolution": "That is an ordinary convolution: it gathers. Here every input cell *puts down* the kernel.",
    "overwritten": "Where stamps overlap, the last one wins: add up with `+=`, don't overwrite with `=`.",
    "input strided": "The stride skips cells of the input; every cell stamps, and stamps start `stride` cells apart.",
    "no stride": "The stride is forgotten: the stamp of cell (i, j) starts in row i·stride, column j·stride.",
    "flipped": "The kernel is flipped: stamp it as it is, tap (0, 0) in its upper left corner.",
    "no bias": "The bias is missing: add bias[o] once to every cell of output channel o.",
    "bias cropped": "The bias is missing in the extra rows and columns; add it to every cell, after output_padding.",
    "bias per stamp": "The bias is added with every stamp; add it once, at the end, to every cell.",
    "padding added": "The padding is added around the output; it is cropped from it, `padding` cells on each side.",
    "input padded": "Zeros are laid around the input; in a transposed convolution, padding crops the output.",
    "no padding": "The padding is forgotten: crop `padding` cells on each side of the output.",
    "one side": "The padding is cropped above and on the left only; crop all four sides.",
    "empty": "Nothing is left where padding is 0: `[0:-0]` is empty. Crop to `padding : rows - padding`.",
    "padding dilated": "The padding is multiplied by the dilation; it crops so many cells as it says, on each side.",
    "one image": "Every image gets the output of image 0.",
    "extra both": "The output_padding is laid on both sides; the rows come below and the columns on the right only.",
    "extra zeros": "The extra rows and columns are filled with zeros, but stamps still reach them: crop less there.",
    "extra above": "The output_padding lies above and on the left; it belongs below and on the right.",
    "no extra": "The output_padding is forgotten: the output has that many more rows below and columns on the right.",
    "exchanged": "Stride and dilation are exchanged: the stride lies between stamps, the dilation between taps.",
    "no dilation": "The dilation is forgotten: tap (u, v) lies u·dilation rows and v·dilation columns into the stamp.",
    "channels turned": "The channels of the weight are exchanged: weight[c, o] leads from input channel c to output o.",
    "last channel": "Only the last input channel counts: the stamps of all input channels add up.",
    "first channel": "Only the first input channel counts: the stamps of all input channels add up.",
    "taps turned": "Rows and columns of the kernel are exchanged: weight[c, o, u, v] has its row u first.",
}


def conv_arguments(seed: int) -> Arguments:
    """Return float tensors in the shapes of case `seed`, first positive whole ones; random after the visible cases."""
    x, weight, has_bias, *options = TRANSPOSED[seed] if seed < len(TRANSPOSED) else drawn(seed)
    kernels = torch.randint(-3, 4, weight).float()
    kernels[:, :, 0, -1] += 7  # so no kernel is symmetric
    bias = torch.arange(1.0, weight[1] + 1) * 10 if has_bias else None
    names = ("stride", "padding", "output_padding", "dilation")
    cells = torch.randint(1, 10, x).float() - (4.5 if seed > 5 else 0.0)
    if seed == 0 or (seed >= len(TRANSPOSED) and seed % 4 == 0):  # the defaults
        return {"x": cells, "weight": kernels}
    return {"x": cells, "weight": kernels, "bias": bias} | dict(zip(names, options, strict=True))


def drawn(seed: int) -> tuple[Any, ...]:
    """Draw the shapes and options of a case; height and width always differ, each third case adds extra rows."""
    channels, stride, dilation = random.randint(1, 2), random.randint(1, 3), random.randint(1, 3)
    if seed % 3 == 0:
        stride = max(stride, 2)
    height, kernel = random.randint(1, 3), (random.randint(1, 3), random.randint(1, 3))
    x = (random.randint(1, 2), channels, height, random.randint(2, 5))
    weight = (channels, random.randint(1, 3), *kernel)
    spans = [(n - 1) * stride + dilation * (k - 1) + 1 for n, k in zip(x[2:], kernel, strict=True)]
    extra = stride - 1 if seed % 3 == 0 else random.randint(0, stride - 1)
    padding = random.randint(0, min(2, (min(spans) - 1) // 2))
    if spans[0] == spans[1]:
        return drawn(seed)  # height and width have to differ
    return x, weight, seed % 3 == 0 or random.random() < 0.5, stride, padding, extra, dilation


def judge_conv(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the classic mistake of a transposed convolution written by hand."""
    inputs, outputs = arguments["weight"].shape[:2]
    given: Arguments = {"bias": None} | SIZE_DEFAULTS | arguments
    pairs = chain(stamp_mistakes(**given), channel_mistakes(**given), border_mistakes(**given))
    mistakes = [(CONV_MISTAKES[mistake], value) for mistake, value in pairs]
    if isinstance(result, Tensor) and result.ndim == 4 and result.shape[1] == inputs != outputs:
        mistakes.append((CONV_MISTAKES["channels turned"], result))  # its number of channels shows it
    return compare(result, expected, name="your output", mistakes=mistakes)


Mistakes = Iterator[tuple[str, Tensor | None]]


def stamp_mistakes(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: int, dilation: int
) -> Mistakes:
    """Yield each mistake in where and how stamps are put down, with what it gives."""
    s, p, e, d = stride, padding, output_padding, dilation
    yield "convolution", attempted(F.conv2d, x, weight.transpose(0, 1), bias, s, p, d)
    yield "overwritten", overwritten(x, weight, bias, s, p, e, d)
    yield "input strided", transposed(x[..., ::s, ::s], weight, bias, 1, p, 0, d)
    yield "no stride", transposed(x, weight, bias, 1, p, 0, d)
    yield "flipped", transposed(x, weight.flip(-2, -1), bias, s, p, e, d)
    yield "taps turned", transposed(x, weight.mT, bias, s, p, e, d)
    yield "exchanged", transposed(x, weight, bias, d, p, e, s)
    yield "no dilation", transposed(x, weight, bias, s, p, e, 1)


def channel_mistakes(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: int, dilation: int
) -> Mistakes:
    """Yield each mistake in channels and bias, with what it gives."""
    options = (stride, padding, output_padding, dilation)
    if weight.shape[0] == weight.shape[1]:
        yield "channels turned", transposed(x, weight.transpose(0, 1), bias, *options)
    yield "last channel", transposed(x[:, -1:], weight[-1:], bias, *options)
    yield "first channel", transposed(x[:, :1], weight[:1], bias, *options)
    yield "one image", transposed(x[:1].expand_as(x), weight, bias, *options)
    if bias is not None:
        yield "no bias", transposed(x, weight, None, *options)
        ones = torch.ones_like(x[:, :1]), bias[None, :, None, None].expand(1, -1, *weight.shape[2:])
        for times in (1, x.shape[1]):  # with every stamp, or with every channel of every stamp
            stamped = torch.cat([x, ones[0]], dim=1), torch.cat([weight, times * ones[1]])
            yield "bias per stamp", transposed(*stamped, None, *options)


def border_mistakes(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: int, dilation: int
) -> Mistakes:
    """Yield each mistake in what is cropped and what is added, with what it gives."""
    s, p, e, d = stride, padding, output_padding, dilation
    everything = transposed(x, weight, None, s, p, e, d)
    if bias is not None and e and everything is not None:
        inside = bias[:, None, None].expand(-1, everything.shape[2] - e, everything.shape[3] - e)
        yield "bias cropped", everything + F.pad(inside, (0, e, 0, e))
    full = transposed(x, weight, bias, s, 0, e, d)
    yield "no padding", full
    yield "input padded", transposed(F.pad(x, (p,) * 4), weight, bias, s, 0, e, d)
    if full is not None:
        yield "padding added", F.pad(full, (p,) * 4)
        yield "one side", full[..., p:, p:]
        yield "one side", full[..., 2 * p :, 2 * p :]
        yield "empty", full[..., p:-p, p:-p]
        q = p * d
        yield "padding dilated", full[..., q : full.shape[2] - q, q : full.shape[3] - q]
    for early, late in ((bias, None), (None, bias)):  # the bias before what is added, or after it
        cropped = transposed(x, weight, early, s, p, 0, d)
        if cropped is None:
            continue
        later = 0 if late is None else late[:, None, None]
        yield "no extra", cropped + later
        yield "extra both", F.pad(cropped, (e,) * 4) + later
        yield "extra zeros", F.pad(cropped, (0, e, 0, e)) + later
        yield "extra above", F.pad(cropped, (e, 0, e, 0)) + later


def transposed(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: int, dilation: int
) -> Tensor | None:
    """Return torch's transposed convolution, or None where there is none."""
    return attempted(F.conv_transpose2d, x, weight, bias, stride, padding, output_padding, 1, dilation)


def attempted(function: Any, *arguments: Any) -> Tensor | None:
    """Return what a function of torch gives, or None where it refuses."""
    try:
        return function(*arguments)
    except RuntimeError:
        return None


def overwritten(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: int, dilation: int
) -> Tensor:
    """Return what stamps give that replace each other."""
    (n, _, h, w), (_, outputs, kh, kw) = x.shape, weight.shape
    rows = (h - 1) * stride + dilation * (kh - 1) + 1 + output_padding
    columns = (w - 1) * stride + dilation * (kw - 1) + 1 + output_padding
    canvas = x.new_zeros(n, outputs, rows, columns)
    for i, j in product(range(h), range(w)):
        bottom, right = i * stride + dilation * (kh - 1) + 1, j * stride + dilation * (kw - 1) + 1
        stamp = torch.einsum("nc,couv->nouv", x[:, :, i, j], weight)
        canvas[:, :, i * stride : bottom : dilation, j * stride : right : dilation] = stamp
    y = canvas[:, :, padding : rows - padding, padding : columns - padding]
    return y if bias is None else y + bias[:, None, None]
