"""The look: styles do not leak in or out, texts are as wide as they say."""

import matplotlib
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segedu.viz import show_row
from segedu.viz._style import TITLE, line_height, styled, text_width, wrap

ALT = "A rising line from zero to one."


def test_figures_look_the_same_under_any_style(tmp_path):
    arguments = ([torch.eye(5, 7)], ["eye"], ALT)
    show_row(*arguments, title="A sentence", path=tmp_path / "plain.png")
    with matplotlib.rc_context({"font.size": 30, "text.color": "red", "figure.facecolor": "black", "savefig.dpi": 30}):
        show_row(*arguments, title="A sentence", path=tmp_path / "styled.png")
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "styled.png").read_bytes()


def test_wrap_keeps_words_and_stays_within_the_width():
    text = "A title that is a sentence and goes on for a while"
    lines = wrap(text, 150, 12)
    assert " ".join(lines) == text
    assert max(text_width(line, 12) for line in lines) <= 150
    assert line_height(12) > 12


def test_style_ends_with_its_block():
    with styled():
        assert matplotlib.rcParams["axes.grid"]
    assert not matplotlib.rcParams["axes.grid"]


def test_larger_and_bold_text_is_wider_and_twice_the_size_twice_as_wide():
    assert text_width("kernel", 20) == pytest.approx(2 * text_width("kernel", 10), rel=0.02)
    assert text_width("kernel", 10, bold=True) > text_width("kernel", 10)
    assert text_width("kernels", 10) > text_width("kernel", 10)


def test_wrap_keeps_line_breaks_and_never_cuts_a_word():
    assert wrap("one\ntwo", 500, 12) == ["one", "two"]
    assert wrap("incomprehensibilities are long", 20, 12) == ["incomprehensibilities", "are", "long"]


# Titles that once ended with one short word.
@pytest.mark.parametrize(
    "title",
    [
        "Doubt above one half is what a pixel costs, and nobody who draws knows where it begins to matter by 0.1",
        "Where the reach ends the tiles agree, and a network that sees further needs more overlap than this or more",
    ],
)
def test_no_title_ends_with_one_short_word(title):
    lines = wrap(title, 1040, TITLE, bold=True)
    assert len(lines) == 2
    widths = [text_width(line, TITLE, bold=True) for line in lines]
    assert min(widths) > 0.8 * max(widths)


@given(st.lists(st.text("ab", min_size=1, max_size=12), min_size=2, max_size=14), st.integers(60, 300))
def test_wrap_needs_as_few_lines_as_filling_each_and_its_last_two_are_as_even_as_can_be(words, width):
    lines = wrap(" ".join(words), width, 12)
    assert " ".join(lines) == " ".join(words)
    filled = [words[0]]
    for word in words[1:]:
        fits = text_width(f"{filled[-1]} {word}", 12) <= width
        filled[-1:] = [f"{filled[-1]} {word}"] if fits else [filled[-1], word]
    assert len(lines) == len(filled)
    if len(lines) > 1 and " " in lines[-2]:
        before, moved = lines[-2].rsplit(" ", 1)
        longer = f"{moved} {lines[-1]}"
        squares = [sum(text_width(line, 12) ** 2 for line in way) for way in (lines[-2:], [before, longer])]
        assert text_width(longer, 12) > width or squares[0] <= squares[1] + 1e-6
