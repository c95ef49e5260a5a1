"""What people put along the road: cars, and poles with their wires."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, rgb, soft
from segedu.data.scenes.classes import CAR, POLE
from segedu.data.scenes.dials import SceneDials
from segedu.data.scenes.paint.backdrop import hazy, mix
from segedu.data.scenes.world import Item, World, around

PAINTS = (
    (0.75, 0.13, 0.12),
    (0.13, 0.28, 0.62),
    (0.86, 0.86, 0.84),
    (0.90, 0.68, 0.12),
    (0.16, 0.17, 0.19),
    (0.22, 0.45, 0.40),
)


def paint_car(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a car seen from behind."""
    foot = float(world.row(item.t))
    window = around(canvas, item, foot)
    if window.empty:
        return
    x, y = (window.x - item.x) / item.width, (foot - window.y) / item.height  # -0.5..0.5, 0..1
    w, h = item.width, item.height
    paint = rgb(*PAINTS[int(item.looks[0] * len(PAINTS))])
    half = np.where(y < 0.52, 0.5 - 0.03 * y, 0.44 - 0.26 * (y - 0.52) / 0.48)
    body = np.minimum(
        (half - np.abs(x)) * w, np.minimum((y - 0.12) * h, (1 - y) * h - 4 * w * np.clip(np.abs(x) - 0.1, 0, 1) ** 3)
    )
    wheels = np.minimum((0.085 - np.abs(np.abs(x) - 0.36)) * w, np.minimum(y * h, (0.3 - y) * h))
    light = 0.75 + 0.45 * np.clip(y, 0, 1) - 0.12 * world.light * x * -2
    canvas.paint(window, soft(wheels), hazy(rgb(0.07, 0.07, 0.08), world, item.t), CAR, item.instance)
    canvas.paint(window, soft(body), hazy(paint * light[None], world, item.t), CAR, item.instance)
    pane = np.minimum((half - 0.06 - np.abs(x)) * w, np.minimum((y - 0.58) * h, (0.93 - y) * h))
    canvas.tint(
        window,
        soft(pane),
        hazy(mix(rgb(0.10, 0.13, 0.17), rgb(0.55, 0.65, 0.72), np.clip((y - 0.58) * 1.8, 0, 1)[None]), world, item.t),
    )
    lamps = np.minimum((0.06 - np.abs(np.abs(x) - 0.41)) * w, np.minimum((y - 0.38) * h, (0.5 - y) * h))
    canvas.tint(window, soft(lamps), rgb(0.88, 0.10, 0.08))
    plate = np.minimum((0.13 - np.abs(x)) * w, (0.045 - np.abs(y - 0.3)) * h)
    canvas.tint(window, soft(plate), rgb(0.93, 0.90, 0.72))
    canvas.tint(window, soft(np.minimum(body, (0.2 - y) * h)) * 0.5, rgb(0.05, 0.05, 0.06))


def paint_pole(canvas: Canvas, world: World, item: Item, following: Item | None, dials: SceneDials) -> None:
    """Paint a pole with its crossarm, and the wires that run from it to the next one further away."""
    foot = float(world.row(item.t))
    if following is not None:
        _paint_wires(canvas, world, item, following)
    thick = max(1.0, dials.thin_width / 100 * world.height * item.t * 1.6)
    window = around(canvas, item, foot, 0.6)
    if window.empty:
        return
    x, y = window.x - item.x, foot - window.y
    shaft = np.minimum(thick / 2 - np.abs(x), np.minimum(y, item.height - y))
    arm = np.minimum(item.width - np.abs(x), max(1.0, thick * 0.6) / 2 - np.abs(y - 0.93 * item.height))
    wood = rgb(0.27, 0.22, 0.18) * (1 + 0.5 * world.light * np.clip(x / thick, -0.5, 0.5))[None]
    canvas.paint(window, soft(np.maximum(shaft, arm)), hazy(wood, world, item.t), POLE)


def _paint_wires(canvas: Canvas, world: World, near: Item, far: Item) -> None:
    """Paint two sagging wires, one pixel wide, between the crossarms of two poles."""
    for end in (-0.9, 0.9):
        xa, ya = near.x + end * near.width, float(world.row(near.t)) - 0.94 * near.height
        xb, yb = far.x + end * far.width, float(world.row(far.t)) - 0.94 * far.height
        if abs(xb - xa) < 1:
            continue
        sag = 0.10 * near.height
        window = canvas.window(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb) + sag)
        if window.empty:
            continue
        along = (window.x - xa) / (xb - xa)
        height = ya + (yb - ya) * along + 4 * sag * along * (1 - along)
        slope = ((yb - ya) + 4 * sag * (1 - 2 * along)) / (xb - xa)
        distance = np.abs(window.y - height) / np.sqrt(1 + slope**2)
        covered = soft(0.5 - distance) * ((along >= 0) & (along <= 1))
        canvas.paint(window, covered, hazy(rgb(0.22, 0.22, 0.24), world, far.t), POLE)
