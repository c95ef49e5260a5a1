"""Random settings of the augmentation lab with what torchvision makes of them; what lies too near a tie is named."""

import random
from typing import Any

import numpy as np
import torch

from segedu.data.warp import elastic_field
from segedu.widgets.augmentation.core import FILLS, MISTAKES, augment, displacement_of, inverse_matrix, move
from segedu.widgets.augmentation.settings import NO_GEOMETRY, NO_RECOLORING, draw_setting

USUAL = {**NO_GEOMETRY, **NO_RECOLORING, "nodes": 4, "seed": 0, "mistake": "none", "fill": "void"}
CLASSES = 5
NEAR = 2e-3  # pixels, or label numbers: closer to a half than this is a tie, which float32 and float64 may break apart


def random_setting(rng: random.Random) -> dict[str, Any]:
    """Return a setting in which each transform is on with a probability of a half."""
    drawn = {
        "flip_left_right": True,
        "flip_up_down": True,
        "rotation": rng.uniform(-180, 180),
        "zoom": round(2 ** rng.uniform(-2, 3), 2),
        "shift_x": rng.randint(-20, 20),
        "shift_y": rng.randint(-20, 20),
        "shear": rng.uniform(-45, 45),
        "elastic": rng.uniform(0.1, 10),
        "nodes": rng.randint(3, 8),
        "brightness": rng.uniform(0, 3),
        "contrast": rng.uniform(0, 3),
        "saturation": rng.uniform(0, 3),
        "blur": rng.uniform(0.05, 4),
        "noise": rng.uniform(0.01, 0.4),
        "mistake": rng.choice(MISTAKES),
        "fill": rng.choice(FILLS),
    }
    chosen = {name: value for name, value in drawn.items() if rng.random() < 0.5}
    return {**USUAL, "seed": rng.randint(0, 999), **chosen}


def places_of(setting: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    """Return where each output pixel looks in the flipped source, (H, W, 2) as x, y in pixel indices."""
    height, width = size
    if setting["elastic"]:
        displacement = displacement_of(setting, size)[0].double().numpy() * [width / 2, height / 2]
        return displacement + np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    here = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) - middle
    matrix = inverse_matrix(setting).numpy()
    return here @ matrix[:, :2].T + matrix[:, 2] + middle


def ties_of(setting: dict[str, Any], other: dict[str, Any], labels: torch.Tensor) -> np.ndarray:
    """Return where a label hangs on a rounding of a half, (H, W) bool."""
    size = (labels.shape[0], labels.shape[1])
    followed = [setting, other] if setting["mistake"] == "two draws" else [setting]
    ties = np.zeros(size, dtype=bool)
    for each in followed:
        places = places_of(each, size)
        ties |= (abs(places - np.floor(places) - 0.5) < NEAR).any(axis=-1)
    if setting["mistake"] == "bilinear":
        fill = 255 if setting["fill"] == "void" else 0
        mixed = move(labels.double()[None].float(), setting, fill)[0].numpy()
        whole = abs(places_of(setting, size) - np.round(places_of(setting, size))).min(axis=-1) < NEAR
        ties |= (abs(mixed - np.floor(mixed) - 0.5) < 0.02) | whole
    return ties


def golden_case(rng: random.Random) -> dict[str, Any]:
    """Return one random image with labels, a setting, and torchvision's results, as lists."""
    height, width = rng.randint(5, 26), rng.randint(5, 26)
    generator = torch.Generator().manual_seed(rng.randint(0, 10**6))
    image = torch.randint(0, 256, (3, height, width), generator=generator) / 255
    coarse = torch.randint(0, CLASSES + 1, (height // 4 + 1, width // 4 + 1), generator=generator)
    labels = coarse.repeat_interleave(4, 0).repeat_interleave(4, 1)[:height, :width]
    labels = torch.where(labels == CLASSES, 255, labels)
    setting = random_setting(rng)
    number = rng.randint(1, 40)
    other = {**setting, **draw_setting(number, (height, width))}
    made = augment(image, labels, setting, other)
    return {
        "size": [height, width],
        "image": image.flatten().tolist(),
        "labels": labels.flatten().tolist(),
        "setting": setting,
        "number": number,
        "other": other,
        "matrix": inverse_matrix(setting).tolist(),
        "after": made.image.flatten().tolist(),
        "made": made.labels.flatten().tolist(),
        "right": made.right.flatten().tolist(),
        "wrong": made.wrong.int().flatten().tolist(),
        "ties": ties_of(setting, other, labels).ravel().tolist(),
    }


def golden_values(count: int = 80) -> dict[str, Any]:
    """Return cases, torch's random numbers and fields of `segedu.elastic_field` for the core's tests."""
    rng = random.Random(0)
    fields = []
    for nodes in range(3, 9):
        size, seed = (rng.randint(3, 20), rng.randint(3, 20)), rng.randint(0, 999)
        field = elastic_field(size, 1.0, nodes, torch.Generator().manual_seed(seed))[0]
        pixels = field * torch.tensor([size[1], size[0]]) / 2
        fields.append(
            {"size": size, "nodes": nodes, "seed": seed, "x": pixels[..., 0].flatten().tolist()}
            | {"y": pixels[..., 1].flatten().tolist(), "folds": {str(s): folds_of(pixels * s) for s in (1, 5, 20)}}
        )
    uniforms, normals = {}, {}
    for seed in (0, 1, 7, 999):
        uniforms[seed] = torch.rand(700, generator=torch.Generator().manual_seed(seed)).tolist()
        for length in (16, 18, 50, 1300):
            normals[f"{seed},{length}"] = torch.randn(length, generator=torch.Generator().manual_seed(seed)).tolist()
    return {
        "cases": [golden_case(rng) for _ in range(count)],
        "fields": fields,
        "uniforms": uniforms,
        "normals": normals,
        "draws": [draw_setting(number, (95, 127)) for number in range(41)],
    }


def folds_of(pixels: torch.Tensor) -> int:
    """Return at how many pixels x + field(x) reverses orientation, by torch's differences."""
    height, width = pixels.shape[:2]
    right = pixels[:-1, 1:] - pixels[:-1, :-1]  # (H−1, W−1, 2): change of x, y along a row
    down = pixels[1:, :-1] - pixels[:-1, :-1]
    determinant = (1 + right[..., 0]) * (1 + down[..., 1]) - right[..., 1] * down[..., 0]
    assert determinant.shape == (height - 1, width - 1)
    return int((determinant <= 0).sum())
