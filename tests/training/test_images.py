"""Images: what is taken and what is named is the same in training and in prediction."""

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.transforms.functional import pil_to_tensor, to_pil_image

from segedu.models.unet import UNet
from segedu.training.fit import fit
from segedu.training.inference import predict
from segedu.training.preprocessing import Preprocessing


def model(channels=3):
    torch.manual_seed(0)
    return nn.Conv2d(channels, 2, 3, padding=1)


BYTES = torch.randint(256, (3, 8, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
FLOATS = BYTES.float() / 255


def trained_on(image):
    """Return the weights that training on one image gives."""
    labels = (FLOATS.mean(0) > 0.5).long()
    run = fit(model(), [(image, labels)] * 2, steps=2, batch=2, device="cpu", progress=False)
    return run.model.weight.detach()


@pytest.mark.parametrize(
    "same",
    [BYTES, BYTES.numpy(), FLOATS.numpy(), FLOATS.numpy()[:, ::-1][:, ::-1], FLOATS.numpy().astype(">f4")],
    ids=["bytes", "array of bytes", "array", "mirrored view", "other byte order"],
)
def test_bytes_and_arrays_mean_the_same_as_floats(same):
    assert torch.equal(predict(model(), same, logits=True), predict(model(), FLOATS, logits=True))
    assert torch.equal(trained_on(same), trained_on(FLOATS))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_floats_of_other_precision_are_taken(dtype):
    other = FLOATS.to(dtype)
    torch.testing.assert_close(
        predict(model(), other, logits=True), predict(model(), FLOATS, logits=True), atol=5e-3, rtol=0
    )
    torch.testing.assert_close(trained_on(other), trained_on(FLOATS), atol=2e-3, rtol=0)


def test_sixteen_bits_are_divided_by_their_range():
    wide = (BYTES.int() * 257).to(torch.uint16)  # 0 … 65535
    assert torch.equal(predict(model(), wide, logits=True), predict(model(), FLOATS, logits=True))
    assert torch.equal(trained_on(wide), trained_on(FLOATS))


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (FLOATS * 255, ValueError, "divide by 255"),
        (BYTES.long(), TypeError, r"torch\.int64; .*/ 255"),
        (BYTES.int().numpy(), TypeError, r"torch\.int32; .*/ 255"),
        (FLOATS.to(torch.complex64), TypeError, "complex64"),
        (FLOATS * float("nan"), ValueError, "NaN"),
        (FLOATS * float("inf"), ValueError, "infinity"),
        (FLOATS.permute(1, 2, 0), ValueError, r"channels last; use image\.permute\(2, 0, 1\)"),
        (FLOATS.permute(1, 2, 0).numpy(), ValueError, r"channels last; use image\.transpose\(2, 0, 1\)"),
        (FLOATS[0], ValueError, r"expected \(channels"),
        (FLOATS[:, :0], ValueError, "empty"),
        (to_pil_image(BYTES), TypeError, "pil_to_tensor"),
        ([FLOATS], TypeError, r"torch\.stack"),
        ("photo.png", TypeError, "a str"),
        (None, TypeError, "a NoneType"),
        (np.array([[["a"]]]), TypeError, "give numbers"),
    ],
)
def test_what_is_no_image_is_named_by_both_alike(wrong, kind, message):
    with pytest.raises(kind, match=rf"the image (is|has|holds|reaches).*{message}"):
        predict(model(), wrong)
    with pytest.raises(kind, match=rf"the image of training sample 0 (is|has|holds|reaches).*{message}"):
        trained_on(wrong)


def test_what_the_sentence_says_of_pillow_works():
    assert torch.equal(predict(model(), pil_to_tensor(to_pil_image(BYTES))), predict(model(), BYTES))


def test_a_batch_with_channels_last_is_named():
    with pytest.raises(ValueError, match=r"permute\(0, 3, 1, 2\)"):
        predict(model(), FLOATS.permute(1, 2, 0)[None])


@pytest.mark.parametrize("size", [(3, 8, 12), (4, 8, 12), (1, 8, 12)])
def test_channels_that_the_model_does_not_take_are_named(size):
    sample = (torch.rand(size), torch.zeros(8, 12, dtype=torch.long))
    taken = 2 if size[0] != 2 else 3
    for network in (model(taken), UNet(taken, 2, width=2, depth=1)):
        for act in (
            lambda network=network: predict(network, sample[0]),
            lambda network=network: fit(network, [sample], steps=1, batch=1, device="cpu", progress=False),
        ):
            with pytest.raises(ValueError, match=rf"in_channels={size[0]}"):
                act()


