"""Build notebooks from lectures: execute the complete one, take the solutions out, keep the pictures; find drift."""

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from segedu.course.build import edition, outputs, source
from segedu.course.build.execute import ExecutionError, execute
from segedu.course.build.source import Lecture, content_hash
from segedu.course.build.watch import PACKAGE_ROOT
from segedu.files import write_text

CELL_TIMEOUT = 120.0  # seconds


@dataclasses.dataclass(frozen=True)
class Report:
    """What a build made: seconds, pictures and bytes of them, and what was dropped or masked on the way."""

    lecture: Lecture
    seconds: float
    pictures: int
    picture_bytes: int
    remarks: list[str]

    def __str__(self) -> str:
        size = f"{self.pictures} pictures, {self.picture_bytes / 1e6:.1f} MB"
        head = f"{self.lecture.path.stem}: {self.seconds:.0f} s, {size}"
        return "\n".join([head, *(f"  {remark}" for remark in self.remarks)])


def build(lecture: Lecture, timeout: float = CELL_TIMEOUT) -> Report:
    """Execute a lecture and write its notebook and its solutions; on any failure, nothing is written.

    Raises:
        ExecutionError: a cell failed.
        ValueError: the source is malformed, or an output can't be kept (path, address, picture without alt text).
    """
    started = time.monotonic()
    complete = source.read(lecture)
    student = source.student_notebook(complete, lecture)
    lecture.notebook.parent.mkdir(exist_ok=True)
    try:
        run, used = execute(source.complete_notebook(complete), lecture.notebook.parent, timeout)
    except ExecutionError as error:
        raise ExecutionError(f"lecture {lecture.number}, {error}") from None
    remarks = clean_outputs(run, lecture)
    attach_outputs(student, run)
    student.metadata["segedu"] = fingerprint(lecture, used)
    write(lecture.notebook, notebook_text(student))
    write(lecture.solutions, solutions_text(complete))
    sizes = picture_sizes(student)
    return Report(lecture, time.monotonic() - started, len(sizes), sum(sizes), remarks)


def clean_outputs(run: NotebookNode, lecture: Lecture) -> list[str]:
    """Clean the outputs of all cells; return the remarks, or raise ValueError with all that must be mended."""
    faults, remarks = [], []
    for cell in run.cells:
        if cell.cell_type == "code":
            found, noted = outputs.clean(cell, lecture.root)
            faults += [f"cell {cell.id}: {text}" for text in found]
            remarks += [f"cell {cell.id}: {text}" for text in noted]
    if faults:
        raise ValueError(f"lecture {lecture.number} can't be built:\n  " + "\n  ".join(faults))
    return remarks


def attach_outputs(student: NotebookNode, run: NotebookNode) -> None:
    """Give the student's cells the outputs and counts of the complete run, cell by cell through their ids."""
    ran = {cell.id: cell for cell in run.cells}
    for cell in student.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = ran[cell.id].outputs, ran[cell.id].execution_count


def fingerprint(lecture: Lecture, used: Sequence[str]) -> dict[str, object]:
    """Return what made the outputs: hashes of the lecture and of each file of the package that its run used."""
    files = {path: content_hash(text) for path in used if (text := file_text(PACKAGE_ROOT / path)) is not None}
    return {"lecture": content_hash(file_text(lecture.path) or ""), "files": files}


def file_text(path: Path) -> str | None:
    """Return a file's content as text, byte for byte where it is binary; None if it is not there."""
    return path.read_bytes().decode("latin-1") if path.is_file() else None


def write_complete(lecture: Lecture, folder: Path) -> Path:
    """Write the complete notebook, with solutions and asserted checks but without outputs, for a validator to run."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / lecture.notebook.name
    write(path, notebook_text(source.complete_notebook(source.read(lecture))))
    return path


def drift(lecture: Lecture) -> list[str]:
    """Return what of a lecture's notebook is not up to date, one sentence each; nothing is executed."""
    if not lecture.notebook.exists():
        return [f"{lecture.notebook.name} is missing"]
    written = nbformat.read(lecture.notebook, as_version=4)
    complete = source.read(lecture)
    wanted = source.student_notebook(complete, lecture)
    if (difference := first_difference(written, wanted)) is not None:
        return [difference]
    if not lecture.solutions.exists() or lecture.solutions.read_text(encoding="utf-8") != solutions_text(complete):
        return [f"{lecture.solutions.relative_to(lecture.root).as_posix()} is not what the lecture says"]
    print_of = written.metadata.get("segedu", {})
    if print_of.get("lecture") != content_hash(file_text(lecture.path) or ""):
        return ["the lecture has changed since its pictures were made"]
    stale = [path for path, known in print_of["files"].items() if changed(path, known)]
    return [f"{path} has changed since the pictures were made" for path in stale]


def changed(path: str, known: str) -> bool:
    """Return whether a file of the package is not the one that had this hash."""
    text = file_text(PACKAGE_ROOT / path)
    return text is None or content_hash(text) != known


def first_difference(written: NotebookNode, wanted: NotebookNode) -> str | None:
    """Return where the cells of a written notebook first differ from those that the lecture gives, or None."""
    for number, (given, right) in enumerate(zip(written.cells, wanted.cells, strict=False), 1):
        if (given.id, given.source, given.metadata) != (right.id, right.source, right.metadata):
            return f"cell {number} ({right.id}) is not what the lecture says"
    if len(written.cells) != len(wanted.cells):
        return f"it has {len(written.cells)} cells, the lecture gives {len(wanted.cells)}"
    return None


def strays(root: Path) -> list[Path]:
    """Return the notebooks that no lecture makes."""
    made = {lecture.notebook for lecture in source.find_lectures(root)}
    return [path for path in sorted((root / "notebooks").glob("*.ipynb")) if path not in made]


def remove_left_out(root: Path) -> list[Path]:
    """Remove the notebooks of the lectures that this edition leaves out, and return their paths."""
    omitted = edition.left_out(root)
    paths = [lecture.notebook for lecture in source.find_lectures(root, omitted)] if omitted else []
    existing = [path for path in paths if path.exists()]
    for path in existing:
        path.unlink()
    return existing


def picture_sizes(notebook: NotebookNode) -> list[int]:
    """Return the size in bytes of each PNG in a notebook."""
    kept = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [len(output.data["image/png"]) * 3 // 4 for output in kept if "image/png" in output.get("data", {})]


def notebook_text(notebook: NotebookNode) -> str:
    """Return a notebook as it is written: validated, sorted keys, one line end at the end."""
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def solutions_text(complete: NotebookNode) -> str:
    """Return the solutions of a lecture as JSON."""
    return json.dumps(source.solutions(complete), indent=1, ensure_ascii=False) + "\n"


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all; an equal file is left alone."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    write_text(path, text)
