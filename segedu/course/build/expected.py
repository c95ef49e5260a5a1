"""The expected values of a lecture's exercises: are they the truth's, and if not, write them."""

import importlib
from types import ModuleType

from segedu.course.build.source import Lecture
from segedu.exercises.engine import public, store


def outdated(lecture: Lecture) -> list[str]:
    """Return the names of the exercises whose stored values are not those that `grading/truth` gives."""
    if lecture.number not in public.lectures():
        return []
    truths = truth_store().answers(lecture.number)
    folder = store.lecture_folder(lecture.number)
    stored = store.load(folder) if (folder / "expected.json").exists() else {}
    changed = [
        name for name, values in truths.items() if not store.identical(stored.get(name), values, *store.ROUNDING)
    ]
    return changed + sorted(stored.keys() - truths.keys())


def drift(lecture: Lecture) -> list[str]:
    """Return a sentence if a lecture's expected values are not up to date."""
    names = outdated(lecture)
    return [f"the expected values of {', '.join(names)} are not those of grading/truth"] if names else []


def refresh(lecture: Lecture) -> str | None:
    """Write a lecture's expected values if they have changed; return what was done, or None."""
    names = outdated(lecture)
    if not names:
        return None
    store.save(store.lecture_folder(lecture.number), truth_store().answers(lecture.number))
    return f"expected values written, changed: {', '.join(names)}"


def truth_store() -> ModuleType:
    """Return `grading.store`, which is in a checkout but never in the wheel.

    Raises:
        ValueError: it can't be imported.
    """
    try:
        return importlib.import_module("grading.store")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "grading":
            raise
        raise ValueError(
            "grading/ is not on Python's path; install the checkout with `make lab` or `pip install -e .`."
        ) from None
