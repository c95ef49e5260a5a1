"""Do all that follows from a change of a lecture: expected values, notebook, solutions, and README's syllabus.

Only what is out of date is made, for all lectures or for those that are named. A notebook is executed if its code, the
code of the package that it uses, or torch's version has changed; else its text is written and its outputs are kept.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segedu.course.build import CELL_TIMEOUT

if TYPE_CHECKING:
    from segedu.course.build.source import Lecture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `segedu build`."""
    add = parser.add_argument
    add("numbers", nargs="*", metavar="NN", help="a lecture's number, such as 03 (default: all)")
    add("--check", action="store_true", help="build nothing; say what is out of date, why, and what mends it")
    add("--anew", action="store_true", help="execute the notebooks, out of date or not")
    add("--complete", type=Path, metavar="DIR", help="write the notebooks with solutions to DIR, unexecuted")
    add("--timeout", type=float, default=CELL_TIMEOUT, help="seconds a cell may take (default: %(default)g)")


def run(args: argparse.Namespace) -> int:
    """Build, check or write complete notebooks; return 1 if something failed or is out of date."""
    try:
        from segedu.course.build import notebook, source  # here: jupytext and nbclient belong to the extra "dev"
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
    return build(root, lectures, args.timeout, args.anew)


def build(root: Path, lectures: Sequence["Lecture"], timeout: float, anew: bool) -> int:
    """Bring lectures up to date, then what they share; return 1 if a lecture failed, which doesn't stop the others."""
    from segedu.course.build import follow, notebook, syllabus

    status = 0
    for lecture in lectures:
        try:
            for report in follow.refresh(lecture, timeout, anew):
                print(report, flush=True)
        except ValueError as error:
            print(error, file=sys.stderr, flush=True)
            status = 1
    for path in notebook.remove_left_out(root):
        print(f"{path.stem}: left out by pyproject.toml, its notebook is removed")
    if syllabus.refresh(root):
        print("README.md: syllabus written")
    return status


def check(root: Path, lectures: Sequence["Lecture"], named: bool) -> int:
    """Print what is out of date and the command that mends it; return 1 if anything is."""
    from segedu.course.build import follow

    found = list(follow.stale(lectures))
    if not named:
        found += follow.stale_in_common(root)
    for stale in found:
        print(stale)
    if not found:
        print(f"{len(lectures)} notebooks are up to date.")
        for version in follow.other_pythons(lectures):
            print(f"Python {version} executed some of them: `make test` runs their complete versions again.")
    return int(bool(found))
