"""Run `segedu lint`."""

import argparse

from segedu.course.build import source
from segedu.course.lint import lint


def run(args: argparse.Namespace) -> int:
    """Print the findings; return 1 if there are any."""
    root = source.find_root()
    findings = lint.lint(root, args.numbers)
    for finding in findings:
        print(finding)
    count = len(source.find_lectures(root, args.numbers))
    print(f"{len(findings)} findings in {count} lectures.")
    return int(bool(findings))
