"""Checkpoints: nothing half-written, nothing executed, nothing mixed up."""

import errno
import os
import pickle
import subprocess
import sys
import textwrap

import pytest
import torch
from torch import nn

from segedu.training.checkpoint import check_settings, load_checkpoint, save_checkpoint


def content(value: float, model: nn.Module | None = None) -> dict:
    weights = (model or nn.Conv2d(3, 2, 1)).state_dict()
    return {"model": weights, "step": value, "preprocessing": {"mean": [0.5], "std": [0.25], "size": (8, 6)}}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs" / "last.pt"


def test_what_was_saved_is_loaded_with_weights_and_preprocessing(path):
    torch.manual_seed(0)
    saved, fresh = nn.Conv2d(3, 2, 1), nn.Conv2d(3, 2, 1)
    save_checkpoint(path, content(7, saved))
    assert load_checkpoint(path, fresh)["step"] == 7
    assert torch.equal(fresh.weight, saved.weight)
    assert fresh.preprocessing.size == (8, 6)
    assert [file.name for file in path.parent.iterdir()] == ["last.pt"]


@pytest.mark.parametrize("size", [0, 100, 1500])
def test_a_truncated_file_is_recognized_and_the_one_before_it_used(path, capsys, size):
    save_checkpoint(path, content(1))
    save_checkpoint(path, content(2))
    os.truncate(path, size)
    assert load_checkpoint(path)["step"] == 1
    assert "truncated" in capsys.readouterr().out


def test_a_crash_between_the_two_renames_loses_nothing(path, capsys):
    save_checkpoint(path, content(1))
    save_checkpoint(path, content(2))
    path.unlink()
    assert load_checkpoint(path)["step"] == 1
    assert "missing" in capsys.readouterr().out


def test_no_readable_file_at_all_is_one_clear_sentence(path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint .*last\.pt"):
        load_checkpoint(path)
    save_checkpoint(path, content(1))
    os.truncate(path, 10)
    with pytest.raises(ValueError, match="train anew"):
        load_checkpoint(path)


def test_a_file_that_would_run_code_is_not_read(path):
    class Hostile:
        def __reduce__(self):
            return print, ("executed",)

    path.parent.mkdir()
    path.write_bytes(pickle.dumps(Hostile(), protocol=2))
    with pytest.raises(ValueError, match="damaged"):
        load_checkpoint(path)
    torch.save({"model": Hostile()}, path)
    with pytest.raises(ValueError, match="damaged"):
        load_checkpoint(path)


def test_a_full_disk_leaves_the_checkpoint_that_was_there(path, monkeypatch):
    save_checkpoint(path, content(1))

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"last\.pt could not be written \(No space left on device\)"):
        save_checkpoint(path, content(2))
    monkeypatch.undo()
    assert load_checkpoint(path)["step"] == 1
    assert [file.name for file in path.parent.iterdir()] == ["last.pt"]


def test_a_disk_that_fills_up_in_the_middle_of_the_file_leaves_no_half_file(path):
    program = textwrap.dedent(f"""
        import resource, signal, torch
        from segedu.training.checkpoint import save_checkpoint
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        content = lambda size: {{"model": {{"weight": torch.zeros(size)}}, "step": size, "preprocessing": {{}}}}
        save_checkpoint({str(path)!r}, content(1000))
        try:
            save_checkpoint({str(path)!r}, content(1_000_000))
        except OSError as error:
            print(error)
    """)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert len(said.splitlines()) == 1
    assert "could not be written" in said
    assert load_checkpoint(path)["step"] == 1000
    assert [file.name for file in path.parent.iterdir()] == ["last.pt"]


def test_a_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="could not be written"):
        save_checkpoint(tmp_path / "file" / "last.pt", content(1))


def test_another_models_checkpoint_names_missing_and_surplus_keys(path):
    save_checkpoint(path, content(1, nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(2, 2, 1))))
    with pytest.raises(ValueError, match=r"lacks bias, weight; it has besides 0\.bias, 0\.weight, 1\.bias and 1 more"):
        load_checkpoint(path, nn.Conv2d(3, 2, 1))


def test_another_width_names_the_shapes(path):
    save_checkpoint(path, content(1, nn.Conv2d(3, 4, 1)))
    with pytest.raises(ValueError, match=r"\(4, 3, 1, 1\) there and \(2, 3, 1, 1\)"):
        load_checkpoint(path, nn.Conv2d(3, 2, 1))


def test_settings_that_differ_are_named():
    check_settings({"lr": 1, "batch": 8}, {"lr": 1, "batch": 8}, "last.pt")
    with pytest.raises(ValueError, match="batch was 8 and is 4") as caught:
        check_settings({"lr": 1, "batch": 8}, {"lr": 1, "batch": 4}, "last.pt")
    assert "lr" not in str(caught.value).split(".")[1]
