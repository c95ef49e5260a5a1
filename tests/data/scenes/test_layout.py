"""The plan of a scene: things are in sight, and no house or tree stands before one."""

import numpy as np

from segedu.data.scenes.classes import THINGS
from segedu.data.scenes.dials import SceneDials
from segedu.data.scenes.layout import Planner, plan_world
from segedu.data.scenes.world import Item, World


def plans(**dials: float) -> list[tuple[World, list[Item]]]:
    """Return 40 worlds and what stands in each."""
    settings = SceneDials(objects=(6, 12), rare=0.5, **dials)
    result = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        world = plan_world(rng, 60, 100, settings)
        result.append((world, Planner(rng, world, settings).plan()))
    return result


def test_six_tenths_of_each_thing_s_width_lie_on_the_canvas() -> None:
    for world, items in plans():
        for left, _, right, _ in (item.box(world) for item in items if item.kind in THINGS):
            assert min(right, world.width) - max(left, 0) >= 0.6 * (right - left) - 1e-9


def test_no_house_or_tree_hides_a_part_of_a_thing() -> None:
    for world, items in plans():
        for thing in (item for item in items if item.kind in THINGS):
            left, top, right, bottom = thing.box(world)
            for other in (item for item in items if item.kind in ("building", "tree") and item.t > thing.t):
                a, b, c, d = other.box(world)
                assert c <= left or a >= right or d <= top or b >= bottom


def test_without_overlap_no_two_things_share_a_pixel_of_their_boxes() -> None:
    for world, items in plans(overlap=0.0):
        boxes = [item.box(world) for item in items if item.kind in THINGS]
        for number, (left, top, right, bottom) in enumerate(boxes):
            for a, b, c, d in boxes[:number]:
                assert c <= left or a >= right or d <= top or b >= bottom
