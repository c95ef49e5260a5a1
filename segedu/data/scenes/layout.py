"""The plan of a scene: where the road runs, what stands where, and how it is lit. Numbers only, nothing is drawn."""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from segedu.data.scenes.canvas import Canvas, Window
from segedu.data.scenes.classes import PAIR
from segedu.data.scenes.dials import SceneDials

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
ROAD_HALF_WIDTH = 0.42


@dataclass(frozen=True)
class World:
    """Camera, road and light of one scene. Nearness t is 0 at the horizon and 1 at the lower edge of the image."""

    height: int
    width: int
    horizon: float  # row
    vanishing_x: float  # column where the road meets the horizon
    bottom_x: float  # column of the road's middle at t = 1
    bend: float  # sideways swing of the road, in pixels
    sun: float  # column of the sun, in widths
    light: float  # -1: light from the left, 1: from the right
    dusk: float  # 0: noon, 1: dusk
    exposure: float
    warmth: float  # -1: blue light, 1: orange light
    offsets: tuple[float, ...]  # 16 numbers in [0, 1) that shift the textures

    @property
    def unit(self) -> float:
        """The length, in pixels, that sizes refer to."""
        return min(self.height, self.width)

    def row(self, t: float | np.ndarray) -> float | np.ndarray:
        """Return the row at which the ground has nearness `t`."""
        return self.horizon + t * (self.height - self.horizon)

    def road_center(self, t: float | np.ndarray) -> float | np.ndarray:
        """Return the column of the road's middle at nearness `t`."""
        return self.vanishing_x + (self.bottom_x - self.vanishing_x) * t + self.bend * t * (1 - t)


@dataclass(frozen=True)
class Item:
    """One thing, house, tree or pole: its class, foot (column x, nearness t), size in pixels and looks in [0, 1)."""

    kind: str
    x: float
    t: float
    width: float
    height: float
    looks: np.ndarray = field(default_factory=lambda: np.zeros(16))  # drawn once the item has found its place
    instance: int = 0

    def box(self, world: World) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom in pixels."""
        foot = float(world.row(self.t))
        return self.x - self.width / 2, foot - self.height, self.x + self.width / 2, foot


def around(canvas: Canvas, item: Item, foot: float, margin: float = 0.1) -> Window:
    """Return the window of the canvas that holds an item with its foot at row `foot`, and a margin around it."""
    side, rise = item.width * (0.5 + margin), item.height * (1 + margin)
    return canvas.window(item.x - side, foot - rise, item.x + side, foot + item.height * margin + 1)


def plan_world(rng: np.random.Generator, height: int, width: int, dials: SceneDials) -> World:
    """Draw camera, road and light of one scene."""
    spread = dials.lighting
    vanishing_x = rng.uniform(0.25, 0.75) * width
    return World(
        height=height,
        width=width,
        horizon=rng.uniform(0.30, 0.42) * height,
        vanishing_x=vanishing_x,
        bottom_x=(0.5 + _side(rng) * rng.uniform(0.2, 0.55)) * width,
        bend=rng.uniform(-0.25, 0.25) * width,
        sun=rng.uniform(0.1, 0.9),
        light=_side(rng),
        dusk=spread * rng.beta(0.6, 1.2),
        exposure=math.exp(spread * rng.uniform(-0.35, 0.25)),
        warmth=spread * rng.uniform(-1, 1),
        offsets=tuple(rng.random(16)),
    )


def plan_items(rng: np.random.Generator, world: World, dials: SceneDials) -> list[Item]:
    """Draw everything that stands in the scene, sorted from far to near; things carry instance numbers from 1."""
    things = _plan_things(rng, world, dials)
    items = things + _plan_poles(rng, world, dials)
    for kind, count, nearest in (("building", rng.integers(2, 6), 0.5), ("tree", rng.integers(3, 8), 0.8)):
        for _ in range(count):
            item = _stand_on_meadow(rng, world, kind, math.exp(rng.uniform(math.log(0.1), math.log(nearest))), dials)
            if item and not _hides(item, things, world) and _free(item, items, world, kind):
                items.append(replace(item, looks=rng.random(16)))
    return sorted(items, key=lambda item: item.t)


def _plan_things(rng: np.random.Generator, world: World, dials: SceneDials) -> list[Item]:
    """Draw cars, boulders, pyramids and, rarely, sheep. Without room for a thing there is one fewer."""
    nearest = min(0.95, 0.42 * math.sqrt(dials.scale_range))
    logs = math.log(nearest / dials.scale_range), math.log(nearest)
    kinds = [_draw_kind(rng, dials) for _ in range(rng.integers(dials.objects[0], dials.objects[1] + 1))]
    if rng.random() < dials.rare:
        kinds += ["sheep"] * int(rng.integers(1, 4))
    things: list[Item] = []
    for kind in kinds:
        friends = [thing for thing in things if thing.kind == kind]
        for _ in range(24):
            touching = bool(friends) and rng.random() < dials.overlap
            item: Item | None
            if touching:
                item = _lean_on(rng, friends[rng.integers(len(friends))], world, dials)
            else:
                item = _place(rng, world, kind, math.exp(rng.uniform(*logs)), dials)
            if item and _visible(item, things, world, touching):
                things.append(item)
                break
    return [replace(thing, looks=rng.random(16), instance=number) for number, thing in enumerate(things, start=1)]


def _draw_kind(rng: np.random.Generator, dials: SceneDials) -> str:
    if rng.random() >= dials.pair_share:
        return "car"
    return PAIR[int(rng.integers(2))]


def _make(rng: np.random.Generator, world: World, kind: str, x: float, t: float, dials: SceneDials) -> Item:
    scale = world.unit * t * rng.uniform(0.85, 1.15) * (dials.pair_size if kind in PAIR else 1.0)
    width, height = SIZES[kind]
    return Item(kind, x, t, width * scale, height * scale)


def _place(rng: np.random.Generator, world: World, kind: str, t: float, dials: SceneDials) -> Item | None:
    if kind != "car":
        return _stand_on_meadow(rng, world, kind, t, dials)
    lane = 0.5 * _side(rng) * ROAD_HALF_WIDTH * world.unit * t
    x = float(world.road_center(t)) + lane
    return _make(rng, world, kind, x, t, dials) if 0 <= x <= world.width else None


def _stand_on_meadow(rng: np.random.Generator, world: World, kind: str, t: float, dials: SceneDials) -> Item | None:
    """Return an item beside the road at nearness `t`, or None if the column drawn lies on the road."""
    item = _make(rng, world, kind, rng.uniform(0.02, 0.98) * world.width, t, dials)
    return item if _beside_road(item, world, 0.5) else None


def _beside_road(item: Item, world: World, margin: float) -> bool:
    """Whether the item's foot keeps `margin` of its width off the road."""
    clearance = ROAD_HALF_WIDTH * world.unit * item.t * 1.08 + margin * item.width
    return abs(item.x - float(world.road_center(item.t))) > clearance


