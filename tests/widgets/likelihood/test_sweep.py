"""Every control of the likelihood explorer at every value, and pairs at random: the screen says torch's numbers."""

import random

import pytest

from segedu.widgets import LikelihoodExplorer
from segedu.widgets.likelihood.core import FEATURES
from tests.widgets.likelihood.screen import SLIDERS, Truth, open_explorer, run

pytestmark = pytest.mark.browser

SWEEP = """
const screens = [];
for (const value of positions(argument)) { put(argument, value); screens.push(await read()); }
return screens;
"""


@pytest.fixture(scope="module")
def scene():
    """Torch's numbers of the explorer's own scene."""
    return Truth(LikelihoodExplorer())


@pytest.mark.parametrize(("label", "count"), [("w", 241), ("b", 241), ("learning rate η", 10), ("step of descent", 61)])
def test_every_value_of_every_slider_shows_torchs_numbers(open_page, scene, label, count):
    screens = run(open_explorer(open_page), SWEEP, label)
    values = [screen["state"][SLIDERS[label]] for screen in screens]
    assert len(values) == len(set(values)) == count
    for screen in screens:
        scene.check(screen)


def test_every_target_with_every_feature_shows_torchs_numbers(open_page, scene):
    page = open_explorer(open_page)
    pairs = [[str(target), feature] for target in range(10) for feature in FEATURES]
    screens = run(page, """
      const screens = [];
      for (const [target, feature] of argument) {
        choose("look for", target); choose("by x =", feature); screens.push(await read());
      }
      return screens;
    """, pairs)  # fmt: skip
    assert [[str(screen["state"]["target"]), screen["state"]["feature"]] for screen in screens] == pairs
    for screen in screens:
        scene.check(screen)


def test_pairs_of_controls_at_random_show_torchs_numbers(open_page, scene):
    rng = random.Random(5)
    names = ["w", "b", "learning rate η"]
    moves = [
        [str(rng.randrange(10)), rng.choice(list(FEATURES)), [[name, rng.random()] for name in rng.sample(names, 2)]]
        for _ in range(60)
    ]
    screens = run(open_explorer(open_page), """
      const screens = [];
      for (const [target, feature, pair] of argument) {
        choose("look for", target); choose("by x =", feature);
        for (const [name, at] of pair) { const all = positions(name); put(name, all[Math.floor(at * all.length)]); }
        screens.push(await read());
      }
      return screens;
    """, moves)  # fmt: skip
    for screen in screens:
        scene.check(screen)
