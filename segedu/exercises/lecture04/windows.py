"""Cases and judges of lecture 04's exercises on one window: cut it out, make a convolution of its linear layer."""

import math
import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict, compare, short, together
from segedu.exercises.engine.show import safe_text

Arguments = dict[str, Any]

# ---- 04.cut_windows: every cell of an image holds another number, so a window can be recognized by eye ----

# image (C, H, W), window (h, w), stride; each case adds one difficulty
CUTS = (
    ((1, 3, 4), (2, 2), 1),
    ((1, 4, 6), (2, 3), 1),
    ((2, 4, 5), (3, 2), 1),
    ((1, 5, 8), (2, 3), 2),
    ((2, 7, 6), (3, 2), 2),
    ((3, 8, 11), (2, 5), 3),
    ((2, 3, 5), (3, 5), 2),  # one window, as large as the image
    ((1, 9, 12), (1, 2), 4),  # windows that don't touch
    ((4, 3, 4), (2, 3), 1),  # more channels than a photograph has
)

CUT_MISTAKES = {
    "by columns": "The windows are right and stand column by column; read them row by row, as one reads a page.",
    "h and w": "Height and width of the window are swapped: size is (h, w), rows first.",
    "no stride": "The stride is forgotten: the next window starts `stride` pixels further on.",
    "rows only": "The stride is used down the rows only; it applies to the columns as well.",
    "columns only": "The stride is used along the columns only; it applies to the rows as well.",
    "last missing": "The last windows are missing: positions go up to height − h and width − w, that included.",
    "channels": "Not all channels are cut: a window (C, h, w) has as many as the image, which need not be 1 or 3.",
    "padded": "The image is padded; asked for are the windows that lie inside of it.",
    "columns": "`F.unfold` puts each window into a *column*, (C · h · w, windows): transpose before you reshape.",
    "reshaped": "The right numbers stand in the wrong windows: `unfold` puts the window's axes last, so `permute` "
    "the channels behind the two axes that count windows before you reshape.",
    "turned": "Each window is transposed: its rows and columns are swapped.",
    "flat": "Each window is flattened; keep its shape (C, h, w).",
    "grid": "The grid of windows still has two axes; join them to one, (rows · columns, C, h, w).",
}


def cut_arguments(seed: int) -> Arguments:
    """Return an image whose cells are numbered, a window and a stride; random ones after the visible cases."""
    shape, size, stride = CUTS[seed] if seed < len(CUTS) else drawn_cut()
    return {"image": torch.arange(float(torch.Size(shape).numel())).view(shape), "size": size, "stride": stride}


def drawn_cut() -> tuple[tuple[int, int, int], tuple[int, int], int]:
    """Draw shapes in which neither image nor window is square."""
    h, w = random.sample(range(2, 6), 2)
    return (random.randint(1, 5), h + random.randint(3, 5), w + random.randint(6, 9)), (h, w), random.randint(1, 4)


