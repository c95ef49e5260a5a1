"""What grows and grazes on the meadows: trees and sheep; and the shadow under each thing."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, rgb, soft
from segedu.data.scenes.classes import PAIR, SHEEP, TREE
from segedu.data.scenes.paint.backdrop import hazy, mix
from segedu.data.scenes.world import Item, World, around


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


# A sheep that faces right, in its box: x from −1/2 at the tail to 1/2 at the nose, y from 0 at the ground to 1.
FLEECE_CENTER, FLEECE_RADII = (-0.05, 0.6), (0.40, 0.36)
HEAD_CENTER, HEAD_RADII = (0.37, 0.72), (0.12, 0.2)
LEGS_AWAY = (0.2, 0.1)  # from the middle of the body, on both sides of it
LEG_HALF_WIDTH, LEG_HEIGHT = 0.035, 0.5
WOOL, LEG_COLOR, HEAD_COLOR = (0.93, 0.90, 0.83), (0.16, 0.14, 0.13), (0.17, 0.15, 0.14)


def paint_sheep(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a sheep from the side: legs, the fleece over them, the head over that."""
    foot = float(world.row(item.t))
    window = around(canvas, item, foot, 0.2)
    if window.empty:
        return
    w, h = item.width, item.height
    facing = 1 if item.looks[0] < 0.5 else -1
    x = (window.x - item.x) / w * facing
    y = (foot - window.y) / h

    from_middle = np.abs(x - FLEECE_CENTER[0])
    from_leg = np.minimum(np.abs(from_middle - LEGS_AWAY[0]), np.abs(from_middle - LEGS_AWAY[1]))
    legs = np.minimum((LEG_HALF_WIDTH - from_leg) * w, np.minimum(y, LEG_HEIGHT - y) * h)
    canvas.paint(window, soft(np.maximum(legs, -1)), rgb(*LEG_COLOR), SHEEP, item.instance)

    # Curls make the outline ragged, as far as the sheep is large enough to show it.
    curls = canvas.texture(window, (item.looks[1], item.looks[2]), 0.8, 3)
    fleece = _inside_ellipse(x, y, FLEECE_CENTER, FLEECE_RADII) * 0.38 * h + curls * min(0.8, 0.04 * h)
    shade = np.clip(0.62 + 0.42 * y, 0, 1) * (1 + 0.05 * curls)
    canvas.paint(window, soft(fleece), hazy(rgb(*WOOL) * shade[None], world, item.t), SHEEP, item.instance)

    head = _inside_ellipse(x, y, HEAD_CENTER, HEAD_RADII) * 0.15 * h
    canvas.paint(window, soft(head), rgb(*HEAD_COLOR), SHEEP, item.instance)


def _inside_ellipse(
    x: np.ndarray, y: np.ndarray, center: tuple[float, float], radii: tuple[float, float]
) -> np.ndarray:
    """Return how far inside an ellipse a place lies, in radii: 1 in the middle, 0 on the outline, negative outside."""
    return 1 - np.sqrt(((x - center[0]) / radii[0]) ** 2 + ((y - center[1]) / radii[1]) ** 2)


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
