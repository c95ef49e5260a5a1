"""Names of splits, and which one was meant."""

from collections.abc import Sequence

OTHER_NAMES = {"training": "train", "valid": "val", "validation": "val", "dev": "val", "testing": "test"}


def check_split(title: str, split: str, splits: Sequence[str]) -> None:
    """Raise ValueError if a data set, whose name for people is `title`, has no such split; says which may be meant.

    >>> check_split("CamVid", "valid", ("train", "val"))
    Traceback (most recent call last):
    ValueError: CamVid has no split 'valid'; choose one of train, val: did you mean 'val'?
    """
    if split not in splits:
        raise ValueError(f"{title} has no split {split!r}; choose one of {', '.join(splits)}{meant(split, splits)}")


def meant(split: str, splits: Sequence[str]) -> str:
    """Return the end of a sentence: which split a name like "Val" or "valid" means, if any."""
    word = str(split).strip().lower()
    word = OTHER_NAMES.get(word, word)
    return f": did you mean {word!r}?" if word in splits else "."
