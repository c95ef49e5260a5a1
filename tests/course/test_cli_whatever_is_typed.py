"""Whatever is typed, and whatever lies in the files: one sentence and a status, never a stack trace."""

import io
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from segedu.course import cli

GOOD = '# %% [markdown] name="front"\n# # 90. A sample\n\n# %% name="setup"\nprint("hello")\n'
STATUSES = {0, 1, 2, 130}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Make a checkout with one small lecture that was never built, and work in it."""
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "90_sample.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.segedu]\nrepository = "a/b"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEGEDU_DATA", str(tmp_path / "downloads"))
    return tmp_path


def typed(line: str | list[str], capsys) -> tuple[int, str]:  # type: ignore[no-untyped-def]
    """Type a line; return the status and the complaint, having checked what holds for every line."""
    arguments = shlex.split(line) if isinstance(line, str) else line
    try:
        status = cli.main(arguments)
    except SystemExit as end:  # the parser's own
        status = int(end.code or 0)
    said = capsys.readouterr()
    assert status in STATUSES
    assert "Traceback" not in said.out + said.err
    assert "nobody foresaw" not in said.err, said.err
    if status == 2:
        last = said.err.strip().splitlines()[-1]
        assert last.startswith("segedu"), said.err
        assert len(last) < 400
    return status, said.err


USAGE = """

