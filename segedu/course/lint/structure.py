"""Lint of a lecture's shape: front matter, set-up, parameters, and the sections in their order."""

import re
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from segedu.course.build.source import Lecture
from segedu.course.lint.cells import Note, label, line_count

SETUP_LINES = 12
SECTIONS = {  # heading → how it is recognized
    "## The goal": r"^## The goal\b",
    "## 1. (the first concept)": r"^## 1\. ",
    "## Lab": r"^## Lab\b",
    "## Ablation": r"^## Ablation\b",
    "## What goes wrong": r"^## What goes wrong\b",
    "## Which one should I choose?": r"^## Which one should I choose\?",
    "## Recap": r"^## Recap\b",
    "## Going further": r"^## Going further\b",
}
FRONT = {  # what the front matter has → how it is recognized
    "the question: `**Question.** …?`": r"\*\*Question\.\*\*.*?\?",
    "what you will be able to: `**You will be able to**` and a list": r"\*\*You will be able to\*\*",
    "`**Prerequisites.**` with a link": r"\*\*Prerequisites\.\*\*[^\n]*(\n[^\n]+)*?\]\(",
    "times: `**Time.** Reading 25 min · playing 15 min · exercises 45 min`": (
        r"\*\*Time\.\*\*.*?[Rr]eading \d+ min.*?[Pp]laying \d+ min.*?[Ee]xercises \d+ min"
    ),
    "the Colab badge: `{{colab_badge}}`": r"colab-badge\.svg",
}


def notes(cells: Sequence[NotebookNode], lecture: Lecture) -> Iterator[Note]:
    """Yield what is to be mended in a lecture's structure."""
    yield from front_matter(cells[0], lecture)
    yield from setup(cells)
    yield from section_order(cells)
    yield from concepts(cells)
    yield from contents(cells)


def front_matter(cell: NotebookNode, lecture: Lecture) -> Iterator[Note]:
    """Yield what the first cell lacks."""
    here = label(1, cell)
    title = f"# {int(lecture.number)}. "
    if cell.cell_type != "markdown" or not cell.source.startswith(title):
        yield here, f"does not begin with the title, expected `{title}…`"
    for what, pattern in FRONT.items():
        if not re.search(pattern, cell.source, re.DOTALL):
            yield here, f"lacks a part of the front matter, expected {what}"
    promises = re.search(r"\*\*You will be able to\*\*.*?\n((?:\s*- .*(?:\n(?!\s*\n|- ).*)*\n?|\n)+)", cell.source)
    count = len(re.findall(r"^- ", promises[1], re.MULTILINE)) if promises else 0
    if not 3 <= count <= 5:
        yield here, f"promises {count} things that you will be able to do, expected 3 to 5"


def setup(cells: Sequence[NotebookNode]) -> Iterator[Note]:
    """Yield what is wrong with the set-up cell and with the parameters cell after it."""
    code = [(number, cell) for number, cell in enumerate(cells, 1) if cell.cell_type == "code"]
    if not code:
        yield "all", "has no code, expected a set-up cell"
        return
    number, cell = code[0]
    here = label(number, cell)
    if cell.metadata.get("name") != "setup":
        yield here, 'is the first code cell, expected name="setup"'
    if (lines := line_count(cell)) > SETUP_LINES:
        yield here, f"has {lines} lines, expected at most {SETUP_LINES} to set up"
    for text in ("google.colab", "import segedu as se", "se.setup(seed=0)"):
        if text not in cell.source:
            yield here, f"lacks {text!r}, expected the set-up cell of lectures/_template.py"
    tagged = [index for index, (_, cell) in enumerate(code) if "parameters" in cell.metadata.get("tags", [])]
    if tagged != [1]:
        yield label(*code[1]) if len(code) > 1 else "all", 'expected tags=["parameters"] on the second code cell only'


def section_order(cells: Sequence[NotebookNode]) -> Iterator[Note]:
    """Yield each section that is missing or out of order."""
    last = 0
    for heading, pattern in SECTIONS.items():
        found = next((n for n, cell in enumerate(cells, 1) if starts_section(cell, pattern)), None)
        if found is None:
            yield "all", f"has no section {heading!r}, expected one"
        elif found < last:
            yield (
                label(found, cells[found - 1]),
                f"the section {heading!r} is out of order, expected it after cell {last}",
            )
        else:
            last = found


def starts_section(cell: NotebookNode, pattern: str) -> bool:
    """Return whether a cell has a heading that matches."""
    return cell.cell_type == "markdown" and re.search(pattern, cell.source, re.MULTILINE) is not None


def section(cells: Sequence[NotebookNode], pattern: str) -> list[NotebookNode]:
    """Return the cells from a section's heading up to the next `## ` heading."""
    start = next((index for index, cell in enumerate(cells) if starts_section(cell, pattern)), None)
    if start is None:
        return []
    after = (i for i in range(start + 1, len(cells)) if starts_section(cells[i], r"^## "))
    return list(cells[start : next(after, len(cells))])


def concepts(cells: Sequence[NotebookNode]) -> Iterator[Note]:
    """Yield what is wrong with the concept blocks: their number, and what each must show."""
    starts = [n for n, cell in enumerate(cells, 1) if starts_section(cell, r"^## \d+\. ")]
    if not 3 <= len(starts) <= 5:
        yield "all", f"has {len(starts)} concept blocks (`## 1. …`), expected 3 to 5"
    for order, number in enumerate(starts, 1):
        here = label(number, cells[number - 1])
        block = section(cells, rf"^## {order}\. ")
        if not block:
            yield here, f"expected the concept blocks to be numbered; there is no `## {order}. …`"
        elif not any(named(cell, "figure-", "widget-") for cell in block):
            yield here, "is a concept without a figure, expected a picture with numbers"
        elif not any(re.search(r"\bassert\b|assert_close", cell.source) for cell in block if cell.cell_type == "code"):
            yield (
                here,
                "is a concept without an assertion, expected agreement with torch (`torch.testing.assert_close`)",
            )


def contents(cells: Sequence[NotebookNode]) -> Iterator[Note]:
    """Yield what the other sections lack."""
    checks = {
        "## The goal": ('a figure (name="figure-…")', lambda part: any(named(cell, "figure-") for cell in part)),
        "## Lab": ("code that runs", lambda part: any(cell.cell_type == "code" for cell in part)),
        "## Ablation": ("code that makes a table", lambda part: any(cell.cell_type == "code" for cell in part)),
        "## What goes wrong": (
            "3 to 5 times Symptom, Cause, Fix",
            lambda part: all(3 <= text_of(part).count(word) <= 5 for word in ("**Symptom", "**Cause", "**Fix")),
        ),
        "## Recap": (
            "**Formula card** and **Shapes card**",
            lambda part: "Formula card" in text_of(part) and "Shapes card" in text_of(part),
        ),
        "## Going further": (
            "three links and what is next (`**Next:** …`)",
            lambda part: text_of(part).count("](") >= 3 and "**Next" in text_of(part),
        ),
    }
    for heading, (wanted, holds) in checks.items():
        part = section(cells, SECTIONS[heading])
        if part and not holds(part):
            yield "all", f"the section {heading!r} is not complete, expected {wanted}"
    if not any(named(cell, "widget-") for cell in cells):
        yield "all", 'has no explorer, expected a cell with name="widget-…"'


def named(cell: NotebookNode, *prefixes: str) -> bool:
    """Return whether a cell's name begins with one of the prefixes."""
    return cell.metadata.get("name", "").startswith(prefixes)


def text_of(cells: Sequence[NotebookNode]) -> str:
    """Return the text of the markdown cells."""
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
