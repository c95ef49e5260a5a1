"""Arguments: numbers of any kind are Python's own, and what makes no sense is refused before anything is loaded."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from segedu.training.checkpoint import load_checkpoint
from segedu.training.fit import fit
from segedu.training.tasks import Semantic
from segedu.training.trainer import Trainer

IMAGE = torch.rand(3, 6, 8, generator=torch.Generator().manual_seed(0))
DATA = [(IMAGE, (IMAGE.mean(0) > 0.5).long())] * 4


def trainer(**options):
    torch.manual_seed(0)
    model = nn.Conv2d(3, 2, 1)
    return Trainer(model, DATA, **{"steps": 2, "batch": 2, "device": "cpu", "progress": False} | options)


@pytest.mark.parametrize("name", ["steps", "minutes", "batch", "micro_batch", "lr", "validate_every"])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "2", True, [1]])
def test_a_number_that_makes_no_sense_is_refused_by_its_name(name, value):
    options = {"steps": None, "minutes": value} if name == "minutes" else {name: value}
    with pytest.raises((TypeError, ValueError), match=rf"^{name} is .*; it must be"):
        trainer(**options)


@pytest.mark.parametrize("name", ["batch", "lr"])
def test_what_has_no_default_of_its_own_is_not_none(name):
    with pytest.raises(TypeError, match=rf"^{name} is None; it must be"):
        trainer(**{name: None})


@pytest.mark.parametrize("name", ["workers", "seed", "weight_decay"])
@pytest.mark.parametrize("value", [-1, math.nan, "2", None])
def test_a_number_that_may_be_0_may_not_be_less(name, value):
    assert trainer(**{name: 0})
    with pytest.raises((TypeError, ValueError), match=rf"^{name} is .*; it must be"):
        trainer(**{name: value})


@pytest.mark.parametrize("name", ["steps", "batch", "micro_batch", "workers", "seed", "validate_every"])
def test_half_a_step_is_none(name):
    with pytest.raises(ValueError, match=rf"^{name} is 2\.5; it must be a whole number"):
        trainer(**{name: 2.5})


@pytest.mark.parametrize("budget", [{"steps": 0}, {"steps": -3}, {"minutes": math.nan}, {"minutes": math.inf}])
def test_fit_refuses_the_same_budgets(budget):
    run = trainer()
    with pytest.raises(ValueError, match="it must be"):
        run.fit(**budget)
    assert run.fit().step == 2


@pytest.mark.parametrize("number", [np.int64, np.float32, torch.tensor])
def test_numbers_of_any_kind_give_the_same_run_and_a_checkpoint_that_can_be_read(number, tmp_path):
    plain = {"steps": 2, "batch": 2, "micro_batch": 1, "seed": 3, "validate_every": 1}
    rates = {"lr": 0.25, "weight_decay": 0.5}
    ours = trainer(**plain, **rates, checkpoint=tmp_path / "plain.pt").fit()
    others = {name: number(value) for name, value in plain.items()}
    others |= {name: np.float64(value) for name, value in rates.items()}
    theirs = trainer(**others, checkpoint=tmp_path / "other.pt").fit()
    assert torch.equal(ours.model.weight, theirs.model.weight)
    assert load_checkpoint(tmp_path / "other.pt")["settings"] == load_checkpoint(tmp_path / "plain.pt")["settings"]
    assert trainer(**plain, **rates, checkpoint=tmp_path / "other.pt", resume=True).step == 2


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("epochs", "steps="),
        ("optimizer", "AdamW"),
        ("scheduler", "lr is its peak"),
        ("learning_rate", "lr"),
        ("batch_size", "batch"),
        ("loss", r"task=Semantic\(loss\)"),
        ("stepz", "did you mean steps"),
        ("colour", "there are model, train, val"),
    ],
)
def test_what_other_trainers_take_is_named_with_what_to_give_here(name, mend):
    with pytest.raises(TypeError, match=rf"no argument {name}: .*{mend}"):
        trainer(**{name: 1})


@pytest.mark.parametrize("resume", ["yes", 1, None])
def test_resume_is_true_false_or_anyway(resume):
    with pytest.raises(ValueError, match=r"resume=.*give True, False, or 'anyway'"):
        trainer(resume=resume)


@pytest.mark.parametrize("device", ["gpu", "foo", "", "cuda:x"])
def test_a_device_that_torch_does_not_know_is_named(device):
    with pytest.raises(ValueError, match="give 'cuda', 'mps' or 'cpu'"):
        trainer(device=device)


@pytest.mark.parametrize("name", ["LOCAL_RANK", "WORLD_SIZE"])
def test_an_environment_variable_that_is_empty_says_nothing_and_one_that_is_no_number_is_named(name, monkeypatch):
    monkeypatch.setenv(name, "")
    assert trainer(device=None).step == 0
    monkeypatch.setenv(name, "two")
    with pytest.raises(ValueError, match=rf"{name} is 'two'"):
        trainer(device=None)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (Semantic, r"the class Semantic; make one, Semantic\(\)"),
        (nn.CrossEntropyLoss(), r"task=Semantic\(loss\)"),
        ("semantic", "is a str"),
    ],
)
def test_a_task_that_is_none_is_named(task, message):
    with pytest.raises(TypeError, match=message):
        trainer(task=task)


def test_no_preprocessing_is_said_by_one_that_changes_nothing():
    with pytest.raises(TypeError, match=r"give Preprocessing\(\)"):
        fit(nn.Conv2d(3, 2, 1), DATA, steps=1, preprocessing=None, device="cpu", progress=False)
