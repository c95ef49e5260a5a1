"""Cases and judge of lecture 07's exercise on resizing: bilinear from scratch, and where an output pixel looks."""

import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]
Size = tuple[int, int]

# ---- 07.bilinear: never square, up and down, one output pixel ----

RESIZES: tuple[tuple[tuple[int, ...], Size, bool | None], ...] = (  # x (N, C, H, W), size, align_corners or default
    ((1, 1, 1, 3), (1, 6), None),
    ((1, 1, 1, 3), (1, 7), True),
    ((1, 1, 2, 3), (4, 9), False),
    ((1, 2, 3, 5), (7, 8), True),
    ((1, 1, 4, 6), (1, 11), True),
    ((2, 2, 7, 9), (3, 4), False),
    ((2, 3, 5, 4), (8, 13), False),
    ((1, 1, 4, 7), (1, 3), False),
    ((1, 1, 3, 5), (2, 6), True),
    ((1, 2, 1, 1), (2, 3), None),
    ((1, 1, 16, 9), (2, 40), False),
)

BILINEAR_MISTAKES = {
    "points": "That is align_corners=True, and False was asked for: pixels are areas here, output pixel i looks at "
    "(i + ½)·n/n' − ½.",
    "areas": "That is align_corners=False, and True was asked for: the outer pixels coincide here, output pixel i "
    "looks at i·(n − 1)/(n' − 1).",
    "no half": "The half pixels are missing: it is the *center* i + ½ of the output pixel that is scaled, and ½ taken "
    "off again: (i + ½)·n/n' − ½.",
    "half once": "Half a pixel is added and not taken off again: (i + ½)·n/n' − ½.",
    "late half": "Half a pixel is taken off that was not added: (i + ½)·n/n' − ½.",
    "whole factor": "The factor n'/n is rounded to a whole number; sizes need not divide each other.",
    "wrapped": "Pixels left of the first come from the other end: index −1 is the last pixel in Python. Clamp the "
    "indices to 0 … n − 1.",
    "extrapolated": "Left of the first center the line is drawn on beyond the border; clamp, so that the border pixel "
    "counts alone.",
    "exchanged": "The two weights are exchanged: the pixel at distance t gets 1 − t.",
    "nearest": "That is the nearest pixel; mix the two neighbors along each axis.",
    "one axis": "Only one axis is mixed, the other takes the nearest pixel; mix along height and width.",
    "dark": "Beyond the outer centers the missing neighbor counts as 0, so the border gets dark; clamp the indices, so "
    "that the border pixel counts alone.",
    "rounded": "The values are rounded; what lies between two pixels need not be a whole number.",
    "cut": "The input is cut to whole numbers; mix its values as they are.",
    "one scale": "Both axes are scaled alike; height has its own n/n', and so has width.",
    "averaged": "Where the output is smaller, all pixels below an output pixel are averaged; bilinear mixes the two "
    "neighbors of its place along each axis, no more.",
    "one pixel": "Where one output pixel stands alone, n' − 1 is 0: with align_corners it looks at pixel 0.",
}


def bilinear_arguments(seed: int) -> Arguments:
    """Return numbers to resize, negative ones and halves after the first cases; random sizes after the visible ones."""
    shape, size, align_corners = RESIZES[seed] if seed < len(RESIZES) else drawn_resize(seed % 4)
    x = torch.randint(0, 50, shape).float() * 2
    x[..., 0], x[..., -1] = 7.0, 91.0  # so that the two ends differ
    if seed > 1:
        x = x - 40.5
    default = {} if align_corners is None else {"align_corners": align_corners}
    return {"x": x, "size": size} | default


def drawn_resize(turn: int) -> tuple[tuple[int, ...], Size, bool | None]:
    """Draw sizes in which height and width differ, before and after; each has a turn: a lone pixel, a larger map."""
    height, width = random.sample(range(1, 9), 2)
    if turn == 0:
        return (1, 2, height + 1, width + 1), (1, random.randint(2, 9)), True
    if turn == 1:
        return (1, 2, height + 1, width + 1), (height + random.randint(2, 5), 2 * width + 12), None
    rows, columns = random.sample((1, 2, 2, random.randint(3, 7), random.randint(8, 14)), 2)
    shape = (random.randint(1, 2), random.randint(1, 3), height, width)
    return shape, (rows, columns + (rows == columns)), random.choice((True, True, False, None))


