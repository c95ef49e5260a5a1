"""Run a model on images of any size as in training: the same normalization, the whole image at once or tile by tile."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segedu.training.checks import check_logits, check_outputs
from segedu.training.preprocessing import Preprocessing, preprocessing_of
from segedu.training.tiling import check_tiling, strips

AT_ONCE = 4 * 1024**2  # pixels: what is larger is tiled
TILE = 1024


def predict(
    model: nn.Module,
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
    Of a model that returns a dict of outputs, "out" is taken.

    Up to 4 million pixels an image goes through the model at once. A larger one, or any one with `tile`, is cut into
    tiles of `tile` pixels (1024) which share `overlap` pixels and are blended by smooth weights; a strip as high as a
    tile is all that is held in memory. Pixels within overlap / 4 of a cut get no weight, so if the model's receptive
    field reaches no further than that to each side, the result equals the untiled one.

    Raises ValueError if the image is of another shape, or if tile and overlap leave no step between two tiles.

    >>> predict(nn.Conv2d(3, 2, 1), torch.rand(3, 5, 7)).shape
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


def _predict_one(model: nn.Module, image: Any, tile: int | None, overlap: int, logits: bool, out: Any) -> Tensor:
    """Return classes (H, W), or logits (num_classes, H, W), of one image (channels, H, W)."""
    preprocessing = preprocessing_of(model)
    device = next(model.parameters(), torch.empty(0)).device
    height, width = image.shape[1:]

    def logits_of(part: Any) -> Tensor:
        return run_model(model, _load(part, device), preprocessing)["out"][0].cpu()

    # A small image is one strip; a large one is cut into strips as high as a tile.
    if tile is None and (preprocessing.size or height * width <= AT_ONCE):
        parts = iter([(0, logits_of(image))])
    else:
        tile = tile or TILE
        check_tiling(preprocessing.size, tile, overlap)
        parts = strips(logits_of, image, tile, overlap)

    # Each strip goes into its rows of the result as soon as it is complete.
    for top, strip in parts:  # (num_classes, rows, W)
        result = strip if logits else strip.argmax(0)
        if out is None:
            out = torch.empty(*result.shape[:-2], height, width, dtype=result.dtype)
        rows = (..., slice(top, top + result.shape[-2]), slice(None))
        out[rows] = result if isinstance(out, Tensor) else result.numpy()
    return out


def run_model(model: Callable[[Tensor], Any], images: Tensor, preprocessing: Preprocessing) -> dict[str, Tensor]:
    """Return a model's outputs by name, in training as later: float32 logits (N, num_classes, H, W).

    images: (N, channels, H, W) in [0, 1]; outputs come at their size, whatever the preprocessing makes of it. A tensor
    alone is the output "out"; a model that returns a dict has "out" and others, such as "aux".

    Raises TypeError or ValueError if the outputs are no logits of these images.
    """
    prepared = preprocessing(images)
    outputs = model(prepared)
    if not isinstance(outputs, Mapping):
        outputs = {"out": outputs}
    check_outputs(outputs)
    resized = {}
    for name, logits in outputs.items():
        check_logits(logits, prepared, None, name)
        logits = logits.float()
        if logits.shape[2:] != images.shape[2:]:
            logits = F.interpolate(logits, images.shape[2:], mode="bilinear", align_corners=False)
        resized[name] = logits
    return resized


def _load(image: Any, device: torch.device) -> Tensor:
    """Return an image or a part of it as float32 (1, channels, h, w) on `device`; bytes become [0, 1]."""
    part = torch.from_numpy(np.array(image)) if isinstance(image, np.ndarray) else image
    part = part.as_subclass(Tensor)[None].to(device)
    return part.float() / 255 if part.dtype == torch.uint8 else part.float()
