"""What people put along the road: cars, and poles with their wires."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, rgb, soft
from segedu.data.scenes.classes import CAR, POLE
from segedu.data.scenes.dials import SceneDials
from segedu.data.scenes.paint.backdrop import hazy, mix
from segedu.data.scenes.world import Item, World, around

PAINTS = (
    rgb(0.75, 0.13, 0.12),
    rgb(0.13, 0.28, 0.62),
    rgb(0.86, 0.86, 0.84),
    rgb(0.90, 0.68, 0.12),
    rgb(0.16, 0.17, 0.19),
    rgb(0.22, 0.45, 0.40),
)
TIRE = rgb(0.07, 0.07, 0.08)
GLASS = rgb(0.10, 0.13, 0.17)
SKY_IN_GLASS = rgb(0.55, 0.65, 0.72)


def paint_car(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a car seen from behind."""
    foot = float(world.row(item.t))
    window = around(canvas, item, foot)
    if window.empty:
        return
    w = item.width
    h = item.height
    x = (window.x - item.x) / w  # −1/2 … 1/2 from left to right
    y = (foot - window.y) / h  # 0 at the ground, 1 at the roof
    from_middle = np.abs(x)

    # What follows are distances inside of a part, in pixels: to its sides, and from its bottom to its top.
    wheels = np.minimum((0.085 - np.abs(from_middle - 0.36)) * w, _between(y, 0, 0.3) * h)
    canvas.paint(window, soft(wheels), hazy(TIRE, world, item.t), CAR, item.instance)

    half_width = np.where(y < 0.52, 0.5 - 0.03 * y, 0.44 - 0.26 * (y - 0.52) / 0.48)
    round_roof = (1 - y) * h - 4 * w * np.clip(from_middle - 0.1, 0, 1) ** 3
    body = np.minimum((half_width - from_middle) * w, np.minimum((y - 0.12) * h, round_roof))
    light = 0.75 + 0.45 * np.clip(y, 0, 1) - 0.12 * world.light * x * -2
    paint = PAINTS[int(item.looks[0] * len(PAINTS))]
    canvas.paint(window, soft(body), hazy(paint * light[None], world, item.t), CAR, item.instance)

    pane = np.minimum((half_width - 0.06 - from_middle) * w, _between(y, 0.58, 0.93) * h)
    glass = mix(GLASS, SKY_IN_GLASS, np.clip((y - 0.58) * 1.8, 0, 1)[None])
    canvas.tint(window, soft(pane), hazy(glass, world, item.t))

    lamps = np.minimum((0.06 - np.abs(from_middle - 0.41)) * w, _between(y, 0.38, 0.5) * h)
    canvas.tint(window, soft(lamps), rgb(0.88, 0.10, 0.08))

    plate = np.minimum((0.13 - from_middle) * w, (0.045 - np.abs(y - 0.3)) * h)
    canvas.tint(window, soft(plate), rgb(0.93, 0.90, 0.72))

    underside = np.minimum(body, (0.2 - y) * h)
    canvas.tint(window, soft(underside) * 0.5, rgb(0.05, 0.05, 0.06))


def _between(y: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return how far y lies inside of low … high, negative outside."""
    return np.minimum(y - low, high - y)


def paint_pole(
    canvas: Canvas,
    world: World,
    item: Item,
    farther: Item | None,
    dials: SceneDials,
) -> None:
    """Paint a pole with its crossarm, and the wires that run from it to the next one further away."""
    foot = float(world.row(item.t))
    if farther is not None:
        _paint_wires(canvas, world, item, farther)
    thickness = max(1.0, dials.thin_width / 100 * world.height * item.t * 1.6)
    window = around(canvas, item, foot, 0.6)
    if window.empty:
        return
    x = window.x - item.x
    y = foot - window.y
    shaft = np.minimum(thickness / 2 - np.abs(x), _between(y, 0, item.height))

    arm_thickness = max(1.0, thickness * 0.6)
    from_arm = np.abs(y - 0.93 * item.height)
    arm = np.minimum(item.width - np.abs(x), arm_thickness / 2 - from_arm)

    light = 1 + 0.5 * world.light * np.clip(x / thickness, -0.5, 0.5)
    wood = rgb(0.27, 0.22, 0.18) * light[None]
    canvas.paint(window, soft(np.maximum(shaft, arm)), hazy(wood, world, item.t), POLE)


def _paint_wires(canvas: Canvas, world: World, near: Item, far: Item) -> None:
    """Paint two sagging wires, one pixel wide, between the crossarms of two poles."""
    ya = float(world.row(near.t)) - 0.94 * near.height
    yb = float(world.row(far.t)) - 0.94 * far.height
    sag = 0.10 * near.height
    for end in (-0.9, 0.9):
        xa = near.x + end * near.width
        xb = far.x + end * far.width
        if abs(xb - xa) < 1:
            continue
        window = canvas.window(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb) + sag)
        if window.empty:
            continue

        # A parabola from one crossarm to the other, and how far a pixel is from it.
        along = (window.x - xa) / (xb - xa)
        height = ya + (yb - ya) * along + 4 * sag * along * (1 - along)
        slope = ((yb - ya) + 4 * sag * (1 - 2 * along)) / (xb - xa)
        distance = np.abs(window.y - height) / np.sqrt(1 + slope**2)

        between = (along >= 0) & (along <= 1)
        covered = soft(0.5 - distance) * between
        canvas.paint(window, covered, hazy(rgb(0.22, 0.22, 0.24), world, far.t), POLE)
