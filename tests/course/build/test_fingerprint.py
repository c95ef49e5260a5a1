"""A notebook is stale when something that made its outputs has changed, and only then."""

import ast
import json

import nbformat
import pytest

from segedu.course.build import fingerprint, notebook, source, watch
from segedu.course.build.drift import drift, made_elsewhere
from segedu.course.build.source import Lecture
from segedu.course.build.syntax import syntax

MODULE = '''"""Twice."""

LIMIT = 3


def double(x):
    """Return twice x."""
    return 2 * x  # not x + x
'''
LECTURE = """# %% [markdown] name="front"
# # 90. A sample

# %% name="setup"
print("twice")

# %%
4 + 4
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Make a folder with a module, an `__init__.py`, JavaScript and shipped data, which a run has used."""
    folder = tmp_path / "checkout"
    for name, text in {
        "segedu/twice.py": MODULE,
        "segedu/ops/__init__.py": '"""Operators."""\n\nfrom segedu.twice import double\n\n__all__ = ["double"]\n',
        "segedu/widgets/core.js": "export const two = 2;\n",
        "data/results/90.json": "[1, 2]\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(fingerprint, "PACKAGE_ROOT", folder)
    return folder


@pytest.fixture
def lecture(package, monkeypatch):
    """Build a small lecture whose run has used all files of `package`."""
    (package / "lectures").mkdir()
    (package / "pyproject.toml").write_text('[tool.segedu]\nrepository = "a/b"\n', encoding="utf-8")
    path = package / "lectures" / "90_sample.py"
    path.write_text(LECTURE, encoding="utf-8")
    used = sorted(file.relative_to(package).as_posix() for file in package.rglob("*") if file.parts[-2] != "lectures")
    used = [name for name in used if (package / name).is_file() and watch.counts(name)]

    def execute(complete, folder, timeout):
        for number, cell in enumerate(notebook.code_of(complete), 1):
            cell.outputs = [nbformat.v4.new_output("stream", text=f"{number}\n")]
            cell.execution_count = number
        return complete, used

    monkeypatch.setattr(notebook, "execute", execute)
    lecture = Lecture(package, path)
    notebook.build(lecture)
    assert drift(lecture) == []
    return lecture


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# What changes nothing


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # not x + x", "  # one shift of the bits"),
        ("    return 2 * x  # not x + x", "    # a comment of its own\n\n    return (\n        2 * x\n    )"),
        ("Return twice x.", "Return two times x, of any shape."),
        ('"""Twice."""\n', ""),
        ("LIMIT = 3", "LIMIT  =  3"),
        ("\n", "\r\n"),
    ],
)
def test_a_comment_a_docstring_and_a_line_break_make_nothing_stale(package, lecture, old, new):
    replace(package / "segedu/twice.py", old, new)
    assert drift(lecture) == []


def test_windows_line_ends_of_a_shipped_file_make_nothing_stale(package, lecture):
    (package / "data/results/90.json").write_bytes(b"[1, 2]\r\n")
    assert drift(lecture) == []


def test_one_more_name_in_an_init_makes_nothing_stale(package, lecture):
    replace(package / "segedu/ops/__init__.py", '["double"]', '["double", "half"]')
    assert drift(lecture) == []


def test_javascript_counts_only_where_a_page_is_kept(package, lecture):
    replace(package / "segedu/widgets/core.js", "two = 2", "two = 3")
    assert drift(lecture) == []


def test_the_lectures_prose_needs_no_run(lecture, monkeypatch):
    replace(lecture.path, "# # 90. A sample", "# # 90. A sample\n#\n# More words.")
    assert drift(lecture) != []
    monkeypatch.setattr(notebook, "execute", lambda *_: pytest.fail("it was executed"))
    report = notebook.build(lecture)
    assert not report.executed
    assert "outputs kept" in str(report)
    assert drift(lecture) == []
    written = nbformat.read(lecture.notebook, as_version=4)
    assert "More words." in written.cells[0].source
    assert [cell.outputs[0].text for cell in notebook.code_of(written)] == ["1\n", "2\n"]


def test_a_comment_in_a_cell_needs_no_run_though_the_cells_id_changes(lecture, monkeypatch):
    replace(lecture.path, "4 + 4", "4 + 4  # eight")
    monkeypatch.setattr(notebook, "execute", lambda *_: pytest.fail("it was executed"))
    notebook.build(lecture)
    assert drift(lecture) == []
    assert nbformat.read(lecture.notebook, as_version=4).cells[-1].outputs[0].text == "2\n"


