"""The claims of lecture 13: the paper's sizes and parameters, what skips buy, and which shifts a U-Net follows.

In `make test`: one seed trained for 60 steps on 48 × 64 pixels with weighted poles, and the stored table of three
seeds. Only `make claims` trains three seeds, as the ablation of the lecture does.
"""

import itertools
import json
import os
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import segedu as se
from segedu.course.lecture_code import recipe
from segedu.training.preprocessing import preprocessing_of
from segedu.training.weights import load_weights
from tests.exercises.test_solutions import notebook_with, solutions

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


def in_tiles(model: nn.Module, image: Tensor, tile: int, margin: int) -> Tensor:
    """Return the logits of an image (C, H, W) by tiles with margins, as the solution of exercise 13.6 does."""
    function = notebook_with("13", solutions("13")["predict_in_tiles"])["predict_in_tiles"]
    with torch.no_grad():
        return function(lambda images: model(preprocessing_of(model)(images)), image.as_subclass(Tensor), tile, margin)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_tiles_are_exact_with_a_margin_of_the_reach_at_steps_of_the_pooling_factor_and_not_else(padding: str) -> None:
    """A random network of depth 2; a valid one gets windows of the paper: the margin is what it loses."""
    with se.seeded(0):
        model = se.UNet(3, 4, width=4, depth=2, norm=False, padding=padding).eval()
        image = torch.rand(3, 88, 124)
    with torch.no_grad():
        whole = model(image[None])[0]
        if padding == "valid":  # 40 pixels lost; steps of 4
            windows = [(model(image[None, :, top : top + 68, :])[0], top) for top in (0, 4, 16, 20)]
            for logits, top in windows:
                torch.testing.assert_close(logits, whole[:, top : top + 28], rtol=0, atol=1e-5)
            odd = model(image[None, :, 2:70, :])[0]
            assert (odd - whole[:, 2:30]).abs().max() > 1e-3
            return
    gaps = {margin: float((in_tiles(model, image, 32, margin) - whole).abs().max()) for margin in (0, 8, 24, 26)}
    assert gaps[0] > gaps[8] > 1e-4
    assert gaps[24] < 1e-5  # its field is 44 wide, 22 and a bit to one side
    assert gaps[26] > 1e-3  # wider, and no multiple of 4
    assert float((in_tiles(model, image, 28, 24) - whole).abs().max()) < 1e-5
    assert float((in_tiles(model, image, 30, 24) - whole).abs().max()) > 1e-3  # nor is this tile


@pytest.mark.parametrize("index", [0, 1, 2, 3, 5, 7])
def test_labels_of_tiles_cut_both_ways_agree_with_half_of_the_margin_that_logits_need(index: int) -> None:
    """Also on images that the lecture doesn't show: 112 exceeds the reach of 107, 120 is no multiple of 16."""
    model = load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
    image = se.Scenes(8, size=(256, 384), split="val", thin=2.0, thin_width=2.0)[index]["image"]
    whole = se.predict(model, image, logits=True)
    tiled = {margin: in_tiles(model, image, 128, margin) for margin in (0, 32, 64, 96, 112, 120)}
    changed = {margin: float((logits.argmax(0) != whole.argmax(0)).float().mean()) for margin, logits in tiled.items()}
    gaps = {margin: float((logits - whole).abs().max()) for margin, logits in tiled.items()}
    assert changed[0] > 0.1
    assert changed[32] < 0.03
    assert changed[64] < 0.003
    assert changed[96] == changed[112] == 0
    assert gaps[64] > 0.1 > 1e-3 > max(gaps[96], gaps[112])
    assert changed[120] > max(0.01, changed[64])
    odd = in_tiles(model, image, 120, 112)  # a tile that is no multiple of 16
    assert (odd.argmax(0) != whole.argmax(0)).float().mean() > 0.01


@pytest.mark.parametrize("index", [0, 1, 2, 3, 5, 7])
def test_a_border_that_is_mirrored_where_training_had_zeros_costs_right_labels(index: int) -> None:
    model = load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
    sample = se.Scenes(8, size=(256, 384), split="val", thin=2.0, thin_width=2.0)[index]
    image, target = sample["image"].as_subclass(Tensor), sample["label_map"].as_subclass(Tensor)
    mirrored = F.pad(image[None], [112] * 4, mode="reflect")[0]
    labels, others = se.predict(model, image), se.predict(model, mirrored)[112:-112, 112:-112]
    assert (labels != others).float().mean() > 0.1
    assert (labels == target).float().mean() > (others == target).float().mean() + 0.03


def test_on_membranes_and_nuclei_copies_pay_and_both_beat_the_baseline() -> None:
    stored = json.loads(se.shipped("results/13_real.json").read_text(encoding="utf-8"))
    for start in (0, 3):
        usual, blind, unet = stored["rows"][start : start + 3]
        assert unet["mean IoU"] - unet["±"] > blind["mean IoU"] + blind["±"] + 0.1
        assert unet["mean IoU"] > usual["mean IoU"] + 0.2
        assert unet["IoU of the class"] > blind["IoU of the class"] + 0.3


