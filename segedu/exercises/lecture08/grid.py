"""Cases and judges of lecture 08's exercises on the checkerboard: measure it, and remove it from a decoder."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict, compare
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
    "sample": "The variances divide by count − 1; energies are plain means: use `correction=0`.",
}


def energy_arguments(seed: int) -> Arguments:
    """Return a map with a slope, noise and a pattern that repeats."""
    if seed == 0:  # by hand: about 0 4 above 2 6, again and again
        rows = [[0.0, 4, 1, 5, 0, 4], [2, 6, 3, 7, 2, 6], [1, 5, 0, 4, 1, 9], [3, 7, 2, 6, 3, 7]]
        return {"heat_map": torch.tensor(rows), "period": 2}
    period = 2 + seed % 3
    height, width = period * (2 + seed % 4), period * (4 + seed % 4)
    slope = torch.linspace(0, 3, height)[:, None] + torch.linspace(0, 2, width) + 1
    pattern = torch.randn(period, period).repeat(height // period, width // period)
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
        "sample": pattern.var() / values.var(),
    }
    if isinstance(result, Tensor) and result.numel() == 1 and result.ndim == 0:
        result = result.item()
    mistakes = [(ENERGY_MISTAKES[name], value.item()) for name, value in wrong.items()]
    return compare(result, expected, name="the share", mistakes=mistakes)


# ---- 08.smooth_decoder: every decoder that meets the demands is right ----

DECODERS = ((24, 10), (16, 3), (12, 5))  # channels, classes
FACTOR = 4
BUDGET = 8_000  # parameters; the colleague's decoder has 7,378
EVEN = 1e-3  # the largest difference between interior cells, in units of the largest value


def decoder_arguments(seed: int) -> Arguments:
    """Return the lecture's numbers of channels and classes, then others."""
    channels, num_classes = DECODERS[seed % len(DECODERS)]
    return {"channels": channels, "num_classes": num_classes}


def observe_decoder(decoder: Any, arguments: Arguments) -> dict[str, Any]:
    """Return plain facts about a decoder: its sizes, its cost, and how even it is on an even map, for many weights."""
    if not isinstance(decoder, nn.Module):
        return {"kind": type(decoder).__name__}
    channels = arguments["channels"]
    network = copy.deepcopy(decoder).eval()
    with torch.no_grad():
        output = network(torch.rand(2, channels, 9, 12))
    return {
        "shape": tuple(output.shape),
        "parameters": count_parameters(network),
        "trainable": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "given": unevenness(network, channels),
        "uneven": max(unevenness(shaken(network, seed), channels) for seed in range(3)),
        "empty": not bool(output.any()),
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
    """Return how far the interior of the output is from constant if every cell of the input is the same."""
    with torch.no_grad(), seeded(0):
        output = network(torch.rand(1, channels, 1, 1).expand(1, channels, 12, 15).contiguous())
    rows, columns = (slice(side // 3, side - side // 3) for side in output.shape[2:])
    inside = output[0, :, rows, columns]
    spread = inside.amax(dim=(1, 2)) - inside.amin(dim=(1, 2))
    return round(float(spread.max() / inside.abs().max().clamp(min=1e-12)), 6)


def judge_decoder(arguments: Arguments, result: dict[str, Any], expected: None) -> Verdict:
    """Say which demand is missed."""
    if "kind" in result:
        return f"`smooth_decoder` returned a {result['kind']}; return the network itself, such as `nn.Sequential(…)`."
    channels, classes = arguments["channels"], arguments["num_classes"]
    wanted = (2, classes, FACTOR * 9, FACTOR * 12)
    if result["shape"] != wanted:
        return (
            f"From a map (2, {channels}, 9, 12) it makes {result['shape']}, expected {wanted}: "
            f"{classes} channels, {FACTOR} times the height and width."
        )
    if not result["trainable"] or result["empty"]:
        return "It has nothing to learn: no weight is trainable, or the output is always 0."
    if result["parameters"] > BUDGET:
        return f"It has {result['parameters']:,} parameters, {BUDGET:,} are allowed: upsampling needs none."
    if result["uneven"] <= EVEN:
        return None
    start = f"On an even map its interior differs by {result['uneven']:.0%} of the largest value"
    if result["given"] <= EVEN:
        return (
            f"{start} once the weights have moved; it is even only at its start. Training would move them: let fixed "
            "weights do the upsampling, and learned ones the rest."
        )
    return (
        f"{start}: phases of the output have weights of their own. A kernel size divisible by the stride evens "
        "the *count*, not the weights; upsample without weights, then convolve."
    )
