"""The Python half of the metric lab: what it takes, what it refuses, its picture and its numbers."""

import io
import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

from segedu.metrics.semantic import BoundaryF1, BoundaryIoU, ConfusionMatrix
from segedu.widgets import MetricLab
from segedu.widgets.metric_lab.shapes import VOID, as_label_map, draw_shape


def random_maps(seed, size=(7, 11)):
    generator = torch.Generator().manual_seed(seed)
    target, prediction = (torch.rand(2, *size, generator=generator) < 0.4).long()
    return target.masked_fill(torch.rand(size, generator=generator) < 0.1, VOID), prediction


@pytest.mark.parametrize("seed", range(20))
def test_scores_are_those_of_segedus_metrics(seed):
    target, prediction = random_maps(seed)
    lab = MetricLab(target, prediction, tolerance=seed % 5, width=1 + seed % 6)
    matrix = ConfusionMatrix(2).update(prediction, target)
    assert torch.equal(lab.counts, matrix.counts)
    scores = lab.scores
    assert scores["mean_iou"] == matrix.mean_iou()
    assert scores["frequency_weighted_iou"] == matrix.frequency_weighted_iou()
    assert [scores["iou"], scores["dice"]] == [float(matrix.iou()[1]), float(matrix.dice()[1])]
    assert scores["recall"] == float(matrix.accuracy()[1])
    edges = BoundaryF1(2, tolerance=seed % 5).update(prediction, target)
    bands = BoundaryIoU(2, width=1 + seed % 6).update(prediction, target)
    assert [scores["boundary_f1"], scores["boundary_iou"]] == [float(edges.f1()[1]), float(bands.iou()[1])]


@pytest.mark.parametrize("seed", range(20))
def test_dice_is_the_harmonic_mean_of_precision_and_recall(seed):
    scores = MetricLab(*random_maps(seed)).scores
    precision, recall = scores["precision"], scores["recall"]
    assert math.isclose(scores["dice"], 2 * precision * recall / (precision + recall))


def test_without_an_object_the_objects_scores_are_absent():
    scores = MetricLab(torch.zeros(5, 7, dtype=torch.int64)).scores
    absent = {name for name, value in scores.items() if math.isnan(value)}
    assert absent == {"iou", "dice", "precision", "recall", "boundary_f1", "boundary_iou"}
    assert scores["mean_iou"] == 1


def test_one_map_alone_stands_against_an_empty_one():
    lab = MetricLab(prediction=np.ones((4, 9), dtype=np.uint8))
    assert lab.counts.tolist() == [[0, 36], [0, 0]]
    assert lab.scores["iou"] == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"target": torch.zeros(3, 5, 7)},
            r"the target has shape \(3, 5, 7\); give \(H, W\) with 4 to 48 on each side",
        ),
        ({"target": torch.zeros(5, 49)}, r"shape \(5, 49\)"),
        ({"prediction": torch.zeros(3, 9)}, r"shape \(3, 9\)"),
        ({"target": torch.full((5, 7), 2)}, "contains 2; its labels are 0 for background, 1 for object, 255 for void"),
        ({"target": torch.full((5, 7), 0.5)}, "contains 0.5"),
        ({"prediction": torch.full((5, 7), 255)}, "contains 255; its labels are 0 and 1; void belongs to the target"),
        ({"target": [[0, 1], [1]]}, "rows of different lengths"),
        (
            {"target": torch.zeros(5, 7), "prediction": torch.zeros(7, 5)},
            "cells, the other map .* give both the same shape",
        ),
        ({"tolerance": 5}, "tolerance is 5; give a whole number of cells from 0 to 4"),
        ({"tolerance": 1.5}, "tolerance is 1.5"),
        ({"width": 0}, "width is 0; give a whole number of cells from 1 to 6"),
        ({"width": True}, "width is True"),
        ({"image": torch.zeros(5, 8, 8)}, r"the image is torch.float32 of shape \(5, 8, 8\)"),
        ({"image": torch.zeros(3, 8, 8, dtype=torch.uint8)}, "torch.uint8"),
    ],
)
def test_bad_arguments_are_refused_with_the_cure(given, message):
    with pytest.raises(ValueError, match=message):
        MetricLab(**given)


