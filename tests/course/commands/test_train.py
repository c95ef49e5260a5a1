"""`segedu train`: from a folder of images to scores, pictures and a checkpoint; mistakes end in one sentence."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from segedu.losses import balanced_weights
from segedu.training.presets import PRESETS, preset_for
from segedu.training.run import count_pixels

cli = pytest.importorskip("segedu.course.cli")


@pytest.fixture(scope="module")
def camvid(tmp_path_factory):
    """Return a folder laid out as CamVid, with 6 + 3 small frames: road below, sky above, a car, some void."""
    base = tmp_path_factory.mktemp("data") / "CamVid"
    rng = np.random.default_rng(0)
    for split, count in (("train", 6), ("val", 3)):
        (base / split).mkdir(parents=True)
        (base / f"{split}annot").mkdir()
        rows = []
        for number in range(count):
            label_map = np.zeros((40, 60), np.uint8)
            label_map[20:] = 3
            label_map[22:30, 5 * number : 5 * number + 12] = 8
            label_map[:2] = 11
            image = np.array([[200, 220, 255], [90, 90, 90], [150, 20, 20]], np.uint8)[
                np.searchsorted([0, 3, 8], label_map) % 3
            ]
            image = (image * rng.uniform(0.8, 1.0, (40, 60, 1))).astype(np.uint8)
            Image.fromarray(image).save(base / split / f"{number}.png")
            Image.fromarray(label_map).save(base / f"{split}annot" / f"{number}.png")
            rows.append(f"/SegNet/CamVid/{split}/{number}.png /SegNet/CamVid/{split}annot/{number}.png")
        (base / f"{split}.txt").write_text("\n".join(rows))
    return base


@pytest.fixture
def segedu(camvid, tmp_path, capsys):
    """Return a function that runs `segedu train unet --data camvid …` and gives (status, printed, complaint)."""

    def run(*arguments, root=camvid, model="unet"):
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
        (("--steps", 0), "above 0"),
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


def test_rare_classes_weigh_more_and_the_mean_weight_is_one():
    label_map = torch.tensor([[0] * 90 + [1] * 10 + [255] * 50])
    weights = balanced_weights(count_pixels([{"label_map": label_map}]), balance=0.5)
    assert weights[1] / weights[0] == pytest.approx(3.0)
    assert float(0.9 * weights[0] + 0.1 * weights[1]) == pytest.approx(1.0)


def test_every_data_set_has_a_recipe():
    from segedu.data.sets import dataset_names

    assert set(PRESETS) == set(dataset_names())
    with pytest.raises(ValueError, match="camvid"):
        preset_for("cityscapes")


def test_two_processes_started_by_torchrun_give_one_report(camvid, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "segedu"]
    command += ["train", "unet", "--data", "camvid", "--root", str(camvid), "--out", str(tmp_path), "--steps", "2"]
    command += ["--size", "24", "32", "--width", "4", "--depth", "1", "--batch", "2", "--device", "cpu"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("mean IoU") == 1
    assert "2 processes" in done.stdout
