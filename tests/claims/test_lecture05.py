"""The claims of lecture 05: what full resolution costs, how little it sees, and what equal MACs buy at a coarser one.

In `make test`: two networks trained for 120 steps with one seed, and the stored table of three seeds. Only
`make claims` trains three networks with three seeds, as the lecture's ablation does.
"""

import json
import os
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from for_each import for_each
from torch import nn

import segedu as se
from segedu.course.lecture_code import recipe, run
from segedu.training.weights import load_weights

FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
CONFIGURATIONS = range(60)


@cache
def lecture() -> dict[str, Any]:
    """Return what the lecture defines for its experiment."""
    return recipe("05").lecture()


@cache
def table(name: str = "ablation") -> dict[str, dict[str, Any]]:
    """Return the rows of a stored table by network: of 300 steps, or, as "longer", of 1,200."""
    rows = json.loads(se.shipped(f"results/05_{name}.json").read_text(encoding="utf-8"))["rows"]
    return {row["network"]: row for row in rows}


def ahead(better: str, worse: str, score: str) -> bool:
    """Say whether each of the three seeds of the long table agrees that one network is ahead."""
    one, other = (table("longer")[network]["seeds"][score] for network in (better, worse))
    assert len(one) == len(other) == 3
    return all(first > second for first, second in zip(one, other, strict=True))


