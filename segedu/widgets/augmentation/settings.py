"""What the augmentation lab is given, thinned to its size, and the random settings that it draws."""

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.data.scenes import Scenes
from segedu.data.transforms import Augment
from segedu.widgets.kit.images import read_image
from segedu.widgets.kit.maps import Maps, read_maps

LARGEST = 128  # pixels on the longer side; a larger image is shown averaged over blocks of 2 × 2, 3 × 3, … pixels
DRAWS = 40  # how many random settings there are to step through; 0 is none
NO_GEOMETRY: dict[str, Any] = {"flip_left_right": False, "flip_up_down": False, "rotation": 0.0, "zoom": 1.0}
NO_GEOMETRY |= {"shift_x": 0, "shift_y": 0, "shear": 0.0, "elastic": 0.0}
NO_RECOLORING: dict[str, float] = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "blur": 0.0, "noise": 0.0}


def starting_maps() -> Maps:
    """Return the scene that the lab starts with; its sides are odd, so that a quarter turn meets pixel centers."""
    sample = Scenes(8, size=(95, 127), seed=1, objects=(4, 6), noise=0.01)[3]
    return read_maps(sample, {}, None, None)


def read_small(image: Any, label_map: Any, class_names: Sequence[str] | None) -> tuple[Maps, int]:
    """Return the checked maps, at most 128 pixels a side, and how many given pixels each side of a shown one spans.

    A shown pixel is the mean of its block in the image, and the block's middle pixel in the label map.

    >>> maps, every = read_small(torch.rand(3, 300, 451), None, None)
    >>> maps.image.shape, every
    ((75, 112, 3), 4)
    """
    maps = read_maps(None, {"image": image, "label_map": label_map}, None, class_names)  # refuses what doesn't fit
    pixels = read_image(image)
    every = -(-max(pixels.shape[-2:]) // LARGEST)
    if every == 1:
        return maps, 1
    small: dict[str, Any] = {"image": F.avg_pool2d(pixels, every)}
    if label_map is not None:
        labels = torch.as_tensor(label_map).as_subclass(Tensor).detach().cpu()
        height, width = small["image"].shape[-2:]
        small["label_map"] = labels[every // 2 :: every, every // 2 :: every][:height, :width]
    return read_maps(None, small, None, maps.classes), every


def draw_setting(number: int, size: Sequence[int]) -> dict[str, Any]:
    """Return random setting `number`: flip, zoom, window and colors, drawn as `segedu.Augment()` does.

    Number 0 changes nothing. size: height and width. The numbers are rounded, so that they can be read and copied.

    >>> draw_setting(2, (95, 127))["flip_left_right"], draw_setting(0, (95, 127))["zoom"]
    (False, 1.0)
    """
    if number == 0:
        return {**NO_GEOMETRY, **NO_RECOLORING}
    drawn = torch.rand(7, generator=torch.Generator().manual_seed(number)).tolist()
    usual = Augment()
    low, high = (math.log(side) for side in usual.scale)
    zoom = round(math.exp(low + (high - low) * drawn[1]), 2)
    colors = [round(1 + usual.color * (2 * part - 1), 2) for part in drawn[4:]]
    return {
        **NO_GEOMETRY,
        **NO_RECOLORING,
        "flip_left_right": drawn[0] < usual.flip,
        "zoom": zoom,
        "shift_y": _window_shift(size[0], zoom, drawn[2]),
        "shift_x": _window_shift(size[1], zoom, drawn[3]),
        **dict(zip(("brightness", "contrast", "saturation"), colors, strict=True)),
    }


def _window_shift(length: int, zoom: float, part: float) -> int:
    """Return by how many pixels the magnified content moves when the window may lie anywhere within the image."""
    room = length * abs(zoom - 1)  # the window's places, in pixels of the result
    return math.floor(room * (part - 0.5) + 0.5)
