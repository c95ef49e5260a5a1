"""Lists within lists: as they lie in memory, and as the table of numbers that they write down."""

from typing import Any

import numpy as np
import torch

DEEPEST = 20  # levels of lists in lists that are looked at
AXES = 8  # of a table; no exercise has as many
CONTAINERS = (list, tuple, dict)


def honest(value: Any) -> Any:
    """Return lists, tuples and dicts as they lie in memory, whatever a subclass says when it is asked for its items.

    A list whose iterator doesn't end, or whose length is made up, is then a plain list like any other.

    >>> honest([torch.Size([2, 3])])
    [(2, 3)]
    """
    return plain_copy(value, {}, DEEPEST) if issubclass(type(value), CONTAINERS) else value


def plain_copy(value: Any, copies: dict[int, Any], levels: int) -> Any:
    """Return a container and those in it as plain ones; each is copied once, also if it holds itself."""
    if levels == 0 or not issubclass(type(value), CONTAINERS):
        return value
    if id(value) in copies:
        return copies[id(value)]
    if issubclass(type(value), dict):
        entries: dict[Any, Any] = {}
        copies[id(value)] = entries
        entries.update((key, plain_copy(item, copies, levels - 1)) for key, item in dict.items(value))
        return entries
    kind = list if issubclass(type(value), list) else tuple
    items = list(kind.__getitem__(value, slice(None)))
    if any(issubclass(each, CONTAINERS) for each in set(map(type, items))):  # a million numbers have one type
        if kind is list:
            copies[id(value)] = items
        items[:] = [plain_copy(item, copies, levels - 1) for item in items]
    return copies.setdefault(id(value), items if kind is list else tuple(items))


def table(value: list | tuple, most: int) -> tuple[tuple[int, ...], list[Any]] | None:
    """Return the shape of a rectangular nested list and its entries row by row; None if it is none, or too large.

    >>> table([[1, 2, 3], [4, 5, 6]], most=100)
    ((2, 3), [1, 2, 3, 4, 5, 6])
    """
    shape: list[int] = []
    entries: list[Any] = [value]
    while any(isinstance(entry, list | tuple) for entry in entries):
        if lengths_of(entries) is None or len(shape) == AXES:
            return None
        shape.append(len(entries[0]))
        if len(entries) * shape[-1] > most:
            return None
        entries = [item for entry in entries for item in entry]
    return tuple(shape), entries


def lengths_of(entries: list[Any]) -> int | None:
    """Return the one length that all entries have, or None if there are others, or numbers among them."""
    if not all(isinstance(entry, list | tuple) for entry in entries):
        return None
    lengths = {len(entry) for entry in entries}
    return lengths.pop() if len(lengths) == 1 else None


def as_tensor(value: list | tuple, expected: torch.Tensor, most: int) -> torch.Tensor | None:
    """Return the tensor that a rectangular nested list of numbers writes down, or None if it is none.

    Integers stand for floats where floats are expected, as a single number does; floats never for integers.
    """
    rows = table(value, most)
    if rows is None:
        return None
    shape, entries = rows
    numbers = [entry.item() if isinstance(entry, np.generic) else entry for entry in entries]
    if not all(isinstance(number, bool | int | float) for number in numbers):
        return None
    if not numbers:
        return torch.empty(shape, dtype=expected.dtype)
    truths = any(isinstance(number, bool) for number in numbers)
    dtype = torch.float64 if not truths and expected.is_floating_point() else None
    try:
        return torch.tensor(numbers, dtype=dtype).reshape(shape)
    except (OverflowError, RuntimeError, TypeError, ValueError):  # an integer of more than 64 bits
        return None


def ragged(value: list | tuple) -> str:
    """Return which rows of nested lists have different lengths, as part of a sentence, or "" if none have.

    >>> ragged([[1, 2, 3], [4, 5]])
    'rows of 3 and of 2 entries'
    """
    entries: list[Any] = [value]
    for _ in range(AXES):
        lists = [entry for entry in entries if isinstance(entry, list | tuple)]
        if not lists:
            return ""
        if len(lists) < len(entries):
            return "numbers beside lists" if any(isinstance(entry, int | float) for entry in entries) else ""
        lengths = list(dict.fromkeys(len(entry) for entry in lists))
        if len(lengths) > 1:
            return f"rows of {lengths[0]} and of {lengths[1]} entries"
        entries = [item for entry in lists[:1000] for item in entry[:1000]]
    return ""
