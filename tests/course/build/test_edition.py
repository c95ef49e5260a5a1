"""What a fork chooses: lectures that it leaves out are neither built nor linked to, and their sources stay."""

import pytest

from segedu.course.build import edition, notebook, solutions, source
from segedu.course.build.drift import strays

FRONT = """# %% [markdown]
# First [90. One](90_one.ipynb), then [91. Two](91_two.ipynb#a-part), see [the paper](https://example.org/91_x.ipynb).
"""


@pytest.fixture
def fork(tmp_path):
    """Return a function that writes a checkout of two lectures with these settings, and returns its root."""
    (tmp_path / "lectures").mkdir()
    (tmp_path / "notebooks").mkdir()
    for stem in ("90_one", "91_two"):
        (tmp_path / "lectures" / f"{stem}.py").write_text(FRONT, encoding="utf-8")

    def write(settings):
        text = f'[tool.segedu]\nrepository = "you/yours"\n{settings}\n'
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_without_a_choice_every_lecture_is_there(fork):
    assert [lecture.number for lecture in source.find_lectures(fork(""))] == ["90", "91"]


def test_a_lecture_that_is_left_out_is_found_only_by_its_number(fork):
    root = fork('leave_out = ["91"]')
    assert [lecture.number for lecture in source.find_lectures(root)] == ["90"]
    assert [lecture.number for lecture in source.find_lectures(root, ["91"])] == ["91"]


def test_links_to_it_become_words_and_other_links_stay(fork):
    lecture = source.find_lectures(fork('leave_out = ["91"]'))[0]
    text = solutions.student_notebook(source.read(lecture), lecture.path.name).cells[0].source
    assert text == "First [90. One](90_one.ipynb), then 91. Two, see [the paper](https://example.org/91_x.ipynb)."


def test_its_notebook_is_a_stray_until_the_build_removes_it(fork):
    root = fork('leave_out = ["91"]')
    for stem in ("90_one", "91_two"):
        (root / "notebooks" / f"{stem}.ipynb").write_text("{}", encoding="utf-8")
    two = root / "notebooks" / "91_two.ipynb"
    assert strays(root) == [two]
    assert notebook.remove_left_out(root) == [two]
    assert [path.name for path in (root / "notebooks").iterdir()] == ["90_one.ipynb"]
    assert (root / "lectures" / "91_two.py").exists()


@pytest.mark.parametrize("entry", ["5", '"five"', '"05_full"'])
def test_an_entry_that_is_no_number_is_named(fork, entry):
    with pytest.raises(ValueError, match="give lectures as two digits in quotes"):
        edition.left_out(fork(f"leave_out = [{entry}]"))
