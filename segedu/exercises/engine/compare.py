"""What is wrong with a value: one sentence a mistake, from type to shape to numbers. Judges are made of these."""

import math
from collections.abc import Iterable
from typing import Any

import torch

RTOL, ATOL = 1e-4, 1e-5
AXES = {1: "(C)", 2: "(H, W)", 3: "(C, H, W)", 4: "(N, C, H, W)"}


def compare(
    result: Any,
    expected: Any,
    *,
    name: str = "the result",
    mistakes: Iterable[tuple[str, Any]] = (),
    rtol: float = RTOL,
    atol: float = ATOL,
) -> str | None:
    """Return None if `result` is right, else one sentence that says what is wrong with it.

    `expected` is a number, bool, string, tensor, or a tuple, list or dict of these. `mistakes` are pairs of a sentence
    and the value that this mistake gives, for what only the judge can know: ("The kernel is flipped: …", conv2d(x,
    flipped)). The first that fits is said; a mistake in two forms stands there twice. A mistake whose value is also the
    right one (a symmetric kernel) is passed over.

    >>> compare(torch.zeros(5, 3), torch.zeros(3, 5))
    'The result has shape (5, 3), expected (3, 5): height and width are swapped.'
    """
    if close(result, expected, rtol, atol):
        return None
    for sentence, value in mistakes:
        if close(result, value, rtol, atol) and not close(value, expected, rtol, atol):
            return sentence
    if isinstance(expected, torch.Tensor):
        return wrong_type(result, expected, name) or wrong_tensor(result, expected, name, rtol, atol)
    if isinstance(expected, tuple | list):
        return wrong_sequence(result, expected, name, rtol, atol)
    if isinstance(expected, dict):
        return wrong_dict(result, expected, name, rtol, atol)
    return wrong_scalar(result, expected, name)


