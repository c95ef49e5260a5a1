"""What a fork chooses in pyproject.toml, [tool.segedu]: where badges point, and which lectures it leaves out."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

_LINK = re.compile(r"\[([^\]]*)\]\((\d\d)_\w*\.ipynb(?:#[^)]*)?\)")


def repository(root: Path) -> str:
    """Return "owner/name", which the badges and install cells point to.

    Raises:
        ValueError: pyproject.toml doesn't say.
    """
    name = _settings(root).get("repository")
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ValueError(f'pyproject.toml, [tool.segedu] repository is {name!r}; give it as repository = "owner/name".')
    return name


def left_out(root: Path) -> tuple[str, ...]:
    """Return the two-digit numbers of the lectures that this edition leaves out.

    Raises:
        ValueError: an entry is no lecture's number.
    """
    numbers = _settings(root).get("leave_out", [])
    if not isinstance(numbers, list):
        numbers = [numbers]  # which is named as what it is
    for number in numbers:
        if not re.fullmatch(r"\d\d", str(number)):
            raise ValueError(
                f"pyproject.toml, [tool.segedu] leave_out has {number!r}; give lectures as two "
                'digits in quotes, such as leave_out = ["05", "11"].'
            )
    return tuple(numbers)


def without_links(markdown: str, numbers: Sequence[str]) -> str:
    """Return a text in which links to the notebooks of these lectures are only their words.

    >>> without_links("see [5. Full resolution](05_full_resolution.ipynb) and [9](09_metrics.ipynb)", ["05"])
    'see 5. Full resolution and [9](09_metrics.ipynb)'
    """

    def words_or_link(link: re.Match) -> str:
        words, number = link.groups()
        return words if number in numbers else link[0]

    return _LINK.sub(words_or_link, markdown)


def _settings(root: Path) -> dict:
    """Return the table [tool.segedu] of pyproject.toml; raises ValueError if it can't be read or has none."""
    path = root / "pyproject.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} can't be read as TOML ({error}).") from None
    tool = content.get("tool")
    settings = tool.get("segedu") if isinstance(tool, dict) else None
    if not isinstance(settings, dict):
        raise ValueError(f'{path} has no table [tool.segedu]; add it, with a line repository = "owner/name".')
    return settings
