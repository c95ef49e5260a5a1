"""The canvas of a scene: a picture and its label maps that are painted together, from far to near."""

import functools

import numpy as np


@functools.cache
def noise_texture(side: int, roughness: float, smallest: float = 0.0) -> np.ndarray:
    """Return tileable noise (2·side, 2·side), mean 0 and standard deviation 1, computed once a process.

    Any window up to `side` that starts in the first quarter lies inside.

    Args:
        side: Rows and columns of one tile.
        roughness: The exponent of the 1/f spectrum (0: white, 2: clouds).
        smallest: Waves shorter than this many pixels are left out.
    """
    rng = np.random.default_rng(20150518)
    white = rng.standard_normal((side, side))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = np.inf

    spectrum = np.fft.rfft2(white) * frequency**-roughness
    if smallest:
        spectrum *= frequency < 1 / smallest
    spectrum[0, 0] = 0

    noise = np.fft.irfft2(spectrum, s=(side, side))
    tile = (noise / noise.std()).astype(np.float32)
    return np.tile(tile, (2, 2))


class Canvas:
    """Image (3, H, W) with label map, instance ids and paint order (each (H, W)) of one scene under way."""

    def __init__(self, height: int, width: int) -> None:
        self.height = height
        self.width = width
        self.image = np.zeros((3, height, width), np.float32)
        self.label_map = np.zeros((height, width), np.uint8)
        self.instances = np.zeros((height, width), np.int16)
        self.order = np.zeros((height, width), np.int16)
        self.layer = 0
        self.side = max(256, 1 << (max(height, width) - 1).bit_length())

    def window(self, left: float, top: float, right: float, bottom: float) -> "Window":
        """Return the part of the canvas that holds a rectangle (pixels, clipped to the canvas; may be empty)."""
        x0 = max(0, int(left) - 1)
        y0 = max(0, int(top) - 1)
        x1 = min(self.width, int(right) + 2)
        y1 = min(self.height, int(bottom) + 2)
        return Window(x0, y0, max(x0, x1), max(y0, y1))

    def texture(
        self,
        window: "Window",
        offset: tuple[float, ...],
        roughness: float,
        smallest: float = 0.0,
    ) -> np.ndarray:
        """Return a window of noise (h, w); two numbers in [0, 1) shift it."""
        noise = noise_texture(self.side, roughness, smallest)
        top = int(offset[0] * self.side)
        left = int(offset[1] * self.side)
        bottom = top + window.y1 - window.y0
        right = left + window.x1 - window.x0
        return noise[top:bottom, left:right]

    def paint(
        self,
        window: "Window",
        alpha: np.ndarray,
        color: np.ndarray,
        label: int,
        instance: int = 0,
    ) -> None:
        """Blend `color` (3, h, w) or (3, 1, 1) in by `alpha` (h, w); where alpha ≥ 1/2 the labels change too."""
        self.tint(window, alpha, color)
        inside = alpha >= 0.5
        np.copyto(self.label_map[window.slices], label, where=inside)
        np.copyto(self.instances[window.slices], instance, where=inside)
        np.copyto(self.order[window.slices], self.layer, where=inside)

    def tint(self, window: "Window", alpha: np.ndarray, color: np.ndarray) -> None:
        """Blend `color` in by `alpha` without touching a label: shadows, lane markings, window panes."""
        rows, columns = window.slices
        part = self.image[:, rows, columns]
        part += alpha * (color - part)


class Window:
    """A rectangle of the canvas with its pixel centers `x` (1, w) and `y` (h, 1)."""

    def __init__(self, x0: int, y0: int, x1: int, y1: int) -> None:
        self.x0 = x0
        self.y0 = y0
        self.x1 = x1
        self.y1 = y1
        self.slices = (slice(y0, y1), slice(x0, x1))
        half = np.float32(0.5)
        self.x = np.arange(x0, x1, dtype=np.float32)[None] + half
        self.y = np.arange(y0, y1, dtype=np.float32)[:, None] + half

    @property
    def empty(self) -> bool:
        """Whether nothing of it lies on the canvas."""
        return self.x0 >= self.x1 or self.y0 >= self.y1


def soft(distance: np.ndarray) -> np.ndarray:
    """Turn a distance in pixels (positive inside) into coverage in [0, 1]: an anti-aliased edge one pixel wide."""
    return np.clip(distance + np.float32(0.5), 0, 1)


def convex(window: Window, points: list[tuple[float, float]]) -> np.ndarray:
    """Return the coverage (h, w) of a convex polygon with these corners (x, y), clockwise on the screen."""
    distances = []
    for (xa, ya), (xb, yb) in zip(points, points[1:] + points[:1], strict=True):
        dx = xb - xa
        dy = yb - ya
        length = max((dx**2 + dy**2) ** 0.5, 1e-6)
        distances.append((dx / length) * (window.y - ya) - (dy / length) * (window.x - xa))
    return soft(functools.reduce(np.minimum, distances))


@functools.cache
def rgb(*color: float) -> np.ndarray:
    """Return a color (3, 1, 1) that broadcasts over a window; shared by all, so nobody may write into it."""
    array = np.array(color, np.float32).reshape(3, 1, 1)
    array.flags.writeable = False
    return array
