"""Find the lectures of a checkout, and read one: its cells with names, ids and placeholders filled in."""

import ast
import dataclasses
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
from nbformat import NotebookNode

from segedu.course.build import edition
from segedu.course.build.reading import fill_in_reading
from segedu.course.build.solutions import (
    has_solution,
    is_check,
    is_proof,
    refuse_marks,
    without_marks,
    without_solution,
)

KEPT = ("name", "tags", "alt")  # the metadata of a cell that is read; alt is written onto its picture
FILE = re.compile(r"(\d\d)_\w+\.py", re.ASCII)
NAME = re.compile(r"[ -~]{1,64}")  # of a cell; what is no letter, digit or hyphen of it becomes a hyphen in its id


@dataclasses.dataclass(frozen=True)
class Lecture:
    """One lecture: its number ("03"), its source file, and the notebook that is built from it."""

    root: Path
    path: Path

    @property
    def number(self) -> str:
        """Return the two digits in front of the file's name."""
        return self.path.name[:2]

    @property
    def notebook(self) -> Path:
        """Return where the student's notebook is written."""
        return self.root / "notebooks" / f"{self.path.stem}.ipynb"

    @property
    def solutions(self) -> Path:
        """Return where the solutions' sources are written."""
        return self.root / "segedu" / "exercises" / f"lecture{self.number}" / "solutions.json"


class CodeCell(NamedTuple):
    """What of a code cell decides about its outputs; `proof` cells are executed, but not written."""

    name: str
    alt: str
    proof: bool
    source: str

    @classmethod
    def of(cls, cell: NotebookNode) -> "CodeCell":
        """Return what decides about a cell's outputs."""
        about = cell.metadata
        return cls(about.get("name", ""), str(about.get("alt", "")), is_proof(cell), without_marks(cell.source))


