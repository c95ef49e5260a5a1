"""What is wrong with a value, in one sentence, and which known mistakes would give it. Judges are made of these.

    def judge(arguments, result, expected):
        x, kernel = arguments["x"], arguments["kernel"]
        mistakes = [
            ("The kernel is flipped: …", conv(x, kernel.flip(0, 1))),   # a sentence, and the value this mistake gives
            ("The border is missing: …", valid(x, kernel)),             # None: this mistake has no value here
        ]
        return compare(result, expected, name="your output", mistakes=mistakes)

A judge returns what `compare` returns, for passing cases too: the engine collects from all cases what speaks for each
mistake and what against it. It says a mistake only if it explains at least half of the failing cases and none excludes
it that passes; else it says where the smallest failing case differs. So list *all* mistakes in *every* case, whatever
the result is; one in two forms stands there twice, with the same sentence; where a mistake can't be made (a forgotten
`align_corners=True` in a case of False) its value is None; and add cases that tell two mistakes apart.
A judge may also return a plain sentence (where it differs; it counts as no named mistake) or None (right).

Entries of lists and tuples get names, never positions: `compare(layers, right, items="layer", fields=("kernel size",
"stride", "padding"))` says "The padding of layer 3 is 6, expected 0" (layers are counted from 1). A name is singular
("the stack of images"), for the sentences go on with "is" and "has".

Where many answers are right, a property takes the place of a value: `judged(difference, mistakes)` with pairs of a
sentence and True (this result shows it), False (it shows that it was not made) or None (can't be told here):

    missed = holes(result)
    difference = f"The rates leave {missed} holes." if missed else None
    return judged(difference, [("All rates share a factor.", math.gcd(*result) > 1 if missed else None)])

Several parts are judged one by one and put `together(compare(…), compare(…))`; `compare(…).saying("…")` keeps the
evidence and says in other words where it differs; `compare(…).right` and `close(…)` tell whether a value is right.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from segedu.exercises.engine.judgement import Judgement, Verdict, judged, together
from segedu.exercises.engine.nested import ragged
from segedu.exercises.engine.reasons import (
    ATOL,
    RTOL,
    agreement,
    all_close,
    kind_of,
    nan_fact,
    position,
    shape_reason,
    value_reason,
)
from segedu.exercises.engine.show import one_line, type_name

__all__ = ["Judgement", "Verdict", "close", "compare", "judged", "kind", "short", "together"]

CURES: dict[type, str] = {
    np.ndarray: ": end with `torch.from_numpy(…)`",
    list: ": make one of it with `torch.tensor(…)`, or `torch.stack(…)` if it holds tensors",
    tuple: ": make one of it with `torch.tensor(…)`, or `torch.stack(…)` if it holds tensors",
    float: ": end with `torch.tensor(…)`",
    int: ": end with `torch.tensor(…)`",
}


def compare(
    result: Any,
    expected: Any,
    *,
    name: str = "the result",
    mistakes: Iterable[tuple[str, Any]] = (),
    rtol: float = RTOL,
    atol: float = ATOL,
    items: str = "",
    fields: Sequence[str] | Mapping[str, str] = (),
) -> Judgement:
    """Judge one value: where `result` differs from `expected`, and which `mistakes` this case speaks for or against.

    `expected` is a number, bool, string, tensor, or a tuple, list or dict of these. `mistakes` are pairs of a sentence
    and the value that this mistake gives, None where it gives none: ("The kernel is flipped: …", conv2d(x, flipped)).
    A mistake whose value is also the right one (a symmetric kernel) can't be told here. `items` names the entries of a
    list ("layer"), `fields` those of a tuple or of each item ("kernel size", "stride"), or of a dict by its keys.

    >>> compare(torch.zeros(5, 3), torch.zeros(3, 5)).difference
    'The result has shape (5, 3), expected (3, 5): height and width are swapped.'
    >>> compare([(3, 1), (3, 2)], [(3, 1), (3, 1)], items="layer", fields=("kernel size", "stride")).difference
    'The stride of layer 2 is 2, expected 1: one too many.'
    """

    def fits(value: Any) -> bool | None:
        if value is None or close(value, expected, rtol, atol):
            return None
        return close(result, value, rtol, atol)

    words = Words(name, items, fields)
    evidence = [(sentence, fits(value)) for sentence, value in mistakes]
    if close(result, expected, rtol, atol):
        return judged(None, evidence)
    difference = differs(result, expected, words, rtol, atol)
    judgement = judged(difference.sentence, evidence)
    return dataclasses.replace(judgement, fact=difference.fact, reason=kind_of(difference.reason))


@dataclasses.dataclass(frozen=True)
class Difference:
    """Where a value differs, and what such a difference usually comes from."""

    fact: str  # "The result has shape (5, 3), expected (3, 5)."
    reason: str = ""  # "height and width are swapped"; "" if nothing is known
    told: str = ""  # the sentence with the reason, where it doesn't stand behind the fact

    @property
    def sentence(self) -> str:
        """Return the fact with its reason."""
        if self.told or not self.reason:
            return self.told or self.fact
        return f"{self.fact.removesuffix('.')}: {self.reason}."


@dataclasses.dataclass(frozen=True)
class Words:
    """How a value and its entries are called."""

    name: str  # "the padding of layer 3"
    items: str = ""  # "layer": entries that hold fields themselves, or the entries of a list
    fields: Sequence[str] | Mapping[str, str] = ()

    @property
    def start(self) -> str:
        """Return the name as the start of a sentence."""
        return self.name[:1].upper() + self.name[1:]

    def entry(self, index: int, count: int) -> "Words":
        """Return the words of entry `index` of a sequence that should have `count` of them."""
        if self.items:
            return Words(f"{self.items} {index + 1}", "", self.fields)
        if not isinstance(self.fields, Mapping) and len(self.fields) == count:
            owner = "" if self.name.startswith(("the ", "your ")) else f" of {self.name}"
            return Words(f"the {self.fields[index]}{owner}")
        return Words(f"item {index} of {self.name}", "", self.fields)

    def value(self, key: str) -> "Words":
        """Return the words of the value that a dict holds under `key`."""
        named = self.fields.get(key) if isinstance(self.fields, Mapping) else None
        return Words(f"the {named}" if named else f"{self.name}[{key!r}]")


def differs(result: Any, expected: Any, words: Words, rtol: float, atol: float) -> Difference:
    """Say of a value that is not the expected one where it differs."""
    if isinstance(expected, torch.Tensor):
        if sentence := wrong_type(result, expected, words.name):
            return Difference(sentence)
        return wrong_tensor(result, expected, words.name, rtol, atol)
    if isinstance(expected, tuple | list):
        return wrong_sequence(result, expected, words, rtol, atol)
    if isinstance(expected, dict):
        return wrong_dict(result, expected, words, rtol, atol)
    return wrong_scalar(result, expected, words.name)


def close(result: Any, expected: Any, rtol: float = RTOL, atol: float = ATOL) -> bool:
    """Return whether a result is right: types, shapes, kinds of dtype and integers exactly, floats within tolerance.

    A tuple may stand for a list and float64 for float32; a tensor of one integer is not an integer; NaN equals NaN.
    """
    if isinstance(expected, torch.Tensor):
        if not isinstance(result, torch.Tensor) or result.shape != expected.shape or kind(result) != kind(expected):
            return False
        if unreadable(result):
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
    """Return "bool", "integer", "float" or "complex": dtypes within a kind may stand for each other."""
    if tensor.dtype == torch.bool:
        return "bool"
    if tensor.is_complex():
        return "complex"
    return "float" if tensor.is_floating_point() or tensor.is_quantized else "integer"


def unreadable(tensor: torch.Tensor) -> str:
    """Return why a tensor's numbers can't be compared one by one, with the cure, or "" if they can."""
    if tensor.is_meta:
        return "is on the meta device, where tensors have no numbers"
    if tensor.is_quantized:
        return "is quantized: end with `.dequantize()`"
    if tensor.is_nested or tensor.layout != torch.strided:
        return "is not dense: end with `.to_dense()`"
    return ""


def wrong_type(result: Any, expected: torch.Tensor, name: str) -> str | None:
    """Return a sentence if `result` is no tensor of the expected kind of dtype, else None."""
    start = name[:1].upper() + name[1:]
    if not isinstance(result, torch.Tensor):
        if isinstance(result, list | tuple) and (rows := ragged(result)):
            return f"{start} is a {type_name(result)} with {rows}, expected a tensor of shape {tuple(expected.shape)}."
        cure = CURES.get(type(result), "")
        return f"{start} is of type {type_name(result)}, expected a tensor of shape {tuple(expected.shape)}{cure}."
    if reason := unreadable(result):
        return f"{start} {reason}."
    if result.shape == expected.shape and kind(result) != kind(expected):
        return f"{start} has dtype {short(result)}, expected {short(expected)}: {dtype_hint(result, expected)}."
    return None


def dtype_hint(result: torch.Tensor, expected: torch.Tensor) -> str:
    """Return what a wrong dtype usually comes from."""
    if kind(expected) == "integer":
        whole = kind(result) == "float" and bool((result == result.round()).all())
        return f"labels, counts and sizes are integers ({'`.long()`' if whole else '`//` in place of `/`'})"
    if kind(expected) == "bool":
        return "a mask is what a comparison such as `x > 0` gives"
    if kind(result) == "complex":
        return "the right answer is real"
    return "the numbers were cut to integers on the way"


def short(tensor: torch.Tensor) -> str:
    """Return a dtype's name without "torch."."""
    return str(tensor.dtype).removeprefix("torch.")


