"""The look-alike pair: boulders and pyramids of the same stone, told apart by nothing but their outline."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, Window, rgb, soft
from segedu.data.scenes.classes import BOULDER, PYRAMID
from segedu.data.scenes.dials import SceneDials
from segedu.data.scenes.paint.backdrop import hazy, mix
from segedu.data.scenes.world import Item, World

DISC_RADIUS = 0.37  # in widths of the item's box
# Of the circle inside an equilateral triangle of equal area.
TRIANGLE_RADIUS = DISC_RADIUS * (np.pi / 27**0.5) ** 0.5


def paint_stone(canvas: Canvas, world: World, item: Item, dials: SceneDials) -> None:
    """Paint a boulder or a pyramid: the same stone, the same area, the same light; only the outline differs."""
    foot = float(world.row(item.t))
    reach = item.width * 0.62
    window = canvas.window(item.x - reach, foot - item.height * 1.3, item.x + reach, foot + 2)
    if window.empty:
        return
    texture = canvas.texture(window, (item.looks[2], item.looks[3]), 1.0, 5)
    ragged = texture * min(0.6, 0.012 * item.width)
    alpha = soft(_depth_inside(window, item, foot) + ragged)
    color = _stone(canvas, world, item, window, alpha, dials)
    label = BOULDER if item.kind == "boulder" else PYRAMID
    canvas.paint(window, alpha, color, label, item.instance)


def _depth_inside(window: Window, item: Item, foot: float) -> np.ndarray:
    """Return how many pixels (h, w) inside of the outline a pixel lies; both outlines have the same area."""
    stretch = 0.9 + 0.2 * item.looks[0]
    x = (window.x - item.x) / stretch
    y = (foot - window.y) * stretch  # upwards from the ground
    if item.kind == "boulder":
        radius = DISC_RADIUS * item.width
        return radius - np.sqrt(x**2 + (y - radius) ** 2)
    radius = TRIANGLE_RADIUS * item.width
    flank = 1.5 * radius - 0.5 * y - 3**0.5 / 2 * np.abs(x)
    return np.minimum(y, flank)


def _stone(
    canvas: Canvas,
    world: World,
    item: Item,
    window: Window,
    alpha: np.ndarray,
    dials: SceneDials,
) -> np.ndarray:
    """Return the color (3, h, w) of weathered stone.

    The shading follows a pixel's rank within the object, not its height, so its values are spread
    evenly for every outline: no color is more frequent in a boulder than in a pyramid.
    """
    # How far down, away from the light, a pixel lies: its rank within the object, 0 to 1.
    down = window.y - 0.5 * world.light * (window.x - item.x)
    inside = np.sort(down[alpha >= 0.5])
    rank = np.searchsorted(inside, down.ravel()) / max(len(inside), 1)
    rank = rank.reshape(down.shape).astype(np.float32)

    # The color that both share, from brown to gray, and the one that tells them apart.
    looks = item.looks
    stone = mix(rgb(0.74, 0.62, 0.47), rgb(0.62, 0.60, 0.57), looks[4])
    own = rgb(0.45, 0.56, 0.70) if item.kind == "boulder" else rgb(0.72, 0.42, 0.20)
    tone = mix(own, stone, dials.look_alikes) * np.float32(0.85 + 0.3 * looks[5])

    speckle = canvas.texture(window, (looks[6], looks[7]), 0.8, 2.5) * np.float32(0.09)
    shading = (1.22 - 0.62 * rank) * (1 + speckle)
    return hazy(tone * shading, world, item.t)
