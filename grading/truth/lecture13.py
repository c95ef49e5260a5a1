"""The right answers to the exercises of lecture 13; never part of the wheel."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn import Module


def contract(features: Tensor, weight1: Tensor, bias1: Tensor, weight2: Tensor, bias2: Tensor) -> tuple[Tensor, Tensor]:
    """Return the copy, two unpadded convolutions with ReLU, and its 2 × 2 maxima."""
    copy = F.relu(F.conv2d(F.relu(F.conv2d(features, weight1, bias1)), weight2, bias2))
    return copy, F.max_pool2d(copy, 2)


def crop_and_concat(copy: Tensor, features: Tensor) -> Tensor:
    """Return the middle of the copy and the features behind one another; an odd rest is cut below and on the right."""
    h, w = features.shape[-2:]
    top, left = (copy.shape[-2] - h) // 2, (copy.shape[-1] - w) // 2
    return torch.cat([copy[..., top : top + h, left : left + w], features], dim=1)


def unet_forward(image: Tensor, down: list, bottom: Module, up: list, merge: list, classify: Module) -> Tensor:
    """Return the logits of a U-Net given by its parts: level by level, the inner ones in between."""
    with torch.no_grad():
        return classify(levels(image, down, bottom, up, merge))


def levels(features: Tensor, down: list, bottom: Module, up: list, merge: list) -> Tensor:
    """Return what the outermost level makes of `features`, all inner levels in between."""
    if not down:
        return bottom(features)
    copy = down[0](features)
    below = levels(F.max_pool2d(copy, 2), down[1:], bottom, up[:-1], merge[:-1])
    return merge[-1](crop_and_concat(copy, up[-1](below)))


def valid_output(input_size: tuple[int, int], depth: int) -> tuple[int, int]:
    """Return the (height, width) that a valid U-Net gives, (0, 0) where the input doesn't fit."""
    height, width = (output_side(side, depth) for side in input_size)
    return (height, width) if height and width else (0, 0)


def output_side(side: int, depth: int) -> int:
    """Return what is left of one side, 0 where an odd or empty map would be pooled or nothing comes out."""
    for _ in range(depth):
        side -= 4
        if side <= 0 or side % 2:
            return 0
        side //= 2
    side -= 4
    for _ in range(depth):
        if side <= 0:
            return 0
        side = 2 * side - 4
    return max(side, 0)


def expand(bottom: Tensor, copies: list[Tensor]) -> Tensor:
    """Return the finest map: level by level doubled, cut to its copy, and joined with it."""
    features = bottom
    for copy in reversed(copies):
        up = features.repeat_interleave(2, dim=-2).repeat_interleave(2, dim=-1)
        features = torch.cat([copy, up[..., : copy.shape[-2], : copy.shape[-1]]], dim=1)
    return features


def predict_in_tiles(network: Module, image: Tensor, tile: int, margin: int) -> Tensor:
    """Return the logits (classes, H, W), each tile's from a window with a margin that ends where the image ends."""
    height, width = image.shape[-2:]
    bands = []
    for top in range(0, height, tile):
        band = []
        for left in range(0, width, tile):
            bottom, right = min(top + tile, height), min(left + tile, width)
            first, start = max(0, top - margin), max(0, left - margin)
            window = image[:, first : bottom + margin, start : right + margin]
            with torch.no_grad():
                logits = network(window.unsqueeze(0)).squeeze(0)
            band.append(logits[:, top - first : bottom - first, left - start : right - start])
        bands.append(torch.cat(band, dim=2))
    return torch.cat(bands, dim=1)