def wrong_tensor(result: torch.Tensor, expected: torch.Tensor, name: str, rtol: float, atol: float) -> Difference:
    """Say of a tensor that is not the expected one where it differs."""
    start = name[:1].upper() + name[1:]
    if result.shape != expected.shape:
        shape = tuple(result.shape)
        right = tuple(expected.shape)
        return Difference(f"{start} has shape {shape}, expected {right}.", shape_reason(shape, right))
    a, b = result.detach().cpu().double(), expected.detach().cpu().double()
    if fact := nan_fact(a, b):
        return Difference(f"{start} {fact}.")
    reason = value_reason(a, b, rtol, atol)
    fact = f"{start} {where_it_differs(a, b, rtol, atol)}."
    return Difference(fact, reason, f"{start} {reason}." if reason else "")


def where_it_differs(result: torch.Tensor, expected: torch.Tensor, rtol: float = RTOL, atol: float = ATOL) -> str:
    """Return how many values differ, and the largest difference with its position."""
    a, b = result.detach().cpu().double(), expected.detach().cpu().double()
    wrong = ~agreement(a, b, rtol, atol)
    gap = torch.where(wrong, (a - b).abs().nan_to_num(nan=math.inf), -1.0)
    worst = gap == gap.max()
    count = "its one value" if wrong.numel() == 1 else f"{int(wrong.sum())} of {wrong.numel()} values"
    place = f", most at {position(worst)}" if wrong.numel() > 1 else ""
    return f"differs in {count}{place}: {number(a[worst][0].item())}, expected {number(b[worst][0].item())}"


