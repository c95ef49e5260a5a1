"""The right answers to the exercises of lecture 11; never part of the wheel."""

import torch
from torch import Tensor

from segedu.data.forms.rle import decode_rle, encode_rle
from segedu.exercises.lecture11.crops import GRAY, padded
from segedu.exercises.lecture11.splits import correlation
from segedu.exercises.lecture11.warps import mixed, spoiled
from segedu.labels import VOID


def rle_counts(mask: Tensor) -> list[int]:
    """Return COCO's uncompressed counts: down the columns, zeros first."""
    return encode_rle(mask, compress=False)["counts"]


def rle_mask(counts: list[int], size: list[int]) -> Tensor:
    """Return the mask (H, W), bool."""
    return decode_rle({"counts": counts, "size": size})


def find_leaks(train: Tensor, val: Tensor, alike: float) -> list[tuple[int, int]]:
    """Return the pairs whose correlation, of the image or of its mirror image, is at least `alike`."""
    return [
        (i, j)
        for i, one in enumerate(train)
        for j, two in enumerate(val)
        if max(correlation(one, two), correlation(one.flip(-1), two)) >= alike
    ]


def spoiled_pixels(label_map: Tensor, size: tuple[int, int]) -> tuple[int, int]:
    """Return how many pixels a bilinear resize changes, and how many get a class that isn't in the map."""
    right = mixed(label_map, size, mode="nearest-exact").long()
    return spoiled(label_map, right, mixed(label_map, size, mode="bilinear").round().long())


def paired_crops(image: Tensor, label_map: Tensor, size: tuple[int, int], count: int) -> tuple[Tensor, Tensor]:
    """Return random windows of both, the same in both."""
    (height, width), image, label_map = size, padded(image, size, GRAY), padded(label_map, size, VOID)
    images, label_maps = [], []
    for _ in range(count):
        sides = zip(label_map.shape, size, strict=True)
        top, left = (int(torch.randint(given - wanted + 1, ())) for given, wanted in sides)
        images.append(image[:, top : top + height, left : left + width])
        label_maps.append(label_map[top : top + height, left : left + width])
    return torch.stack(images), torch.stack(label_maps)
