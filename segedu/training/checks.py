"""What can be wrong with samples, with a model's output and with a loss, each mistake by its name."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from segedu.labels import VOID, check_no_channels, integer_labels
from segedu.training.images import check_image_shape, to_floats, to_tensor


def check_sample(image: Any, label_map: Any, name: str) -> tuple[Tensor, Tensor]:
    """Return image (channels, H, W) float32 and label map (H, W) of integers, plain tensors of the same size.

    Both may be tensors or arrays; see `to_floats` for the numbers that an image may hold. Raises TypeError or
    ValueError naming the sample and what is wrong with it.
    """
    check_image_shape(image, f"image of {name}")
    pixels = to_floats(image, f"image of {name}")
    labels = _check_label_map(label_map, name)
    size, labeled = tuple(pixels.shape[-2:]), tuple(labels.shape)
    if size != labeled:
        swapped = "height and width are swapped" if size == labeled[::-1] else "resize or crop both alike"
        raise ValueError(f"{name} has an image of {size} and a label map of {labeled} (height, width): {swapped}.")
    return pixels, labels


def _check_label_map(labels: Any, name: str) -> Tensor:
    if not hasattr(labels, "shape") or isinstance(labels, type):
        raise TypeError(f"the label map of {name} is a {type(labels).__name__}; make it a torch tensor.")
    label_map = to_tensor(labels, f"label map of {name}")
    shape = tuple(label_map.shape)
    if label_map.ndim == 3 and shape[0] == 3:
        raise ValueError(
            f"the label map of {name} has shape {shape}: it looks like colors; give one class index a pixel, (H, W)."
        )
    check_no_channels(label_map, f"label map of {name}", batch=False)
    if label_map.ndim != 2:
        raise ValueError(f"the label map of {name} has shape {shape}; expected (height, width).")
    label_map = integer_labels(label_map, f"label map of {name}")
    if label_map.numel() == 0:
        raise ValueError(f"the label map of {name} is empty: its shape is {shape}.")
    low, high = (int(bound) for bound in label_map.aminmax())
    if low < 0 or high > VOID:
        raise ValueError(
            f"the label map of {name} holds {low if low < 0 else high}; classes are 0 to 254, void is {VOID}."
        )
    return label_map


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


def check_loss(loss: Any, name: str, learns: bool = True) -> Tensor:
    """Return a loss if it is one number as a tensor, which depends on the weights if the model `learns` from it.

    Raises:
        TypeError: it is no tensor.
        ValueError: it is several numbers, or torch can't follow it back to the model's weights.
    """
    if not isinstance(loss, Tensor):
        kind = "nothing (None)" if loss is None else f"a {type(loss).__name__}"
        raise TypeError(f"{name} returns {kind}; return a tensor with one number, such as a mean over the pixels.")
    if loss.numel() != 1:
        raise ValueError(f"{name} returns {tuple(loss.shape)} numbers; return one, their mean: add .mean().")
    if learns and not loss.requires_grad:
        raise ValueError(
            f"{name} returns a number that doesn't depend on the model's weights: leave out .detach(), .item(), "
            "argmax and torch.no_grad() between the model and the loss."
        )
    return loss.reshape(()) if loss.ndim else loss
