"""Target pictures are taken from the notebook: what a right answer draws after its check."""

import base64

import nbformat
import pytest

from segedu.course.build import targets
from segedu.course.build.source import Lecture

PNG = b"\x89PNG of a right answer"


def cell(name, source="", png=None, alt="A picture of what a right answer draws."):
    made = nbformat.v4.new_code_cell(source, metadata={"name": name}, id=name)
    if png is not None:
        data = {"image/png": base64.b64encode(png).decode()}
        made.outputs = [nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": alt}})]
    return made


@pytest.fixture
def lecture(tmp_path):
    """Make a checkout with one lecture, whose notebook is built."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "lectures").mkdir()
    made = Lecture(tmp_path, tmp_path / "lectures" / "90_sample.py")
    write(made, PNG)
    return made


def write(lecture, png):
    cells = [
        cell("figure-goal", png=b"not a target"),
        cell("check-one", 'passed = se.check("90.one", one)\npassed = se.check("90.two", two) and passed'),
        cell("figure-one", png=png),
        cell("figure-more", png=b"the second after the check"),
        cell("check-three", 'passed = se.check("90.three", three)'),
        cell("exercise-four"),
        cell("figure-four", png=b"of another exercise"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), lecture.notebook)


def test_the_first_picture_after_a_check_is_the_target_of_all_that_was_checked(lecture):
    assert targets.drift(lecture) == ["the target pictures of one, two are not those of the notebook"]
    assert targets.refresh(lecture) == "target pictures written, changed: one, two"
    folder = targets.folder_of(lecture)
    assert sorted(path.name for path in folder.iterdir()) == ["alt.json", "one.png", "two.png"]
    assert targets.read(folder)["two"] == (PNG, "A picture of what a right answer draws.")
    assert targets.drift(lecture) == []
    assert targets.refresh(lecture) is None


def test_a_picture_that_has_changed_is_written_again_and_one_that_has_gone_is_removed(lecture):
    targets.refresh(lecture)
    write(lecture, b"another picture")
    stray = targets.folder_of(lecture) / "gone.png"
    stray.write_bytes(PNG)
    assert targets.refresh(lecture) == "target pictures written, changed: gone, one, two"
    assert not stray.exists()
    assert targets.read(targets.folder_of(lecture))["one"][0] == b"another picture"


def test_a_lecture_without_a_notebook_has_no_targets(tmp_path):
    missing = Lecture(tmp_path, tmp_path / "lectures" / "91_none.py")
    assert targets.drift(missing) == []
    assert targets.refresh(missing) is None
