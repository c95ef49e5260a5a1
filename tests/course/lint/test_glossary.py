"""Words of the glossary: in bold where their lecture uses them first, with a link where another one is earlier."""

import nbformat
import pytest

from segedu.course.build.source import Lecture
from segedu.course.lint import glossary

WORDS = """
[90]
"receptive field" = "The pixels that one output depends on."
[91]
"atrous" = "With holes."
"""


@pytest.fixture
def notes(tmp_path):
    """Return a function that gives the notes on a lecture 90 with these texts."""
    (tmp_path / "lectures").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.segedu]\nrepository = "a/b"\n', encoding="utf-8")
    for name in ("90_one.py", "91_two.py"):
        (tmp_path / "lectures" / name).write_text("# %%\n1\n", encoding="utf-8")
    (tmp_path / glossary.FILE).write_text(WORDS, encoding="utf-8")

    def of(*texts):
        cells = [
            nbformat.v4.new_markdown_cell(text)
            for text in ("# 90. Receptive fields of atrous [x](91_two.ipynb)", *texts)
        ]
        lecture = Lecture(tmp_path, tmp_path / "lectures" / "90_one.py")
        return [text for _, text in glossary.notes(cells, lecture)]

    return of


def test_a_word_in_bold_at_its_first_use_is_right(notes):
    assert notes("## The receptive field\n\nIts **receptive fields** overlap.", "A receptive field, too.") == []
    assert notes("Code `receptive field` and the **receptive\nfield**.") == []


@pytest.mark.parametrize("text", ["Its receptive field.", "A receptive field is the **receptive field**."])
def test_a_word_that_comes_without_bold_is_named(notes, text):
    (said,) = notes(text, "Now the **receptive field**.")
    assert "uses 'receptive field' first, expected it in bold" in said


def test_an_owned_word_that_is_never_used_is_named(notes):
    (said,) = notes("Nothing.", "```\nreceptive field\n```")
    assert "never uses 'receptive field'" in said


def test_a_later_lectures_word_wants_a_link_where_it_first_stands(notes):
    right = "The **receptive field** of an atrous one: [91. Two](91_two.ipynb)."
    assert notes(right, "atrous again") == []
    (said,) = notes("The **receptive field** of an atrous one.", right)
    assert "uses 'atrous', expected a link to 91_two.ipynb" in said
    assert notes("The **receptive field** of atrousness and non-atrous.") == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[90", "can't be read as TOML"),
        ("[ninety]\nx = 'A.'", "has 'ninety'; give words in a table"),
        ("x = 'A.'", "has 'x'; give words in a table"),
        ("[90]\nx = 'no stop'", "'x' is not explained"),
        ("[90]\nx = 3", "'x' is not explained"),
        ("[90]\nx = 'A.'\n[91]\nX = 'B.'", "lectures 90 and 91 both own 'X'"),
    ],
)
def test_a_malformed_glossary_is_named(text, part):
    with pytest.raises(ValueError, match="glossary") as error:
        glossary.checked(text)
    assert part in str(error.value)
