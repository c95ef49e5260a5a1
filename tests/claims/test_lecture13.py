"""The claims of lecture 13: the paper's sizes and parameters, what skips buy, and which shifts a U-Net follows.

In `make test`: one seed trained for 60 steps on 48 × 64 pixels with weighted poles, and the stored table of three
seeds. Only `make claims` trains three seeds, as the ablation of the lecture does.
"""

import json
import os
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import segedu as se
from segedu.course.lecture_code import recipe
from segedu.training.weights import load_weights

FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
SIZE, STEPS, SCENES = ((64, 96), 300, 256) if FULL else ((48, 64), 60, 64)
THIN = {"thin": 2.0, "thin_width": 2.0} if FULL else {"thin": 3.0, "thin_width": 3.0}
LR, POLE_WEIGHT = (5e-3, 1.0) if FULL else (1e-2, 4.0)


def test_the_paper_unet_turns_572_into_388_and_has_31030658_parameters() -> None:
    with torch.device("meta"):  # shapes and counts need no numbers
        paper = se.UNet(in_channels=1, num_classes=2, padding="valid", norm=False)
    assert paper.output_size((572, 572)) == (388, 388)
    assert se.ops.layer_table(paper, (1, 1, 572, 572))[-1].output_shape == (1, 2, 388, 388)
    assert se.count_parameters(paper) == 31_030_658


def test_the_parameters_follow_from_the_formula_by_hand() -> None:
    def double(a: int, b: int) -> int:
        return 9 * a * b + b + 9 * b * b + b

    with torch.device("meta"):
        paper = se.UNet(in_channels=1, num_classes=2, padding="valid", norm=False)
    levels = [(1, 64), (64, 128), (128, 256), (256, 512)]
    total = sum(double(a, c) + 8 * c * c + c + double(2 * c, c) for a, c in levels) + double(512, 1024) + 2 * 64 + 2
    assert total == se.count_parameters(paper)


@pytest.fixture(scope="module")
def sets() -> tuple[list, list]:
    found = []
    for split, length in (("train", SCENES), ("val", 64 if FULL else 24)):
        scenes = se.Scenes(length, size=SIZE, split=split, **THIN)
        found.append([scenes[index] for index in range(length)])
    return found[0], found[1]


def trained_scores(skips: bool, seed: int, sets: tuple[list, list]) -> tuple[float, float]:
    """Return boundary F1 (to one pixel) and the IoU of the poles after equal training."""
    train, val = sets
    with se.seeded(seed):
        model = se.UNet(3, 10, width=8, depth=4, skips=skips)
    weights = [POLE_WEIGHT if name == "pole" else 1.0 for name in se.Scenes.classes]
    options = {"steps": STEPS, "batch": 8, "lr": LR, "seed": seed, "device": "cpu", "progress": False}
    se.fit(model, train, loss=se.CrossEntropy(weights), **options)
    outlines, matrix = se.BoundaryF1(10, tolerance=1), se.ConfusionMatrix(10)
    for sample in val:
        prediction, target = se.predict(model, sample["image"]), sample["label_map"].as_subclass(Tensor)
        outlines.update(prediction, target)
        matrix.update(prediction, target)
    return outlines.mean_f1(), float(matrix.iou()[se.Scenes.thin_class])


@pytest.mark.slow
def test_leaving_the_skips_out_costs_outlines_and_thin_things_with_every_seed(sets: tuple[list, list]) -> None:
    for seed in (0, 1, 2) if FULL else (0,):
        (outline, pole), (blind_outline, blind_pole) = (trained_scores(skips, seed, sets) for skips in (True, False))
        assert outline > blind_outline + 0.1, f"seed {seed}: boundary F1 {outline:.3f} with skips, {blind_outline:.3f}"
        assert pole > blind_pole + 0.1, f"seed {seed}: pole IoU {pole:.3f} with skips, {blind_pole:.3f}"


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_shift_by_the_pooling_factor_is_followed_exactly_and_one_by_a_pixel_is_not(depth: int) -> None:
    with se.seeded(depth):
        model = se.UNet(3, 4, width=4, depth=depth, padding="valid", norm=False).double().eval()
        image = torch.rand(1, 3, 140, 156, dtype=torch.float64)
    step = 2**depth
    side = next(size for size in range(96, 140) if (size - 4 * (step - 1)) % step == 0)

    def logits(shift: int) -> Tensor:
        """Return the logits of a window that starts `shift` columns further left: the image moves to the right."""
        with torch.no_grad():
            return model(image[..., :side, 16 - shift : 16 - shift + side])[0]

    before, by_factor, by_one = logits(0), logits(step), logits(1)
    torch.testing.assert_close(by_factor[..., step:], before[..., :-step], rtol=0, atol=1e-10)
    assert (by_one[..., 1:] - before[..., :-1]).abs().max() > 1e-3 * before.abs().max()


