"""A classifier of images of one size, as a network for images of any size: the same weights, a map of logits.

Only what is flattened insists on a size. A linear layer behind `Flatten` becomes a convolution whose kernel covers the
map that was flattened, each further one a 1 × 1 convolution, and pooling to a fixed number of cells becomes pooling
with a fixed window. Source: Sermanet et al. 2014, "OverFeat", section 3.5; Long et al. 2015, "Fully convolutional
networks for semantic segmentation", section 3.1.
"""

import copy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from segedu.ops.linear import linear_to_conv
from segedu.ops.sizes import Pair, pair
from segedu.ops.trace.modules import shadow

_PER_CELL = (
    *(nn.Identity, nn.Dropout, nn.Dropout2d, nn.BatchNorm2d, nn.LocalResponseNorm),
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish),
    *(nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh),
)  # what they do to a cell of the map depends on that cell alone


@dataclass(frozen=True)
class _Crop:
    """What the layers so far make of one crop: a map of `channels` × `size`, read as one vector once it is `flat`."""

    size: Pair
    channels: int | None = None  # unknown until a layer tells
    apart: Pair = (1, 1)  # neighbors in the crop's map lie that many cells apart in the map of the image
    flat: bool = False


_Converted = tuple[nn.Module, _Crop]  # a layer of the network, and what the classifier's layer makes of a crop


def make_fully_convolutional(classifier: nn.Sequential, input_size: Pair, *, exact: bool = True) -> nn.Sequential:
    """Turn a classifier of images (N, C, *input_size) into a network that returns a map of logits for any larger size.

    The result maps (N, C, H', W'), with H' ≥ H and W' ≥ W, to (N, K, rows, columns). Its value at (i, j) is what the
    classifier, in evaluation mode, says to the crop of `input_size` whose corner is pixel (i·s, j·s), wherever that
    crop fits; s is the product of all strides. Layers keep their names and modes; weights are copied, the classifier
    stays as it is.

    Args:
        classifier: nn.Sequential, possibly nested, of convolutions, pooling, batch normalization, activations, dropout,
            then Flatten and Linear layers: (N, C, H, W) → (N, K).
        input_size: (H, W) of the images that it was made for, in pixels.
        exact: Whether to refuse padding inside of the classifier: a crop is padded where the image goes on, so the
            values differ.

    Raises:
        TypeError: The classifier is no nn.Sequential.
        ValueError: It pads (unless exact=False), has other layers, or another input size.

    >>> classifier = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 5 * 7, 10))
    >>> make_fully_convolutional(classifier, (12, 16))(torch.zeros(1, 3, 20, 26)).shape
    torch.Size([1, 10, 5, 6])
    """
    if not _is_chain(classifier):
        raise TypeError(
            f"the classifier is a {type(classifier).__name__}, whose layers can't be read off; write it as a chain: "
            "nn.Sequential(features, pooling, nn.Flatten(), head)."
        )
    network, crop = _chain(classifier, "", _Crop(pair(input_size, "input_size")), exact)
    if not crop.flat:
        raise ValueError("the classifier has no nn.Flatten: it returns a map already, and takes images of any size.")
    if crop.size != (1, 1):
        raise ValueError(f"the classifier ends with a flattened map of {_times(crop.size)} cells; expected a Linear.")
    return network


def _is_chain(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Sequential) and type(layer).forward is nn.Sequential.forward


def _chain(chain: nn.Module, name: str, crop: _Crop, exact: bool) -> tuple[nn.Sequential, _Crop]:
    network = nn.Sequential()
    for key, layer in chain.named_children():
        converted, crop = _convert(layer, f"{name}.{key}".lstrip("."), crop, exact)
        network.add_module(key, converted)
    network.training = chain.training
    return network, crop


def _convert(layer: nn.Module, name: str, crop: _Crop, exact: bool) -> _Converted:
    """Return the layer as it is to be in the network, and what the classifier's layer makes of a crop."""
    if _is_chain(layer):
        return _chain(layer, name, crop, exact)
    if isinstance(layer, _PER_CELL):
        return copy.deepcopy(layer), crop

    if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        converted, after = _window(layer, name, crop, exact)
    elif isinstance(layer, nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d):
        converted, after = _fixed_pooling(layer, name, crop)
    elif isinstance(layer, nn.Flatten):
        converted, after = _flatten(layer, name, crop)
    elif isinstance(layer, nn.Linear):
        converted, after = _linear(layer, name, crop)
    elif isinstance(layer, nn.BatchNorm1d):
        converted, after = _vector_norm(layer, name, crop)
    elif isinstance(layer, nn.Softmax | nn.LogSoftmax):
        converted, after = _softmax(layer, name, crop)
    else:
        raise ValueError(
            f"layer {_named(layer, name)} can't be converted; expected convolutions, pooling, BatchNorm, activations, "
            "Dropout, Flatten and Linear, whose values depend on a window of the image."
        )
    return converted.train(layer.training), after


