"""The Python half of the likelihood explorer: what it takes, what it refuses, its numbers and its picture."""

import io
import json
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

import segedu as se
from segedu.widgets import LikelihoodExplorer
from segedu.widgets.likelihood.core import FEATURES, STEPS
from segedu.widgets.likelihood.explorer import LEARNING_RATES
from segedu.widgets.likelihood.scene import DIALS, SCENE, scene

CONTRASTS = {
    "red − green": lambda red, green, blue: red - green,
    "red − blue": lambda red, green, blue: red - blue,
    "green − blue": lambda red, green, blue: green - blue,
    "brightness": lambda red, green, blue: (red + green + blue) / 3 - 0.5,
}


@pytest.fixture(scope="module")
def explorer():
    """The explorer as a lecture shows it; tests that change it make their own."""
    return LikelihoodExplorer()


def noisy(seed, **more):
    """Return an explorer on a small image of three classes whose colors overlap, and its image and labels."""
    made = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (5, 7), generator=made)
    colors = torch.rand(3, 3, generator=made)
    image = (colors[labels].movedim(-1, 0) + 0.2 * torch.randn(3, 5, 7, generator=made)).clamp(0, 1)
    image = (image.double() * 255).round() / 255
    labels[0, 0], labels[4, 6], labels[2, 3] = 255, 1, 0
    return LikelihoodExplorer(image, labels, 1, **more), image, labels


@pytest.mark.parametrize("seed", range(52))
def test_loss_and_gradient_are_torchs_binary_cross_entropy_over_the_valid_pixels(seed):
    feature = list(FEATURES)[seed % 4]
    w, b = (torch.rand(2, generator=torch.Generator().manual_seed(seed)) * 16 - 8).tolist()
    explorer, image, labels = noisy(seed, w=w, b=b, feature=feature)
    x = 10 * CONTRASTS[feature](*image)
    valid, y = labels != 255, (labels == 1).double()
    point = torch.tensor([w, b], dtype=torch.float64, requires_grad=True)
    loss = F.binary_cross_entropy_with_logits((point[0] * x + point[1])[valid], y[valid])
    (slopes,) = torch.autograd.grad(loss, point)
    torch.testing.assert_close(explorer.x, x, atol=1e-12, rtol=0)
    assert explorer.scores.loss == pytest.approx(loss.item(), rel=1e-9)
    assert explorer.gradient == pytest.approx(slopes.tolist(), rel=1e-9, abs=1e-12)
    assert explorer.scores.log_likelihood == pytest.approx(-loss.item() * valid.sum().item())


def test_maps_are_the_likelihoods_loss_and_its_slope_along_each_logit():
    explorer, _, labels = noisy(3, w=3.0, b=-1.0)
    z = explorer.z.requires_grad_()
    loss = torch.where(explorer.y == 1, -z.sigmoid().log(), -(1 - z.sigmoid()).log())
    (slope,) = torch.autograd.grad(loss[labels != 255].sum(), z)
    torch.testing.assert_close(explorer.loss_map[labels != 255], loss[labels != 255].detach())
    torch.testing.assert_close(explorer.gradient_map[labels != 255], slope[labels != 255])
    assert explorer.loss_map[0, 0].isnan()  # void has no loss
    assert explorer.gradient_map[0, 0].isnan()


@pytest.mark.parametrize("learning_rate", [0.5, 20.0])
def test_the_trajectory_is_torchs_gradient_descent(learning_rate):
    explorer, image, labels = noisy(8, w=-4.0, b=5.0, learning_rate=learning_rate)
    x, y = (10 * (image[0] - image[1]))[labels != 255], (labels == 1).double()[labels != 255]
    point = torch.tensor([-4.0, 5.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([point], lr=learning_rate)
    for step in range(5):
        torch.testing.assert_close(explorer.trajectory[step], point.detach(), atol=1e-9, rtol=1e-9)
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(point[0] * x + point[1], y).backward()
        optimizer.step()
    assert explorer.trajectory.shape == (STEPS + 1, 2)
    explorer.step = 5
    assert explorer.point == pytest.approx(point.tolist())


@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5, 6])  # 1 can be told apart by a threshold
def test_no_other_point_is_better_than_the_best(seed):
    explorer, _, _ = noisy(seed)
    best = explorer.best
    assert best is not None
    least = explorer.scores_at(*best).loss
    for w, b in torch.randn(40, 2, generator=torch.Generator().manual_seed(seed)).tolist():
        assert explorer.scores_at(best[0] + w, best[1] + b).loss > least
    assert least <= explorer.baseline.loss + 1e-12  # w = 0 is one of the curves


