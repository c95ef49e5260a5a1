"""The claims of lecture 04: dense equals windows and is far cheaper, and what a window sees decides what it knows.

The short form trains on the look-alikes alone, for 300 steps; SEGEDU_CLAIMS=full trains as the lecture's recipe does.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from recipe_loader import load_recipe
from torch import Tensor, nn

import segedu as se
from segedu.training.weights import load_weights

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("SEGEDU_CLAIMS") == "full"
SEEDS = (0, 1, 2)


recipe = load_recipe("04_sliding_windows")


@torch.no_grad()
def slide(net: nn.Module, image: Tensor, window: int) -> Tensor:
    """Return the scores (classes, H, W) of one window per pixel of an image (3, H, W), in batches of one row."""
    padded = F.pad(image[None], (window // 2,) * 4, mode="reflect")
    return torch.stack([net(row) for row in se.ops.extract_windows(padded, window)[0]]).permute(2, 0, 1)


def used_classifier(window: int, seed: int) -> nn.Sequential:
    """Return a classifier in evaluation mode whose normalization has seen data."""
    with se.seeded(seed):
        net = recipe.window_net(window)
        net(torch.randn(64, 3, window, window))
    return net.eval()


@pytest.mark.parametrize("window", recipe.DILATIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_dense_convolution_equals_the_loop_over_windows(window: int, seed: int) -> None:
    net = used_classifier(window, seed)
    with se.seeded(seed):
        image = torch.randn(3, 15, 21)
    with torch.no_grad():
        dense = recipe.densely(net, window).eval()(image[None])[0]
    torch.testing.assert_close(dense, slide(net, image, window), atol=1e-5, rtol=1e-5)


def test_the_dense_convolution_is_fifty_times_faster_at_the_size_of_the_lecture() -> None:
    def cpu_seconds(function: Callable[[], object]) -> float:
        started = time.process_time()
        function()
        return time.process_time() - started

    net, image = used_classifier(25, 0), torch.randn(3, *recipe.SIZE)
    dense = recipe.densely(net, 25).eval()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            fast = min(cpu_seconds(lambda: dense(image[None])) for _ in range(10))
        assert cpu_seconds(lambda: slide(net, image, 25)) >= 50 * fast
    finally:
        torch.set_num_threads(threads)


def test_the_loop_pays_for_the_area_of_the_window_and_the_dense_pass_does_not() -> None:
    loop = {k: se.count_macs(recipe.window_net(k), (1, 3, k, k)) for k in (11, 25)}
    dense = {k: se.count_macs(recipe.densely(recipe.window_net(k), k), (1, 3, *recipe.SIZE)) for k in (11, 25)}
    assert loop[25] / loop[11] == pytest.approx((25 / 11) ** 2, rel=0.25)
    assert dense[25] / dense[11] < 1.15


def test_the_first_layer_costs_the_loop_exactly_the_square_of_its_output() -> None:
    for k in recipe.DILATIONS:
        first = se.ops.layer_table(recipe.window_net(k), (1, 3, k, k))[0]
        assert first.macs == (k - 2) ** 2 * 27 * recipe.WIDTH


def test_all_windows_have_the_same_number_of_parameters_within_one_percent() -> None:
    counts = [se.count_parameters(recipe.window_net(k)) for k in recipe.DILATIONS]
    assert max(counts) < 1.01 * min(counts)


def pair_accuracy(window: int, seed: int, train: list, val: list) -> tuple[float, float]:
    """Return the look-alike accuracy on all pixels and inside, after training on these two classes alone."""
    if FULL:
        network = recipe.train(window, seed, train)
    else:
        with se.seeded(seed):
            network = recipe.densely(recipe.window_net(window), window)
        weights = [float(label in se.Scenes.look_alikes) for label in range(recipe.CLASSES)]
        options = {"steps": 300, "batch": 4, "lr": 5e-3, "seed": seed, "device": "cpu", "progress": False}
        se.fit(network, train, loss=se.CrossEntropy(weights), **options)
    return tuple(recipe.look_alike_accuracy(network, val, inside=inside) for inside in (False, True))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_look_alikes_come_apart_as_the_window_grows() -> None:
    length = (recipe.TRAIN, recipe.VAL) if FULL else (96, 16)
    size = recipe.SIZE if FULL else (48, 64)
    sets = []
    for split, count in zip(("train", "val"), length, strict=True):
        scenes = se.Scenes(count, size=size, split=split, **recipe.DIALS)
        sets.append([scenes[index] for index in range(count)])
    windows = tuple(recipe.DILATIONS) if FULL else (5, 11)
    for seed in SEEDS:
        found = [pair_accuracy(window, seed, *sets) for window in windows]
        everywhere, inside = ([each[part] for each in found] for part in (0, 1))
        assert everywhere == sorted(everywhere)
        assert everywhere[-1] > everywhere[0] + 0.1
        assert abs(inside[0] - 0.5) < 0.06  # a window that sees stone only can but guess
        assert inside[-1] > 0.75


def test_the_stored_table_says_the_same_for_each_seed() -> None:
    runs = json.loads((ROOT / "data/results/04_windows.json").read_text(encoding="utf-8"))["runs"]
    for seed in SEEDS:
        rows = sorted((run for run in runs if run["seed"] == seed), key=lambda run: run["window"])
        assert [run["window"] for run in rows] == list(recipe.DILATIONS)
        accuracies = [run["look-alikes"] for run in rows]
        assert accuracies == sorted(accuracies)
        assert accuracies[-1] > accuracies[0] + 0.1
        assert abs(rows[0]["look-alikes inside"] - 0.5) < 0.06


def test_the_shipped_weights_give_the_stored_scores() -> None:
    runs = json.loads((ROOT / "data/results/04_windows.json").read_text(encoding="utf-8"))["runs"]
    val = recipe.samples("val", recipe.VAL)
    for window in recipe.DILATIONS:
        network = load_weights(recipe.densely(recipe.window_net(window), window), f"window_{window}")
        stored = next(run for run in runs if run["window"] == window and run["seed"] == 0)
        assert recipe.look_alike_accuracy(network, val) == pytest.approx(stored["look-alikes"], abs=0.01)
