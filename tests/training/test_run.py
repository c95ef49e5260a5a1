"""A data set's name becomes a trained model and a report, for Python as for `segedu train`."""

import json

import pytest
import torch

from segedu.losses import balanced_weights
from segedu.training.presets import PRESETS, preset_for
from segedu.training.run import count_pixels, report, train

SMALL = {"size": (24, 32), "width": 4, "depth": 2, "batch": 2, "device": "cpu", "progress": False}


@pytest.fixture
def run(learnable_camvid):
    """Return a function that trains a small U-Net for a step or two."""

    def run(**changes):
        return train("camvid", "unet", learnable_camvid, **{"steps": 1} | SMALL | changes)

    return run


def weights(trainer):
    return torch.cat([weight.detach().flatten() for weight in trainer.model.parameters()])


def test_a_run_gives_a_trainer_and_a_report_and_writes_nothing_unless_told(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trainer = run(steps=2)
    scores = report(trainer)
    assert (scores["steps"], scores["planned_steps"]) == (2, 2)
    assert set(scores["iou"]) == set(trainer.train.classes)
    assert scores["mean_iou"] == trainer.history["validation"][-1]["mean_iou"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_gets_the_checkpoint_and_the_report_with_its_names(run, tmp_path):
    trainer = run(out=tmp_path / "a")
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"checkpoint.pt", "final.json"}
    written = json.loads((tmp_path / "a" / "final.json").read_text())
    assert (written["model"], written["data"]) == ("unet", "camvid")
    assert [written["settings"][name] for name in ("width", "depth", "size")] == [4, 2, [24, 32]]
    for name in ("iou", "loss", "device"):
        assert json.dumps(written[name]) == json.dumps(report(trainer)[name])


def test_what_is_none_comes_from_the_preset(run):
    preset = PRESETS["camvid"]
    trainer = run(lr=None, batch=2, micro_batch=None, workers=None)
    assert (trainer.lr, trainer.batch, trainer.workers) == (preset.lr, 2, 0)
    assert run(lr=1e-4).lr == 1e-4


def test_without_steps_the_budget_is_the_minutes_of_the_preset_or_those_asked_for(run, monkeypatch):
    monkeypatch.setattr("segedu.training.run.Trainer.fit", lambda trainer: trainer)
    assert (run(steps=None).steps, run(steps=None).minutes) == (None, PRESETS["camvid"].minutes)
    assert run(steps=None, minutes=0.5).minutes == 0.5
    assert (run(steps=3).steps, run(steps=3).minutes) == (3, None)
    with pytest.raises(ValueError, match="steps or minutes, not both"):
        run(steps=3, minutes=1)


def test_training_images_are_augmented_and_validation_images_are_not(run):
    trainer = run()
    first, second = (trainer.train[0]["image"] for _ in range(2))
    assert first.shape == (3, 24, 32)
    assert not torch.equal(first, second)
    assert torch.equal(trainer.val[0]["image"], trainer.val[0]["image"])
    assert trainer.val[0]["image"].shape == (3, 40, 60)


def test_a_preset_of_whole_images_shows_them_to_the_model_at_its_size(run):
    seen = []
    trainer = run()
    trainer.model.register_forward_hook(lambda module, inputs, output: seen.append(tuple(inputs[0].shape[2:])))
    trainer.evaluate(trainer.val)
    assert PRESETS["camvid"].whole
    assert set(seen) == {(24, 32)}


def test_classes_are_weighed_by_their_frequency_unless_the_balance_is_0(run):
    frequent, rare = (run().train.classes.index(name) for name in ("road", "car"))
    loss = run().task.loss_function
    assert loss.class_weights[rare] > loss.class_weights[frequent]
    assert run(balance=0.0).task.loss_function.class_weights is None


def test_the_seed_decides_the_weights_that_a_run_starts_from(run):
    first, again, other = (weights(run(seed=seed, lr=1e-30)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_an_unknown_setting_is_refused(run):
    with pytest.raises(TypeError, match="widht"):
        run(widht=3)


def test_pixels_that_were_never_counted_are_no_class():
    label_map = torch.tensor([[0, 0, 2, 255]])
    assert count_pixels([{"label_map": label_map}]).tolist() == [2, 0, 1]


def test_at_most_400_images_are_counted_evenly_spread():
    looked = []

    class Many:
        num_classes = 1

        def __len__(self):
            return 1000

        def __getitem__(self, index):
            looked.append(index)
            return {"label_map": torch.zeros(1, 1, dtype=torch.long)}

    assert count_pixels(Many()).tolist() == [334]
    assert looked == list(range(0, 1000, 3))


def test_rare_classes_weigh_more_and_the_mean_weight_is_one():
    label_map = torch.tensor([[0] * 90 + [1] * 10 + [255] * 50])
    weights = balanced_weights(count_pixels([{"label_map": label_map}]), balance=0.5)
    assert weights[1] / weights[0] == pytest.approx(3.0)
    assert float(0.9 * weights[0] + 0.1 * weights[1]) == pytest.approx(1.0)


def test_every_data_set_has_a_preset():
    from segedu.data.sets import dataset_names

    assert set(PRESETS) == set(dataset_names())
    with pytest.raises(ValueError, match="camvid"):
        preset_for("cityscapes")
