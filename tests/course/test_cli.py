"""The command line: each command helps, a mistake is one sentence, and the exit status tells scripts what happened."""

import subprocess
import sys

import pytest

import segedu as se
from segedu.course import cli

SOURCE = '# %% [markdown] name="front"\n# # 90. A sample\n\n# %% name="setup"\nprint("hello")\n'


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Make a checkout with one small lecture, and work in a folder of it."""
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "90_sample.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.segedu]\nrepository = "a/b"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path / "lectures")
    return tmp_path


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_each_command_helps(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])
    assert end.value.code == 0
    assert len(capsys.readouterr().out.split()) > 15


def test_build_then_check_then_build_again(checkout, capsys):
    assert cli.main(["build", "--check"]) == 1
    assert "90_sample: 90_sample.ipynb is missing; run `segedu build 90`" in capsys.readouterr().out
    assert cli.main(["build"]) == 0
    assert capsys.readouterr().out.startswith("90_sample: ")
    assert cli.main(["build", "--check"]) == 0
    assert "1 notebooks are up to date" in capsys.readouterr().out
    assert cli.main(["build"]) == 0
    assert capsys.readouterr().out == "90_sample: up to date\n"


def test_complete_notebooks_are_written_without_running_them(checkout, capsys):
    assert cli.main(["build", "--complete", str(checkout / "complete")]) == 0
    assert (checkout / "complete" / "90_sample.ipynb").exists()
    assert not (checkout / "notebooks").exists()


def test_a_failing_lecture_has_status_1_and_does_not_stop_the_others(checkout, capsys):
    (checkout / "lectures" / "89_broken.py").write_text("# %%\n1 / 0\n", encoding="utf-8")
    assert cli.main(["build"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("lecture 89, cell 1 (`1 / 0`), line 1: ZeroDivisionError")
    assert (checkout / "notebooks" / "90_sample.ipynb").exists()
    assert not (checkout / "notebooks" / "89_broken.ipynb").exists()


def test_lint_prints_its_findings_and_their_number(checkout, capsys):
    assert cli.main(["lint", "90"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{len(lines) - 1} findings in 1 lectures."


@pytest.mark.parametrize("command", ["build", "lint"])
def test_an_unknown_number_is_one_sentence_on_stderr(checkout, capsys, command):
    assert cli.main([command, "17"]) == 2
    assert capsys.readouterr().err == f"segedu {command}: There is no lecture 17; lectures/ has 90.\n"


@pytest.mark.parametrize("command", ["build", "lint"])
def test_outside_a_checkout_the_user_is_told_where_to_go(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    assert cli.main([command]) == 2
    assert "is in no checkout of the course" in capsys.readouterr().err


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"segedu {se.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["unbuild"], ["data", "sell"], ["build", "--deep"]])
def test_what_is_no_command_ends_with_status_2_and_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert "usage: segedu" in capsys.readouterr().err


def test_help_names_every_command_and_every_data_set(capsys):
    for arguments, words in ((["--help"], cli.COMMANDS), (["data", "-h"], se.dataset_names())):
        with pytest.raises(SystemExit):
            cli.main(arguments)
        assert set(words) <= set(capsys.readouterr().out.replace(",", " ").split())


def test_help_imports_neither_torch_nor_what_only_developers_have():
    heavy = ("torch", "numpy", "matplotlib", "jupytext", "nbformat", "nbclient")
    code = f"import sys; from segedu.course import cli; cli.make_parser(); print(set({heavy}) & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


def test_a_missing_developers_library_is_one_sentence(checkout, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jupytext", None)
    for name in [name for name in sys.modules if name.startswith("segedu.course.lint")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith("segedu.course.build")]:
        monkeypatch.delitem(sys.modules, name)
    assert cli.main(["lint"]) == 2
    assert capsys.readouterr().err == (
        "segedu lint: this needs jupytext; install it with `pip install 'segedu[lab,dev]'`.\n"
    )
