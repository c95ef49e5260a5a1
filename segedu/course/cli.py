"""The command line: `segedu build`, `segedu lint`, `segedu data`, `segedu train`."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence

import segedu

# One module each in commands/: its docstring is the help, `add_arguments` parses, `RUN` names the function that works.
COMMANDS = {
    "build": "do all that follows from a change of a lecture, the notebook above all",
    "lint": "check the lectures' structure, lengths, alt texts and times",
    "data": "list the data sets that are there, fetch or audit one",
    "train": "train a model of the course on one of its data sets",
}


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; making it imports neither torch nor what only developers install."""
    parser = argparse.ArgumentParser(
        prog="segedu", description="A course on image segmentation.", epilog="`segedu COMMAND --help` tells more."
    )
    parser.add_argument("--version", action="version", version=f"segedu {segedu.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        module = importlib.import_module(f"segedu.course.commands.{name}")
        layout = argparse.RawDescriptionHelpFormatter
        command = commands.add_parser(name, help=purpose, description=module.__doc__, formatter_class=layout)
        module.add_arguments(command)
        command.set_defaults(run=module.RUN)
    return parser


def function_at(place: str) -> Callable[[argparse.Namespace], int]:
    """Return the function at "module:function".

    Raises:
        ValueError: a library is missing that only developers install.
    """
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if (error.name or "segedu").startswith("segedu"):
            raise
        raise ValueError(f"this needs {error.name}; install it with `pip install 'segedu[lab,dev]'`.") from None


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; a user's mistake is one sentence on stderr and status 2."""
    args = make_parser().parse_args(argv)
    try:
        return function_at(args.run)(args)
    except (ValueError, OSError) as error:
        print(f"segedu {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
