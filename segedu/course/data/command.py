"""Run `segedu data`: list, fetch or audit."""

import argparse
from pathlib import Path

from segedu._shipped import expanded
from segedu.course.data.audit_report import run_audit
from segedu.course.data.listing import listing
from segedu.data.sets import dataset_class, dataset_names
from segedu.data.sets.fetch.download import fetch, manifest


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say; what a user can mend comes as ValueError or OSError, in one sentence."""
    if args.action == "fetch":
        return fetch_one(args.name, args.root)
    if args.action == "audit":
        return audit_one(args.name, args.root, args.out)
    if args.name:
        raise ValueError(f"`segedu data list` takes no name, but got {args.name!r}; `segedu data fetch NAME` does.")
    if args.root and not expanded(args.root).is_dir():
        raise FileNotFoundError(f"There is no folder {args.root} to look into; give one that holds data sets.")
    print(listing(args.root))
    return 0


def fetch_one(name: str | None, root: Path | None) -> int:
    """Download a data set and print how to use it."""
    if name is None:
        raise ValueError(f"`segedu data fetch` needs a name: {', '.join(manifest())}.")
    print(f"use it with root={str(fetch(dataset_class(name), root))!r}")
    return 0


def audit_one(name: str | None, root: Path | None, out: Path | None) -> int:
    """Audit a data set; return 1 if anything is wrong with it."""
    if name is None:
        raise ValueError(f"`segedu data audit` needs a name: {', '.join(dataset_names())}.")
    return run_audit(name, root, out)
