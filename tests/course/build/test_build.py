"""`segedu build`: a sample lecture in a temporary checkout becomes a notebook, the same one every time, or nothing."""

import base64
import io
import json
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from PIL import Image

from segedu.course.build import notebook, outputs, source
from segedu.course.build.drift import drift, strays
from segedu.course.build.execute import ExecutionError
from segedu.course.build.solutions import without_solution
from segedu.course.build.source import Lecture

PYPROJECT = '[tool.segedu]\nrepository = "somebody/their-fork"\n'
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
LECTURE = f'''# %% [markdown] name="front"
# # 90. A sample
#
# {{{{colab_badge}}}}

# %% name="setup"
from IPython.display import display
import segedu as se

repository = "{{{{repository}}}}"

# %% tags=["parameters"]
steps = 3

# %%
print("working\\rdone in 3.2 s with FCN-8s", steps)

# %%
import sys
print("careful", file=sys.stderr)

# %% name="exercise-double"
def double(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


def check(name, function):
    right = function(3) == 6
    print("printed by the check")
    return right


# %% name="check-double"
passed = check("90.double", double)

# %% name="figure-double"
if passed:
    display({{"image/png": "{PIXEL}"}}, raw=True, metadata={{"image/png": {{"alt": "A pixel."}}, "isolated": True}})

# %%
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": "1"}}, "image/png": "{PIXEL}"}}, raw=True,
        metadata={{"image/png": {{"alt": "A widget's picture."}}}})

# %%
2 * steps
'''


