"""Lists of data sets: read as editors and spreadsheets leave them, or named with file, line and cure."""

import csv
import re
from pathlib import Path

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class ListError(OSError, ValueError):
    """A list that can't be read: a wrong value, and a file that isn't as it should be."""


def read_lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines of a list that aren't blank, each with its number from 1.

    Any ends of lines will do, a byte order mark too, and UTF-16 that begins with one.

    Raises:
        ListError: the text is not in UTF-8, or holds NULs.
    """
    raw = path.read_bytes()
    encoding = next((name for mark, name in MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        number = len((raw[: error.start] + b".").splitlines())
        byte = f"byte 0x{raw[error.start]:02x}"
        raise ListError(f"{path}, line {number}: {byte} is no {encoding}; save the list as UTF-8.") from None

    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    for number, line in lines:
        if "\0" in line:
            raise ListError(f"{path}, line {number}, holds a NUL character; save the list as UTF-8, or copy it again.")
    return [(number, line) for number, line in lines if line]


def columns(line: str) -> list[str]:
    """Return what stands between the semicolons, commas or tabs of a line; without any, between its blanks.

    >>> columns("a/0.png b/0.png"), columns('"a 0.png"; b/0.png')
    (['a/0.png', 'b/0.png'], ['a 0.png', 'b/0.png'])
    """
    cells = re.split(r"[;,\t]", line) if re.search(r"[;,\t]", line) else line.split()
    return [cell.strip().strip('"') for cell in cells if cell.strip()]


def read_table(path: Path, names: tuple[str, ...]) -> list[tuple[int, list[str]]]:
    """Return the columns `names` of a table with a header, row by row, each with its line's number.

    The separator is the comma, semicolon or tab that the header holds most.

    Raises:
        ListError: a column isn't there, a row ends before it, or the text can't be read.
    """
    lines = read_lines(path)
    header = lines[0][1] if lines else ""
    separator = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader((line for _, line in lines), delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise ListError(f"{path} is no table with commas ({error}); copy it again.") from None
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    if any(name.lower() not in heads for name in names):
        raise ListError(f"{path} must have the columns {' and '.join(names)}; its first line is {header[:60]!r}.")

    places = [heads.index(name.lower()) for name in names]
    table = []
    for (number, line), row in zip(lines[1:], rows[1:], strict=False):
        if len(row) <= max(places):
            raise ListError(f"{path}, line {number}: {line[:60]!r} ends before the column {names[-1]}; copy it again.")
        table.append((number, [row[place].strip() for place in places]))
    return table
