"""What stands on the meadows: trees, houses and sheep, and the shadow under each thing."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, Window, convex, rgb, soft
from segedu.data.scenes.classes import BUILDING, PAIR, SHEEP, TREE
from segedu.data.scenes.paint.backdrop import hazy, mix
from segedu.data.scenes.world import Item, World, around

WALLS = ((0.86, 0.80, 0.70), (0.80, 0.60, 0.46), (0.74, 0.74, 0.72), (0.90, 0.86, 0.80), (0.68, 0.45, 0.38))
ROOFS = ((0.52, 0.24, 0.18), (0.36, 0.30, 0.30), (0.45, 0.33, 0.24))


def paint_shadow(canvas: Canvas, world: World, item: Item, strength: float = 0.45) -> None:
    """Darken the ground under an item: an ellipse that leans away from the light."""
    foot = float(world.row(item.t))
    reach = 0.46 if item.kind in PAIR else 0.6
    radius, flat = item.width * reach, max(item.width * reach * 0.22, 1.0)
    x = item.x - world.light * item.width * 0.12
    window = canvas.window(x - radius * 1.2, max(foot - flat * 2, world.horizon), x + radius * 1.2, foot + flat * 2)
    if not window.empty:
        spread = ((window.x - x) / radius) ** 2 + ((window.y - foot) / flat) ** 2
        canvas.tint(window, strength * np.clip(1.4 - spread, 0, 1), rgb(0.05, 0.07, 0.06))


def paint_sheep(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a sheep from the side."""
    foot = float(world.row(item.t))
    window = around(canvas, item, foot, 0.2)
    if window.empty:
        return
    w, h = item.width, item.height
    facing = 1 if item.looks[0] < 0.5 else -1
    x, y = (window.x - item.x) / w * facing, (foot - window.y) / h
    legs = np.minimum(
        (0.035 - np.minimum(np.abs(np.abs(x + 0.05) - 0.2), np.abs(np.abs(x + 0.05) - 0.1))) * w,
        np.minimum(y, 0.5 - y) * h,
    )
    canvas.paint(window, soft(np.maximum(legs, -1)), rgb(0.16, 0.14, 0.13), SHEEP, item.instance)
    curls = canvas.texture(window, (item.looks[1], item.looks[2]), 0.8, 3)
    fleece = (1 - np.sqrt(((x + 0.05) / 0.40) ** 2 + ((y - 0.6) / 0.36) ** 2)) * 0.38 * h + curls * min(0.8, 0.04 * h)
    shade = np.clip(0.62 + 0.42 * y, 0, 1) * (1 + 0.05 * curls)
    canvas.paint(window, soft(fleece), hazy(rgb(0.93, 0.90, 0.83) * shade[None], world, item.t), SHEEP, item.instance)
    head = (1 - np.sqrt(((x - 0.37) / 0.12) ** 2 + ((y - 0.72) / 0.2) ** 2)) * 0.15 * h
    canvas.paint(window, soft(head), rgb(0.17, 0.15, 0.14), SHEEP, item.instance)


