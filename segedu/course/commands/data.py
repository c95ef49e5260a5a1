"""List the data sets of the course: which are here, where, how many images each split has, which classes and license;
for those that are not here, how to get them. `segedu data fetch NAME` downloads one, and goes on where a cut left off.
`segedu data audit NAME` reads every image and tells what is broken, what is rare and what is in two splits.
"""

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segedu.data.sets.files import FileDataset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `segedu data`."""
    parser.add_argument(
        "action", nargs="?", choices=["list", "fetch", "audit"], default="list", help="list (the default), fetch, audit"
    )
    parser.add_argument("name", nargs="?", help="what to fetch or audit: camvid, pets, isbi or dsb2018")
    parser.add_argument(
        "--root", type=Path, metavar="DIR", help="look into DIR, or fetch into it (default: where downloads go)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where an audit's pictures go (default: none are drawn)"
    )


def run(args: argparse.Namespace) -> int:
    """List the data sets or fetch one; what a user can mend comes as ValueError or OSError, in one sentence."""
    if args.action == "fetch":
        return _fetch(args.name, args.root)
    if args.action == "audit":
        from segedu.course.audit_report import run_audit

        if args.name is None:
            raise ValueError("`segedu data audit` needs a name: scenes, camvid, pets, isbi or dsb2018.")
        return run_audit(args.name, args.root, args.out)
    if args.name:
        raise ValueError(f"`segedu data list` takes no name, but got {args.name!r}; `segedu data fetch NAME` does.")
    if args.root and not args.root.expanduser().is_dir():
        raise FileNotFoundError(f"There is no folder {args.root} to look into; give one that holds data sets.")
    print(listing(args.root))
    return 0


def _fetch(name: str | None, root: Path | None) -> int:
    from segedu.data.sets import dataset_class
    from segedu.data.sets.fetch.download import fetch, manifest

    if name is None:
        raise ValueError(f"`segedu data fetch` needs a name: {', '.join(manifest())}.")
    print(f"use it with root={str(fetch(dataset_class(name), root))!r}")
    return 0


def listing(root: Path | None) -> str:
    """Return what `segedu data` prints: a paragraph for each data set."""
    from segedu.data.sets import REAL, dataset_class

    return "\n\n".join([_scenes(), *(_real(dataset_class(name), root) for name in REAL)])


def _scenes() -> str:
    from segedu.data.sets import SCENE_LENGTHS, load_dataset

    classes = load_dataset("scenes").classes
    splits = ", ".join(f"{split} {count}" for split, count in SCENE_LENGTHS.items())
    return _paragraph("scenes", "synthetic, made as they are asked for; always here", [splits, _classes(classes)])


def _real(kind: type["FileDataset"], root: Path | None) -> str:
    from segedu.data.sets.fetch.download import manifest

    entry = manifest()[kind.name]
    license = f"license: {entry['license']}"
    if base := find_below(kind, root):
        return _paragraph(kind.name, f"{kind.title}, in {base}", [*_contents(kind, base), license])
    cure = f"{_command(kind, root)} gets it from {entry['homepage']}"
    place = f"or copy it to {_own_folder(kind, root).joinpath(*kind.folder[1:])}"
    return _paragraph(kind.name, f"{kind.title}, not in {root or _own_folder(kind, root)}", [cure, place, license])


def _command(kind: type["FileDataset"], root: Path | None) -> str:
    return f"`segedu data fetch {kind.name}{f' --root {root / kind.name}' if root else ''}`"


def _own_folder(kind: type["FileDataset"], root: Path | None) -> Path:
    from segedu._shipped import downloads

    return (root or downloads()) / kind.name


def find_below(kind: type["FileDataset"], root: Path | None) -> Path | None:
    """Return where a data set lies: in `root`, in the folder of its name below it, or nowhere (None)."""
    for start in (root, root / kind.name) if root else (None,):
        try:
            return kind.find(start)
        except FileNotFoundError:
            continue
    return None


def _contents(kind: type["FileDataset"], base: Path) -> list[str]:
    """Return two lines: the splits with their numbers of images, and the classes."""
    counts, classes = [], ""
    for split in kind.splits:
        try:
            found = kind(base, split)
        except (OSError, ValueError):
            counts.append(f"{split} not here")
            continue
        missing = sum(not pair.image.exists() for pair in found.pairs)
        counts.append(f"{split} {len(found)}" + (f" ({missing} of them missing)" if missing else ""))
        classes = _classes(found.classes)
    return [", ".join(counts), classes or "nothing in it can be read; move it away and fetch it again"]


def _classes(classes: tuple[str, ...]) -> str:
    return f"{len(classes)} classes: {', '.join(classes)}"


def _paragraph(name: str, title: str, lines: list[str]) -> str:
    """Return a heading and lines below it, indented."""
    indent = " " * 10
    wrapped = [
        textwrap.fill(line, 110, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False,
                      break_on_hyphens=False)
        for line in lines
    ]  # fmt: skip
    return "\n".join([f"{name:<10}{title}", *wrapped])