def test_traits_set_in_python_are_checked_and_kept():
    lab = MetricLab()
    lab.tolerance = 0
    lab.prediction = lab.target
    assert lab.scores["boundary_f1"] == 1
    with pytest.raises(ValueError, match="give both the same shape"):
        lab.target = torch.zeros(5, 7)
    with pytest.raises(ValueError, match="tolerance is 9"):
        lab.tolerance = 9


def test_what_the_page_sends_arrives_and_changes_the_scores():
    lab = MetricLab()
    rows = [[0] * 36 for _ in range(24)]
    rows[3][4:9] = [1] * 5
    box = {"kind": "rectangle", "top": 3, "left": 4, "height": 1, "width": 5}
    lab.set_state({"target": rows, "prediction": rows, "shapes": {"target": box, "prediction": box}, "tolerance": 0})
    assert lab.counts.tolist() == [[859, 0], [0, 5]]
    assert set(lab.scores.values()) == {1.0}
    assert lab.state()["shapes"]["target"] == box


def test_a_map_becomes_rows_of_python_numbers():
    rows = as_label_map(torch.tensor([[0, 255, 1, 0]] * 4), "target", void=True)
    assert rows[0] == [0, 255, 1, 0]
    assert all(type(label) is int for label in rows[0])


@pytest.mark.parametrize("kind", ["rectangle", "ellipse"])
def test_shapes_fill_their_box_symmetrically(kind):
    for height in range(1, 8):
        for width in range(1, 10):
            drawn = draw_shape({"kind": kind, "top": 0, "left": 0, "height": height, "width": width}, (height, width))
            assert (drawn == drawn[::-1]).all()
            assert (drawn == drawn[:, ::-1]).all()
            assert drawn[height // 2, width // 2] == 1
            assert kind == "ellipse" or drawn.all()


def test_an_ellipse_has_the_area_of_an_ellipse():
    drawn = draw_shape({"kind": "ellipse", "top": 1, "left": 2, "height": 30, "width": 40}, (40, 48))
    assert abs(drawn.sum() - math.pi * 15 * 20) < 0.01 * math.pi * 15 * 20


def test_the_scenes_car_is_offered_as_a_target_on_any_grid():
    for size in ((24, 36), (30, 17)):
        car = MetricLab(torch.zeros(size)).objects["scene"]
        assert (len(car), len(car[0])) == size
        assert 0 < sum(map(sum, car)) < 0.1 * size[0] * size[1]
    assert MetricLab(torch.zeros(4, 4)).objects == {}


def test_an_image_of_ones_own_lies_behind_and_is_shrunk():
    lab = MetricLab(image=torch.rand(3, 400, 700))
    assert lab.backdrop == "picture"
    assert lab.objects == {}
    assert len(lab.html()) < 700_000
    assert set(MetricLab(image=torch.rand(20, 30)).backdrops) == {"picture"}


def test_state_is_what_the_view_needs_and_json_holds_it():
    state = MetricLab(layer="target", tool="void").state()
    assert set(state) == {"target", "prediction", "shapes", "layer", "tool", "kind", "brush", "tolerance", "width",
                          "predict", "backdrops", "objects", "backdrop", "opacity"}  # fmt: skip
    assert json.loads(json.dumps(state))["tool"] == "void"


@pytest.mark.parametrize("predict", [False, True])
@pytest.mark.parametrize("size", [(24, 36), (48, 5)])
def test_every_pair_has_a_picture(predict, size):
    lab = MetricLab(*random_maps(0, size), predict=predict)
    assert Image.open(io.BytesIO(lab.picture())).width == 1056


def test_name_and_words_are_the_same_in_every_run():
    one, two = MetricLab(), MetricLab()
    assert repr(one) == repr(two) == "MetricLab(24×36 cells, iou=0.653, pixel_accuracy=0.891)"
    assert "177 cells are object in both, 47 in the target only" in one.describe()


def test_the_alt_text_keeps_what_predict_hides():
    lab = MetricLab(predict=True)
    assert "IoU" not in lab.describe()
    assert repr(lab) == "MetricLab(24×36 cells, predict=True)"
    assert "precision absent" in MetricLab(torch.eye(5, dtype=torch.int64)).describe()


def test_the_mime_bundle_is_small_and_has_the_picture_with_alt_text():
    lab = MetricLab()
    data, metadata = lab._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == lab.describe()
    assert len(lab.html()) < 300_000