def random_tower(seed: int) -> tuple[list[tuple[int, int, int]], tuple[int, int, int, int], nn.Sequential]:
    """Draw layers (kernel, channels, stride), the shape of their images, and the network with in-place ReLUs."""
    rng = random.Random(seed)
    layers = [(rng.choice((1, 3, 5)), rng.randint(1, 6), rng.randint(1, 3)) for _ in range(rng.randint(1, 5))]
    height = rng.randint(12, 20)
    shape = (rng.randint(1, 3), rng.randint(1, 4), height, height + rng.randint(1, 9))
    network, before = nn.Sequential(), shape[1]
    for kernel, channels, stride in layers:
        network.extend([nn.Conv2d(before, channels, kernel, stride, kernel // 2), nn.ReLU(inplace=True)])
        before = channels
    return layers, shape, network


def by_formula(layers: list[tuple[int, int, int]], shape: tuple[int, int, int, int]) -> tuple[int, int]:
    """Return MACs and bytes as the lecture's two sums give them."""
    images, before, height, width = shape
    macs = memory = 0
    for kernel, channels, stride in layers:
        height, width = -(-height // stride), -(-width // stride)
        macs += images * kernel**2 * before * channels * height * width
        memory += 4 * images * channels * height * width
        before = channels
    return macs, memory


def bytes_by_hooks(network: nn.Module, images: torch.Tensor) -> int:
    """Return the bytes of all outputs that have memory of their own, measured on real tensors."""
    sizes: list[int] = []

    def hook(layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        sizes.append(0 if output.data_ptr() == inputs[0].data_ptr() else output.nbytes)

    for layer in network.modules():
        if not any(layer.children()):
            layer.register_forward_hook(hook)
    network(images)
    return sum(sizes)


@cache
def lectures_count() -> Callable[[nn.Module, torch.Tensor], int]:
    """Return the lecture's count of the bytes that autograd keeps for the backward pass, beside the images."""
    return run("05", ("autograd", "kept_for_backward"))["kept_for_backward"]


@for_each(seed=CONFIGURATIONS)
def test_measured_activation_bytes_and_macs_equal_the_formula(seed: int) -> None:
    layers, shape, network = random_tower(seed)
    macs, memory = by_formula(layers, shape)
    assert bytes_by_hooks(network, torch.rand(shape)) == se.ops.activation_memory(network, shape) == memory
    assert se.count_macs(network, shape) == macs


@for_each(seed=CONFIGURATIONS)
def test_training_keeps_all_outputs_where_each_relu_works_in_place(seed: int) -> None:
    layers, shape, network = random_tower(seed)
    assert lectures_count()(network, torch.rand(shape)) == by_formula(layers, shape)[1]


@for_each(seed=CONFIGURATIONS)
def test_training_keeps_half_of_all_outputs_where_each_relu_returns_a_new_map(seed: int) -> None:
    _, shape, network = random_tower(seed)
    for layer in network:
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    assert 2 * lectures_count()(network, torch.rand(shape)) == bytes_by_hooks(network, torch.rand(shape))


@for_each(seed=CONFIGURATIONS)
def test_training_keeps_more_than_all_outputs_where_maxima_are_pooled(seed: int) -> None:
    """A pooling keeps 8 bytes for the place of each maximum, beside its input: not one of the sum's 4."""
    rng = random.Random(seed)
    channels, height, width = rng.randint(1, 6), 2 * rng.randint(3, 9), 2 * rng.randint(3, 9)
    network = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2))
    images = torch.rand(1, 3, height, width)
    kept, outputs = lectures_count()(network, images), bytes_by_hooks(network, images)
    assert kept / outputs == pytest.approx((4 + 8 / 4) / (4 + 4 / 4))


def test_a_network_that_trains_with_poolings_keeps_more_than_the_sum_says() -> None:
    from torchvision.models import vgg16

    images = torch.rand(1, 3, 32, 64)
    with torch.device("meta"):
        features = vgg16(weights=None).features
    features.to_empty(device="cpu")  # what is kept doesn't depend on the weights
    ratio = lectures_count()(features, images) / se.ops.activation_memory(features, tuple(images.shape))
    assert 1.1 < ratio < 1.3


@for_each(seed=CONFIGURATIONS)
def test_a_dense_map_says_what_the_classifier_says_to_each_crop(seed: int) -> None:
    rng = random.Random(seed)
    kernel, cells = (rng.randint(1, 3), rng.randint(2, 4)), (rng.randint(1, 3), rng.randint(4, 5))
    size = (2 * cells[0] - 1 + kernel[0], 2 * cells[1] - 1 + kernel[1])
    with se.seeded(seed):
        features = nn.Sequential(nn.Conv2d(3, 4, kernel), nn.ReLU(), nn.MaxPool2d(2))
        head = nn.Linear(4 * cells[0] * cells[1], 6), nn.ReLU(), nn.Linear(6, 5)
        classifier, images = nn.Sequential(features, nn.Flatten(), *head), torch.randn(1, 3, size[0] + 5, size[1] + 7)
    dense = se.ops.make_fully_convolutional(classifier, size)(images)
    for row, column in ((0, 0), (1, 0), (2, 3), (dense.shape[2] - 1, dense.shape[3] - 1)):
        crop = images[:, :, 2 * row : 2 * row + size[0], 2 * column : 2 * column + size[1]]
        torch.testing.assert_close(dense[:, :, row, column], classifier(crop), atol=1e-5, rtol=1e-5)


def test_vgg_without_its_poolings_pays_more_and_sees_less() -> None:
    from torchvision.models import vgg16

    with torch.device("meta"):
        pooling = vgg16(weights=None).features
    without = nn.Sequential(*[layer for layer in pooling if not isinstance(layer, nn.MaxPool2d)])
    shape = (1, 3, 512, 1024)
    for network, has_poolings in ((pooling, True), (without, False)):
        counted = se.count_macs(network, shape), se.ops.activation_memory(network, shape)
        assert counted == vgg_by_formula(has_poolings, *shape[2:])
    (macs, memory), (dense_macs, dense_memory) = (vgg_by_formula(pools, *shape[2:]) for pools in (True, False))
    assert (round(dense_macs / macs), round(dense_memory / memory)) == (48, 14)
    assert [se.receptive_field(network).size[0] for network in (pooling, without)] == [212, 27]


def vgg_by_formula(has_poolings: bool, height: int, width: int) -> tuple[int, int]:
    """Return MACs and bytes of VGG-16's convolutions (table 1 of its paper, column D), with or without poolings."""
    macs, numbers, before = 0, 0, 3
    for channels, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(convolutions):
            macs += 9 * before * channels * height * width
            numbers += channels * height * width
            before = channels
        if has_poolings:
            height, width = height // 2, width // 2
            numbers += channels * height * width
    return macs, 4 * numbers


@for_each(seed=CONFIGURATIONS)
def test_half_the_size_and_twice_the_channels_cost_the_same_and_keep_half(seed: int) -> None:
    rng = random.Random(seed)
    channels, kernel, height, width = rng.randint(1, 9), rng.choice((1, 3, 5)), rng.randint(3, 9), rng.randint(3, 9)
    fine = nn.Conv2d(channels, channels, kernel, padding=kernel // 2, bias=False)
    coarse = nn.Conv2d(2 * channels, 2 * channels, kernel, padding=kernel // 2, bias=False)
    shapes = (1, channels, 2 * height, 2 * width), (1, 2 * channels, height, width)
    assert se.count_macs(fine, shapes[0]) == se.count_macs(coarse, shapes[1])
    assert se.ops.activation_memory(fine, shapes[0]) == 2 * se.ops.activation_memory(coarse, shapes[1])
    assert se.count_parameters(coarse) == 4 * se.count_parameters(fine)


@for_each(depth=range(1, 6), stride=(1, 2))
def test_fields_grow_linearly_at_full_resolution_and_double_with_strides(depth: int, stride: int) -> None:
    layers = nn.Sequential(*[nn.Conv2d(1, 1, 3, stride, padding=1) for _ in range(depth)])
    side = 1 + 2 * depth if stride == 1 else 2 ** (depth + 1) - 1
    measured = se.ops.measured_receptive_field(layers, (1, 1, 192, 192)).size  # by the gradient
    assert se.receptive_field(layers).size == measured == (side, side)


def test_the_networks_of_the_ablation_have_equal_macs_and_unequal_fields() -> None:
    networks = {name: build() for name, build in lecture()["settings"].items()}
    macs = [se.count_macs(network, lecture()["shape"]) for network in networks.values()]
    assert max(macs) < 1.1 * min(macs)
    full, down = (se.count_macs(networks[name], lecture()["shape"]) for name in ("full", "down: two"))
    assert abs(full / down - 1) < 0.05
    assert table()["down: two"]["field"] > 2.5 * table()["full"]["field"]


def test_the_stored_costs_are_those_of_the_lectures_networks() -> None:
    for name, build in lecture()["settings"].items():
        costs = recipe("05").costs(lecture(), build())
        for stored in (table()[name], table("longer")[name]):
            assert {key: stored[key] for key in ("field", "parameters", "MACs", "kept (bytes)")} == costs


# ---- training ----


def test_the_stored_table_says_with_each_seed_what_the_lecture_says() -> None:
    rows = table()
    assert list(rows) == list(lecture()["settings"])
    constant = recipe("05").constant(lecture())
    assert constant["network"] == "all meadow"
    assert all(min(row["seeds"]) > constant["mean IoU"] + 0.5 for row in rows.values())
    check_order(*(rows[name]["seeds"] for name in ("full", "down: two", "down and up")))
    assert rows["down: two"]["stones"] > rows["full"]["stones"] + 0.2
    assert rows["full"]["poles"] > rows["down: two"]["poles"] + 0.2
    # Two strides are the best of the towers with every seed; down and up loses nothing of its stones and wins poles.
    for name in ("full", "one stride of 2", "three"):
        assert max(rows[name]["seeds"]) < min(rows["down: two"]["seeds"])
    assert rows["down and up"]["stones"] > rows["down: two"]["stones"] - 0.01
    assert rows["down and up"]["poles"] > rows["full"]["poles"] + 0.1


def test_with_four_times_the_steps_one_stride_is_ahead_of_two_and_down_and_up_of_all() -> None:
    assert list(table("longer")) == list(lecture()["settings"])
    constant = recipe("05").constant(lecture())["mean IoU"]
    assert all(min(row["seeds"]["mean IoU"]) > constant + 0.5 for row in table("longer").values())
    others = [name for name in table("longer") if name != "down and up"]
    assert all(ahead("down and up", other, "mean IoU") for other in others)
    assert all(ahead("down and up", other, "poles") for other in others)
    for worse in ("full", "down: two", "three"):
        assert ahead("one stride of 2", worse, "mean IoU")
    assert ahead("down: two", "full", "mean IoU")
    # More strides lose poles; the second one adds 0.01 to 0.03 to the stones.
    for finer, coarser in (("full", "one stride of 2"), ("one stride of 2", "down: two"), ("down: two", "three")):
        assert ahead(finer, coarser, "poles")
    assert ahead("down: two", "one stride of 2", "stones")
    assert table("longer")["down: two"]["stones"] < table("longer")["one stride of 2"]["stones"] + 0.03


def test_on_real_streets_who_goes_down_is_ahead_with_each_seed_and_no_one_finds_a_pole() -> None:
    rows = json.loads(se.shipped("results/05_camvid.json").read_text(encoding="utf-8"))["rows"]
    constant, *networks = ({**row, "seeds": row["seeds"].get("mean IoU", [])} for row in rows)
    assert [row["network"] for row in rows] == ["all road", "full", "down", "down and up"]
    full, down, both = (row["seeds"] for row in networks)
    assert len(full) == len(down) == len(both) == 3
    assert min(full) > constant["mean IoU"] + 0.15
    assert all(fine < min(coarse) for fine, *coarse in zip(full, down, both, strict=True))
    assert sum(one < other for one, other in zip(down, both, strict=True)) == 2  # between these the seeds disagree
    assert {row["poles"] for row in rows} == {0}


@pytest.mark.real_data
def test_the_poles_of_real_streets_are_rare_and_most_rows_of_them_thinner_than_a_pixel(real_data_root: Any) -> None:
    streets = se.load_dataset("camvid", "val", size=(360, 480), root=str(real_data_root("camvid")))
    pole, widths, counts = streets.classes.index("pole"), [], torch.zeros(2)
    for index in range(0, len(streets), 4):
        labels = streets[index]["label_map"].as_subclass(torch.Tensor)
        is_pole = (labels == pole).long()
        edges = nn.functional.pad(is_pole, (1, 1)).diff(dim=1)  # 1 where a row of pole begins, −1 behind its end
        widths.append((edges == -1).nonzero()[:, 1] - (edges == 1).nonzero()[:, 1])
        counts += torch.tensor([is_pole.sum(), (labels < len(streets.classes)).sum()])
    assert (torch.cat(widths) * 96 / 480 < 1).float().mean() == pytest.approx(0.86, abs=0.01)
    assert counts[0] / counts[1] == pytest.approx(0.0055, abs=0.001)
    scenes = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in lecture()["val"]])
    assert (scenes == lecture()["classes"].index("pole")).float().mean() == pytest.approx(0.024, abs=0.001)


def check_order(full: list[float], down: list[float], both: list[float]) -> None:
    """Assert for each seed that the coarse network is ahead at equal MACs, and down and up ahead of both."""
    assert len(full) == len(down) == len(both) == 3
    for seed, scores in enumerate(zip(full, down, both, strict=True)):
        assert scores[1] > scores[0] + 0.04, f"seed {seed}: down {scores[1]:.3f}, full {scores[0]:.3f}"
        assert scores[2] > scores[1] + 0.02, f"seed {seed}: down and up {scores[2]:.3f}, down {scores[1]:.3f}"


def trained_mean_iou(network: str, seed: int, steps: int) -> float:
    """Train a network of the ablation and return its mean IoU on the validation scenes."""
    trainer = recipe("05").train(lecture(), network, seed, steps)
    return lecture()["score"](trainer.evaluate(lecture()["val"]))["mean IoU"]


@pytest.mark.slow
@pytest.mark.skipif(FULL, reason="the full form trains as the lecture does")
def test_at_equal_macs_the_coarse_network_reaches_the_higher_mean_iou_in_short() -> None:
    full, down = (trained_mean_iou(network, seed=0, steps=120) for network in ("full", "down: two"))
    assert down > full + 0.04, f"down {down:.3f}, full {full:.3f}"


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_at_equal_macs_the_coarse_network_reaches_the_higher_mean_iou() -> None:
    networks = ("full", "down: two", "down and up")
    check_order(*([trained_mean_iou(name, seed, recipe("05").STEPS) for seed in range(3)] for name in networks))


def test_the_classifier_made_dense_beats_the_most_frequent_class() -> None:
    names = run("05", "data", ("classifier", "crop_classifier"), ("classifier", "ready"))
    classifier = load_weights(names["crop_classifier"](), "05_classifier")
    dense = se.ops.make_fully_convolutional(classifier, (22, 30))
    truth = torch.stack([sample["label_map"].as_subclass(torch.Tensor)[11:52:4, 15:80:4] for sample in names["val"]])
    with torch.no_grad():
        answers = dense(torch.cat([names["ready"](sample) for sample in names["val"]])).argmax(1)
    most = (truth == truth.flatten().mode().values).float().mean()
    assert (answers == truth).float().mean() > most + 0.2


def test_the_shipped_weights_give_the_stored_scores() -> None:
    for setting, file in recipe("05").SHIPPED.items():
        network = load_weights(lecture()["settings"][setting](), file)
        assert mean_iou(network) == pytest.approx(table()[setting]["seeds"][0], abs=0.01)


def mean_iou(network: nn.Module) -> float:
    """Return the mean IoU over the lecture's validation scenes."""
    matrix = se.ConfusionMatrix(len(lecture()["classes"]))
    for sample in lecture()["val"]:
        matrix.update(se.predict(network, sample["image"]), sample["label_map"].as_subclass(torch.Tensor))
    return matrix.mean_iou()


def test_without_its_strides_a_trained_network_does_worse_than_one_trained_without() -> None:
    full, down = (load_weights(lecture()["settings"][n](), recipe("05").SHIPPED[n]) for n in ("full", "down: two"))
    before = mean_iou(down)
    down[-1] = nn.Identity()
    for part in down.modules():
        if isinstance(part, nn.Conv2d):
            part.stride = (1, 1)
    assert se.receptive_field(down).size[0] == 11
    assert mean_iou(down) < before - 0.15
    assert mean_iou(down) < mean_iou(full) - 0.05
