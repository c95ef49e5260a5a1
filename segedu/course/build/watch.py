"""Run inside the kernel of a build: note which files of the package and which shipped data a lecture's run used."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import segedu
from segedu import _shipped

PACKAGE_ROOT = Path(segedu.__file__).resolve().parents[1]
LEFT_OUT = ("segedu/course/", "data/downloads/")
OF_AN_EXERCISE = re.compile(r"segedu/exercises/lecture\d\d/(__init__\.py|expected\.\w+)")

_opened: set[str] = set()


def start() -> None:
    """Begin to note the files that are opened, and the shipped files that are looked up."""
    sys.addaudithook(_note)
    look_up = _shipped.shipped

    def shipped(relative: str) -> Path:
        path = look_up(relative)
        _opened.add(str(path))
        return path

    shipped.__doc__ = look_up.__doc__
    _shipped.shipped = shipped


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | os.PathLike) and arguments[1] in ("r", "rb"):
        _opened.add(os.fspath(arguments[0]))


def used_files() -> list[str]:
    """Return the used files below the checkout, as sorted paths relative to it with forward slashes."""
    modules = [module.__file__ for name, module in sys.modules.items() if name.startswith("segedu")]
    found = set()
    for path in [*modules, *_opened]:
        absolute = Path(path or "").resolve()
        if absolute.is_file() and absolute.is_relative_to(PACKAGE_ROOT):
            found.add(absolute.relative_to(PACKAGE_ROOT).as_posix())
    return sorted(path for path in found if counts(path))


def counts(path: str) -> bool:
    """Return whether a change of this file can change a picture.

    >>> counts("segedu/ops/conv.py"), counts("segedu/course/cli.py"), counts("tests/test_x.py")
    (True, False, False)
    >>> counts("segedu/widgets/__init__.py")  # it lists names: one more explorer changes no other one's picture
    False
    """
    if path.startswith("segedu/exercises/"):  # what the engine and the judges print is not kept
        return OF_AN_EXERCISE.fullmatch(path) is not None
    if path.endswith("/__init__.py") or path == "segedu/_shipped.py":
        return False  # these draw nothing
    shipped = path.startswith(("segedu/", "data/")) and not path.startswith(LEFT_OUT)
    return shipped and "__pycache__" not in path and not path.endswith("/__init__.pyi")


def report() -> None:
    """Print the used files as JSON, for the build to read."""
    print(json.dumps(used_files()))
