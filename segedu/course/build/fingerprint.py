"""What made a notebook's outputs: the code that ran, the data that it read, the versions that it ran with.

Code is hashed by its syntax tree without docstrings, so a comment, a docstring or a line break makes nothing stale.
JavaScript counts as the text that it is, and only where a kept output is a page: a page holds that text, comments and
all, while the PNG of an explorer is drawn by Python.
"""

import ast
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from segedu.course.build import source
from segedu.course.build.source import Lecture
from segedu.course.build.syntax import only_names, syntax
from segedu.course.build.watch import PACKAGE_ROOT

Fingerprint = dict[str, Any]  # {"cells": hash, "files": {path: hash}, "outputs": hash, "versions": {name: version}}


def fingerprint(lecture: Lecture, used: Sequence[str], notebook: NotebookNode) -> Fingerprint:
    """Return what made a notebook's outputs: hashes of its code and of each used file, the versions; and their own."""
    pages = holds_a_page(notebook)
    paths = (path for path in used if pages or not path.endswith(".js"))
    hashes = {path: file_hash(PACKAGE_ROOT / path) for path in paths}
    return {
        "cells": cells_hash(lecture),
        "files": {path: known for path, known in hashes.items() if known is not None},
        "outputs": outputs_hash(notebook),
        "versions": versions(),
    }


def changes(notebook: NotebookNode, lecture: Lecture) -> list[str]:
    """Return why a written notebook's outputs must be made again, one sentence each; [] if they need not.

    Python's version is no such reason: whoever has another one would find all notebooks stale. `other_python` tells.
    """
    made_with = notebook.metadata.get("segedu", {})
    reasons = []
    if made_with.get("cells") != cells_hash(lecture):
        reasons.append("the lecture's code has changed since its pictures were made")
    for path, known in made_with.get("files", {}).items():
        if file_hash(PACKAGE_ROOT / path) != known:
            reasons.append(f"{path} has changed since the pictures were made")
    if made_with.get("outputs") != outputs_hash(notebook):
        reasons.append("its outputs are not those of its build")
    then, now = made_with.get("versions", {}).get("torch"), versions()["torch"]
    if then != now:
        cure = "build it again, or install what constraints.txt says"
        reasons.append(f"its pictures were made with torch {then}, here is {now}: {cure}")
    return reasons


def other_python(notebook: NotebookNode) -> str | None:
    """Return the version of Python ("3.12") that made a notebook's outputs, or None if it is the running one's."""
    then = notebook.metadata.get("segedu", {}).get("versions", {}).get("python")
    return None if then == versions()["python"] else str(then)


def versions() -> dict[str, str]:
    """Return major.minor of Python and torch, without importing torch."""
    python, torch = platform.python_version(), importlib.metadata.version("torch")
    return {"python": major_minor(python), "torch": major_minor(torch)}


def major_minor(version: str) -> str:
    """Return the first two parts of a version.

    >>> major_minor("2.15.0+cu132")
    '2.15'
    """
    return ".".join(version.split(".")[:2])


def holds_a_page(notebook: NotebookNode) -> bool:
    """Return whether an output is a page with its own JavaScript."""
    kept = (output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))
    return any("<script" in data.get("text/html", "") for data in kept)


def outputs_hash(notebook: NotebookNode) -> str:
    """Return a hash of all outputs and execution counts."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    kept = [(cell.execution_count, cell.outputs) for cell in code]
    return short_hash(json.dumps(kept, sort_keys=True).encode())


def cells_hash(lecture: Lecture) -> str:
    """Return a hash of a lecture's code cells, names and alt texts included, not of what is told between them."""
    cells = source.code_cells(lecture)
    heads = ("\n".join(filter(None, (cell.name, cell.alt, "proof" * cell.proof))) for cell in cells)
    texts = (f"{head}\n{syntax_of_cell(cell.source)}" for head, cell in zip(heads, cells, strict=True))
    return short_hash("\n\n".join(texts).encode())


def syntax_of_cell(text: str) -> str:
    """Return a cell's syntax, or its text if it isn't Python (a line magic, a shell command)."""
    try:
        return syntax(ast.parse(text))
    except SyntaxError:
        return text


def file_hash(path: Path) -> str | None:
    """Return a hash of what counts in a file; None if it is not there, or if nothing in it counts."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    if path.suffix == ".py":
        tree = ast.parse(content)
        if path.name == "__init__.py" and only_names(tree):
            return None
        return short_hash(syntax(tree).encode())
    return short_hash(content.replace(b"\r\n", b"\n"))


def short_hash(content: bytes) -> str:
    """Return 12 hex digits that depend on the bytes."""
    return hashlib.sha256(content).hexdigest()[:12]