def judge_cut(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the classic mistake of windows cut by hand."""
    image, (h, w), stride = arguments["image"], arguments["size"], arguments["stride"]
    grid = image.unfold(1, h, stride).unfold(2, w, stride)  # (C, rows, columns, h, w)
    wrong = {
        "by columns": grid.permute(2, 1, 0, 3, 4).flatten(0, 1),
        "h and w": cut(image, (w, h), stride, stride),
        "no stride": cut(image, (h, w), 1, 1),
        "rows only": cut(image, (h, w), stride, 1),
        "columns only": cut(image, (h, w), 1, stride),
        "last missing": cut(image[:, :-1, :-1], (h, w), stride, stride),
        "padded": cut(F.pad(image, (w // 2, w // 2, h // 2, h // 2)), (h, w), stride, stride),
        "channels": cut(image[:3], (h, w), stride, stride),
        "columns": F.unfold(image[None], (h, w), stride=stride).reshape(expected.shape),
        "reshaped": grid.reshape(expected.shape),
        "turned": expected.mT,
        "flat": expected.flatten(1),
        "grid": grid.permute(1, 2, 0, 3, 4),
    }
    mistakes = [(CUT_MISTAKES[mistake], windows) for mistake, windows in wrong.items() if windows is not None]
    mistakes.append((CUT_MISTAKES["channels"], cut(image[:1], (h, w), stride, stride)))
    return compare(result, expected, name="your stack of windows", mistakes=mistakes)


def cut(image: Tensor, size: tuple[int, int], down: int, right: int) -> Tensor | None:
    """Return the windows (rows · columns, C, h, w), or None where they don't fit."""
    if size[0] > image.shape[1] or size[1] > image.shape[2]:
        return None
    return image.unfold(1, size[0], down).unfold(2, size[1], right).permute(1, 2, 0, 3, 4).flatten(0, 1)


# ---- 04.as_convolution: weights are small integers; never square, except for the first case ----

LAYERS = (
    (1, 1, 2, 2),
    (2, 1, 2, 3),
    (1, 2, 3, 2),
    (2, 3, 2, 4),
    (4, 2, 5, 3),
    (3, 4, 1, 6),
    (2, 3, 1, 1),
)  # out, C, h, w

CONVOLUTION_MISTAKES = {
    "channels last": "The weights are read as (h, w, C); a window (C, h, w) is flattened channel by channel, "
    "so view them as (out, C, h, w).",
    "w first": "The weights are read as (C, w, h) and turned; each channel of a window is flattened row by row, "
    "so view them as (out, C, h, w).",
    "flipped": "The kernels are turned by 180°; torch's convolution doesn't flip, so copy the weights as they are.",
}


def layer_arguments(seed: int) -> Arguments:
    """Return the weights of a linear layer that was made for windows (channels, height, width)."""
    out, channels, height, width = LAYERS[seed] if seed < len(LAYERS) else drawn_layer()
    features = channels * height * width
    return {
        "weight": torch.randint(-9, 10, (out, features)).float() + torch.linspace(0, 0.5, features),
        "bias": torch.randint(1, 10, (out,)).float(),
        "channels": channels,
        "height": height,
        "width": width,
    }


def drawn_layer() -> tuple[int, int, int, int]:
    """Draw the shape of a layer; height and width differ."""
    height, width = random.sample(range(2, 7), 2)
    return random.randint(1, 4), random.randint(2, 4), height, width


def observe_convolution(result: Any, arguments: Arguments) -> dict[str, Any]:
    """Return the plain facts of the module that a student built."""
    if not isinstance(result, nn.Conv2d):
        return {"kind": type(result).__name__}
    output, error = tried(result, arguments)
    return {
        "kernel": tuple(result.kernel_size),
        "stride": tuple(result.stride),
        "padding": result.padding if isinstance(result.padding, str) else tuple(result.padding),
        "dilation": tuple(result.dilation),
        "groups": result.groups,
        "weight": result.weight.detach().clone(),
        "bias": None if result.bias is None else result.bias.detach().clone(),
        "output": output,
        "error": error,
    }


def tried(convolution: nn.Conv2d, arguments: Arguments) -> tuple[Tensor | None, str]:
    """Return what a convolution makes of two windows, flattened, or None with the error if it can't take them."""
    shape = (2, arguments["channels"], arguments["height"], arguments["width"])
    windows = torch.linspace(-1, 1, math.prod(shape)).view(shape)
    try:
        return convolution(windows).detach().flatten(1), ""
    except RuntimeError as error:
        return None, safe_text(error)


def judge_convolution(arguments: Arguments, result: Any, expected: dict[str, Any]) -> Verdict:
    """Say which part of the convolution is not the linear layer's."""
    if "weight" not in result:
        return f"Your function returns a {result['kind']}, expected an nn.Conv2d that holds the weights."
    if result["kernel"] != expected["kernel"]:
        given_size, size = result["kernel"], expected["kernel"]
        swapped = ": height and width are swapped" if given_size == size[::-1] else ""
        return f"The kernel is {given_size}, expected {size}, the window's (height, width){swapped}."
    if result["stride"] != (1, 1) or result["padding"] not in ((0, 0), "valid"):
        return "The convolution has a stride or padding of its own; leave stride=1 and padding=0."
    if result["dilation"] != (1, 1) or result["groups"] != 1:
        return "The convolution has a dilation or groups of its own; leave dilation=1 and groups=1."
    dtype, right_dtype = short(result["weight"]), short(expected["weight"])
    if dtype != right_dtype:
        types = f"The kernel has dtype {dtype}, the linear layer's weights {right_dtype}"
        return f"{types}: leave out `.double()` or `.half()`."
    view = (-1, arguments["channels"], arguments["height"], arguments["width"])
    right = arguments["weight"].view(view)
    out, channels, height, width = right.shape
    wrong: dict[str, Tensor] = {
        "channels last": arguments["weight"].view(out, height, width, channels).permute(0, 3, 1, 2),
        "w first": arguments["weight"].view(out, channels, width, height).mT,
        "flipped": right.flip(-2, -1),
    }
    mistakes = [(CONVOLUTION_MISTAKES[mistake], weight) for mistake, weight in wrong.items()]
    kernel = compare(result["weight"], expected["weight"], name="the kernel", mistakes=mistakes)
    return together(kernel, judge_bias(result["bias"], expected["bias"]), judge_output(result, expected))


def judge_bias(bias: Tensor | None, expected: Tensor) -> Verdict:
    """Say whether the bias is missing or another one."""
    if bias is None:
        return "The bias is forgotten: the convolution needs one number per output channel, the linear layer's."
    if bias.shape != expected.shape:
        return f"The bias has shape {tuple(bias.shape)}, expected {tuple(expected.shape)}, one number per output."
    return compare(bias, expected, name="the bias").saying(
        "The bias is not the linear layer's; copy it, or the convolution keeps the random one that it was built with."
    )


def judge_output(result: dict[str, Any], expected: dict[str, Any]) -> Verdict:
    """Say whether the convolution takes the windows that the linear layer was made for, and gives its numbers."""
    if result["output"] is None:
        return f"The layer can't take windows of the shape and dtype that it was made for ({result['error']})."
    return compare(result["output"], expected["output"], name="what it makes of two windows")
