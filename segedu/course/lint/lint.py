"""The lecture lint: structure, lengths, names, exercises, alt texts; a finding reads `file:cell: what, expected`."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from segedu.course.build import source
from segedu.course.build.notebook import picture_sizes, read_notebook
from segedu.course.build.source import Lecture
from segedu.course.lint import cells, exercises, glossary, structure
from segedu.course.lint.cells import Note, label

ALL_PICTURES = 25_000_000  # bytes, over all notebooks


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing to mend: the file, the cell (its number from 1, and its name), what is there and what is expected."""

    file: str
    cell: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.cell}: {self.text}"


def lint(root: Path, numbers: Sequence[str] = ()) -> list[Finding]:
    """Return what is to be mended in the lectures with these numbers, or in all of them."""
    findings = []
    for lecture in source.find_lectures(root, numbers):
        file = lecture.path.relative_to(root).as_posix()
        findings += [Finding(file, cell, text) for cell, text in lint_source(lecture)]
        file = lecture.notebook.relative_to(root).as_posix()
        findings += [Finding(file, cell, text) for cell, text in lint_notebook(lecture)]
    findings += [Finding("notebooks", "all", text) for text in lint_collection(root)]
    return findings


def lint_source(lecture: Lecture) -> Iterator[Note]:
    """Yield (cell, text) for what is to be mended in a lecture's source."""
    try:
        read = source.read(lecture).cells
    except ValueError as error:
        yield "all", str(error)
        return
    yield from structure.notes(read, lecture)
    yield from cells.notes(read, lecture)
    yield from exercises.notes(read, lecture)
    yield from glossary.notes(read, lecture)


def lint_notebook(lecture: Lecture) -> Iterator[Note]:
    """Yield (cell, text) for each picture without alt text in a built notebook."""
    if not lecture.notebook.exists():
        yield "all", f"is missing, expected a built notebook: run `segedu build {lecture.number}`"
        return
    try:
        notebook = read_notebook(lecture.notebook)
    except ValueError as error:
        yield "all", str(error)
        return
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            described = output.get("metadata", {}).get("image/png", {}).get("alt", "").strip()
            if "image/png" in output.get("data", {}) and not described:
                yield label(number, cell), "has a picture without alt text, expected `se.show(figure, alt=…)`"


def lint_collection(root: Path) -> Iterator[str]:
    """Yield a text if the pictures of all notebooks together are too large."""
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    size = 0
    for path in paths:
        with contextlib.suppress(ValueError):  # what is no notebook is named where its lecture is
            size += sum(picture_sizes(read_notebook(path)))
    if size >= ALL_PICTURES:
        yield f"the pictures have {size / 1e6:.1f} MB, expected less than {ALL_PICTURES / 1e6:.0f} MB"