def wrong_sequence(result: Any, expected: tuple | list, words: Words, rtol: float, atol: float) -> Difference:
    """Say of a tuple or list that is not the expected one where it differs."""
    if not isinstance(result, tuple | list):
        kind_name = type(expected).__name__
        return Difference(f"{words.start} is {described(result)}, expected a {kind_name} of {len(expected)}.")
    if len(result) != len(expected):
        return Difference(f"{words.start} has {counted(len(result), words)}, expected {len(expected)}.")
    if len(expected) > 1 and close(list(reversed(result)), list(expected), rtol, atol):
        fact = f"{words.start} is {plain(result)}, expected {plain(expected)}."
        return Difference(fact, reversed_reason(expected, words))
    for index, (item, right) in enumerate(zip(result, expected, strict=True)):
        if not close(item, right, rtol, atol):
            return differs(item, right, words.entry(index, len(expected)), rtol, atol)
    return Difference(f"{words.start} is not the expected one.")


def counted(count: int, words: Words) -> str:
    """Return a number of entries with their name: "3 layers"."""
    return f"{count} {words.items or 'item'}{'' if count == 1 else 's'}"


def reversed_reason(expected: tuple | list, words: Words) -> str:
    """Return how one says that a sequence stands in reverse order."""
    if len(expected) > 2:
        return "the order is reversed"
    if not words.items and not isinstance(words.fields, Mapping) and len(words.fields) == 2:
        return f"{words.fields[0]} and {words.fields[1]} are swapped"
    return "the two are swapped"


