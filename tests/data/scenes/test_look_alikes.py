"""Boulders and pyramids: nothing but the outline tells them apart, and a window must be large to see the outline."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from segedu.data.scenes import Scenes

BOULDER, PYRAMID = Scenes.look_alikes
DIALS = {"pair_share": 1.0, "objects": (3, 5), "overlap": 0.0, "thin": 0, "rare": 0}


@pytest.fixture(scope="module")
def samples() -> list[dict]:
    """Return 300 scenes with stones of 25 to 40 pixels; the first 200 are for training."""
    return list(Scenes(300, size=128, scale_range=1.5, **DIALS))


def balanced(features: list, is_pyramid: list) -> tuple[np.ndarray, np.ndarray]:
    """Return as many rows of either class, so that guessing is right half of the time."""
    features, is_pyramid = np.array(features), np.array(is_pyramid)
    count = min(is_pyramid.sum(), (~is_pyramid).sum())
    rows = np.r_[np.flatnonzero(is_pyramid)[:count], np.flatnonzero(~is_pyramid)[:count]]
    return features[rows], is_pyramid[rows]


def objects(samples: list[dict], describe) -> tuple[np.ndarray, np.ndarray]:
    """Describe each stone that lies wholly in the image."""
    features, is_pyramid = [], []
    for sample in samples:
        for mask, box, label in zip(sample["masks"], sample["boxes"], sample["labels"], strict=True):
            if box[0] > 0 and box[2] < mask.shape[1] and box[3] < mask.shape[0]:
                features.append(describe(sample["image"].as_subclass(torch.Tensor), mask))
                is_pyramid.append(label.item() == PYRAMID)
    return balanced(features, is_pyramid)


def windows(
    samples: list[dict], size: int, what: str, margin: int = 0, count: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Cut windows out of image or silhouette, around random pixels that lie `margin` pixels inside of a stone."""
    random, features, is_pyramid = np.random.default_rng(0), [], []
    for sample in samples:
        label_map = sample["label_map"].numpy()
        stone = np.isin(label_map, (BOULDER, PYRAMID))
        source = sample["image"].numpy() if what == "image" else stone[None].astype(np.float32)
        padded = np.pad(source, ((0, 0), (size // 2,) * 2, (size // 2,) * 2), mode="reflect")
        for label in (BOULDER, PYRAMID):
            inside = torch.from_numpy(label_map == label)[None].float()
            inside = -torch.nn.functional.max_pool2d(-inside, 2 * margin + 1, stride=1, padding=margin)[0]
            rows, columns = np.nonzero(inside.numpy())
            for pick in random.integers(len(rows), size=count) if len(rows) else ():
                window = padded[:, rows[pick] :, columns[pick] :][:, :size, :size]
                features.append(window[:, :: 1 + size // 17, :: 1 + size // 17].ravel())
                is_pyramid.append(label == PYRAMID)
    return balanced(features, is_pyramid)


def accuracy(model, train: tuple, test: tuple) -> float:
    return model.fit(*train).score(*test)


def forest() -> RandomForestClassifier:
    return RandomForestClassifier(60, min_samples_leaf=5, random_state=0)


def test_the_color_of_a_pixel_does_not_tell(samples):
    sets = windows(samples[:200], 1, "image", count=30), windows(samples[200:], 1, "image", count=30)
    assert accuracy(forest(), *sets) == pytest.approx(0.5, abs=0.04)


def test_the_color_histogram_of_an_object_does_not_tell(samples):
    def histogram(image: torch.Tensor, mask: torch.Tensor) -> np.ndarray:
        return np.concatenate([np.histogram(channel[mask], 12, (0, 1), density=True)[0] for channel in image])

    sets = objects(samples[:200], histogram), objects(samples[200:], histogram)
    assert accuracy(forest(), *sets) == pytest.approx(0.5, abs=0.09)


def test_the_area_of_an_object_does_not_tell(samples):
    sets = [objects(part, lambda _, mask: [mask.sum().item()]) for part in (samples[:200], samples[200:])]
    assert accuracy(forest(), *sets) == pytest.approx(0.5, abs=0.1)
    areas, is_pyramid = sets[0]
    assert areas[is_pyramid].mean() == pytest.approx(areas[~is_pyramid].mean(), rel=0.1)


def test_the_texture_of_a_window_of_stone_does_not_tell(samples):
    sets = windows(samples[:200], 9, "image", margin=5), windows(samples[200:], 9, "image", margin=5)
    assert accuracy(forest(), *sets) == pytest.approx(0.5, abs=0.05)


def test_color_tells_when_the_dial_is_turned_down():
    scenes = list(Scenes(60, size=96, look_alikes=0.0, **DIALS))
    sets = [objects(part, lambda image, mask: image[:, mask].mean(1).numpy()) for part in (scenes[:40], scenes[40:])]
    assert accuracy(LogisticRegression(C=100), *sets) > 0.95


def test_the_silhouette_tells_more_the_larger_the_window(samples):
    found = [
        accuracy(forest(), windows(samples[:200], size, "silhouette"), windows(samples[200:], size, "silhouette"))
        for size in (5, 9, 33)
    ]
    assert found == sorted(found)
    assert found[0] < 0.7
    assert found[-1] > 0.9
