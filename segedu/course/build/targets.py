"""Target pictures: what a right answer draws, taken from the notebook, so that `se.target` can show it at any time.

The picture of an exercise is the first one after its check; there the complete notebook, with its solutions, has drawn
it. It is stored beside the exercise, as `targets/<function>.png`, its alt text in `targets/alt.json`.
"""

import base64
import json
import re
from pathlib import Path

from nbformat import NotebookNode

from segedu.course.build.notebook import read_notebook
from segedu.course.build.source import Lecture
from segedu.files import write_text

Pictures = dict[str, tuple[bytes, str]]  # function → PNG and alt text


def pictures(notebook: NotebookNode) -> Pictures:
    """Return the pictures that the right answers of a notebook draw."""
    found: Pictures = {}
    waiting: list[str] = []  # functions that were checked and have no picture yet
    for cell in notebook.cells:
        name = cell.metadata.get("name", "")
        if name.startswith("check-"):
            waiting += re.findall(r'check\(\s*"\d\d\.(\w+)"', cell.source)
        elif name.startswith("exercise-"):
            waiting = []
        elif name.startswith("figure-") and waiting and (picture := first_picture(cell)):
            found |= dict.fromkeys(waiting, picture)
            waiting = []
    return found


def first_picture(cell: NotebookNode) -> tuple[bytes, str] | None:
    """Return the first PNG among a cell's outputs with its alt text, or None."""
    for output in cell.get("outputs", []):
        if "image/png" in output.get("data", {}):
            alt = output.metadata.get("image/png", {}).get("alt", "")
            return base64.b64decode(output.data["image/png"]), alt
    return None


def folder_of(lecture: Lecture) -> Path:
    """Return where a lecture's target pictures lie."""
    return lecture.solutions.parent / "targets"


def outdated(lecture: Lecture) -> list[str]:
    """Return the functions whose stored picture is not the one of the notebook; none where there is no notebook."""
    if not lecture.notebook.exists():
        return []
    try:
        right = pictures(read_notebook(lecture.notebook))
    except ValueError:  # no notebook: the build writes it anew, and then its pictures
        return []
    stored = read(folder_of(lecture))
    return sorted(name for name in right.keys() | stored.keys() if right.get(name) != stored.get(name))


def read(folder: Path) -> Pictures:
    """Return the stored pictures."""
    alts = folder / "alt.json"
    texts: dict[str, str] = json.loads(alts.read_text(encoding="utf-8")) if alts.exists() else {}
    return {path.stem: (path.read_bytes(), texts.get(path.stem, "")) for path in sorted(folder.glob("*.png"))}


def drift(lecture: Lecture) -> list[str]:
    """Return a sentence if a lecture's target pictures are not those of its notebook."""
    names = outdated(lecture)
    return [f"the target pictures of {', '.join(names)} are not those of the notebook"] if names else []


def refresh(lecture: Lecture) -> str | None:
    """Write a lecture's target pictures if they have changed; return what was done, or None."""
    names = outdated(lecture)
    if not names:
        return None
    folder, right = folder_of(lecture), pictures(read_notebook(lecture.notebook))
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.png"):
        if path.stem not in right:
            path.unlink()
    for name, (png, _) in right.items():
        (folder / f"{name}.png").write_bytes(png)
    texts = {name: alt for name, (_, alt) in sorted(right.items())}
    write_text(folder / "alt.json", json.dumps(texts, indent=1, ensure_ascii=False) + "\n")
    return f"target pictures written, changed: {', '.join(names)}"
