"""What can be wrong with a model before it has seen an image."""

from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy


def check_is_module(model: Any) -> None:
    """Raise TypeError unless `model` is an nn.Module: not its class, and not a function."""
    if isinstance(model, nn.Module):
        return
    if isinstance(model, type):
        raise TypeError(f"the model is the class {model.__name__}; make one: {model.__name__}(…).")
    kind = getattr(model, "__name__", None) or type(model).__name__
    raise TypeError(f"the model is {kind}, a {type(model).__name__}; give an nn.Module, such as se.UNet(…).")


def check_weights(model: nn.Module) -> None:
    """Raise ValueError naming a weight that can't be trained: it is lazy, on "meta", of inference, or not float32."""
    for name, weight in model.named_parameters():
        if is_lazy(weight):
            raise ValueError(f"the weight {name} has no shape yet; run the model on one image first: model(images).")
        if weight.is_meta:
            raise ValueError(f"the weight {name} is on 'meta' and holds no numbers; build the model on the CPU.")
        if weight.is_inference():
            raise ValueError(f"the weight {name} was made under torch.inference_mode(); build the model outside of it.")
        if weight.is_complex() or (weight.is_floating_point() and weight.dtype != torch.float32):
            raise ValueError(
                f"the weight {name} is {weight.dtype}; take model.float(): what is computed in 16 bits is said by "
                "precision='bf16'."
            )
