"""The world of one scene: camera, road and light, and the things in it, by their foot on the ground. Numbers only."""

from dataclasses import dataclass, field

import numpy as np

from segedu.data.scenes.canvas import Canvas, Window

ROAD_HALF_WIDTH = 0.42  # at nearness 1, as a part of the scene's unit


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
        left = self.x - self.width / 2
        right = self.x + self.width / 2
        return left, foot - self.height, right, foot


def around(canvas: Canvas, item: Item, foot: float, margin: float = 0.1) -> Window:
    """Return the window of the canvas that holds an item with its foot at row `foot`, and a margin around it."""
    reach = item.width * (0.5 + margin)
    top = foot - item.height * (1 + margin)
    bottom = foot + item.height * margin + 1
    return canvas.window(item.x - reach, top, item.x + reach, bottom)
