"""The command line: `segedu build`, `segedu lint`, `segedu data`, `segedu train`."""

import argparse
import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TextIO

import segedu

# One module each in commands/: its docstring is the help, `add_arguments` parses, `RUN` names the function that works,
# `CHOICES`, where there is one, the function that lists what may be chosen.
COMMANDS = {
    "build": "do all that follows from a change of a lecture, the notebook above all",
    "lint": "check the lectures' structure, lengths, alt texts and times",
    "data": "list the data sets that are there, fetch or audit one",
    "train": "train a model of the course on one of its data sets",
}
ISSUES = "https://github.com/segedu/segedu/issues"
LONGEST = 300  # characters of an error's text that are shown
MISTAKE, PIPE_CLOSED, INTERRUPTED = 2, 141, 130  # exit statuses; 128 + the signal's number, as shells have it


class Command(argparse.ArgumentParser):
    """A command's parser; what may be chosen is looked up when its help is asked for, since that needs torch."""

    choices_at: str | None = None

    def format_help(self) -> str:
        """Return the help, the tables of choices at its end."""
        if self.choices_at is not None:
            self.epilog = str(function_at(self.choices_at)())
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Print the usage and a mistake, which may hold whatever was typed, and end with status 2."""
        if len(message) > LONGEST:
            message = message[:LONGEST] + " …"
        super().error(message)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; making it imports neither torch nor what only developers install."""
    parser = argparse.ArgumentParser(
        prog="segedu", description="A course on image segmentation.", epilog="`segedu COMMAND --help` tells more."
    )
    parser.add_argument("--version", action="version", version=f"segedu {segedu.__version__}")
    parser.add_argument("--debug", action="store_true", help="show where an error arose (SEGEDU_DEBUG=1 does, too)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Command)
    for name, purpose in COMMANDS.items():
        module = importlib.import_module(f"segedu.course.commands.{name}")
        layout = argparse.RawDescriptionHelpFormatter
        command = commands.add_parser(name, help=purpose, description=module.__doc__, formatter_class=layout)
        command.choices_at = getattr(module, "CHOICES", None)
        module.add_arguments(command)
        command.set_defaults(run=module.RUN)
    return parser


def function_at(place: str) -> Callable[..., Any]:
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
    """Run one command and return its exit status.

    A user's mistake is one sentence on stderr and status 2; so is what nobody foresaw, with the
    place to report it. A reader that closes the pipe ends the command quietly.
    """
    for stream in (sys.stdout, sys.stderr):
        print_anyway(stream)
    args = make_parser().parse_args(argv)
    debug = args.debug or os.environ.get("SEGEDU_DEBUG", "") not in ("", "0")
    try:
        status = function_at(args.run)(args)
        if sys.stdout is not None:  # as it is where the shell has closed it
            sys.stdout.flush()  # here, where a closed pipe is still answered
        return status
    except BrokenPipeError:
        silence(sys.stdout)
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if debug:
            traceback.print_exc()
        print(f"segedu {args.command}: {sentence(error)}", file=sys.stderr)
        return MISTAKE


def sentence(error: Exception) -> str:
    """Return what to say of an error: its text if it is a user's mistake, else what it is and where to report it.

    >>> sentence(ValueError("there is no model 'vnet'."))
    "there is no model 'vnet'."
    >>> sentence(FileNotFoundError(2, "No such file or directory", "a.txt"))
    'a.txt: No such file or directory.'
    """
    text = str(error).strip()
    if "Original Traceback" in text:  # of a process that loads images, which ends in the error's own line
        text = text.splitlines()[-1].partition(": ")[2]
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    if isinstance(error, ValueError | OSError) and text:
        return text
    first = text.splitlines()[0] if text else "without a text"
    return (
        f"an error that nobody foresaw, {type(error).__name__}: {first[:LONGEST]}. Please report it at {ISSUES}; "
        "SEGEDU_DEBUG=1 shows where it arose."
    )


def print_anyway(stream: TextIO | None) -> None:
    """Let a console that lacks a character print "?" in its place, instead of ending the command."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        if stream is not None and stream.errors == "strict":
            stream.reconfigure(errors="replace")  # type: ignore[attr-defined]


def silence(stream: TextIO) -> None:
    """Let what is still in a closed pipe's buffer go nowhere, or Python complains about it at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
