"""Cases and judge of lecture 13's exercise on large images: predict tile by tile, each with a margin of context."""

import itertools
import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]
Pair = tuple[int, int]

# (channels, classes), (H, W), tile, margin, how far the network sees to one side
TILINGS: tuple[tuple[Pair, Pair, int, int, int], ...] = (
    ((1, 1), (2, 7), 3, 1, 2),
    ((1, 2), (4, 6), 2, 0, 1),
    ((1, 2), (5, 8), 3, 1, 2),
    ((3, 2), (7, 12), 5, 2, 3),
    ((2, 3), (9, 7), 3, 2, 4),
    ((1, 2), (8, 5), 4, 3, 2),  # the margin is enough
    ((2, 2), (4, 11), 5, 3, 5),  # a tile is higher than the image
    ((3, 2), (10, 7), 2, 4, 6),  # a margin of two tiles
)

TILE_MISTAKES = {
    "no margin": "The tiles have no context; give each to the network with `margin` pixels more on each side.",
    "corner": "The upper left corner of the logits is kept; skip the rows and columns of the margin above and left.",
    "inner": "`margin` rows and columns are skipped at the image's border too; there is no margin above the first "
    "row of tiles, nor to the left of the first column.",
    "before": "The margin is given above and to the left only; it belongs on all four sides.",
    "after": "The margin is given below and to the right only; it belongs on all four sides.",
    "rows": "The margin is given above and below only; it belongs on all four sides.",
    "columns": "The margin is given to the left and right only; it belongs on all four sides.",
    "half": "Half of the margin is given; it counts `margin` pixels on *each* side.",
    "double": "Twice the margin is given; it counts `margin` pixels on each side.",
    "inside": "The margin is taken off the tile: tile × tile pixels are what is *kept* of each window.",
    "whole": "The image goes through the network at once; it has to be cut.",
    "mirrored": "The image's border is mirrored; here a window ends where the image ends.",
    "zeros": "The image gets a border of zeros; here a window ends where the image ends.",
    "overwritten": "Whole windows are written over each other; keep the logits of the tile alone.",
    "averaged": "Windows are averaged where they overlap; keep the logits of the tile alone.",
    "moved": "The last tiles are moved back to be whole; here they are smaller.",
    "softmax": "A softmax is taken in the end; return the logits.",
    "labels": "These are labels; return the logits, one map per class.",
}


class OfImages(nn.Sequential):
    """A network of images (N, C, h, w) that refuses one without its batch axis, which a convolution would take."""

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, classes, h, w)."""
        if images.ndim != 4:
            raise ValueError(
                f"the network takes images (1, C, h, w), four axes; it got the shape {tuple(images.shape)}"
            )
        logits: Tensor = super().forward(images)
        return logits


def tile_arguments(seed: int) -> Arguments:
    """Return a network that sees further than the margin, but in one case, and an image that isn't square."""
    (channels, classes), size, tile, margin, reach = TILINGS[seed] if seed < len(TILINGS) else tiling_drawn()
    first, second = nn.Conv2d(channels, 2, 2 * reach - 1, padding=reach - 1), nn.Conv2d(2, classes, 3, padding=1)
    nn.init.normal_(first.weight)
    nn.init.normal_(second.weight)
    first.bias = nn.Parameter(torch.ones(2))  # zeros round the image then differ from zeros round its map
    network = OfImages(first, nn.LeakyReLU(0.5), second)
    return {"network": network, "image": torch.rand(channels, *size), "tile": tile, "margin": margin}


def tiling_drawn() -> tuple[Pair, Pair, int, int, int]:
    """Draw an image of two tiles and more each way, the last ones not whole."""
    tile, margin = random.sample(range(2, 6), 2)
    height = tile * random.randint(1, 2) + random.randint(1, tile - 1)
    width = height + tile + random.randint(0, 1)
    size = (height, width) if random.random() < 0.5 else (width, height)
    return (random.randint(1, 3), random.randint(2, 3)), size, tile, margin, margin + random.randint(1, 2)


def starts(size: Pair, tile: int) -> list[Pair]:
    """Return (top, left) of each tile, row by row."""
    return list(itertools.product(range(0, size[0], tile), range(0, size[1], tile)))


def window(image: Tensor, start: Pair, end: Pair) -> Tensor:
    """Return the part (1, C, h, w) of an image (C, H, W) between two corners, as far as the image reaches."""
    top, left = (max(0, place) for place in start)
    return image[None, :, top : max(end[0], 0), left : max(end[1], 0)]


def by_tiles(arguments: Arguments, rows: Pair, columns: Pair, kept: str = "tile") -> Tensor:
    """Return the logits by tiles with margins (before, after) for rows and columns.

    kept: the "tile" of each window; its upper left "corner" of tile × tile, or of the tile's own size ("fitted"); what
    is "inner", as if every window had all margins.
    """
    image, tile = arguments["image"], arguments["tile"]
    size = image.shape[1], image.shape[2]
    parts = []
    for top, left in starts(size, tile):
        end = top + tile + rows[1], left + tile + columns[1]
        logits = arguments["network"](window(image, (top - rows[0], left - columns[0]), end))[0]
        above, before = min(rows[0], top), min(columns[0], left)
        if kept == "inner":
            above, before = rows[0], columns[0]
        elif kept != "tile":
            above, before = 0, 0
        height, width = tile, tile
        if kept == "fitted":
            height, width = min(tile, size[0] - top), min(tile, size[1] - left)
        parts.append(logits[:, above : above + height, before : before + width])
    return put_together(parts, len(range(0, size[1], tile)))


