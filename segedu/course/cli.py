"""The command line: `segedu build`, `segedu lint`, `segedu data`, `segedu train`."""

import argparse
import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "build": "make notebooks/ from lectures/",
    "lint": "check the lectures' structure, lengths, alt texts and times",
    "data": "list the data sets that are there, and fetch those that are not",
    "train": "train a model of the course on one of its data sets",
}


def make_parser() -> argparse.ArgumentParser:
    """Return the parser with one subparser a command; each command's module adds its own arguments."""
    parser = argparse.ArgumentParser(prog="segedu", description="A course on image segmentation.")
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, purpose in COMMANDS.items():
        command = importlib.import_module(f"segedu.course.commands.{name}")
        subparser = subparsers.add_parser(name, help=purpose, description=command.__doc__)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; a user's mistake is one sentence on stderr and status 2."""
    args = make_parser().parse_args(argv)
    try:
        return args.run(args)
    except (ValueError, OSError) as error:
        print(f"segedu {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