def make_lecture(root, text=LECTURE, stem="90_sample"):
    (root / "lectures").mkdir(exist_ok=True)
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    path = root / "lectures" / f"{stem}.py"
    path.write_text(text, encoding="utf-8")
    return Lecture(root, path)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the sample once; return the lecture, the report, and the notebook's text."""
    lecture = make_lecture(tmp_path_factory.mktemp("checkout"))
    report = notebook.build(lecture)
    return SimpleNamespace(lecture=lecture, report=report, text=lecture.notebook.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cells(built):
    """Return the built notebook's cells by id."""
    return {cell.id: cell for cell in nbformat.reads(built.text, as_version=4).cells}


# What a student gets


def test_solutions_are_taken_out_and_stand_folded_after_the_check(cells):
    assert cells["exercise-double"].source.startswith('def double(x):\n    """Return twice x."""\n    ...\n')
    ids = list(cells)
    assert ids.index("solution-double") == ids.index("check-double") + 1
    assert cells["solution-double"].source.startswith("<details>\n<summary>Solution</summary>\n\n```python\ndef double")
    assert "    return 2 * x\n" in cells["solution-double"].source
    assert "SOLUTION" not in "".join(cell.source for cell in cells.values())


def test_the_target_picture_is_the_one_that_the_right_answer_drew(cells):
    (output,) = cells["figure-double"].outputs
    assert output.metadata == {"image/png": {"alt": "A pixel."}}


def test_outputs_of_checks_are_not_kept(cells):
    assert cells["check-double"].outputs == []


def test_a_widget_leaves_its_picture_and_no_state(cells):
    (output,) = next(cell.outputs for cell in cells.values() if "model_id" in cell.source)
    assert set(output.data) == {"image/png"}
    assert output.metadata == {"image/png": {"alt": "A widget's picture."}}


def test_times_are_masked_lines_are_in_their_last_state_and_stderr_is_dropped(built, cells):
    assert "done in – s with FCN-8s 3" in built.text
    assert "working" not in "".join(out.get("text", "") for cell in cells.values() for out in cell.get("outputs", []))
    assert any("dropped from stderr: careful" in remark for remark in built.report.remarks)
    assert any("masked 1 times" in remark for remark in built.report.remarks)


def test_only_allowed_metadata_is_written(built, cells):
    written = json.loads(built.text)
    assert set(written["metadata"]) == {"kernelspec", "language_info", "segedu"}
    assert {key for cell in cells.values() for key in cell.metadata} == {"name", "tags"}


def test_the_badge_and_the_install_cell_point_to_the_repository(cells):
    assert "github/somebody/their-fork/blob/main/notebooks/90_sample.ipynb" in cells["front"].source
    assert 'repository = "somebody/their-fork"' in cells["setup"].source


def test_the_solutions_sources_are_extracted(built):
    stored = json.loads(built.lecture.solutions.read_text(encoding="utf-8"))
    assert stored == {"double": 'def double(x):\n    """Return twice x."""\n    return 2 * x'}


def test_cells_are_counted_from_one(cells):
    counts = [cell.execution_count for cell in cells.values() if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_the_complete_notebook_asserts_its_checks(built, tmp_path):
    path = notebook.write_complete(built.lecture, tmp_path / "complete")
    complete = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in complete.cells)
    assert "return 2 * x" in text
    assert "assert check('90.double', double)" in text
    assert "SOLUTION" not in text


# The same every time, and known when it isn't


def test_a_rebuild_changes_no_byte(built):
    assert notebook.build(built.lecture, anew=True).executed
    assert built.lecture.notebook.read_text(encoding="utf-8") == built.text


def test_a_fresh_notebook_has_no_drift(built):
    assert drift(built.lecture) == []


def copy_of(built, root):
    """Return the sample, as built, in a folder of its own."""
    lecture = make_lecture(root)
    for here, there in ((built.lecture.notebook, lecture.notebook), (built.lecture.solutions, lecture.solutions)):
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(here.read_text(encoding="utf-8"), encoding="utf-8")
    return lecture


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_windows_line_ends_are_no_drift(built, tmp_path):
    lecture = copy_of(built, tmp_path)
    lecture.path.write_bytes(LECTURE.replace("\n", "\r\n").encode())
    assert drift(lecture) == []


def test_a_changed_lecture_is_found(built, tmp_path):
    lecture = copy_of(built, tmp_path)
    replace(lecture.path, "2 * steps", "3 * steps")
    assert "is not what the lecture says" in drift(lecture)[0]


def test_a_changed_solution_is_found_though_the_student_sees_none_of_it(built, tmp_path):
    lecture = copy_of(built, tmp_path)
    replace(lecture.path, "    return 2 * x", "    return x + x")
    assert drift(lecture) != []


def test_a_notebook_edited_by_hand_is_found(built, tmp_path):
    lecture = copy_of(built, tmp_path)
    replace(lecture.notebook, "steps = 3", "steps = 4")
    assert "is not what the lecture says" in drift(lecture)[0]


def test_a_missing_notebook_and_a_stray_one_are_found(built, tmp_path):
    lecture = make_lecture(tmp_path)
    assert drift(lecture) == ["90_sample.ipynb is missing"]
    stray = tmp_path / "notebooks" / "91_stray.ipynb"
    stray.parent.mkdir()
    stray.write_text("{}", encoding="utf-8")
    assert strays(tmp_path) == [stray]


# Failures


def test_a_failing_cell_is_named_with_its_line_and_nothing_is_written(tmp_path):
    broken = LECTURE.replace("2 * steps", "here = steps\nthere = here / 0")
    lecture = make_lecture(tmp_path, broken)
    with pytest.raises(ExecutionError) as failure:
        notebook.build(lecture)
    said = str(failure.value)
    assert said.startswith("lecture 90, cell 10 (`here = steps`), line 2: ZeroDivisionError: division by zero\n")
    assert "there = here / 0" in said
    assert len(said.splitlines()) <= 8
    assert list((tmp_path / "notebooks").iterdir()) == []
    assert not lecture.solutions.exists()


def test_a_solution_that_fails_its_check_is_refused_with_what_the_check_said(tmp_path):
    lecture = make_lecture(tmp_path, LECTURE.replace("return 2 * x", "return 3 * x"))
    with pytest.raises(ExecutionError, match=r"check-double(.|\n)*AssertionError(.|\n)*printed by the check"):
        notebook.build(lecture)


def test_a_cell_that_takes_too_long_is_named_and_its_kernel_logs_nothing(tmp_path, capfd):
    lecture = make_lecture(tmp_path, '# %% name="endless"\nimport time\ntime.sleep(3600)\n')
    with pytest.raises(ExecutionError, match=r"\(endless\): took more than 1 s"):
        notebook.build(lecture, timeout=1)
    assert capfd.readouterr().err == ""


def test_a_cell_that_kills_its_kernel_is_named(tmp_path):
    lecture = make_lecture(tmp_path, '# %% name="deadly"\nimport os\nos._exit(1)\n')
    with pytest.raises(ExecutionError, match=r"\(deadly\): the kernel died"):
        notebook.build(lecture)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("# %%\n### BEGIN SOLUTION\nx = 1\n", "without '### END SOLUTION'"),
        ("# %%\n### END SOLUTION\nx = 1\n", "without its other half"),
        ('# %% name="a"\n1\n\n# %% name="a"\n2\n', "two cells are named 'a'"),
        ('# %% name="exercise-a"\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n', "no cell named 'check-a'"),
        ('# %% name="check-a"\ncheck(1,\n', "line 1"),
    ],
)
def test_a_malformed_lecture_is_explained(tmp_path, text, part):
    with pytest.raises(ValueError, match=r"90_sample\.py") as failure:
        notebook.build(make_lecture(tmp_path, text))
    assert part in str(failure.value)


