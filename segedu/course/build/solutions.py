"""Two notebooks of one source: the complete one that is executed, and the student's without the solutions."""

import ast
import copy
import difflib
import re
from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
PROOF = "proof"
MARK = re.compile(r"\b(begin|end)[\s:-]*solutions?\b|\bsolutions?[\s:-]*(begin|end)s?\b", re.IGNORECASE)


def student_notebook(complete: NotebookNode, file: str) -> NotebookNode:
    """Return the student's notebook: solutions become `...`, and stand folded after the exercise's check.

    Cells tagged `proof` are left out, and alt texts: the build puts these onto the pictures.

    Raises:
        ValueError: an exercise has no check after it; `file` is named.
    """
    notebook = copy.deepcopy(complete)
    waiting: dict[str, NotebookNode] = {}  # name of a check's cell → the solution that follows it
    cells = []
    for cell in without_proofs(notebook.cells):
        cell.metadata.pop("alt", None)
        if has_solution(cell):
            name = cell.metadata.get("name", cell.id).removeprefix("exercise-")
            waiting[f"check-{name}"] = folded(without_marks(cell.source), name)
            cell.source = without_solution(cell.source)
        cells.append(cell)
        if cell.metadata.get("name") in waiting:
            cells.append(waiting.pop(cell.metadata["name"]))
    if waiting:
        raise ValueError(f"{file}: a solution has no cell named {next(iter(waiting))!r} after it.")
    notebook.cells = cells
    return notebook


def complete_notebook(complete: NotebookNode) -> NotebookNode:
    """Return the notebook as it is executed: solutions in place, and each check asserted."""
    notebook = copy.deepcopy(complete)
    for cell in notebook.cells:
        if has_solution(cell):
            cell.source = without_marks(cell.source)
        if is_check(cell):
            cell.source += "".join(f"\nassert {call}" for call in check_calls(cell.source))
    return notebook


def is_proof(cell: NotebookNode) -> bool:
    """Return whether a cell proves something to the authors: its tag says so, it runs at the build only."""
    return cell.cell_type == "code" and PROOF in cell.metadata.get("tags", [])


def without_proofs(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    """Return the cells that a student gets."""
    return [cell for cell in cells if not is_proof(cell)]


def has_solution(cell: NotebookNode) -> bool:
    """Return whether a code cell holds a solution between its marks."""
    return cell.cell_type == "code" and BEGIN in map(str.strip, cell.source.split("\n"))


def is_check(cell: NotebookNode) -> bool:
    """Return whether a cell checks an exercise: its name says so."""
    return cell.cell_type == "code" and cell.metadata.get("name", "").startswith("check-")


def without_solution(source: str, place: str = "the cell") -> str:
    """Return a cell's source with each solution replaced by `...` at the solution's indentation.

    >>> without_solution("def f():\\n    ### BEGIN SOLUTION\\n    return 1\\n    ### END SOLUTION")
    'def f():\\n    ...'

    Raises:
        ValueError: a mark stands alone, or a comment is nearly one, which would publish the solution.
    """
    kept = []
    inside = False
    for number, line in enumerate(source.split("\n"), 1):
        mark = line.strip()
        if mark not in (BEGIN, END):
            if nearly_a_mark(line):
                raise ValueError(f"{place}, line {number}: {mark!r} is nearly a mark; write {BEGIN!r} or {END!r}.")
            if not inside:
                kept.append(line)
            continue
        if (mark == BEGIN) == inside:
            raise ValueError(f"{place}, line {number}: {mark!r} without its other half.")
        inside = mark == BEGIN
        if inside:
            indentation = line[: len(line) - len(line.lstrip())]
            kept.append(indentation + "...")
    if inside:
        raise ValueError(f"{place}: {BEGIN!r} without {END!r}.")
    return "\n".join(kept)


def nearly_a_mark(line: str) -> bool:
    """Return whether a comment looks like a mark of a solution without being one: other case, blanks, a typo.

    >>> nearly_a_mark("  # begin solution"), nearly_a_mark("### BEGN SOLUTION"), nearly_a_mark("### BEGIN SOLUTION")
    (True, True, False)
    >>> nearly_a_mark("x = 1  # the solution of eq. 2")
    False
    """
    if line.strip() in (BEGIN, END) or "#" not in line:
        return False
    comment = line[line.index("#") :]
    if MARK.search(comment.replace("_", " ")):
        return True
    letters = re.sub(r"[^a-z]", "", comment.lower())
    return any(difflib.SequenceMatcher(None, letters, mark).ratio() > 0.85 for mark in ("beginsolution", "endsolution"))


def refuse_marks(markdown: str, place: str) -> None:
    """Raise ValueError for a mark of a solution in a text: what stands between would be published."""
    for number, line in enumerate(markdown.split("\n"), 1):
        if line.strip() in (BEGIN, END) or nearly_a_mark(line):
            raise ValueError(
                f"{place}, line {number}: {line.strip()!r} stands in a text; solutions stand in code cells."
            )


def without_marks(source: str) -> str:
    """Return a cell's source with the solutions in place and the marks taken out."""
    return "\n".join(line for line in source.split("\n") if line.strip() not in (BEGIN, END))


def folded(source: str, name: str) -> NotebookNode:
    """Return a markdown cell that holds a solution, folded."""
    text = f"<details>\n<summary>Solution</summary>\n\n```python\n{source}\n```\n\n</details>"
    return nbformat.v4.new_markdown_cell(text, metadata={"name": f"solution-{name}"}, id=f"solution-{name}")


def check_calls(source: str) -> list[str]:
    """Return the calls of `check` in a cell, as text.

    >>> check_calls('passed = se.check("03.output_size", output_size)')
    ["se.check('03.output_size', output_size)"]
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if ast.unparse(call.func).split(".")[-1] == "check"]


def solutions(complete: NotebookNode) -> dict[str, str]:
    """Return the solutions' sources: name of the function or class → its text without marks."""
    sources = {}
    for cell in complete.cells:
        if not has_solution(cell):
            continue
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and holds_marks(cell.source, node):
                lines = cell.source.split("\n")[node.lineno - 1 : node.end_lineno]
                sources[node.name] = without_marks("\n".join(lines))
    return sources


def holds_marks(source: str, node: ast.FunctionDef | ast.ClassDef) -> bool:
    """Return whether a solution's marks stand in a function or class; the last one may stand just below it."""
    lines = source.split("\n")
    inside = lines[node.lineno - 1 : node.end_lineno]
    below = next((line for line in lines[node.end_lineno :] if line.strip()), "")
    return below.strip() == END or any(line.strip() == BEGIN for line in inside)
