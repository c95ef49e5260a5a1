"""Large images in tiles that overlap and are blended, strip by strip, in bounded memory."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

ALIGNMENT = 32  # tiles start at multiples of it, so that poolings meet the same pixels as in the whole image

Window = tuple[int, Tensor]  # where a tile starts along one side, and its weights (size,)


def strips(logits_of: Callable[[Any], Tensor], image: Any, tile: int, overlap: int) -> Iterator[tuple[int, Tensor]]:
    """Yield (top, logits (num_classes, rows, W)) of an image (channels, H, W) from the top down, each row once.

    logits_of: from a part of the image (channels, h, w) to its logits (num_classes, h, w) on the CPU.
    """
    height, width = image.shape[1:]
    rows = windows(height, tile, overlap)
    columns = windows(width, tile, overlap)
    next_tops = [top for top, _ in rows[1:]] + [height]
    unfinished: Tensor | None = None  # the last rows of the strip above, to which the tiles of this one still add
    for (top, weight_y), next_top in zip(rows, next_tops, strict=True):
        # Add up the tiles of this strip, each weighted.
        strip: Tensor | None = None
        for left, weight_x in columns:
            bottom, right = top + len(weight_y), left + len(weight_x)
            logits = logits_of(image[:, top:bottom, left:right])
            if strip is None:
                strip = _strip_below(unfinished, (logits.shape[0], len(weight_y), width))
            strip[:, :, left:right] += logits * (weight_y[:, None] * weight_x)
        assert strip is not None

        # The rows above the next strip are complete.
        complete = next_top - top
        yield top, strip[:, :complete]
        unfinished = strip[:, complete:].clone()


def _strip_below(unfinished: Tensor | None, shape: tuple[int, int, int]) -> Tensor:
    """Return a strip of `shape` (num_classes, rows, W) that begins with the unfinished rows of the one above."""
    strip = torch.zeros(shape, device="cpu")
    if unfinished is not None:
        strip[:, : unfinished.shape[1]] = unfinished
    return strip


def windows(length: int, tile: int, overlap: int) -> list[Window]:
    """Return (start, weights (size,)) of the tiles along one side; at every pixel the weights sum to 1.

    >>> [(start, len(weights)) for start, weights in windows(150, 96, 32)]
    [(0, 96), (64, 86)]
    """
    step = (tile - overlap) // ALIGNMENT * ALIGNMENT
    last = max(0, -(-(length - tile) // ALIGNMENT) * ALIGNMENT)  # rounded up, so that the last tile is not larger
    starts = [*range(0, last, step), last]
    ramps = [_ramp(start, min(start + tile, length), length, overlap) for start in starts]
    total = torch.zeros(length, device="cpu")
    for start, ramp in zip(starts, ramps, strict=True):
        total[start : start + len(ramp)] += ramp
    return [(start, ramp / total[start : start + len(ramp)]) for start, ramp in zip(starts, ramps, strict=True)]


def _ramp(start: int, stop: int, length: int, overlap: int) -> Tensor:
    """Return a tile's weights: 1 inside and at the image's border, down to 0 by a cosine before each cut."""
    positions = torch.arange(start, stop, device="cpu") + 0.5
    from_cut = torch.full((stop - start,), float("inf"), device="cpu")
    if start > 0:
        from_cut = positions - start
    if stop < length:
        from_cut = torch.minimum(from_cut, stop - positions)
    share = ((from_cut - overlap / 4) / max(overlap / 2, 1e-9)).clamp(0, 1)
    return (1 - torch.cos(torch.pi * share)) / 2


def check_tiling(size: tuple[int, int] | None, tile: int, overlap: int) -> None:
    """Raise ValueError if tiles leave no step between them, or if the model looks at whole images of one size."""
    if size:
        raise ValueError(
            f"this model looks at whole images resized to {size}, a tile would be seen at another scale; "
            "leave tile out."
        )
    if overlap < 0 or tile - overlap < ALIGNMENT:
        raise ValueError(
            f"tile={tile} and overlap={overlap} leave no step of {ALIGNMENT} pixels between tiles; "
            f"give a tile of at least {max(0, overlap) + ALIGNMENT}."
        )
