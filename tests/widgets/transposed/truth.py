"""Golden values of the transposed-convolution explorer: random settings with torch's numbers, and refused ones."""

import random
from typing import Any

import torch
import torch.nn.functional as F

OPTIONS = ("stride", "padding", "output_padding", "dilation")
RANGES = ((1, 4), (0, 4), (0, 4), (1, 2))


def torch_output(image: Any, kernel: Any, options: dict[str, int]) -> torch.Tensor | None:
    """Return what torch makes of it, (H', W') float64; None where it raises."""
    tensors = (torch.as_tensor(values, dtype=torch.float64)[None, None] for values in (image, kernel))
    try:
        return F.conv_transpose2d(*tensors, **options)[0, 0]
    except RuntimeError:
        return None


def golden_cases(count: int = 100) -> dict[str, Any]:
    """Make random settings as the core takes them, with torch's numbers, and the kinds that are among them."""
    rng = random.Random(0)
    cases, refused, kinds = [], [], {"negative numbers"}
    while len(cases) < count or len(refused) < 30:
        high, wide, rows, cols = rng.randint(1, 6), rng.randint(1, 6), rng.randint(1, 5), rng.randint(1, 5)
        image = [[rng.randint(-9, 9) for _ in range(wide)] for _ in range(high)]
        kernel = [[rng.choice([-2, -1, 0, 1, 0.25, 3]) for _ in range(cols)] for _ in range(rows)]
        options = dict(
            zip(OPTIONS, (rng.randint(1, 4), rng.randint(0, 4), rng.randint(0, 4), rng.randint(1, 2)), strict=True)
        )
        setting = {"image": image, "kernel": kernel, **options, "outputPadding": options["output_padding"]}
        output = torch_output(image, kernel, options)
        if output is None:
            refused.append(setting)
            continue
        overlap = torch_output(torch.ones(high, wide), torch.ones(rows, cols), options)
        cases.append({"setting": setting, "output": output.tolist(), "overlap": overlap.long().tolist()})
        if options["padding"] > options["dilation"] * (min(rows, cols) - 1):
            kinds.add("crops input cells")
        if options["output_padding"] > options["padding"]:
            kinds.add("extra rows without a stamp")
    return {"cases": cases[:count], "refused": refused, "kinds": sorted(kinds), "cividis": cividis()}


def cividis() -> list[tuple[float, str]]:
    """Return matplotlib's own colors at eleven places."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [(at / 10, to_hex(colormaps["cividis"](at / 10))) for at in range(11)]
