"""A markdown cell as its parser sees it: headings, links, texts, and the parts that a bold word opens."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import mistune

Token = dict[str, Any]

_parse = mistune.create_markdown(renderer=None, plugins=["table", "math"])


@functools.lru_cache(maxsize=256)
def blocks(text: str) -> tuple[Token, ...]:
    """Return the blocks of a markdown text: headings, paragraphs, lists, tables, code."""
    tokens = _parse(text)
    assert not isinstance(tokens, str)
    return tuple(token for token in tokens if token["type"] != "blank_line")


def walk(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield tokens and all that is in them, in the order of the text."""
    for token in tokens:
        yield token
        yield from walk(token.get("children", ()))


def words(tokens: Sequence[Token]) -> str:
    """Return the text that tokens show, line breaks as spaces.

    >>> words(blocks("How *much* of\\nthe `image`?"))
    'How much of the image?'
    """
    pieces = (" " if token["type"] == "softbreak" else token.get("raw", "") for token in walk(tokens))
    return "".join(pieces)


def headings(text: str, level: int) -> list[str]:
    """Return the headings of one level.

    >>> headings("## Lab\\n\\n```\\n## a comment\\n```", level=2)
    ['Lab']
    """
    return [words([token]) for token in blocks(text) if token["type"] == "heading" and token["attrs"]["level"] == level]


def addresses(tokens: Sequence[Token], kind: str) -> list[str]:
    """Return where the links (`kind` is "link") or the pictures ("image") among tokens point to.

    >>> addresses(blocks("see [3](03.ipynb), not `[x](y)`"), "link")
    ['03.ipynb']
    """
    return [token["attrs"]["url"] for token in walk(tokens) if token["type"] == kind]


def bold(tokens: Sequence[Token]) -> list[str]:
    """Return the bold texts among tokens."""
    return [words([token]) for token in walk(tokens) if token["type"] == "strong"]


def parts(text: str) -> dict[str, list[Token]]:
    """Return the parts of a text that bold words at the beginning of a paragraph open: words → blocks.

    >>> list(parts("**Question.** Why?\\n\\n**Time.** Now."))
    ['Question.', 'Time.']
    """
    opened: dict[str, list[Token]] = {}
    current: list[Token] = []
    for block in blocks(text):
        children = block.get("children", [])
        if block["type"] == "paragraph" and children and children[0]["type"] == "strong":
            current = opened.setdefault(words([children[0]]), [])
        current.append(block)
    return opened


def items(tokens: Sequence[Token]) -> int:
    """Return how many items the lists among these blocks have together."""
    return sum(len(token["children"]) for token in tokens if token["type"] == "list")
