"""The trainer: what a step learns from, what it refuses, when it ends, and what it leaves behind."""

import os
import random
import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.transforms.functional import to_pil_image

from segedu.losses import CrossEntropy
from segedu.seeding import fold
from segedu.training import trainer as trainers
from segedu.training.fit import fit
from segedu.training.memory import largest_that_fits
from segedu.training.preparation import share_batch
from segedu.training.preprocessing import Preprocessing
from segedu.training.schedule import learning_rate, plan_steps
from segedu.training.stream import batch_keys
from segedu.training.tasks import Semantic
from segedu.training.trainer import Trainer


class Squares:
    """A bright square on noise; class 1 inside, 0 outside, a void frame. Sample dicts of 16 × 24 pixels."""

    num_classes = 2

    def __init__(self, length=12, void=1, noise=False):
        self.length, self.void, self.noise = length, void, noise

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if index >= self.length:
            raise IndexError
        generator = torch.Generator().manual_seed(fold(1, index))
        image, label_map = torch.rand(3, 16, 24, generator=generator) / 2, torch.zeros(16, 24, dtype=torch.long)
        top, left = 2 + index % 6, 3 + index % 11
        image[:, top : top + 6, left : left + 7] += 0.5
        label_map[top : top + 6, left : left + 7] = 1
        label_map[: self.void * (index % 3)] = 255
        if self.noise:
            image += 0.1 * torch.rand(3, 16, 24)  # from the global generator, as a random transform would
        return {"image": image, "label_map": label_map}


def small_model(seed=0, norm=False, dropout=0.0, num_classes=2):
    torch.manual_seed(seed)
    layers = [nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Dropout(dropout), nn.Conv2d(6, num_classes, 3, padding=1)]
    return nn.Sequential(*layers[:1], *([nn.BatchNorm2d(6)] if norm else []), *layers[1:])


def train(model=None, dataset=None, val=None, **options):
    options = {"steps": 6, "batch": 4, "device": "cpu", "progress": False} | options
    return fit(model or small_model(), Squares() if dataset is None else dataset, val, **options)


def weights(run):
    return torch.cat([weight.detach().flatten() for weight in run.model.parameters()])


# What a step is


def test_the_task_is_learned():
    run = train(steps=150, lr=1e-2, val=Squares(6))
    assert run.history["validation"][-1]["mean_iou"] > 0.8
    assert len(run.history["loss"]) == len(run.history["lr"]) == run.step == 150


def test_an_epoch_shows_every_image_once_also_when_the_batch_does_not_divide_it():
    seen = [key for step in range(7) for key in batch_keys(step, 5, 7, seed=3)]
    for epoch in range(5):
        assert sorted(index for e, index in seen if e == epoch) == list(range(7))
    assert seen[0:5] != batch_keys(0, 5, 7, seed=4)


def test_each_epoch_has_an_order_of_its_own_and_so_has_each_seed():
    def order(epoch, seed):
        return tuple(index for _, index in batch_keys(epoch, 50, 50, seed))

    orders = [order(epoch, seed) for epoch in range(5) for seed in (0, 1)]
    assert len(set(orders)) == len(orders)
    assert order(3, 0) == order(3, 0)


