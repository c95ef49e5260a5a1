"""All that follows from a change of a lecture, in the order in which one thing needs the other.

1. the expected values of its exercises (`expected`), which the checks of its notebook read,
2. its notebook and its solutions (`notebook`): the pictures that a right answer draws are among its outputs,
3. the target pictures of its exercises (`targets`), taken from these outputs; a notebook that shows one is built again,
4. the README's syllabus (`syllabus`), once for all lectures.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from segedu.course.build import expected, notebook, source, syllabus, targets
from segedu.course.build.drift import drift, made_elsewhere, strays
from segedu.course.build.source import Lecture


@dataclasses.dataclass(frozen=True)
class Stale:
    """Something that is not up to date: what, why, and the command that mends it."""

    what: str
    reasons: list[str]
    cure: str

    def __str__(self) -> str:
        more = f" (and {len(self.reasons) - 1} more)" if len(self.reasons) > 1 else ""
        return f"{self.what}: {self.reasons[0]}{more}; {self.cure}"


def refresh(lecture: Lecture, timeout: float, anew: bool) -> Iterator[str]:
    """Bring all that belongs to one lecture up to date; yield what was done, one line or report each.

    Raises:
        ValueError: the lecture can't be built; its text says where and why.
    """
    source.read(lecture)  # before anything is written: a malformed lecture is to change nothing
    values = expected.refresh(lecture)
    if values is not None:
        yield f"{lecture.path.stem}: {values}"
    built = anew or bool(drift(lecture))
    if built:
        yield str(notebook.build(lecture, timeout, anew))
    drawn = targets.refresh(lecture)
    if drawn is not None:
        yield f"{lecture.path.stem}: {drawn}"
        if drift(lecture):  # it shows one of them
            yield str(notebook.build(lecture, timeout))
    elif values is None and not built:
        yield f"{lecture.path.stem}: up to date"


def stale(lectures: Sequence[Lecture]) -> Iterator[Stale]:
    """Yield what is not up to date of some lectures; nothing is executed but the exercises' right answers."""
    for lecture in lectures:
        reasons = expected.drift(lecture) + drift(lecture) + targets.drift(lecture)
        if reasons:
            yield Stale(lecture.path.stem, reasons, f"run `segedu build {lecture.number}`")


def stale_in_common(root: Path) -> Iterator[Stale]:
    """Yield what is not up to date of what all lectures share."""
    for path in strays(root):
        yield Stale(path.name, ["no lecture makes this notebook"], f"remove it, or add lectures/{path.stem}.py")
    reasons = syllabus.drift(root)
    if reasons:
        yield Stale("README.md", reasons, "run `segedu build`")


def other_pythons(lectures: Sequence[Lecture]) -> list[str]:
    """Return the versions of Python, other than the running one, that executed some of these lectures."""
    versions = {made_elsewhere(lecture) for lecture in lectures}
    return sorted(version for version in versions if version is not None)
