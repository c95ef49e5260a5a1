"""The README's syllabus: one row per lecture, its title and its question as the front matter has them."""

import re
from pathlib import Path

from segedu.course.build import source
from segedu.course.build.notebook import write
from segedu.course.build.source import Lecture

BEGIN = "<!-- syllabus: `segedu build` writes it from the lectures' front matter -->"
END = "<!-- end of the syllabus -->"
HEAD = "| | lecture | its question |\n|---|---|---|"


def drift(root: Path) -> list[str]:
    """Return a sentence if the README has a syllabus and it is not what the lectures say."""
    text = readme(root)
    if text is None or text == with_syllabus(text, root):
        return []
    return ["its syllabus is not what the lectures say"]


def refresh(root: Path) -> bool:
    """Write the README's syllabus; return whether it has changed."""
    text = readme(root)
    if text is None or text == with_syllabus(text, root):
        return False
    write(root / "README.md", with_syllabus(text, root))
    return True


def readme(root: Path) -> str | None:
    """Return the README's text if there is one with a place for the syllabus."""
    path = root / "README.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text if BEGIN in text and END in text else None


def with_syllabus(text: str, root: Path) -> str:
    """Return the README with the syllabus between its marks."""
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    rows = [row(lecture) for lecture in source.find_lectures(root)]
    return "\n".join([before + BEGIN, "", HEAD, *rows, "", END + after])


def row(lecture: Lecture) -> str:
    """Return a lecture's row of the table."""
    title, question = front_matter(source.read(lecture).cells[0].source)
    return f"| {lecture.number} | [{title}](notebooks/{lecture.notebook.name}) | {question} |"


def front_matter(markdown: str) -> tuple[str, str]:
    """Return title and question of a lecture's first cell; "" for what it lacks, which the lint tells.

    >>> front_matter("# 3. Convolution\\n\\n**Question.** How much does\\none pixel see?\\n\\n**Time.**")
    ('Convolution', 'How much does one pixel see?')
    """
    title = re.search(r"^# \d+\. (.+)$", markdown, re.MULTILINE)
    question = re.search(r"\*\*Question\.\*\* (.+?)(?:\n\n|\Z)", markdown, re.DOTALL)
    return title[1] if title else "", " ".join(question[1].split()) if question else ""
