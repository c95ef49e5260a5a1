"""Check the lectures: their structure, lengths, names, exercises, links, times and alt texts; one line a finding."""

import argparse

RUN = "segedu.course.lint.command:run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `segedu lint`."""
    parser.add_argument("numbers", nargs="*", metavar="NN", help="a lecture's number, such as 03 (default: all)")