def paint_tree(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a broad-leaved tree or a fir."""
    foot = float(world.row(item.t))
    window = around(canvas, item, foot, 0.15)
    if window.empty:
        return
    looks, w, h = item.looks, item.width, item.height
    x, y = (window.x - item.x) / w, (foot - window.y) / h
    trunk = np.minimum((0.05 - np.abs(x)) * w, np.minimum(y, 0.5 - y) * h)
    canvas.paint(
        window,
        soft(trunk),
        hazy(rgb(0.30, 0.22, 0.15) * (1 + 0.4 * world.light * np.clip(x * 8, -1, 1))[None], world, item.t),
        TREE,
    )
    leaves = canvas.texture(window, (looks[1], looks[2]), 1.0, 2.5)
    crown, height = _fir(x, y, w) if looks[0] < 0.35 else _crown(x, y, w, looks)
    green = (
        mix(rgb(0.20, 0.42, 0.14), rgb(0.42, 0.50, 0.14), looks[3] ** 2) if looks[0] >= 0.35 else rgb(0.13, 0.33, 0.22)
    )
    light = 0.62 + 0.5 * height + 0.16 * world.light * np.clip(2 * x, -1, 1) + 0.13 * leaves
    canvas.paint(window, soft(crown + leaves * min(1.2, 0.04 * w)), hazy(green * light[None], world, item.t), TREE)


def _crown(x: np.ndarray, y: np.ndarray, width: float, looks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance inside a crown of five balls and its height in [0, 1] within the ball that shows."""
    crown, height = np.full_like(x + y, -np.inf), np.zeros_like(x + y)
    for number in range(5):
        turn = 2 * np.pi * (number / 5 + 0.1 * looks[4 + number])
        cx, cy = 0.20 * np.cos(turn), 0.64 + 0.14 * np.sin(turn)
        radius = 0.24 + 0.06 * looks[9 + number]
        inside = (radius - np.sqrt((x - cx) ** 2 + ((y - cy) * 1.5) ** 2)) * width
        height = np.where(inside > crown, np.clip(0.5 + (y - cy) / (2 * radius), 0, 1), height)
        crown = np.maximum(crown, inside)
    return crown, height


def _fir(x: np.ndarray, y: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance inside four stacked skirts and the height in [0, 1] within each."""
    step = np.clip((y - 0.12) / 0.88, 0, 1) * 4
    within = step % 1
    half = 0.42 * (1 - 0.8 * np.floor(step) / 4) * (1 - 0.62 * within)
    inside = np.minimum((half - np.abs(x)) * width * 0.8, np.minimum(y - 0.12, 0.99 - y) * width * 1.6)
    return inside, 0.15 + 0.7 * within


def paint_house(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a gabled house: the wall that faces us, and the side and roof that run to the vanishing point."""
    foot, w = float(world.row(item.t)), item.width
    wall, ridge = foot - item.height * (0.42 + 0.2 * item.looks[0]), foot - item.height * (0.72 + 0.25 * item.looks[0])
    toward = 1 if world.vanishing_x > item.x else -1
    near, far = item.x + toward * w / 2, item.x - toward * w / 2
    depth = 0.25 + 0.3 * item.looks[1]

    def recede(x: float, y: float) -> tuple[float, float]:
        return x + (world.vanishing_x - x) * depth, y + (world.horizon - y) * depth

    left, right = min(near, far, recede(near, foot)[0]), max(near, far, recede(near, foot)[0], recede(item.x, ridge)[0])
    window = canvas.window(min(left, recede(item.x, ridge)[0]), min(ridge, recede(item.x, ridge)[1]), right, foot)
    if window.empty:
        return
    color = rgb(*WALLS[int(item.looks[2] * len(WALLS))])
    roof = rgb(*ROOFS[int(item.looks[3] * len(ROOFS))])
    lit = 1.0 if world.light * toward > 0 else 0.72
    rough = 1 + 0.03 * canvas.texture(window, (item.looks[4], item.looks[5]), 1.0)
    for points, shade in (
        ([(near, foot), (near, wall), recede(near, wall), recede(near, foot)], color * lit * 0.85),
        ([(near, wall), (item.x, ridge), recede(item.x, ridge), recede(near, wall)], roof * lit),
        ([(far, foot), (far, wall), (item.x, ridge), (near, wall), (near, foot)], color * (1.72 - lit) * 0.95),
    ):
        canvas.paint(window, convex(window, _clockwise(points)), hazy(shade * rough, world, item.t), BUILDING)
    _paint_panes(canvas, world, item, window, wall, foot)


def _clockwise(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    area = sum(xa * yb - xb * ya for (xa, ya), (xb, yb) in zip(points, points[1:] + points[:1], strict=True))
    return points if area > 0 else points[::-1]


def _paint_panes(canvas: Canvas, world: World, item: Item, window: Window, wall: float, foot: float) -> None:
    """Paint rows of windows and a door on the wall that faces us."""
    x, y = (window.x - item.x) / item.width + 0.5, (foot - window.y) / (foot - wall)
    columns, floors = 3 + int(item.looks[6] * 2), 2
    across, up = (x * columns) % 1, (y * floors) % 1
    pane = np.minimum(
        (0.24 - np.abs(across - 0.5)) * item.width / columns, (0.22 - np.abs(up - 0.55)) * (foot - wall) / floors
    )
    inside = (x > 0) & (x < 1) & (y > 0) & (y < 0.98)
    glass = mix(rgb(0.16, 0.20, 0.26), rgb(0.98, 0.80, 0.42), world.dusk)
    canvas.tint(window, soft(pane) * inside * 0.85, hazy(glass, world, item.t))
