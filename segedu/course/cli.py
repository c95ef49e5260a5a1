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


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the named command's arguments, with its function as `run`; only that command's module is imported."""
    lines = "\n".join(f"  {name:<8}{purpose}" for name, purpose in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="segedu",
        description="A course on image segmentation.",
        epilog=f"commands:\n{lines}\n\n`segedu COMMAND --help` tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help=" | ".join(COMMANDS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command's own arguments")
    chosen = parser.parse_args(argv)
    command = importlib.import_module(f"segedu.course.commands.{chosen.command}")
    own = argparse.ArgumentParser(
        prog=f"segedu {chosen.command}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(own)
    own.set_defaults(command=chosen.command, run=command.run)
    return own.parse_args(chosen.arguments)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; a user's mistake is one sentence on stderr and status 2."""
    args = parse(argv)
    try:
        return args.run(args)
    except (ValueError, OSError) as error:
        print(f"segedu {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
