"""Going on: after kill -9 a run ends bit for bit as if nothing had happened."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import pytest
import torch
from torch import nn

from segedu.data.transforms import Augment
from segedu.losses import BoundaryCrossEntropy, CrossEntropy, DiceCrossEntropy
from segedu.training import distributed
from segedu.training.checkpoint import load_checkpoint
from segedu.training.preparation import place_model
from segedu.training.preprocessing import Preprocessing
from segedu.training.tasks import Semantic
from segedu.training.trainer import Trainer

PROGRAM = textwrap.dedent("""
    import os, signal, sys, torch
    from torch import nn
    from segedu.training.trainer import Trainer

    class Noise:  # samples drawn from the global generator: augmentation must come out the same after a resume
        num_classes = 3
        drawn, deadline = 0, None

        def __len__(self):
            return 10

        def __getitem__(self, index):
            self.drawn += 1
            if self.drawn == self.deadline:
                os.kill(os.getpid(), signal.SIGKILL)
            image = torch.rand(3, 12, 16)
            return image, (image.mean(0) * 6).long() - 1 if index else torch.full((12, 16), 255)

    class Labels(Noise):
        def __getitem__(self, index):
            image, label_map = super().__getitem__(index)
            return image, label_map.clamp(0, 2)

    def build(path, **options):
        torch.manual_seed(1)
        layers = [nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.Dropout(0.3), nn.ReLU(), nn.Conv2d(6, 3, 1)]
        options = {"steps": 11, "batch": 4, "validate_every": 3, "device": "cpu", "progress": False} | options
        return Trainer(nn.Sequential(*layers), Labels(), Labels(), checkpoint=path, **options)

    if __name__ == "__main__":
        torch.set_num_threads(1)
        run = build(sys.argv[1])
        run.train.deadline = int(sys.argv[2])
        run.fit()
""")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Return the module of PROGRAM, which also runs as a script."""
    path = tmp_path_factory.mktemp("resume") / "program.py"
    path.write_text(PROGRAM)
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(a, b) -> bool:
    """Return whether two nested contents are equal to the bit."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


def content(path) -> dict:
    """Return a checkpoint without the clock, the one thing that two runs don't share."""
    return {key: value for key, value in load_checkpoint(path).items() if key != "seconds"}


def test_killed_and_resumed_it_ends_with_the_same_weights_optimizer_and_history(program, tmp_path):
    killed, undisturbed = tmp_path / "killed.pt", tmp_path / "undisturbed.pt"
    command = [sys.executable, program.__file__, str(killed), "31"]
    assert subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}).returncode == -9
    assert 0 < load_checkpoint(killed)["step"] < 11
    program.build(killed, resume=True).fit()
    program.build(undisturbed).fit()
    ours, theirs = content(killed), content(undisturbed)
    assert ours["step"] == 11
    assert same(ours, theirs)


def test_in_pieces_it_is_the_same_run(program, tmp_path):
    whole = program.build(tmp_path / "whole.pt").fit()
    pieces = program.build(tmp_path / "pieces.pt", validate_every=2)
    for steps in (3, 4, 11):
        pieces._finished = lambda end=steps: pieces.step >= end  # as the stop button would
        pieces.fit()
    assert same(whole.model.state_dict(), pieces.model.state_dict())
    assert whole.history["loss"] == pieces.history["loss"]


def test_a_plan_made_from_minutes_survives_a_resume(program, tmp_path):
    path = tmp_path / "timed.pt"
    timed = program.build(path, steps=None, minutes=0.3)
    timed.total = 9  # as planned halfway
    timed.step, timed.seconds = 0, 11.0
    timed.save()
    resumed = program.build(path, steps=None, minutes=0.3, resume=True)
    assert (resumed.total, resumed.seconds) == (9, 11.0)
    resumed.fit()
    assert same(resumed.model.state_dict(), program.build(None, steps=9).fit().model.state_dict())


def test_out_of_time_a_resumed_run_takes_no_further_step(program, tmp_path):
    run = program.build(None, steps=None, minutes=0.01)
    run.seconds, run.total = 100.0, 50
    assert run.fit().step == 0