def judge_bilinear(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the classic mistake in where an output pixel looks, or in what it does at the border."""
    x, size, align_corners = arguments["x"], arguments["size"], arguments.get("align_corners", False)
    right, other = ("points", "areas") if align_corners else ("areas", "points")
    wrong = {other: mixed(x, size, other)}
    if not align_corners:
        wrong |= {kind: mixed(x, size, kind) for kind in ("no half", "half once", "late half", "whole factor")}
    wrong |= {border: mixed(x, size, right, border) for border in ("wrapped", "extrapolated", "exchanged", "nearest")}
    wrong |= {"dark": mixed(x, size, right, "dark"), "rounded": expected.round(), "cut": mixed(x.trunc(), size, right)}
    mistakes = [(BILINEAR_MISTAKES[mistake], output) for mistake, output in wrong.items()]
    one_axis = mixed(x, size, right, "nearest", "clamped"), mixed(x, size, right, "clamped", "nearest")
    mistakes += [(BILINEAR_MISTAKES["one axis"], output) for output in one_axis]
    mistakes += [(BILINEAR_MISTAKES["one scale"], output) for output in scaled_alike(x, size, right)]
    mistakes.append((BILINEAR_MISTAKES["averaged"], averaged(x, size, right)))
    if align_corners and 1 in size:
        mistakes += [(BILINEAR_MISTAKES["one pixel"], output) for output in alone(x, size)]
    return compare(result, expected, name="your output", mistakes=mistakes, atol=1e-3)


def scaled_alike(x: Tensor, size: Size, kind: str) -> list[Tensor]:
    """Return x resized with the height's scale for both axes, and with the width's."""
    outputs = []
    for n, m in zip(x.shape[2:], size, strict=True):
        if kind == "points":
            where = [torch.arange(length).double() * (n - 1) / max(m - 1, 1) for length in size]
        else:
            where = [(torch.arange(length).double() + 0.5) * n / m - 0.5 for length in size]
        outputs.append(at(x, *where))
    return outputs


def averaged(x: Tensor, size: Size, kind: str) -> Tensor:
    """Return x with the mean of the areas along an axis that shrinks, mixed along one that grows."""
    axes = []
    for n, m in zip(x.shape[2:], size, strict=True):
        means = F.adaptive_avg_pool1d(torch.eye(n, dtype=torch.float64), m).T
        axes.append(means if m < n else weights_at(places(n, m, kind), n))
    return (axes[0] @ x.double() @ axes[1].T).to(x.dtype)


def alone(x: Tensor, size: Size) -> list[Tensor]:
    """Return what comes out where a lone output pixel looks at 0/0, at the middle, or at the last pixel."""
    outputs = [torch.full((*x.shape[:2], *size), torch.nan)]
    for share in (0.5, 1.0):
        lone = [torch.tensor([share * (n - 1)], dtype=torch.float64) for n in x.shape[2:]]
        sides = zip(x.shape[2:], size, lone, strict=True)
        outputs.append(at(x, *(one if m == 1 else places(n, m, "points") for n, m, one in sides)))
    return outputs


def places(n: int, m: int, kind: str) -> Tensor:
    """Return where in n input pixels each of m output pixels looks, rightly ("areas", "points") or by a mistake."""
    i = torch.arange(m, dtype=torch.float64)
    return {
        "areas": (i + 0.5) * n / m - 0.5,
        "points": i * (n - 1) / max(m - 1, 1),
        "no half": i * n / m,
        "half once": (i + 0.5) * n / m,
        "late half": i * n / m - 0.5,
        "whole factor": (i + 0.5) / max(m // n, 1) - 0.5,
    }[kind]


def mixed(x: Tensor, size: Size, kind: str, border: str = "clamped", other: str = "") -> Tensor:
    """Return x resized with these places: the right way, or with a mistake in what is taken there.

    `other` names another mistake for the columns.
    """
    rows = weights(x.shape[2], size[0], kind, border)
    columns = weights(x.shape[3], size[1], kind, other or border)
    return (rows @ x.double() @ columns.T).to(x.dtype)


def at(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return x mixed at these places of its rows and columns."""
    height, width = x.shape[2:]
    return (weights_at(rows, height) @ x.double() @ weights_at(columns, width).T).to(x.dtype)


def weights(n: int, m: int, kind: str, border: str) -> Tensor:
    """Return the (m, n) weights of one axis."""
    return weights_at(places(n, m, kind), n, border)


def weights_at(where: Tensor, n: int, border: str = "clamped") -> Tensor:
    """Return the weights of n pixels at each place, rightly or with a mistake in what is taken there."""
    if border == "nearest":
        return F.one_hot((where + 0.5).floor().long().clamp(0, n - 1), n).double()
    low = where.trunc() if border == "extrapolated" else where.floor()
    t = (where - low)[:, None]
    neighbors = torch.stack([low, low + 1], dim=1).long()  # (m, 2)
    taps = neighbors % n if border == "wrapped" else neighbors.clamp(0, n - 1)
    shares = torch.cat([t, 1 - t] if border == "exchanged" else [1 - t, t], dim=1)
    if border == "dark":
        shares = shares * (neighbors == taps)
    return torch.zeros(len(where), n, dtype=torch.float64).scatter_add_(1, taps, shares)