def wrong_dict(result: Any, expected: dict[str, Any], words: Words, rtol: float, atol: float) -> Difference:
    """Say of a dict that is not the expected one where it differs."""
    if not isinstance(result, dict):
        return Difference(f"{words.start} is {described(result)}, expected a dict with the keys {list(expected)}.")
    if missing := [key for key in expected if key not in result]:
        return Difference(f"{words.start} has no {missing[0]!r}; its keys should be {list(expected)}.")
    if surplus := [key for key in result if key not in expected]:
        return Difference(
            f"{words.start} has the key {one_line(surplus[0])} too many; its keys should be {list(expected)}."
        )
    for key, right in expected.items():
        if not close(result[key], right, rtol, atol):
            return differs(result[key], right, words.value(key), rtol, atol)
    return Difference(f"{words.start} is not the expected one.")


def wrong_scalar(result: Any, expected: Any, name: str) -> Difference:
    """Say of a number, bool or string that is not the expected one where it differs."""
    start = name[:1].upper() + name[1:]
    if isinstance(result, torch.Tensor) and result.numel() == 1 and isinstance(expected, int | float):
        return Difference(
            f"{start} is a tensor of one value, expected a plain {type(expected).__name__}: end with `.item()`."
        )
    if type(result) is not type(expected) and not isinstance(result, int | float):
        wrap = f": end with `{type(expected).__name__}(…)`" if getattr(result, "ndim", 1) == 0 else ""
        return Difference(f"{start} is {described(result)}, expected {expected!r}{wrap}.")
    if isinstance(expected, bool) or isinstance(result, bool) or isinstance(expected, str):
        return Difference(f"{start} is {one_line(result)}, expected {expected!r}.")
    if isinstance(expected, int) and isinstance(result, float):
        fact = f"{start} is the float {one_line(result)}, expected the integer {expected}"
        return Difference(f"{fact}: {whole_advice(result, expected)}.")
    off_by_one = isinstance(expected, int) and abs(result - expected) == 1
    amount = f"one too {'many' if result > expected else 'few'}" if off_by_one else ""
    return Difference(f"{start} is {number(result)}, expected {number(expected)}.", amount)


def whole_advice(result: float, expected: int) -> str:
    """Return how a float becomes the integer that is expected, or that one is expected.

    >>> whole_advice(2.0, 2), whole_advice(2.5, 2), whole_advice(4.0, 2)
    ('end with `int(…)`', 'use `//` in place of `/`', 'it counts something')
    """
    if result == expected:
        return "end with `int(…)`"
    divided = math.isfinite(result) and math.floor(result) == expected
    return "use `//` in place of `/`" if divided else "it counts something"


def number(value: float) -> str:
    """Return an integer with all its digits, a float with six, and no minus before a zero."""
    return one_line(value) if isinstance(value, int) else f"{value + 0.0:.6g}"


def described(value: Any) -> str:
    """Return a value's kind with its shape or text, as part of a sentence."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    text = one_line(value)
    return f"the {type_name(value)} {text}" if len(text) <= 60 else f"a {type_name(value)}"


def plain(value: Any) -> str:
    """Return a short sequence as text."""
    text = one_line(value)
    return text if len(text) <= 80 else f"a {type_name(value)} of {len(value)}"
