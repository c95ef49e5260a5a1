"""Every control of the likelihood explorer through its range, and pairs at random: the screen says torch's numbers."""

import random

import pytest

from segedu.widgets import LikelihoodExplorer
from segedu.widgets.likelihood.core import FEATURES
from tests.widgets.likelihood.screen import SLIDERS, Truth, open_explorer, run

pytestmark = pytest.mark.browser

SWEEP = """
const screens = [];
const { name, every } = argument, values = positions(name);
for (const value of values.filter((_, at) => at % every === 0)) { put(name, value); screens.push(await read()); }
return [values.length, screens];
"""


@pytest.fixture(scope="module")
def scene():
    """Torch's numbers of the explorer's own scene."""
    return Truth(LikelihoodExplorer())


@pytest.mark.parametrize(
    ("label", "count", "every"),
    [("w", 241, 8), ("b", 241, 8), ("learning rate η", 10, 1), ("step of descent", 61, 4)],
)
def test_every_slider_through_its_range_shows_torchs_numbers(open_page, scene, label, count, every):
    positions, screens = run(open_explorer(open_page), SWEEP, {"name": label, "every": every})
    assert positions == count
    values = [screen["state"][SLIDERS[label]] for screen in screens]
    assert len(values) == len(set(values)) == 1 + (count - 1) // every  # from end to end
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
