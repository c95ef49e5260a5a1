"""What a scene stands on: sky, hills, a distant line of trees, meadow and road, painted over the whole canvas."""

import numpy as np

from segedu.data.scenes.canvas import Canvas, Window, noise_texture, rgb, soft
from segedu.data.scenes.classes import MEADOW, ROAD, TREE
from segedu.data.scenes.world import ROAD_HALF_WIDTH, World

BLUE_SKY = rgb(0.20, 0.48, 0.84)
PALE_SKY = rgb(0.36, 0.60, 0.82)
DUSKY_SKY = rgb(0.30, 0.32, 0.58)
NOON_GLOW = rgb(0.10, 0.08, 0.03)  # what the sun adds around it
DUSK_GLOW = rgb(0.18, 0.09, -0.04)
CLOUD = rgb(1.0, 0.98, 0.96)
NEAR_MEADOW = rgb(0.33, 0.50, 0.18)
NEAR_MEADOW_AT_DUSK = rgb(0.30, 0.38, 0.18)
FAR_MEADOW = rgb(0.58, 0.70, 0.34)
FAR_MEADOW_AT_DUSK = rgb(0.62, 0.58, 0.34)


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

    # From the haze at the horizon to the blue above.
    zenith = mix(BLUE_SKY, PALE_SKY, world.offsets[9])
    zenith = mix(zenith, DUSKY_SKY, world.dusk)
    climb = np.clip(1 - window.y / world.horizon, 0, 1) ** 0.8
    sky = mix(horizon_color(world), zenith, climb[None])

    sky = sky + _glow(canvas, world, window) * mix(NOON_GLOW, DUSK_GLOW, world.dusk)
    clouds = _clouds(canvas, world, window)[None]
    canvas.image[:, :rows] = sky + clouds * (CLOUD - sky)


def _glow(canvas: Canvas, world: World, window: Window) -> np.ndarray:
    """Return how bright (h, w) the light around the sun is, 0 to 1; the sun stands at the horizon."""
    across = (window.x / canvas.width - world.sun) / 0.35
    up = (window.y - world.horizon) / world.horizon / 0.6
    return np.exp(-(across**2 + up**2))


def _clouds(canvas: Canvas, world: World, window: Window) -> np.ndarray:
    """Return the coverage (h, w) of the clouds; they shrink towards the horizon as a ceiling seen from below does."""
    side = canvas.side
    distance = 1 / (1.15 - np.clip(window.y[:, 0] / world.horizon, 0, 1))
    x = world.offsets[1] * side + window.x[0] * (128 / canvas.height) * 0.9
    y = world.offsets[0] * side + distance * 26
    columns = x.astype(int) % side
    rows = y.astype(int) % side
    noise = noise_texture(side, 1.6)[rows[:, None], columns]

    clear = 0.2 + 1.2 * world.offsets[2]  # noise below this is blue sky
    cover = np.clip((noise - clear) * 0.7, 0, 0.85)
    fade = np.clip(1.6 * (1 - window.y / world.horizon), 0, 1)
    return cover * fade


def _profile(canvas: Canvas, start: float, roughness: float, smallest: float) -> np.ndarray:
    """Return a line of noise (W,) of standard deviation one."""
    row = int(start * canvas.side)
    return noise_texture(canvas.side, roughness, smallest)[row, row : row + canvas.width]


def _paint_hills(canvas: Canvas, world: World) -> None:
    top = int(world.horizon * 0.45)
    bottom = min(canvas.height, int(world.horizon) + 3)
    window = Window(0, top, canvas.width, bottom)
    green = mix(rgb(0.33, 0.50, 0.36), rgb(0.30, 0.40, 0.42), world.dusk)
    for far, lift in ((0.7, 0.13), (0.45, 0.05)):
        canvas.layer += 1
        swing = _profile(canvas, world.offsets[3] * (1 - far), 2.2, 12) * 0.045
        crest = world.horizon - np.clip(lift + swing, 0, 0.3) * canvas.height * 0.8
        color = mix(green, horizon_color(world), far)
        canvas.paint(window, soft(window.y - crest), color, MEADOW)


