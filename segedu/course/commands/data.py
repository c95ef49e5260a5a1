"""List the data sets of the course: which are here, where, how many images each split has, which classes and license;
for those that are not here, how to get them. `segedu data fetch NAME` downloads one, and goes on where a cut left off.
`segedu data audit NAME` reads every image and tells what is broken, what is rare and what is in two splits.
"""

import argparse
from pathlib import Path

from segedu.data.sets import dataset_names

RUN = "segedu.course.data.command:run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `segedu data`."""
    add = parser.add_argument
    actions = ["list", "fetch", "audit"]
    add("action", nargs="?", choices=actions, default="list", help="list (the default), fetch, audit")
    add("name", nargs="?", help=f"what to fetch or audit: {', '.join(dataset_names())}")
    add("--root", type=Path, metavar="DIR", help="look into DIR, or fetch into it (default: where downloads go)")
    add("--out", type=Path, metavar="DIR", help="where an audit's pictures go (default: none are drawn)")
