"""A student's function from outside: is it one, is it finished, which of its lines failed."""

import runpy
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from scaled_relu import examine, stub

from segedu.exercises.engine import student
from segedu.seeding import fold


def half_finished(x, scale):
    y = ...
    return y  # noqa: RET504


def not_implemented(x, scale):
    raise NotImplementedError


@pytest.mark.parametrize("function", [None, ..., 3, stub, half_finished, not_implemented])
def test_what_is_not_an_answer_yet_is_not_attempted(function):
    assert examine(function)[0].outcome == "not attempted"


def test_a_value_in_place_of_the_function_is_explained():
    assert "without parentheses" in examine(torch.zeros(3))[1]


def test_a_forgotten_return_is_not_a_missing_attempt():
    def forgets(x, scale):
        x = x * scale

    result, message = examine(forgets)
    assert result.outcome == "not yet"
    assert "should end with `return" in message


def test_an_error_is_blamed_on_the_students_line():
    def fails(x, scale):
        y = x + scale
        return torch.cat([y, y[0]])

    result, message = examine(fails)
    assert result.outcome == "your code raised"
    assert "return torch.cat([y, y[0]])" in message
    assert "in `fails`" in message
    assert "engine.py" not in message


def test_an_error_in_a_helper_of_the_student_is_blamed_on_the_helper():
    def helper(x):
        return x.reshape(999)

    assert "return x.reshape(999)" in examine(lambda x, scale: helper(x))[1]


@pytest.mark.parametrize("folder", ["segedu", "segedu/segedu", "Übung 3", "site-packages", "lib/python3"])
def test_a_students_module_is_theirs_whatever_its_folder_is_called(tmp_path, folder):
    path = tmp_path / folder / "answers.py"
    path.parent.mkdir(parents=True)
    path.write_text("def fails(x, scale):\n    return x.nothing\n", encoding="utf-8")
    answers = runpy.run_path(str(path))
    assert "in line 2 of its cell, in `fails`:\n    return x.nothing" in examine(answers["fails"])[1]


def test_the_course_torch_and_pythons_library_are_no_students_code():
    for module in (student, torch.nn.functional, pytest, runpy):
        assert student.is_library(module.__file__)
    assert not student.is_library("<ipython-input-3-0123456789ab>")


def test_a_wrong_signature_is_named():
    def alone(image):
        return image

    result, message = examine(alone)
    assert result.outcome == "not yet"
    assert "`alone(image)` can't be called as `alone(x=…, scale=…)`" in message


def test_the_courses_own_function_is_no_answer():
    assert "the course's own `fold`" in examine(fold)[1]


def test_in_ipython_a_result_is_printed_once_and_lines_are_those_of_the_cell():
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import sys; sys.path[:0] = {path!r}; import test_student as t")
shell.run_cell("def f(x, scale):\\n    y = 1\\n    return x.nothing")
shell.run_cell("result, message = t.examine(f); print(message); result")
shell.run_cell("import torch\\nclass C:\\n    def __init__(self, x, scale): pass\\n    def go(self): torch.nn.ReLU()")
shell.run_cell("print(t.examine(C)[1])")
print(shell.display_formatter.format(shell.user_ns["result"]))
"""
    path = [str(Path(__file__).parent), *sys.path]
    out = subprocess.run([sys.executable, "-c", code.format(path=path)], capture_output=True, text=True, check=True)
    assert "in line 3 of its cell, in `f`:\n    return x.nothing" in out.stdout
    assert out.stdout.count("your code raised") == 1
    assert "line 4 of its cell uses `torch.nn.ReLU`" in out.stdout
    assert out.stdout.rstrip().endswith("({}, {})")


def test_a_partial_of_the_courses_own_function_is_no_answer_either():
    assert "the course's own `fold`" in examine(partial(fold, seed=1))[1]
