"""Tables of results: one row per setting, the best of each column in bold."""

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
        ValueError: there are no rows, a row lacks a column, `best` names another column, or is
            neither "max" nor "min".

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
    cells = [[_cell(row[name], formats.get(name)) for name in names] for row in rows]
    for name, which in (best or {}).items():
        if name not in names:
            raise ValueError(f"best names {name!r}; the table's columns are {', '.join(names)}.")
        column = names.index(name)
        winners = _winners([row[name] for row in rows], name, which)
        for index in winners:
            cells[index][column] = f"**{cells[index][column]}**"
    return "\n".join(_lines(rows, names, cells))


def _check_columns(rows: Sequence[Row], names: Sequence[str]) -> None:
    for index, row in enumerate(rows):
        for name in names:
            if name not in row:
                raise ValueError(f"row {index} lacks {name!r}; every row needs the columns {', '.join(names)}.")


def _cell(value: Any, spec: str | None) -> str:
    """Return one value as text, by `spec` if there is one."""
    if isinstance(value, Tensor | np.generic):
        value = value.item()
    if value is None or value != value:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if spec is not None:
        return format(value, spec)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value).replace("|", "\\|")


def _winners(values: Sequence[Any], name: str, which: str) -> list[int]:
    """Return the rows whose value is the column's largest or smallest; None and NaN never win."""
    if which not in ("max", "min"):
        raise ValueError(f"best[{name!r}] is {which!r}; give 'max' or 'min'.")
    known = {
        index: float(value)
        for index, value in enumerate(values)
        if value is not None and value == value  # NaN differs from itself
    }
    if not known:
        return []
    winner = max(known.values()) if which == "max" else min(known.values())
    return [index for index, value in known.items() if value == winner]


def _lines(rows: Sequence[Row], names: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Return the table's lines: names, rule, rows; columns of numbers stand to the right."""
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    rules = []
    for name, width in zip(names, widths, strict=True):
        is_numeric = all(_is_number(row[name]) for row in rows)
        dashes = "-" * (width + 1)
        rules.append(f"{dashes}:" if is_numeric else f":{dashes}")
    rule = "|" + "|".join(rules) + "|"
    return [_line(names, widths), rule, *(_line(row, widths) for row in cells)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return "| " + " | ".join(padded) + " |"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool | str):
        return False
    return value is None or hasattr(value, "__float__")
