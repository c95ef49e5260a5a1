"""What torch and segedu.ops say about a design: the numbers that the network cost explorer must show."""

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

import segedu as se

Design = Mapping[str, Any]
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def module(design: Design, size: Sequence[int], classes: int, width: Any = lambda channels: channels) -> nn.Sequential:
    """Return the design as torch layers on the meta device; width maps channels to others."""
    kernel, layers, channels, before = design["kernel"], [], 3, tuple(size)
    strided = []
    for number, layer in enumerate(design["layers"]):
        stride, dilation = layer["stride"], layer["dilation"]
        made = min(design["channels"] * layer["times"], 512)
        padding = dilation * (kernel - 1) // 2
        layers += [nn.Conv2d(width(channels), width(made), kernel, stride, padding, dilation), nn.ReLU(inplace=True)]
        if stride > 1:
            strided.append((before, channels if number else made))
        channels, before = made, tuple(torch.empty(side)[::stride].numel() for side in before)
    if design["up"] == "step by step":
        for larger, fewer in reversed(strided):
            layers.append(nn.Upsample(size=larger, mode="bilinear"))
            layers += [nn.Conv2d(width(channels), width(fewer), kernel, padding=kernel // 2), nn.ReLU(inplace=True)]
            channels = fewer
    layers.append(nn.Conv2d(width(channels), width(classes), 1))
    if design["up"] == "at once" and strided:
        layers.append(nn.Upsample(size=tuple(size), mode="bilinear"))
    return nn.Sequential(*layers)


def facts(design: Design, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that the tests compare, as JSON can hold it."""
    precision, shape = conditions["precision"], (conditions["batch"], 3, *conditions["size"])
    dtype = DTYPES[precision]
    with torch.device("meta"):
        net = module(design, conditions["size"], conditions["classes"])
    rows = [row for row in se.ops.layer_table(net, shape, dtype) if row.kind != "ReLU"]
    made = [torch.empty(shape, dtype=dtype, device="meta").nbytes, *[row.activation_bytes for row in rows]]
    pairs = [given + output for given, output in pairwise(made)]
    activations = sum(made[1:]) if conditions["training"] else max(pairs)
    parameters = se.count_parameters(net)
    weights = parameters * (4 * 4 if conditions["training"] else dtype.itemsize)
    return {
        "design": dict(design), "conditions": dict(conditions),
        "rows": [
            {"shape": list(row.output_shape), "parameters": row.parameters, "macs": row.macs,
             "bytes": row.activation_bytes} for row in rows
        ],
        "parameters": parameters, "macs": sum(row.macs for row in rows),
        "activations": activations, "weights": weights,
        "batch": largest_batch(conditions["batch"], activations, weights),
    }  # fmt: skip


def largest_batch(batch: int, activations: int, weights: int) -> int:
    """Return the most images that fit into 16 GB; activations grow with the batch."""
    per_image = activations // batch
    return max(0, bisect_right(range(2**40), 16 * 10**9 - weights, key=lambda images: images * per_image) - 1)


def field(design: Design, size: Sequence[int]) -> list[int] | None:
    """Return the receptive field, vertical and horizontal; None where only a measured one exists, cut."""
    net = module(design, size, 1, width=lambda channels: 1 if channels != 3 else 3)
    if not any(isinstance(layer, nn.Upsample) and tuple(layer.size) != (1, 1) for layer in net):
        return list(se.receptive_field(net, (1, 3, *size)).size)
    if max(size) > 200:
        return None
    measured = se.ops.measured_receptive_field(net, (1, 3, *size))
    return None if measured.touches_border else list(measured.size)


def random_design(rng: random.Random) -> dict[str, Any]:
    """Return one to seven layers with small random settings, as the explorer may hold them."""
    double, times, layers = rng.random() < 0.5, 1, []
    for _ in range(rng.randint(1, 7)):
        stride = rng.choice([1, 1, 1, 2, 2, 3])
        times = times * (2 if stride > 1 else 1) if double else rng.choice([1, 1, 2, 5])
        layers.append({"stride": stride, "dilation": rng.choice([1, 1, 2, 3]), "times": times})
    up = rng.choice(["none", "at once", "step by step"])
    return {"channels": rng.randint(1, 40), "kernel": rng.choice([1, 3, 3, 5]), "double": double, "up": up,
            "layers": layers}  # fmt: skip


def random_conditions(rng: random.Random) -> dict[str, Any]:
    """Return an image size, a batch and the rest."""
    size = [rng.randint(1, 20) * 8, rng.randint(1, 20) * 8]
    return {"size": size, "batch": rng.randint(1, 32), "training": rng.random() < 0.5,
            "precision": rng.choice(["fp32", "bf16"]), "classes": rng.randint(2, 30)}  # fmt: skip