build --deep
build --timeout
build --timeout x
build --complete
data sell
data fetch a b c
data --root
lint --all
data camvid
train
train unet --minutes -inf
train --steps 3
train unet --steps
train unet --steps x
train unet --steps 1.5
train unet --steps ''
train unet --minutes x
train unet --minutes
train unet --seed x
train unet --seed 1e3
train unet --size
train unet --size x
train unet --size 3 x
train unet --size 64x64
train unet --lr x
train unet --batch 2.0
train unet --resume sometimes
train unet unet
train unet --epochs 3
train unet --micro-batch ''
train unet --device
train unet --workers two
unbuild
--deep
-v
"""

MISTAKES = """
build 17
build ''
build -- -1
build 03_convolution
build lectures/90_sample.py
build --timeout nan
build --timeout inf
build --timeout 0
build --timeout -3
build --check 17
build --complete pyproject.toml
lint 17
lint x
lint ''
data list camvid
data fetch
data fetch scenes
data fetch nothing
data fetch ''
data audit
data audit nothing
data audit camvid
data audit camvid --root nowhere
data audit camvid --root pyproject.toml
data audit pets --root .
data audit isbi --root ''
data audit dsb2018 --root lectures
data list --root nowhere
data --root nowhere
data --root pyproject.toml
train vnet --steps 1 --size 16 --data camvid --root nowhere
train '' --steps 1 --data pets --root nowhere
train unet --steps 1 --minutes 1
train unet --data nothing
train unet --data ''
train unet --data imagenet --root .
train unet --data camvid
train unet --data camvid --root nowhere
train unet --data isbi --root pyproject.toml
train unet --data dsb2018 --root .
train unet --data pets --root ''
train unet --steps 0
train unet --steps -1
train unet --minutes nan
train unet --minutes inf
train unet --minutes 0
train unet --minutes -1
train unet --minutes 1e999
train unet --lr 0
train unet --lr -1
train unet --lr nan
train unet --lr inf
train unet --seed -1
train unet --depth 0
train unet --depth -2
train unet --width 0
train unet --batch 0
train unet --batch -4
train unet --micro-batch 0
train unet --micro-batch -1
train unet --validate-every 0
train unet --validate-every -3
train unet --workers -1
train unet --size 0
train unet --size -8
train unet --size 16 0
train unet --size 1 2 3
train unet --device foo
train unet --device ''
train unet --device gpu
train unet --device cpu:x
train unet --device meta
train unet --device cuda:99999999999999999999
train unet --device 'cpu '
"""


@pytest.mark.parametrize("line", USAGE.splitlines()[1:])
def test_what_is_no_command_has_status_2_and_says_why(line, checkout, capsys):
    status, said = typed(line, capsys)
    assert status == 2
    assert "usage: segedu" in said


@pytest.mark.parametrize("line", MISTAKES.split("\n")[1:-1])
def test_a_mistake_is_one_line(line, checkout, capsys):
    before = sorted(checkout.rglob("*"))
    status, said = typed(line, capsys)
    assert status == 2, said
    assert len(said.splitlines()) == 1, said
    assert sorted(checkout.rglob("*")) == before, "nothing is written"


@pytest.mark.parametrize("line", ["--version", "--help", "-h", *(f"{name} --help" for name in cli.COMMANDS)])
def test_questions_have_status_0(line, checkout, capsys):
    assert typed(line, capsys)[0] == 0


@pytest.mark.parametrize(
    "line", ["data", "data list", "data --root .", "lint 90", "lint --", "build --check", "build 90 --check"]
)
def test_what_can_be_answered_is(line, checkout, capsys):
    assert typed(line, capsys)[0] in (0, 1)


NUMBERS = {"--steps": "1e30", "--seed": "9" * 5000, "--size": "9" * 5000, "--lr": "1e-400"}


@pytest.mark.parametrize(("option", "number"), NUMBERS.items())
def test_numbers_that_are_too_large_or_too_small_are_named(option, number, checkout, capsys):
    assert typed(["train", "unet", "--data", "pets", "--root", "nowhere", option, number], capsys)[0] == 2


def test_arguments_of_other_characters(checkout, capsys):
    for odd in ("\0", "é\u202e", "\ud800", "x" * 60, "~nobody-of-this-name/x"):
        for line in (["build", odd], ["data", "audit", odd], ["train", "unet", "--data", "pets", "--root", odd]):
            assert typed(line, capsys)[0] == 2


def solution(begin: str, end: str) -> str:
    body = f"def f(x):\n    {begin}\n    return 4242\n    {end}\n"
    return f'{GOOD}\n# %% name="exercise-f"\n{body}\n# %% name="check-f"\ncheck("90.f", f)\n'


LECTURES = {
    "empty": ("", "is empty"),
    "blank": ("\n\n  \n", "is empty"),
    "byte order mark": ("\ufeff" + GOOD, "byte order mark"),
    "two cells of one name": (GOOD + '\n# %% name="setup"\n1\n', "two cells are named 'setup'"),
    "a name of other letters": (GOOD + '\n# %% name="é"\n1\n', "named 'é'"),
    "a name that is a number": (GOOD + "\n# %% name=3\n1\n", "the names and tags in its `# %%` lines"),
    "an empty name": (GOOD + '\n# %% name=""\n1\n', "the names and tags"),
    "a very long name": (GOOD + f'\n# %% name="{"x" * 200}"\n1\n', "at most 64"),
    "tags that are no list": (GOOD + '\n# %% tags="parameters"\n1\n', "the names and tags"),
    "tags that are numbers": (GOOD + "\n# %% tags=[1]\n1\n", "the names and tags"),
    "no end": (solution("### BEGIN SOLUTION", ""), "without '### END SOLUTION'"),
    "no beginning": (solution("", "### END SOLUTION"), "without its other half"),
    "marks in a text": (GOOD + "\n# %% [markdown]\n# ### BEGIN SOLUTION\n# 4242\n", "solutions stand in code cells"),
    "no Python": (solution("### BEGIN SOLUTION\n  (", "### END SOLUTION"), "line"),
    "two hash signs": (solution("## BEGIN SOLUTION", "## END SOLUTION"), "nearly a mark"),
    "one hash sign": (solution("# BEGIN SOLUTION", "# END SOLUTION"), "nearly a mark"),
    "four hash signs": (solution("#### BEGIN SOLUTION", "#### END SOLUTION"), "nearly a mark"),
    "small letters": (solution("### begin solution", "### end solution"), "nearly a mark"),
    "no blank": (solution("###BEGIN SOLUTION", "###END SOLUTION"), "nearly a mark"),
    "two blanks": (solution("### BEGIN  SOLUTION", "### END  SOLUTION"), "nearly a mark"),
    "underscores": (solution("### BEGIN_SOLUTION", "### END_SOLUTION"), "nearly a mark"),
    "hyphens": (solution("### BEGIN-SOLUTION", "### END-SOLUTION"), "nearly a mark"),
    "plural": (solution("### BEGIN SOLUTIONS", "### END SOLUTIONS"), "nearly a mark"),
    "a typo": (solution("### BEGIN SOLUTON", "### END SOLUTON"), "nearly a mark"),
    "the other order": (solution("### SOLUTION BEGIN", "### SOLUTION END"), "nearly a mark"),
    "words after it": (solution("### BEGIN SOLUTION of 3.1", "### END SOLUTION of 3.1"), "nearly a mark"),
    "only the end is odd": (solution("### BEGIN SOLUTION", "### End solution"), "nearly a mark"),
}
COMMANDS = ["build", "build --anew", "build --check", "build --complete out", "lint"]


@pytest.mark.parametrize("kind", LECTURES)
def test_a_lecture_that_is_not_as_it_should_be_stops_every_command(kind, checkout, capsys):
    text, words = LECTURES[kind]
    path = checkout / "lectures" / "90_sample.py"
    path.write_text(text, encoding="utf-8")
    before = sorted(checkout.rglob("*"))
    for line in COMMANDS:
        try:
            status = cli.main(shlex.split(line))
        finally:
            said = capsys.readouterr()
        assert status in (1, 2), line
        assert words in said.out + said.err, (line, said)
        assert "90_sample.py" in said.out + said.err
        assert "Traceback" not in said.err
        assert [path for path in sorted(checkout.rglob("*")) if path.is_file()] == [p for p in before if p.is_file()]


def test_a_solution_without_its_check_is_named_by_build_and_check(checkout, capsys):
    text = solution("### BEGIN SOLUTION", "### END SOLUTION").replace("check-f", "other")
    (checkout / "lectures" / "90_sample.py").write_text(text, encoding="utf-8")
    for line in ("build", "build --check"):
        assert cli.main(shlex.split(line)) in (1, 2)
        assert "90_sample.py: a solution has no cell named 'check-f'" in capsys.readouterr().err


def test_a_lecture_in_another_encoding_is_named(checkout, capsys):
    (checkout / "lectures" / "90_sample.py").write_bytes(GOOD.replace("hello", "für").encode("latin-1"))
    for line in COMMANDS:
        assert typed_or_found(line, capsys) == "90_sample.py is not UTF-8"


def typed_or_found(line: str, capsys) -> str:  # type: ignore[no-untyped-def]
    """Return the sentence that a command printed on either stream, up to its mark of punctuation."""
    assert cli.main(shlex.split(line)) in (1, 2)
    said = capsys.readouterr()
    found = [text for text in (said.out + said.err).splitlines() if "is not UTF-8" in text]
    return found[0][found[0].index("90_sample.py is") :].partition(" (")[0]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["90_other.py"], "two lectures 90, 90_other.py and 90_sample.py"),
        (["90_sample copy.py"], "lectures/90_sample copy.py is not named as a lecture is"),
        (["01-x.py"], "lectures/01-x.py is not named"),
        (["1_x.py"], "lectures/1_x.py is not named"),
        (["x.py"], "lectures/x.py is not named"),
        (["01_é.py"], "lectures/01_é.py is not named"),
        (["01_.py"], "lectures/01_.py is not named"),
    ],
)
def test_a_file_that_is_no_lecture_or_the_second_of_its_number_stops_every_command(names, words, checkout, capsys):
    for name in names:
        (checkout / "lectures" / name).write_text(GOOD, encoding="utf-8")
    for line in COMMANDS:
        status, said = typed(line, capsys)
        assert (status, len(said.splitlines())) == (2, 1)
        assert words in said
    assert not (checkout / "notebooks").exists()


def test_what_begins_with_an_underscore_or_a_dot_is_no_lecture(checkout, capsys):
    for name in ("_template.py", ".#90_sample.py", "._90_sample.py"):
        (checkout / "lectures" / name).write_bytes(b"\0 no text")
    assert typed("lint", capsys)[0] == 1
    assert typed("build --check", capsys)[0] == 1


NOTEBOOKS = {
    "no JSON": "{broken\n",
    "an empty file": "",
    "an empty object": "{}",
    "a list": "[]",
    "a number": "3",
    "null": "null",
    "no cells": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "cells that are none": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [3]}',
    "a cell without source": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}',
    "another version": '{"nbformat": 99, "metadata": {}, "cells": []}',
    "zeros": "\0\0\0",
}


@pytest.mark.parametrize("kind", NOTEBOOKS)
def test_a_file_that_is_no_notebook_is_named_and_built_anew(kind, checkout, capsys):
    (checkout / "notebooks").mkdir()
    path = checkout / "notebooks" / "90_sample.ipynb"
    path.write_text(NOTEBOOKS[kind], encoding="utf-8")
    for line in ("build --check", "lint"):
        status = cli.main(shlex.split(line))
        said = capsys.readouterr()
        assert (status, said.err) == (1, "")
        assert "90_sample" in said.out
        assert "segedu build 90" in said.out


def test_a_build_writes_a_broken_notebook_anew(checkout, capsys):
    (checkout / "notebooks").mkdir()
    path = checkout / "notebooks" / "90_sample.ipynb"
    path.write_text("{", encoding="utf-8")
    assert cli.main(["build"]) == 0
    assert len(nbformat.read(path, as_version=4).cells) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no table [tool.segedu]"),
        ("[tool]\nsegedu = 3\n", "has no table [tool.segedu]"),
        ("tool = 3\n", "has no table [tool.segedu]"),
        ("[tool.segedu]\n", "repository is None"),
        ("[tool.segedu]\nrepository = 3\n", "repository is 3"),
        ('[tool.segedu]\nrepository = "course"\n', "repository is 'course'"),
        ('[tool.segedu]\nrepository = "a/b"\nleave_out = 5\n', "leave_out has 5"),
        ('[tool.segedu]\nrepository = "a/b"\nleave_out = "05"\n', None),
        ("[tool.segedu\n", "can't be read as TOML"),
        ("\ufeff[tool.segedu]\n", "can't be read as TOML"),
    ],
)
def test_a_pyproject_that_says_nothing_of_the_course_is_named(text, words, checkout, capsys):
    (checkout / "pyproject.toml").write_text(text, encoding="utf-8")
    for line in ("build --check", "lint", "build"):
        if words is None:
            continue
        assert cli.main(shlex.split(line)) in (1, 2)
        said = capsys.readouterr()
        assert words in said.out + said.err
        assert "Traceback" not in said.err


def test_what_nobody_foresaw_is_one_sentence_with_the_place_to_report_it(checkout, capsys, monkeypatch):
    def fails(args):
        raise RuntimeError("the cat sat on it\nand stayed")

    monkeypatch.setattr(cli, "function_at", lambda place: fails)
    assert cli.main(["lint"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "segedu lint: an error that nobody foresaw, RuntimeError: the cat sat on it. Please report it"
    )
    assert len(said.splitlines()) == 1
    assert cli.ISSUES in said


@pytest.mark.parametrize("how", ["--debug", "SEGEDU_DEBUG"])
def test_who_asks_sees_where_it_arose(how, checkout, capsys, monkeypatch):
    def fails(args):
        raise RuntimeError("here")

    monkeypatch.setattr(cli, "function_at", lambda place: fails)
    if how == "SEGEDU_DEBUG":
        monkeypatch.setenv(how, "1")
    assert cli.main([how, "lint"] if how == "--debug" else ["lint"]) == 2
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "in fails" in said


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
        (MemoryError(), 2, "MemoryError: without a text"),
        (RecursionError("maximum recursion depth exceeded"), 2, "RecursionError"),
        (OSError(28, "No space left on device", "a/final.json"), 2, "a/final.json: No space left on device."),
        (OSError(28, "No space left on device"), 2, "segedu lint: No space left on device."),
        (ValueError(""), 2, "ValueError: without a text"),
        (
            ValueError(
                "Caught ValueError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n"
                '  File "x.py", line 3\nValueError: a.png is damaged: copy it again.'
            ),
            2,
            "segedu lint: a.png is damaged: copy it again.",
        ),
    ],
)
def test_each_error_has_its_status_and_one_line(error, status, words, checkout, capsys, monkeypatch):
    def fails(args):
        raise error

    monkeypatch.setattr(cli, "function_at", lambda place: fails)
    assert cli.main(["lint"]) == status
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == (status == 2)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory"),
            "memory ran out",
        ),
        (MemoryError(), "memory ran out"),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. "), "fewer --workers"),
        (FloatingPointError("the loss is nan in step 3."), "the loss is nan in step 3."),
        (TypeError("the model 'unet' has no option x."), "no option x"),
    ],
)
def test_what_ends_a_training_is_one_sentence(error, words, checkout, capsys, monkeypatch):
    def fails(*arguments, **options):
        raise error

    monkeypatch.setattr("segedu.training.run.train", fails)
    status, said = typed("train unet --steps 1", capsys)
    assert status == 2
    assert words in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_console_that_lacks_characters_gets_question_marks(encoding, checkout, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(cli, "function_at", lambda place: lambda args: print("✗ 3 × 5 …") or 0)
    assert cli.main(["lint"]) == 0
    stream.flush()
    assert b" 3 " in stream.buffer.getvalue()


def test_a_closed_output_is_no_error(checkout, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert cli.main(["data"]) == 0


def test_train_lists_what_may_be_chosen_from_the_tables(capsys):
    from segedu.models.zoo import model_names
    from segedu.training.device import DTYPES
    from segedu.training.presets import PRESETS

    with pytest.raises(SystemExit):
        cli.main(["train", "--help"])
    words = capsys.readouterr().out.replace(",", " ").split()
    assert {*model_names(), *DTYPES, *PRESETS} <= set(words)


def test_a_reader_that_closes_the_pipe_is_no_error():
    command = f"{shlex.quote(sys.executable)} -m segedu data | head -1; echo ${{PIPESTATUS[0]}}"
    root = Path(cli.__file__).parents[2]
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=root, timeout=120)
    assert done.stdout.splitlines()[-1] in ("0", "141")
    assert done.stderr == ""
