"""Do all that follows from a change of a lecture: expected values, notebook, solutions, and README's syllabus.

Only what is out of date is made, for all lectures or for those that are named. A notebook is executed if its code, the
code of the package that it uses, or torch's version has changed; else its text is written and its outputs are kept.
"""

import argparse
from pathlib import Path

from segedu.course.build import CELL_TIMEOUT

RUN = "segedu.course.build.command:run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `segedu build`."""
    add = parser.add_argument
    add("numbers", nargs="*", metavar="NN", help="a lecture's number, such as 03 (default: all)")
    add("--check", action="store_true", help="build nothing; say what is out of date, why, and what mends it")
    add("--anew", action="store_true", help="execute the notebooks, out of date or not")
    add("--complete", type=Path, metavar="DIR", help="write the notebooks with solutions to DIR, unexecuted")
    add("--timeout", type=float, default=CELL_TIMEOUT, help="seconds a cell may take (default: %(default)g)")
