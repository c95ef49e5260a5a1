"""The history: when losses are read, which are no numbers, and what a record's headline is."""

import math

import pytest
import torch

from segedu.training.history import READ_EVERY, SKIPS_ALLOWED, LossReader, headline, new_history


def add(reader, history, *losses):
    for number, loss in enumerate(losses):
        reader.add(torch.tensor(float(loss)), 0.1 * number, [number], history)


def test_on_a_cpu_each_loss_is_read_at_once():
    history = new_history()
    add(LossReader(torch.device("cpu"), scaled=False), history, 3, 2)
    assert history == {"loss": [3.0, 2.0], "lr": [0.0, 0.1], "validation": []}


def test_on_a_gpu_several_are_read_at_once_and_none_is_lost():
    reader, history = LossReader(torch.device("cuda"), scaled=False), new_history()
    add(reader, history, *range(READ_EVERY - 1))
    assert history["loss"] == []
    add(reader, history, 7)
    assert history["loss"] == [*map(float, range(READ_EVERY - 1)), 7.0]
    add(reader, history, 5)
    reader.read(history)
    reader.read(history)
    assert history["loss"][-2:] == [7.0, 5.0]


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_raises_naming_step_rate_and_images(loss):
    with pytest.raises(FloatingPointError, match=r"in step 1 at lr=1\.00e-01, on training images \[1\]"):
        add(LossReader(torch.device("cpu"), scaled=False), new_history(), 1.0, loss)


def test_while_fp16_looks_for_its_scale_some_steps_in_a_row_may_have_no_loss():
    reader, history = LossReader(torch.device("cpu"), scaled=True), new_history()
    for _ in range(3):
        add(reader, history, *[math.nan] * SKIPS_ALLOWED, 1.0)
    assert len(history["loss"]) == 3 * (SKIPS_ALLOWED + 1)
    with pytest.raises(FloatingPointError):
        add(reader, history, *[math.nan] * (SKIPS_ALLOWED + 1))


def test_the_headline_is_the_first_score_with_or_without_a_loss():
    assert headline({"step": 3, "loss": 1.0, "ap": 0.2, "ap50": 0.4}) == "ap"
    assert headline({"step": 3, "ap": 0.2}) == "ap"
