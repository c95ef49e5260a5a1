"""Every control of the augmentation lab through every value: the pictures on screen are torchvision's."""

import random

import numpy as np
import pytest

from segedu.widgets.augmentation.core import augment
from segedu.widgets.augmentation.figure import paint_labels
from segedu.widgets.augmentation.settings import draw_setting
from tests.widgets.augmentation import truth
from tests.widgets.augmentation.screen import NAMES, SIZE, SLIDERS, colors_of, open_lab, run, small_lab

LAB = small_lab(elastic=2.0)
ARGUMENT = {"names": NAMES, "size": SIZE}


def assert_screen(screen):
    """Compare both output pictures with what torchvision makes of the setting that the page holds."""
    setting = {name: screen["setting"][name] for name in NAMES}
    other = {**setting, **draw_setting(screen["setting"]["draw_number"] % 40 + 1, SIZE)}
    made = augment(LAB.image, LAB.label_map, setting, other)
    sure = ~truth.ties_of(setting, other, LAB.label_map)
    shown = colors_of(screen["labels"])
    expected = paint_labels(made.labels.numpy(), LAB.colors)
    assert np.array_equal(shown[sure], expected[sure]), setting
    image = made.image.permute(1, 2, 0).numpy() * 255
    assert np.abs(image - colors_of(screen["image"])).max() <= 1, setting


@pytest.mark.parametrize("name", SLIDERS)
def test_every_value_of_every_slider_shows_torchvisions_pictures(open_page, name):
    screens = run(open_lab(open_page, LAB), """
      const input = slider(argument.name), screens = [], shown = new Set();
      for (let value = Number(input.min); value <= Number(input.max) + 1e-9; value += Number(input.step)) {
        put(argument.name, value);
        shown.add(input.parentElement.querySelector("output").textContent);
        screens.push(screen(argument));
      }
      return { screens, shown: shown.size, steps: Math.round((input.max - input.min) / input.step) + 1 };
    """, {**ARGUMENT, "name": name})  # fmt: skip
    assert len(screens["screens"]) == screens["steps"] > 5
    assert screens["shown"] == (screens["steps"] if name != "random draw" else 1)
    for screen in screens["screens"]:
        assert_screen(screen)


def test_every_switch_and_choice_shows_torchvisions_pictures(open_page):
    screens = run(open_lab(open_page, LAB), """
      const screens = [];
      const off = [false, true], mistakes = ["none", "bilinear", "left behind", "two draws"];
      for (const right of off) for (const down of off)
        for (const mistake of mistakes) for (const fill of ["void", "class 0"]) {
          check("flip left-right", right);
          check("flip up-down", down);
          pick("mistake", mistake);
          pick("outside, labels become", fill);
          screens.push(screen(argument));
        }
      for (let at = 0; at < 5; at++) {
        press("another field");
        screens.push(screen(argument));
      }
      return screens;
    """, ARGUMENT)  # fmt: skip
    assert len({str(screen["setting"]) for screen in screens}) == 37
    for screen in screens:
        assert_screen(screen)


def test_random_pairs_of_controls_show_torchvisions_pictures(open_page):
    rng = random.Random(2)
    pairs = [[(name, rng.random()) for name in rng.sample(SLIDERS, 2)] for _ in range(50)]
    screens = run(open_lab(open_page, LAB), """
      const screens = [];
      for (const [at, pair] of argument.pairs.entries()) {
        for (const [name, part] of pair) {
          const input = slider(name);
          put(name, Number(input.min) + part * (input.max - input.min));
        }
        if (at % 3 === 0) pick("mistake", ["none", "bilinear", "left behind", "two draws"][(at / 3) % 4]);
        screens.push(screen(argument));
      }
      return screens;
    """, {**ARGUMENT, "pairs": pairs})  # fmt: skip
    for screen in screens:
        assert_screen(screen)
