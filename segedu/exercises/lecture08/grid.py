"""Cases and judge of lecture 08's exercise that measures the checkerboard in a map (H, W).

Its sides are multiples of the period, and never equal.
"""

import random
from typing import Any

import torch

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

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
    period = 1 if seed % 10 == 8 else 2 + seed % 4  # 1: nothing repeats that is not constant
    rows, columns = random.sample(range(2, 8), 2)  # blocks
    if seed % 10 == 2:
        rows = 1
    height, width = period * rows, period * columns
    slope = torch.linspace(0, 3, height)[:, None] + torch.linspace(0, 2, width) + 1
    pattern = torch.randn(period, period).repeat(rows, columns)
    if seed % 10 == 4:  # a pattern and nothing else
        return {"heat_map": pattern, "period": period}
    lowered = 8 if seed % 10 == 9 else 0  # all negative
    return {"heat_map": slope + 0.8 * pattern + 0.5 * torch.randn(height, width) - lowered, "period": period}


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
    }
    if period > 1:
        wrong["sample"] = pattern.var() / values.var()
    mistakes = [(ENERGY_MISTAKES[name], value.item()) for name, value in wrong.items()]
    return compare(result, expected, name="the share", mistakes=mistakes)
