"""Images as people have them: shown as what they are, or named with the cure, in figures and explorers alike."""

import numpy as np
import pytest
import torch
from PIL import Image

import segedu as se
from segedu.viz import overlay, show_predictions, show_row
from segedu.viz._panels import as_panel
from segedu.viz.images import unit_image
from segedu.viz.predictions import error_map

ALT = "A description that is long enough."
BYTES = np.random.default_rng(0).integers(0, 256, (3, 9, 14), dtype=np.uint8)
IMAGE = torch.from_numpy(BYTES) / 255
LABELS = torch.zeros(9, 14).long()
HALVES = IMAGE.half().float()
TAKEN = {
    "uint8": BYTES,
    "uint8 of torch": torch.from_numpy(BYTES),
    "uint16": BYTES.astype(np.uint16) * np.uint16(257),
    "uint16 of torch": torch.from_numpy(BYTES.astype(np.uint16) * np.uint16(257)),
    "float64": BYTES / 255,
    "float64 of torch": IMAGE.double(),
    "with a gradient": IMAGE.clone().requires_grad_(),
    "a picture of Pillow's": Image.fromarray(BYTES.transpose(1, 2, 0)),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_every_form_of_one_image_is_the_same_image(kind):
    image = TAKEN[kind]
    assert np.abs(unit_image(image, "the image") - IMAGE.numpy()).max() < 1e-6
    assert torch.equal(overlay(image, LABELS, opacity=0), overlay(IMAGE, LABELS, opacity=0))
    assert np.array_equal(as_panel(image, "image").rgb, BYTES.transpose(1, 2, 0))
    assert torch.allclose(error_map(image, LABELS, LABELS), error_map(IMAGE, LABELS, LABELS))
    show_predictions([image], [LABELS], [LABELS], ["sky"], ["#56B4E9"], ALT)
    assert se.explorers.OverlayViewer(image=image).photo == se.explorers.OverlayViewer(image=IMAGE).photo


@pytest.mark.parametrize("kind", TAKEN)
def test_explorers_shrink_every_form_of_one_image_alike(kind):
    def larger(image):
        if isinstance(image, Image.Image):
            return image.resize((14 * 20, 9 * 20), Image.Resampling.NEAREST)
        return torch.as_tensor(image).repeat_interleave(20, -1).repeat_interleave(20, -2)

    labels, mask = torch.zeros(180, 280).long(), torch.zeros(180, 280).bool()
    labels[:90] = 1
    mask[40:120, 40:120] = True
    image, usual = larger(TAKEN[kind]), larger(IMAGE)
    for make in (
        lambda image: se.explorers.AugmentationLab(image=image, label_map=labels),
        lambda image: se.explorers.LikelihoodExplorer(image=image, label_map=labels),
        lambda image: se.explorers.LossExplorer(image=image, mask=mask),
    ):
        assert make(image).state() == make(usual).state()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_floats_of_half_precision_are_welcome(dtype):
    assert np.abs(unit_image(IMAGE.to(dtype), "the image") - IMAGE.numpy()).max() < 0.01


def test_gray_pictures_of_sixteen_bits_keep_them():
    gray = Image.fromarray(np.array([[0, 257, 65535]], np.uint16))
    assert unit_image(gray, "the image")[0, 0].tolist() == pytest.approx([0, 1 / 255, 1])


REFUSED = {
    "0 … 255": (IMAGE * 255, "has values from 0 to 255; an image is float in .*: divide by 255"),
    "0 … 65535": (IMAGE * 65535, "has values from 0 to .*: divide by 65535"),
    "normalized": ((IMAGE - 0.45) / 0.22, "has values from -.*: undo its normalization"),
    "NaN": (torch.where(IMAGE > 0.5, torch.nan, IMAGE), "holds NaN or infinity"),
    "infinity": (torch.where(IMAGE > 0.5, torch.inf, IMAGE), "holds NaN or infinity"),
    "channels last": (IMAGE.permute(1, 2, 0), r"has shape \(9, 14, 3\).* Channels come first here: image\.permute"),
    "a batch": (IMAGE[None], r"has shape \(1, 3, 9, 14\).* Take one image of the batch: images\[0\]"),
    "alpha": (torch.cat([IMAGE, IMAGE[:1]]), r"has shape \(4, 9, 14\).* Leave out the fourth channel, which is alpha"),
    "int64": (torch.from_numpy(BYTES).long(), "is torch.int64; give floats in .*, or uint8"),
    "booleans": (IMAGE > 0.5, "is torch.bool; give floats"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_image_is_named_with_the_cure(kind):
    image, sentence = REFUSED[kind]
    for give in (
        lambda: unit_image(image, "the image"),
        lambda: overlay(image, LABELS),
        lambda: error_map(image, LABELS, LABELS),
        lambda: se.explorers.OverlayViewer(image=image),
    ):
        with pytest.raises(ValueError, match=f"^the image {sentence}"):
            give()
    with pytest.raises(ValueError, match=r"^'street' "):
        show_row([image], ["street"], ALT)
    with pytest.raises(ValueError):  # noqa: PT011 - of the image, or of a size that doesn't fit
        show_predictions([image], [LABELS], [LABELS], ["sky"], ["#56B4E9"], ALT)


@pytest.mark.parametrize("kind", ["0 … 255", "normalized", "NaN"])
def test_explorers_show_no_image_that_is_none(kind):
    image, sentence = REFUSED[kind]
    image = torch.nn.functional.interpolate(image[None], (96, 128))[0]
    explorers = se.explorers
    for give in (
        lambda: explorers.SlidingWindowExplorer(image=image),
        lambda: explorers.GriddingExplorer(image=image),
        lambda: explorers.ReceptiveFieldExplorer(image=image),
        lambda: explorers.MetricLab(image=image),
        lambda: explorers.UpsamplingExplorer(photo=image),
    ):
        with pytest.raises(ValueError, match=f"^the (image|photo) {sentence}"):
            give()


def test_rounding_and_resizing_may_leave_the_range_by_a_hundredth():
    image = IMAGE * 1.018 - 0.009
    assert np.array_equal(unit_image(image, "the image"), image.numpy())
    assert as_panel(image, "image").rgb.max() == 255


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.int8, torch.bool])
def test_predictions_are_shown_whatever_integers_their_labels_are(dtype, tmp_path):
    target = (IMAGE[0] > 0.5).long()
    for name, labels in (("a", target), ("b", target.to(dtype)), ("c", target.numpy())):
        path = tmp_path / f"{name}.png"
        show_predictions([IMAGE], [labels], [labels], ["sky", "road"], None, ALT, path=path)
    files = [(tmp_path / f"{name}.png").read_bytes() for name in "abc"]
    assert files[0] == files[1] == files[2]
