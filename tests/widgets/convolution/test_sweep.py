"""Every control of the convolution explorer through every value: the numbers on the screen equal torch's."""

import itertools
import random
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from segedu.widgets import ConvolutionExplorer
from tests.widgets.convolution.screen import number, numbers, run

pytestmark = pytest.mark.browser


def torch_output(screen: dict[str, Any]) -> torch.Tensor | None:
    """Return what torch makes of the input and kernel that stand on the screen; None where it raises."""
    values = screen["values"]
    padding, dilation = values["padding"], values["dilation"]
    image = numbers(screen["input"])[
        padding : padding + values["input height"], padding : padding + values["input width"]
    ]
    kernel = numbers(screen["kernel"])[::dilation, ::dilation]
    assert kernel.shape == (values["kernel height"], values["kernel width"])
    try:
        return F.conv2d(
            image[None, None], kernel[None, None], stride=values["stride"], padding=padding, dilation=dilation
        )[0, 0]
    except RuntimeError:
        return None


def assert_screen_equals_torch(screen: dict[str, Any]) -> None:
    expected = torch_output(screen)
    assert {name: str(value) for name, value in screen["values"].items()} == screen["shown"]
    if expected is None:
        assert screen["misfit"].startswith("No output: the kernel spans")
        assert screen["output"] == []
        assert screen["sum"] == ""
        assert "no room for the kernel" in screen["height"] + screen["width"]
        return
    assert screen["misfit"] == ""
    torch.testing.assert_close(numbers(screen["output"]), expected, atol=1e-9, rtol=0)
    assert [int(screen[axis].split("=")[-1]) for axis in ("height", "width")] == list(expected.shape)
    assert number(screen["sum"]) == expected[0, 0]
    products = [number(term) for term in screen["terms"]]
    assert sum(products) == expected[0, 0]


def golden_cases(count: int = 80) -> dict[str, Any]:
    """Make random settings with torch's outputs and the number of outputs that read each input cell; and misfits."""
    rng = random.Random(0)
    cases, misfits = [], []
    while len(cases) < count or len(misfits) < 12:
        high, wide, rows, cols = rng.randint(1, 9), rng.randint(1, 11), rng.randint(1, 5), rng.randint(1, 5)
        setting = {
            "image": [[rng.randint(-9, 9) for _ in range(wide)] for _ in range(high)],
            "kernel": [[rng.choice([-2, -1, 0, 1, 0.25, 3]) for _ in range(cols)] for _ in range(rows)],
            "stride": rng.randint(1, 4), "padding": rng.randint(0, 4), "dilation": rng.randint(1, 4),
        }  # fmt: skip
        explorer = ConvolutionExplorer(**setting)
        if not explorer.fits:
            misfits.append(setting)
            continue
        image = torch.zeros(1, 1, high, wide, requires_grad=True)
        options = {name: setting[name] for name in ("stride", "padding", "dilation")}
        F.conv2d(image, torch.ones(1, 1, rows, cols), **options).sum().backward()
        cases.append(
            {"setting": setting, "output": explorer.output.tolist(), "readers": image.grad[0, 0].int().tolist()}
        )
    return {"cases": cases, "misfits": misfits}


def test_the_core_equals_torch_on_random_settings(run_node):
    run_node("core.test.mjs", golden_cases())


def test_every_value_of_every_control_shows_torchs_numbers(open_page):
    page = open_page(ConvolutionExplorer())
    kernels = ["vertical edges", "horizontal edges", "outline", "sharpen", "identity", "count 1, 2, 3, …"]
    screens = run(page, """
      const screens = [];
      for (const name of argument) {
        const menu = document.querySelector("select");
        menu.value = name;
        menu.dispatchEvent(new Event("change"));
        for (const slid of names) {
          const input = slider(slid), before = input.value;
          for (let value = Number(input.min); value <= Number(input.max); value++) {
            put(slid, value);
            screens.push(read());
          }
          put(slid, before);
        }
        screens.push(read());
      }
      return screens;
    """, kernels)  # fmt: skip
    assert len(screens) == 6 * (12 + 12 + 5 + 5 + 4 + 5 + 4 + 1)
    for screen in screens:
        assert_screen_equals_torch(screen)


def test_controls_in_combination_show_torchs_numbers(open_page):
    page = open_page(ConvolutionExplorer(kernel=[[1, -2, 3], [0, 2, -1], [4, 1, 0]]))
    grid = list(itertools.product(range(1, 6), range(1, 6), range(1, 5), range(5), range(1, 5)))
    chosen = random.Random(1).sample(grid, 160)
    screens = run(page, """
      return argument.map((values) => {
        ["kernel height", "kernel width", "stride", "padding", "dilation"].forEach((name, at) => put(name, values[at]));
        return read();
      });
    """, chosen)  # fmt: skip
    compared = [screen for screen in screens if None not in (screen["input"], screen["kernel"], screen["output"])]
    assert len(compared) > 130  # the others are drawn on a canvas: the next test reads their sums
    for screen in compared:
        assert_screen_equals_torch(screen)


def test_fractions_are_rounded_on_screen_and_say_so(open_page):
    explorer = ConvolutionExplorer(kernel=[[1 / 9] * 3] * 3)
    screen = run(open_page(explorer), "return read();")
    torch.testing.assert_close(numbers(screen["output"]), explorer.output, atol=5.1e-4, rtol=0)
    assert "≈" in screen["sum"]
    assert all("≈" in term for term in screen["terms"])


def test_every_position_on_a_canvas_shows_torchs_sum(open_page):
    generator = torch.Generator().manual_seed(0)
    explorer = ConvolutionExplorer(
        torch.randint(0, 9, (6, 17), generator=generator), [[1, 2], [3, -4], [0, 1]], padding=1
    )
    sums = run(open_page(explorer), """
      return Array.from({ length: Number(slider("position").max) + 1 }, (_, at) => {
        put("position", at);
        return read().sum;
      });
    """)  # fmt: skip
    assert [number(text) for text in sums] == explorer.output.flatten().tolist()