def _paint_tree_line(canvas: Canvas, world: World) -> None:
    canvas.layer += 1
    top = int(world.horizon * 0.6)
    bottom = min(canvas.height, int(world.horizon) + 3)
    window = Window(0, top, canvas.width, bottom)

    # How high the line is in each column; in some there is none.
    presence = np.clip(_profile(canvas, world.offsets[4], 2.0, 16) + 0.3, 0, 1)
    crowns = 0.6 + 0.25 * _profile(canvas, world.offsets[5], 1.0, 3)
    crest = world.horizon + 1 - presence * crowns * 0.075 * canvas.height
    covered = soft(window.y - crest - 0.5) * (presence > 0.02)

    shade = canvas.texture(window, world.offsets[5:7], 1.0) * 0.03
    green = mix(rgb(0.24, 0.40, 0.24), horizon_color(world), 0.22)
    canvas.paint(window, covered, green + shade, TREE)


def _paint_ground(canvas: Canvas, world: World) -> None:
    window = Window(0, int(world.horizon), canvas.width, canvas.height)
    t = np.clip((window.y - world.horizon) / (canvas.height - world.horizon), 1e-3, 1)
    grain = _grain(canvas, world, window, t)
    ground = soft(window.y - world.horizon)  # (h, 1)

    canvas.layer += 1
    meadow = _meadow_color(world, t, grain)
    canvas.paint(window, np.broadcast_to(ground, grain.shape), meadow, MEADOW)

    # Places across the road, in half-widths of it: −1 at its left edge, 1 at its right one.
    half_width = ROAD_HALF_WIDTH * world.unit * t
    across = (window.x - world.road_center(t)) / half_width
    pixel = 1 / half_width  # width of a pixel

    canvas.layer += 1
    gravel = np.clip(1.35 - np.abs(across), 0, 0.3) * 1.6
    canvas.tint(window, gravel, rgb(0.62, 0.56, 0.42))

    haze = 0.55 * (1 - t) ** 4
    asphalt = mix(rgb(0.40, 0.40, 0.42), horizon_color(world) * 0.75, haze[None])
    road = soft((1 - np.abs(across)) / pixel) * ground
    canvas.paint(window, road, asphalt * (1 + 0.05 * grain), ROAD)
    canvas.tint(window, _markings(across, pixel, t) * road, rgb(0.93, 0.92, 0.86))


def _grain(canvas: Canvas, world: World, window: Window, t: np.ndarray) -> np.ndarray:
    """Return noise (h, w) that lies on the ground: fine and calm far away, coarse and strong near."""
    # Where each pixel looks in the noise: the nearer, the less far apart neighbors look.
    side = canvas.side
    stretch = 128 / world.unit
    x = world.offsets[7] * side + (window.x - world.vanishing_x) * stretch / (0.25 + t)
    y = world.offsets[8] * side + 90 / (0.25 + t)
    columns = x.astype(np.int32) % side
    rows = y.astype(np.int32) % side

    noise = noise_texture(side, 0.9, 2.5)[:side, :side].ravel()  # one index is faster than two
    return noise[rows * side + columns] * (0.35 + 0.65 * t)


def _meadow_color(world: World, t: np.ndarray, grain: np.ndarray) -> np.ndarray:
    near = mix(NEAR_MEADOW, NEAR_MEADOW_AT_DUSK, world.dusk)
    far = mix(FAR_MEADOW, FAR_MEADOW_AT_DUSK, world.dusk)
    color = mix(far, near, (t**0.5)[None])
    return color * (1 + 0.13 * grain)


def _markings(across: np.ndarray, pixel: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the coverage (h, w) of the edge lines and of the dashed middle line."""
    from_middle = np.abs(across)
    edge = soft((0.025 - np.abs(from_middle - 0.92)) / pixel)
    middle = soft((0.022 - from_middle) / pixel)
    dashed = middle * ((2.2 / t) % 1 < 0.5)
    fade = np.clip(t * 6 - 0.2, 0, 0.9)  # far away they can't be seen
    return np.maximum(edge, dashed) * fade
