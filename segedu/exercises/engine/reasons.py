"""Where a wrong shape or wrong values usually come from: transposed, shifted, times a factor, wrong along the border.

Each reason is true of the case at hand by construction; which mistake led to it, only a judge can know. It is said if
at least half of the failing cases have one of its kind (`diagnosis.usual_reason`).
"""

import math
import re

import torch

RTOL, ATOL = 1e-4, 1e-5
AXES = {1: "(C)", 2: "(H, W)", 3: "(C, H, W)", 4: "(N, C, H, W)"}


def shape_reason(shape: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Return what a wrong shape usually comes from, or "" where nothing is known.

    >>> shape_reason((2, 4, 6), (2, 5, 7))
    'height and width are one too small'
    """
    if len(shape) != len(expected):
        return rank_reason(shape, expected)
    if len(shape) >= 2 and shape != expected and shape == (*expected[:-2], expected[-1], expected[-2]):
        return "height and width are swapped"
    if sorted(shape) == sorted(expected):
        return f"the axes stand in another order; expected {AXES.get(len(expected), 'the order of the input')}"
    if len(shape) < 2 or shape[:-2] != expected[:-2]:
        return ""
    return size_reason(shape[-2] - expected[-2], shape[-1] - expected[-1])


def size_reason(rows: int, columns: int) -> str:
    """Return by how much height and width are too large (or, negative, too small), or "" if they don't agree in it.

    >>> size_reason(0, 2)
    'width is 2 cells too large'
    """
    if rows and columns and rows != columns:
        return ""
    surplus = rows or columns
    amount = "one" if abs(surplus) == 1 else f"{abs(surplus)} cells"
    direction = "large" if surplus > 0 else "small"
    if rows and columns:
        return f"height and width are {amount} too {direction}"
    return f"{'height' if rows else 'width'} is {amount} too {direction}"


def rank_reason(shape: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Return which axis is missing or surplus."""
    if shape == expected[1:]:
        return "the first axis, the batch's, is missing" if len(expected) == 4 else "the first axis is missing"
    if shape[1:] == expected:
        return "there is one axis too many in front"
    axes = "1 axis" if len(shape) == 1 else f"{len(shape)} axes"
    if math.prod(shape) == math.prod(expected):
        return f"the right number of values, but {axes} in place of {len(expected)}"
    return f"it has {axes}, expected {len(expected)}"


def kind_of(reason: str) -> str:
    """Return a reason without its numbers, which differ from case to case.

    >>> kind_of("is 2.5 everywhere"), kind_of("width is 2 cells too large"), kind_of("width is one too large")
    ('is # everywhere', 'width is # too large', 'width is # too large')
    """
    return re.sub(r"-?\d[\d.e+-]*|-?\binf\b|\bone\b", "#", reason).replace("# cells", "#")


def nan_fact(result: torch.Tensor, expected: torch.Tensor) -> str:
    """Return where a result holds NaN that should hold none, or ""."""
    if bool(result.isnan().any()) and not bool(expected.isnan().any()):
        return f"holds NaN, first at {position(result.isnan())}"
    return ""


def value_reason(result: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> str:
    """Return what wrong values of the right shape usually come from, or "" where nothing is known; both are float64."""
    if not bool(result.any()):
        return "is all zeros"
    if result.numel() > 1 and bool((result == result.flatten()[0]).all()):
        return f"is {result.flatten()[0]:g} everywhere"
    return (
        moved_reason(result, expected, rtol, atol)
        or offset_reason(result, expected, rtol, atol)
        or factor_reason(result, expected, rtol, atol)
        or border_reason(result, expected, rtol, atol)
    )


def moved_reason(result: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> str:
    """Return whether the right values stand in the wrong places: transposed, mirrored, shifted by one."""

    def same(a: torch.Tensor, b: torch.Tensor) -> bool:
        return a.shape == b.shape and a.numel() > 1 and all_close(a, b, rtol, atol)

    if result.ndim < 2:
        return "is in reverse order" if result.ndim == 1 and same(result.flip(0), expected) else ""
    if same(result.mT, expected):
        return "is transposed: rows and columns are swapped"
    for axes, words in (((-2, -1), "turned by 180°"), ((-2,), "upside down"), ((-1,), "mirrored left to right")):
        if same(result.flip(axes), expected):
            return f"is {words}"
    for axis, word in ((-2, "row"), (-1, "column")):
        if (length := result.shape[axis] - 1) > 1:
            if same(result.narrow(axis, 1, length), expected.narrow(axis, 0, length)):
                return f"is shifted by one {word}: each value stands one {word} too late"
            if same(result.narrow(axis, 0, length), expected.narrow(axis, 1, length)):
                return f"is shifted by one {word}: each value stands one {word} too early"
    return ""


def offset_reason(result: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> str:
    """Return whether one constant per channel leads from the result to the expected maps (…, C, H, W)."""
    if result.ndim < 3 or result.shape[-2:].numel() == 1:  # any single value is a constant away from any other
        return ""
    offset = (expected - result).mean(dim=(-2, -1), keepdim=True)  # (…, C, 1, 1)
    if all_close(result + offset, expected, rtol, atol):
        return "differs by one constant per channel, as a bias does"
    return ""


def factor_reason(result: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> str:
    """Return whether the result is the expected one times some factor."""
    if result.numel() == 1:  # any single value is a multiple of any other
        return ""
    largest = expected.abs().argmax()
    factor = (result.flatten()[largest] / expected.flatten()[largest]).item()
    if math.isfinite(factor) and factor not in (0, 1) and all_close(result, factor * expected, rtol, atol):
        return f"is {factor:.4g} times the expected one"
    return ""


def border_reason(result: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> str:
    """Return whether only the outermost rows and columns are wrong."""
    if result.ndim < 2 or min(result.shape[-2:]) < 3:
        return ""
    if all_close(result[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1], rtol, atol):
        return "is right inside and wrong along the border: look at the padding"
    return ""


def agreement(result: torch.Tensor, expected: torch.Tensor, rtol: float = RTOL, atol: float = ATOL) -> torch.Tensor:
    """Return a bool tensor: where two tensors of one shape agree."""
    a, b = result.detach().cpu().double(), expected.detach().cpu().double()
    return torch.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def all_close(result: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> bool:
    """Return whether two tensors of one shape agree everywhere."""
    return bool(agreement(result, expected, rtol, atol).all())


def position(mask: torch.Tensor) -> tuple[int, ...]:
    """Return the index of the first True."""
    return tuple(mask.nonzero()[0].tolist())
