"""Values as text: small tensors in full, larger ones as dtype and shape, and nothing that is long, slow or an error."""

import itertools
import reprlib
from collections import deque
from typing import Any

import numpy as np
import torch

PRINTED_IN_FULL = 40  # numbers
LONGEST_LINE = 200  # characters
MOST_LINES = 60  # lines of one value
MOST_ENTRIES = 12  # entries of a list or dict that holds tensors
MOST_LEVELS = 3  # of such lists in lists
MOST_PARTS = 2_000  # of one text: entries at all levels together
KINDS = (str, int, bytes, tuple, list, dict, set, frozenset, deque, torch.Tensor, np.ndarray)


class _Short(reprlib.Repr):
    """Texts of values of any size, made without making the whole text first."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = self.maxdeque = 40
        self.maxstring = self.maxother = self.maxlong = LONGEST_LINE
        self.maxlevel = 6
        self.left = MOST_PARTS

    def repr1(self, value: Any, level: int) -> str:
        """Return the text of a value; what only bears the name of a list or set is not taken for one."""
        self.left -= 1
        if self.left < 0:  # forty entries at each of six levels would be four thousand million
            return self.fillvalue
        if type(value) in KINDS:
            return str(super().repr1(value, level))
        return self.repr_instance(value, level)

    def repr_int(self, value: int, level: int) -> str:
        """Return an integer; Python refuses to write out more than 4,300 digits."""
        bits = int.bit_length(value)
        return super().repr_int(value, level) if bits < 14_000 else f"an integer of {bits} bits"

    def repr_str(self, value: str, level: int) -> str:
        """Return a text, cut in front of its repr, which would copy all of it."""
        return super().repr_str(value[: 2 * self.maxstring] if len(value) > 2 * self.maxstring else value, level)

    def repr_bytes(self, value: bytes, level: int) -> str:
        """Return bytes, cut in the same way."""
        return self.repr_instance(bytes(value[:LONGEST_LINE]), level)

    # reprlib finds a method by the name of the type
    def repr_Tensor(self, value: torch.Tensor, level: int) -> str:  # noqa: N802
        """Return a tensor inside of a list in one line."""
        return " ".join(shown(value).split())

    def repr_ndarray(self, value: Any, level: int) -> str:
        """Return an array by its shape."""
        return f"{value.dtype} array of shape {value.shape}"


SHORT = _Short()


def one_line(value: Any, longest: int = LONGEST_LINE) -> str:
    """Return a value's repr as one line of bounded length; never raises.

    >>> one_line([1, 2] * 10**6)[-12:], len(one_line("a" * 10**6)), one_line(3)
    (', 1, 2, ...]', 200, '3')
    """
    try:
        SHORT.left = MOST_PARTS
        text = str(SHORT.repr(value))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        text = f"a {type_name(value)} that can't be shown"
    lines = text.splitlines() or [""]
    return cut(lines[0], longest) if len(lines) == 1 else cut(lines[0], longest - 2) + " …"


def type_name(value: Any) -> str:
    """Return the name of a value's type, whatever the value says of itself."""
    return cut(str(type.__dict__["__name__"].__get__(type(value))), 60)


def cut(text: str, longest: int = LONGEST_LINE) -> str:
    """Return a text of at most so many characters."""
    return text if len(text) <= longest else text[: longest - 2] + " …"


def safe_text(error: BaseException) -> str:
    """Return the type and message of an exception in one line, also if its own text fails."""
    name = type_name(error)
    try:
        message = str(error).strip()
        first = message.splitlines()[0] if message else ""
    except BaseException as failure:
        if isinstance(failure, KeyboardInterrupt):
            raise
        first = "its message can't be shown"
    return cut(f"{name}: {first}" if first else name, 2 * LONGEST_LINE)


def labelled(label: str, text: str) -> str:
    """Return a value's text behind its label, further lines aligned below the first."""
    lines = (label + text).split("\n")
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], "…"]
    return "\n".join([lines[0], *(f"      {cut(line)}".rstrip() for line in lines[1:])])


def shown(value: Any, levels: int = MOST_LEVELS) -> str:
    """Return a value as text: small tensors in full, larger ones as dtype and shape; never raises.

    >>> shown(torch.zeros(3, 5, 7))
    'float32 tensor of shape (3, 5, 7)'
    """
    try:
        if isinstance(value, torch.Tensor):
            return shown_tensor(value)
        if levels and type(value) in (list, tuple) and any(map(torch.is_tensor, value[:MOST_ENTRIES])):
            return (
                "[" + ",\n ".join(entries([shown(item, levels - 1) for item in value[:MOST_ENTRIES]], len(value))) + "]"
            )
        if levels and type(value) is dict:
            items = itertools.islice(value.items(), MOST_ENTRIES)
            texts = [f"{one_line(key)}: {shown(item, levels - 1)}" for key, item in items]
            return "{" + ",\n ".join(entries(texts, len(value))) + "}"
    except Exception:
        return f"a {type_name(value)} that can't be shown"
    return one_line(value)


def entries(texts: list[str], count: int) -> list[str]:
    """Return the texts of the first entries, and how many more there are."""
    return [*texts, f"… {count - len(texts)} more"] if count > len(texts) else texts


def shown_tensor(value: torch.Tensor) -> str:
    """Return dtype and shape of a tensor, with its numbers if they are few and can be read."""
    layout = "" if value.layout == torch.strided else "sparse "
    kind = f"{layout}{str(value.dtype).removeprefix('torch.')} tensor of shape {tuple(value.shape)}"
    if value.is_meta:
        return f"{kind} on the meta device, without numbers"
    if layout or value.is_quantized or (value.ndim and value.numel() > PRINTED_IN_FULL):
        return kind
    plain = value.detach().cpu()
    if plain.dtype == torch.bool and plain.ndim == 2:
        return f"{kind}, # is True\n" + "\n".join("".join("#" if x else "." for x in row) for row in plain.tolist())
    return f"{kind}\n" + rows(plain) if plain.ndim > 1 else cut(repr(plain), 10 * LONGEST_LINE)


def rows(value: torch.Tensor) -> str:
    """Return the rows of a small tensor's matrices, one below the other, columns aligned, matrices a blank line apart.

    >>> print(rows(torch.tensor([[1, -20], [3, 4]])))
      1 -20
      3   4
    """
    texts = [number(item) for item in value.flatten().tolist()]
    width = max(map(len, texts), default=0)
    columns = max(value.shape[-1], 1)
    lines = [
        " ".join(text.rjust(width) for text in texts[start : start + columns])
        for start in range(0, len(texts), columns)
    ]
    height = max(value.shape[-2], 1)
    return "\n\n".join("\n".join(lines[start : start + height]) for start in range(0, len(lines), height))


def number(value: complex) -> str:
    """Return a number of a tensor: integers in full, floats with four digits, and no minus before a zero."""
    if isinstance(value, bool | int):
        return str(value)
    return f"{value + 0.0:.4g}"