def test_solutions_leave_dots_at_their_indentation():
    text = "for x in y:\n    ### BEGIN SOLUTION\n    z = x\n    w = z\n    ### END SOLUTION\n    print(w)"
    assert without_solution(text) == "for x in y:\n    ...\n    print(w)"


@pytest.mark.parametrize(
    "marks",
    [
        ("## BEGIN SOLUTION", "## END SOLUTION"),
        ("# BEGIN SOLUTION", "# END SOLUTION"),
        ("### begin solution", "### end solution"),
        ("### BEGIN SOLUTION ###", "### END SOLUTION ###"),
        ("x = 0  ### BEGIN SOLUTION", "y = 0  ### END SOLUTION"),
    ],
)
def test_what_is_nearly_a_mark_never_publishes_a_solution(marks):
    cell = f"def helper(x):\n    {marks[0]}\n    return 4242\n    {marks[1]}"
    with pytest.raises(ValueError, match=r"the cell, line 2: .* is nearly a mark; write '### BEGIN SOLUTION'"):
        without_solution(cell)


@pytest.mark.parametrize(
    "line", ["# the end", "x = 1  # begin here", "# this solution is right", "# endless", '"# begin"']
)
def test_other_comments_are_no_marks(line):
    assert without_solution(line) == line


def test_an_unknown_lecture_is_explained(tmp_path):
    make_lecture(tmp_path)
    with pytest.raises(ValueError, match="There is no lecture 07; lectures/ has 90"):
        source.find_lectures(tmp_path, ["7"])


# Outputs


def cleaned(tmp_path, *given, name="figure-x"):
    cell = nbformat.v4.new_code_cell("x", metadata={"name": name}, outputs=list(given))
    return cell, *outputs.clean(cell, tmp_path)


def stream(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def display(**data):
    return nbformat.v4.new_output("display_data", data={key.replace("_", "/"): value for key, value in data.items()})


@pytest.mark.parametrize(
    ("output", "part"),
    [
        (stream("saved /home/ada/x.png"), "the path '/home/ada'"),
        (stream("see C:\\Users\\ada"), "shows the path"),
        (display(text_plain="<function f at 0x7f3adf7f9950>"), "a memory address"),
        (display(image_png=PIXEL), "a picture without alt text"),
        (
            nbformat.v4.new_output("display_data", data={outputs.WIDGET: {"model_id": "1"}, "text/plain": "Slider()"}),
            "a widget without a picture",
        ),
    ],
)
def test_what_can_not_be_kept_is_named(tmp_path, output, part):
    _, faults, _ = cleaned(tmp_path, output)
    assert len(faults) == 1
    assert part in faults[0]


def test_the_checkouts_own_path_is_found(tmp_path):
    assert cleaned(tmp_path, stream(f"{tmp_path}/data"))[1] != []


@pytest.mark.parametrize("text", ["a/b is a ratio", "FCN-8s and 1990s", "3x3 kernel, stride 2", "0.5 mIoU", "12:30"])
def test_what_is_neither_path_nor_time_is_kept(tmp_path, text):
    cell, faults, remarks = cleaned(tmp_path, stream(text))
    assert (cell.outputs[0].text, faults, remarks) == (text, [], [])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("100 steps in 8.2 s", "100 steps in – s"),
        ("1.25s", "– s"),
        ("17 ms, 3 µs", "– ms, – µs"),
        ("12 it/s", "– it/s"),
        ("at 09:12:44", "at –"),
        ("took 3 minutes", "took – minutes"),
        ("took 3 seconds", "took – seconds"),
        ("1 second, then 1 minute", "– second, then – minute"),
        ("5 ns and 2,5 s", "– ns and – s"),
        ("3 s/it, 4 min", "– s/it, – min"),
        ("at 9:12:44.123", "at –"),
    ],
)
def test_times_become_dashes(tmp_path, text, masked):
    assert cleaned(tmp_path, stream(text))[0].outputs[0].text == masked


def test_large_pictures_get_a_palette_and_lose_their_metadata(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, format="PNG", dpi=(72, 72))
    encoded = base64.b64encode(buffer.getvalue()).decode()
    cell, _, _ = cleaned(tmp_path, display(image_png=encoded))
    small = cell.outputs[0].data["image/png"]
    assert len(small) < 0.5 * len(encoded)
    assert cleaned(tmp_path, display(image_png=small))[0].outputs[0].data["image/png"] == small
    with Image.open(io.BytesIO(base64.b64decode(small))) as picture:
        assert picture.size == (400, 300)
        assert "dpi" not in picture.info
