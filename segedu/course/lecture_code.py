"""How recipes, claims and tests get at a lecture's code: its cells by name, run as they stand.

A table that a lecture loads is made by the lecture's own cells, and a claim is tested on the
functions that students read, so neither can drift from the text. The price is a coupling by names:
a recipe or a claim names cells and what they define, and whoever renames one of these renames it
there too; every error below says which.

    names = run("03", "data", "network", steps=120)  # fewer steps than the lecture has
    heads = run("03", "network", "far", ("figure-ablation", "heads"))["heads"]  # without the figure

A run begins with the imports of the lecture's `setup` cell (not with its seed, which is the
process's own matter) and with the values of its `parameters` cell. Solutions are in place.
"""

import ast
import functools
import importlib.util
import json
import linecache
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from segedu.course.build.solutions import without_marks
from segedu.course.build.source import Lecture, find_lectures, find_root, read
from segedu.files import write_text

Part = str | tuple[str, ...]  # a cell, or a cell and the names whose definitions alone are run


def lecture(number: str) -> Lecture:
    """Return the lecture with this number ("03") of the checkout that this file stands in."""
    return find_lectures(find_root(Path(__file__)), [number])[0]


@functools.cache
def cells(number: str) -> Mapping[str, str]:
    """Return the code of a lecture's cells by their names, with solutions, without their marks."""
    code_cells = [cell for cell in read(lecture(number)).cells if cell.cell_type == "code"]
    named = [cell for cell in code_cells if "name" in cell.metadata]
    return {cell.metadata["name"]: without_marks(cell.source) for cell in named}


def run(number: str, *parts: Part, given: Mapping[str, Any] | None = None, **parameters: Any) -> dict[str, Any]:
    """Run cells of a lecture in the order in which they are named, and return all that they define.

    Args:
        number: the lecture's, such as "03".
        parts: names of cells; of a tuple (cell, name, …) only what defines these names is run.
        given: names that other cells of the lecture would define, such as its data.
        parameters: values in place of those of the lecture's `parameters` cell.

    Raises:
        ValueError: the lecture has no such cell, no such parameter, or the cell no such definition.
        Exception: whatever a cell raises, with a note that names the lecture and the cell.
    """
    names: dict[str, Any] = {}
    execute(number, "setup", imports(number), names)
    if "parameters" in cells(number):
        execute(number, "parameters", ast.parse(code(number, "parameters")).body, names)
        refuse_unknown(number, names, parameters)
    names |= {**parameters, **(given or {})}
    for part in parts:
        cell, *wanted = (part,) if isinstance(part, str) else part
        chosen = [definition(number, cell, name) for name in wanted]
        execute(number, cell, chosen or ast.parse(code(number, cell)).body, names)
    return names


def code(number: str, cell: str) -> str:
    """Return the code of a cell.

    Raises:
        ValueError: the lecture has no code cell of this name.
    """
    if cell not in cells(number):
        raise ValueError(
            f"lecture {number} has no cell {cell!r}; if it was renamed, name it here as the lecture "
            f"does. It has {', '.join(cells(number))}."
        )
    return cells(number)[cell]


def definition(number: str, cell: str, name: str) -> ast.stmt:
    """Return the statement of a cell that defines a function, a class or a variable.

    Raises:
        ValueError: no statement of the cell defines the name.
    """
    for statement in ast.parse(code(number, cell)).body:
        if name in defined_names(statement):
            return statement
    raise ValueError(
        f"cell {cell!r} of lecture {number} defines no {name!r}; "
        "if that was renamed or moved, name it here as the lecture does."
    )


def defined_names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement of a cell defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return set()
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    nodes = [node for target in targets for node in ast.walk(target)]
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def imports(number: str) -> list[ast.stmt]:
    """Return the import statements of the lecture's `setup` cell."""
    statements = ast.parse(code(number, "setup")).body
    return [each for each in statements if isinstance(each, ast.Import | ast.ImportFrom)]


def refuse_unknown(number: str, known: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Raise ValueError if a parameter is none of the lecture's."""
    for name in parameters:
        if name not in known:
            raise ValueError(f"lecture {number} has no parameter {name!r}; its cell 'parameters' lists them.")


def execute(number: str, cell: str, statements: list[ast.stmt], names: dict[str, Any]) -> None:
    """Run statements of a cell in `names`; tracebacks show its lines, a note says whose they are."""
    filename = f"<lecture {number}, cell {cell}>"
    text = code(number, cell)
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    try:
        exec(compile(ast.Module(statements, []), filename, "exec"), names)
    except Exception as error:
        error.add_note(
            f"in cell {cell!r} of lecture {number}; "
            "run the cell that defines a missing name before it, or pass the name in `given`."
        )
        raise


@functools.cache
def recipe(number: str) -> ModuleType:
    """Return the recipe of a lecture's tables, lectures/recipes/NN_topic.py, as a module, run once."""
    source = lecture(number).path
    path = source.parent / "recipes" / source.name
    spec = importlib.util.spec_from_file_location(f"recipe_{number}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def over_seeds(
    measure: Callable[[int], Mapping[str, float]], seeds: Sequence[int] = (0, 1, 2), digits: int = 3
) -> dict[str, Any]:
    """Train once with every seed; return what a stored table keeps of it.

    Args:
        measure: trains with the seed and returns the scores, name → number.
        seeds: one training each.
        digits: to which the scores are rounded.

    Returns:
        The mean of each score; "seconds", the processor time of one training with its scoring (the median);
        "seeds", for each score its list of values, in the order of the seeds.
    """
    runs, seconds = [], []
    for seed in seeds:
        started = time.process_time()
        runs.append(measure(seed))
        seconds.append(time.process_time() - started)
    return {**over_runs(runs, digits), "seconds": round(statistics.median(seconds))}


def over_runs(runs: Sequence[Mapping[str, float]], digits: int = 3) -> dict[str, Any]:
    """Return the mean of each score over runs with one seed each, and "seeds": for each score its list of values."""
    values = {name: [round(float(run[name]), digits) for run in runs] for name in runs[0]}
    means = {name: round(statistics.mean(run[name] for run in runs), digits) for name in runs[0]}
    return {**means, "seeds": values}


def write_results(name: str, content: Mapping[str, Any]) -> Path:
    """Write what a recipe measured to data/results/NAME.json, whole or not at all; return its path."""
    path = find_root(Path(__file__)) / "data" / "results" / f"{name}.json"
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_text(path, text)
    return path
