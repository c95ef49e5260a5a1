"""What can be wrong with images, label maps and a model's output, each mistake by its name."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from segedu.labels import VOID, check_integers, check_no_channels

FARTHEST = 20.0  # images lie in [0, 1]: larger values were never divided by 255


def check_sample(image: Any, label_map: Any, name: str) -> None:
    """Raise unless `image` is (channels, H, W) floating point and `label_map` (H, W) integers of the same size."""
    for what, value in (("image", image), ("label map", label_map)):
        if not isinstance(value, Tensor):
            raise TypeError(f"the {what} of {name} is a {type(value).__name__}; make it a torch tensor.")
    _check_image(image, name)
    _check_label_map(label_map, name)
    size, labels = tuple(image.shape[-2:]), tuple(label_map.shape)
    if size != labels:
        swapped = "height and width are swapped" if size == labels[::-1] else "resize or crop both alike"
        raise ValueError(f"{name} has an image of {size} and a label map of {labels} (height, width): {swapped}.")


def _check_image(image: Tensor, name: str) -> None:
    shape = tuple(image.shape)
    if image.ndim != 3:
        raise ValueError(f"the image of {name} has shape {shape}; expected (channels, height, width).")
    if shape[-1] in (1, 3) and shape[0] not in (1, 3):
        raise ValueError(f"the image of {name} has shape {shape}, channels last; use image.permute(2, 0, 1).")
    if not image.is_floating_point():
        raise TypeError(f"the image of {name} is {image.dtype}; use image.float() / 255, floats in [0, 1].")
    if image.numel() == 0:
        raise ValueError(f"the image of {name} is empty: its shape is {shape}.")
    low, high = (float(bound) for bound in image.aminmax())
    if not -float("inf") < low <= high < float("inf"):
        raise ValueError(f"the image of {name} holds NaN or infinity; mend or leave out that file.")
    if low < -FARTHEST or high > FARTHEST:
        raise ValueError(f"the image of {name} reaches from {low:g} to {high:g}; divide by 255 to get [0, 1].")


def _check_label_map(label_map: Tensor, name: str) -> None:
    shape = tuple(label_map.shape)
    if label_map.ndim == 3 and shape[0] == 3:
        raise ValueError(
            f"the label map of {name} has shape {shape}: it looks like colors; give one class index a pixel, (H, W)."
        )
    check_no_channels(label_map, f"label map of {name}", batch=False)
    if label_map.ndim != 2:
        raise ValueError(f"the label map of {name} has shape {shape}; expected (height, width).")
    check_integers(label_map, f"label map of {name}")
    low, high = (int(bound) for bound in label_map.aminmax())
    if low < 0 or high > VOID:
        raise ValueError(
            f"the label map of {name} holds {low if low < 0 else high}; classes are 0 to 254, void is {VOID}."
        )


def check_outputs(outputs: Mapping[str, Any]) -> None:
    """Raise ValueError unless a model's outputs by name hold "out", the logits that predictions are made of."""
    if "out" not in outputs:
        names = ", ".join(map(repr, outputs)) or "nothing"
        raise ValueError(f"the model returns a dict of {names}; name the logits that predict takes 'out'.")


def check_logits(logits: Any, images: Tensor, num_classes: int | None, output: str = "out") -> None:
    """Raise unless the model's output for images (N, channels, H, W) is (N, num_classes, H, W), num_classes ≥ 2."""
    source = "the model" if output == "out" else f"the model's head {output!r}"
    if not isinstance(logits, Tensor):
        raise TypeError(
            f"{source} returns a {type(logits).__name__}; return the logits alone, (N, num_classes, H, W), "
            "or a dict of logits with 'out'."
        )
    shape, size = tuple(logits.shape), tuple(images.shape)
    if logits.ndim != 4 or shape[0] != size[0]:
        raise ValueError(f"{source} returns {shape} for images {size}; expected (N, num_classes, H, W).")
    if shape[1] < 2:
        raise ValueError(
            f"{source} returns one channel; give it num_classes=2: background and object each get a logit."
        )
    if num_classes is not None and shape[1] != num_classes:
        raise ValueError(f"{source} returns {shape[1]} classes and the data set has {num_classes}; make them agree.")
    if shape[2:] != size[2:]:
        valid = shape[2] < size[2] and shape[3] < size[3]
        cure = "pad the convolutions (padding='same')" if valid else "interpolate the logits to the image's size"
        raise ValueError(f"{source} returns {shape[2:]} pixels for images of {size[2:]}; {cure}.")


def check_labels(label_map: Tensor, num_classes: int, name: str) -> None:
    """Raise if a label of a map (H, W) is neither a class below `num_classes` nor void; `name` is the sample's."""
    wrong = (label_map >= num_classes) & (label_map != VOID)
    if not bool(wrong.any()):
        return
    labels = sorted(set(label_map[wrong].tolist()))
    names = f"label{'s' if len(labels) > 1 else ''} {', '.join(map(str, labels[:5]))}"
    raise ValueError(
        f"{name} has the {names}; the model has classes 0 to {num_classes - 1} and void is {VOID}: "
        f"map what should not count to {VOID}, or give the model more classes."
    )
