"""Observer and judge of lecture 03's exercise 03.design_stack: every network that meets the demands is right."""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict
from segedu.exercises.engine.show import safe_text
from segedu.exercises.lecture03.weights import used_numbers
from segedu.ops.cost import count_parameters
from segedu.ops.receptive_fields import measured_receptive_field

FIELD, BUDGET, CHANNELS, SMALLEST_MAP = 64, 15_000, 16, 32
EQUAL = 0.1  # the largest share of neighbors with equal values: ReLUs may turn some cells off
SQUARE, OBLONG = (192, 192), (160, 224)  # the images on which a design is observed
PLAIN = 72_368  # parameters of 32 plain layers of 16 channels, which see 65 pixels


def observe_stack(network: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return plain facts about a network: its cost, and what it makes of a square and of an oblong image.

    Of a network above the budget its numbers are all that counts: the field of one large kernel takes half a minute.
    """
    if not isinstance(network, nn.Module):
        return {"kind": type(network).__name__}
    network = copy.deepcopy(network).eval()
    if any(nn.parameter.is_lazy(weight) for weight in network.parameters()):
        network(torch.rand(1, 3, *SQUARE))  # lazy layers learn their sizes from the first image
    parameters = count_parameters(network)
    if parameters > BUDGET:
        return {"parameters": parameters}
    hidden, fixed = beside_the_parameters(network)
    if hidden or parameters + fixed > BUDGET:
        return {"parameters": parameters, "hidden": hidden, "fixed": fixed}
    square = seen(network, SQUARE)
    if "map" in square:
        square["equal"] = equal_neighbors(network)
    return {"parameters": parameters, "square": square, "oblong": seen_if_it_runs(network, OBLONG)}


def beside_the_parameters(network: nn.Module) -> tuple[int, int]:
    """Return how many weights `parameters()` doesn't find, and how many other numbers the network uses."""
    try:
        used = used_numbers(network, (1, 3, *SQUARE))
    except Exception:  # it looks at the numbers of the image, or fails: then the image with numbers says why
        return 0, 0
    return used.hidden, used.fixed


@torch.no_grad()
def equal_neighbors(network: nn.Module) -> float:
    """Return which share of neighbors on a grid of 32 × 32 of the map's cells have equal values in all channels.

    The weights are drawn anew, so large that a deep network doesn't fade to one value.
    """
    network = copy.deepcopy(network)
    for name, weight in network.named_parameters():
        if weight.ndim > 1:
            weight.normal_(std=math.sqrt(2 / weight[0].numel()))
        elif name.endswith("bias"):
            weight.zero_()
    output = network(torch.randn(1, 3, *SQUARE))[0]
    rows, columns = (torch.arange(SMALLEST_MAP) * side // SMALLEST_MAP for side in output.shape[1:])
    cells = output[:, rows][:, :, columns]  # (C, 32, 32)
    pairs = [(cells[:, 1:] == cells[:, :-1]).all(dim=0), (cells[:, :, 1:] == cells[:, :, :-1]).all(dim=0)]
    return round(float(torch.cat([pair.flatten() for pair in pairs]).float().mean()), 4)


def seen(network: nn.Module, size: tuple[int, int]) -> dict[str, Any]:
    """Return of a network what its map of an image is, how large its field, and which share of that it uses."""
    shape = (1, 3, *size)
    output = returned(network, shape)
    if not isinstance(output, Tensor) or output.ndim != len(shape):
        return {"output": type(output).__name__}
    try:
        measured = measured_receptive_field(network, shape)
    except RuntimeError as error:
        if "does not require grad" in str(error):
            return {"detached": True}
        raise
    return {
        "field": measured.size,
        "used": round(float(measured.mask.sum()) / math.prod(measured.size), 4),
        "channels": output.shape[1],
        "map": tuple(output.shape[2:]),
    }


def returned(network: nn.Module, shape: tuple[int, ...]) -> Any:
    """Return what a network makes of an image, without its numbers where it doesn't look at them."""
    try:
        return used_numbers(network, shape).output
    except Exception:  # the image with numbers says what is wrong
        with torch.no_grad():
            return network(torch.rand(shape))


def seen_if_it_runs(network: nn.Module, size: tuple[int, int]) -> dict[str, Any]:
    """Return the same, or the error of a network that can't take an image of another shape."""
    try:
        return seen(network, size)
    except Exception as error:
        return {"error": safe_text(error)}


def judge_stack(arguments: dict[str, Any], result: dict[str, Any], expected: None) -> Verdict:
    """Say which demand is missed: the budget first, then on the square image, then on the oblong one."""
    if "kind" in result:
        return f"`design_stack` returned a {result['kind']}; return the network itself, such as `nn.Sequential(…)`."
    if result["parameters"] > BUDGET:
        surplus = f"It has {result['parameters']:,} parameters, {BUDGET:,} are allowed"
        return f"{surplus}: let dilation or stride do the seeing, not depth or large kernels."
    if result.get("hidden"):
        return (
            f"{result['hidden']:,} of its weights are not among its `parameters()`, so no optimizer would train them: "
            "layers that stand in a plain list or dict, or in a function, belong into `nn.ModuleList`, `nn.ModuleDict` "
            "or `nn.Sequential`, tensors into `nn.Parameter`."
        )
    if result.get("fixed"):
        return (
            f"It has {result['parameters']:,} parameters and uses {result['fixed']:,} numbers more (buffers, or "
            f"tensors made outside of `forward`); {BUDGET:,} are allowed together."
        )
    square = missed(result["square"], SMALLEST_MAP)
    if square:
        return square
    height, width = OBLONG
    if "error" in result["oblong"]:
        return (
            f"It takes an image of {SQUARE[0]} × {SQUARE[1]} pixels, and fails on {height} × {width} "
            f"({result['oblong']['error']}): use layers that take any size."
        )
    oblong = missed(result["oblong"], 1)
    return f"On an image of {height} × {width} pixels: {oblong}" if oblong else None


def missed(facts: dict[str, Any], smallest_map: int) -> str | None:
    """Return which demand a network misses on an image, the main one first; None if it meets them all."""
    if "output" in facts:
        return f"Its output is a {facts['output']}; it should be a map, a tensor (N, C, H, W)."
    if "detached" in facts:
        return (
            "No gradient leads from its output back to the image: `.detach()`, `.data`, NumPy and `torch.no_grad()` in "
            "`forward` cut the way back, and nothing would be learned."
        )
    (height, width), (rows, columns) = facts["field"], facts["map"]
    if min(height, width) < FIELD:
        advice = "one pixel short" if min(height, width) == FIELD - 1 else "a larger dilation or a stride sees further"
        return f"It sees {height} × {width} pixels, at least {FIELD} × {FIELD} are asked for: {advice}."
    if facts["channels"] < CHANNELS:
        return f"Its output has {facts['channels']} channels, at least {CHANNELS} are asked for."
    if min(rows, columns) < smallest_map:
        asked = f"at least {smallest_map} × {smallest_map} are asked for"
        return f"Its map has {rows} × {columns} cells, {asked}: put a dilation where a stride stands, or add padding."
    if facts["used"] < 1:
        holes = f"Its field has holes: an output uses {facts['used']:.0%} of the pixels of its window"
        return f"{holes}. Let the dilations grow step by step, so that each layer fills the gaps of the next."
    if facts.get("equal", 0) > EQUAL:
        asked = f"of the neighbors on a grid of {SMALLEST_MAP} × {SMALLEST_MAP} of its cells"
        return (
            f"It keeps no detail: {facts['equal']:.0%} {asked} have equal values. A mean over the image, or an "
            "upsampling of fewer cells, makes the map larger, not finer."
        )
    return None
