"""Run inside the kernel of a build: note which files of the package and which shipped data a lecture's run used."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import segedu

PACKAGE_ROOT = Path(segedu.__file__).resolve().parents[1]
LEFT_OUT = re.compile(
    r"segedu/course/.*|segedu/_shipped\.py|segedu/exercises/lecture\d\d/solutions\.json|data/downloads/.*"
    r"|.*/__pycache__/.*|.*\.pyi"
)

_opened: set[str] = set()


def start() -> None:
    """Begin to note the files that are opened, and the shipped files that are looked up.

    Safetensors are opened outside of Python, so opening them is no event; looking them up is one.
    """
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "segedu.shipped":
        _opened.add(arguments[0])
    elif event == "open" and isinstance(arguments[0], str | os.PathLike) and arguments[1] in ("r", "rb"):
        _opened.add(os.fspath(arguments[0]))


def used_files() -> list[str]:
    """Return the used files below the checkout, as sorted paths relative to it with forward slashes."""
    modules = [module.__file__ for name, module in sys.modules.items() if name.startswith("segedu")]
    used = set()
    for path in [*modules, *_opened]:
        absolute = Path(path or "").resolve()
        if absolute.is_file() and absolute.is_relative_to(PACKAGE_ROOT):
            used.add(absolute.relative_to(PACKAGE_ROOT).as_posix())
    return sorted(path for path in used if counts(path))


def counts(path: str) -> bool:
    """Return whether a change of this file can change an output, or whether an exercise is passed.

    >>> counts("segedu/ops/conv.py"), counts("segedu/course/cli.py"), counts("tests/test_x.py")
    (True, False, False)
    >>> counts("segedu/exercises/engine/engine.py"), counts("segedu/exercises/lecture03/solutions.json")
    (True, False)
    """
    return path.startswith(("segedu/", "data/")) and not LEFT_OUT.fullmatch(path)


def report() -> None:
    """Print the used files as JSON, for the build to read."""
    print(json.dumps(used_files()))
