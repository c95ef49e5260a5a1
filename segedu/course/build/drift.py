"""Find what is not up to date: a notebook's text, its outputs, its solutions; and notebooks that no lecture makes."""

from pathlib import Path

from nbformat import NotebookNode

from segedu.course.build import source
from segedu.course.build.fingerprint import changes, other_python
from segedu.course.build.notebook import read_notebook, solutions_text
from segedu.course.build.solutions import student_notebook
from segedu.course.build.source import Lecture


def drift(lecture: Lecture) -> list[str]:
    """Return what of a lecture's notebook is not up to date, one sentence each; nothing is executed."""
    complete = source.read(lecture)
    expected = student_notebook(complete, lecture.path.name)
    if not lecture.notebook.exists():
        return [f"{lecture.notebook.name} is missing"]
    try:
        written = read_notebook(lecture.notebook)
    except ValueError as error:
        return [str(error).partition(";")[0]]
    difference = first_difference(written, expected)
    if difference is not None:
        return [difference]
    if not lecture.solutions.exists() or lecture.solutions.read_text(encoding="utf-8") != solutions_text(complete):
        return [f"{lecture.solutions.relative_to(lecture.root).as_posix()} is not what the lecture says"]
    return changes(written, lecture)


def first_difference(written: NotebookNode, expected: NotebookNode) -> str | None:
    """Return where the cells of a written notebook first differ from those that the lecture gives, or None."""
    for number, (cell, right) in enumerate(zip(written.cells, expected.cells, strict=False), 1):
        if (cell.id, cell.source, cell.metadata) != (right.id, right.source, right.metadata):
            return f"cell {number} ({right.id}) is not what the lecture says"
    if len(written.cells) != len(expected.cells):
        return f"it has {len(written.cells)} cells, the lecture gives {len(expected.cells)}"
    return None


def made_elsewhere(lecture: Lecture) -> str | None:
    """Return the version of Python that executed a lecture if it is not the running one's, else None.

    Its checks then passed there, and are not known to pass here: the tests run its complete notebook again.
    """
    return other_python(read_notebook(lecture.notebook))


def strays(root: Path) -> list[Path]:
    """Return the notebooks that no lecture makes."""
    made = {lecture.notebook for lecture in source.find_lectures(root)}
    return [path for path in sorted((root / "notebooks").glob("*.ipynb")) if path not in made]
