"""What torch says about windows on a grid: the numbers that the sliding-window explorer's screen must show."""

import random
from typing import Any

import torch


def windows(setting: dict[str, Any]) -> torch.Tensor:
    """Return the (row, column) of each pixel of each window, (rows, columns, k, k, 2) int64: unfolded coordinates.

    Padding continues the coordinates: −1 is one pixel above or left of the image.
    """
    height, width, k, stride = (setting[name] for name in ("height", "width", "window", "stride"))
    before, after = (k // 2, (k - 1) - k // 2) if setting["padded"] else (0, 0)
    axes = [torch.arange(-before, side + after) for side in (height, width)]
    if min(map(len, axes)) < k:
        return torch.empty(0, 0, k, k, 2, dtype=torch.int64)
    grid = torch.stack(torch.meshgrid(*axes, indexing="ij"))  # (2, H', W')
    return grid.unfold(1, k, stride).unfold(2, k, stride).permute(1, 2, 3, 4, 0)


def color_scores(image: torch.Tensor, prototypes: torch.Tensor, window: int) -> torch.Tensor:
    """Return (C, h, w) float64: softmax of −‖mean − prototype‖² / (2 · 0.05²), from the means of unfolded windows."""
    patches = image.double().unfold(1, window, 1).unfold(2, window, 1)  # (3, h, w, k, k)
    means = patches.mean(dim=(3, 4)).permute(1, 2, 0)  # (h, w, 3)
    squares = torch.cdist(means, prototypes.double()) ** 2  # (h, w, C)
    return (-squares / (2 * 0.05**2)).softmax(dim=2).permute(2, 0, 1)


def fill(setting: dict[str, Any], best: torch.Tensor, last: int) -> torch.Tensor:
    """Return the label map (H, W) after windows 0 … last, −1 where there was none; best: (h, w) of stride-1 windows."""
    height, width, k, stride = (setting[name] for name in ("height", "width", "window", "stride"))
    shift = 0 if setting["padded"] else k // 2
    labels = torch.full((height, width), -1)
    visited = best[::stride, ::stride].flatten()
    columns = best[:1, ::stride].shape[1]
    for step, label in enumerate(visited[: last + 1]):
        row, column = (index * stride + shift - (stride - 1) // 2 for index in divmod(step, columns))
        labels[max(row, 0) : max(row + stride, 0), max(column, 0) : max(column + stride, 0)] = label
    return labels


def random_setting(rng: random.Random) -> dict[str, Any]:
    """Return a small random setting; now and then the window does not fit."""
    return {
        "height": rng.randint(1, 14), "width": rng.randint(1, 17), "window": rng.randint(1, 9),
        "stride": rng.randint(1, 7), "padded": rng.random() < 0.4,
    }  # fmt: skip


def slide_facts(setting: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return what the node tests compare for one setting, with random labels."""
    seen = windows(setting)
    middle = setting["window"] // 2
    stride_one = windows({**setting, "stride": 1})
    best = torch.tensor([[rng.randrange(5) for _ in range(stride_one.shape[1])] for _ in range(stride_one.shape[0])])
    count = seen.shape[0] * seen.shape[1]
    steps = sorted({0, count // 2, count - 1}) if count else []
    return {
        "setting": setting, "rows": seen.shape[0], "cols": seen.shape[1],
        "corners": seen[:, :, 0, 0].reshape(-1, 2).tolist(),
        "middles": seen[:, :, middle, middle].reshape(-1, 2).tolist(),
        "best": best.flatten().tolist(),
        "fills": {str(step): fill(setting, best, step).flatten().tolist() for step in steps},
    }  # fmt: skip


def color_facts(setting: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return random pixels and prototypes with torch's scores."""
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (setting["height"], setting["width"], 3), generator=generator)
    prototypes = torch.rand(4, 3, generator=generator, dtype=torch.float64) * 0.3 + 0.35
    exact = color_scores(pixels.permute(2, 0, 1).double() / 255, prototypes, setting["window"])
    return {
        "setting": setting, "pixels": pixels.flatten().tolist(), "prototypes": prototypes.tolist(),
        "scores": exact.flatten().tolist(), "best": exact.argmax(dim=0).flatten().tolist(),
    }  # fmt: skip
