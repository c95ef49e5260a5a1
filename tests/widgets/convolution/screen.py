"""How the tests read the convolution explorer's screen, as numbers."""

import re
from pathlib import Path
from typing import Any

import torch

READ = (Path(__file__).parent / "screen.js").read_text("utf-8")


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run a script that may use `put` and `read` of screen.js."""
    return page.evaluate(f"(argument) => {{ {READ} {body} }}", argument)


def numbers(rows: list[list[str]]) -> torch.Tensor:
    """Return a grid's texts as (H, W) float64; NaN where a cell is empty."""
    return torch.tensor([[number(text) for text in row] for row in rows], dtype=torch.float64)


def number(text: str) -> float:
    """Return what stands after the last "=" (or the whole text) as a number."""
    return float(re.split("[=≈]", text)[-1].replace("−", "-") or "nan")
