"""Cases and judge of lecture 08's exercise that removes the checkerboard: whatever meets the demands is right."""

import copy
import random
from typing import Any

import torch
from torch import nn

from segedu.exercises.engine.compare import Verdict, judged
from segedu.ops.cost import count_parameters
from segedu.seeding import seeded

Arguments = dict[str, Any]

DECODERS = ((24, 10), (16, 3), (5, 12))  # channels, classes
FACTOR = 4
BUDGET = 8_000  # parameters; the lecture's first decoder has 7,378
MAPS = ((9, 12), (7, 5))  # two sizes, so that none is built in
WIDE = (24, 28)  # of an almost even map, whose middle is 12 × 12 cells of the input
LARGE = (40, 48)  # so that nothing of the border reaches the middle, through wide rates either
MIDDLE = 3 * FACTOR  # cells of the output that have to be even: no period is longer
EVEN = 1e-3  # the largest difference between them, in units of the largest value
NOISE = (0.001, 0.03, 0.3)  # what is added to an even map whose cells lie between 0 and 1
SHARE = 0.5  # of the variance that repeats on an almost even map; a grid has nearly all of it, noise next to none
NEAR = 2.0  # how much more a cell has to change the output above it than elsewhere

DECODER_MISTAKES = {
    "phases": "The phases of the output have weights of their own: an even map comes out uneven. A kernel size "
    "divisible by the stride evens the *count*, not the weights; upsample without weights, then convolve.",
    "tested": "It is even only where its input is exactly so: on an almost even map the grid is back. A test of the "
    "input hides it; the phases have to share their weights.",
    "start": "It is even only at its start; once the weights have moved, as training moves them, an even map comes out "
    "uneven. Let fixed weights do the upsampling, and learned ones the rest.",
}


def decoder_arguments(seed: int) -> Arguments:
    """Return the lecture's numbers of channels and classes, then others."""
    channels, num_classes = DECODERS[seed] if seed < len(DECODERS) else drawn_decoder()
    return {"channels": channels, "num_classes": num_classes}


def drawn_decoder() -> tuple[int, int]:
    """Draw numbers of channels and classes with which two convolutions of 3 × 3 stay in the budget."""
    channels = random.randint(4, 20)
    return channels, random.choice([number for number in range(2, 12) if number != channels])


@torch.no_grad()
def observe_decoder(decoder: Any, arguments: Arguments) -> dict[str, Any]:
    """Return plain facts about a decoder: its sizes, its cost, how even it is on an even map and how local."""
    if not isinstance(decoder, nn.Module):
        return {"kind": type(decoder).__name__}
    channels = arguments["channels"]
    network = copy.deepcopy(decoder).eval()
    shapes = [tuple(network(torch.rand(2, channels, *size)).shape) for size in MAPS]
    if wrong_shape(arguments, shapes):
        return {"shapes": shapes}
    moved = [shaken(network, seed) for seed in range(3)]
    tried = (network, moved[0], copy.deepcopy(moved[1]).train())
    return {
        "shapes": shapes,
        "parameters": count_parameters(network),
        "trainable": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "given": unevenness(network, channels),
        "learns": any(answers_differ(network, each, channels) for each in moved),
        "uneven": max(unevenness(each, channels) for each in moved),
        "grid": max(gridded(each, channels, noise) for each in tried for noise in NOISE),
        "near": max(nearness(each, channels) for each in (network, *moved)),
    }


def shaken(network: nn.Module, seed: int) -> nn.Module:
    """Return a copy whose trainable weights have other random values, as training might give them."""
    other = copy.deepcopy(network)
    with seeded(seed), torch.no_grad():
        for parameter in other.parameters():
            if parameter.requires_grad:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return other


