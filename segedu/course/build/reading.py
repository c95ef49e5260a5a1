"""How much there is to read: the words and lines that a student sees, and the minutes that they take."""

import re
from collections.abc import Sequence

from nbformat import NotebookNode

from segedu.course.build.solutions import has_solution, without_marks, without_proofs, without_solution

READING = "{{reading}}"  # stands in the front matter for the minutes
WORDS_A_MINUTE, LINES_A_MINUTE = 200, 10
STEP = 5  # minutes are rounded to it


def fill_in_reading(cells: Sequence[NotebookNode]) -> None:
    """Write the minutes that the student's cells take to read where the front matter has `{{reading}}`."""
    minutes = str(reading_minutes(cells))
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace(READING, minutes)


def reading_minutes(cells: Sequence[NotebookNode]) -> int:
    """Return how long the student's cells take to read: words / 200 + lines of code / 10, to the next 5 minutes."""
    minutes = word_count(cells) / WORDS_A_MINUTE + code_lines(cells) / LINES_A_MINUTE
    return max(STEP, STEP * round(minutes / STEP))


def word_count(cells: Sequence[NotebookNode]) -> int:
    """Return the number of words in the text cells."""
    return sum(len(prose(cell.source).split()) for cell in cells if cell.cell_type == "markdown")


def code_lines(cells: Sequence[NotebookNode]) -> int:
    """Return the number of lines of code that a student sees: no proofs, no solutions."""
    return sum(student_lines(cell) for cell in without_proofs(cells) if cell.cell_type == "code")


def student_lines(cell: NotebookNode) -> int:
    """Return how many lines of a code cell hold something; a solution counts as its `...`."""
    source = without_solution(cell.source) if has_solution(cell) else cell.source
    return sum(bool(line.strip()) for line in source.split("\n"))


def line_count(cell: NotebookNode) -> int:
    """Return how many lines of a code cell hold something, the solution's among them; its marks don't count."""
    return sum(bool(line.strip()) for line in without_marks(cell.source).split("\n"))


def prose(markdown: str) -> str:
    """Return the words of a markdown cell: no code, formulas, tags, addresses.

    >>> prose("See `x` in [the paper](https://a.b/c) and $y$.").split()
    ['See', 'in', 'the', 'paper', 'and', '.']
    """
    without = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$", " ", markdown, flags=re.DOTALL)
    without = re.sub(r"\$[^$\n]*\$|<[^>]*>|!?\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)", " ", without)
    without = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", without)
    return re.sub(r"^[#>|*+\s-]+|[|*_#]", " ", without, flags=re.MULTILINE)
