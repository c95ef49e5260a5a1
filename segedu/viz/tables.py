"""Tables of results: one row per setting, the best of each column in bold."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from segedu.console import say
from segedu.viz._display import in_ipython

Row = Mapping[str, Any]


def results_table(
    rows: Sequence[Row],
    columns: Sequence[str] | None = None,
    *,
    formats: Mapping[str, str] | None = None,
    best: Mapping[str, str] | None = None,
) -> None:
    """Display rows as a table; outside IPython print it.

    Without a format, whole numbers get thousands separators, floats three digits (none from 1,000
    on), True and False become yes and no, None and NaN a dash.

    Args:
        rows: dicts with the same keys.
        columns: which keys in which order, by default all of the first row.
        formats: column → a format of Python's, such as ".3f" or ".0%".
        best: column → "max" or "min"; who has that value is set in bold.

    Raises:
        ValueError: there are no rows, a row lacks a column, a format doesn't fit its value, or
            `best` names another column, one of texts, or is neither "max" nor "min".

    >>> rows = [{"skips": True, "mIoU": 0.7134}, {"skips": False, "mIoU": 0.6}]
    >>> results_table(rows, best={"mIoU": "max"})
    | skips | mIoU      |
    |:------|----------:|
    | yes   | **0.713** |
    | no    | 0.600     |
    """
    text = markdown_table(rows, columns, formats or {}, best or {})
    if not in_ipython():
        say(text)
        return
    from IPython.display import display

    display({"text/markdown": text, "text/plain": text}, raw=True)


def markdown_table(
    rows: Sequence[Row],
    columns: Sequence[str] | None = None,
    formats: Mapping[str, str] | None = None,
    best: Mapping[str, str] | None = None,
) -> str:
    """Return the table that `results_table` displays as Markdown text; same arguments and errors.

    >>> print(markdown_table([{"L": 1, "parameters": 18496}]))
    | L | parameters |
    |--:|-----------:|
    | 1 | 18,496     |
    """
    if not rows:
        raise ValueError("the table has no rows; give at least one dict.")
    names = list(columns or rows[0])
    _check_columns(rows, names)
    formats = formats or {}
    cells = [[_cell(row[name], formats.get(name), name) for name in names] for row in rows]
    for name, which in (best or {}).items():
        if name not in names:
            raise ValueError(f"best names {name!r}; the table's columns are {', '.join(names)}.")
        column = names.index(name)
        winners = _winners([row[name] for row in rows], name, which)
        for index in winners:
            cells[index][column] = f"**{cells[index][column]}**"
    return "\n".join(_lines(rows, names, [[_in_one_cell(name) for name in names], *cells]))


def _check_columns(rows: Sequence[Row], names: Sequence[str]) -> None:
    for index, row in enumerate(rows):
        for name in names:
            if name not in row:
                raise ValueError(f"row {index} lacks {name!r}; every row needs the columns {', '.join(names)}.")


def _cell(value: Any, spec: str | None, name: str) -> str:
    """Return one value of the column `name` as text, by `spec` if there is one."""
    value = _plain(value)
    if _is_missing(value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if spec is not None:
        try:
            return _in_one_cell(format(value, spec))
        except (ValueError, TypeError):
            raise ValueError(
                f"formats[{name!r}] is {spec!r}, which can't write {value!r}; give one that can."
            ) from None
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    return _in_one_cell(value)


def _plain(value: Any) -> Any:
    """Return Python's number for a tensor, an array or a scalar that holds one; else the value."""
    if isinstance(value, Tensor | np.ndarray | np.generic):
        return value.item() if math.prod(value.shape) == 1 else value.tolist()
    return value


def _is_missing(value: Any) -> bool:
    """Return whether a plain value is None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _in_one_cell(value: Any) -> str:
    """Return a text in which nothing ends its cell: no line break, no bare "|"."""
    return " ".join(str(value).splitlines()).replace("|", "\\|")


def _winners(values: Sequence[Any], name: str, which: str) -> list[int]:
    """Return the rows whose value is the column's largest or smallest; None and NaN never win."""
    if which not in ("max", "min"):
        raise ValueError(f"best[{name!r}] is {which!r}; give 'max' or 'min'.")
    plain = [_plain(value) for value in values]
    for value in plain:
        if not (_is_missing(value) or isinstance(value, int | float)):
            raise ValueError(f"best names {name!r}, but {value!r} in it is no number; name a column of numbers.")
    known = {index: float(value) for index, value in enumerate(plain) if not _is_missing(value)}
    if not known:
        return []
    winner = max(known.values()) if which == "max" else min(known.values())
    return [index for index, value in known.items() if value == winner]


def _lines(rows: Sequence[Row], names: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Return the table's lines: heads (the first of the cells), rule, rows; columns of numbers stand to the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rules = []
    for name, width in zip(names, widths, strict=True):
        is_numeric = all(_is_number(row[name]) for row in rows)
        dashes = "-" * (width + 1)
        rules.append(f"{dashes}:" if is_numeric else f":{dashes}")
    rule = "|" + "|".join(rules) + "|"
    heads, *body = cells
    return [_line(heads, widths), rule, *(_line(row, widths) for row in body)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return "| " + " | ".join(padded) + " |"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool | str):
        return False
    return value is None or hasattr(value, "__float__")
