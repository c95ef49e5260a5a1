"""The course's colors: one a class, told apart by people with any kind of color vision."""

import itertools

import numpy as np
import pytest
from skimage.color import rgb2lab

from segedu.data.outlines import CLASSES as PHOTO_CLASSES
from segedu.data.palette import COLORS, WRONG, class_colors, hex_to_rgb
from segedu.data.scenes import Scenes
from segedu.data.sets import dataset_class
from segedu.viz.labels import VOID_DARK, VOID_LIGHT

# What a viewer without one kind of cone sees of linear RGB: Machado, Oliveira, Fernandes 2009, severity 1.
VISION = {
    "full": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
CLASSES = {
    "scenes": Scenes.classes,
    "camvid": dataset_class("camvid").classes,
    "isbi": dataset_class("isbi").classes,
    "dsb2018": dataset_class("dsb2018").classes,
    "photos": PHOTO_CLASSES,
    "pets": ("background", "pet", "border"),
}


def seen(colors: np.ndarray, vision: str) -> np.ndarray:
    """Return the CIELAB values (C, 3) of what is seen of `colors`."""
    values = colors / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(VISION[vision]), 0, 1)
    return rgb2lab(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)[None])[0]


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", CLASSES)
def test_any_two_classes_are_told_apart(name, vision):
    lab = dict(zip(CLASSES[name], seen(class_colors(CLASSES[name]), vision), strict=True))
    distances = {pair: np.linalg.norm(lab[pair[0]] - lab[pair[1]]) for pair in itertools.combinations(lab, 2)}
    closest = min(distances, key=distances.__getitem__)
    assert distances[closest] >= 17, closest


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("color", WRONG)
def test_wrong_is_told_from_each_class_of_any_data_set_from_void_and_from_the_faint_image(color, vision):
    grays = {f"gray {value}": [value] * 3 for value in (VOID_DARK, VOID_LIGHT, *range(204, 256, 10), 255)}
    others = np.concatenate([class_colors(tuple(COLORS)), np.array(list(grays.values()), np.uint8)])
    distances = np.linalg.norm(seen(others, vision) - seen(hex_to_rgb(color), vision), axis=1)
    assert distances.min() >= 17, [*COLORS, *grays][distances.argmin()]


@pytest.mark.parametrize("vision", VISION)
def test_the_two_stripes_of_wrong_are_told_apart(vision):
    light, dark = seen(hex_to_rgb(*WRONG), vision)
    assert light[0] - dark[0] >= 30  # of lightness, which survives a copier


def test_every_color_is_a_hex_triple():
    assert class_colors(tuple(COLORS)).shape == (len(COLORS), 3)
