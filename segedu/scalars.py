"""Numbers as people have them, from Python, NumPy or torch, turned into Python's own where they come in."""

import math
from numbers import Real
from typing import Any


def whole_number(value: Any, name: str, *, at_least: int | None = None, at_most: int | None = None) -> int:
    """Return a whole number as Python's int, so that equal numbers mean the same whatever their type.

    Args:
        value: an int; NumPy's or torch's scalar; a 0-d array or tensor; a float without a fraction.
        name: what the message calls it, such as "seed".
        at_least: the smallest number that is allowed.
        at_most: the largest one.

    Raises:
        TypeError: it is no number; True and False aren't, nor is a text.
        ValueError: it has a fraction, is NaN or infinite, or lies outside the bounds.

    >>> import numpy as np
    >>> whole_number(np.int64(3), "seed"), whole_number(64.0, "size")
    (3, 64)
    >>> whole_number(2.5, "seed")
    Traceback (most recent call last):
    ValueError: seed is 2.5; it must be a whole number.
    """
    expected = "a whole number" + _bounds(at_least, None, at_most)
    number = _python_number(value, name, expected)
    if not isinstance(number, int) and (not math.isfinite(number) or number != int(number)):
        raise ValueError(f"{name} is {number}; it must be {expected}.")
    number = int(number)
    _check_bounds(number, name, expected, at_least, None, at_most)
    return number


def real_number(
    value: Any,
    name: str,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> float:
    """Return a finite number as Python's float.

    Args:
        value: an int or a float; NumPy's or torch's scalar; a 0-d array or tensor.
        name: what the message calls it, such as "minutes".
        at_least: the smallest number that is allowed.
        above: a number that it must exceed.
        at_most: the largest number that is allowed.

    Raises:
        TypeError: it is no number; True and False aren't, nor is a text.
        ValueError: it is NaN, infinite, or outside the bounds.

    >>> real_number(float("nan"), "minutes", above=0)
    Traceback (most recent call last):
    ValueError: minutes is nan; it must be a finite number above 0.
    """
    expected = "a finite number" + _bounds(at_least, above, at_most)
    try:
        number = float(_python_number(value, name, expected))
    except OverflowError:  # an int of more than 308 digits
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} is {number}; it must be {expected}.")
    _check_bounds(number, name, expected, at_least, above, at_most)
    return number


def _python_number(value: Any, name: str, expected: str) -> Any:
    """Return what is in a scalar of NumPy or torch, or the number itself; raises TypeError for all that is none."""
    number = value
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        try:
            number = value.item()
        except (RuntimeError, ValueError):  # a tensor on "meta" holds no number
            raise TypeError(f"{name} is {_brief(value)}; it must be {expected}.") from None
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{name} is {_brief(number)}; it must be {expected}.")
    return number


def _check_bounds(
    number: float,
    name: str,
    expected: str,
    at_least: float | None,
    above: float | None,
    at_most: float | None,
) -> None:
    too_small = (at_least is not None and number < at_least) or (above is not None and number <= above)
    too_large = at_most is not None and number > at_most
    if too_small or too_large:
        raise ValueError(f"{name} is {number}; it must be {expected}.")


def _bounds(at_least: float | None, above: float | None, at_most: float | None) -> str:
    """Return the bounds as the end of a sentence: " of at least 1 and at most 8"."""
    words = []
    if above is not None:
        words.append(f"above {above}")
    if at_least is not None:
        words.append(f"of at least {at_least}")
    if at_most is not None:
        words.append(f"of at most {at_most}" if not words else f"at most {at_most}")
    return f" {' and '.join(words)}" if words else ""


def _brief(value: Any) -> str:
    """Return a value in one short line, or its type and shape."""
    text = repr(value)
    if len(text) <= 40 and "\n" not in text:
        return text
    shape = getattr(value, "shape", None)
    kind = f"a {type(value).__name__}"
    return kind if shape is None else f"{kind} of shape {tuple(shape)}"