def test_color_finds_the_stone_but_not_which_stone(explorer):
    best = LikelihoodExplorer(w=4.74, b=-2.43)
    pixels = {name: best.p[best.label_map == best.classes.index(name)] for name in ("boulder", "pyramid", "meadow")}
    assert best.scores.loss == pytest.approx(explorer.scores_at(*explorer.best).loss, abs=1e-5)
    assert best.scores.accuracy > explorer.baseline.accuracy + 0.08
    assert pixels["meadow"].mean() < 0.01
    assert pixels["pyramid"].mean() > 0.5  # called a boulder more often than not
    assert best.scores.iou < 0.65
    # Red − blue is no help: meadow and sky lie on both sides of the stone, and a logistic curve only rises or falls.
    other = LikelihoodExplorer(feature="red − blue")
    assert other.scores_at(*other.best).iou < 0.01


def test_a_learning_rate_past_two_over_the_curvature_never_settles(explorer):
    short, long = (LikelihoodExplorer(learning_rate=rate) for rate in (20.0, 50.0))
    least = explorer.scores_at(*explorer.best).loss
    ends = [one.scores_at(*one.trajectory[-1].tolist()).loss for one in (short, long)]
    assert ends[0] == pytest.approx(least, abs=1e-4)
    assert ends[1] > 1.5 * least


def test_the_baseline_is_the_best_constant_probability(explorer):
    share = float(explorer.y[explorer.valid].mean())
    constant = explorer.scores_at(0.0, math.log(share / (1 - share)))
    assert explorer.baseline.loss == pytest.approx(constant.loss)
    assert explorer.baseline.accuracy == pytest.approx(1 - share)
    assert explorer.baseline.iou == constant.iou == 0


def test_an_absent_target_and_separable_classes_have_no_best_curve():
    absent = LikelihoodExplorer(target="sheep")
    assert absent.best is None
    assert math.isnan(absent.scores_at(0.0, -5.0).iou)
    assert absent.scores_at(0.0, -12.0).loss < 1e-5
    labels = torch.tensor([[0, 0, 1, 1]])
    image = torch.tensor([0.1, 0.2, 0.8, 0.9]).expand(3, 1, 4)
    apart = LikelihoodExplorer(image, labels, 1, feature="brightness")
    assert apart.best is None
    assert apart.scores_at(12.0, 0.0).loss < apart.scores_at(6.0, 0.0).loss < 1e-4


def test_an_image_of_void_alone_is_shown_without_numbers():
    explorer = LikelihoodExplorer(torch.rand(3, 6, 8), torch.full((6, 8), 255), 0)
    assert explorer.gradient == (0.0, 0.0)
    assert explorer.best is None
    assert explorer.picture()


def test_a_large_image_is_shown_with_every_kth_pixel_unmixed():
    image, labels = torch.rand(3, 200, 300), torch.randint(0, 4, (200, 300))
    explorer = LikelihoodExplorer(image, labels, 2)
    assert (explorer.size, explorer.every) == ([67, 100], 3)
    kept = (image[:, ::3, ::3] * 255).round().to(torch.uint8).movedim(0, -1)
    assert np.array_equal(explorer.image, kept.numpy())
    assert torch.equal(explorer.label_map, labels[::3, ::3])


