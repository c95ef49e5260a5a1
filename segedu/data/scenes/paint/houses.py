"""Houses on the meadows: the gable wall faces us, its neighbor and the roof run to the vanishing point."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, Window, convex, rgb, soft
from segedu.data.scenes.classes import BUILDING
from segedu.data.scenes.paint.backdrop import hazy, mix
from segedu.data.scenes.world import Item, World

WALLS = (
    rgb(0.86, 0.80, 0.70),
    rgb(0.80, 0.60, 0.46),
    rgb(0.74, 0.74, 0.72),
    rgb(0.90, 0.86, 0.80),
    rgb(0.68, 0.45, 0.38),
)
ROOFS = (
    rgb(0.52, 0.24, 0.18),
    rgb(0.36, 0.30, 0.30),
    rgb(0.45, 0.33, 0.24),
)
IN_SHADE = 0.72  # what is left of a color on the side away from the light

Point = tuple[float, float]  # x, y on the canvas


def paint_house(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a gabled house: side wall, roof, then the gable wall with its windows."""
    foot = float(world.row(item.t))
    eaves = foot - item.height * (0.42 + 0.2 * item.looks[0])
    ridge = foot - item.height * (0.72 + 0.25 * item.looks[0])
    toward = 1 if world.vanishing_x > item.x else -1  # the side that we see lies towards the vanishing point
    near = item.x + toward * item.width / 2
    far = item.x - toward * item.width / 2
    depth = 0.25 + 0.3 * item.looks[1]  # how far the house reaches, as a part of the way to the vanishing point

    def recede(x: float, y: float) -> Point:
        return x + (world.vanishing_x - x) * depth, y + (world.horizon - y) * depth

    # The corners of what we see, walls from the ground up.
    side_wall = [(near, foot), (near, eaves), recede(near, eaves), recede(near, foot)]
    roof = [(near, eaves), (item.x, ridge), recede(item.x, ridge), recede(near, eaves)]
    gable_wall = [(far, foot), (far, eaves), (item.x, ridge), (near, eaves), (near, foot)]

    xs, ys = zip(*side_wall, *roof, *gable_wall, strict=True)
    window = canvas.window(min(xs), min(ys), max(xs), foot)
    if window.empty:
        return

    wall_color = WALLS[int(item.looks[2] * len(WALLS))]
    roof_color = ROOFS[int(item.looks[3] * len(ROOFS))]
    side_light = 1.0 if world.light * toward > 0 else IN_SHADE
    gable_light = 1 + IN_SHADE - side_light  # light falls on the one or on the other
    rough = 1 + 0.03 * canvas.texture(window, (item.looks[4], item.looks[5]), 1.0)
    for points, color in (
        (side_wall, wall_color * side_light * 0.85),
        (roof, roof_color * side_light),
        (gable_wall, wall_color * gable_light * 0.95),
    ):
        covered = convex(window, _clockwise(points))
        canvas.paint(window, covered, hazy(color * rough, world, item.t), BUILDING)
    _paint_panes(canvas, world, item, window, eaves, foot)


def _clockwise(points: list[Point]) -> list[Point]:
    pairs = zip(points, points[1:] + points[:1], strict=True)
    area = sum(xa * yb - xb * ya for (xa, ya), (xb, yb) in pairs)
    return points if area > 0 else points[::-1]


def _paint_panes(
    canvas: Canvas,
    world: World,
    item: Item,
    window: Window,
    eaves: float,
    foot: float,
) -> None:
    """Paint rows of windows on the wall that faces us."""
    # Places on the wall below the eaves: x and y from 0 to 1, then within one window's part of it.
    wall_height = foot - eaves
    x = (window.x - item.x) / item.width + 0.5
    y = (foot - window.y) / wall_height
    columns = 3 + int(item.looks[6] * 2)
    floors = 2
    across = (x * columns) % 1
    up = (y * floors) % 1

    pane = np.minimum(
        (0.24 - np.abs(across - 0.5)) * item.width / columns,
        (0.22 - np.abs(up - 0.55)) * wall_height / floors,
    )
    inside = (x > 0) & (x < 1) & (y > 0) & (y < 0.98)
    glass = mix(rgb(0.16, 0.20, 0.26), rgb(0.98, 0.80, 0.42), world.dusk)
    canvas.tint(window, soft(pane) * inside * 0.85, hazy(glass, world, item.t))