def _window(layer: nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d, name: str, crop: _Crop, exact: bool) -> _Converted:
    """Keep a convolution or pooling; see which size it gives, and that windows don't leave the crop."""
    after = _map_behind(layer, name, crop)
    if exact and _leaves_the_crop(layer, name, crop, after):
        raise ValueError(
            f"layer {_named(layer, name)} pads its input: inside of a larger image a crop isn't padded, so its logits "
            "would differ; train the classifier without padding, or accept that with exact=False."
        )
    if crop.apart != (1, 1) and layer.kernel_size not in (1, (1, 1)):
        raise ValueError(
            f"layer {_named(layer, name)} stands behind an adaptive pooling to several cells; expected Flatten there."
        )
    return copy.deepcopy(layer), after


def _leaves_the_crop(layer: nn.Module, name: str, crop: _Crop, after: _Crop) -> bool:
    """Return whether a window reaches over the crop's border: by padding, or by ceil_mode that adds a cell."""
    if layer.padding not in (0, (0, 0), "valid"):
        return True
    whole_windows: Any = copy.deepcopy(layer)
    whole_windows.padding = (0, 0)
    whole_windows.ceil_mode = False
    return _map_behind(whole_windows, name, crop) != after


def _map_behind(layer: nn.Module, name: str, crop: _Crop) -> _Crop:
    """Run a layer on a crop of the meta device, which works out shapes only."""
    channels = getattr(layer, "in_channels", crop.channels or 1)
    if crop.flat:
        raise ValueError(f"layer {_named(layer, name)} is given a vector; expected a map of {channels} channels.")
    if crop.channels not in (None, channels):
        raise ValueError(
            f"layer {_named(layer, name)} is given {crop.channels} channels; expected a map of {channels} channels."
        )
    try:
        shape = shadow(layer).float()(torch.empty(1, channels, *crop.size, device="meta")).shape
    except RuntimeError as error:
        raise ValueError(
            f"layer {_named(layer, name)} does not fit a map of {_times(crop.size)} cells ({error}); give the size of "
            "the images that the classifier was made for."
        ) from error
    return replace(crop, size=(shape[2], shape[3]), channels=getattr(layer, "out_channels", crop.channels))


def _fixed_pooling(layer: nn.Module, name: str, crop: _Crop) -> _Converted:
    """Pool with the window that one of the fixed cells has in a crop, at every place; these cells then lie apart."""
    after = _map_behind(layer, name, crop)
    height, width = crop.size
    rows, columns = after.size
    if height % rows or width % columns:
        raise ValueError(
            f"layer {_named(layer, name)} makes {_times(after.size)} cells of {_times(crop.size)}: its windows differ "
            "in size, so that no convolution can follow them; choose an input size that divides."
        )
    window = (height // rows, width // columns)
    apart = (window[0] if rows > 1 else 1, window[1] if columns > 1 else 1)
    pooling = nn.AvgPool2d if isinstance(layer, nn.AdaptiveAvgPool2d) else nn.MaxPool2d
    return pooling(window, stride=1), replace(after, apart=apart)


def _flatten(layer: nn.Flatten, name: str, crop: _Crop) -> _Converted:
    if (layer.start_dim, layer.end_dim) not in ((1, -1), (1, 3)):
        raise ValueError(f"layer {_named(layer, name)} flattens other axes; expected nn.Flatten(), from axis 1 on.")
    return nn.Identity(), replace(crop, flat=True)


def _linear(layer: nn.Linear, name: str, crop: _Crop) -> _Converted:
    if not crop.flat:
        raise ValueError(f"layer {_named(layer, name)} stands before nn.Flatten; expected it behind.")
    height, width = crop.size
    channels = crop.channels or layer.in_features // (height * width)
    if channels * height * width != layer.in_features:
        raise ValueError(
            f"layer {_named(layer, name)} takes {layer.in_features} numbers, and this input size gives "
            f"{channels}·{height}·{width}; give the size of the images that the classifier was made for."
        )
    after = _Crop((1, 1), layer.out_features, flat=True)
    return linear_to_conv(layer, channels, crop.size, crop.apart), after


def _vector_norm(layer: nn.BatchNorm1d, name: str, crop: _Crop) -> _Converted:
    _expect_vector(layer, name, crop)
    options = (layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats)
    norm = nn.BatchNorm2d(*options, device="meta")
    state = {key: value.clone() for key, value in layer.state_dict().items()}
    norm.load_state_dict(state, assign=True)
    for parameter, original in zip(norm.parameters(), layer.parameters(), strict=True):
        parameter.requires_grad = original.requires_grad
    return norm, crop


def _softmax(layer: nn.Softmax | nn.LogSoftmax, name: str, crop: _Crop) -> _Converted:
    _expect_vector(layer, name, crop)
    return type(layer)(dim=1), crop  # over the classes, wherever they stand


def _expect_vector(layer: nn.Module, name: str, crop: _Crop) -> None:
    if not crop.flat or crop.size != (1, 1):
        raise ValueError(f"layer {_named(layer, name)} tells the cells of a map apart; expected it behind a Linear.")


def _named(layer: nn.Module, name: str) -> str:
    return f"'{name}' ({type(layer).__name__})"


def _times(size: Pair) -> str:
    return f"{size[0]} × {size[1]}"