def unevenness(network: nn.Module, channels: int) -> float:
    """Return how far the middle of the output is from constant if every cell of a large input is the same."""
    with torch.no_grad(), seeded(0):
        output = network(torch.rand(1, channels, 1, 1).expand(1, channels, *LARGE).contiguous())
    rows, columns = (slice((side - MIDDLE) // 2, (side + MIDDLE) // 2) for side in output.shape[2:])
    inside = output[0, :, rows, columns]
    spread = inside.amax(dim=(1, 2)) - inside.amin(dim=(1, 2))
    return round(float(spread.max() / inside.abs().max().clamp(min=1e-12)), 6)


def gridded(network: nn.Module, channels: int, noise: float) -> float:
    """Return the share of the variance that repeats every `FACTOR` cells on an almost even map; 0: none is seen."""
    with torch.no_grad(), seeded(2):
        output = network(torch.rand(1, channels, 1, 1) + noise * torch.randn(1, channels, *WIDE))[0]
    side = 12 * FACTOR
    rows, columns = (slice((whole - side) // 2, (whole + side) // 2) for whole in output.shape[1:])
    inside = output[:, rows, columns].double()
    pattern = inside.reshape(len(inside), 12, FACTOR, 12, FACTOR).mean(dim=(1, 3))
    spread = pattern.amax(dim=(1, 2)) - pattern.amin(dim=(1, 2))
    visible = spread > EVEN * inside.abs().max().clamp(min=1e-12)
    shares = pattern.var(dim=(1, 2), correction=0) / inside.var(dim=(1, 2), correction=0).clamp(min=1e-24)
    return round(float(torch.where(visible, shares, 0).max()), 6)


def answers_differ(one: nn.Module, other: nn.Module, channels: int) -> bool:
    """Return whether two networks answer a map differently."""
    with torch.no_grad(), seeded(3):
        maps = torch.rand(1, channels, *MAPS[1])
        return not torch.equal(one(maps), other(maps))


def nearness(network: nn.Module, channels: int) -> float:
    """Return how much more one cell of the input changes the output above it than on average; 0: it changes nothing."""
    row, column = 3, 7
    with torch.no_grad(), seeded(1):
        maps = torch.rand(1, channels, *MAPS[0])
        brighter = maps.clone()
        brighter[:, :, row, column] += 2 * torch.randn(channels)
        change = (network(brighter) - network(maps)).abs().sum(dim=(0, 1))
    above = change[FACTOR * row : FACTOR * (row + 1), FACTOR * column : FACTOR * (column + 1)]
    return round(float(above.mean() / change.mean().clamp(min=1e-12)), 6)


def wrong_shape(arguments: Arguments, shapes: list[tuple[int, ...]]) -> str:
    """Return a sentence on the first of `MAPS` from which it makes a wrong shape, "" if all are right."""
    channels, classes = arguments["channels"], arguments["num_classes"]
    for (height, width), shape in zip(MAPS, shapes, strict=True):
        wanted = (2, classes, FACTOR * height, FACTOR * width)
        if shape != wanted:
            given = f"(2, {channels}, {height}, {width})"
            need = f"{classes} channels, {FACTOR} times the height and width"
            return f"From a map {given} it makes {shape}, expected {wanted}: {need}."
    return ""


def judge_decoder(arguments: Arguments, result: dict[str, Any], expected: None) -> Verdict:
    """Say which demand is missed."""
    if "kind" in result:
        return f"`smooth_decoder` returned a {result['kind']}; return the network itself, such as `nn.Sequential(…)`."
    if sentence := wrong_shape(arguments, result["shapes"]):
        return sentence
    if not result["trainable"]:
        return "It has nothing to learn: no weight is trainable."
    if not result["learns"]:
        return "It has nothing to learn: its answers stay the same whatever its trainable weights are."
    if result["parameters"] > BUDGET:
        return f"It has {result['parameters']:,} parameters, {BUDGET:,} are allowed: upsampling needs none."
    if result["near"] == 0:
        return "A cell of the input that changes leaves the output as it is: it has to answer what it is given."
    if result["near"] < NEAR:
        return "A cell of the input changes the output everywhere alike: its answer has to lie above it."
    return judge_evenness(result["given"] > EVEN, result["uneven"], result["grid"])


def judge_evenness(uneven_at_start: bool, uneven: float, grid: float) -> Verdict:
    """Judge what comes of even and almost even maps, with the weights that the decoder has and with others."""
    even = uneven <= EVEN
    if even and grid <= SHARE:
        return None
    difference = f"On an even map the middle of its output differs by {uneven:.0%} of the largest value."
    if even:
        difference = f"On an almost even map {grid:.0%} of its output's variance repeats every {FACTOR} cells."
    mistakes = [
        ("phases", not even and uneven_at_start),
        ("start", not even and not uneven_at_start),
        ("tested", even),
    ]
    return judged(difference, [(DECODER_MISTAKES[mistake], fits) for mistake, fits in mistakes])