@pytest.mark.slow
@pytest.mark.parametrize("seed", (0, 1, 2) if FULL else (1,))
def test_on_a_photograph_copies_find_outlines_and_both_networks_beat_a_threshold(seed: int) -> None:
    """As the lecture does it with seed 0, on the upper half of the coins; the lower half is scored."""
    coins, outlines = se.photo("coins", labels=True), {}
    image = coins["image"].as_subclass(Tensor)
    target = (coins["label_map"].as_subclass(Tensor) == se.Photos().classes.index("coin")).long()
    corners = itertools.product(range(0, 87, 16), range(0, 321, 16))
    crops = [(image[:, y : y + 64, x : x + 64], target[y : y + 64, x : x + 64]) for y, x in corners]
    gray = image.mean(0)
    level = max(torch.arange(0, 1, 0.02), key=lambda t: ((gray[:150] > t) == target[:150]).sum())
    least = float(se.ConfusionMatrix(2).update((gray[150:] > level).long(), target[150:]).iou()[1])
    for skips in (False, True):
        with se.seeded(seed):
            network = se.UNet(3, 2, width=8, depth=4, skips=skips)
        se.fit(network, crops, steps=50, batch=8, lr=5e-3, seed=seed, device="cpu", progress=False)
        labels = se.predict(network, image[:, 150:])
        assert se.ConfusionMatrix(2).update(labels, target[150:]).iou()[1] > least
        outlines[skips] = se.BoundaryF1(2, tolerance=2).update(labels, target[150:]).mean_f1()
    assert outlines[True] > outlines[False] + 0.2


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


def stored_rows(name: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a stored table by their setting."""
    rows = json.loads(se.shipped(f"results/{name}.json").read_text(encoding="utf-8"))["rows"]
    return {row["setting"]: row for row in rows}


def test_the_stored_table_says_what_the_lecture_says_of_300_steps() -> None:
    rows = stored_rows("13_ablation")
    assert list(rows) == list(recipe("13").SETTINGS)
    assert rows["no skips"]["thin IoU"] == 0
    joined = rows["U-Net"]
    assert round(joined["± mean IoU"], 2) == 0.06
    for name in ("bilinear up", "group norm"):
        assert round(joined["mean IoU"] - rows[name]["mean IoU"], 2) == 0.05


def ahead(first: dict[str, Any], second: dict[str, Any], score: str) -> list[float]:
    """Return by how much a row is ahead of another, seed by seed."""
    pairs = zip(first["seeds"][score], second["seeds"][score], strict=True)
    return [round(one - other, 4) for one, other in pairs]


def test_the_long_table_says_what_the_lecture_says_of_1200_steps_seed_by_seed() -> None:
    rows = stored_rows("13_longer")
    assert list(rows) == list(recipe("13").TRAINED_LONGER)
    joined, blind, added, shallow = rows.values()
    outlines = ("mean IoU", "boundary F1")
    for score in (*outlines, "thin IoU"):
        for row in rows.values():
            assert row[score] == pytest.approx(sum(row["seeds"][score]) / 3, abs=1e-4)
        assert all(min(ahead(row, blind, score)) > 0.25 for row in (joined, added, shallow))
        assert min(ahead(joined, added, score)) > 0
    assert [round(joined[key] - added[key], 2) for key in (*outlines, "thin IoU")] == [0.02, 0.01, 0.01]
    assert all(min(ahead(row, shallow, score)) > 0 for row in (joined, added) for score in outlines)
    assert [round(joined[score] - shallow[score], 2) for score in outlines] == [0.07, 0.07]
    assert [round(gap, 2) for gap in ahead(joined, shallow, "thin IoU")] == [0.01, 0.05, 0]
    assert [round(row["thin IoU"], 2) for row in rows.values()] == [0.82, 0.14, 0.81, 0.80]
    assert [round(row["boundary F1"], 2) for row in rows.values()] == [0.95, 0.48, 0.94, 0.88]


def test_what_the_settings_cost_is_what_the_lecture_says() -> None:
    rows = stored_rows("13_ablation")
    for name, row in (*rows.items(), *stored_rows("13_longer").items()):
        network = recipe("13").build(name, 0)
        assert row["parameters"] == se.count_parameters(network)
        assert row["MACs"] == se.count_macs(network, (1, 3, 64, 96))
    joined, blind, added, shallow = (rows[name] for name in ("U-Net", "no skips", "skips added", "depth 2"))
    assert added["parameters"] == blind["parameters"]
    assert 1 - blind["parameters"] / joined["parameters"] == pytest.approx(0.1, abs=0.005)
    assert round(joined["parameters"] / shallow["parameters"]) == 16
    assert [round(row["MACs"] / 1e6) for row in (joined, added, shallow)] == [72, 58, 39]
    narrow = se.UNet(3, 10, width=4, depth=4)
    assert se.count_parameters(narrow) / joined["parameters"] == pytest.approx(0.25, abs=0.01)
    fields = [rows["depth 2"]["receptive field"], rows["U-Net"]["receptive field"]]
    assert 3.5 < fields[1] / fields[0] < 5  # two levels more


def test_each_level_of_a_u_net_plus_plus_raises_the_mean_iou_with_every_seed_and_costs_what_the_table_says() -> None:
    rows = json.loads(se.shipped("results/13_nested.json").read_text(encoding="utf-8"))["rows"]
    network = recipe("13").nested_network(0)
    assert [row["cut at depth"] for row in rows] == [3, 2, 1]
    for row in rows:
        part = network.pruned(row["cut at depth"])
        assert row["parameters"] == se.count_parameters(part)
        assert row["MACs"] == se.count_macs(part, (1, 3, *recipe("13").NESTED))
    for deeper, cut in itertools.pairwise(rows):
        pairs = zip(deeper["seeds"]["mean IoU"], cut["seeds"]["mean IoU"], strict=True)
        assert all(more > less for more, less in pairs)
