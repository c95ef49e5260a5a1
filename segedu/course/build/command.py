"""Run `segedu build`: build, check, or write the complete notebooks."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from segedu.course.build import follow, notebook, source, syllabus
from segedu.course.build.source import Lecture
from segedu.scalars import real_number

LONGEST = 1e6  # seconds that --timeout may be, eleven days


def run(args: argparse.Namespace) -> int:
    """Build, check or write complete notebooks; return 1 if something failed or is out of date."""
    timeout = real_number(args.timeout, "--timeout", above=0, at_most=LONGEST)
    root = source.find_root()
    lectures = source.find_lectures(root, args.numbers)
    if args.complete is not None:
        for lecture in lectures:
            print(notebook.write_complete(lecture, args.complete))
        return 0
    if args.check:
        return check(root, lectures, bool(args.numbers))
    return build(root, lectures, timeout, args.anew)


def build(root: Path, lectures: Sequence[Lecture], timeout: float, anew: bool) -> int:
    """Bring lectures up to date, then what they share; return 1 if a lecture failed, which doesn't stop the others."""
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


def check(root: Path, lectures: Sequence[Lecture], named: bool) -> int:
    """Print what is out of date and the command that mends it; return 1 if anything is."""
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