def test_another_setting_is_named_and_refused_unless_told_otherwise(program, tmp_path):
    path = tmp_path / "a.pt"
    program.build(path, steps=3).fit()
    with pytest.raises(ValueError, match=r"steps was 3 and is 5, lr was 0\.003 and is 0\.001"):
        program.build(path, steps=5, lr=1e-3, resume=True)
    run = program.build(path, steps=5, lr=1e-3, resume="anyway").fit()
    assert run.step == 5
    assert run.history["lr"][-1] < 1e-3


class Other(Semantic):
    pass


CHANGES = {
    "steps": [{"steps": 4}],
    "minutes": [{"steps": None, "minutes": 1}],
    "batch": [{"batch": 2}],
    "lr": [{"lr": 1e-3}],
    "weight_decay": [{"weight_decay": 0.1}],
    "seed": [{"seed": 1}],
    "precision": [{"precision": "bf16"}],
    "task": [{"task": Other()}],
    "loss": [
        {"task": Semantic(DiceCrossEntropy())},
        {"task": Semantic(CrossEntropy([1.0, 2.0, 3.0]))},
        {"task": Semantic(CrossEntropy(ignore_index=2))},
    ],
    "preprocessing": [{"task": Semantic(preprocessing=Preprocessing())}],
    "micro_batch": [{"micro_batch": 1}],
    "output_weights": [{"task": Semantic(weights={"out": 2.0})}],
}


@pytest.fixture(scope="module")
def saved(program, tmp_path_factory):
    """Return the checkpoint of a run of two steps, and its settings."""
    path = tmp_path_factory.mktemp("saved") / "a.pt"
    return path, program.build(path, steps=2, task=Semantic()).fit().settings()


def test_every_setting_is_changed_below(saved):
    assert set(saved[1]) == set(CHANGES) | {"images", "transform", "processes"}


@pytest.mark.parametrize(
    ("setting", "change"), [(setting, change) for setting, changes in CHANGES.items() for change in changes]
)
def test_another_value_of_any_setting_is_refused_by_its_name(program, saved, setting, change):
    with pytest.raises(ValueError, match=rf"other settings: .*\b{setting} was .* and is .*resume='anyway'"):
        program.build(saved[0], **{"steps": 2, "task": Semantic(), "resume": True} | change)


def test_other_images_or_another_transform_are_refused_by_their_names(program, saved):
    class Fewer(program.Labels):
        def __len__(self):
            return 9

    class Augmented(program.Labels):
        transform = Augment(color=0.3)

    def resume(train):
        options = {"steps": 2, "batch": 4, "device": "cpu", "progress": False, "resume": True}
        return Trainer(program.build(None).model, train, checkpoint=saved[0], **options)

    assert resume(program.Labels()).step == 2
    with pytest.raises(ValueError, match="images was 10 and is 9"):
        resume(Fewer())
    with pytest.raises(ValueError, match=r"transform was 'None' and is 'Augment\(.*color=0\.3"):
        resume(Augmented())


def test_the_same_settings_in_other_objects_are_accepted(program, tmp_path):
    def task():
        return Semantic(BoundaryCrossEntropy(class_weights=[1.0, 2.0, 3.0]))

    program.build(tmp_path / "a.pt", steps=2, task=task()).fit()
    assert program.build(tmp_path / "a.pt", steps=2, task=task(), resume=True).step == 2


def test_without_a_checkpoint_it_starts_anew_and_says_so(program, tmp_path, capsys):
    run = program.build(tmp_path / "none.pt", resume=True, progress=True)
    assert run.step == 0
    assert "starting anew" in capsys.readouterr().out
    with pytest.raises(ValueError, match="checkpoint=PATH"):
        program.build(None, resume=True)


def test_a_truncated_newest_checkpoint_costs_one_interval_and_no_number(program, tmp_path, capsys):
    path = tmp_path / "a.pt"
    program.build(path).fit()
    os.truncate(path, 1000)
    resumed = program.build(path, resume=True)
    assert "truncated" in capsys.readouterr().out
    assert resumed.step == 9
    assert same(resumed.fit().model.state_dict(), program.build(None).fit().model.state_dict())


def test_a_new_run_in_the_same_place_does_not_fall_back_on_the_old_one(program, tmp_path):
    path = tmp_path / "a.pt"
    program.build(path, steps=6).fit()
    program.build(path, steps=2).fit()
    os.truncate(path, 10)
    with pytest.raises(ValueError, match="train anew"):
        load_checkpoint(path)


