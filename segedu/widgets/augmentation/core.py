"""The augmentation lab's arithmetic in torchvision: one table for image and labels, the colors, and the mistakes.

The page does the same in `augmentation/core.js`; tests hold one to the other.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

from segedu.data.warp import elastic_field
from segedu.labels import VOID

GRAY = 0.5  # what an image is filled with outside of its source
MISTAKES = ("none", "bilinear", "left behind", "two draws")
FILLS = ("void", "class 0")


@dataclass
class Outcome:
    """What a setting makes of an image (3, H, W) and its labels; all label maps (H, W) int64."""

    image: Tensor  # float32 in [0, 1]
    labels: Tensor  # what the setting gives, mistakes included
    right: Tensor  # moved with the image, to the nearest pixel, filled with void
    wrong: Tensor  # bool: where the mistake shows


def inverse_matrix(setting: Mapping[str, Any]) -> Tensor:
    """Return the (2, 3) float64 matrix from an output pixel (x, y, 1) to where it looks, both from the image's center.

    As `torchvision.transforms.v2.functional.affine` without flips: the inverse of shift · rotation · zoom · shear.

    >>> inverse_matrix({"rotation": 90, "zoom": 2, "shear": 0, "shift_x": 4, "shift_y": 2}).round(decimals=2).tolist()
    [[0.0, 0.5, -1.0], [-0.5, 0.0, 2.0]]
    """
    turn, lean = math.radians(setting["rotation"]), math.tan(math.radians(setting["shear"]))
    cos, sin = math.cos(turn), math.sin(turn)
    linear = torch.tensor([[cos - sin * lean, cos * lean + sin], [-sin, cos]], dtype=torch.float64) / setting["zoom"]
    shift = torch.tensor([setting["shift_x"], setting["shift_y"]], dtype=torch.float64)
    return torch.cat([linear, (-linear @ shift)[:, None]], dim=1)


def displacement_of(setting: Mapping[str, Any], size: tuple[int, int]) -> Tensor:
    """Return the table (1, H, W, 2) for `functional.elastic` that bends what the affine map moved, in one step."""
    height, width = size
    rows, columns = (torch.arange(length, dtype=torch.float64) - (length - 1) / 2 for length in size)
    here = torch.stack(torch.broadcast_tensors(columns, rows[:, None]), dim=-1)  # (H, W, 2): x, y from the center
    generator = torch.Generator().manual_seed(setting["seed"])
    field = elastic_field(size, setting["elastic"], setting["nodes"], generator)
    bent = here + field[0].double() * torch.tensor([width, height]) / 2
    matrix = inverse_matrix(setting)
    source = bent @ matrix[:, :2].T + matrix[:, 2]
    return ((source - here) * 2 / torch.tensor([width, height])).float()[None]


def move(value: Tensor, setting: Mapping[str, Any], fill: float) -> Tensor:
    """Flip, then move and bend: an Image bilinearly, a Mask to the nearest pixel, `fill` outside of the source."""
    value = F.horizontal_flip(value) if setting["flip_left_right"] else value
    value = F.vertical_flip(value) if setting["flip_up_down"] else value
    bilinear = InterpolationMode.BILINEAR
    if setting["elastic"]:
        size = (value.shape[-2], value.shape[-1])
        return F.elastic(value, displacement_of(setting, size), interpolation=bilinear, fill=[fill])
    return F.affine(
        value,
        angle=setting["rotation"],
        translate=[setting["shift_x"], setting["shift_y"]],
        scale=setting["zoom"],
        shear=[setting["shear"], 0.0],
        interpolation=bilinear,
        fill=[fill],
    )


def recolor(image: Tensor, setting: Mapping[str, Any]) -> Tensor:
    """Change brightness, contrast, saturation, blur and add noise, in this order; what does nothing is left out."""
    for name, change in (
        ("brightness", F.adjust_brightness),
        ("contrast", F.adjust_contrast),
        ("saturation", F.adjust_saturation),
    ):
        image = image if setting[name] == 1 else change(image, setting[name])
    reach = blur_reach(setting["blur"], image.shape[-2], image.shape[-1])
    if reach:
        image = F.gaussian_blur(image, 2 * reach + 1, setting["blur"])
    if setting["noise"]:
        drawn = torch.randn(image.shape, generator=torch.Generator().manual_seed(setting["seed"]))
        image = (image + setting["noise"] * drawn).clamp(0, 1)
    return image


def blur_reach(sigma: float, height: int, width: int) -> int:
    """Return how far a Gaussian reaches to each side: three standard deviations, less where the image is smaller.

    >>> blur_reach(1.5, 95, 127), blur_reach(1.5, 95, 4)
    (5, 3)
    """
    return min(math.ceil(3 * sigma), height - 1, width - 1)


def augment(image: Tensor, labels: Tensor, setting: Mapping[str, Any], other: Mapping[str, Any]) -> Outcome:
    """Apply a setting, with its mistake, to an image (3, H, W) float32 and labels (H, W) int64.

    other: the setting that the labels follow where the mistake is "two draws".
    """
    fill = VOID if setting["fill"] == "void" else 0
    moved = recolor(move(tv_tensors.Image(image), setting, GRAY), setting).as_subclass(Tensor)
    right = _move_labels(labels, setting, VOID)
    if setting["mistake"] == "bilinear":
        mixed = move(labels.float()[None], setting, fill)[0].round().long()
        return Outcome(moved, mixed, right, _invented(labels, mixed, setting, fill))
    if setting["mistake"] == "left behind":
        return Outcome(moved, labels, right, labels != right)
    followed = other if setting["mistake"] == "two draws" else setting
    made = _move_labels(labels, followed, fill)
    return Outcome(moved, made, right, made != right)


def _move_labels(labels: Tensor, setting: Mapping[str, Any], fill: int) -> Tensor:
    return move(tv_tensors.Mask(labels), setting, fill).as_subclass(Tensor)


def _invented(labels: Tensor, mixed: Tensor, setting: Mapping[str, Any], fill: int) -> Tensor:
    """Return where `mixed` names a label that none of the pixels has that it was mixed from."""
    known = torch.zeros_like(mixed, dtype=torch.bool)
    for label in [*labels.unique().tolist(), fill]:
        share = move((labels == label).float()[None], setting, float(label == fill))[0]
        known |= (mixed == label) & (share > 1e-4)
    return ~known
