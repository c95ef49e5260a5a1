"""The augmentation lab's arithmetic in torchvision: one table for both maps, colors, mistakes.

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
    """Return the matrix (2, 3) float64 from an output pixel (x, y, 1) to where it looks.

    Both are counted from the image's center. As `torchvision.transforms.v2.functional.affine`
    without flips: the inverse of shift · rotation · zoom · shear.

    >>> setting = {"rotation": 90, "zoom": 2, "shear": 0, "shift_x": 4, "shift_y": 2}
    >>> inverse_matrix(setting).round(decimals=2).tolist()
    [[0.0, 0.5, -1.0], [-0.5, 0.0, 2.0]]
    """
    # Turning, leaning and zooming back.
    turn = math.radians(setting["rotation"])
    lean = math.tan(math.radians(setting["shear"]))
    cos = math.cos(turn)
    sin = math.sin(turn)
    rows = [[cos - sin * lean, cos * lean + sin], [-sin, cos]]
    linear = torch.tensor(rows, dtype=torch.float64) / setting["zoom"]

    # After shifting back.
    shift = torch.tensor([setting["shift_x"], setting["shift_y"]], dtype=torch.float64)
    offset = -linear @ shift  # (2,)
    return torch.cat([linear, offset[:, None]], dim=1)


def displacement_of(setting: Mapping[str, Any], size: tuple[int, int]) -> Tensor:
    """Return the table (1, H, W, 2) for `functional.elastic`.

    It bends what the affine map moved, in one step.
    """
    # Each pixel's x and y, from the center.
    height, width = size
    rows, columns = (torch.arange(side, dtype=torch.float64) - (side - 1) / 2 for side in size)
    here = torch.stack(torch.broadcast_tensors(columns, rows[:, None]), dim=-1)  # (H, W, 2)

    # Where it looks: bent by the field, whose unit is half the image, then moved.
    generator = torch.Generator().manual_seed(setting["seed"])
    field = elastic_field(size, setting["elastic"], setting["nodes"], generator)
    sides = torch.tensor([width, height])
    bent = here + field[0].double() * sides / 2
    matrix = inverse_matrix(setting)
    source = bent @ matrix[:, :2].T + matrix[:, 2]

    return ((source - here) * 2 / sides).float()[None]


def move(value: Tensor, setting: Mapping[str, Any], fill: float) -> Tensor:
    """Flip, then move and bend: an Image bilinearly, a Mask to the nearest pixel.

    Args:
        value: (C, H, W) for an Image, (H, W) for a Mask.
        setting: all of the lab's numbers by name.
        fill: what lies outside of the source.
    """
    # The flips.
    if setting["flip_left_right"]:
        value = F.horizontal_flip(value)
    if setting["flip_up_down"]:
        value = F.vertical_flip(value)

    # The affine map, in one step with the elastic field if there is one.
    bilinear = InterpolationMode.BILINEAR
    if setting["elastic"]:
        size = (value.shape[-2], value.shape[-1])
        table = displacement_of(setting, size)
        return F.elastic(value, table, interpolation=bilinear, fill=[fill])
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
    """Change brightness, contrast, saturation, blur and add noise, in this order.

    What does nothing is left out.
    """
    # The three factors.
    if setting["brightness"] != 1:
        image = F.adjust_brightness(image, setting["brightness"])
    if setting["contrast"] != 1:
        image = F.adjust_contrast(image, setting["contrast"])
    if setting["saturation"] != 1:
        image = F.adjust_saturation(image, setting["saturation"])

    # Blur and noise.
    reach = blur_reach(setting["blur"], image.shape[-2], image.shape[-1])
    if reach:
        image = F.gaussian_blur(image, 2 * reach + 1, setting["blur"])
    if setting["noise"]:
        generator = torch.Generator().manual_seed(setting["seed"])
        noise = torch.randn(image.shape, generator=generator)
        image = (image + setting["noise"] * noise).clamp(0, 1)
    return image


def blur_reach(sigma: float, height: int, width: int) -> int:
    """Return how far a Gaussian reaches to each side.

    Three standard deviations, less where the image is smaller.

    >>> blur_reach(1.5, 95, 127), blur_reach(1.5, 95, 4)
    (5, 3)
    """
    return min(math.ceil(3 * sigma), height - 1, width - 1)


def augment(
    image: Tensor,
    labels: Tensor,
    setting: Mapping[str, Any],
    other: Mapping[str, Any],
) -> Outcome:
    """Apply a setting, with its mistake, to an image and its labels.

    Args:
        image: (3, H, W) float32 in [0, 1].
        labels: (H, W) int64.
        setting: all of the lab's numbers by name.
        other: the setting that the labels follow where the mistake is "two draws".
    """
    # What is right.
    fill = VOID if setting["fill"] == "void" else 0
    moved = move(tv_tensors.Image(image), setting, GRAY)
    moved = recolor(moved, setting).as_subclass(Tensor)
    right = _move_labels(labels, setting, VOID)

    # What the mistake makes of it.
    if setting["mistake"] == "bilinear":
        mixed = move(labels.float()[None], setting, fill)[0].round().long()
        return Outcome(moved, mixed, right, _invented(labels, mixed, setting, fill))
    if setting["mistake"] == "left behind":
        return Outcome(moved, labels, right, labels != right)
    followed = other if setting["mistake"] == "two draws" else setting
    followers = _move_labels(labels, followed, fill)
    return Outcome(moved, followers, right, followers != right)


def _move_labels(labels: Tensor, setting: Mapping[str, Any], fill: int) -> Tensor:
    return move(tv_tensors.Mask(labels), setting, fill).as_subclass(Tensor)


def _invented(labels: Tensor, mixed: Tensor, setting: Mapping[str, Any], fill: int) -> Tensor:
    """Return where `mixed` names a label that none of the pixels has that it was mixed from."""
    known = torch.zeros_like(mixed, dtype=torch.bool)
    for label in [*labels.unique().tolist(), fill]:
        share = move((labels == label).float()[None], setting, float(label == fill))[0]
        known |= (mixed == label) & (share > 1e-4)
    return ~known
