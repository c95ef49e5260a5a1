"""The claims of lecture 04: dense equals windows and is far cheaper, and what a window sees decides what it knows.

In `make test`: the equalities and costs, the stored table of three seeds, and the shipped networks of its first seed
measured anew. Only `make claims` trains the windows, with three seeds, as the lecture's recipe does. How much faster
the dense pass is, in seconds, `bench/bench_windows.py` measures.
"""

import json
import os

import pytest
import torch
import torch.nn.functional as F
from for_each import for_each
from torch import Tensor, nn

import segedu as se
from segedu.course.lecture_code import recipe
from segedu.training.weights import load_weights

FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
SEEDS = (0, 1, 2)
SIZE = (64, 96)  # of the lecture's scenes
windows = recipe("04")
lecture = windows.lecture()
WINDOWS = list(lecture["dilations"])
window_net, densely = lecture["window_net"], lecture["densely"]


@torch.no_grad()
def slide(net: nn.Module, image: Tensor, window: int) -> Tensor:
    """Return the scores (classes, H, W) of one window per pixel of an image (3, H, W), in batches of one row."""
    padded = F.pad(image[None], (window // 2,) * 4, mode="reflect")
    return torch.stack([net(row) for row in se.ops.extract_windows(padded, window)[0]]).permute(2, 0, 1)


def used_classifier(window: int, seed: int) -> nn.Sequential:
    """Return a classifier in evaluation mode whose normalization has seen data."""
    with se.seeded(seed):
        net = window_net(window)
        net(torch.randn(64, 3, window, window))
    return net.eval()


@for_each(window=WINDOWS, seed=SEEDS)
def test_the_dense_convolution_equals_the_loop_over_windows(window: int, seed: int) -> None:
    net = used_classifier(window, seed)
    with se.seeded(seed):
        image = torch.randn(3, 15, 21)
    with torch.no_grad():
        dense = densely(net, window).eval()(image[None])[0]
    torch.testing.assert_close(dense, slide(net, image, window), atol=1e-5, rtol=1e-5)


def test_the_dense_convolution_multiplies_more_than_fifty_times_less_at_the_size_of_the_lecture() -> None:
    height, width = SIZE
    loop = height * width * se.count_macs(window_net(25), (1, 3, 25, 25))
    dense = se.count_macs(densely(window_net(25), 25), (1, 3, height, width))
    assert loop > 50 * dense


def test_the_loop_pays_for_the_area_of_the_window_and_the_dense_pass_does_not() -> None:
    loop = {k: se.count_macs(window_net(k), (1, 3, k, k)) for k in (11, 25)}
    dense = {k: se.count_macs(densely(window_net(k), k), (1, 3, *SIZE)) for k in (11, 25)}
    assert loop[25] / loop[11] == pytest.approx((25 / 11) ** 2, rel=0.25)
    assert dense[25] / dense[11] < 1.15


def test_the_first_layer_costs_the_loop_exactly_the_square_of_its_output() -> None:
    for k in WINDOWS:
        first = se.ops.layer_table(window_net(k), (1, 3, k, k))[0]
        assert first.macs == (k - 2) ** 2 * 27 * 16


def test_all_windows_have_the_same_number_of_parameters_within_one_percent() -> None:
    counts = [se.count_parameters(window_net(k)) for k in WINDOWS]
    assert max(counts) < 1.01 * min(counts)


@for_each(kind=(0, 1))
def test_who_calls_every_stone_the_same_gets_one_half_of_the_look_alikes(kind: int) -> None:
    pair = lecture["boulder"], lecture["pyramid"]

    def constant(image: Tensor) -> Tensor:
        scores = torch.zeros(len(lecture["classes"]), *image.shape[1:])
        scores[pair[kind]] = 1
        return scores

    accuracy = lecture["look_alike_accuracy"]
    assert accuracy(constant, lecture["val"]) == accuracy(constant, lecture["val"], inside=True) == 0.5


def test_tiles_show_no_seam_if_and_only_if_a_quarter_of_their_overlap_is_the_reach_of_the_window() -> None:
    network = load_weights(densely(window_net(25), 25), "window_25")
    image = torch.cat([sample["image"].as_subclass(Tensor) for sample in lecture["val"][:4]], 1)  # (3, 256, 96)
    whole = se.predict(network, image, logits=True)

    def off(overlap: int) -> float:
        return float((se.predict(network, image, tile=96, overlap=overlap, logits=True) - whole).abs().max())

    assert off(48) < 1e-4  # a quarter is 12 pixels, as far as 25 reach to each side
    assert off(44) > 1e-3
    assert off(0) > 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not FULL, reason="takes minutes; SEGEDU_CLAIMS=full runs it")
def test_the_look_alikes_come_apart_as_the_window_grows() -> None:
    train, val = windows.samples("train", windows.TRAIN), windows.samples("val", windows.VAL)
    for seed in SEEDS:
        networks = [windows.train(window, seed, train).model for window in WINDOWS]
        check_windows([windows.scores(network, val) for network in networks])


def check_windows(scores: list[dict[str, float]]) -> None:
    """Assert that the accuracy rises with the window, and that the smallest one guesses where it sees stone only."""
    accuracies = [score["look-alikes"] for score in scores]
    assert accuracies == sorted(accuracies)
    assert accuracies[-1] > accuracies[0] + 0.1
    assert abs(scores[0]["look-alikes inside"] - 0.5) < 0.06
    assert scores[-1]["look-alikes inside"] > 0.75


def test_the_weights_of_classes_that_do_not_occur_are_zero() -> None:
    label_map = torch.tensor([[0, 0, 0, 2, 255]])
    weights = lecture["class_weights"]([{"label_map": label_map}], 4, (2,))
    assert weights[[1, 3]].tolist() == [0, 0]
    assert weights[2] / weights[0] == pytest.approx(2 * 3**0.5)


def test_the_stored_table_of_real_streets_rises_with_the_window_from_far_above_the_most_frequent_class() -> None:
    rows = json.loads(se.shipped("results/04_camvid.json").read_text(encoding="utf-8"))["rows"]
    assert [row["model"] for row in rows] == ["road everywhere", *(f"window {window}" for window in WINDOWS)]
    for score in ("mean IoU", "accuracy"):
        values = [row[score] for row in rows]
        assert values == sorted(values)
        assert values[1] > 2 * values[0]
        assert values[3] > values[1] + 0.08


def stored_runs() -> list[dict[str, float]]:
    """Return the runs of the stored table, one a seed and window."""
    return json.loads(se.shipped("results/04_windows.json").read_text(encoding="utf-8"))["runs"]


def test_the_stored_table_says_the_same_for_each_seed() -> None:
    for seed in SEEDS:
        rows = sorted((run for run in stored_runs() if run["seed"] == seed), key=lambda run: run["window"])
        assert [run["window"] for run in rows] == WINDOWS
        check_windows(rows)


def test_the_shipped_networks_give_the_stored_scores_and_come_apart_as_the_window_grows() -> None:
    val, measured = windows.samples("val", windows.VAL), []
    for window in WINDOWS:
        network = load_weights(densely(window_net(window), window), f"window_{window}")
        measured.append(windows.scores(network, val))
        stored = next(run for run in stored_runs() if run["window"] == window and run["seed"] == 0)
        for name, score in measured[-1].items():
            assert score == pytest.approx(stored[name], abs=0.01), (window, name)
    check_windows(measured)


def test_interpolated_scores_bring_the_window_of_25_at_stride_2_up_to_that_of_11_at_every_pixel() -> None:
    """Blocks lose at the outlines; mixing the scores of the four nearest windows gives most of it back."""
    val_set, matrices = windows.samples("val", windows.VAL), {}
    for window, stride in ((11, 1), (25, 2)):
        network = load_weights(densely(window_net(window), window), f"window_{window}")
        for bring_back in (F.interpolate, interpolated) if stride > 1 else (F.interpolate,):
            matrix = matrices[window, bring_back] = se.ConfusionMatrix(10)
            for sample in val_set:
                coarse = se.predict(network, sample["image"], logits=True)[None, :, stride // 2 :: stride]
                scores = bring_back(coarse[..., stride // 2 :: stride], SIZE)
                matrix.update(scores[0].argmax(0), sample["label_map"])
    small, blocks, mixed = (matrix.mean_iou() for matrix in matrices.values())
    assert blocks < small - 0.05
    assert abs(mixed - small) < 0.01


def interpolated(scores: Tensor, size: tuple[int, int]) -> Tensor:
    """Return scores (1, C, h, w) of the pixels 1, 3, 5, … at all pixels, mixed bilinearly, the ends repeated."""
    rows, columns = (between(length // 2, length) for length in size)
    return torch.einsum("yh,nchw,xw->ncyx", rows, scores, columns)


def between(known: int, length: int) -> Tensor:
    """Return the weights (length, known) of scores at the pixels 1, 3, 5, … for each pixel."""
    places = ((torch.arange(length) - 1) / 2).clamp(0, known - 1)
    return (1 - (places[:, None] - torch.arange(known)).abs()).clamp(min=0)
