"""Tables of results: one row per setting, the best of each column in bold."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor


def results_table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | None = None,
    *,
    formats: Mapping[str, str] | None = None,
    best: Mapping[str, str] | None = None,
) -> None:
    """Display rows (dicts with the same keys) as a table; outside IPython print it.

    `columns` chooses keys and their order, by default all of the first row; `formats` maps a column to a format of
    Python's, such as ".3f" or ".0%"; `best` maps a column to "max" or "min", whose winner is set in bold. Otherwise
    whole numbers get thousands separators, floats three digits, True and False become yes and no, None and NaN a dash.

    Raises ValueError without rows, or if a row lacks a column.

    >>> results_table([{"skips": True, "mIoU": 0.7134}, {"skips": False, "mIoU": 0.6}], best={"mIoU": "max"})
    | skips | mIoU      |
    |:------|----------:|
    | yes   | **0.713** |
    | no    | 0.600     |
    """
    text = markdown_table(rows, columns, formats or {}, best or {})
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(text)
        return
    from IPython.display import display

    display({"text/markdown": text, "text/plain": text}, raw=True)


def markdown_table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | None = None,
    formats: Mapping[str, str] | None = None,
    best: Mapping[str, str] | None = None,
) -> str:
    """Return the table that `results_table` displays as Markdown text; same arguments.

    >>> print(markdown_table([{"L": 1, "parameters": 18496}]))
    | L | parameters |
    |--:|-----------:|
    | 1 | 18,496     |
    """
    if not rows:
        raise ValueError("the table has no rows; give at least one dict.")
    names = list(columns or rows[0])
    for i, row in enumerate(rows):
        if missing := [name for name in names if name not in row]:
            raise ValueError(f"row {i} lacks {missing[0]!r}; every row needs the columns {', '.join(names)}.")
    cells = [[_cell(row[name], (formats or {}).get(name)) for name in names] for row in rows]
    for name, wanted in (best or {}).items():
        _embolden(cells, rows, names.index(name), name, wanted)
    widths = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(names)]
    rule = [_rule(width, all(_is_number(row[name]) for row in rows)) for width, name in zip(widths, names, strict=True)]
    lines = [_line(names, widths), "|" + "|".join(rule) + "|"]
    return "\n".join(lines + [_line(row, widths) for row in cells])


def _cell(value: Any, spec: str | None) -> str:
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
    return f"{value:,.3f}" if isinstance(value, float) and abs(value) < 1000 else _large(value)


def _large(value: Any) -> str:
    return f"{value:,.0f}" if isinstance(value, float) else str(value).replace("|", "\\|")


def _embolden(cells: list[list[str]], rows: Sequence[Mapping[str, Any]], index: int, name: str, wanted: str) -> None:
    if wanted not in ("max", "min"):
        raise ValueError(f"best[{name!r}] is {wanted!r}; give 'max' or 'min'.")
    known = [float(row[name]) for row in rows if row[name] is not None and row[name] == row[name]]
    winner = (max if wanted == "max" else min)(known)
    for row, cell in zip(rows, cells, strict=True):
        if row[name] is not None and float(row[name]) == winner:
            cell[index] = f"**{cell[index]}**"


def _rule(width: int, numeric: bool) -> str:
    return "-" * (width + 1) + ":" if numeric else ":" + "-" * (width + 1)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _is_number(value: Any) -> bool:
    return value is None or (not isinstance(value, bool | str) and hasattr(value, "__float__"))
