"""The dials of the synthetic scenes: each turns one difficulty of segmentation up or down."""

from dataclasses import dataclass
from typing import Any

from segedu.scalars import real_number, whole_number


@dataclass(frozen=True)
class SceneDials:
    """What can be asked of a scene; every dial is a keyword argument of `Scenes`.

    Args:
        objects: fewest and most things (cars, boulders, pyramids) in a scene, 0 to 40.
        pair_share: share of the things that are boulders or pyramids, 0 to 1; the others are cars.
        pair_size: magnification of boulders and pyramids, 0.5 to 2.
        look_alikes: how alike boulders and pyramids look, 0 to 1. At 1 they share one distribution
            of color, texture, shading and area, and only their silhouettes differ; at 0 boulders
            are blue-gray and pyramids brown.
        thin: amount of thin structure, 0 (none) to 3: scales the number of poles and their wires.
        thin_width: width of a near pole in percent of the image height, 0.5 to 4; wires are always
            one pixel wide.
        rare: probability that a scene holds the rare class (one to three sheep), 0 to 1.
        scale_range: the nearest thing is this many times as large as the farthest of its class, 1
            to 8.
        overlap: share of the things that touch or hide part of another of their class, 0 to 1.
        noise: standard deviation of the sensor noise, 0 to 0.3 (the image lies in [0, 1]).
        lighting: how much exposure, color of light and time of day vary between scenes, 0 to 1.
        void_border: width in pixels of the void band (255) around each thing, 0 to 8.
        void_frame: width in pixels of the void frame around the label map, 0 to 64.

    Raises:
        TypeError: a dial is no number.
        ValueError: a dial lies outside its range.
    """

    objects: tuple[int, int] = (3, 6)
    pair_share: float = 0.65
    pair_size: float = 1.0
    look_alikes: float = 1.0
    thin: float = 1.0
    thin_width: float = 1.4
    rare: float = 0.15
    scale_range: float = 3.0
    overlap: float = 0.25
    noise: float = 0.02
    lighting: float = 0.5
    void_border: int = 0
    void_frame: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            dial = _plain_dial(name, getattr(self, name))
            object.__setattr__(self, name, dial)  # frozen, but not before it is made
            values = dial if isinstance(dial, tuple) else (dial,)
            if not all(low <= value <= high for value in values):
                raise ValueError(f"{name}={dial!r} lies outside {low} to {high}; choose it inside.")
        if self.objects[0] > self.objects[1]:
            raise ValueError(f"objects={self.objects} asks for fewest > most; swap the two numbers.")


def _plain_dial(name: str, value: Any) -> float | tuple[int, int]:
    """Return a dial's value as Python's numbers; raises TypeError or ValueError for what is none."""
    if name == "objects":
        if not hasattr(value, "__len__") or isinstance(value, str) or len(value) != 2:
            raise ValueError(f"objects={value!r} must be two numbers, the fewest and the most things in a scene.")
        fewest, most = (whole_number(number, "a number in objects") for number in value)
        return fewest, most
    if name in WHOLE:
        return whole_number(value, name)
    return value if type(value) is int else real_number(value, name)


WHOLE = ("void_border", "void_frame")
RANGES: dict[str, tuple[float, float]] = {
    "objects": (0, 40),
    "pair_share": (0, 1),
    "pair_size": (0.5, 2),
    "look_alikes": (0, 1),
    "thin": (0, 3),
    "thin_width": (0.5, 4),
    "rare": (0, 1),
    "scale_range": (1, 8),
    "overlap": (0, 1),
    "noise": (0, 0.3),
    "lighting": (0, 1),
    "void_border": (0, 8),
    "void_frame": (0, 64),
}
