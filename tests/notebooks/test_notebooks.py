"""Every student's notebook runs from top to bottom, untouched, without a network; complete ones where it is due.

nbval runs a notebook in a kernel whose Python refuses every address but this machine's (`offline/`). No clock judges
it: a cell has a time limit that finds endless loops, and the build reports how long a lecture takes.

A complete notebook, with its solutions and asserted checks, was executed by the build that made its pictures. It runs
here again where that says nothing: when its fingerprint has changed (lecture, code and data that it used, torch), when
another Python made it, and in `make claims`. In between, the fingerprint is checked below, and
tests/exercises/test_solutions.py passes each stored solution through its check.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segedu.course.build import notebook, source
from segedu.course.build.drift import drift, made_elsewhere, strays

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = Path(__file__).parent / "offline"
LECTURES = source.find_lectures(ROOT)
CELL_TIMEOUT = 120  # seconds after which a cell is taken for endless, also on a busy machine
FULL = os.environ.get("SEGEDU_CLAIMS") == "full"


def offline_environment():
    """Return the environment of a notebook's run: no network, one thread, this package."""
    path = os.pathsep.join([str(OFFLINE), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def run_notebook(path):
    """Run a notebook with nbval; return its exit status and what it printed."""
    options = ["--nbval-lax", "--nbval-cell-timeout", str(CELL_TIMEOUT), "--nbval-current-env"]
    quiet = ["-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "-o", "timeout=0", "--tb=short"]
    command = [sys.executable, "-m", "pytest", *options, *quiet, str(path)]
    run = subprocess.run(command, cwd=ROOT, env=offline_environment(), capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def assert_runs(path):
    """Assert that nbval finds nothing wrong with a notebook."""
    status, output = run_notebook(path)
    assert status == 0, output[-6000:]


@pytest.mark.slow
@pytest.mark.parametrize("lecture", LECTURES, ids=lambda lecture: lecture.path.stem)
def test_the_student_notebook_survives_run_all_untouched(lecture):
    assert_runs(lecture.notebook)


@pytest.mark.slow
@pytest.mark.parametrize("lecture", LECTURES, ids=lambda lecture: lecture.path.stem)
def test_the_complete_notebook_runs_and_passes_its_own_checks(lecture, tmp_path):
    if not (FULL or drift(lecture) or made_elsewhere(lecture)):
        pytest.skip("a complete notebook ran when it was built; it runs again when that changes, and in `make claims`")
    assert_runs(notebook.write_complete(lecture, tmp_path))


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda lecture: lecture.path.stem)
def test_the_notebook_and_its_pictures_are_up_to_date(lecture):
    reasons = drift(lecture)
    assert not reasons, f"{reasons}; run `segedu build {lecture.number}`"


def test_each_notebook_has_a_lecture():
    assert strays(ROOT) == []


def test_a_failing_cell_fails_the_run(tmp_path):
    path = tmp_path / "lectures"
    path.mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.segedu]\nrepository = "a/b"\n', encoding="utf-8")
    (path / "90_broken.py").write_text("# %%\n1 / 0\n", encoding="utf-8")
    status, output = run_notebook(notebook.write_complete(source.Lecture(tmp_path, path / "90_broken.py"), tmp_path))
    assert status != 0
    assert "ZeroDivisionError" in output


def test_the_network_is_off_and_this_machine_is_not():
    code = """
import socket, urllib.request
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
for address in ("http://192.0.2.1/", "http://pytorch.org/"):
    try:
        urllib.request.urlopen(address, timeout=2)
    except OSError as error:
        print("the network is off" in str(error))
"""
    out = subprocess.check_output([sys.executable, "-c", code], env=offline_environment(), text=True)
    assert out == "True\nTrue\n"
