"""What a scene stands on: sky, hills, a distant line of trees, meadow and road, painted over the whole canvas."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, Window, noise_texture, rgb, soft
from segedu.data.scenes.classes import MEADOW, ROAD, TREE
from segedu.data.scenes.world import ROAD_HALF_WIDTH, World


def paint_backdrop(canvas: Canvas, world: World) -> None:
    """Paint sky, hills, tree line, meadow and road, in this order."""
    _paint_sky(canvas, world)
    _paint_hills(canvas, world)
    _paint_tree_line(canvas, world)
    _paint_ground(canvas, world)


def mix(first: np.ndarray, second: np.ndarray, share: float | np.ndarray) -> np.ndarray:
    """Return `first` with `share` of `second` in it."""
    return first + (second - first) * share


def horizon_color(world: World) -> np.ndarray:
    """Return the color (3, 1, 1) of the haze at the horizon."""
    return mix(rgb(0.80, 0.90, 0.96), rgb(0.98, 0.76, 0.58), world.dusk)


def hazy(color: np.ndarray, world: World, t: float) -> np.ndarray:
    """Let distance wash a color out: the nearer to the horizon, the more of its haze."""
    return mix(color, horizon_color(world), 0.5 * (1 - t) ** 4)


def _paint_sky(canvas: Canvas, world: World) -> None:
    rows = int(world.horizon) + 2
    window = Window(0, 0, canvas.width, rows)
    zenith = mix(rgb(0.20, 0.48, 0.84), rgb(0.36, 0.60, 0.82), world.offsets[9])
    zenith = mix(zenith, rgb(0.30, 0.32, 0.58), world.dusk)
    climb = np.clip(1 - window.y / world.horizon, 0, 1) ** 0.8
    sky = mix(horizon_color(world), zenith, climb[None])
    glow = np.exp(
        -(((window.x / canvas.width - world.sun) / 0.35) ** 2 + ((window.y - world.horizon) / world.horizon / 0.6) ** 2)
    )
    sky = sky + glow * mix(rgb(0.10, 0.08, 0.03), rgb(0.18, 0.09, -0.04), world.dusk)
    canvas.image[:, :rows] = sky + _clouds(canvas, world, window)[None] * (rgb(1.0, 0.98, 0.96) - sky)


def _clouds(canvas: Canvas, world: World, window: Window) -> np.ndarray:
    """Return the coverage (h, w) of the clouds; they shrink towards the horizon as a ceiling seen from below does."""
    noise = noise_texture(canvas.side, 1.6)
    distance = 1 / (1.15 - np.clip(window.y[:, 0] / world.horizon, 0, 1))
    rows = (world.offsets[0] * canvas.side + distance * 26).astype(int) % canvas.side
    columns = (world.offsets[1] * canvas.side + window.x[0] * (128 / canvas.height) * 0.9).astype(int) % canvas.side
    cover = np.clip((noise[rows[:, None], columns] - (0.2 + 1.2 * world.offsets[2])) * 0.7, 0, 0.85)
    return cover * np.clip(1.6 * (1 - window.y / world.horizon), 0, 1)


def _profile(canvas: Canvas, start: float, roughness: float, smallest: float) -> np.ndarray:
    """Return a line of noise (W,) of standard deviation one."""
    row = int(start * canvas.side)
    return noise_texture(canvas.side, roughness, smallest)[row, row : row + canvas.width]


def _paint_hills(canvas: Canvas, world: World) -> None:
    top = int(world.horizon * 0.45)
    window = Window(0, top, canvas.width, min(canvas.height, int(world.horizon) + 3))
    for far, lift in ((0.7, 0.13), (0.45, 0.05)):
        canvas.layer += 1
        swing = _profile(canvas, world.offsets[3] * (1 - far), 2.2, 12) * 0.045
        crest = world.horizon - np.clip(lift + swing, 0, 0.3) * canvas.height * 0.8
        green = mix(rgb(0.33, 0.50, 0.36), rgb(0.30, 0.40, 0.42), world.dusk)
        canvas.paint(window, soft(window.y - crest), mix(green, horizon_color(world), far), MEADOW)


def _paint_tree_line(canvas: Canvas, world: World) -> None:
    canvas.layer += 1
    window = Window(0, int(world.horizon * 0.6), canvas.width, min(canvas.height, int(world.horizon) + 3))
    presence = np.clip(_profile(canvas, world.offsets[4], 2.0, 16) + 0.3, 0, 1)
    crowns = 0.6 + 0.25 * _profile(canvas, world.offsets[5], 1.0, 3)
    crest = world.horizon + 1 - presence * crowns * 0.075 * canvas.height
    shade = canvas.texture(window, world.offsets[5:7], 1.0) * 0.03
    green = mix(rgb(0.24, 0.40, 0.24), horizon_color(world), 0.22)
    canvas.paint(window, soft(window.y - crest - 0.5) * (presence > 0.02), green + shade, TREE)


def _paint_ground(canvas: Canvas, world: World) -> None:
    top = int(world.horizon)
    window = Window(0, top, canvas.width, canvas.height)
    t = np.clip((window.y - world.horizon) / (canvas.height - world.horizon), 1e-3, 1)
    grain = _grain(canvas, world, window, t)
    canvas.layer += 1
    canvas.paint(
        window, np.broadcast_to(soft(window.y - world.horizon), grain.shape), _meadow_color(world, t, grain), MEADOW
    )
    across = (window.x - world.road_center(t)) / (ROAD_HALF_WIDTH * world.unit * t)
    pixel = 1 / (ROAD_HALF_WIDTH * world.unit * t)  # width of a pixel in half-widths of the road
    canvas.layer += 1
    canvas.tint(window, np.clip(1.35 - np.abs(across), 0, 0.3) * 1.6, rgb(0.62, 0.56, 0.42))  # gravel
    asphalt = mix(rgb(0.40, 0.40, 0.42), horizon_color(world) * 0.75, (0.55 * (1 - t) ** 4)[None])
    covered = soft((1 - np.abs(across)) / pixel) * soft(window.y - world.horizon)
    canvas.paint(window, covered, asphalt * (1 + 0.05 * grain), ROAD)
    canvas.tint(window, _markings(across, pixel, t) * covered, rgb(0.93, 0.92, 0.86))


def _grain(canvas: Canvas, world: World, window: Window, t: np.ndarray) -> np.ndarray:
    """Return noise (h, w) that lies on the ground: fine and calm far away, coarse and strong near."""
    noise = noise_texture(canvas.side, 0.9, 2.5)
    stretch = 128 / world.unit
    columns = (world.offsets[7] * canvas.side + (window.x - world.vanishing_x) * stretch / (0.25 + t)).astype(np.int32)
    rows = (world.offsets[8] * canvas.side + 90 / (0.25 + t)).astype(np.int32)
    flat = noise[: canvas.side, : canvas.side].ravel()
    return flat[(rows % canvas.side) * canvas.side + columns % canvas.side] * (0.35 + 0.65 * t)


def _meadow_color(world: World, t: np.ndarray, grain: np.ndarray) -> np.ndarray:
    near = mix(rgb(0.33, 0.50, 0.18), rgb(0.30, 0.38, 0.18), world.dusk)
    far = mix(rgb(0.58, 0.70, 0.34), rgb(0.62, 0.58, 0.34), world.dusk)
    color = mix(far, near, (t**0.5)[None])
    return color * (1 + 0.13 * grain)


def _markings(across: np.ndarray, pixel: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the coverage (h, w) of the edge lines and of the dashed middle line."""
    edge = soft((0.025 - np.abs(np.abs(across) - 0.92)) / pixel)
    dash = soft((0.022 - np.abs(across)) / pixel) * ((2.2 / t) % 1 < 0.5)
    return np.maximum(edge, dash) * np.clip(t * 6 - 0.2, 0, 0.9)
