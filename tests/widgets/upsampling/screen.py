"""How the tests read the upsampling explorer's screen, and what torch makes of the setting that stands on it."""

import re
from pathlib import Path
from typing import Any

import torch

from segedu.widgets.upsampling.core import INTERPOLATIONS, WEIGHTED, axis_place, default_before
from tests.widgets.upsampling.truth import tensor, torch_output

READ = (Path(__file__).parent / "screen.js").read_text("utf-8")
WRITTEN = 5.1e-5  # four decimals


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run a script that may use the functions of screen.js."""
    return page.evaluate(f"(argument) => {{ {READ} {body} }}", argument)


def number(text: str) -> float:
    """Return what stands after the last "=" or "≈" (or the whole text) as a number."""
    return float(re.split("[=≈]", text)[-1].replace("−", "-"))


def setting_on(screen: dict[str, Any]) -> dict[str, Any]:
    """Return the setting that the controls and the input grid show, as core.js has it."""
    height, width = screen["values"]["input height"], screen["values"]["input width"]
    ring = (len(screen["input"]) - height) // 2
    assert (len(screen["input"]), len(screen["input"][0])) == (height + 2 * ring, width + 2 * ring)
    rows = [[number(text) for text in line] for line in screen["input"]]
    padded = torch.nn.functional.pad(
        tensor([line[ring : ring + width] for line in rows[ring : ring + height]])[None, None], (ring,) * 4, "replicate"
    )
    assert torch.equal(padded[0, 0], tensor(rows))
    image, factor = padded[0, 0, ring : ring + height, ring : ring + width], screen["values"]["factor"]
    sized = screen["sized"] and screen["method"] in INTERPOLATIONS
    before = default_before(image, factor).tolist()
    if screen["before"]:
        before = [[number(text) for text in line] for line in screen["before"]]
    size = [screen["values"]["output height"], screen["values"]["output width"]] if sized else None
    return {
        "image": image.tolist(), "before": before, "method": screen["method"], "factor": factor, "size": size,
        "align": screen["align"],
    }  # fmt: skip


def assert_screen_equals_torch(screen: dict[str, Any]) -> None:
    """Hold every number on the screen to torch's output for the setting on the screen."""
    setting = setting_on(screen)
    expected = torch_output(setting)
    row, col, at, count = map(int, re.findall(r"\d+", screen["position"]))
    assert (row * expected.shape[1] + col + 1, expected.numel()) == (at, count)
    assert screen["values"] == screen["shown"]
    if screen["output"] is not None:
        rounded = 0.00501 if screen["cell"] >= 28 else 0.0501  # two decimals where there is room
        assert (len(screen["output"]), len(screen["output"][0])) == tuple(expected.shape)
        for line, values in zip(screen["output"], expected.tolist(), strict=True):
            for text, value in zip(line, values, strict=True):
                assert text == "" or abs(number(text) - value) < rounded
    value = expected[row, col].item()
    assert abs(number(screen["sum"]) - value) < WRITTEN
    assert abs(sum(map(number, screen["results"])) - value) < WRITTEN * max(len(screen["results"]), 1)
    assert screen["alignable"] == (setting["method"] in WEIGHTED)
    assert ("no meaning" in screen["reason"]) != screen["alignable"]
    found = [int(number(part.split(", as")[0].split()[-1])) for part in screen["size"].split(";")]
    assert found == list(expected.shape)
    if setting["method"] in WEIGHTED:
        assert_places(screen, setting, (row, col), tuple(expected.shape))


def assert_places(screen: dict[str, Any], setting: dict[str, Any], at: tuple[int, int], size: tuple[int, ...]) -> None:
    inputs = (len(setting["image"]), len(setting["image"][0]))
    for axis, name in enumerate(("row", "column")):
        place = float(axis_place(inputs[axis], size[axis], setting["method"], setting["align"], at[axis]))
        words = screen[name].split(": reads")[0]
        assert abs(number(words.replace("one pixel: ", "")) - place) < WRITTEN