def close(result: Any, expected: Any, rtol: float = RTOL, atol: float = ATOL) -> bool:
    """Return whether a result is right: types, shapes, kinds of dtype and integers exactly, floats within tolerance.

    A tuple may stand for a list and float64 for float32; a tensor of one integer is not an integer; NaN equals NaN.
    """
    if isinstance(expected, torch.Tensor):
        if not isinstance(result, torch.Tensor) or result.shape != expected.shape or kind(result) != kind(expected):
            return False
        return all_close(result, expected, rtol, atol)
    if isinstance(expected, tuple | list):
        return (
            isinstance(result, tuple | list)
            and len(result) == len(expected)
            and all(close(r, e, rtol, atol) for r, e in zip(result, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(result, dict)
            and result.keys() == expected.keys()
            and all(close(result[key], expected[key], rtol, atol) for key in expected)
        )
    if isinstance(expected, float) and isinstance(result, int | float) and not isinstance(result, bool):
        both_nan = math.isnan(result) and math.isnan(expected)
        return both_nan or math.isclose(result, expected, rel_tol=rtol, abs_tol=atol)
    return type(result) is type(expected) and bool(result == expected)


def kind(tensor: torch.Tensor) -> str:
    """Return "bool", "integer" or "float": dtypes within a kind may stand for each other."""
    if tensor.dtype == torch.bool:
        return "bool"
    return "float" if tensor.is_floating_point() else "integer"


def agreement(result: torch.Tensor, expected: torch.Tensor, rtol: float = RTOL, atol: float = ATOL) -> torch.Tensor:
    """Return a bool tensor: where two tensors of one shape agree."""
    a, b = result.detach().cpu().double(), expected.detach().cpu().double()
    return torch.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def all_close(result: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> bool:
    """Return whether two tensors of one shape agree everywhere."""
    return bool(agreement(result, expected, rtol, atol).all())


def wrong_type(result: Any, expected: torch.Tensor, name: str) -> str | None:
    """Return a sentence if `result` is no tensor of the expected kind of dtype, else None."""
    start = name[:1].upper() + name[1:]
    if not isinstance(result, torch.Tensor):
        return f"{start} is of type {type(result).__name__}, expected a tensor of shape {tuple(expected.shape)}."
    if result.shape == expected.shape and kind(result) != kind(expected):
        return f"{start} has dtype {short(result)}, expected {short(expected)}: {dtype_hint(result, expected)}."
    return None


def dtype_hint(result: torch.Tensor, expected: torch.Tensor) -> str:
    """Return what a wrong dtype usually comes from."""
    if kind(expected) == "integer":
        return "labels, counts and sizes are integers (`.long()`, `//` in place of `/`)"
    if kind(expected) == "bool":
        return "a mask is what a comparison such as `x > 0` gives"
    return "the numbers were cut to integers on the way"


def short(tensor: torch.Tensor) -> str:
    """Return a dtype's name without "torch."."""
    return str(tensor.dtype).removeprefix("torch.")


def wrong_tensor(result: torch.Tensor, expected: torch.Tensor, name: str, rtol: float, atol: float) -> str:
    """Return one sentence on a tensor that is not the expected one."""
    start = name[:1].upper() + name[1:]
    if result.shape != expected.shape:
        shape = tuple(result.shape)
        right = tuple(expected.shape)
        reason = shape_reason(shape, right)
        return f"{start} has shape {shape}, expected {right}" + (f": {reason}." if reason else ".")
    reason = value_reason(result.detach().cpu().double(), expected.detach().cpu().double(), rtol, atol)
    if reason:
        return f"{start} {reason}."
    return f"{start} {where_it_differs(result, expected, rtol, atol)}."


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
    if math.prod(shape) == math.prod(expected):
        return f"the right number of values, but {len(shape)} axes in place of {len(expected)}"
    return f"it has {len(shape)} axes, expected {len(expected)}"


def value_reason(result: torch.Tensor, expected: torch.Tensor, rtol: float, atol: float) -> str:
    """Return what wrong values of the right shape usually come from, or "" where nothing is known; both are float64."""
    if bool(result.isnan().any()) and not bool(expected.isnan().any()):
        return f"holds NaN, first at {position(result.isnan())}"
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
        return "differs by one constant a channel: the bias is to be added, and once"
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


def where_it_differs(result: torch.Tensor, expected: torch.Tensor, rtol: float = RTOL, atol: float = ATOL) -> str:
    """Return how many values differ, and the largest difference with its position."""
    a, b = result.detach().cpu().double(), expected.detach().cpu().double()
    wrong = ~agreement(a, b, rtol, atol)
    gap = torch.where(wrong, (a - b).abs().nan_to_num(nan=math.inf), -1.0)
    worst = gap == gap.max()
    count = "its one value" if wrong.numel() == 1 else f"{int(wrong.sum())} of {wrong.numel()} values"
    place = f", most at {position(worst)}" if wrong.numel() > 1 else ""
    return f"differs in {count}{place}: {a[worst][0]:.6g}, expected {b[worst][0]:.6g}"


def position(mask: torch.Tensor) -> tuple[int, ...]:
    """Return the index of the first True."""
    return tuple(mask.nonzero()[0].tolist())


def wrong_sequence(result: Any, expected: tuple | list, name: str, rtol: float, atol: float) -> str:
    """Return one sentence on a tuple or list that is not the expected one."""
    start, kind_name = name[:1].upper() + name[1:], type(expected).__name__
    if not isinstance(result, tuple | list):
        return f"{start} is {described(result)}, expected a {kind_name} of {len(expected)}."
    if len(result) != len(expected):
        return f"{start} has {len(result)} items, expected {len(expected)}."
    if len(expected) > 1 and close(list(reversed(result)), list(expected), rtol, atol):
        swapped = "height and width are swapped" if len(expected) == 2 else "the order is reversed"
        return f"{start} is {plain(result)}, expected {plain(expected)}: {swapped}."
    for index, (item, right) in enumerate(zip(result, expected, strict=True)):
        sentence = compare(item, right, name=f"item {index} of {name}", rtol=rtol, atol=atol)
        if sentence:
            return sentence
    return f"{start} is not the expected one."


def wrong_dict(result: Any, expected: dict[str, Any], name: str, rtol: float, atol: float) -> str:
    """Return one sentence on a dict that is not the expected one."""
    start = name[:1].upper() + name[1:]
    if not isinstance(result, dict):
        return f"{start} is {described(result)}, expected a dict with the keys {list(expected)}."
    if missing := [key for key in expected if key not in result]:
        return f"{start} has no {missing[0]!r}; its keys should be {list(expected)}."
    if surplus := [key for key in result if key not in expected]:
        return f"{start} has the key {surplus[0]!r} too many; its keys should be {list(expected)}."
    sentences = (compare(result[k], expected[k], name=f"{name}[{k!r}]", rtol=rtol, atol=atol) for k in expected)
    return next((sentence for sentence in sentences if sentence), f"{start} is not the expected one.")


def wrong_scalar(result: Any, expected: Any, name: str) -> str:
    """Return one sentence on a number, bool or string that is not the expected one."""
    start = name[:1].upper() + name[1:]
    if isinstance(result, torch.Tensor) and result.numel() == 1 and isinstance(expected, int | float):
        return f"{start} is a tensor of one value, expected a plain {type(expected).__name__}: end with `.item()`."
    if type(result) is not type(expected) and not isinstance(result, int | float):
        wrap = f": end with `{type(expected).__name__}(…)`" if getattr(result, "ndim", 1) == 0 else ""
        return f"{start} is {described(result)}, expected {expected!r}{wrap}."
    if isinstance(expected, bool) or isinstance(result, bool) or isinstance(expected, str):
        return f"{start} is {result!r}, expected {expected!r}."
    if isinstance(expected, int) and isinstance(result, float):
        divided = math.isfinite(result) and math.floor(result) == expected
        advice = "use `//` in place of `/`" if divided else "it counts something"
        return f"{start} is the float {result!r}, expected the integer {expected}: {advice}."
    off_by_one = isinstance(expected, int) and abs(result - expected) == 1
    amount = f": one too {'many' if result > expected else 'few'}" if off_by_one else ""
    return f"{start} is {number(result)}, expected {number(expected)}{amount}."


def number(value: float) -> str:
    """Return an integer with all its digits, a float with six."""
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def described(value: Any) -> str:
    """Return a value's kind with its shape or text, as part of a sentence."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    text = repr(value)
    return f"the {type(value).__name__} {text}" if len(text) <= 60 else f"a {type(value).__name__}"


def plain(value: Any) -> str:
    """Return a short sequence as text."""
    return repr(value) if len(repr(value)) <= 80 else f"a {type(value).__name__} of {len(value)}"
