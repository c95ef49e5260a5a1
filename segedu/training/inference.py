"""Run a model on images of any size as in training: the same normalization, the whole image at once or tile by tile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from segedu.training.checks import check_logits

ALIGNMENT = 32  # tiles start at multiples of it, so that poolings meet the same pixels as in the whole image
AT_ONCE = 4 * 1024**2  # pixels: what is larger is tiled
TILE = 1024


@dataclass(frozen=True)
class Preprocessing:
    """What happens to images between data set and model; the trainer leaves it on the model as `model.preprocessing`.

    mean, std: one number, or one a channel, of images in [0, 1]. size: (height, width) at which the model looks; the
    logits come back at the image's own size. None: the model looks at the image as it is.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    size: tuple[int, int] | None = None

    def __call__(self, images: Tensor) -> Tensor:
        """Return images (N, channels, H, W) in [0, 1] resized and normalized, in channels-last memory order.

        >>> Preprocessing(mean=(0.5,), std=(0.25,))(torch.ones(1, 3, 4, 6)).unique().tolist()
        [2.0]
        """
        if self.size and tuple(images.shape[-2:]) != tuple(self.size):
            device = images.device
            source = images.cpu() if device.type == "mps" else images  # Apple GPUs lack antialiasing in older versions
            images = F.interpolate(source, self.size, mode="bilinear", antialias=True).to(device)
        mean, std = (torch.tensor(values, device=images.device).view(-1, 1, 1) for values in (self.mean, self.std))
        return ((images - mean) / std).contiguous(memory_format=torch.channels_last)


def predict(
    model: torch.nn.Module,
    image: Any,
    tile: int | None = None,
    overlap: int = 128,
    *,
    logits: bool = False,
    out: Any = None,
) -> Tensor:
    """Return the class of every pixel of one image or of a batch, with the training's own preprocessing.

    image: (channels, H, W) or (N, channels, H, W), floats in [0, 1] or uint8; a tensor or a NumPy array, also a
    memory-mapped one larger than memory. Returns int64 (H, W) or (N, H, W) on the CPU, or with `logits=True` float32
    (num_classes, H, W) or (N, num_classes, H, W). `out`, an array or tensor of that shape, receives the result instead.

    Up to 4 million pixels an image goes through the model at once. A larger one, or any one with `tile`, is cut into
    tiles of `tile` pixels (1024) which share `overlap` pixels and are blended by smooth weights; a strip as high as a
    tile is all that is held in memory. Pixels within overlap / 4 of a cut get no weight, so if the model's receptive
    field reaches no further than that to each side, the result equals the untiled one.

    Raises ValueError if the image is of another shape, or if tile and overlap leave no step between two tiles.

    >>> predict(torch.nn.Conv2d(3, 2, 1), torch.rand(3, 5, 7)).shape
    torch.Size([5, 7])
    """
    shape = tuple(image.shape)
    if len(shape) not in (3, 4) or 0 in shape:
        raise ValueError(f"the image has shape {shape}; expected (channels, H, W) or (N, channels, H, W).")
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            if len(shape) == 3:
                return _predict_one(model, image, tile, overlap, logits, out)
            outs = [None] * shape[0] if out is None else out
            results = [_predict_one(model, image[i], tile, overlap, logits, outs[i]) for i in range(shape[0])]
    finally:
        model.train(was_training)
    return torch.stack(results) if out is None else out