def test_an_image_is_augmented_differently_in_each_epoch_and_alike_in_each_run():
    class Seen(Squares):
        def __getitem__(self, index):
            sample = super().__getitem__(index)
            images.setdefault(index, []).append(sample["image"])
            return sample

    images = {}
    run = train(dataset=Seen(4, noise=True), steps=3)
    first = {index: torch.stack(drawn) for index, drawn in images.items()}
    for index, drawn in first.items():
        drawn = drawn[-3:]  # one per epoch
        assert not any(torch.equal(drawn[a], drawn[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
        images[index] = []
    again = train(dataset=Seen(4, noise=True), steps=3)
    assert torch.equal(weights(run), weights(again))
    assert all(torch.equal(torch.stack(images[index]), drawn) for index, drawn in first.items())


class Masks(nn.Module):
    """Dropout that keeps what it let through in training."""

    def __init__(self):
        super().__init__()
        self.masks = []

    def forward(self, features):
        dropped = F.dropout(torch.ones_like(features), 0.5, self.training)
        if self.training:
            self.masks.append(dropped.detach())
        return features * dropped


def masks(rank=0, monkeypatch=None, **options):
    model = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), Masks(), nn.Conv2d(6, 2, 1))
    if rank:
        monkeypatch.setattr(trainers.distributed, "rank", lambda: rank)
    train(model, **options)
    return model[1].masks


def test_dropout_drops_other_units_in_each_step_in_each_part_and_with_each_seed():
    drawn = masks(steps=4, batch=4, micro_batch=2) + masks(steps=4, batch=4, micro_batch=2, seed=1)
    assert len(drawn) == 16
    assert not any(torch.equal(a, b) for number, a in enumerate(drawn) for b in drawn[:number])


def test_a_validation_on_the_way_leaves_the_model_in_training_mode():
    assert len(masks(steps=4, val=Squares(2), validate_every=1)) == 4


def test_dropout_drops_the_same_units_when_the_step_is_repeated():
    first, second = masks(steps=3), masks(steps=3)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_dropout_drops_other_units_in_another_process(monkeypatch):
    alone, other = masks(steps=1), masks(rank=1, monkeypatch=monkeypatch, steps=1)
    assert not torch.equal(alone[0][:1], other[0][:1])


def test_a_batch_larger_than_the_data_set_goes_through_it_several_times():
    assert len(batch_keys(0, 10, 3, seed=0)) == 10


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    options = {"dataset": Squares(noise=True), "model": None}
    first, second, other = (train(**options, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(weights(first), weights(second))
    assert not torch.equal(weights(first), weights(other))


def test_workers_change_nothing():
    alone, helped = (train(dataset=Squares(noise=True), workers=count, steps=3) for count in (0, 2))
    assert torch.equal(weights(alone), weights(helped))


@pytest.mark.parametrize("loss", [None, CrossEntropy(torch.tensor([0.3, 2.0])), "a plain function"])
def test_a_micro_batch_changes_nothing_but_rounding(loss):
    if loss == "a plain function":  # without a share of its own: the valid pixels are it

        def loss(logits, target):
            return F.cross_entropy(logits, target, ignore_index=255)

    whole, parts = (train(loss=loss, micro_batch=size, batch=5) for size in (5, 2))
    torch.testing.assert_close(weights(whole), weights(parts), rtol=1e-4, atol=1e-6)
    assert whole.history["loss"] == pytest.approx(parts.history["loss"], rel=1e-5)


def test_an_image_that_is_void_throughout_does_no_harm():
    run = train(dataset=Squares(void=8), micro_batch=1)
    assert torch.isfinite(weights(run)).all()


def test_a_batch_that_is_void_throughout_does_no_harm():
    sample = (torch.rand(3, 8, 8), torch.full((8, 8), 255))
    run = train(dataset=[sample], val=[sample], batch=1, loss=lambda x, y: F.cross_entropy(x, y, ignore_index=255))
    assert run.history["loss"] == [0.0] * 6


def test_a_validation_image_that_is_void_throughout_does_not_count():
    image = torch.rand(3, 8, 8)
    void, labeled = (image, torch.full((8, 8), 255)), (image, torch.zeros(8, 8, dtype=torch.long))

    def loss(logits, target):
        return F.cross_entropy(logits, target, ignore_index=255)  # NaN where all is void

    both, alone = (train(dataset=[labeled], val=val, batch=1, loss=loss) for val in ([void, labeled], [labeled]))
    assert both.history["validation"] == alone.history["validation"]
    assert 0 < both.history["validation"][-1]["loss"] < 10


def test_the_learning_rate_rises_stays_and_falls():
    rates = [learning_rate(step, 2.0, 1000) for step in range(1000)]
    assert rates[:20] == sorted(rates[:20])
    assert set(rates[19:601]) == {2.0}
    assert rates[600:] == sorted(rates[600:], reverse=True)
    assert rates[-1] < 0.01


def test_the_learning_rate_does_not_depend_on_the_end_before_the_fall():
    assert [learning_rate(step, 1.0, None) for step in range(300)] == [learning_rate(k, 1.0, 500) for k in range(300)]


@pytest.mark.parametrize(("step", "seconds"), [(450, 270), (415, 271), (3, 330), (1, 590), (13, 340)])
def test_a_plan_leaves_the_fall_of_the_learning_rate_ahead(step, seconds):
    total = plan_steps(step, seconds, 600)
    assert total > step
    assert learning_rate(step, 1.0, total) == learning_rate(step, 1.0, None)


def test_two_runs_of_the_same_minutes_are_planned_alike_when_their_speeds_differ_a_little():
    assert len({plan_steps(step, 270.0, 600.0) for step in range(545, 575)}) == 1
    assert all(0.75 < plan_steps(step, 270.0, 600.0) / (step / 270 * 600) <= 1 for step in range(10, 3000))


@pytest.fixture
def clock(monkeypatch):
    """The trainer's clock: each look at it is `clock.pace` seconds later than the one before, on any machine."""
    ticking = SimpleNamespace(now=0.0, pace=0.01)

    def monotonic():
        ticking.now += ticking.pace
        return ticking.now

    monkeypatch.setattr(trainers, "time", SimpleNamespace(monotonic=monotonic))
    return ticking


def test_a_run_by_minutes_is_the_run_by_the_steps_it_planned(clock):
    timed = train(steps=None, minutes=2 / 60)  # 200 looks: one a step
    assert timed.step == timed.total == 180  # the round number below
    counted = train(steps=timed.total)
    assert torch.equal(weights(timed), weights(counted))


def test_a_run_by_minutes_ends_a_tenth_late_at_most_if_the_machine_got_slower_after_the_plan(clock):
    class SlowsDown(Squares):
        def __getitem__(self, index):
            clock.pace = 0.03 if clock.now > 1.2 else 0.01
            return super().__getitem__(index)

    run = train(dataset=SlowsDown(), steps=None, minutes=2 / 60)
    assert run.total == 180
    assert run.step < run.total
    assert 2.0 < run.seconds < 2.2 + 2 * 0.03


def test_a_run_by_minutes_is_saved_when_its_number_of_steps_is_known(clock, tmp_path):
    run = Trainer(
        small_model(), Squares(), minutes=2 / 60, batch=4, device="cpu", progress=False, checkpoint=tmp_path / "a.pt"
    )
    saves = []
    save = run.save
    run.save = lambda: (saves.append((run.step, run.total)), save())
    run.fit()
    assert len(saves) == 2  # then, and at the end
    step, total = saves[0]
    assert step < total == run.total


def test_a_bias_and_a_norm_do_not_decay():
    run = train(small_model(norm=True), steps=1, weight_decay=0.5)
    decays = {weight.ndim: group["weight_decay"] for group in run.optimizer.param_groups for weight in group["params"]}
    assert decays == {4: 0.5, 1: 0.0}


def test_the_model_looks_at_another_size_and_answers_at_the_targets():
    seen = []
    model = small_model()
    model.register_forward_hook(lambda module, inputs, output: seen.append(tuple(inputs[0].shape[2:])))
    run = train(model, val=Squares(4), preprocessing=Preprocessing((0.5,), (0.25,), size=(8, 12)))
    assert set(seen) == {(8, 12)}
    assert int(run.evaluate(Squares(4, void=0)).counts.sum()) == 4 * 16 * 24


def test_bf16_on_a_cpu_trains():
    assert train(precision="bf16", steps=60, lr=1e-2).history["loss"][-1] < 0.6


# What is refused, and how


@pytest.mark.parametrize(
    ("image", "label_map", "message"),
    [
        ((3, 8, 9), (9, 8), "height and width are swapped"),
        ((3, 8, 9), (4, 9), "resize or crop both alike"),
        ((8, 9, 3), (8, 9), r"permute\(2, 0, 1\)"),
        ((3, 8, 9), (1, 8, 9), "squeeze"),
        ((3, 8, 9), (3, 8, 9), "colors"),
        ((3, 8, 9), (5, 8, 9), "one-hot"),
        ((8, 9), (8, 9), r"\(channels, height, width\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(image, label_map, message):
    sample = (torch.rand(image), torch.zeros(label_map, dtype=torch.long))
    with pytest.raises(ValueError, match=message):
        train(dataset=[sample] * 4)


def test_types_that_do_not_fit_are_named():
    image, label_map = torch.rand(3, 8, 8), torch.zeros(8, 8, dtype=torch.long)
    for wrong, message in [
        ((image * 255).long(), r"torch\.int64; give floats in \[0, 1\], image\.float\(\) / 255"),
        (image.tolist(), "make it a torch tensor"),
        (to_pil_image(image), "pil_to_tensor"),
    ]:
        with pytest.raises(TypeError, match=message):
            train(dataset=[(wrong, label_map)] * 4)
    with pytest.raises(TypeError, match="make it a torch tensor"):
        train(dataset=[(image, label_map.tolist())] * 4)
    with pytest.raises(TypeError, match=r"label_map\.long\(\)"):
        train(dataset=[(image, label_map.float())] * 4)
    with pytest.raises(ValueError, match="divide by 255"):
        train(dataset=[(image * 255, label_map)] * 4)
    with pytest.raises(ValueError, match="NaN"):
        train(dataset=[(image.log() * float("nan"), label_map)] * 4)
    with pytest.raises(ValueError, match="'label_map'"):
        train(dataset=[{"image": image}] * 4)


@pytest.mark.parametrize("label", [2, 11, -1, 300])
def test_a_label_out_of_range_is_named_with_its_sample(label):
    samples = [(torch.rand(3, 8, 8), torch.zeros(8, 8, dtype=torch.long)) for _ in range(4)]
    samples[2][1][3, 4] = label
    with pytest.raises(ValueError, match=rf"sample 2.* {label}"):
        train(dataset=samples)
    with pytest.raises(ValueError, match=rf"sample 2.* {label}"):
        train(val=samples, steps=1)


def test_images_of_several_sizes_need_one_size_for_training_but_not_for_validation():
    sizes = [(torch.rand(3, 8, 8 + n), torch.zeros(8, 8 + n, dtype=torch.long)) for n in range(4)]
    with pytest.raises(ValueError, match=r"size=\(height, width\)"):
        train(dataset=sizes)
    assert train(val=sizes, steps=1).history["validation"][-1]["pixel_accuracy"] <= 1


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (nn.Conv2d(3, 2, 3), "padding='same'"),
        (nn.Conv2d(3, 1, 1), "num_classes=2"),
        (nn.Conv2d(3, 7, 1), "7 classes and the data set has 2"),
        (nn.Flatten(), r"\(N, num_classes, H, W\)"),
        (nn.Sequential(nn.Conv2d(3, 2, 1), nn.Upsample(scale_factor=2)), "interpolate"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_before_the_first_step(layer, message):
    with pytest.raises(ValueError, match=message):
        Trainer(layer, Squares(), steps=1, device="cpu")


def test_budgets_batches_and_data_sets_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="give one of them"):
        train(steps=None)
    with pytest.raises(ValueError, match="give one of them"):
        train(steps=3, minutes=1)
    with pytest.raises(ValueError, match="the next size that works is 12"):
        share_batch(10, 4)
    with pytest.raises(ValueError, match="empty"):
        train(dataset=Squares(0))
    with pytest.raises(TypeError, match="samples by index"):
        train(dataset=iter([]))


def test_nan_is_named_with_step_learning_rate_and_images_and_spoils_no_weight():
    samples = [(sample["image"], sample["label_map"]) for sample in Squares()]
    samples[5][1].fill_(1)

    def loss(logits, target):
        return logits.sum() * (float("nan") if (target == 1).flatten(1).all(1).any() else 0.0)

    run = Trainer(small_model(), samples, steps=9, batch=2, task=Semantic(loss), device="cpu", progress=False)
    step = next(step for step in range(6) if 5 in [index for _, index in batch_keys(step, 2, 12, 0)])
    with pytest.raises(FloatingPointError, match=rf"nan in step {step} at lr=.*images \[.*5.*\]"):
        run.fit()
    assert run.step == step
    assert torch.isfinite(weights(run)).all()


# Memory


def test_out_of_memory_halves_the_micro_batch_and_says_so(monkeypatch, capsys):
    class Hungry(nn.Sequential):
        def forward(self, images):
            if len(images) > 3:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().forward(images)

    def build(micro_batch, progress):
        options = {"steps": 3, "batch": 8, "device": "cpu"}
        run = Trainer(Hungry(*small_model(norm=True)), Squares(), micro_batch=micro_batch, progress=progress, **options)
        run._probed = micro_batch is not None
        return run

    probed, told = build(None, True).fit(), build(2, False).fit()
    assert probed.micro_batch == 2
    assert "Memory holds 2 of 8 images" in capsys.readouterr().out
    assert torch.equal(weights(probed), weights(told)), "the probe left a trace"
    for ours, theirs in zip(probed.model.buffers(), told.model.buffers(), strict=True):
        assert torch.equal(ours, theirs)


def test_not_even_one_image_fits():
    def attempt(size):
        raise torch.OutOfMemoryError

    with pytest.raises(torch.OutOfMemoryError, match="not even one image"):
        largest_that_fits(attempt, 8)


# The stop button, and everything left as it was found


class Pressing(Squares):
    """Press the stop button when the sixth image is loaded."""

    loaded = 0

    def __getitem__(self, index):
        self.loaded += 1
        if self.loaded == 10:
            os.kill(os.getpid(), signal.SIGINT)
        return super().__getitem__(index)


def test_the_stop_button_ends_between_steps_validates_saves_and_fit_goes_on(tmp_path):
    run = Trainer(
        small_model(),
        Pressing(),
        Squares(3),
        steps=9,
        batch=2,
        device="cpu",
        checkpoint=tmp_path / "a.pt",
        progress=False,
    )
    run.fit()
    assert 0 < run.step < 9
    assert run.history["validation"][-1]["step"] == run.step
    assert (tmp_path / "a.pt").exists()
    run.fit()
    undisturbed = train(steps=9, batch=2)
    assert run.step == 9
    assert torch.equal(weights(run), weights(undisturbed))


def test_pressed_twice_it_interrupts():
    class Hanging(Squares):
        def __getitem__(self, index):
            if len(pressed) < 2 and index != 0:
                pressed.append(os.kill(os.getpid(), signal.SIGINT))
            return super().__getitem__(index)

    pressed = []
    with pytest.raises(KeyboardInterrupt):
        train(dataset=Hanging())


def test_a_finished_run_goes_on_with_a_larger_budget_and_says_when_there_is_nothing_to_do(capsys):
    run = train(steps=4)
    run.fit(steps=7)
    assert run.step == 7
    run.progress.mode = "log"
    run.fit()
    assert "has done its 7 steps" in capsys.readouterr().out


def test_everything_is_left_as_it_was_found():
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    model = small_model(dropout=0.5)
    torch.manual_seed(5)
    found = (torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate())  # noqa: NPY002
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    precision = torch.get_float32_matmul_precision()
    with torch.no_grad():
        run = train(model, dataset=Squares(noise=True), val=Squares(2, noise=True), steps=2, deterministic=True)
        run.evaluate(Squares(2))
        assert not torch.is_grad_enabled()
    assert torch.equal(found[0], torch.get_rng_state())
    assert found[1:] == (np.random.get_state()[1].tolist(), random.getstate())  # noqa: NPY002
    assert handlers == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    assert precision == torch.get_float32_matmul_precision()
    assert not torch.are_deterministic_algorithms_enabled()
    assert not model.training


def test_deterministic_algorithms_that_were_asked_for_elsewhere_stay_so():
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        train(steps=1, deterministic=True)
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        train(steps=1)
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


def test_an_operation_without_a_deterministic_form_comes_with_advice():
    class Random(nn.Conv2d):
        def forward(self, images):
            if self.training:
                raise RuntimeError("nll_loss2d does not have a deterministic implementation. You can turn it off.")
            return super().forward(images)

    with pytest.raises(RuntimeError, match="up='transposed'"):
        train(Random(3, 2, 1), deterministic=True)
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_trainer_has_no_more_arguments_than_one_can_read():
    names = Trainer.__init__.__kwdefaults__
    assert len(names) <= 16
    source = Path(trainers.__file__).read_text()
    assert all(f"{name}: " in source for name in names)