def test_a_forks_repository_needs_no_run(package, lecture, monkeypatch):
    replace(lecture.path, "twice", "{{repository}}")
    notebook.build(lecture)
    replace(package / "pyproject.toml", "a/b", "somebody/their-fork")
    assert drift(lecture) == ["cell 2 (setup) is not what the lecture says"]
    monkeypatch.setattr(notebook, "execute", lambda *_: pytest.fail("it was executed"))
    notebook.build(lecture)
    assert drift(lecture) == []


# What makes it stale


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("segedu/twice.py", "2 * x", "x * 2"),
        ("segedu/twice.py", "LIMIT = 3", "LIMIT = 4"),
        ("segedu/twice.py", "LIMIT = 3", "LIMIT = 3.0"),
        ("segedu/twice.py", "def double(x):", "def double(x=None):"),
        ("segedu/twice.py", "    return 2 * x", '    "a text"\n    return 2 * x'),
        ("data/results/90.json", "2", "3"),
    ],
)
def test_a_statement_and_a_shipped_file_make_it_stale(package, lecture, file, old, new):
    replace(package / file, old, new)
    assert drift(lecture) == [f"{file} has changed since the pictures were made"]


def test_a_missing_file_makes_it_stale(package, lecture):
    (package / "segedu/twice.py").unlink()
    assert drift(lecture) == ["segedu/twice.py has changed since the pictures were made"]


def test_code_in_an_init_counts(package, lecture):
    replace(package / "segedu/ops/__init__.py", "__all__", "LIMIT = 3\n__all__")
    notebook.build(lecture, anew=True)
    replace(package / "segedu/ops/__init__.py", "LIMIT = 3", "LIMIT = 4")
    assert drift(lecture) == ["segedu/ops/__init__.py has changed since the pictures were made"]


def test_javascript_of_a_kept_page_counts_as_its_text(package, lecture, monkeypatch):
    monkeypatch.setattr(fingerprint, "holds_a_page", lambda _: True)
    notebook.build(lecture, anew=True)
    replace(package / "segedu/widgets/core.js", "two = 2;", "two = 2; // a comment is in the page, too")
    assert drift(lecture) == ["segedu/widgets/core.js has changed since the pictures were made"]


@pytest.mark.parametrize(("html", "page"), [("<script>1</script>", True), ("<b>1</b>", False)])
def test_a_page_is_an_output_with_a_script(html, page):
    output = nbformat.v4.new_output("display_data", data={"text/html": html})
    cell = nbformat.v4.new_code_cell("x", outputs=[output])
    assert fingerprint.holds_a_page(nbformat.v4.new_notebook(cells=[cell])) is page


def test_the_lectures_code_needs_a_run(lecture):
    replace(lecture.path, "4 + 4", "4 + 5")
    assert notebook.build(lecture).executed


def test_outputs_changed_by_hand_are_found_and_made_again(lecture):
    written = json.loads(lecture.notebook.read_text(encoding="utf-8"))
    written["cells"][-1]["outputs"][0]["text"] = ["seven"]
    lecture.notebook.write_text(json.dumps(written), encoding="utf-8")
    assert drift(lecture) == ["its outputs are not those of its build"]
    assert notebook.build(lecture).executed


def test_another_torch_makes_it_stale_and_the_versions_are_told(lecture, monkeypatch):
    monkeypatch.setattr(fingerprint, "versions", lambda: {"python": "3.11", "torch": "9.9"})
    (reason,) = drift(lecture)
    assert reason.startswith("its pictures were made with torch 2.")
    assert "here is 9.9" in reason
    assert "constraints.txt" in reason


def test_another_patch_of_torch_is_the_same_torch():
    assert fingerprint.major_minor("2.15.0+cu132") == fingerprint.major_minor("2.15.3")


def test_another_python_makes_nothing_stale_but_is_told(lecture, monkeypatch):
    assert made_elsewhere(lecture) is None
    now = fingerprint.versions()
    monkeypatch.setattr(fingerprint, "versions", lambda: now | {"python": "3.99"})
    assert drift(lecture) == []
    assert made_elsewhere(lecture) == now["python"]


