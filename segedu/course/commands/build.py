"""Make notebooks/ from lectures/: execute each complete notebook, take the solutions out, keep the pictures.

Without numbers, the lectures whose notebook is out of date are built; with numbers, those, out of date or not.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segedu.course.build.source import Lecture

CELL_TIMEOUT = 120.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `segedu build`."""
    parser.add_argument("numbers", nargs="*", metavar="NN", help="a lecture's number, such as 03")
    parser.add_argument(
        "--check", action="store_true", help="build nothing; say which notebooks are out of date, and why"
    )
    parser.add_argument(
        "--complete", type=Path, metavar="DIR", help="write the notebooks with solutions to DIR, unexecuted"
    )
    parser.add_argument("--timeout", type=float, default=CELL_TIMEOUT, help="seconds a cell may take (default: 120)")


def run(args: argparse.Namespace) -> int:
    """Build, check or write complete notebooks; return 1 if something failed or is out of date."""
    try:
        from segedu.course.build import (  # here, because jupytext and nbclient belong to the extra "dev"
            notebook,
            source,
        )
    except ImportError as error:
        raise ValueError(f"building needs {error.name}; install it with `pip install 'segedu[lab,dev]'`.") from None
    root = source.find_root()
    lectures = source.find_lectures(root, args.numbers)
    if args.complete is not None:
        for lecture in lectures:
            print(notebook.write_complete(lecture, args.complete))
        return 0
    if args.check:
        return check(root, lectures, bool(args.numbers))
    failed = [build_one(lecture, args.timeout, only_if_stale=not args.numbers) for lecture in lectures]
    for path in notebook.remove_left_out(root):
        print(f"{path.stem}: left out by pyproject.toml, its notebook is removed")
    return int(any(failed))


def build_one(lecture: "Lecture", timeout: float, only_if_stale: bool) -> int:
    """Build a lecture and print its report, or its failure to stderr; return 0 or 1."""
    from segedu.course.build import notebook

    try:
        fresh = only_if_stale and not notebook.drift(lecture)
        print(f"{lecture.path.stem}: up to date" if fresh else notebook.build(lecture, timeout), flush=True)
    except ValueError as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    return 0


def check(root: Path, lectures: Sequence["Lecture"], named: bool) -> int:
    """Print what is out of date and the command that mends it; return 1 if anything is."""
    from segedu.course.build import notebook

    stale = 0
    for lecture in lectures:
        reasons = notebook.drift(lecture)
        stale += bool(reasons)
        if reasons:
            more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
            print(f"{lecture.path.stem}: {reasons[0]}{more}; run `segedu build {lecture.number}`")
    for path in [] if named else notebook.strays(root):
        stale += 1
        print(f"{path.name}: no lecture makes this notebook; remove it, or add lectures/{path.stem}.py")
    if not stale:
        print(f"{len(lectures)} notebooks are up to date.")
    return int(stale > 0)
