"""One run a checkpoint: its place is tried before the first step, a second run refused; a killed one blocks nobody."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
import torch
from torch import nn

from segedu import locks
from segedu.training import lock
from segedu.training.run import train
from segedu.training.trainer import Trainer

DATA = [(torch.rand(3, 4, 4), torch.zeros(4, 4, dtype=torch.long))] * 2
PROGRAM = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from segedu.training import lock
    with lock.held(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(float(sys.argv[2]))
""")


def trainer(path, **options):
    options = {"steps": 1, "batch": 1, "device": "cpu", "progress": False} | options
    return Trainer(nn.Conv2d(3, 2, 1), DATA, checkpoint=path, **options)


def other_process(path):
    """Return another process that holds the checkpoint `path`, for a minute at most."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path), "60"], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_is_refused_by_name_until_it_ends_and_blocks_nobody_when_killed(tmp_path):
    path = tmp_path / "a.pt"
    process = other_process(path)
    try:
        with pytest.raises(OSError, match=rf"another run trains into .*a\.pt \(process {process.pid} on .*\)"):
            trainer(path).fit()
        assert trainer(tmp_path / "b.pt").fit().step == 1
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (tmp_path / ".a.pt.lock").exists(), "it had no time to tidy up"
    assert trainer(path).fit().step == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.pt", "b.pt"]


def test_a_second_run_of_the_same_process_is_refused(tmp_path):
    path = tmp_path / "a.pt"
    second = trainer(path)

    class Nested:
        def __len__(self):
            return 1

        def __getitem__(self, index):
            with pytest.raises(OSError, match="another run of this process"):
                second.fit()
            refused.append(index)
            return DATA[0]

    refused = []
    run = trainer(path)
    run.train = Nested()
    run.fit()
    assert refused
    assert second.fit().step == 1


def test_what_a_run_left_that_was_killed_in_a_save_is_tidied_up(tmp_path):
    for name in (".a.pt.123.part", ".b.pt.123.part"):
        (tmp_path / name).write_bytes(b"half")
    trainer(tmp_path / "a.pt").fit()
    assert sorted(file.name for file in tmp_path.iterdir()) == [".b.pt.123.part", "a.pt"]


def test_two_runs_one_after_the_other_need_no_waiting(tmp_path):
    for _ in range(2):
        trainer(tmp_path / "a.pt").fit()


def test_an_error_gives_the_place_back(tmp_path):
    run = trainer(tmp_path / "a.pt", task=None)
    run.train = [None]
    with pytest.raises(TypeError):
        run.fit()
    assert list(tmp_path.iterdir()) == []
    assert trainer(tmp_path / "a.pt").fit().step == 1


def test_a_lock_file_that_was_removed_and_made_anew_is_noticed(tmp_path, monkeypatch):
    path, file = tmp_path / "a.pt", tmp_path / ".a.pt.lock"
    take = locks._lock

    def late(descriptor):
        if file.exists() and not removed:
            removed.append(file.unlink())  # the run before ends between opening and locking
        return take(descriptor)

    removed = []
    monkeypatch.setattr(locks, "_lock", late)
    with lock.held(path):
        assert file.exists()


def test_a_file_system_without_locks_refuses_nobody(tmp_path, monkeypatch):
    def unsupported(descriptor, operation):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(locks.fcntl, "lockf", unsupported)
    assert trainer(tmp_path / "a.pt").fit().step == 1


def test_a_place_that_cannot_be_is_named_before_anything_is_loaded(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"is a folder; give a file in it"):
        trainer(tmp_path)
    for path in (tmp_path / "file" / "a.pt", tmp_path / "file" / "folder" / "a.pt"):
        with pytest.raises(OSError, match=r"file is a file, so .* choose another folder"):
            trainer(path)
    with pytest.raises(OSError, match="file is a file"):
        train("scenes", out=tmp_path / "file", steps=1, width=2, depth=1, device="cpu", progress=False)


def test_a_folder_that_cannot_be_written_is_noticed_before_the_first_step(tmp_path, monkeypatch):
    def refuse(path, *arguments, open=os.open, **options):
        if str(path).endswith(".lock"):
            raise PermissionError(13, "Permission denied")
        return open(path, *arguments, **options)

    run = trainer(tmp_path / "a.pt")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match=r"a\.pt could not be written \(Permission denied\); choose another place"):
        run.fit()
    assert run.step == 0


def test_a_worker_does_not_keep_the_place_of_a_run_that_was_killed(tmp_path):
    """A fork inherits no such lock, so a run may be resumed at once, while orphaned workers still end."""
    path = tmp_path / "a.pt"
    with lock.held(path):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
    try:
        with lock.held(path):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
