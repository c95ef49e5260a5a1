"""`segedu train`: from a folder of images to scores, pictures and a checkpoint; mistakes end in one sentence."""

import json
import os
import subprocess
import sys

import pytest
import torch
from PIL import Image

cli = pytest.importorskip("segedu.course.cli")


@pytest.fixture
def segedu(learnable_camvid, tmp_path, capsys):
    """Return a function that runs `segedu train unet --data camvid …` and gives (status, printed, complaint)."""

    def run(*arguments, root=learnable_camvid, model="unet"):
        command = ["train", model, "--data", "camvid", "--root", str(root), "--out", str(tmp_path / "run")]
        small = ["--size", "24", "32", "--width", "4", "--depth", "2", "--batch", "2", "--device", "cpu"]
        status = cli.main([*command, *small, *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def test_it_prints_each_class_and_writes_scores_pictures_and_checkpoint(segedu, tmp_path):
    status, printed, _ = segedu("--steps", 3)
    assert status == 0
    assert all(f"\n{name} " in printed for name in ("sky", "bicyclist", "mean IoU"))
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert files == {"checkpoint.pt", "final.json", "worst_and_best.png"}
    scores = json.loads((tmp_path / "run" / "final.json").read_text())
    assert scores["steps"] == 3
    assert set(scores["iou"]) >= {"sky", "road", "car"}
    assert f"{scores['mean_iou']:.3f}" in printed
    with Image.open(tmp_path / "run" / "worst_and_best.png") as picture:
        assert min(picture.size) > 100


def test_resumed_it_ends_with_the_numbers_of_the_undisturbed_run(segedu, tmp_path, monkeypatch):
    def scores():
        found = json.loads((tmp_path / "run" / "final.json").read_text())
        return {key: value for key, value in found.items() if key != "training_seconds"}

    segedu("--steps", 5)
    undisturbed = scores()
    with monkeypatch.context() as patch:  # the machine goes down in the fourth step
        patch.setattr("segedu.training.trainer.SAVE_EVERY", 0.0)
        patch.setattr("segedu.training.trainer.seed_dropout", _fail_at(3))
        with pytest.raises(SystemExit):
            segedu("--steps", 5)
    _, printed, _ = segedu("--steps", 5, "--resume")
    assert "from step 3" in printed
    assert scores() == undisturbed


def _fail_at(step):
    calls = []

    def seed_dropout(device, seed):
        calls.append(seed)
        torch.manual_seed(seed)
        if len(calls) > step:
            raise SystemExit

    return seed_dropout


def test_a_budget_in_minutes_ends(segedu):
    status, printed, _ = segedu("--minutes", 0.02)
    assert status == 0
    assert "minutes hold" in printed


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--steps", 3, "--minutes", 1), "not both"),
        (("--steps", 0), "--steps is 0; it must be a whole number of at least 1"),
        (("--steps", 3, "--device", "cuda"), "Change runtime type"),
        (("--steps", 3, "--precision", "fp16"), "30 times slower"),
        (("--steps", 3, "--size", 1, 2, 3), "one or two numbers"),
        (("--steps", 3, "--depth", -1), "depth"),
    ],
)
def test_settings_that_make_no_sense_get_one_sentence(segedu, arguments, complaint, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    status, _, said = segedu(*arguments)
    assert (status, len(said.splitlines())) == (2, 1)
    assert complaint in said


def test_an_unknown_model_and_a_missing_folder_are_named(segedu, tmp_path):
    status, _, said = segedu("--steps", 1, model="vnet")
    assert status == 2
    assert "'vnet'" in said
    status, _, said = segedu("--steps", 1, root=tmp_path / "nowhere")
    assert status == 2
    assert "nowhere" in said


def test_settings_changed_since_the_checkpoint_are_named_and_refused_unless_told_otherwise(segedu):
    segedu("--steps", 2)
    status, _, said = segedu("--steps", 3, "--resume")
    assert status == 2
    assert "steps was 2 and is 3" in said
    assert segedu("--steps", 3, "--resume", "anyway")[0] == 0


def test_another_models_checkpoint_is_refused(segedu):
    segedu("--steps", 2)
    status, _, said = segedu("--steps", 2, "--width", 6, "--resume")
    assert status == 2
    assert "another model" in said


def test_a_full_disk_ends_in_one_sentence_and_leaves_nothing_half_written(segedu, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    status, _, said = segedu("--steps", 1)
    assert status == 2
    assert "No space left on device" in said
    assert list((tmp_path / "run").iterdir()) == []


def test_two_processes_started_by_torchrun_give_one_report(learnable_camvid, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "segedu"]
    command += [
        "train",
        "unet",
        "--data",
        "camvid",
        "--root",
        str(learnable_camvid),
        "--out",
        str(tmp_path),
        "--steps",
        "2",
    ]
    command += ["--size", "24", "32", "--width", "4", "--depth", "1", "--batch", "2", "--device", "cpu"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("mean IoU") == 1
    assert "2 processes" in done.stdout
