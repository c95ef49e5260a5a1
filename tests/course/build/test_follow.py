"""All that follows from a change of a lecture: expected values, then the notebook, then the README's syllabus."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from segedu.course import cli
from segedu.course.build import expected, follow, notebook, source, syllabus
from segedu.course.build.source import Lecture

ROOT = Path(__file__).resolve().parents[3]
FRONT = """# %% [markdown] name="front"
# # 90. A sample
#
# **Question.** How much of the image
# does *one* pixel see?
#
# **Time.** Reading 25 min.

# %% name="setup"
print("hello")
"""
README = f"# A course\n\n{syllabus.BEGIN}\n\nan old table\n\n{syllabus.END}\n\nMore text.\n"


@pytest.fixture
def lecture(tmp_path, monkeypatch):
    """Make a checkout with one small lecture, and work in it."""
    (tmp_path / "lectures").mkdir()
    path = tmp_path / "lectures" / "90_sample.py"
    path.write_text(FRONT, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.segedu]\nrepository = "a/b"\n', encoding="utf-8")
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Lecture(tmp_path, path)


@pytest.fixture
def truth(tmp_path, monkeypatch):
    """Let lecture 90 have exercises with these right answers, stored in a folder of the test."""
    answers = {"90.count": [1, 2], "90.map": [torch.tensor([[1.0, 2.0]])]}
    monkeypatch.setattr(expected.public, "lectures", lambda: ["90"])
    monkeypatch.setattr(expected.store, "lecture_folder", lambda number: tmp_path / "segedu/exercises/lecture90")
    monkeypatch.setattr(expected, "truth_store", lambda: SimpleNamespace(answers=lambda number: dict(answers)))
    return answers


# Expected values


def test_expected_values_that_are_not_there_are_written_once(lecture, truth):
    assert expected.drift(lecture) == ["the expected values of 90.count, 90.map are not those of grading/truth"]
    assert expected.refresh(lecture) == "expected values written, changed: 90.count, 90.map"
    assert expected.drift(lecture) == []
    written = (lecture.solutions.parent / "expected.json").stat().st_mtime_ns
    assert expected.refresh(lecture) is None
    assert (lecture.solutions.parent / "expected.json").stat().st_mtime_ns == written


def test_only_the_exercises_that_changed_are_named(lecture, truth):
    expected.refresh(lecture)
    truth["90.map"] = [torch.tensor([[1.0, 3.0]])]
    assert expected.outdated(lecture) == ["90.map"]
    del truth["90.count"]
    assert expected.outdated(lecture) == ["90.map", "90.count"]


def test_a_lecture_without_exercises_has_no_expected_values(lecture):
    assert expected.outdated(lecture) == []


def test_without_grading_the_user_is_told_how_to_install(monkeypatch):
    monkeypatch.delitem(__import__("sys").modules, "grading.store", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "grading", None)
    with pytest.raises(ValueError, match="make lab"):
        expected.truth_store()


# The syllabus


def test_the_syllabus_has_a_row_per_lecture_from_its_front_matter(lecture):
    assert syllabus.drift(lecture.root) == ["its syllabus is not what the lectures say"]
    assert syllabus.refresh(lecture.root)
    text = (lecture.root / "README.md").read_text(encoding="utf-8")
    row = "| 90 | [A sample](notebooks/90_sample.ipynb) | How much of the image does *one* pixel see? |"
    assert f"|---|---|---|\n{row}\n\n{syllabus.END}" in text
    assert text.startswith("# A course\n")
    assert text.endswith("\n\nMore text.\n")
    assert "an old table" not in text
    assert syllabus.drift(lecture.root) == []
    assert not syllabus.refresh(lecture.root)


def test_a_readme_without_the_marks_is_left_alone(lecture):
    (lecture.root / "README.md").write_text("# Mine\n", encoding="utf-8")
    assert syllabus.drift(lecture.root) == []
    assert not syllabus.refresh(lecture.root)
    (lecture.root / "README.md").unlink()
    assert not syllabus.refresh(lecture.root)


def test_the_courses_own_readme_says_what_the_lectures_say():
    assert syllabus.readme(ROOT) is not None
    assert syllabus.drift(ROOT) == [], "run `segedu build`"


# One command


def test_expected_values_come_before_the_notebook_that_reads_them(lecture, truth, monkeypatch):
    order = []
    refresh = expected.refresh
    monkeypatch.setattr(expected, "refresh", lambda lecture: order.append("values") or refresh(lecture))
    monkeypatch.setattr(notebook, "build", lambda *_: order.append("notebook") or "built")
    assert list(follow.refresh(lecture, 60, anew=False)) == [
        "90_sample: expected values written, changed: 90.count, 90.map",
        "built",
    ]
    assert order == ["values", "notebook"]


def test_one_command_makes_all_and_then_nothing_is_left(lecture, truth, capsys):
    assert cli.main(["build", "--check"]) == 1
    named = capsys.readouterr().out.splitlines()
    assert named[0].startswith("90_sample: the expected values of 90.count")
    assert named[0].endswith("(and 1 more); run `segedu build 90`")
    assert named[1] == "README.md: its syllabus is not what the lectures say; run `segedu build`"

    assert cli.main(["build", "90"]) == 0
    done = capsys.readouterr().out.splitlines()
    assert done[0] == "90_sample: expected values written, changed: 90.count, 90.map"
    assert done[1].startswith("90_sample: ")
    assert done[-1] == "README.md: syllabus written"

    assert cli.main(["build", "--check"]) == 0
    assert capsys.readouterr().out == "1 notebooks are up to date.\n"
    assert cli.main(["build", "90"]) == 0
    assert capsys.readouterr().out == "90_sample: up to date\n"


def test_anew_executes_what_is_up_to_date(lecture, capsys):
    cli.main(["build", "90"])
    capsys.readouterr()
    assert cli.main(["build", "--anew"]) == 0
    assert " s, 0 pictures" in capsys.readouterr().out


def test_a_check_tells_which_other_python_executed_the_notebooks(lecture, monkeypatch, capsys):
    cli.main(["build", "90"])
    capsys.readouterr()
    monkeypatch.setattr(follow, "made_elsewhere", lambda lecture: "3.99")
    assert cli.main(["build", "--check"]) == 0
    assert "Python 3.99 executed some of them" in capsys.readouterr().out


def test_a_lectures_code_cells_are_read_with_their_solutions(lecture):
    text = '# %% name="exercise-x"\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n'
    lecture.path.write_text(text, encoding="utf-8")
    assert source.code_cells(lecture) == [("exercise-x", "x = 1")]
