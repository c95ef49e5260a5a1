"""Every notebook runs from top to bottom, untouched and with its solutions, without a network, in at most a minute.

nbval runs each notebook once a kind, in a kernel whose Python refuses every address but this machine's (`offline/`).
Seconds are the wall clock's; where more processes run than there are cores, it counts the others' work too, and the
smaller of wall and processor time is taken (with one thread, the two nearly agree on a quiet machine).
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from segedu.course.build import notebook, source
from segedu.course.build.drift import drift, strays

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = Path(__file__).parent / "offline"
LECTURES = source.find_lectures(ROOT)
MOST_SECONDS = 60


def offline_environment():
    """Return the environment of a notebook's run: no network, one thread, this package."""
    path = os.pathsep.join([str(OFFLINE), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def run_notebook(path):
    """Run a notebook with nbval; return its exit status, what it printed, and the seconds it took."""
    options = ["--nbval-lax", "--nbval-cell-timeout", str(MOST_SECONDS), "--nbval-current-env"]
    quiet = ["-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "-o", "timeout=0", "--tb=short"]
    command = [sys.executable, "-m", "pytest", *options, *quiet, str(path)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run = subprocess.run(command, cwd=ROOT, env=offline_environment(), capture_output=True, text=True, check=False)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds = min(wall, processor) if os.getloadavg()[0] > (os.cpu_count() or 1) else wall
    return run.returncode, run.stdout + run.stderr, seconds


def assert_runs(path):
    status, said, seconds = run_notebook(path)
    assert status == 0, said[-6000:]
    assert seconds <= MOST_SECONDS, f"{path.name} took {seconds:.0f} s, at most {MOST_SECONDS} s are allowed"


@pytest.mark.slow
@pytest.mark.parametrize("lecture", LECTURES, ids=lambda lecture: lecture.path.stem)
def test_the_student_notebook_survives_run_all_untouched(lecture):
    assert_runs(lecture.notebook)


@pytest.mark.slow
@pytest.mark.parametrize("lecture", LECTURES, ids=lambda lecture: lecture.path.stem)
def test_the_complete_notebook_runs_and_passes_its_own_checks(lecture, tmp_path):
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
    status, said, _ = run_notebook(notebook.write_complete(source.Lecture(tmp_path, path / "90_broken.py"), tmp_path))
    assert status != 0
    assert "ZeroDivisionError" in said


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
