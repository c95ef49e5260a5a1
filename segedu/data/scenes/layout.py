"""The plan of a scene: where the road runs, what stands where, and how it is lit. Numbers only, nothing is drawn.

Every number comes from one generator, so the order of the draws is part of what a scene is.
"""

import math
from dataclasses import replace

import numpy as np

from segedu.data.scenes.classes import PAIR
from segedu.data.scenes.dials import SceneDials
from segedu.data.scenes.world import ROAD_HALF_WIDTH, Item, World

# Width and height at nearness 1, as parts of the scene's unit (the shorter side of the image).
SIZES: dict[str, tuple[float, float]] = {
    "car": (0.40, 0.29),
    "boulder": (0.70, 0.60),  # one box for both, so that both find their places alike
    "pyramid": (0.70, 0.60),
    "sheep": (0.24, 0.18),
    "tree": (0.60, 1.00),
    "building": (0.95, 0.95),
    "pole": (0.10, 1.15),
}
TRIES = 24  # places that are tried for a thing before there is one thing fewer
FARTHEST_SCENERY = 0.1  # nearness of the farthest houses and trees
NEAREST_THING = 0.95
STONE_SHARE = 0.72  # of its box that a stone fills from side to side


def plan_world(rng: np.random.Generator, height: int, width: int, dials: SceneDials) -> World:
    """Draw camera, road and light of one scene."""
    spread = dials.lighting
    vanishing_x = rng.uniform(0.25, 0.75) * width
    return World(
        height=height,
        width=width,
        horizon=rng.uniform(0.30, 0.42) * height,
        vanishing_x=vanishing_x,
        bottom_x=(0.5 + _draw_side(rng) * rng.uniform(0.2, 0.55)) * width,
        bend=rng.uniform(-0.25, 0.25) * width,
        sun=rng.uniform(0.1, 0.9),
        light=_draw_side(rng),
        dusk=spread * rng.beta(0.6, 1.2),
        exposure=math.exp(spread * rng.uniform(-0.35, 0.25)),
        warmth=spread * rng.uniform(-1, 1),
        offsets=tuple(rng.random(16)),
    )


