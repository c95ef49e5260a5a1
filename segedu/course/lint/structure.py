"""Lint of a lecture's shape: front matter, set-up, parameters, and the sections in their order."""

import re
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from segedu.course.build.reading import READING, line_count, reading_minutes
from segedu.course.build.source import Lecture
from segedu.course.lint.cells import Note, label
from segedu.course.lint.markdown import addresses, blocks, bold, headings, items, parts, words

SETUP_LINES = 12
SECTIONS = {  # heading → how its text begins
    "## The goal": r"The goal\b",
    "## 1. (the first concept)": r"1\. ",
    "## Lab": r"Lab\b",
    "## Ablation": r"Ablation\b",
    "## What goes wrong": r"What goes wrong\b",
    "## Which one should I choose?": r"Which one should I choose\?",
    "## Recap": r"Recap\b",
    "## Going further": r"Going further\b",
}
PROMISES = "You will be able to"
TIMES = re.compile(r"[Rr]eading \d+ min.*[Pp]laying \d+ min.*[Ee]xercises \d+ min")


def notes(cells: Sequence[NotebookNode], lecture: Lecture) -> Iterator[Note]:
    """Yield what is to be mended in a lecture's structure."""
    yield from front_matter(cells, lecture)
    yield from setup(cells)
    yield from section_order(cells)
    yield from concepts(cells)
    yield from contents(cells)


def front_matter(cells: Sequence[NotebookNode], lecture: Lecture) -> Iterator[Note]:
    """Yield what the first cell lacks."""
    cell = cells[0]
    here = label(1, cell)
    title = f"# {int(lecture.number)}. "
    if cell.cell_type != "markdown" or not cell.source.startswith(title):
        yield here, f"does not begin with the title, expected `{title}…`"
    for lacking in lacking_parts(cell.source):
        yield here, f"lacks a part of the front matter, expected {lacking}"
    said, minutes = re.search(r"[Rr]eading (\d+) min", cell.source), reading_minutes(cells)
    if said and int(said[1]) != minutes:
        yield here, f"says {said[0]!r} where its words and code take {minutes}, expected `Reading {READING} min`"
    count = items(parts(cell.source).get(PROMISES, []))
    if not 3 <= count <= 5:
        yield here, f"promises {count} things that you will be able to do, expected 3 to 5"


def lacking_parts(markdown: str) -> Iterator[str]:
    """Yield which parts the front matter lacks."""
    part = parts(markdown)
    if "?" not in words(part.get("Question.", [])):
        yield "the question: `**Question.** …?`"
    if PROMISES not in part:
        yield "what you will be able to: `**You will be able to**` and a list"
    if not addresses(part.get("Prerequisites.", []), "link"):
        yield "`**Prerequisites.**` with a link"
    if not TIMES.search(words(part.get("Time.", []))):
        yield "times: `**Time.** Reading {{reading}} min · playing 15 min · exercises 45 min`"
    if not any(address.endswith("colab-badge.svg") for address in addresses(blocks(markdown), "image")):
        yield "the Colab badge: `{{colab_badge}}`"


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
        number = next((n for n, cell in enumerate(cells, 1) if starts_section(cell, pattern)), None)
        if number is None:
            yield "all", f"has no section {heading!r}, expected one"
        elif number < last:
            here = label(number, cells[number - 1])
            yield here, f"the section {heading!r} is out of order, expected it after cell {last}"
        else:
            last = number


def starts_section(cell: NotebookNode, pattern: str) -> bool:
    """Return whether a cell has a heading of level 2 whose text begins as the pattern says."""
    titles = headings(cell.source, level=2) if cell.cell_type == "markdown" else []
    return any(re.match(pattern, title) for title in titles)


def section(cells: Sequence[NotebookNode], pattern: str) -> list[NotebookNode]:
    """Return the cells from a section's heading up to the next `## ` heading."""
    start = next((index for index, cell in enumerate(cells) if starts_section(cell, pattern)), None)
    if start is None:
        return []
    after = (i for i in range(start + 1, len(cells)) if starts_section(cells[i], ""))
    return list(cells[start : next(after, len(cells))])


def concepts(cells: Sequence[NotebookNode]) -> Iterator[Note]:
    """Yield what is wrong with the concept blocks: their number, and what each must show."""
    starts = [n for n, cell in enumerate(cells, 1) if starts_section(cell, r"\d+\. ")]
    if not 3 <= len(starts) <= 5:
        yield "all", f"has {len(starts)} concept blocks (`## 1. …`), expected 3 to 5"
    for order, number in enumerate(starts, 1):
        here = label(number, cells[number - 1])
        block = section(cells, rf"{order}\. ")
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
    for heading, (expected, holds) in CONTENTS.items():
        part = section(cells, SECTIONS[heading])
        if part and not holds(part):
            yield "all", f"the section {heading!r} is not complete, expected {expected}"
    if not any(named(cell, "widget-") for cell in cells):
        yield "all", 'has no explorer, expected a cell with name="widget-…"'


def has_figure(part: Sequence[NotebookNode]) -> bool:
    """Return whether a section has a figure."""
    return any(named(cell, "figure-") for cell in part)


def has_code(part: Sequence[NotebookNode]) -> bool:
    """Return whether a section has code."""
    return any(cell.cell_type == "code" for cell in part)


def has_remedies(part: Sequence[NotebookNode]) -> bool:
    """Return whether a section tells three to five times symptom, cause and fix."""
    openings = bold(blocks(text_of(part)))
    counts = [sum(opening.startswith(word) for opening in openings) for word in ("Symptom", "Cause", "Fix")]
    return all(3 <= count <= 5 for count in counts)


def has_cards(part: Sequence[NotebookNode]) -> bool:
    """Return whether a section has the two cards of formulas and shapes."""
    text = text_of(part)
    return "Formula card" in text and "Shapes card" in text


def leads_on(part: Sequence[NotebookNode]) -> bool:
    """Return whether a section has three links and says what is next."""
    tokens = blocks(text_of(part))
    return len(addresses(tokens, "link")) >= 3 and any(opening.startswith("Next") for opening in bold(tokens))


CONTENTS = {  # heading → what the section must have, and the function that sees it
    "## The goal": ('a figure (name="figure-…")', has_figure),
    "## Lab": ("code that runs", has_code),
    "## Ablation": ("code that makes a table", has_code),
    "## What goes wrong": ("3 to 5 times Symptom, Cause, Fix", has_remedies),
    "## Recap": ("**Formula card** and **Shapes card**", has_cards),
    "## Going further": ("three links and what is next (`**Next:** …`)", leads_on),
}


def named(cell: NotebookNode, *prefixes: str) -> bool:
    """Return whether a cell's name begins with one of the prefixes."""
    return cell.metadata.get("name", "").startswith(prefixes)


def text_of(cells: Sequence[NotebookNode]) -> str:
    """Return the text of the markdown cells."""
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
