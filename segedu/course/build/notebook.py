"""Build notebooks from lectures: execute the complete one, take the solutions out, keep the pictures."""

import dataclasses
import json
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from segedu.course.build import CELL_TIMEOUT, edition, outputs, solutions, source
from segedu.course.build.execute import ExecutionError, execute, number_cells
from segedu.course.build.fingerprint import changes, fingerprint
from segedu.course.build.source import Lecture
from segedu.files import write_text


@dataclasses.dataclass(frozen=True)
class Report:
    """What a build made: seconds, pictures and bytes of them, and what was dropped or masked on the way.

    `executed` is false where the outputs were kept, because nothing that runs had changed.
    """

    lecture: Lecture
    executed: bool
    seconds: float
    pictures: int
    picture_bytes: int
    remarks: list[str]

    def __str__(self) -> str:
        time = f"{self.seconds:.0f} s" if self.executed else "text written, outputs kept (no code has changed)"
        size = f"{self.pictures} pictures, {self.picture_bytes / 1e6:.1f} MB"
        head = f"{self.lecture.path.stem}: {time}, {size}"
        return "\n".join([head, *(f"  {remark}" for remark in self.remarks)])


def build(lecture: Lecture, timeout: float = CELL_TIMEOUT, anew: bool = False) -> Report:
    """Write a lecture's notebook and its solutions, executing it unless nothing that runs has changed.

    With `anew` it is executed in any case. On any failure, nothing is written.

    Raises:
        ExecutionError: a cell failed.
        ValueError: the source is malformed, or an output can't be kept (path, address, picture without alt text).
    """
    started = time.monotonic()
    complete = source.read(lecture)
    student = solutions.student_notebook(complete, lecture.path.name)

    # The outputs: those of the notebook that is there, or of a run of the complete one
    earlier = None if anew else reusable(lecture)
    remarks: list[str] = []
    if earlier is not None:
        attach_outputs(student, earlier)
        student.metadata["segedu"] = earlier.metadata["segedu"]
    else:
        run, used = run_complete(lecture, complete, timeout)
        remarks = clean_outputs(run, lecture)
        attach_outputs(student, run)
        student.metadata["segedu"] = fingerprint(lecture, used, student)

    write(lecture.notebook, notebook_text(student))
    write(lecture.solutions, solutions_text(complete))
    sizes = picture_sizes(student)
    seconds = time.monotonic() - started
    return Report(lecture, earlier is None, seconds, len(sizes), sum(sizes), remarks)


def reusable(lecture: Lecture) -> NotebookNode | None:
    """Return the written notebook if a run would give its outputs again, else None."""
    if not lecture.notebook.exists():
        return None
    try:
        written = read_notebook(lecture.notebook)
    except ValueError:
        return None
    same_cells = len(code_of(written)) == sum(not cell.proof for cell in source.code_cells(lecture))
    return written if same_cells and not changes(written, lecture) else None


def run_complete(lecture: Lecture, complete: NotebookNode, timeout: float) -> tuple[NotebookNode, list[str]]:
    """Execute the complete notebook; return it with outputs, and the files that it used."""
    lecture.notebook.parent.mkdir(exist_ok=True)
    try:
        return execute(solutions.complete_notebook(complete), lecture.notebook.parent, timeout)
    except ExecutionError as error:
        raise ExecutionError(f"lecture {lecture.number}, {error}") from None


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
    """Give the student's code cells the outputs of a run, in order: both have the same code cells but for proofs."""
    for cell, ran in zip(code_of(student), solutions.without_proofs(code_of(run)), strict=True):
        cell.outputs = ran.outputs
    number_cells(student)


def code_of(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def write_complete(lecture: Lecture, folder: Path) -> Path:
    """Write the complete notebook, with solutions and asserted checks but without outputs, for a validator to run."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / lecture.notebook.name
    write(path, notebook_text(solutions.complete_notebook(source.read(lecture))))
    return path


def remove_left_out(root: Path) -> list[Path]:
    """Remove the notebooks of the lectures that this edition leaves out, and return their paths."""
    omitted = edition.left_out(root)
    paths = [lecture.notebook for lecture in source.find_lectures(root, omitted)] if omitted else []
    existing = [path for path in paths if path.exists()]
    for path in existing:
        path.unlink()
    return existing


def read_notebook(path: Path) -> NotebookNode:
    """Return a written notebook.

    Raises:
        ValueError: the file is no notebook; it is named.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        cells_are_whole = all(isinstance(cell.source, str) and cell.cell_type and cell.id for cell in notebook.cells)
    except OSError:
        raise
    except Exception as error:  # nbformat raises whatever a file of another shape leads to
        reason = str(error).partition("\n")[0][:100]
        raise ValueError(
            f"{path.name} is no notebook ({reason}); remove it and run `segedu build {path.name[:2]}`."
        ) from None
    if not cells_are_whole:
        raise ValueError(f"{path.name} has a cell without source; remove it and run `segedu build {path.name[:2]}`.")
    return notebook


def picture_sizes(notebook: NotebookNode) -> list[int]:
    """Return the size in bytes of each PNG in a notebook."""
    kept = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [len(output.data["image/png"]) * 3 // 4 for output in kept if "image/png" in output.get("data", {})]


def notebook_text(notebook: NotebookNode) -> str:
    """Return a notebook as it is written: validated, sorted keys, one line end at the end."""
    notebook.nbformat_minor = 5
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise ValueError(f"the notebook would not be valid: {str(error).splitlines()[0]}") from None
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def solutions_text(complete: NotebookNode) -> str:
    """Return the solutions of a lecture as JSON."""
    return json.dumps(solutions.solutions(complete), indent=1, ensure_ascii=False) + "\n"


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all; an equal file is left alone."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    write_text(path, text)
