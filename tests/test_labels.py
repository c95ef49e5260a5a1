"""Labels of every integer type mean the same; floats are named for what they are, with advice that keeps the labels."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import segedu as se
from segedu.labels import check_integers, check_range, integer_labels

LOSSES = [
    se.CrossEntropy(),
    se.CrossEntropy([1.0, 2.0, 3.0]),
    se.losses.BoundaryCrossEntropy(),
    se.losses.DiceCrossEntropy(),
    se.losses.Focal(),
    se.losses.LovaszSoftmax(),
    se.losses.SoftDice(),
    se.losses.Tversky(),
]
BINARY_LOSSES = [se.losses.BinaryFocal(), se.losses.BinarySoftDice()]
LABELS = torch.tensor([[[0, 1, 2, 255], [1, 1, 0, 2], [255, 0, 2, 2]]])
DTYPES = [torch.uint8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.uint64]


def logits(channels: int) -> torch.Tensor:
    return torch.randn(1, channels, 3, 4, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_loss_of_labels_is_the_same_for_every_integer_type(loss, dtype):
    assert torch.equal(loss(logits(3), LABELS.to(dtype)), loss(logits(3), LABELS))
    if hasattr(loss, "share"):
        assert torch.equal(loss.share(LABELS.to(dtype)), loss.share(LABELS))


@pytest.mark.parametrize("dtype", [*DTYPES, torch.bool, torch.int8], ids=str)
@pytest.mark.parametrize("loss", LOSSES + BINARY_LOSSES, ids=repr)
def test_a_loss_of_a_mask_is_the_same_for_every_integer_type(loss, dtype):
    mask = (LABELS == 1).long()
    values = logits(1 if loss in BINARY_LOSSES else 3)
    assert torch.equal(loss(values, mask.to(dtype)), loss(values, mask))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_metrics_of_labels_are_the_same_for_every_integer_type(dtype):
    prediction = torch.where(LABELS == 255, 0, LABELS).roll(1)
    for make in (se.ConfusionMatrix, se.metrics.BoundaryF1, se.metrics.BoundaryIoU, se.metrics.ImageScores):
        ours = make(3).update(prediction.to(dtype), LABELS.to(dtype))
        assert torch.equal(ours.counts, make(3).update(prediction, LABELS).counts)


def test_eight_bits_don_t_make_void_of_minus_one():
    """In int8 −1 equals 255, and in uint8 255 equals −1: torch compares in 8 bits."""
    with pytest.raises(ValueError, match=r"the target contains label -1; expected 0 … 2, or 255 for void"):
        se.CrossEntropy()(logits(3), torch.full((1, 3, 4), -1, dtype=torch.int8))
    with pytest.raises(ValueError, match=r"the target contains label 255; expected 0 … 2, or -1 for void"):
        se.CrossEntropy(ignore_index=-1)(logits(3), torch.full((1, 3, 4), 255, dtype=torch.uint8))


def test_a_label_of_sixteen_bits_out_of_range_is_named():
    labels = torch.as_tensor(np.full((1, 3, 4), 300, np.uint16))
    with pytest.raises(ValueError, match="the target contains label 300; expected 0 … 2"):
        se.CrossEntropy()(logits(3), labels)
    with pytest.raises(ValueError, match="the map contains label 300"):
        check_range(labels, 3, 255, "map")
    assert integer_labels(labels, "map").dtype == torch.int64


WHOLE = torch.tensor([[[0.0, 1, 2, 255]]])
FLOATS = [
    (WHOLE, r"take target\.long\(\)"),
    (WHOLE / 255, r"whole numbers divided by 255, as ToTensor makes them.*read the mask without scaling"),
    ((WHOLE / 255).double(), r"divided by 255"),
    (torch.tensor([[[0, 1, 0, 128]]]) / 255, r"divided by 255"),
    (torch.tensor([[[0.3, 0.123]]]), r"with fractions.*argmax of probabilities, or compare them with a threshold"),
    (torch.tensor([[[0.5, -2.25]]]), r"with fractions.*take target\.argmax of logits"),
    (torch.tensor([[[float("nan"), 1.0]]]), r"take target\.argmax of logits"),
    (torch.rand(1, 3, 4, 5), r"looks like logits.*take target\.argmax\(dim=1\)"),
    (WHOLE.to(torch.complex64), r"take target\.argmax of logits"),
]


@pytest.mark.parametrize(("labels", "sentence"), FLOATS, ids=range(len(FLOATS)))
def test_labels_that_are_floats_are_named_for_what_they_are(labels, sentence):
    with pytest.raises(TypeError, match=sentence) as caught:
        check_integers(labels, "target")
    assert ".long()" not in str(caught.value) or torch.equal(labels.long().to(labels.dtype), labels)
    with pytest.raises(TypeError, match=sentence):
        se.CrossEntropy()(logits(3), labels)
    with pytest.raises(TypeError, match="expected integer labels"):
        se.metrics.BoundaryF1(3).update(labels, labels)


@pytest.mark.parametrize("count", [2, 12, 33, 255])
def test_every_mask_that_totensor_divided_is_recognized(count):
    mask = torch.arange(count).reshape(1, 1, -1)
    scaled = mask.to(torch.uint8).float().div(255)
    with pytest.raises(TypeError, match="divided by 255"):
        check_integers(scaled, "target")
    one_hot = F.one_hot(mask, count).movedim(-1, 1).float()
    with pytest.raises(TypeError, match=r"argmax\(dim=1\)"):
        check_integers(one_hot, "target")