def test_the_trained_network_follows_a_shift_by_16_and_not_by_1() -> None:
    model = load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
    image = se.Scenes(8, size=(64, 640), split="val", thin=2.0, thin_width=2.0)[3]["image"]
    reach = 120  # beyond it no border is seen
    moved = {dx: se.predict(model, image[:, :, 64 - dx : 576 - dx], logits=True) for dx in (0, 1, 16)}
    middle = {dx: logits[:, :, reach + dx : 512 - reach - 16 + dx] for dx, logits in moved.items()}
    torch.testing.assert_close(middle[16], middle[0], rtol=0, atol=1e-3)
    assert (middle[1] - middle[0]).abs().max() > 0.5


def test_tiles_leave_no_seam_once_a_quarter_of_the_overlap_covers_the_receptive_field() -> None:
    with se.seeded(0):
        model = se.UNet(3, 4, width=4, depth=2).eval()
        image = torch.rand(3, 64, 512)
    whole = se.predict(model, image, logits=True)
    seams = [
        float((se.predict(model, image, 192, overlap, logits=True) - whole).abs().max()) for overlap in (0, 32, 96)
    ]
    assert seams[0] > seams[1] > 1e-3
    assert seams[2] < 1e-4


def test_what_one_channel_forgets_after_a_pooling_a_second_one_keeps() -> None:
    """For each row of 6 and each column, and a pole of any height: the pairs that one channel confuses, two tell."""
    poles = torch.zeros(6, 1, 4, 6)
    for column in range(6):
        poles[column, :, :, column] = 9
    kernels = torch.zeros(2, 1, 3, 3)
    kernels[0, 0, 1, 1], kernels[1, 0, 1, 0] = 1, 1
    one, two = F.max_pool2d(poles, 2), F.max_pool2d(F.conv2d(poles, kernels, padding=1), 2)
    assert len(one.flatten(1).unique(dim=0)) == 3
    assert len(two.flatten(1).unique(dim=0)) == 6


@pytest.mark.parametrize("index", [1, 3, 5])
def test_labels_of_tiles_agree_at_a_quarter_of_overlap_long_before_logits_do(index: int) -> None:
    model = load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
    image = se.Scenes(8, size=(128, 1024), split="val", thin=2.0, thin_width=2.0)[index]["image"]
    whole = se.predict(model, image, logits=True)
    tiled = {overlap: se.predict(model, image, 512, overlap, logits=True) for overlap in (0, 128, 448)}
    changed = {overlap: (logits.argmax(0) != whole.argmax(0)).float().mean() for overlap, logits in tiled.items()}
    gaps = {overlap: float((logits - whole).abs().max()) for overlap, logits in tiled.items()}
    assert changed[0] > 1e-4
    assert changed[128] < 0.3 * changed[0]
    assert changed[448] == 0
    assert gaps[128] > 1e-2 > 1e-3 > gaps[448]


def test_on_membranes_and_nuclei_copies_pay_and_both_beat_the_baseline() -> None:
    stored = json.loads(se.shipped("results/13_real.json").read_text(encoding="utf-8"))
    for start in (0, 3):
        usual, blind, unet = stored["rows"][start : start + 3]
        assert unet["mean IoU"] - unet["±"] > blind["mean IoU"] + blind["±"] + 0.1
        assert unet["mean IoU"] > usual["mean IoU"] + 0.2
        assert unet["IoU of the class"] > blind["IoU of the class"] + 0.3


@pytest.mark.real_data
@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
@pytest.mark.parametrize(("dataset", "folder"), [("isbi", "isbi_membrane"), ("dsb2018", "dsb2018")])
def test_the_recipe_makes_the_rows_of_real_images(dataset: str, folder: str, real_data_root: Any) -> None:
    names = recipe("13").lab(dataset, str(real_data_root(folder).parent))
    blind, unet = (
        recipe("13").real_row(name, names, recipe("13").REAL[dataset], (0, 1, 2)) for name in ("no skips", "U-Net")
    )
    assert unet["IoU of the class"] > blind["IoU of the class"] + 0.3


def test_adding_is_concatenating_with_tied_weights() -> None:
    """The recipe's "skips added" is the U-Net whose convolutions weigh copy and map from below alike."""
    options = {"num_classes": 3, "width": 4, "depth": 2, "norm": False}
    with se.seeded(0):
        adding, concatenating = recipe("13").AddingUNet(**options, skips=False), se.UNet(**options)
        image = torch.rand(1, 3, 21, 30)
    weights = adding.state_dict()
    for name in [name for name in weights if name.startswith("merge.")]:
        if weights[name].shape != concatenating.state_dict()[name].shape:  # the first of each pair: twice the channels
            weights[name] = torch.cat([weights[name], weights[name]], dim=1)
    concatenating.load_state_dict(weights)
    with torch.no_grad():
        torch.testing.assert_close(adding(image), concatenating(image))


def test_the_stored_table_says_what_the_lecture_says() -> None:
    rows = json.loads(se.shipped("results/13_ablation.json").read_text(encoding="utf-8"))["rows"]
    assert [row["setting"] for row in rows] == list(recipe("13").SETTINGS)
    by_name = {row["setting"]: row for row in rows}
    for score in ("boundary F1", "thin IoU"):
        spread = by_name["U-Net"][f"± {score}"] + by_name["no skips"][f"± {score}"]
        assert by_name["U-Net"][score] > by_name["no skips"][score] + 0.1 + spread
