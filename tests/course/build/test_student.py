"""What the student's notebook leaves out, proofs and alt texts in cells' lines; how long the rest takes to read."""

import json

import nbformat
import pytest

from segedu.course.build import notebook, outputs, reading, source
from segedu.course.build.drift import drift
from segedu.course.build.solutions import student_notebook
from segedu.course.build.source import Lecture

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
ALT = "A white square: (a) it's 3 × 3, [1, 2]."
SHOW = f'from IPython.display import display\ndisplay({{"image/png": "{PIXEL}"}}, raw=True)'
LECTURE = f"""# %% [markdown] name="front"
# **Time.** Reading {{{{reading}}}} min

# %%
x = 1

# %% tags=["proof"]
assert x == 1
print("proved")

# %% name="figure-square" alt="{ALT}"
{SHOW}
"""


@pytest.fixture
def lecture(tmp_path):
    (tmp_path / "lectures").mkdir()
    (tmp_path / "segedu" / "exercises" / "lecture90").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.segedu]\nrepository = "a/b"\n', encoding="utf-8")
    path = tmp_path / "lectures" / "90_sample.py"
    path.write_text(LECTURE, encoding="utf-8")
    return Lecture(tmp_path, path)


def edited(lecture, before, after):
    text = lecture.path.read_text(encoding="utf-8")
    assert before in text
    lecture.path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.slow
def test_a_proof_runs_at_the_build_and_is_not_written(lecture):
    notebook.build(lecture)
    written = notebook.read_notebook(lecture.notebook)
    code = notebook.code_of(written)
    assert [cell.execution_count for cell in code] == [1, 2]
    assert "proved" not in lecture.notebook.read_text(encoding="utf-8")
    assert drift(lecture) == []
    assert code[-1].outputs[0].metadata["image/png"]["alt"] == ALT
    assert "alt" not in code[-1].metadata

    edited(lecture, "Reading", "To read:")
    assert not notebook.build(lecture).executed  # a text alone; the proof's cell isn't missed
    edited(lecture, "assert x == 1", "assert x == 2")
    assert any("code has changed" in reason for reason in drift(lecture))
    with pytest.raises(ValueError, match="AssertionError"):
        notebook.build(lecture)


@pytest.mark.parametrize(
    ("before", "after"), [(ALT, "Another text for the same square."), (' tags=["proof"]', "")], ids=["alt", "proof"]
)
def test_a_changed_line_of_a_cell_makes_the_outputs_stale(lecture, before, after):
    from segedu.course.build.fingerprint import cells_hash

    earlier = cells_hash(lecture)
    edited(lecture, before, after)
    assert cells_hash(lecture) != earlier


def test_an_alt_text_in_the_line_describes_the_first_picture_that_has_none(tmp_path):
    def picture(**about):
        return nbformat.v4.new_output("display_data", data={"image/png": PIXEL}, metadata={"image/png": about})

    own = picture(alt="A text that the code computed.")
    cell = nbformat.v4.new_code_cell("x", metadata={"alt": ALT}, outputs=[own, picture(), picture()])
    faults, _ = outputs.clean(cell, tmp_path)
    alts = [output.metadata["image/png"].get("alt") for output in cell.outputs]
    assert alts == ["A text that the code computed.", ALT, None]
    assert len(faults) == 1


def test_the_minutes_of_reading_are_those_of_the_students_cells(lecture):
    words = "word " * 1995
    edited(lecture, "# **Time.**", f"# {words}\n# **Time.**")
    complete = source.read(lecture)
    assert "Reading 10 min" in complete.cells[0].source
    assert "Reading 10 min" in student_notebook(complete, "x").cells[0].source
    edited(lecture, "x = 1\n\n# %%", "\n".join(f"x{n} = 1" for n in range(100)) + "\nx = 1\n\n# %%")
    assert reading.code_lines(source.read(lecture).cells) == 103
    assert "Reading 20 min" in source.read(lecture).cells[0].source


def test_a_proof_and_a_solution_are_no_lines_to_read():
    solved = "def f():\n    ### BEGIN SOLUTION\n    a = 1\n    return a\n    ### END SOLUTION"
    cells = [
        nbformat.v4.new_code_cell("assert 1\nassert 2", metadata={"tags": ["proof"]}),
        nbformat.v4.new_code_cell(solved),
        nbformat.v4.new_code_cell("a = 1\n\nb = 2"),
    ]
    assert reading.code_lines(cells) == 2 + 2
    assert reading.line_count(cells[1]) == 3


def test_the_students_notebook_is_valid(lecture):
    text = notebook.notebook_text(student_notebook(source.read(lecture), "x"))
    assert [cell["cell_type"] for cell in json.loads(text)["cells"]] == ["markdown", "code", "code"]
