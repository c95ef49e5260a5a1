"""The gridding explorer's arithmetic, and every control through every value: the screen's numbers equal torch's."""

import random

import pytest
import torch

from segedu.widgets import GriddingExplorer
from segedu.widgets.gridding.explorer import KERNEL_SIZES, LARGEST_RATE, MOST_RATES
from tests.widgets.gridding import truth
from tests.widgets.gridding.screen import (
    MIDDLE,
    SIZE,
    assert_screen_equals_torch,
    explorer,
    numbers,
    open_explorer,
    run,
)

pytestmark = pytest.mark.browser


def presets() -> list[list[int]]:
    return [[1, 1, 1], [2, 2, 2], [4, 4, 4], [1, 2, 4], [1, 2, 4, 8], [2, 4, 8], [1, 2, 3], [1, 2, 5], [1, 2, 9],
            [2, 3, 5], [1, 3, 9]]  # fmt: skip


def test_the_core_equals_torch_on_random_stacks(run_node):
    cases = [truth.facts(*stack) for stack in [*truth.random_stacks(60), *((rates, 3) for rates in presets())]]
    run_node("core.test.mjs", {"cases": cases, "limits": [MOST_RATES, LARGEST_RATE, list(KERNEL_SIZES)]})


def test_every_preset_shows_torchs_numbers(open_page):
    page = open_explorer(open_page, explorer())
    screens = run(page, """
      const names = [...document.querySelectorAll("option")].map((node) => node.value);
      return names.slice(0, -1).map((name) => { pick(name); return read(); });
    """)  # fmt: skip
    assert [screen["rates"] for screen in screens] == presets()
    for screen in screens:
        assert screen["menu"].startswith(", ".join(map(str, screen["rates"])))
        assert_screen_equals_torch(screen, SIZE, MIDDLE)


def test_every_value_of_every_control_shows_torchs_numbers(open_page):
    page = open_explorer(open_page, explorer((1, 2, 5)))
    screens = run(page, """
      const screens = [];
      const names = ["rate of layer 1", "rate of layer 2", "rate of layer 3", "kernel taps", "layers"];
      for (const name of names) {
        const before = slider(name).value;
        for (let value = Number(slider(name).min); value <= Number(slider(name).max); value++) {
          put(name, value);
          screens.push(read());
        }
        put(name, before);
      }
      return screens;
    """)  # fmt: skip
    assert len(screens) == 3 * LARGEST_RATE + len(KERNEL_SIZES) + 4
    for screen in screens:
        assert_screen_equals_torch(screen, SIZE, MIDDLE)


def test_controls_in_combination_show_torchs_numbers(open_page):
    page = open_explorer(open_page, explorer())
    rng = random.Random(1)
    settings = [
        ([rng.choice([1, 1, 2, 3, 4, 6, 16]) for _ in range(rng.randint(1, MOST_RATES))], rng.choice(KERNEL_SIZES))
        for _ in range(80)
    ]
    settings = [(rates, kernel, rng.randint(0, len(rates))) for rates, kernel in settings]
    screens = run(page, """
      return argument.map(([rates, kernel, step]) => {
        while (rateSliders().length > rates.length) press("remove layer 1");
        while (rateSliders().length < rates.length) press("Add a layer");
        rates.forEach((rate, at) => put(`rate of layer ${at + 1}`, rate));
        put("kernel taps", kernel);
        put("layers", step);
        return read();
      });
    """, settings)  # fmt: skip
    for screen, (rates, kernel, step) in zip(screens, settings, strict=True):
        assert (screen["rates"], screen["kernel"], screen["step"]) == (rates, kernel, step)
        assert_screen_equals_torch(screen, SIZE, MIDDLE)


def test_every_pixel_on_a_canvas_reads_as_torch_counts(open_page):
    page = open_explorer(open_page, explorer((3, 4), 4))
    square = truth.square((3, 4), 4)
    page.locator("[data-surface=field]").focus()
    page.keyboard.press("Home")
    for col in range(square.shape[1]):
        words = run(page, "return read();")["paths"].split(":")[1]
        assert numbers(words)[4] == int(square[0, col])
        page.keyboard.press("ArrowRight")


def test_the_canvas_is_darker_where_more_paths_lead_and_empty_in_holes(open_page):
    page = open_explorer(open_page, explorer((4, 8, 8)))
    pixels = page.evaluate("""() => {
      const canvas = document.querySelector("[data-surface=field] canvas"), side = 41, scale = canvas.width / side;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const middle = (at) => Math.floor((at + 0.5) * scale);
      const at = (row, col) => [0, 3].map((part) => data[4 * (middle(row) * canvas.width + middle(col)) + part]);
      return Array.from({ length: side }, (_, row) => Array.from({ length: side }, (_, col) => at(row, col)));
    }""")  # fmt: skip
    (red, alpha), counts = torch.tensor(pixels).unbind(dim=2), truth.square((4, 8, 8), 3)
    assert torch.equal(alpha > 0, counts > 0)  # a hole shows the page
    by_count = [red[counts == count] for count in counts.unique().tolist() if count > 0]
    assert all(shades.eq(shades[0]).all() for shades in by_count)
    means = [int(shades[0]) for shades in by_count]
    assert means == sorted(means, reverse=True)
    assert means[-1] == 0  # red of #0072B2


def test_a_field_too_large_for_numbers_says_so(open_page):
    page = open_explorer(open_page, explorer((16,) * 6, 5))
    assert "385 × 385 pixels are too many for numbers" in page.locator("[data-words=field]").inner_text()
    assert "outside of the image" in page.locator("[data-words=image]").inner_text()
    assert_screen_equals_torch(run(page, "return read();"), SIZE, MIDDLE)


def test_the_image_shows_in_reached_pixels_and_is_covered_in_holes(open_page):
    image = torch.zeros(3, *SIZE)
    page = open_explorer(open_page, GriddingExplorer((2, 2), image=image))
    red = page.evaluate("""() => {
      const canvas = document.querySelector("[data-surface=image] canvas"), scale = canvas.width / 13;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const middle = (at) => Math.floor((at + 2.5) * scale);
      const at = (row, col) => data[4 * (middle(row) * canvas.width + middle(col))];
      return Array.from({ length: 9 }, (_, row) => Array.from({ length: 9 }, (_, col) => at(row, col)));
    }""")  # fmt: skip
    holes = truth.square((2, 2), 3) == 0
    shown = torch.tensor(red)
    assert shown[~holes].eq(0).all()
    assert shown[holes].gt(200).all()


def test_an_update_of_the_largest_stack_paints_each_view_once(open_page, count_work):
    page = open_explorer(open_page, explorer((16,) * 6, 5))
    work = count_work(run, page, '{ rate: (at) => put("rate of layer 1", at % 2 ? 16 : 15) }')
    assert work["rate"]["created"] <= 6
    assert work["rate"]["painted"] <= 250
    field = 1 + (5 - 1) * 16 * 6
    assert work["rate"]["pixels"] == 2 * field**2  # the map of its paths, and its cover over the image
