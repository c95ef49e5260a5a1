"""Modes: evaluation leaves no trace, and what was frozen stays frozen."""

import pytest
import torch
from torch import nn

from segedu.models.unet import UNet
from segedu.training.inference import predict
from segedu.training.trainer import Trainer

IMAGE = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))
DATA = [(IMAGE, (IMAGE.mean(0) > 0.5).long())] * 4


def frozen_unet():
    """Return a U-Net that trains, but for its batch norms, as in fine-tuning; one of them trains as well."""
    torch.manual_seed(0)
    model = UNet(3, 2, width=4, depth=1).train()
    norms = [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms[1:]:
        norm.eval()
    return model, norms


def modes(model):
    return [layer.training for layer in model.modules()]


def trainer(model, val=None, **options):
    options = {"steps": 3, "batch": 2, "device": "cpu", "progress": False} | options
    return Trainer(model, DATA, val, **options)


def test_a_prediction_leaves_each_module_in_its_mode_also_when_it_fails():
    model, _ = frozen_unet()
    before = modes(model)
    predict(model, IMAGE)
    assert modes(model) == before
    with pytest.raises(ValueError, match="channels"):
        predict(model, IMAGE[:2])
    assert modes(model) == before


def test_a_trainer_that_is_made_and_an_evaluation_leave_each_module_in_its_mode():
    model, _ = frozen_unet()
    before = modes(model)
    run = trainer(model)
    assert modes(model) == before
    run.evaluate(DATA)
    assert modes(model) == before


def test_frozen_batch_norm_stays_frozen_in_training_and_the_rest_learns():
    model, norms = frozen_unet()
    before = [norm.running_mean.clone() for norm in norms]
    run = trainer(model, DATA, validate_every=1).fit()
    run.fit(steps=5)  # the model is in evaluation mode by now: what was frozen is remembered
    same = [torch.equal(norm.running_mean, mean) for norm, mean in zip(norms, before, strict=True)]
    assert same == [False, *[True] * (len(norms) - 1)]
    assert not any(modes(model))


def test_what_is_frozen_between_two_fits_is_seen():
    torch.manual_seed(0)
    model = UNet(3, 2, width=4, depth=1)
    run = trainer(model).fit()
    norms = [layer for layer in model.train().modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.eval()
    before = [norm.running_mean.clone() for norm in norms]
    run.fit(steps=6)
    assert all(torch.equal(norm.running_mean, mean) for norm, mean in zip(norms, before, strict=True))


def test_a_model_that_comes_in_evaluation_mode_learns_as_a_whole():
    model, norms = frozen_unet()
    model.eval()
    before = [norm.running_mean.clone() for norm in norms]
    trainer(model).fit()
    assert not any(torch.equal(norm.running_mean, mean) for norm, mean in zip(norms, before, strict=True))


def test_a_model_that_freezes_itself_by_train_stays_so():
    class Frozen(nn.Sequential):
        def train(self, mode=True):
            super().train(mode)
            self[1].eval()
            return self

    model = Frozen(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))
    before = model[1].running_mean.clone()
    trainer(model, DATA, validate_every=1).fit()
    assert torch.equal(model[1].running_mean, before)
