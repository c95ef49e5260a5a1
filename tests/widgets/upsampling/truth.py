"""Settings of the upsampling explorer with what torch makes of them: outputs, weights of each input, class ids."""

import random
from typing import Any

import torch
import torch.nn.functional as F

METHODS = ("nearest", "nearest-exact", "bilinear", "bicubic", "bed of nails", "max unpooling")
WEIGHTED = ("bilinear", "bicubic")


def torch_output(setting: dict[str, Any], image: torch.Tensor | None = None) -> torch.Tensor:
    """Return the output of a setting of the page (its keys as in core.js), (H', W') float64."""
    image = tensor(setting["image"]) if image is None else image
    method, factor = setting["method"], setting["factor"]
    if method == "max unpooling":
        values, indices = F.max_pool2d(tensor(setting["before"])[None, None], factor, return_indices=True)
        return F.max_unpool2d(values, indices, factor)[0, 0]
    if method == "bed of nails":
        kernel = F.pad(torch.ones(1, 1, 1, 1, dtype=torch.float64), (0, factor - 1, 0, factor - 1))
        return F.conv_transpose2d(image[None, None], kernel, stride=factor)[0, 0]
    goal = {"size": tuple(setting["size"])} if setting["size"] else {"scale_factor": factor}
    align = setting["align"] if method in WEIGHTED else None
    return F.interpolate(image[None, None], **goal, mode=method, align_corners=align)[0, 0]


def weights_of(setting: dict[str, Any]) -> torch.Tensor:
    """Return what each input cell counts in each output pixel, (H, W, H', W'), by enlarging one-hot maps."""
    height, width = len(setting["image"]), len(setting["image"][0])
    eye = torch.eye(height * width, dtype=torch.float64).view(-1, height, width)
    stamps = torch.stack([torch_output(setting, one_hot) for one_hot in eye])
    return stamps.unflatten(0, (height, width))


def random_setting(rng: random.Random, method: str) -> dict[str, Any]:
    height, width, factor = rng.randint(1, 6), rng.randint(1, 6), rng.randint(2, 5)
    sized = method not in ("bed of nails", "max unpooling") and rng.random() < 0.5
    setting = {
        "image": [[rng.randint(-9, 9) for _ in range(width)] for _ in range(height)],
        "before": None,
        "method": method,
        "factor": factor,
        "size": [rng.randint(1, 30), rng.randint(1, 30)] if sized else None,
        "align": rng.random() < 0.5,
    }
    if method == "max unpooling":
        before = [[rng.randint(-3, 3) for _ in range(width * factor)] for _ in range(height * factor)]
        setting["before"] = before
        setting["image"] = F.max_pool2d(tensor(before)[None, None], factor)[0, 0].tolist()
    return setting


def golden_cases(each: int = 20) -> list[dict[str, Any]]:
    """Return random settings of every method with torch's outputs, ids, and for small maps the weights."""
    rng = random.Random(0)
    cases = []
    for method in METHODS:
        for _ in range(each):
            setting = random_setting(rng, method)
            output = torch_output(setting)
            case = {"setting": setting, "output": output.tolist()}
            case["ids"] = output.round(decimals=9).round().long().tolist()
            if method != "max unpooling" and output.numel() * len(setting["image"]) * len(setting["image"][0]) < 4000:
                case["weights"] = weights_of(setting).tolist()
            cases.append(case)
    return cases


def golden_photo() -> list[dict[str, Any]]:
    """Return a random picture (60, 120) shrunk and brought back by each method, for two factors."""
    plane = torch.randint(0, 256, (60, 120), generator=torch.Generator().manual_seed(0)).double()
    cases = []
    for factor in (2, 5):
        small = F.avg_pool2d(plane[None, None], factor)[0, 0]
        for method in ("nearest", "bilinear", "bicubic", "bed of nails", "max unpooling"):
            for align in (False, True):
                setting = {"method": method, "factor": factor, "size": None, "align": align, "before": plane.tolist()}
                output = torch_output(setting, small).flatten().tolist()
                cases.append({"factor": factor, "method": method, "align": align, "output": output})
    return [{"plane": plane.flatten().tolist(), "cases": cases}]


def tensor(rows: Any) -> torch.Tensor:
    """Return rows of numbers as float64."""
    return torch.tensor(rows, dtype=torch.float64)