def run_model(model: Callable[[Tensor], Tensor], images: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Return float32 logits (N, num_classes, H, W) for images (N, channels, H, W) in [0, 1], in training as later."""
    prepared = preprocessing(images)
    logits = model(prepared)
    check_logits(logits, prepared, None)
    logits = logits.float()
    if logits.shape[2:] != images.shape[2:]:
        with torch.autocast(logits.device.type, enabled=False):
            logits = F.interpolate(logits, images.shape[2:], mode="bilinear", align_corners=False)
    return logits


def _predict_one(model: torch.nn.Module, image: Any, tile: int | None, overlap: int, logits: bool, out: Any) -> Tensor:
    preprocessing = getattr(model, "preprocessing", None) or Preprocessing()
    parameter = next(model.parameters(), torch.empty(0))
    height, width = image.shape[1:]
    if tile is None and (preprocessing.size or height * width <= AT_ONCE):
        strips: Iterator = iter([(0, run_model(model, _load(image, parameter.device), preprocessing)[0].cpu())])
    else:
        _check_tiling(preprocessing, tile or TILE, overlap)
        strips = _strips(model, image, tile or TILE, overlap, preprocessing, parameter.device)
    for top, strip in strips:  # (num_classes, rows, W)
        result = strip if logits else strip.argmax(0)
        if out is None:
            full = (*result.shape[:-2], height, width)
            out = torch.empty(full, dtype=result.dtype)
        rows = (..., slice(top, top + result.shape[-2]), slice(None))
        out[rows] = result if isinstance(out, Tensor) else result.numpy()
    return out


def _strips(
    model: torch.nn.Module, image: Any, tile: int, overlap: int, preprocessing: Preprocessing, device: torch.device
) -> Iterator[tuple[int, Tensor]]:
    """Yield (top, logits (num_classes, rows, W)) from the top down, each row once and complete."""
    height, width = image.shape[1:]
    columns = _windows(width, tile, overlap)
    open_rows: Tensor | None = None  # the rows at `top` and below to which tiles still add
    rows = _windows(height, tile, overlap)
    for i, (top, weight_y) in enumerate(rows):
        bottom = top + len(weight_y)
        for left, weight_x in columns:
            part = _load(image[:, top:bottom, left : left + len(weight_x)], device)
            logits = run_model(model, part, preprocessing)[0].cpu()
            if open_rows is None:
                open_rows = torch.zeros(logits.shape[0], bottom - top, width)
            elif open_rows.shape[1] < bottom - top:
                open_rows = F.pad(open_rows, (0, 0, 0, bottom - top - open_rows.shape[1]))
            open_rows[:, : bottom - top, left : left + len(weight_x)] += logits * (weight_y[:, None] * weight_x)
        assert open_rows is not None
        done = (rows[i + 1][0] if i + 1 < len(rows) else height) - top
        yield top, open_rows[:, :done]
        open_rows = open_rows[:, done:].clone()


def _windows(length: int, tile: int, overlap: int) -> list[tuple[int, Tensor]]:
    """Return (start, weights (size,)) of the tiles along one side; at every pixel the weights sum to 1.

    >>> [(start, len(weights)) for start, weights in _windows(150, 96, 32)]
    [(0, 96), (64, 86)]
    """
    step = (tile - overlap) // ALIGNMENT * ALIGNMENT
    last = max(0, -(-(length - tile) // ALIGNMENT) * ALIGNMENT)  # rounded up, so that the last tile is not larger
    starts = [*range(0, last, step), last]
    spans = [(start, min(start + tile, length)) for start in starts]
    weights = [_ramp(start, stop, length, overlap) for start, stop in spans]
    total = torch.zeros(length)
    for (start, stop), weight in zip(spans, weights, strict=True):
        total[start:stop] += weight
    return [(start, weight / total[start:stop]) for (start, stop), weight in zip(spans, weights, strict=True)]


def _ramp(start: int, stop: int, length: int, overlap: int) -> Tensor:
    """Return a tile's weights: 1 inside and at the image's border, down to 0 by a cosine before each cut."""
    positions = torch.arange(start, stop) + 0.5
    from_cut = torch.full((stop - start,), float("inf"))
    if start > 0:
        from_cut = positions - start
    if stop < length:
        from_cut = torch.minimum(from_cut, stop - positions)
    share = ((from_cut - overlap / 4) / max(overlap / 2, 1e-9)).clamp(0, 1)
    return (1 - torch.cos(torch.pi * share)) / 2


def _load(image: Any, device: torch.device) -> Tensor:
    """Return an image or a part of it as float32 (1, channels, h, w) on `device`; bytes become [0, 1]."""
    part = torch.from_numpy(np.array(image)) if isinstance(image, np.ndarray) else image
    part = part.as_subclass(Tensor)[None].to(device)
    return part.float() / 255 if part.dtype == torch.uint8 else part.float()


def _check_tiling(preprocessing: Preprocessing, tile: int, overlap: int) -> None:
    if preprocessing.size:
        raise ValueError(
            f"this model looks at whole images resized to {preprocessing.size}, a tile would be seen at another scale; "
            "leave tile out."
        )
    if overlap < 0 or tile - overlap < ALIGNMENT:
        raise ValueError(
            f"tile={tile} and overlap={overlap} leave no step of {ALIGNMENT} pixels between tiles; "
            f"give a tile of at least {max(0, overlap) + ALIGNMENT}."
        )