def test_means_that_do_not_fit_the_channels_are_named():
    with pytest.raises(ValueError, match=r"4 channels and the preprocessing's mean 3"):
        Preprocessing(mean=(0.5, 0.5, 0.5))(torch.rand(1, 4, 2, 2))
    with pytest.raises(ValueError, match=r"1 channels and the preprocessing's std 3"):
        Preprocessing(std=(0.5, 0.5, 0.5))(torch.rand(1, 1, 2, 2))


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"mean": (123.675, 116.28, 103.53)}, ValueError, r"images in \[0, 1\]"),
        ({"std": (58.395, 57.12, 57.375)}, ValueError, r"images in \[0, 1\]"),
        ({"std": (0.0,)}, ValueError, "above 0"),
        ({"std": 0}, ValueError, "above 0"),
        ({"mean": (float("nan"),)}, ValueError, "finite"),
        ({"mean": ()}, ValueError, "empty"),
        ({"mean": "0.5"}, TypeError, "number"),
        ({"size": 32}, TypeError, r"\(height, width\)"),
        ({"size": (0, 4)}, ValueError, "height is 0"),
    ],
)
def test_a_preprocessing_that_makes_no_sense_is_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        Preprocessing(**options)


def test_a_preprocessing_may_come_from_numpy_and_keeps_pythons_numbers():
    ours = Preprocessing(mean=np.array([0.5, 0.4, 0.3]), std=torch.tensor(0.25), size=[np.int64(8), 12])
    assert ours == Preprocessing((0.5, 0.4, 0.3), (0.25,), (8, 12))
    assert all(type(number) is float for number in ours.mean + ours.std)
    assert all(type(number) is int for number in ours.size)
    assert ours(torch.rand(1, 3, 4, 4, dtype=torch.float32)).dtype == torch.float32


# What prediction has of its own


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_model_in_another_precision_predicts_in_it(dtype):
    logits = predict(model().to(dtype), FLOATS, logits=True)
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, predict(model(), FLOATS, logits=True), atol=5e-2, rtol=0)


@pytest.mark.parametrize(
    ("out", "kind", "message"),
    [
        (torch.zeros(8, 11), ValueError, r"out has shape \(8, 11\); expected \(8, 12\)"),
        (torch.zeros(2, 8, 12), ValueError, r"expected \(8, 12\)"),
        (np.zeros((12, 8)), ValueError, r"expected \(8, 12\)"),
        ([0], TypeError, "out is a list"),
    ],
)
def test_an_out_that_does_not_fit_is_named(out, kind, message):
    with pytest.raises(kind, match=message):
        predict(model(), FLOATS, out=out)


def test_an_out_for_logits_names_the_classes():
    with pytest.raises(ValueError, match=r"expected \(num_classes, 8, 12\)"):
        predict(model(), FLOATS, logits=True, out=torch.zeros(8, 12))
    with pytest.raises(ValueError, match="room for 5 classes and the model has 2"):
        predict(model(), FLOATS, logits=True, out=torch.zeros(5, 8, 12))
    with pytest.raises(ValueError, match=r"expected \(3, 8, 12\)"):
        predict(model(), FLOATS.expand(3, 3, 8, 12), out=torch.zeros(2, 8, 12))


@pytest.mark.parametrize("wrong", [lambda images: images, nn.Conv2d, predict])
def test_a_model_that_is_none_is_named(wrong):
    with pytest.raises(TypeError, match="the model is"):
        predict(wrong, FLOATS)


def test_another_default_device_changes_nothing():
    expected = predict(model(), FLOATS, tile=64, overlap=16, logits=True), trained_on(FLOATS)
    torch.set_default_device("meta")  # stands for a GPU: what lands there by mistake meets the CPU
    try:
        with torch.device("cpu"):
            network, labels = model(), (FLOATS.mean(0) > 0.5).long()
        logits = predict(network, FLOATS, tile=64, overlap=16, logits=True)
        run = fit(network, [(FLOATS, labels)] * 2, steps=2, batch=2, device="cpu", progress=False)
    finally:
        torch.set_default_device(None)
    assert torch.equal(logits, expected[0])
    assert torch.equal(run.model.weight.detach(), expected[1])
