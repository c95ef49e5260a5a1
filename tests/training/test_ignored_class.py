"""What the loss ignores, validation leaves out: a class of label 0 that nobody learns is no class of IoU 0."""

import math

import pytest
import torch
from torch import nn

from segedu.losses import CrossEntropy, DiceCrossEntropy
from segedu.training.tasks import Semantic
from segedu.training.trainer import Trainer

GENERATOR = torch.Generator().manual_seed(0)
DATA = [(torch.rand(3, 6, 8, generator=GENERATOR), torch.randint(3, (6, 8), generator=GENERATOR)) for _ in range(3)]


def last_validation(loss):
    torch.manual_seed(0)
    model = nn.Conv2d(3, 3, 1)
    options = {"steps": 1, "batch": 3, "device": "cpu", "progress": False}
    return Trainer(model, DATA, DATA, task=Semantic(loss), **options).fit().history["validation"][-1]


@pytest.mark.parametrize(
    "loss", [CrossEntropy(ignore_index=0), DiceCrossEntropy(ignore_index=0), nn.CrossEntropyLoss(ignore_index=0)]
)
def test_the_ignored_class_has_no_score_and_no_part_in_the_mean(loss):
    record = last_validation(loss)
    assert math.isnan(record["iou"][0])
    assert record["mean_iou"] == pytest.approx(sum(record["iou"][1:]) / 2)


@pytest.mark.parametrize("loss", [CrossEntropy(), nn.CrossEntropyLoss(), nn.CrossEntropyLoss(ignore_index=255)])
def test_void_outside_of_the_classes_leaves_none_out(loss):
    assert not any(map(math.isnan, last_validation(loss)["iou"]))