def put_together(parts: list[Tensor], columns: int) -> Tensor:
    """Return one map of parts that stand row by row, `columns` a row."""
    bands = [torch.cat(parts[place : place + columns], dim=2) for place in range(0, len(parts), columns)]
    return torch.cat(bands, dim=1)


def tiled_right(arguments: Arguments, **changes: Any) -> Tensor:
    """Return the logits as the task wants them, for other arguments."""
    arguments = arguments | changes
    margin = arguments["margin"]
    return by_tiles(arguments, (margin, margin), (margin, margin))


def on_larger(arguments: Arguments, mode: str) -> Tensor | None:
    """Return the logits if the image gets a border as wide as the margin: mirrored ("reflect"), zeros ("constant")."""
    image, tile, margin = (arguments[key] for key in ("image", "tile", "margin"))
    size = image.shape[1], image.shape[2]
    if mode == "reflect" and margin >= min(size):
        return None
    larger = F.pad(image[None], [margin] * 4, mode=mode)
    result = []
    for top, left in starts(size, tile):
        logits = arguments["network"](larger[..., top : top + tile + 2 * margin, left : left + tile + 2 * margin])[0]
        bottom, right = (length - margin for length in logits.shape[1:])
        result.append(logits[:, margin:bottom, margin:right])
    return put_together(result, len(range(0, size[1], tile)))


def written_whole(arguments: Arguments, averaged: bool) -> Tensor:
    """Return the logits if whole windows are written over each other, or averaged where they overlap."""
    image, tile, margin = (arguments[key] for key in ("image", "tile", "margin"))
    total = torch.zeros_like(arguments["network"](image[None])[0])
    count = torch.zeros(image.shape[1:])
    for top, left in starts((image.shape[1], image.shape[2]), tile):
        rows = slice(max(0, top - margin), top + tile + margin)
        columns = slice(max(0, left - margin), left + tile + margin)
        logits = arguments["network"](image[None, :, rows, columns])[0]
        total[:, rows, columns] = total[:, rows, columns] + logits if averaged else logits
        count[rows, columns] += 1
    return total / count if averaged else total


def moved_back(arguments: Arguments) -> Tensor | None:
    """Return the logits if the last tiles are as large as the others; None where the image is smaller than a tile."""
    image, tile, margin = (arguments[key] for key in ("image", "tile", "margin"))
    height, width = image.shape[1:]
    if min(height, width) < tile:
        return None
    result = torch.zeros_like(arguments["network"](image[None])[0])
    for top, left in starts((height, width), tile):
        top, left = min(top, height - tile), min(left, width - tile)
        above, before = min(margin, top), min(margin, left)
        part = window(image, (top - margin, left - margin), (top + tile + margin, left + tile + margin))
        logits = arguments["network"](part)[0]
        result[:, top : top + tile, left : left + tile] = logits[:, above : above + tile, before : before + tile]
    return result


def judge_tiles(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name which context a tile lacks, or what is kept of a window."""
    tile, margin = arguments["tile"], arguments["margin"]
    both, none = (margin, margin), (0, 0)
    inside = tile - 2 * margin
    with torch.no_grad():
        wrong = {
            "no margin": by_tiles(arguments, none, none),
            "corner": by_tiles(arguments, both, both, "corner"),
            "inner": by_tiles(arguments, both, both, "inner"),
            "before": by_tiles(arguments, (margin, 0), (margin, 0)),
            "after": by_tiles(arguments, (0, margin), (0, margin)),
            "rows": by_tiles(arguments, both, none),
            "columns": by_tiles(arguments, none, both),
            "half": tiled_right(arguments, margin=margin // 2) if margin > 1 else None,
            "double": tiled_right(arguments, margin=2 * margin),
            "inside": tiled_right(arguments, tile=inside) if inside > 0 else None,
            "whole": arguments["network"](arguments["image"][None])[0],
            "mirrored": on_larger(arguments, "reflect"),
            "zeros": on_larger(arguments, "constant"),
            "overwritten": written_whole(arguments, averaged=False),
            "averaged": written_whole(arguments, averaged=True),
            "moved": moved_back(arguments),
        }
        corner = by_tiles(arguments, both, both, "fitted")
    wrong |= {"softmax": expected.softmax(dim=0), "labels": expected.argmax(dim=0)}
    mistakes = [(TILE_MISTAKES[name], value) for name, value in wrong.items()]
    mistakes.append((TILE_MISTAKES["corner"], corner))
    result = result.detach() if isinstance(result, Tensor) else result
    return compare(result, expected, name="the stack of logits", mistakes=mistakes)