def _side(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _lean_on(rng: np.random.Generator, friend: Item, world: World, dials: SceneDials) -> Item | None:
    """Return an item that touches its friend or hides a part of it: a car in the same lane, others beside it.

    None if the place drawn lies on the road.
    """
    if friend.kind == "car":
        t = friend.t * rng.uniform(0.74, 0.88) ** _side(rng)
        lane = (friend.x - float(world.road_center(friend.t))) / friend.t
        return _make(rng, world, "car", float(world.road_center(t)) + lane * t, min(t, 0.95), dials)
    t = friend.t * rng.uniform(0.96, 1.04)
    spacing = rng.uniform(0.5, 0.9) * (0.72 if friend.kind in PAIR else 1.0)  # a stone fills 3/4 of its box
    x = friend.x + _side(rng) * spacing * friend.width
    item = _make(rng, world, friend.kind, x, t, dials)
    return item if _beside_road(item, world, 0.3) else None


def _visible(item: Item, others: list[Item], world: World, touching: bool) -> bool:
    """Whether the item lies mostly on the canvas and hides no other (or, if it may touch, not too much of one)."""
    left, _, right, bottom = item.box(world)
    shown = min(right, world.width) - max(left, 0)
    if shown < 0.6 * item.width or bottom > world.height + 0.2 * item.height:
        return False
    allowed = 0.55 if touching else 0.0
    return all(_overlap(item, other, world, margin=0 if touching else 2) <= allowed for other in others)


def _overlap(first: Item, second: Item, world: World, margin: float = 0) -> float:
    """Return the shared area of two boxes as a part of the smaller one."""
    a, b = first.box(world), second.box(world)
    width = min(a[2], b[2]) - max(a[0], b[0]) + margin
    height = min(a[3], b[3]) - max(a[1], b[1]) + margin
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min(first.width * first.height, second.width * second.height)


def _hides(item: Item, things: list[Item], world: World) -> bool:
    return any(item.t > thing.t and _overlap(item, thing, world, margin=2) > 0 for thing in things)


def _free(item: Item, items: list[Item], world: World, kind: str) -> bool:
    """Whether a house or tree keeps off its like, so that no two houses grow into each other."""
    return all(other.kind != kind or _overlap(item, other, world) < 0.25 for other in items)


def _plan_poles(rng: np.random.Generator, world: World, dials: SceneDials) -> list[Item]:
    """Draw a row of poles along one side of the road, evenly spaced on the ground."""
    side = _side(rng)
    count = round(dials.thin * rng.integers(2, 5))
    first = rng.uniform(1.25, 1.9)
    spacing = rng.uniform(0.9, 1.6)
    poles = []
    for number in range(count):
        t = 1 / (first + spacing * number)
        x = float(world.road_center(t)) + side * ROAD_HALF_WIDTH * world.unit * t * 1.25
        poles.append(_make(rng, world, "pole", x, t, dials))
    return poles