def test_a_finished_run_resumed_changes_nothing(program, tmp_path):
    path = tmp_path / "a.pt"
    program.build(path).fit()
    before = content(path)
    program.build(path, resume=True).fit()
    assert same(before, content(path))


def test_wrappers_leave_no_trace_in_the_keys(program):
    plain = program.build(None).model
    wrapped = torch.compile(plain)
    assert "_orig_mod" in next(iter(wrapped.state_dict()))
    placed = place_model(wrapped, torch.device("cpu"))
    assert list(placed.state_dict()) == list(plain.state_dict())
    assert placed._compiled_call_impl is not None, "compiled in place"
    assert place_model(torch.nn.Conv2d(3, 2, 1), torch.device("cpu"))._compiled_call_impl is None


# How a batch is divided: a setting where there is batch norm, and only there


def group_norm(program):
    """Return a network like the program's, with group norm."""
    torch.manual_seed(1)
    layers = [nn.Conv2d(3, 6, 3, padding=1), nn.GroupNorm(2, 6), nn.ReLU(), nn.Conv2d(6, 3, 1)]
    return nn.Sequential(*layers)


def trainer_of(program, model, path, **options):
    options = {"steps": 6, "batch": 4, "device": "cpu", "progress": False} | options
    return Trainer(model, program.Labels(), checkpoint=path, **options)


def test_with_batch_norm_another_micro_batch_is_refused_with_both_values_and_the_cure(program, tmp_path):
    program.build(tmp_path / "a.pt", steps=2).fit()
    with pytest.raises(ValueError, match=r"micro_batch was 4 and is 1.*norm='group'.*resume='anyway'"):
        program.build(tmp_path / "a.pt", steps=2, micro_batch=1, resume=True)
    assert program.build(tmp_path / "a.pt", steps=2, micro_batch=1, resume="anyway").micro_batch == 1
    assert program.build(tmp_path / "a.pt", steps=2, micro_batch=100, resume=True).micro_batch == 4


def test_with_batch_norm_another_number_of_processes_is_refused(program, tmp_path, monkeypatch):
    program.build(tmp_path / "a.pt", steps=2).fit()
    monkeypatch.setattr(distributed, "world", lambda: 2)
    with pytest.raises(ValueError, match=r"processes was 1 and is 2, micro_batch was 4 and is 2.*norm='group'"):
        program.build(tmp_path / "a.pt", steps=2, resume=True)


def test_a_micro_batch_that_was_probed_is_taken_over_and_nothing_is_probed_anew(program, tmp_path):
    undisturbed = program.build(None, micro_batch=2, steps=6).fit()
    first = program.build(tmp_path / "a.pt", steps=6)
    first.micro_batch = 2  # as probed on a GPU that had room for no more
    first._finished = lambda: first.step >= 3
    first.fit()
    resumed = program.build(tmp_path / "a.pt", steps=6, resume=True)
    resumed._probed = resumed._probed and resumed._parts_fixed
    assert (resumed.micro_batch, resumed._probed) == (2, True)
    assert same(resumed.fit().model.state_dict(), undisturbed.model.state_dict())


def test_with_group_norm_a_run_goes_on_in_other_parts_and_ends_alike_but_for_rounding(program, tmp_path):
    undisturbed = trainer_of(program, group_norm(program), None).fit()
    first = trainer_of(program, group_norm(program), tmp_path / "a.pt")
    first._finished = lambda: first.step >= 3
    first.fit()
    parts = trainer_of(program, group_norm(program), tmp_path / "a.pt", micro_batch=1, resume=True)
    assert parts.step == 3
    parts.fit()
    assert not {"processes", "micro_batch"} & set(parts.settings())
    for key, value in undisturbed.model.state_dict().items():
        torch.testing.assert_close(parts.model.state_dict()[key], value, rtol=1e-3, atol=1e-5)


def test_frozen_batch_norm_does_not_mind_parts(program, tmp_path):
    def build(**options):
        model = program.build(None).model.train()
        model[1].eval()
        return trainer_of(program, model, tmp_path / "a.pt", **options)

    settings = build().fit().settings()
    assert not {"processes", "micro_batch"} & set(settings)
    assert build(micro_batch=1, resume=True).step == 6
    with pytest.raises(ValueError, match="processes was None and is 1"):
        trainer_of(program, program.build(None).model, tmp_path / "a.pt", resume=True)
