"""Cases and judges of lecture 08's exercises on the checkerboard: measure it, and remove it from a decoder."""

import copy
import random
from typing import Any

import torch
from torch import nn

from segedu.exercises.engine.compare import Verdict, compare, judged
from segedu.ops.cost import count_parameters
from segedu.seeding import seeded

Arguments = dict[str, Any]

# ---- 08.grid_energy: maps (H, W) whose sides are multiples of the period, never equal ----

ENERGY_MISTAKES = {
    "blocks": "The mean runs over the cells *inside* each block; it should run over the blocks, cell by cell.",
    "interleaved": "The axes of the view are exchanged: row i is block i // period, cell i % period; the block's "
    "number comes first.",
    "mean kept": "The mean brightness is counted as a pattern: subtract the mean of the map first.",
    "not divided": "That is the variance of the pattern alone; divide by the variance of the whole map.",
    "root": "That is a ratio of standard deviations; energy is their square.",
    "rows": "Only the pattern along the rows is found; a phase is a pair, (i % period, j % period).",
    "columns": "Only the pattern along the columns is found; a phase is a pair, (i % period, j % period).",
    "rest": "That is the share of what does *not* repeat: subtract it from 1.",
    "percent": "That is in percent; a share lies between 0 and 1.",
    "sample": "The variances divide by count − 1; energies are plain means: use `correction=0`.",
}


def energy_arguments(seed: int) -> Arguments:
    """Return a map with a slope, noise and a pattern that repeats."""
    if seed == 0:  # by hand: about 0 4 above 2 6, again and again
        by_hand = [[0.0, 4, 1, 5, 0, 4], [2, 6, 3, 7, 2, 6], [1, 5, 0, 4, 1, 9], [3, 7, 2, 6, 3, 7]]
        return {"heat_map": torch.tensor(by_hand), "period": 2}
    period = 2 + seed % 4
    rows, columns = random.sample(range(2, 8), 2)  # blocks
    if seed == 2:
        rows = 1
    height, width = period * rows, period * columns
    slope = torch.linspace(0, 3, height)[:, None] + torch.linspace(0, 2, width) + 1
    pattern = torch.randn(period, period).repeat(rows, columns)
    if seed == 4:  # a pattern and nothing else
        return {"heat_map": pattern, "period": period}
    return {"heat_map": slope + 0.8 * pattern + 0.5 * torch.randn(height, width), "period": period}


def judge_energy(arguments: Arguments, result: Any, expected: float) -> Verdict:
    """Name the classic mistake in averaging over phases."""
    values, period = arguments["heat_map"], arguments["period"]
    height, width = values.shape
    blocks = values.view(height // period, period, width // period, period)
    pattern, total = blocks.mean(dim=(0, 2)), values.var(correction=0)
    wrong = {
        "blocks": blocks.mean(dim=(1, 3)).var(correction=0) / total,
        "interleaved": values.view(period, height // period, period, width // period).mean((1, 3)).var(correction=0)
        / total,
        "mean kept": pattern.square().mean() / values.square().mean(),
        "not divided": pattern.var(correction=0),
        "root": pattern.std(correction=0) / values.std(correction=0),
        "rows": blocks.mean(dim=(0, 2, 3)).var(correction=0) / total,
        "columns": blocks.mean(dim=(0, 1, 2)).var(correction=0) / total,
        "rest": 1 - pattern.var(correction=0) / total,
        "percent": 100 * pattern.var(correction=0) / total,
        "sample": pattern.var() / values.var(),
    }
    mistakes = [(ENERGY_MISTAKES[name], value.item()) for name, value in wrong.items()]
    return compare(result, expected, name="the share", mistakes=mistakes)


# ---- 08.smooth_decoder: every decoder that meets the demands is right ----

DECODERS = ((24, 10), (16, 3), (12, 5))  # channels, classes
FACTOR = 4
BUDGET = 8_000  # parameters; the colleague's decoder has 7,378
MAPS = ((9, 12), (7, 5))  # two sizes, so that none is built in
LARGE = (40, 48)  # so that nothing of the border reaches the middle, through wide rates either
MIDDLE = 3 * FACTOR  # cells of the output that have to be even: no period is longer
EVEN = 1e-3  # the largest difference between them, in units of the largest value
NEAR = 2.0  # how much more a cell has to change the output above it than elsewhere

DECODER_MISTAKES = {
    "phases": "The phases of the output have weights of their own: an even map comes out uneven. A kernel size "
    "divisible by the stride evens the *count*, not the weights; upsample without weights, then convolve.",
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
    moved = [shaken(network, seed) for seed in range(3)]
    return {
        "shapes": shapes,
        "parameters": count_parameters(network),
        "trainable": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "given": unevenness(network, channels),
        "uneven": max(unevenness(each, channels) for each in moved),
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


def judge_decoder(arguments: Arguments, result: dict[str, Any], expected: None) -> Verdict:
    """Say which demand is missed."""
    if "kind" in result:
        return f"`smooth_decoder` returned a {result['kind']}; return the network itself, such as `nn.Sequential(…)`."
    channels, classes = arguments["channels"], arguments["num_classes"]
    for (height, width), shape in zip(MAPS, result["shapes"], strict=True):
        wanted = (2, classes, FACTOR * height, FACTOR * width)
        if shape != wanted:
            return (
                f"From a map (2, {channels}, {height}, {width}) it makes {shape}, expected {wanted}: "
                f"{classes} channels, {FACTOR} times the height and width."
            )
    if not result["trainable"]:
        return "It has nothing to learn: no weight is trainable."
    if result["parameters"] > BUDGET:
        return f"It has {result['parameters']:,} parameters, {BUDGET:,} are allowed: upsampling needs none."
    if result["near"] == 0:
        return "A cell of the input that changes leaves the output as it is: it has to answer what it is given."
    if result["near"] < NEAR:
        return "A cell of the input changes the output everywhere alike: its answer has to lie above it."
    return judge_evenness(result["given"] > EVEN, result["uneven"])


def judge_evenness(uneven_at_start: bool, uneven: float) -> Verdict:
    """Judge what comes of an even map, with the weights that the decoder has and with others."""
    if uneven <= EVEN:
        return None
    difference = f"On an even map the middle of its output differs by {uneven:.0%} of the largest value."
    mistakes = [("phases", uneven_at_start), ("start", not uneven_at_start)]
    return judged(difference, [(DECODER_MISTAKES[mistake], fits) for mistake, fits in mistakes])