def test_images_come_as_floats_bytes_or_gray_and_samples_bring_both():
    labels = torch.tensor([[0, 1, 1], [2, 255, 1]])
    floats = torch.rand(3, 2, 3)
    same = [LikelihoodExplorer(image, labels) for image in (floats, (floats * 255).round().to(torch.uint8))]
    assert same[0].state() == same[1].state()
    assert same[0].target == 1  # most pixels but for class 0
    assert LikelihoodExplorer(torch.rand(1, 2, 3), labels).scores.loss == pytest.approx(math.log(2))  # gray: x is 0
    sample = se.Scenes(3, size=(32, 40), seed=4)[2]
    shown = LikelihoodExplorer(sample=sample, target="road")
    assert torch.equal(shown.label_map, sample["label_map"])
    assert shown.classes[shown.target] == "road"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"image": torch.rand(3, 4, 5)}, "there are no labels to learn from; give label_map="),
        ({"image": torch.rand(4, 5, 3), "label_map": torch.zeros(4, 5).long()}, r"the image has shape \(4, 5, 3\)"),
        ({"label_map": torch.zeros(4, 5).long()}, "there is no image"),
        ({"image": torch.rand(3, 4, 5), "label_map": torch.zeros(5, 4).long()}, "the label map has shape"),
        ({"image": torch.rand(3, 4, 5), "label_map": torch.zeros(4, 5)}, "the label map is torch.float32"),
        ({"target": "cat"}, "target is 'cat'; give the number or the name of one of the classes: 0 sky, 1 meadow"),
        ({"target": 10}, "target is 10; give the number or the name"),
        ({"target": True}, "target is True"),
        ({"w": 12.5}, "w is 12.5; give a number from −12 to 12"),
        ({"b": float("nan")}, "b is nan; give a number from −12 to 12"),
        ({"w": "steep"}, "w is 'steep'"),
        ({"feature": "hue"}, "feature is 'hue'; choose one of red − green, red − blue, green − blue, brightness"),
        ({"feature": 3}, "feature is 3"),
        ({"learning_rate": 3}, "learning_rate is 3; choose one of 0.1, 0.2"),
        ({"pixel": [80, 0]}, r"pixel \[80, 0\] lies outside of the image of 80 × 120 pixels"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(given, message):
    with pytest.raises(ValueError, match=message):
        LikelihoodExplorer(**given)


def test_what_the_page_sets_is_checked_and_read_back():
    explorer = LikelihoodExplorer()
    explorer.set_trait("w", 4)
    explorer.feature = "green - blue"  # with a keyboard's minus
    explorer.target = "sky"
    assert (explorer.w, explorer.feature, explorer.classes[explorer.target]) == (4.0, "green − blue", "sky")
    for rate in LEARNING_RATES:
        explorer.learning_rate = rate
    with pytest.raises(ValueError, match="b is 13"):
        explorer.b = 13


def test_the_scene_is_the_one_that_the_code_line_makes(explorer):
    made = eval(explorer.source.removeprefix("sample = "), {"se": se})
    assert torch.equal(made["image"], scene()["image"])
    assert torch.equal(made["label_map"], explorer.label_map)
    assert set(DIALS) < set(SCENE)


def test_the_state_is_plain_json(explorer):
    assert json.loads(json.dumps(explorer.state())) == explorer.state()


@pytest.mark.parametrize(
    "traits",
    [{}, {"w": 0.0}, {"target": "sheep"}, {"learning_rate": 100.0, "step": 60}, {"predict": True}, {"w": -3.0, "b": 9}],
)
def test_every_state_has_a_picture_and_words(traits):
    explorer = LikelihoodExplorer(**traits)
    assert Image.open(io.BytesIO(explorer.picture())).size == (1100, 572)
    assert explorer.describe().startswith("Histograms of red − green")
    assert "nan" not in explorer.describe()


def test_predict_hides_the_numbers_in_words_and_picture_too(explorer):
    asked = LikelihoodExplorer(predict=True)
    assert "loss 0" not in asked.describe()
    assert repr(asked) == (
        "LikelihoodExplorer(80×120 pixels, target='boulder', feature='red − green', w=2, b=0, step=0)"
    )
    assert asked.picture() != explorer.picture()


def test_name_and_words_are_the_same_in_every_run(explorer):
    other = LikelihoodExplorer()
    assert len(explorer.html()) < 450_000
    assert repr(explorer) == repr(other) == (
        "LikelihoodExplorer(80×120 pixels, target='boulder', feature='red − green', w=2, b=0, step=0, loss=0.308)"
    )  # fmt: skip


def test_the_bundle_has_the_picture_with_alt_text(explorer):
    data, metadata = explorer._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert metadata["image/png"]["alt"] == explorer.describe()
