"""Markdown is read as its parser sees it: what stands in code, in a formula or in a table is no structure."""

import pytest

from segedu.course.lint.markdown import addresses, blocks, bold, headings, items, parts, words


@pytest.mark.parametrize("text", ["```\n## Lab\n```", "    ## Lab", "a ## Lab", "### Lab", "# Lab"])
def test_what_looks_like_a_heading_is_none(text):
    assert headings(text, level=2) == []


def test_a_heading_is_its_words():
    assert headings("## Lab: *train* `it`\n\ntext\n\n## Recap", level=2) == ["Lab: train it", "Recap"]


def test_the_items_of_a_list_are_counted_also_where_they_run_over_lines():
    part = parts("**You will be able to**\n\n- a,\n- b, and\n  go on,\n\n- c.\n\n**Time.** - no item")
    assert items(part["You will be able to"]) == 3
    assert items(part["Time."]) == 0


def test_a_part_ends_where_the_next_bold_word_opens_one():
    part = parts("# Title\n\n**Question.** Why\nso?\n\nMore, **not a part**.\n\n**Time.** Now.")
    assert list(part) == ["Question.", "Time."]
    assert words(part["Question."]) == "Question. Why so?More, not a part."


def test_links_and_pictures_are_apart_and_code_holds_none():
    tokens = blocks("[a](a.ipynb#part) ![b](b.png) [![c](c.svg)](c.html) `[d](d)`\n\n```\n[e](e)\n```")
    assert addresses(tokens, "link") == ["a.ipynb#part", "c.html"]
    assert addresses(tokens, "image") == ["b.png", "c.svg"]


def test_links_in_tables_are_found_and_indices_in_formulas_are_no_emphasis():
    assert addresses(blocks("| a | b |\n|---|---|\n| [x](x.ipynb) | 1 |"), "link") == ["x.ipynb"]
    assert bold(blocks("$a**b**c$ and **d**")) == ["d"]
