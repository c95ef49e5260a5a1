"""What torch says of a network, written for Node: the network as a page gets it, images, and what they must give."""

import base64
import copy
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from segedu.training.preprocessing import preprocessing_of
from segedu.widgets.kit.network import export_network


def rounded(model: nn.Module) -> nn.Module:
    """Return a copy in evaluation mode whose convolutions have weights of 16 bits, as a page has them."""
    model = copy.deepcopy(model).eval()
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.weight.data = layer.weight.data.half().float()
    return model


def settled(model: nn.Module, seed: int = 0) -> nn.Module:
    """Return the model with norms that have seen something: random statistics, scales and shifts."""
    generator = torch.Generator().manual_seed(seed)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d | nn.GroupNorm):
            layer.weight.data.uniform_(0.5, 1.5, generator=generator)
            layer.bias.data.normal_(0, 0.3, generator=generator)
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3, generator=generator)
            layer.running_var.uniform_(0.5, 2.0, generator=generator)
    return model.eval()


def case(name: str, model: nn.Module, images: Iterable[Tensor], **options: Any) -> dict[str, Any]:
    """Return a network and what it gives for images (C, H, W) in [0, 1]: with rounded weights, and its own labels."""
    images = list(images)
    network = export_network(model, tuple(images[0].shape[1:]), images[0].shape[0], **options)
    prepared = [preprocessing_of(model)(image[None]).contiguous() for image in images]
    results = zip(images, _outputs(rounded(model), prepared), _outputs(model, prepared), strict=True)
    golden = [{"image": packed(image), "outputs": outputs, "exact": exact} for image, outputs, exact in results]
    return {"name": name, "network": network, "images": golden}


def _outputs(model: nn.Module, prepared: list[Tensor]) -> list[dict[str, Any]]:
    """Return what a model gives for each image (1, C, H, W), by the outputs' names."""
    with torch.no_grad():
        results = [_named(model(image.clone())) for image in prepared]
    return [{key: packed(values[0]) for key, values in each.items()} for each in results]


def _named(outputs: Any) -> dict[str, Tensor]:
    if isinstance(outputs, Tensor):
        return {"out": outputs}
    if isinstance(outputs, tuple | list):
        return {str(at): each for at, each in enumerate(outputs)}
    return outputs


def packed(values: Tensor) -> dict[str, Any]:
    """Return a map (C, H, W) as its shape and its float32 bytes in base64."""
    data = base64.b64encode(values.contiguous().float().numpy().astype("<f4").tobytes()).decode()
    return {"data": data, "shape": list(values.shape)}