def test_cells_that_were_added_or_taken_away_at_the_end_are_counted(lecture):
    written = json.loads(lecture.notebook.read_text(encoding="utf-8"))
    cells = written["cells"]
    for changed in (cells[:-1], [*cells, {**cells[0], "id": "one-more"}]):
        lecture.notebook.write_text(json.dumps(written | {"cells": changed}), encoding="utf-8")
        assert drift(lecture) == [f"it has {len(changed)} cells, the lecture gives {len(cells)}"]


def test_an_asynchronous_functions_docstring_and_a_nested_format_change_nothing():
    commented = 'async def f():\n    "Say."\n    return f"{x:<{n}}"'
    assert syntax(ast.parse(commented)) == syntax(ast.parse('async def f():\n    return f"{x:<{n}}"'))
    spec = ast.parse('f"{x:<{n}}"').body[0].value.values[0].format_spec
    with_empty_text = ast.JoinedStr([*spec.values, ast.Constant("")])  # as Python 3.12 parses it
    assert syntax(with_empty_text) == syntax(ast.JoinedStr(spec.values[:2]))


def test_a_line_magic_is_hashed_as_its_text():
    assert fingerprint.syntax_of_cell("%matplotlib inline") != fingerprint.syntax_of_cell("%matplotlib agg")


def test_a_cells_name_counts_because_a_checks_outputs_are_dropped(lecture):
    replace(lecture.path, '# %% name="setup"', '# %% name="check-setup"')
    assert notebook.build(lecture).executed


def test_counts_of_execution_belong_to_the_outputs(lecture):
    written = json.loads(lecture.notebook.read_text(encoding="utf-8"))
    written["cells"][-1]["execution_count"] = 7
    lecture.notebook.write_text(json.dumps(written), encoding="utf-8")
    assert drift(lecture) == ["its outputs are not those of its build"]


def test_a_notebook_of_an_older_build_is_stale(lecture):
    written = json.loads(lecture.notebook.read_text(encoding="utf-8"))
    written["metadata"].pop("segedu")
    lecture.notebook.write_text(json.dumps(written), encoding="utf-8")
    assert drift(lecture) != []


# What a run has used


@pytest.mark.parametrize(
    "path",
    [
        "segedu/ops/conv.py",
        "segedu/exercises/engine/engine.py",
        "segedu/exercises/lecture03/__init__.py",
        "segedu/exercises/lecture03/conv.py",
        "segedu/exercises/lecture03/expected.safetensors",
        "segedu/widgets/kit/colors.js",
        "data/results/03_ablation.json",
        "data/weights/unet_scenes.safetensors",
    ],
)
def test_what_can_change_an_output_or_a_check_counts(path):
    assert watch.counts(path)


@pytest.mark.parametrize(
    "path",
    [
        "segedu/course/build/notebook.py",
        "segedu/_shipped.py",
        "segedu/exercises/lecture03/solutions.json",
        "segedu/viz/__init__.pyi",
        "segedu/ops/__pycache__/conv.cpython-311.pyc",
        "data/downloads/camvid/train.txt",
        "tests/ops/test_conv.py",
    ],
)
def test_what_can_not_change_an_output_does_not_count(path):
    assert not watch.counts(path)


def test_a_run_reports_modules_read_files_and_weights(tmp_path):
    text = """
# %%
import segedu as se
from safetensors import safe_open

weights = se.shipped("weights/window_5.safetensors")
with safe_open(weights, framework="pt") as file:
    names = list(file.keys())
rows = se.shipped("results/03_ablation.json").read_text()
size = se.ops.output_size(5, 3)
passed = se.check("03.output_size", ...)
"""
    (tmp_path / "lectures").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.segedu]\nrepository = "a/b"\n', encoding="utf-8")
    (tmp_path / "lectures" / "90_sample.py").write_text(text, encoding="utf-8")
    lecture = Lecture(tmp_path, tmp_path / "lectures" / "90_sample.py")
    _, used = notebook.run_complete(lecture, source.read(lecture), timeout=60)
    assert {
        "data/results/03_ablation.json",
        "data/weights/window_5.safetensors",
        "segedu/ops/sizes.py",
        "segedu/exercises/engine/engine.py",
        "segedu/exercises/lecture03/expected.json",
        "segedu/exercises/lecture03/expected.safetensors",
    } <= set(used)
    unused = ("segedu/training/", "segedu/models/", "segedu/viz/", "segedu/widgets/", "segedu/data/")
    assert [path for path in used if path.startswith(unused) and not path.endswith("__init__.py")] == []
