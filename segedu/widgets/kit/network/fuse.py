"""Fewer steps that give the same: norms and ReLUs become part of the convolution before them."""

from collections import Counter
from dataclasses import replace

import torch

from segedu.widgets.kit.network.convert import Outputs
from segedu.widgets.kit.network.steps import Step, renamed

WEIGHTED = ("convolution", "transposed_convolution")


def fuse(steps: list[Step], outputs: Outputs) -> tuple[list[Step], Outputs]:
    """Return the steps without those that the step before could do, and the outputs under their new names.

    An affine step (a folded batch norm) directly behind a convolution becomes its scale and bias per output channel; a
    ReLU becomes a mark on the step before. Neither happens if something else reads what lies between.
    """
    readers = Counter(name for step in steps for name in step.inputs)
    readers.update(outputs.values())
    names: dict[str, str] = {}  # of steps that are gone → of the steps that do their work
    made: dict[str, Step] = {}
    for step in steps:
        inputs = [names.get(name, name) for name in step.inputs]
        before = made.get(inputs[0])
        alone = before is not None and readers[step.inputs[0]] == 1
        if before is not None and alone and _takes(before, step):
            made[before.name] = _joined(before, step)
            names[step.name] = before.name
        else:
            made[step.name] = replace(step, inputs=inputs, options=renamed(step.options, names))
    return list(made.values()), {name: names.get(map, map) for name, map in outputs.items()}


def _takes(before: Step, step: Step) -> bool:
    if before.relu or before.options.get("indices"):
        return False
    return step.operation == "relu" or (step.operation == "affine" and before.operation in WEIGHTED)


def _joined(before: Step, step: Step) -> Step:
    if step.operation == "relu":
        return replace(before, relu=True)
    scale = before.weights.get("scale", torch.ones(1)) * step.weights["scale"]
    bias = before.weights.get("bias", torch.zeros(1)) * step.weights["scale"] + step.weights["bias"]
    return replace(before, weights={**before.weights, "scale": scale, "bias": bias})
