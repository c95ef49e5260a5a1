"""The border: a result becomes what the expected value is, wherever nothing is lost, before it is judged.

A student who works with NumPy, or who returns a float where a tensor of one number is asked, or nested lists for a
matrix, has the right answer. What is told from right (a float for a count, another shape, a wrong dtype) stays as it
is; the judge says what it is.
"""

import decimal
import fractions
import itertools
import operator
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from segedu.exercises.engine import nested

LONGEST = 100_000  # entries that are taken from an array or an iterator; no exercise asks for as many

PLAIN = {bool, int, float, str}  # what stands for itself


def converted(result: Any, expected: Any) -> Any:
    """Return `result` in the kind of `expected`, or as it is where that would change what it says.

    No more than `LONGEST` entries are read of what is not a list, a tuple or a dict: an iterator need not end.

    >>> converted(np.int64(3), 5), converted([3, 4], (3, 5)), converted(torch.tensor(0.5), 1.0)
    (3, (3, 4), 0.5)
    >>> converted(2.5, torch.tensor(1.0)), converted(3.0, 3)
    (tensor(2.5000), 3.0)
    """
    if isinstance(expected, torch.Tensor):
        return to_tensor(result, expected)
    if isinstance(expected, bool | int | float | str):
        return to_scalar(result, expected)
    if isinstance(expected, list | tuple):
        return to_sequence(result, expected)
    if isinstance(expected, dict) and isinstance(result, Mapping):
        return {key: converted(value, expected.get(key)) for key, value in itertools.islice(result.items(), LONGEST)}
    return to_scalar(result, expected) if isinstance(result, np.generic) else result


def to_tensor(result: Any, expected: torch.Tensor) -> Any:
    """Return a plain dense tensor for a tensor, an array, a nested list, or a number where one is expected."""
    if isinstance(result, np.ndarray | np.generic) and result.dtype.kind in "biuf":
        return torch.from_numpy(np.array(result, result.dtype.newbyteorder("=")))  # a copy that torch can take
    if isinstance(result, bool | int | float) and expected.ndim == 0:
        whole = isinstance(result, int) and not isinstance(result, bool) and expected.is_floating_point()
        return torch.tensor(float(result) if whole else result)
    if isinstance(result, list | tuple):
        tensor = nested.as_tensor(result, expected, LONGEST)
        return result if tensor is None else tensor
    if isinstance(result, torch.Tensor):
        return plain_tensor(result, expected)
    return result


def plain_tensor(result: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    """Return a tensor without subclass, sparsity, quantization and device of its own."""
    if type(result) is not torch.Tensor and not isinstance(result, torch.nn.Parameter):
        result = torch.Tensor.as_subclass(result, torch.Tensor)
    if result.is_quantized:
        result = result.dequantize()
    if result.layout != torch.strided:
        result = result.to_dense()
    return result if result.is_meta else result.to(expected.device)


def to_scalar(result: Any, expected: Any) -> Any:
    """Return Python's number for one of NumPy's or torch's, a float for a fraction where one is expected."""
    if holds_one_number(result):
        result = result.item()
    if isinstance(expected, float) and isinstance(result, fractions.Fraction | decimal.Decimal):
        return float(result)
    if isinstance(result, str) and type(result) is not str:
        return str.__str__(result)
    if isinstance(result, float) and type(result) is not float:
        return float.__float__(result)
    whole = isinstance(expected, int) and not isinstance(expected, bool)
    if whole and type(result) is not bool and not isinstance(result, torch.Tensor | np.ndarray):
        return operator.index(result) if hasattr(type(result), "__index__") else result
    return result


def holds_one_number(value: Any) -> bool:
    """Return whether a value is a number of NumPy, or an array or tensor without axes that can be read."""
    if isinstance(value, np.generic):
        return value.dtype.kind in "biufU"
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "biufU"
    return isinstance(value, torch.Tensor) and value.ndim == 0 and not value.is_meta and not value.is_complex()


def to_sequence(result: Any, expected: list | tuple) -> Any:
    """Return a list or tuple for any of lists, tuples, ranges, iterators, arrays and tensors of numbers."""
    numbers = all(isinstance(item, bool | int | float) for item in expected)
    if isinstance(result, np.ndarray | torch.Tensor):
        if not numbers or result.ndim != 1 or len(result) > LONGEST or getattr(result, "is_meta", False):
            return result
        items = result.tolist()
    elif isinstance(result, list | tuple):
        items = list(nested.honest(result))
    elif isinstance(result, range | Iterator):
        items = list(itertools.islice(result, LONGEST))
    else:
        return result
    if numbers and set(map(type, items)) <= PLAIN:
        return type(expected)(items)
    return type(expected)(converted(item, model) for item, model in zip(items, models(items, expected), strict=True))


def models(items: list[Any], expected: list | tuple) -> list[Any]:
    """Return what each item should look like: its partner, or the first one where the number of items is another."""
    if len(items) == len(expected):
        return list(expected)
    alike = len({type(item) for item in expected}) == 1
    return [expected[0] if alike else None] * len(items)
