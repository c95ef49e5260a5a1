"""How the tests read the transposed-convolution explorer's screen, and what torch says to it."""

import math
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from tests.widgets.convolution.screen import number, numbers
from tests.widgets.transposed.truth import OPTIONS, torch_output

ROUNDED = 5.1e-3  # fractions are shown with two or three decimals, as many as fit the cell
READ = (Path(__file__).parent / "screen.js").read_text("utf-8")


def run(page: Any, body: str, argument: Any = None) -> Any:
    """Run a script that may use `put`, `choose` and `read` of transposed_read.js."""
    return page.evaluate(f"(argument) => {{ {READ} {body} }}", argument)


def assert_screen_equals_torch(screen: dict[str, Any]) -> None:
    """Compare sliders, all grids that are SVG, formula, sum and refusal with what torch makes of the numbers shown."""
    values, grids = screen["values"], screen["grids"]
    assert {name: str(value) for name, value in values.items()} == screen["shown"]
    image, spread = numbers(grids["input"]), numbers(grids["kernel"])
    kernel = spread[:: values["dilation"], :: values["dilation"]]
    if screen["menus"]["kernel"] == "bilinear tent":  # the grid shows three decimals of it
        _assert_equal(kernel, tent := torch.outer(*map(_tent, kernel.shape)), ROUNDED)
        kernel = tent
    atol = ROUNDED if bool((kernel != kernel.round()).any()) else 1e-9
    assert image.shape == (values["input height"], values["input width"])
    assert kernel.shape == (values["kernel height"], values["kernel width"])
    options = {name: values[name] for name in OPTIONS}
    expected = torch_output(image, kernel, options)
    if expected is None:
        assert screen["refused"].startswith("No output: ")
        assert all(grids[name] == [] for name in ("canvas", "stuffed", "flipped", "output", "overlap"))
        assert screen["sum"] == ""
        return
    assert screen["refused"] == ""
    assert [int(screen[axis].split("=")[-1]) for axis in ("height", "width")] == list(expected.shape)
    torch.testing.assert_close(number(screen["sum"]), float(_target(screen, expected)), atol=5.1e-4, rtol=0)
    _assert_equal(grids["output"], expected, atol)
    _assert_equal(grids["overlap"], torch_output(torch.ones_like(image), torch.ones_like(kernel), options))
    _assert_equal(grids["flipped"], spread.flip(0, 1))
    if grids["canvas"] is not None and screen["position"][0].endswith(f"{image.numel()} of {image.numel()}"):
        inside = numbers(grids["canvas"])[options["padding"] :, options["padding"] :]
        _assert_equal(inside[: expected.shape[0], : expected.shape[1]], expected, atol)
    if grids["stuffed"] is not None:
        window = kernel.flip(0, 1)[None, None]
        gathered = F.conv2d(numbers(grids["stuffed"])[None, None], window, dilation=options["dilation"])
        _assert_equal(gathered[0, 0], expected)


def _tent(length: int) -> torch.Tensor:
    """Return one axis of the bilinear kernel of any size (Long et al. 2015)."""
    places = torch.arange(length, dtype=torch.float64)
    return 1 - (places - (length - 1) / 2).abs() / math.ceil(length / 2)


def _target(screen: dict[str, Any], expected: torch.Tensor) -> torch.Tensor:
    row, col = screen["sum"].split("[")[1].split("]")[0].split(", ")
    return expected[int(row), int(col)]


def _assert_equal(shown: Any, expected: torch.Tensor, atol: float = 1e-9) -> None:
    """Compare a grid, as texts or as numbers; a grid on a canvas, None, can't be read."""
    if shown is not None:
        found = numbers(shown) if isinstance(shown, list) else shown
        torch.testing.assert_close(found, expected.double(), atol=atol, rtol=0, equal_nan=True)
