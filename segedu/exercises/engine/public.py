"""What a student calls: `check`, `passed`, `hint`, `solution`, `target`, `exercise_names`."""

import base64
import difflib
import html
import importlib
import json
import pkgutil
import sys
from typing import Any

from segedu.console import say
from segedu.exercises.engine import engine, report
from segedu.exercises.engine.show import one_line
from segedu.exercises.engine.store import EXERCISES, expected_values, lecture_folder

LAST: dict[str, bool] = {}  # exercise → whether its last check passed


def check(name: str, function: Any) -> engine.Result:
    """Check your answer to exercise `name` (such as "03.output_size") and print one of four outcomes.

    Passed, with what was just proved; not yet, with what differs and the smallest failing input; not attempted; or your
    code raised, with your line. It never raises. The result is true if and only if the exercise is passed.

    >>> bool(check("03.output_size", ...))
    ○ 03.output_size: not attempted. `output_size` is Ellipsis; define the function first.
      A nudge: se.hint("03.output_size", 1)
    False
    """
    try:
        exercise = find(name)
        expected = expected_values(exercise.name)
    except ValueError as error:
        result = engine.Result(one_line(name), engine.NOT_ATTEMPTED, str(error))
        say(report.text(result))
        return result
    result = engine.examine(exercise, function, expected)
    LAST[exercise.name] = bool(result)
    nudge = f'\n  A nudge: se.hint("{name}", 1)' if result.outcome == engine.NOT_ATTEMPTED else ""
    say(report.text(result) + nudge)
    return result


def passed(name: str) -> bool:
    """Return whether exercise `name` is solved: whether its last check in this notebook passed.

    Cells below an exercise go on with your function if it is, with the course's if it isn't.

    Raises:
        ValueError: there is no such exercise.

    >>> passed("03.output_size")
    False
    """
    return LAST.get(find(name).name, False)


def target(name: str) -> None:
    """Show the picture that a right answer to exercise `name` draws; it survives *Run All*.

    Outside of a notebook its description is printed.

    Raises:
        ValueError: there is no such exercise.
    """
    exercise = find(name)
    folder = lecture_folder(exercise.lecture) / "targets"
    path = folder / f"{exercise.function}.png"
    if not path.exists():
        say(f"There is no target picture for {name}: a right answer to it draws nothing.")
        return
    alt = json.loads((folder / "alt.json").read_text(encoding="utf-8"))[exercise.function]
    if not in_notebook():
        say(f"A right answer to {name} draws: {alt}")
        return
    from IPython.display import display

    picture = base64.b64encode(path.read_bytes()).decode()  # read here, so that a build sees it
    display({"image/png": picture, "text/plain": alt}, raw=True, metadata={"image/png": {"alt": alt}})


def hint(name: str, level: int = 1) -> None:
    """Print a hint for exercise `name`: level 1 is a nudge, 2 shows the way, 3 is nearly the answer.

    Raises:
        ValueError: there is no such exercise or level.
    """
    exercise = find(name)
    if level not in (1, 2, 3):
        raise ValueError(f"There is no hint {level!r} for {name}; levels are 1, 2 and 3.")
    say(f"Hint {level} of 3: {exercise.hints[level - 1]}")


def solution(name: str) -> None:
    """Show a solution of exercise `name`: folded in a notebook, as text elsewhere.

    Raises:
        ValueError: there is no such exercise, or its lecture was not built yet.
    """
    exercise = find(name)
    path = lecture_folder(exercise.lecture) / "solutions.json"
    sources = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if exercise.function not in sources:
        raise ValueError(f"No solution of {name} is stored; run `segedu build {exercise.lecture}`.")
    show_folded(sources[exercise.function])


def exercise_names() -> list[str]:
    """Return the names of all exercises, in the order of the lectures.

    >>> "03.output_size" in exercise_names()
    True
    """
    return [exercise.name for lecture in lectures() for exercise in definitions(lecture)]


def lectures() -> list[str]:
    """Return the numbers of the lectures that have exercises: ["03", …]."""
    modules = [module.name for module in pkgutil.iter_modules([str(EXERCISES)])]
    return sorted(name.removeprefix("lecture") for name in modules if name.startswith("lecture"))


def definitions(lecture: str) -> tuple[engine.Exercise, ...]:
    """Return the exercises of one lecture ("03"), as `lecture03/` defines them."""
    return importlib.import_module(f"segedu.exercises.lecture{lecture}").EXERCISES


def find(name: str) -> engine.Exercise:
    """Return the exercise called `name`.

    Raises:
        ValueError: there is none; the closest name is suggested.
    """
    if not isinstance(name, str):
        raise ValueError('The name of the exercise comes first, in quotes: se.check("03.output_size", output_size).')
    lecture = name.partition(".")[0]
    known = definitions(lecture) if lecture in lectures() else ()  # no other lecture's file is read if this one has it
    for exercise in known:
        if exercise.name == name:
            return exercise
    raise ValueError(
        f"There is no exercise {one_line(name)}; {suggestion(name, [exercise.name for exercise in known])}"
    )


def suggestion(name: str, known: list[str]) -> str:
    """Return what is said to a name that no exercise has; `known` are the names of the lecture that it begins with."""
    function = name.partition(".")[2]
    likely = [each for each in exercise_names() if each.partition(".")[2] == function]
    likely = likely or difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    likely = likely or difflib.get_close_matches(name, exercise_names(), n=1, cutoff=0.7 if known else 0.3)
    if likely:
        return f"did you mean {likely[0]!r}?"
    if known:
        return f"lecture {name.partition('.')[0]} has {', '.join(known)}."
    return "se.exercise_names() lists them."


def show_folded(source: str) -> None:
    """Display source text folded in a notebook; print it elsewhere."""
    if not in_notebook():
        say(source)
        return
    from IPython.display import display

    folded = f"<details><summary>Solution</summary><pre>{html.escape(source)}</pre></details>"
    display({"text/plain": source, "text/html": folded}, raw=True)


def in_notebook() -> bool:
    """Return whether this runs in a kernel, where pictures and folded texts can be displayed."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and hasattr(shell, "kernel")
