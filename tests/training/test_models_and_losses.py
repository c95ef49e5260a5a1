"""Models and losses that can't be trained are named in one sentence, before the first step or in it."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from segedu.losses import CrossEntropy, DiceCrossEntropy
from segedu.models.unet import UNet
from segedu.training.fit import fit
from segedu.training.tasks import Semantic
from segedu.training.trainer import Trainer

IMAGE = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = (IMAGE.mean(0) > 0.5).long()
VOID = LABELS.clone()
VOID[0] = 255


def train(model=None, labels=LABELS, **options):
    options = {"steps": 1, "batch": 2, "device": "cpu", "progress": False} | options
    return fit(model if model is not None else nn.Conv2d(3, 2, 1), [(IMAGE, labels)] * 4, **options)


def frozen():
    return nn.Conv2d(3, 2, 1).requires_grad_(False)


def on_meta():
    with torch.device("meta"):
        return nn.Conv2d(3, 2, 1)


def of_inference():
    with torch.inference_mode():
        return nn.Conv2d(3, 2, 1)


class Detached(nn.Conv2d):
    def forward(self, images):
        return super().forward(images).detach()


@pytest.mark.parametrize(
    ("build", "kind", "message"),
    [
        (lambda: UNet, TypeError, r"the class UNet; make one: UNet\("),
        (lambda: lambda images: images, TypeError, "give an nn.Module"),
        (lambda: "unet", TypeError, "give an nn.Module"),
        (frozen, ValueError, "frozen; set requires_grad_"),
        (lambda: nn.Identity(), ValueError, "no weights to learn|classes"),
        (lambda: nn.Conv2d(3, 2, 1).double(), ValueError, r"float64; take model\.float\(\)"),
        (lambda: nn.Conv2d(3, 2, 1).half(), ValueError, r"float16; take model\.float\(\)"),
        (on_meta, ValueError, "'meta'"),
        (lambda: nn.LazyConv2d(2, 1), ValueError, "no shape yet; run the model on one image"),
        (of_inference, ValueError, "inference_mode"),
        (lambda: Detached(3, 2, 1), ValueError, r"doesn't depend on the model's weights: leave out \.detach\(\)"),
    ],
)
def test_a_model_that_cannot_learn_is_named(build, kind, message):
    with pytest.raises(kind, match=message):
        train(build())


def test_some_weights_may_be_frozen():
    model = nn.Sequential(nn.Conv2d(3, 4, 1).requires_grad_(False), nn.Conv2d(4, 2, 1))
    before = model[0].weight.clone()
    train(model, steps=2)
    assert torch.equal(model[0].weight, before)


def test_training_works_under_inference_mode_and_leaves_it_on():
    model = nn.Conv2d(3, 2, 1)
    with torch.inference_mode():
        assert train(model).step == 1
        assert torch.is_inference_mode_enabled()


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [
        (lambda x, y: F.cross_entropy(x, y, reduction="none"), ValueError, r"numbers; return one, .*\.mean\(\)"),
        (lambda x, y: 0.5, TypeError, "returns a float"),
        (lambda x, y: None, TypeError, r"returns nothing \(None\)"),
        (lambda x, y: x.sum().detach(), ValueError, "doesn't depend on the model's weights"),
        (lambda x, y: (x.argmax(1) != y).float().mean(), ValueError, "doesn't depend on the model's weights"),
        (nn.CrossEntropyLoss, TypeError, r"the class CrossEntropyLoss; make one, CrossEntropyLoss\("),
        (DiceCrossEntropy, TypeError, "the class DiceCrossEntropy"),
        ("dice", TypeError, "'dice'; give a function"),
    ],
)
def test_a_loss_that_is_no_number_of_the_weights_is_named(loss, kind, message):
    with pytest.raises(kind, match=message):
        train(loss=loss)


@pytest.mark.parametrize(
    "loss", [nn.CrossEntropyLoss(), nn.CrossEntropyLoss(ignore_index=0), F.cross_entropy], ids=["-100", "0", "function"]
)
def test_a_loss_that_does_not_know_void_is_named_where_there_is_void(loss):
    assert train(loss=loss).step == 1
    with pytest.raises(ValueError, match="ignore_index=255"):
        train(loss=loss, labels=VOID)


def test_losses_that_know_void_are_taken():
    for loss in (nn.CrossEntropyLoss(ignore_index=255), CrossEntropy(), DiceCrossEntropy()):
        assert train(loss=loss, labels=VOID).step == 1


def test_a_loss_with_one_number_in_brackets_is_taken():
    assert train(loss=lambda x, y: F.cross_entropy(x, y)[None]).step == 1


def test_a_validation_with_a_loss_that_is_none_is_named():
    run = Trainer(nn.Conv2d(3, 2, 1), [(IMAGE, LABELS)], task=Semantic(lambda x, y: None), steps=1, device="cpu")
    with pytest.raises(TypeError, match="returns nothing"):
        run.evaluate([(IMAGE, LABELS)])


@pytest.mark.parametrize("options", [{"batch": 1}, {"batch": 2, "micro_batch": 1}])
def test_batch_norm_on_one_pixel_names_what_helps(options):
    with pytest.raises(ValueError, match=r"one value per channel, .*1, 32, 1, 1.*smaller depth.*micro_batch"):
        train(UNet(3, 2, width=4, depth=3), **options)
    assert train(UNet(3, 2, width=4, depth=2), **options).step == 1


def test_images_of_several_channels_in_one_batch_name_the_channels():
    data = [(IMAGE, LABELS), (IMAGE[:1], LABELS)]
    with pytest.raises(ValueError, match=r"channels .*expand\(3, -1, -1\)"):
        fit(nn.Conv2d(3, 2, 1), data, steps=1, batch=2, device="cpu", progress=False)


@pytest.mark.parametrize("dtype", [torch.uint16, torch.uint32, torch.int8, torch.bool, torch.int32])
def test_labels_of_every_integer_type_train_alike(dtype):
    def weights(labels):
        torch.manual_seed(0)
        return train(nn.Conv2d(3, 2, 1), labels=labels, steps=2).model.weight

    assert torch.equal(weights(LABELS.to(dtype)), weights(LABELS))
    if dtype != torch.bool:
        assert torch.equal(weights(LABELS.to(dtype).numpy()), weights(LABELS))


def test_labels_divided_by_255_are_named_for_what_they_are():
    with pytest.raises(TypeError, match="255"):
        train(labels=LABELS / 255)
