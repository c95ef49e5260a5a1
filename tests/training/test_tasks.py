"""Tasks: a task of another kind has all that semantic segmentation has; a model may return several outputs."""

import importlib.util
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from segedu.losses import BoundaryCrossEntropy, CrossEntropy, DiceCrossEntropy
from segedu.training.checkpoint import load_checkpoint
from segedu.training.fit import fit
from segedu.training.inference import predict
from segedu.training.nests import map_tensors, to_device
from segedu.training.preprocessing import STANDARD, Preprocessing
from segedu.training.tasks import Semantic, Task
from segedu.training.tasks.base import describe
from segedu.training.trainer import Trainer

FILE = Path(__file__).with_name("centers.py")


@pytest.fixture(scope="module")
def centers():
    """Return the module of the toy task."""
    spec = importlib.util.spec_from_file_location("centers", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def weights(run):
    return torch.cat([weight.detach().flatten() for weight in run.model.parameters()])


# A task of another kind


def test_another_task_learns(centers):
    run = centers.build(steps=120, batch=8).fit()
    surprise = [record["surprise_per_box"] for record in run.history["validation"]]
    assert surprise[-1] < 0.6 * surprise[0]
    assert run.history["validation"][-1]["boxes"] == sum(index % 4 for index in range(7))


def test_another_task_s_run_that_crashed_ends_as_the_undisturbed_one(centers, tmp_path):
    with pytest.raises(SystemExit):
        centers.build(tmp_path / "a.pt", crash_at=30).fit()
    assert load_checkpoint(tmp_path / "a.pt")["step"] == 4
    resumed = centers.build(tmp_path / "a.pt", resume=True).fit()
    undisturbed = centers.build().fit()
    assert torch.equal(weights(resumed), weights(undisturbed))
    assert resumed.history == undisturbed.history


@pytest.mark.parametrize("size", [1, 3])
def test_a_micro_batch_changes_nothing_but_rounding_in_another_task(centers, size):
    whole, parts = (centers.build(micro_batch=number).fit() for number in (4, size))
    torch.testing.assert_close(weights(whole), weights(parts), rtol=1e-4, atol=1e-6)
    assert whole.history["loss"] == pytest.approx(parts.history["loss"], rel=1e-5)


def test_two_processes_learn_in_another_task_what_one_learns(centers, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += [str(FILE), str(tmp_path / "two.pt")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    one, two = centers.build().fit(), load_checkpoint(tmp_path / "two.pt")
    assert one.history["loss"] == pytest.approx(two["history"]["loss"], rel=1e-5)
    for key, value in one.model.state_dict().items():
        torch.testing.assert_close(value, two["model"][key], rtol=1e-3, atol=1e-5)
    ours, theirs = one.history["validation"], two["history"]["validation"]
    assert [record["boxes"] for record in ours] == [record["boxes"] for record in theirs]
    assert [record["surprise_per_box"] for record in ours] == pytest.approx(
        [record["surprise_per_box"] for record in theirs], rel=1e-5
    )


def test_another_task_names_the_sample_it_refuses(centers):
    samples = [dict(centers.Squares(4)[index]) for index in range(4)]
    samples[2]["boxes"] = torch.zeros(3, 5)
    with pytest.raises(ValueError, match=r"training sample 2 has boxes of shape \(3, 5\)"):
        Trainer(nn.Conv2d(3, 1, 1), samples, task=centers.Centers(), steps=2, device="cpu", progress=False).fit()


def test_another_task_s_headline_is_shown(centers, capsys):
    run = centers.build(progress=True)
    run.progress.mode = "log"
    run.fit()
    value = run.history["validation"][-1]["surprise_per_box"]
    assert capsys.readouterr().out.splitlines()[-1].endswith(f", surprise per box {value:.3f}.")


def test_evaluate_gives_another_task_s_scores_and_the_model_keeps_the_preprocessing(centers):
    run = centers.build().fit()
    assert run.evaluate(centers.Squares(7)) == {
        name: value for name, value in run.history["validation"][-1].items() if name != "step"
    }
    assert run.model.preprocessing == STANDARD


def test_a_task_without_loss_or_measure_says_so():
    for use in (lambda: Task().loss(None, [], 0.0), lambda: Task().measure(None, [])):
        with pytest.raises(NotImplementedError, match="Task has no"):
            use()


Pair = namedtuple("Pair", "first second")


def test_a_nest_keeps_its_form_and_only_its_tensors_change():
    nest = {"a": [torch.ones(2), "text", (torch.ones(1), 3)], "b": Pair(torch.ones(3), None)}
    moved = map_tensors(lambda tensor: tensor + 1, nest)
    assert [type(part) for part in (moved, moved["a"], moved["a"][2], moved["b"])] == [dict, list, tuple, Pair]
    assert torch.equal(moved["a"][0], torch.full((2,), 2.0))
    assert torch.equal(moved["b"].first, torch.full((3,), 2.0))
    assert (moved["a"][1], moved["a"][2][1], moved["b"].second) == ("text", 3, None)
    assert to_device(nest, torch.device("meta"))["a"][2][0].device.type == "meta"


# Several outputs


class TwoHeads(nn.Module):
    """Logits "out" and "aux"; with `lean`, "aux" in training only, as many models have it."""

    def __init__(self, lean=False, names=("out", "aux")):
        super().__init__()
        torch.manual_seed(3)
        self.lean = lean
        self.names = names
        self.body = nn.Conv2d(3, 4, 3, padding=1)
        self.heads = nn.ModuleList([nn.Conv2d(4, 2, 1), nn.Conv2d(4, 2, 3, padding=1)])

    def forward(self, images):
        features = self.body(images).relu()
        outputs = {name: head(features) for name, head in zip(self.names, self.heads, strict=True)}
        return {"out": outputs["out"]} if self.lean and not self.training else outputs


def samples(count=4):
    torch.manual_seed(7)
    images = torch.rand(count, 3, 9, 14)
    return [(image, (image[0] > 0.5).long()) for image in images]


def train(model, **options):
    return fit(model, samples(), samples(2), **{"steps": 1, "batch": 4, "device": "cpu", "progress": False} | options)


def test_outputs_are_weighed_in_training_and_validation_looks_at_out_alone():
    images, targets = (torch.stack(parts) for parts in zip(*samples(), strict=True))
    outputs = TwoHeads()(STANDARD(images))
    losses = {name: F.cross_entropy(logits, targets).item() for name, logits in outputs.items()}
    for task, aux in ((None, 0.4), (Semantic(weights={"out": 1.0, "aux": 0.1}), 0.1)):
        run = train(TwoHeads(), task=task, lr=1e-30)
        assert run.history["loss"][0] == pytest.approx(losses["out"] + aux * losses["aux"], rel=1e-6)
    images, targets = (torch.stack(parts) for parts in zip(*samples(2), strict=True))
    expected = F.cross_entropy(TwoHeads()(STANDARD(images))["out"], targets).item()
    assert run.history["validation"][-1]["loss"] == pytest.approx(expected, rel=1e-6)


def test_each_head_learns_and_one_of_weight_0_does_not():
    before = TwoHeads().heads
    both = train(TwoHeads(), steps=3, weight_decay=0.0).model.heads
    assert not any(torch.equal(head.weight, old.weight) for head, old in zip(both, before, strict=True))
    alone = train(TwoHeads(), steps=3, weight_decay=0.0, task=Semantic(weights={"out": 1.0, "aux": 0.0})).model.heads
    assert torch.equal(alone[1].weight, before[1].weight)


@pytest.mark.parametrize("lean", [False, True])
def test_prediction_takes_out(lean):
    model, image = TwoHeads(lean).eval(), torch.rand(3, 9, 14)
    torch.testing.assert_close(predict(model, image, logits=True), model(image[None])["out"][0].detach())
    run = train(TwoHeads(lean), steps=2)
    assert run.evaluate(samples(2)).counts.sum() == 2 * 9 * 14


def test_all_outputs_come_at_the_size_of_the_images():
    run = train(TwoHeads(), preprocessing=Preprocessing(size=(6, 8)), steps=2)
    assert run.step == 2


def test_outputs_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"output 'side1' .*weights=\{'out': 1.0, 'side1': 0.4\}"):
        train(TwoHeads(names=("out", "side1")))
    with pytest.raises(ValueError, match="dict of 'logits', 'aux'; name the logits that predict takes 'out'"):
        train(TwoHeads(names=("logits", "aux")))
    wide = TwoHeads()
    wide.heads[1] = nn.Conv2d(4, 1, 1)
    with pytest.raises(ValueError, match="head 'aux' returns one channel"):
        train(wide)


def test_an_output_that_only_training_has_is_named_in_the_first_step():
    class Late(TwoHeads):
        def forward(self, images):
            outputs = super().forward(images)
            return outputs | {"late": outputs["out"]} if self.training else outputs

    with pytest.raises(ValueError, match="output 'late'"):
        train(Late())


def test_a_task_is_not_changed_by_the_run_that_uses_it():
    task = Semantic()
    runs = [
        fit(nn.Conv2d(3, classes, 1), samples(), task=task, steps=1, device="cpu", progress=False) for classes in (2, 5)
    ]
    assert [run.task.num_classes for run in runs] == [2, 5]
    assert task.num_classes is None


def test_a_loss_beside_a_task_is_refused():
    for options in ({"loss": CrossEntropy()}, {"preprocessing": Preprocessing()}):
        with pytest.raises(TypeError, match=r"task=Semantic\(loss, preprocessing\)"):
            train(TwoHeads(), task=Semantic(), **options)


# What a resumed run compares


def test_losses_and_transforms_that_differ_are_described_differently():
    class Shift:
        def __init__(self, pixels):
            self.pixels = pixels

    things = [
        CrossEntropy(),
        CrossEntropy([1.0, 2.0]),
        CrossEntropy([1.0, 2.5]),
        CrossEntropy(ignore_index=0),
        BoundaryCrossEntropy(strength=5.0),
        BoundaryCrossEntropy(strength=6.0),
        DiceCrossEntropy(class_weights=[1.0, 2.0]),
        DiceCrossEntropy(class_weights=[2.0, 1.0]),
        nn.CrossEntropyLoss(ignore_index=255),
        nn.CrossEntropyLoss(torch.tensor([1.0, 3.0])),
        nn.CrossEntropyLoss(label_smoothing=0.1),
        Shift(1),
        Shift(2),
        describe,
        predict,
        None,
    ]
    assert len({describe(thing) for thing in things}) == len(things)


def test_a_description_is_the_same_in_the_next_process():
    class Flip:
        pass

    for build in (Flip, lambda: BoundaryCrossEntropy(class_weights=[1.0, 2.0]), lambda: lambda logits, target: 0):
        first, second = build(), build()
        assert describe(first) == describe(second)
        assert "0x" not in describe(first)
