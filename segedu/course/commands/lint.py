"""Check the lectures: their structure, lengths, names, exercises, links, times and alt texts; one line a finding."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `segedu lint`."""
    parser.add_argument("numbers", nargs="*", metavar="NN", help="a lecture's number, such as 03 (default: all)")


def run(args: argparse.Namespace) -> int:
    """Print the findings; return 1 if there are any."""
    try:
        from segedu.course.build import source  # here, because jupytext belongs to the extra "dev"
        from segedu.course.lint import lint
    except ImportError as error:
        raise ValueError(f"the lint needs {error.name}; install it with `pip install 'segedu[lab,dev]'`.") from None
    root = source.find_root()
    findings = lint.lint(root, args.numbers)
    for finding in findings:
        print(finding)
    count = len(source.find_lectures(root, args.numbers))
    print(f"{len(findings)} findings in {count} lectures.")
    return int(bool(findings))
