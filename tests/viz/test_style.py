"""The look: styles do not leak in or out, texts are as wide as they say."""

import matplotlib
import pytest
import torch

from segedu.viz import show_row
from segedu.viz._style import line_height, styled, text_width, wrap

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
