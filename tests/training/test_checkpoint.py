"""Checkpoints: nothing half-written, nothing executed, nothing mixed up."""

import errno
import os
import pickle
import re
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from segedu.training import reading
from segedu.training.checkpoint import check_settings, load_checkpoint, save_checkpoint
from segedu.training.trainer import Trainer


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
    with pytest.raises(ValueError, match="could run code"):
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


def flip_a_byte(path, of):
    """Change one byte in the middle of the archive's member whose name ends with `of`."""
    with zipfile.ZipFile(path) as archive:
        member = next(info for info in archive.infolist() if info.filename.endswith(of))
        whole = archive.read(member)
    data = bytearray(path.read_bytes())
    place = data.index(whole) + len(whole) // 2
    data[place] ^= 1
    path.write_bytes(data)


def test_one_flipped_byte_of_a_tensor_is_noticed(path, capsys):
    save_checkpoint(path, content(1, nn.Conv2d(64, 32, 3)))
    save_checkpoint(path, content(2, nn.Conv2d(64, 32, 3)))
    flip_a_byte(path, "data/0")
    assert torch.load(path, weights_only=True)["step"] == 2, "torch doesn't notice"
    assert load_checkpoint(path)["step"] == 1
    assert "bytes of archive/data/0 have changed" in capsys.readouterr().out


def test_what_only_cannot_be_read_now_is_not_called_damaged_and_nothing_else_is_taken(path, monkeypatch):
    save_checkpoint(path, content(1))
    save_checkpoint(path, content(2))

    def failing(error):
        def read(*arguments, **options):
            raise error

        return read

    for error, reason in (
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "doesn't fit into memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "doesn't fit into memory"),
        (RuntimeError("PyTorch file with version 99, but the maximum supported version is 10"), "a newer torch"),
    ):
        monkeypatch.setattr(reading.torch, "load", failing(error))
        with pytest.raises(OSError, match=reason) as caught:
            load_checkpoint(path)
        assert not re.search("damaged|delete|anew, without", str(caught.value))
    monkeypatch.undo()
    assert load_checkpoint(path)["step"] == 2


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_file_or_folder_without_the_right_to_read_it_is_named(path, closed):
    save_checkpoint(path, content(1))
    place = path if closed == "file" else path.parent
    place.chmod(0)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        with pytest.raises(OSError, match=r"last\.pt can't be read \(Permission denied\)"):
            load_checkpoint(path)
    finally:
        if root:
            os.seteuid(0)
        place.chmod(0o700)
    assert load_checkpoint(path)["step"] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda saved: saved.pop("settings"), "lacks 'settings'"),
        (lambda saved: saved.pop("optimizer"), "lacks 'optimizer'"),
        (lambda saved: saved.update(model=None), "its 'model' is a NoneType"),
        (lambda saved: saved.update(step="three"), "its 'step' is a str"),
        (lambda saved: saved.pop("model"), "not a checkpoint of the course"),
    ],
)
def test_what_a_run_needs_and_a_file_lacks_is_named_and_the_one_before_it_used(path, capsys, change, message):
    def trainer(**options):
        data = [(torch.rand(3, 4, 4), torch.zeros(4, 4, dtype=torch.long))]
        options = {"steps": 4, "batch": 1, "device": "cpu", "progress": False, "checkpoint": path} | options
        return Trainer(nn.Conv2d(3, 2, 1), data, data, **options)

    trainer(validate_every=2).fit()
    saved = torch.load(path, weights_only=True)
    change(saved)
    torch.save(saved, path)
    assert trainer(resume=True).step == 2
    assert message in capsys.readouterr().out
    path.with_name("last.pt.previous").unlink()
    with pytest.raises(ValueError, match=message):
        trainer(resume=True)


def test_a_checkpoint_that_is_written_can_be_read_whatever_numbers_it_holds(path):
    numbers = {"iou": [np.float64(0.5), np.float32(0.25)], "count": np.int64(3), "flag": np.True_, "map": np.eye(2)}
    save_checkpoint(path, content(1) | {"scores": numbers})
    read = load_checkpoint(path)["scores"]
    assert (read["iou"], read["count"], read["flag"]) == ([0.5, 0.25], 3, True)
    assert torch.equal(read["map"], torch.eye(2, dtype=torch.float64))


def test_what_could_not_be_read_back_is_refused_by_its_place(path):
    with pytest.raises(TypeError, match=r"content\['history'\]\['scores'\]\[1\] is a set"):
        save_checkpoint(path, content(1) | {"history": {"scores": [1, {2}]}})
    assert not path.exists()


def test_another_way_to_divide_a_batch_names_both_values_and_the_cure():
    with pytest.raises(ValueError, match=r"processes was 1 and is 2.*norm='group'.*resume='anyway'"):
        check_settings({"processes": 1, "micro_batch": 4}, {"processes": 2, "micro_batch": 4}, "last.pt")
    with pytest.raises(ValueError, match=r"micro_batch was 4 and is None.*norm='group'"):
        check_settings({"processes": 1, "micro_batch": 4}, {"processes": 1}, "last.pt")
