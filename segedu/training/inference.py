"""Run a model on images of any size as in training: the same normalization, the whole image at once or tile by tile."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segedu.training.checks import check_logits, check_outputs
from segedu.training.failures import explained
from segedu.training.images import check_image_shape, to_floats
from segedu.training.model_checks import check_is_module
from segedu.training.modes import evaluating
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

    image: (channels, H, W) or (N, channels, H, W), floats in [0, 1], bytes or 16 bits (uint8, uint16); a tensor or a
    NumPy array, also a memory-mapped one larger than memory. Returns int64 (H, W) or (N, H, W) on the CPU, or with
    `logits=True` float32 (num_classes, H, W) or (N, num_classes, H, W). `out`, an array or tensor of that shape,
    receives the result instead. Of a model that returns a dict of outputs, "out" is taken.

    Up to 4 million pixels an image goes through the model at once. A larger one, or any one with `tile`, is cut into
    tiles of `tile` pixels (1024) which share `overlap` pixels and are blended by smooth weights; a strip as high as a
    tile is all that is held in memory. Pixels within overlap / 4 of a cut get no weight, so if the model's receptive
    field reaches no further than that to each side, the result equals the untiled one.

    Raises TypeError or ValueError, as the trainer does, if the image has another shape, channels last, NaN, 0 … 255 as
    floats or other integers; if `out` has another shape; if tile and overlap leave no step between two tiles.

    >>> predict(nn.Conv2d(3, 2, 1), torch.rand(3, 5, 7)).shape
    torch.Size([5, 7])
    """
    check_is_module(model)
    check_image_shape(image, "image", batch=True)
    shape = tuple(image.shape)
    if out is not None:
        _check_out(out, shape, logits)
    with evaluating(model), torch.no_grad(), explained():
        if len(shape) == 3:
            return _predict_one(model, image, tile, overlap, logits, out)
        outs = [None] * shape[0] if out is None else out
        results = [_predict_one(model, image[i], tile, overlap, logits, outs[i]) for i in range(shape[0])]
    return torch.stack(results) if out is None else out


def _check_out(out: Any, shape: tuple[int, ...], logits: bool) -> None:
    """Raise unless the result of images of `shape` fits into `out`, as far as is known before the model ran."""
    if not hasattr(out, "shape"):
        raise TypeError(f"out is a {type(out).__name__}; give a tensor or an array to write to.")
    size = shape[-2:]
    expected = (*shape[:-3], "num_classes", *size) if logits else (*shape[:-3], *size)
    given = tuple(out.shape)
    if len(given) != len(expected) or given[-2:] != size or given[: len(shape) - 3] != shape[:-3]:
        raise ValueError(f"out has shape {given}; expected ({', '.join(map(str, expected))}).")


def _predict_one(model: nn.Module, image: Any, tile: int | None, overlap: int, logits: bool, out: Any) -> Tensor:
    """Return classes (H, W), or logits (num_classes, H, W), of one image (channels, H, W)."""
    preprocessing = preprocessing_of(model)
    weight = next(model.parameters(), torch.empty(0, device="cpu"))
    dtype = weight.dtype if weight.is_floating_point() else torch.float32
    height, width = image.shape[1:]

    def model_in_its_dtype(images: Tensor) -> Any:
        return model(images.to(dtype))

    def logits_of(part: Any) -> Tensor:
        images = to_floats(part, "image").to(weight.device)[None]
        return run_model(model_in_its_dtype, images, preprocessing)["out"][0].cpu()

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
            out = torch.empty(*result.shape[:-2], height, width, dtype=result.dtype, device="cpu")
        if logits and out.shape[0] != result.shape[0]:
            raise ValueError(f"out has room for {out.shape[0]} classes and the model has {result.shape[0]}.")
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