class Planner:
    """Draw what stands in the world of one scene, as its dials ask for."""

    def __init__(self, rng: np.random.Generator, world: World, dials: SceneDials) -> None:
        self.rng = rng
        self.world = world
        self.dials = dials

    def plan(self) -> list[Item]:
        """Return everything that stands in the scene, from far to near; things carry instance numbers from 1."""
        things = self._plan_things()
        items = things + self._plan_poles()
        houses = self.rng.integers(2, 6)
        trees = self.rng.integers(3, 8)
        for kind, count, nearest in (("building", houses, 0.5), ("tree", trees, 0.8)):
            for _ in range(count):
                t = self._draw_nearness(FARTHEST_SCENERY, nearest)
                item = self._stand_on_meadow(kind, t)
                if item is None or _hides_one(item, things, self.world):
                    continue
                if _is_free(item, items, self.world):
                    items.append(replace(item, looks=self.rng.random(16)))
        return sorted(items, key=lambda item: item.t)

    def _plan_things(self) -> list[Item]:
        """Return cars, boulders, pyramids and, rarely, sheep. Without room for a thing there is one fewer."""
        fewest, most = self.dials.objects
        kinds = [self._draw_kind() for _ in range(self.rng.integers(fewest, most + 1))]
        if self.rng.random() < self.dials.rare:
            kinds += ["sheep"] * int(self.rng.integers(1, 4))
        things: list[Item] = []
        for kind in kinds:
            thing = self._find_place(kind, things)
            if thing:
                things.append(thing)

        # Looks are drawn last, for those that stand somewhere.
        numbered = enumerate(things, 1)
        return [replace(thing, looks=self.rng.random(16), instance=number) for number, thing in numbered]

    def _draw_kind(self) -> str:
        if self.rng.random() >= self.dials.pair_share:
            return "car"
        return PAIR[int(self.rng.integers(2))]

    def _find_place(self, kind: str, others: list[Item]) -> Item | None:
        """Return a thing where it is seen and hides none of the others, or not too much of one that it touches."""
        nearest = min(NEAREST_THING, 0.42 * math.sqrt(self.dials.scale_range))
        farthest = nearest / self.dials.scale_range
        friends = [other for other in others if other.kind == kind]
        for _ in range(TRIES):
            touching = bool(friends) and self.rng.random() < self.dials.overlap
            if touching:
                friend = friends[self.rng.integers(len(friends))]
                item = self._lean_on(friend)
            else:
                item = self._place(kind, self._draw_nearness(farthest, nearest))
            if item and _is_visible(item, others, self.world, touching):
                return item
        return None

    def _draw_nearness(self, farthest: float, nearest: float) -> float:
        """Return a nearness, drawn evenly on a logarithmic scale: ground far away is as likely as ground near by."""
        logarithm = self.rng.uniform(math.log(farthest), math.log(nearest))
        return math.exp(logarithm)

    def _place(self, kind: str, t: float) -> Item | None:
        """Return an item at nearness `t`, cars in a lane, others on the meadow; None if there is no ground for it."""
        if kind != "car":
            return self._stand_on_meadow(kind, t)
        lane = 0.5 * _draw_side(self.rng) * ROAD_HALF_WIDTH * self.world.unit * t
        x = float(self.world.road_center(t)) + lane
        if not 0 <= x <= self.world.width:
            return None
        return self._item(kind, x, t)

    def _stand_on_meadow(self, kind: str, t: float) -> Item | None:
        """Return an item beside the road at nearness `t`, or None if the column drawn lies on the road."""
        x = self.rng.uniform(0.02, 0.98) * self.world.width
        item = self._item(kind, x, t)
        return item if _is_beside_road(item, self.world, 0.5) else None

    def _lean_on(self, friend: Item) -> Item | None:
        """Return an item that touches its friend or hides a part of it: a car in the same lane, others beside it.

        None if the place drawn lies on the road.
        """
        if friend.kind == "car":
            return self._drive_behind(friend)
        t = friend.t * self.rng.uniform(0.96, 1.04)
        spacing = self.rng.uniform(0.5, 0.9)
        if friend.kind in PAIR:
            spacing *= STONE_SHARE
        x = friend.x + _draw_side(self.rng) * spacing * friend.width
        item = self._item(friend.kind, x, t)
        return item if _is_beside_road(item, self.world, 0.3) else None

    def _drive_behind(self, car: Item) -> Item:
        """Return a car in the lane of another, behind or before it."""
        factor = self.rng.uniform(0.74, 0.88)
        t = car.t * factor ** _draw_side(self.rng)
        lane = (car.x - float(self.world.road_center(car.t))) / car.t
        x = float(self.world.road_center(t)) + lane * t
        return self._item("car", x, min(t, NEAREST_THING))

    def _plan_poles(self) -> list[Item]:
        """Return a row of poles along one side of the road, evenly spaced on the ground."""
        side = _draw_side(self.rng)
        count = round(self.dials.thin * self.rng.integers(2, 5))
        first = self.rng.uniform(1.25, 1.9)
        spacing = self.rng.uniform(0.9, 1.6)
        poles = []
        for number in range(count):
            t = 1 / (first + spacing * number)
            away = ROAD_HALF_WIDTH * self.world.unit * t * 1.25
            x = float(self.world.road_center(t)) + side * away
            poles.append(self._item("pole", x, t))
        return poles

    def _item(self, kind: str, x: float, t: float) -> Item:
        """Return an item at column `x` and nearness `t`, in the size of its kind give or take 15 %."""
        magnification = self.dials.pair_size if kind in PAIR else 1.0
        scale = self.world.unit * t * self.rng.uniform(0.85, 1.15) * magnification
        width, height = SIZES[kind]
        return Item(kind, x, t, width * scale, height * scale)


def _draw_side(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _is_beside_road(item: Item, world: World, margin: float) -> bool:
    """Whether the item's foot keeps `margin` of its width off the road."""
    clearance = ROAD_HALF_WIDTH * world.unit * item.t * 1.08 + margin * item.width
    return abs(item.x - float(world.road_center(item.t))) > clearance


def _is_visible(item: Item, others: list[Item], world: World, touching: bool) -> bool:
    """Whether the item lies mostly on the canvas and hides no other (or, if it may touch, not too much of one)."""
    left, _, right, bottom = item.box(world)
    on_canvas = min(right, world.width) - max(left, 0)
    if on_canvas < 0.6 * item.width or bottom > world.height + 0.2 * item.height:
        return False
    if touching:
        return all(_overlap(item, other, world, margin=0) <= 0.55 for other in others)
    return all(_overlap(item, other, world, margin=2) <= 0.0 for other in others)


def _hides_one(item: Item, things: list[Item], world: World) -> bool:
    farther = [thing for thing in things if thing.t < item.t]
    return any(_overlap(item, thing, world, margin=2) > 0 for thing in farther)


def _is_free(item: Item, items: list[Item], world: World) -> bool:
    """Whether a house or tree keeps off its like, so that no two houses grow into each other."""
    like = [other for other in items if other.kind == item.kind]
    return all(_overlap(item, other, world, margin=0) < 0.25 for other in like)


def _overlap(first: Item, second: Item, world: World, margin: float) -> float:
    """Return the shared area of two boxes, `margin` pixels wider and higher, as a part of the smaller one."""
    left, top, right, bottom = first.box(world)
    other_left, other_top, other_right, other_bottom = second.box(world)
    width = min(right, other_right) - max(left, other_left) + margin
    height = min(bottom, other_bottom) - max(top, other_top) + margin
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min(first.width * first.height, second.width * second.height)
    return width * height / smaller
