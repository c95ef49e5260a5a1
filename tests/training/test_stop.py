"""Stopping: once ends between steps, twice at once; SIGTERM as the stop button; nothing is counted twice."""

import os
import signal
import threading

import pytest
import torch

from segedu.losses import CrossEntropy
from segedu.models.unet import UNet
from segedu.training.checkpoint import load_checkpoint
from segedu.training.tasks import Semantic
from segedu.training.trainer import Trainer

IMAGE = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0))
DATA = [(IMAGE.roll(shift, 2), (IMAGE.roll(shift, 2).mean(0) > 0.5).long()) for shift in range(8)]
STEPS = 6


def trainer(loss=None, **options):
    torch.manual_seed(0)
    model = UNet(3, 2, width=4, depth=1)
    options = {"steps": STEPS, "batch": 4, "micro_batch": 2, "device": "cpu", "progress": False} | options
    return Trainer(model, DATA, DATA[:2], task=Semantic(loss), **options)


def press(times, number=signal.SIGINT):
    for _ in range(times):
        os.kill(os.getpid(), number)


class Pressing:
    """Cross entropy that presses the stop button, or does something else, when it is called for the nth time."""

    def __init__(self, at, act):
        self.at, self.act, self.calls = at, act, 0

    def __call__(self, logits, targets):
        self.calls += 1
        if self.calls == self.at:
            self.act()
        return CrossEntropy()(logits, targets)


def assert_same(run, undisturbed):
    assert run.step == undisturbed.step == STEPS
    assert run.history["loss"] == undisturbed.history["loss"]
    for key, value in undisturbed.model.state_dict().items():
        assert torch.equal(run.model.state_dict()[key], value), key


@pytest.fixture(scope="module")
def undisturbed():
    return trainer().fit()


@pytest.mark.parametrize("call", [1, 2, 3, 4, 6])  # in the first or second part of a step, or of a validation
def test_a_second_press_in_the_middle_of_a_step_counts_nothing_twice(undisturbed, call):
    loss = Pressing(call, lambda: press(2))
    run = trainer(loss)
    with pytest.raises(KeyboardInterrupt):
        run.fit()
    assert run.step == (call - 1) // 2
    assert_same(run.fit(), undisturbed)


@pytest.mark.parametrize("place", ["step", "zero_grad"])
def test_a_second_press_while_weights_change_waits_until_the_step_is_done(undisturbed, place):
    run = trainer()
    act = getattr(run.optimizer, place)
    calls = []

    def pressing(*arguments, **options):
        calls.append(run.step)
        if len(calls) == 3:
            press(2)
        return act(*arguments, **options)

    setattr(run.optimizer, place, pressing)
    with pytest.raises(KeyboardInterrupt):
        run.fit()
    assert run.step == (3 if place == "step" else 2)
    assert_same(run.fit(), undisturbed)


def test_a_second_press_in_a_validation_leaves_no_trace(undisturbed):
    run = trainer(Pressing(7, lambda: press(2)), validate_every=3)
    with pytest.raises(KeyboardInterrupt):
        run.fit()
    assert run.step == 3
    assert_same(run.fit(), undisturbed)


def test_an_error_in_a_step_leaves_no_trace_either(undisturbed):
    def fail():
        raise ValueError("a bug in the loss")

    run = trainer(Pressing(4, fail))
    with pytest.raises(ValueError, match="a bug in the loss"):
        run.fit()
    assert_same(run.fit(), undisturbed)


def test_sigterm_ends_between_steps_and_saves_as_the_stop_button_does(undisturbed, tmp_path):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    run = trainer(Pressing(4, lambda: press(1, signal.SIGTERM)), checkpoint=tmp_path / "a.pt").fit()
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    assert 0 < run.step < STEPS
    assert load_checkpoint(tmp_path / "a.pt")["step"] == run.step
    assert run.history["validation"][-1]["step"] == run.step
    assert_same(run.fit(), undisturbed)


def test_a_run_in_another_thread_leaves_signals_alone(undisturbed):
    handlers, runs = [], []

    def look():
        handlers.append((signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)))

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=lambda: runs.append(trainer(Pressing(3, look)).fit()))
    thread.start()
    thread.join()
    assert handlers == [before]
    assert_same(runs[0], undisturbed)