def find_root(start: Path | None = None) -> Path:
    """Return the checkout around `start` (by default the working folder): the folder that holds `lectures`.

    Raises:
        ValueError: there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "lectures").is_dir() and (folder / "pyproject.toml").exists():
            return folder
    raise ValueError(f"{start} is in no checkout of the course; run this where lectures/ and pyproject.toml are.")


def find_lectures(root: Path, numbers: Sequence[str] = ()) -> list[Lecture]:
    """Return the lectures of a checkout, or those with these numbers ("3" and "03" are the same).

    Without numbers, those that this edition leaves out are not among them.

    Raises:
        ValueError: a number has no lecture, two have one number, or a file is not named as a lecture is.
    """
    lectures: dict[str, Lecture] = {}
    for path in lecture_files(root):
        other = lectures.setdefault(path.name[:2], Lecture(root, path))
        if other.path != path:
            raise ValueError(
                f"lectures/ has two lectures {other.number}, {other.path.name} and {path.name}; rename or remove one."
            )
    named = [number.zfill(2) for number in numbers]
    for number in named:
        if number not in lectures:
            raise ValueError(f"There is no lecture {number}; lectures/ has {', '.join(lectures) or 'none'}.")
    if named:
        return [lectures[number] for number in named]
    omitted = edition.left_out(root)
    return [lecture for number, lecture in lectures.items() if number not in omitted]


def lecture_files(root: Path) -> list[Path]:
    """Return the lectures' files, sorted; what begins with "_" or "." is none.

    Raises:
        ValueError: another Python file is there, which would never be built.
    """
    paths = sorted(path for path in (root / "lectures").glob("*.py") if not path.name.startswith(("_", ".")))
    for path in paths:
        if not FILE.fullmatch(path.name):
            raise ValueError(
                f"lectures/{path.name} is not named as a lecture is, two digits and a topic such as 01_topic.py; "
                "rename it, or let its name begin with `_` if it is none."
            )
    return paths


def read(lecture: Lecture) -> NotebookNode:
    """Return the complete notebook, solutions and their marks included, with its placeholders filled and ids set.

    Raises:
        ValueError: the file is no text in UTF-8 or holds no cell, two cells have one name, or a mark
            is missing or not written as it must be.
    """
    text = text_of(lecture)
    filled = fill_in(text, edition.repository(lecture.root), lecture.path.stem)
    notebook = parse(filled, lecture)
    if not any(cell.source.strip() for cell in notebook.cells):
        raise ValueError(f"{lecture.path.name} is empty: it holds no cell.")
    omitted = edition.left_out(lecture.root)
    cells = [clean_cell(cell) for cell in notebook.cells]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = edition.without_links(cell.source, omitted)
    set_ids(cells, lecture)
    for cell in cells:
        check_source(cell, f"{lecture.path.name}, cell {cell.id}")
    fill_in_reading(cells)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def code_cells(lecture: Lecture) -> list[CodeCell]:
    """Return the code cells as they are executed, placeholders unfilled: a fork runs the same."""
    notebook = parse(text_of(lecture), lecture)
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [CodeCell.of(cell) for cell in code]


def text_of(lecture: Lecture) -> str:
    """Return a lecture's text; raises ValueError if it isn't UTF-8, or begins with a byte order mark."""
    try:
        text = lecture.path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{lecture.path.name} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None
    if text.startswith("\ufeff"):
        raise ValueError(f"{lecture.path.name} begins with a byte order mark (BOM); save it as UTF-8 without one.")
    return text


def parse(text: str, lecture: Lecture) -> NotebookNode:
    """Return the cells of a lecture's text; raises ValueError if a cell's name or tags can't be one's."""
    try:
        return jupytext.reads(text, fmt="py:percent")
    except Exception as error:  # whatever a name or tags of another type lead to
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"{lecture.path.name} can't be read as cells ({reason}); look at the names and tags in its `# %%` lines."
        ) from None


def fill_in(text: str, repository: str, stem: str) -> str:
    """Replace {{repository}} and {{colab_badge}} in a lecture's source.

    >>> fill_in("git+https://github.com/{{repository}}", "segedu/segedu", "03_convolution")
    'git+https://github.com/segedu/segedu'
    """
    colab = f"https://colab.research.google.com/github/{repository}/blob/main/notebooks/{stem}.ipynb"
    badge = f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"
    return text.replace("{{repository}}", repository).replace("{{colab_badge}}", badge)


def clean_cell(cell: NotebookNode) -> NotebookNode:
    """Return a cell with its source and the allowed metadata only."""
    metadata = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
    if cell.cell_type == "code":
        return nbformat.v4.new_code_cell(cell.source, metadata=metadata)
    return nbformat.v4.new_markdown_cell(cell.source, metadata=metadata)


def check_source(cell: NotebookNode, place: str) -> None:
    """Raise ValueError if the marks of a cell don't pair, or if an exercise or a check isn't Python."""
    if cell.cell_type != "code":
        refuse_marks(cell.source, place)
        return
    without_solution(cell.source, place)
    if has_solution(cell) or is_check(cell):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            raise ValueError(f"{place}, line {error.lineno}: {error.msg}.") from None


def set_ids(cells: Sequence[NotebookNode], lecture: Lecture) -> None:
    """Give each cell its name as id, or a hash of its content; a rebuild gives the same ids."""
    seen: dict[str, int] = {}
    for cell in cells:
        name = cell.metadata.get("name")
        check_name(name, lecture)
        base = re.sub(r"[^\w-]", "-", name)[:64] if name else content_hash(cell.cell_type + cell.source)
        seen[base] = seen.get(base, 0) + 1
        if name and seen[base] > 1:
            raise ValueError(f"{lecture.path.name}: two cells are named {name!r}; a name is used once.")
        cell.id = base if seen[base] == 1 else f"{base}-{seen[base]}"


def check_name(name: str | None, lecture: Lecture) -> None:
    """Raise ValueError for a name of which no cell's id can be made."""
    if name is not None and not NAME.fullmatch(name):
        raise ValueError(
            f"{lecture.path.name}: a cell is named {name!r}; expected at most 64 letters a to z, digits and hyphens."
        )


def content_hash(text: str) -> str:
    """Return 12 hex digits that depend on the text but not on its line endings."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:12]
