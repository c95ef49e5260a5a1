"""The list that `segedu data` prints: which data sets are here, and how to get those that are not."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from segedu._shipped import downloads
from segedu.data.sets import REAL, SCENE_LENGTHS, dataset_class, load_dataset
from segedu.data.sets.fetch.download import manifest

if TYPE_CHECKING:
    from segedu.data.sets.files import FileDataset

WIDTH = 110  # columns
INDENT = " " * 10


def listing(root: Path | None) -> str:
    """Return what `segedu data` prints: a paragraph for each data set."""
    return "\n\n".join([_scenes(), *(_real(dataset_class(name), root) for name in REAL)])


def _scenes() -> str:
    classes = load_dataset("scenes").classes
    splits = ", ".join(f"{split} {count}" for split, count in SCENE_LENGTHS.items())
    return _paragraph("scenes", "synthetic, made as they are asked for; always here", [splits, _classes(classes)])


def _real(kind: type["FileDataset"], root: Path | None) -> str:
    """Return a real data set's paragraph: what is in it where it is here, else how to get it."""
    entry = manifest()[kind.name]
    license = f"license: {entry['license']}"
    base = find_below(kind, root)
    if base is not None:
        return _paragraph(kind.name, f"{kind.title}, in {base}", [*_contents(kind, base), license])
    cure = f"{_command(kind, root)} gets it from {entry['homepage']}"
    place = f"or copy it to {_own_folder(kind, root).joinpath(*kind.folder[1:])}"
    return _paragraph(kind.name, f"{kind.title}, not in {root or _own_folder(kind, root)}", [cure, place, license])


def _command(kind: type["FileDataset"], root: Path | None) -> str:
    place = f" --root {root / kind.name}" if root else ""
    return f"`segedu data fetch {kind.name}{place}`"


def _own_folder(kind: type["FileDataset"], root: Path | None) -> Path:
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
    counts = []
    classes = "nothing in it can be read; move it away and fetch it again"
    for split in kind.splits:
        try:
            dataset = kind(base, split)
        except (OSError, ValueError):
            counts.append(f"{split} not here")
            continue
        missing = sum(not pair.image.exists() for pair in dataset.pairs)
        remark = f" ({missing} of them missing)" if missing else ""
        counts.append(f"{split} {len(dataset)}{remark}")
        classes = _classes(dataset.classes)
    return [", ".join(counts), classes]


def _classes(classes: tuple[str, ...]) -> str:
    return f"{len(classes)} classes: {', '.join(classes)}"


def _paragraph(name: str, title: str, lines: list[str]) -> str:
    """Return a heading and lines below it, indented; names and paths are never broken."""
    wrapper = textwrap.TextWrapper(WIDTH, INDENT, INDENT + "  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join([f"{name:<10}{title}", *(wrapper.fill(line) for line in lines)])
