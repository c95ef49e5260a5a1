"""What grows and grazes on the meadows: trees and sheep; and the shadow under each thing."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, rgb, soft
from segedu.data.scenes.classes import PAIR, SHEEP, TREE
from segedu.data.scenes.paint.backdrop import hazy, mix
from segedu.data.scenes.world import Item, World, around


def paint_shadow(canvas: Canvas, world: World, item: Item, strength: float = 0.45) -> None:
    """Darken the ground under an item: an ellipse that leans away from the light."""
    foot = float(world.row(item.t))
    center = item.x - world.light * item.width * 0.12
    radius = item.width * (0.46 if item.kind in PAIR else 0.6)
    flat = max(radius * 0.22, 1.0)  # the ellipse's radius from top to bottom
    window = canvas.window(
        left=center - radius * 1.2,
        top=max(foot - flat * 2, world.horizon),
        right=center + radius * 1.2,
        bottom=foot + flat * 2,
    )
    if window.empty:
        return
    across = (window.x - center) / radius
    down = (window.y - foot) / flat
    shade = np.clip(1.4 - (across**2 + down**2), 0, 1)
    canvas.tint(window, strength * shade, rgb(0.05, 0.07, 0.06))


# A sheep that faces right, in its box: x from −1/2 at the tail to 1/2 at the nose, y from 0 at the ground to 1.
FLEECE_CENTER = (-0.05, 0.6)
FLEECE_RADII = (0.40, 0.36)
HEAD_CENTER = (0.37, 0.72)
HEAD_RADII = (0.12, 0.2)
LEGS_AWAY = (0.2, 0.1)  # from the middle of the body, on both sides of it
LEG_HALF_WIDTH = 0.035
LEG_HEIGHT = 0.5
WOOL = rgb(0.93, 0.90, 0.83)
LEG_COLOR = rgb(0.16, 0.14, 0.13)
HEAD_COLOR = rgb(0.17, 0.15, 0.14)


def paint_sheep(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a sheep from the side: legs, the fleece over them, the head over that."""
    foot = float(world.row(item.t))
    window = around(canvas, item, foot, 0.2)
    if window.empty:
        return
    w = item.width
    h = item.height
    facing = 1 if item.looks[0] < 0.5 else -1
    x = (window.x - item.x) / w * facing
    y = (foot - window.y) / h

    # Four legs, each as far inside as it is from its two sides, from the ground and from the body.
    from_middle = np.abs(x - FLEECE_CENTER[0])
    outer = np.abs(from_middle - LEGS_AWAY[0])
    inner = np.abs(from_middle - LEGS_AWAY[1])
    across = (LEG_HALF_WIDTH - np.minimum(outer, inner)) * w
    along = np.minimum(y, LEG_HEIGHT - y) * h
    legs = np.maximum(np.minimum(across, along), -1)
    canvas.paint(window, soft(legs), LEG_COLOR, SHEEP, item.instance)

    # Curls make the outline ragged, as far as the sheep is large enough to show it.
    curls = canvas.texture(window, (item.looks[1], item.looks[2]), 0.8, 3)
    fleece = _inside_ellipse(x, y, FLEECE_CENTER, FLEECE_RADII) * 0.38 * h
    fleece = fleece + curls * min(0.8, 0.04 * h)
    shade = np.clip(0.62 + 0.42 * y, 0, 1) * (1 + 0.05 * curls)
    wool = hazy(WOOL * shade[None], world, item.t)
    canvas.paint(window, soft(fleece), wool, SHEEP, item.instance)

    head = _inside_ellipse(x, y, HEAD_CENTER, HEAD_RADII) * 0.15 * h
    canvas.paint(window, soft(head), HEAD_COLOR, SHEEP, item.instance)


def _inside_ellipse(
    x: np.ndarray,
    y: np.ndarray,
    center: tuple[float, float],
    radii: tuple[float, float],
) -> np.ndarray:
    """Return how far inside an ellipse a place lies, in radii: 1 in the middle, 0 on the outline, negative outside."""
    across = (x - center[0]) / radii[0]
    up = (y - center[1]) / radii[1]
    return 1 - np.sqrt(across**2 + up**2)


BARK = rgb(0.30, 0.22, 0.15)
LEAF_GREEN = rgb(0.20, 0.42, 0.14)
YELLOW_GREEN = rgb(0.42, 0.50, 0.14)
FIR_GREEN = rgb(0.13, 0.33, 0.22)


def paint_tree(canvas: Canvas, world: World, item: Item) -> None:
    """Paint a broad-leaved tree or a fir."""
    foot = float(world.row(item.t))
    window = around(canvas, item, foot, 0.15)
    if window.empty:
        return
    looks = item.looks
    w = item.width
    h = item.height
    x = (window.x - item.x) / w  # −1/2 … 1/2 from left to right
    y = (foot - window.y) / h  # 0 at the ground, 1 at the top

    trunk = np.minimum((0.05 - np.abs(x)) * w, np.minimum(y, 0.5 - y) * h)
    light = 1 + 0.4 * world.light * np.clip(x * 8, -1, 1)
    canvas.paint(window, soft(trunk), hazy(BARK * light[None], world, item.t), TREE)

    # The crown, which leaves make ragged and uneven in light.
    if looks[0] < 0.35:
        crown, height = _fir(x, y, w)
        green = FIR_GREEN
    else:
        crown, height = _crown(x, y, w, looks)
        green = mix(LEAF_GREEN, YELLOW_GREEN, looks[3] ** 2)
    leaves = canvas.texture(window, (looks[1], looks[2]), 1.0, 2.5)
    crown = crown + leaves * min(1.2, 0.04 * w)
    light = 0.62 + 0.5 * height + 0.16 * world.light * np.clip(2 * x, -1, 1) + 0.13 * leaves
    canvas.paint(window, soft(crown), hazy(green * light[None], world, item.t), TREE)


def _crown(
    x: np.ndarray,
    y: np.ndarray,
    width: float,
    looks: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance inside a crown of five balls and its height in [0, 1] within the ball that shows."""
    crown = np.full_like(x + y, -np.inf)
    height = np.zeros_like(x + y)
    for number in range(5):
        # The balls stand in a ring.
        turn = 2 * np.pi * (number / 5 + 0.1 * looks[4 + number])
        center_x = 0.20 * np.cos(turn)
        center_y = 0.64 + 0.14 * np.sin(turn)
        radius = 0.24 + 0.06 * looks[9 + number]

        across = x - center_x
        up = y - center_y
        inside = (radius - np.sqrt(across**2 + (up * 1.5) ** 2)) * width
        within = np.clip(0.5 + up / (2 * radius), 0, 1)
        height = np.where(inside > crown, within, height)
        crown = np.maximum(crown, inside)
    return crown, height


def _fir(x: np.ndarray, y: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance inside four stacked skirts and the height in [0, 1] within each."""
    step = np.clip((y - 0.12) / 0.88, 0, 1) * 4
    within = step % 1
    half_width = 0.42 * (1 - 0.8 * np.floor(step) / 4) * (1 - 0.62 * within)
    across = (half_width - np.abs(x)) * width * 0.8
    along = np.minimum(y - 0.12, 0.99 - y) * width * 1.6
    return np.minimum(across, along), 0.15 + 0.7 * within
