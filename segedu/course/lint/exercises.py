"""Lint of a lecture's exercises: each has a task with hints, a stub with a solution, a check and a picture."""

import re
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from segedu.course.build.solutions import BEGIN, check_calls, has_solution
from segedu.course.build.source import Lecture
from segedu.course.lint.cells import Note
from segedu.course.lint.markdown import headings
from segedu.course.lint.structure import named
from segedu.exercises.engine import public
from segedu.exercises.engine.engine import Exercise

FEWEST = 3


def notes(cells: Sequence[NotebookNode], lecture: Lecture) -> Iterator[Note]:
    """Yield what a lecture's exercises lack."""
    defined = public.definitions(lecture.number) if lecture.number in public.lectures() else ()
    if len(defined) < FEWEST:
        file = f"segedu/exercises/lecture{lecture.number}"
        yield "all", f"has {len(defined)} exercises in {file}, expected at least {FEWEST}"
    for exercise in defined:
        yield from (("all", f"exercise {exercise.name} {text}") for text in missing(cells, exercise))
    known = {exercise.name for exercise in defined}
    for number, cell in enumerate(cells, 1):
        for name in re.findall(r'se\.(?:check|hint|solution)\(\s*"([^"]+)"', cell.source):
            if name not in known:
                yield str(number), f"names the exercise {name!r}, expected one of {sorted(known)}"


def missing(cells: Sequence[NotebookNode], exercise: Exercise) -> Iterator[str]:
    """Yield which parts of one exercise the lecture lacks, in the order in which they should stand."""
    define = rf"^(def|class) {exercise.function}\b"
    stub = position(cells, lambda cell: named(cell, "exercise-") and re.search(define, cell.source, re.MULTILINE))
    check = position(cells, lambda cell: named(cell, "check-") and f'"{exercise.name}"' in cell.source)
    task = position(cells, lambda cell: cell.cell_type == "markdown" and f'se.hint("{exercise.name}"' in cell.source)
    if task is None:
        yield f'has no task that offers its hints, expected `se.hint("{exercise.name}", 1)` in a markdown cell'
    elif "alert-info" not in cells[task].source or "**Task" not in cells[task].source:
        yield 'has no task box, expected <div class="alert alert-info"> with **Task.** in it'
    elif 'se.target("' not in cells[task].source:
        yield f'has a task without its picture, expected `se.target("{exercise.name}")` in it'
    if stub is None:
        yield f'has no stub, expected a cell name="exercise-…" with `def {exercise.function}`'
    elif not has_solution(cells[stub]):
        yield f"has no solution, expected {BEGIN!r} in the stub's cell"
    if check is None or not check_calls(cells[check].source):
        call = f'passed = se.check("{exercise.name}", {exercise.function})'
        yield f'is not checked, expected `{call}` in a cell name="check-…"'
        return
    if stub is not None and stub > check:
        yield "is checked before its stub, expected task, stub, check, picture"
    picture = picture_after(cells, check)
    if picture is None:
        yield 'has no picture after its check, expected a cell name="figure-…" with `if passed:`'
    elif named(picture, "figure-") and "se.target(" not in picture.source:
        yield f'has a picture that *Run All* takes away, expected `else:` and `se.target("{exercise.name}")` behind it'


def position(cells: Sequence[NotebookNode], holds) -> int | None:  # type: ignore[no-untyped-def]
    """Return the index of the first cell for which `holds` is true, or None."""
    return next((index for index, cell in enumerate(cells) if holds(cell)), None)


def picture_after(cells: Sequence[NotebookNode], check: int) -> NotebookNode | None:
    """Return the figure or explorer that follows a check before the next exercise or section, or None."""
    for cell in cells[check + 1 :]:
        if named(cell, "figure-", "widget-"):
            return cell
        if named(cell, "exercise-", "task-") or begins_anew(cell):
            return None
    return None


def begins_anew(cell: NotebookNode) -> bool:
    """Return whether a cell has the heading of a section or of a part of it."""
    return cell.cell_type == "markdown" and bool(headings(cell.source, level=2) + headings(cell.source, level=3))
