"""Each stored solution passes its own check: run here, so that the gate needs no complete notebooks for it."""

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from segedu.exercises.engine import engine, public, report, store

LECTURES = Path(__file__).parents[2] / "lectures"
IMPORTS = """
import torch
import torch.nn.functional as F
from torch import nn
import segedu as se
"""


@cache
def solutions(lecture: str) -> dict[str, str]:
    """Return the stored solutions of a lecture: {name of the function: its source}."""
    path = store.lecture_folder(lecture) / "solutions.json"
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def definitions(lecture: str) -> dict[str, ast.stmt]:
    """Return the functions that a lecture's source defines: a solution may call what stands above it."""
    (path,) = LECTURES.glob(f"{lecture}_*.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def notebook_with(lecture: str, source: str) -> dict[str, Any]:
    """Return the names of a notebook in which a solution was run, and before it what it needs of the lecture."""
    names: dict[str, Any] = {}
    exec(IMPORTS, names)
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    for name in sorted(used & definitions(lecture).keys()):
        exec(compile(ast.Module([definitions(lecture)[name]], []), f"lecture {lecture}", "exec"), names)
    exec(compile(source, f"solution of lecture {lecture}", "exec"), names)
    return names


@pytest.mark.parametrize("name", public.exercise_names())
def test_the_stored_solution_passes_its_check(name):
    exercise = public.find(name)
    source = solutions(exercise.lecture)[exercise.function]
    answer = notebook_with(exercise.lecture, source)[exercise.function]
    result = engine.examine(exercise, answer, store.expected_values(name))
    assert result, report.text(result)


@pytest.mark.parametrize("lecture", public.lectures())
def test_a_solution_is_stored_for_each_exercise(lecture):
    assert {exercise.function for exercise in public.definitions(lecture)} <= solutions(lecture).keys()
