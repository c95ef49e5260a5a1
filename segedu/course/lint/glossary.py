"""Lint of words: a lecture that owns a word sets it in bold where it comes first; who uses it earlier links there.

`lectures/glossary.toml` says which lecture owns which word, and explains it in a sentence:

    [03]
    "receptive field" = "The pixels of the input that one output depends on."
"""

import functools
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbformat import NotebookNode

from segedu.course.build.reading import prose
from segedu.course.build.source import Lecture, find_lectures
from segedu.course.lint.cells import Note, label

FILE = "lectures/glossary.toml"
HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
FENCED = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def notes(cells: Sequence[NotebookNode], lecture: Lecture) -> Iterator[Note]:
    """Yield which words of the glossary a lecture doesn't introduce, or uses before the lecture that does."""
    words = read(lecture.root)
    for word in words.get(lecture.number, {}):
        yield from introduction(cells, word)
    for later in find_lectures(lecture.root):
        if later.number > lecture.number:
            for word in words.get(later.number, {}):
                yield from use_before(cells, word, later)


def read(root: Path) -> dict[str, dict[str, str]]:
    """Return the glossary: number of a lecture ("03") → word → sentence; {} where there is none.

    Raises:
        ValueError: the file is no TOML, a table is no lecture's, a word has no sentence, or two lectures own one.
    """
    path = root / FILE
    return checked(path.read_text(encoding="utf-8")) if path.exists() else {}


@functools.lru_cache(maxsize=8)
def checked(text: str) -> dict[str, dict[str, str]]:
    """Return the glossary in a text; raises ValueError as `read` does."""
    try:
        glossary = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{FILE} can't be read as TOML ({error}).") from None
    owners: dict[str, str] = {}
    for number, words in glossary.items():
        if not re.fullmatch(r"\d\d", number) or not isinstance(words, dict):
            raise ValueError(f"{FILE} has {number!r}; give words in a table of their lecture, such as [03].")
        for word, sentence in words.items():
            if not isinstance(sentence, str) or not sentence.strip().endswith("."):
                raise ValueError(
                    f"{FILE}, [{number}]: {word!r} is not explained; write a sentence that ends in a stop."
                )
            if owners.setdefault(word.lower(), number) != number:
                raise ValueError(f"{FILE}: lectures {owners[word.lower()]} and {number} both own {word!r}; choose one.")
    return glossary


def introduction(cells: Sequence[NotebookNode], word: str) -> Iterator[Note]:
    """Yield a note if a word does not stand in bold where a lecture's text uses it first, the front matter aside."""
    for number, cell in enumerate(cells[1:], 2):
        if cell.cell_type == "markdown" and uses(cell.source, word):
            if not bold(cell.source, word):
                yield (
                    label(number, cell),
                    f"uses {word!r} first, expected it in bold: {FILE} says that it is owned here",
                )
            return
    yield "all", f"never uses {word!r}, expected the word that {FILE} says it owns"


def use_before(cells: Sequence[NotebookNode], word: str, later: Lecture) -> Iterator[Note]:
    """Yield a note if a lecture uses a word without a link, there, to the later lecture that explains it."""
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "markdown" and uses(cell.source, word):
            if later.notebook.name not in cell.source:
                expected = f"expected a link to {later.notebook.name}, which explains it, or another word"
                yield label(number, cell), f"uses {word!r}, {expected}"
            return


def uses(markdown: str, word: str) -> bool:
    """Return whether a text, headings and code aside, uses a word, also in the plural.

    >>> [uses(text, "stride") for text in ("Its *Strides* differ.", "# A stride", "`x.stride`")]
    [True, False, False]
    """
    return bool(pattern(word).search(" ".join(prose(HEADING.sub("", markdown)).split())))


def bold(markdown: str, word: str) -> bool:
    """Return whether a word stands in bold, alone or with others, before it stands elsewhere in a text.

    >>> bold("The **stride** … a stride", "stride"), bold("A stride is the **stride**.", "stride")
    (True, False)
    """
    text = FENCED.sub(" ", HEADING.sub("", markdown))
    text = re.sub(r"\s+", " ", re.sub(r"\]\([^)]*\)", "]", text))
    first = pattern(word).search(text)
    return first is not None and text[: first.start()].count("**") % 2 == 1


@functools.cache
def pattern(word: str) -> re.Pattern[str]:
    """Return what finds a word and its plural, however it is capitalized."""
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?:s|es)?(?![\w-])", re.IGNORECASE)
