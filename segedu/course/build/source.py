"""Read a lecture's source and make two notebooks of it: the complete one, and the student's without the solutions."""

import ast
import copy
import dataclasses
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from segedu.course.build import edition

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
KEPT = ("name", "tags")  # the metadata of a cell that is written


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
        ValueError: a number has no lecture.
    """
    found = {path.name[:2]: Lecture(root, path) for path in sorted((root / "lectures").glob("[0-9][0-9]_*.py"))}
    wanted = [number.zfill(2) for number in numbers]
    for number in wanted:
        if number not in found:
            raise ValueError(f"There is no lecture {number}; lectures/ has {', '.join(found) or 'none'}.")
    if wanted:
        return [found[number] for number in wanted]
    omitted = edition.left_out(root)
    return [lecture for number, lecture in found.items() if number not in omitted]


def read(lecture: Lecture) -> NotebookNode:
    """Return the complete notebook, solutions and their marks included, with its placeholders filled and ids set.

    Raises:
        ValueError: two cells have one name, or a mark is missing.
    """
    text = fill_in(lecture.path.read_text(encoding="utf-8"), edition.repository(lecture.root), lecture.path.stem)
    notebook = jupytext.reads(text, fmt="py:percent")
    cells = [clean_cell(cell) for cell in notebook.cells]
    set_ids(cells, lecture)
    for cell in cells:
        check_source(cell, f"{lecture.path.name}, cell {cell.id}")
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def code_cells(lecture: Lecture) -> list[tuple[str, str]]:
    """Return (name, source) of the code cells as they are executed, placeholders unfilled: a fork runs the same."""
    notebook = jupytext.reads(lecture.path.read_text(encoding="utf-8"), fmt="py:percent")
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [(cell.metadata.get("name", ""), without_marks(cell.source)) for cell in code]


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
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(source=cell.source, metadata={key: cell.metadata[key] for key in KEPT if key in cell.metadata})


def check_source(cell: NotebookNode, place: str) -> None:
    """Raise ValueError if the marks of a cell don't pair, or if an exercise or a check isn't Python."""
    if cell.cell_type != "code":
        return
    without_solution(cell.source, place)
    if has_solution(cell) or is_check(cell):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            raise ValueError(f"{place}, line {error.lineno}: {error.msg}.") from None


def has_solution(cell: NotebookNode) -> bool:
    """Return whether a code cell holds a solution between its marks."""
    return cell.cell_type == "code" and BEGIN in map(str.strip, cell.source.split("\n"))


def is_check(cell: NotebookNode) -> bool:
    """Return whether a cell checks an exercise: its name says so."""
    return cell.cell_type == "code" and cell.metadata.get("name", "").startswith("check-")


def set_ids(cells: Sequence[NotebookNode], lecture: Lecture) -> None:
    """Give each cell its name as id, or a hash of its content; a rebuild gives the same ids."""
    seen: dict[str, int] = {}
    for cell in cells:
        name = cell.metadata.get("name")
        base = re.sub(r"[^\w-]", "-", name)[:64] if name else content_hash(cell.cell_type + cell.source)
        seen[base] = seen.get(base, 0) + 1
        if name and seen[base] > 1:
            raise ValueError(f"{lecture.path.name}: two cells are named {name!r}; a name is used once.")
        cell.id = base if seen[base] == 1 else f"{base}-{seen[base]}"


def content_hash(text: str) -> str:
    """Return 12 hex digits that depend on the text but not on its line endings."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:12]


def without_solution(source: str, place: str = "the cell") -> str:
    """Return a cell's source with each solution replaced by `...` at the solution's indentation.

    >>> without_solution("def f():\\n    ### BEGIN SOLUTION\\n    return 1\\n    ### END SOLUTION")
    'def f():\\n    ...'

    Raises:
        ValueError: a mark stands alone.
    """
    kept, inside = [], False
    for number, line in enumerate(source.split("\n"), 1):
        mark = line.strip()
        if (mark == BEGIN and inside) or (mark == END and not inside):
            raise ValueError(f"{place}, line {number}: {mark!r} without its other half.")
        if mark == BEGIN:
            kept.append(line[: len(line) - len(line.lstrip())] + "...")
        inside = mark == BEGIN or (inside and mark != END)
        if not inside and mark != END:
            kept.append(line)
    if inside:
        raise ValueError(f"{place}: {BEGIN!r} without {END!r}.")
    return "\n".join(kept)


def without_marks(source: str) -> str:
    """Return a cell's source with the solutions in place and the marks taken out."""
    return "\n".join(line for line in source.split("\n") if line.strip() not in (BEGIN, END))


def student_notebook(complete: NotebookNode, lecture: Lecture) -> NotebookNode:
    """Return the student's notebook: solutions become `...`, and stand folded after the exercise's check."""
    notebook = copy.deepcopy(complete)
    omitted = edition.left_out(lecture.root)
    waiting: dict[str, NotebookNode] = {}
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = edition.without_links(cell.source, omitted)
        if has_solution(cell):
            name = cell.metadata.get("name", cell.id).removeprefix("exercise-")
            waiting[f"check-{name}"] = folded(without_marks(cell.source), name)
            cell.source = without_solution(cell.source)
        cells.append(cell)
        if cell.metadata.get("name") in waiting:
            cells.append(waiting.pop(cell.metadata["name"]))
    if waiting:
        raise ValueError(f"{lecture.path.name}: a solution has no cell named {next(iter(waiting))!r} after it.")
    notebook.cells = cells
    return notebook


def folded(source: str, name: str) -> NotebookNode:
    """Return a markdown cell that holds a solution, folded."""
    text = f"<details>\n<summary>Solution</summary>\n\n```python\n{source}\n```\n\n</details>"
    return nbformat.v4.new_markdown_cell(text, metadata={"name": f"solution-{name}"}, id=f"solution-{name}")


def solutions(complete: NotebookNode) -> dict[str, str]:
    """Return the solutions' sources: name of the function or class → its text without marks."""
    found = {}
    for cell in complete.cells:
        for node in ast.parse(cell.source).body if has_solution(cell) else ():
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                lines = cell.source.split("\n")[node.lineno - 1 : node.end_lineno]
                end = next((line for line in cell.source.split("\n")[node.end_lineno :] if line.strip()), "")
                if any(line.strip() == BEGIN for line in lines) or end.strip() == END:
                    found[node.name] = without_marks("\n".join(lines))
    return found


def complete_notebook(complete: NotebookNode) -> NotebookNode:
    """Return the notebook as it is executed: solutions in place, and each check asserted."""
    notebook = copy.deepcopy(complete)
    for cell in notebook.cells:
        if has_solution(cell):
            cell.source = without_marks(cell.source)
        if is_check(cell):
            cell.source += "".join(f"\nassert {call}" for call in check_calls(cell.source))
    return notebook


def check_calls(source: str) -> list[str]:
    """Return the calls of `check` in a cell, as text.

    >>> check_calls('passed = se.check("03.output_size", output_size)')
    ["se.check('03.output_size', output_size)"]
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if ast.unparse(call.func).split(".")[-1] == "check"]
