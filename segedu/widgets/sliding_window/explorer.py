"""The sliding-window explorer of lecture 04: a classifier slid over an image, its label map, and what that costs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from segedu.data.palette import class_colors
from segedu.data.scenes import Scenes
from segedu.labels import VOID
from segedu.widgets.base import Explorer
from segedu.widgets.kit.colors import hex_of
from segedu.widgets.kit.images import read_image
from segedu.widgets.kit.packed import pack, unpack
from segedu.widgets.sliding_window.core import Slide, color_prototypes, color_scores, quantize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST_IMAGE = 384  # pixels on the longer side: more would weigh megabytes in the notebook
BUILT_IN_WINDOWS = (1, 3, 5, 7, 9, 11, 15, 21, 31, 45, 63, 91, 127, 181, 255, 361, 511)


class SlidingWindowExplorer(Explorer):
    """Slide a patch classifier over an image: crop, class scores, the label map as it fills up, the multiplications.

    image: (3, H, W) float in [0, 1], at most 384 pixels on the longer side; default a scene with its label map.
    scores: dict from window size in pixels to the class probabilities of every stride-1 window: (C, H, W) if the border
    was padded so that each pixel is the middle (row and column size // 2) of its window, or (C, H − size + 1,
    W − size + 1) for the windows inside of the image; the same way for all sizes. They are kept rounded to 1/255, the
    best class of each window stays the best.
    classes: C names; colors: (C, 3) uint8, default the course's colors of these names.
    macs: dict from window size to (multiplications for one window, multiplications of one dense pass over the image);
    without it, the pixels that are read are counted.
    label_map: (H, W) int64, 255 is void; with it the agreement is shown.
    Without scores a classifier is built in, which needs the label map: the window's mean color against the mean color
    of each class in this very image, p ∝ exp(−distance² / (2 · 0.05²)). It has seen the answer, so it flatters itself.
    window and stride in pixels; step: the present window, counted row by row, by default two fifths of the way.
    Raises ValueError for shapes that don't agree, scores outside of [0, 1], and missing names.

    >>> SlidingWindowExplorer(window=15, stride=8)
    SlidingWindowExplorer(image 96×128, window 15, stride 8, 165 windows, built-in color classifier)
    """

    view = "sliding_window/view.js"
    figure_size = (9.6, 3.4)

    size = traitlets.List(traitlets.Int(), help="height and width of the image").tag(sync=True)
    pixels = traitlets.Unicode(help="the image, packed bytes (H, W, 3)").tag(sync=True)
    truth = traitlets.Unicode("", help="the true label map, packed bytes (H, W), or nothing").tag(sync=True)
    maps = traitlets.Dict(help="window size → packed bytes of the scores; empty if built in").tag(sync=True)
    padded = traitlets.Bool(False, help="whether every pixel is the middle of a window").tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    colors = traitlets.List(traitlets.Unicode(), help="one hex color per class").tag(sync=True)
    prototypes = traitlets.List(traitlets.Any(), help="of the built-in classifier, one color per class").tag(sync=True)
    costs = traitlets.Dict(help="window size → [multiplications per window, of a dense pass]").tag(sync=True)
    windows = traitlets.List(traitlets.Int(), help="the window sizes to choose from").tag(sync=True)
    window = traitlets.Int(min=1).tag(sync=True)
    stride = traitlets.Int(8, min=1).tag(sync=True)
    step = traitlets.Int(0, min=0, help="the present window, counted row by row").tag(sync=True)
    predict = traitlets.Bool(False, help="hide the number of windows until it is guessed or revealed").tag(sync=True)
    errors = traitlets.Bool(False, help="fade the pixels that are right").tag(sync=True)

    def __init__(
        self,
        image: Tensor | None = None,
        scores: Mapping[int, Tensor] | None = None,
        classes: Sequence[str] | None = None,
        colors: Any = None,
        macs: Mapping[int, tuple[int, int]] | None = None,
        label_map: Tensor | None = None,
        **traits: Any,
    ) -> None:
        """Start from this image and these scores; `window`, `stride`, `step`, `predict`, `errors` may be given too."""
        if image is None:
            scene = Scenes(8, size=(96, 128), seed=6)[4]
            image, label_map, classes = scene["image"], scene["label_map"], Scenes.classes
        image, classes = check_image(image), check_classes(classes)
        palette = hex_colors(class_colors(classes) if colors is None else colors, len(classes))
        check_label_map(label_map, image)
        if scores:
            made = given_traits(scores, macs or {}, len(classes), *image.shape[1:])
        else:
            made, label_map = built_in_traits(image, label_map, classes, palette)
        made = {"classes": list(classes), "colors": palette, **made, **traits}
        made.setdefault("window", next((size for size in made["windows"] if size >= 15), made["windows"][-1]))
        if label_map is not None:
            made["truth"] = pack(as_bytes(label_map, VOID))
        super().__init__(size=list(image.shape[1:]), pixels=pack(as_bytes(image.permute(1, 2, 0) * 255, 255)), **made)
        if "step" not in traits:
            self.step = self.slide.count * 2 // 5

    @traitlets.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> int:
        if self.windows and proposal["value"] not in self.windows:
            sizes = ", ".join(map(str, self.windows))
            raise ValueError(f"there are no scores for window={proposal['value']}; choose one of {sizes}")
        return proposal["value"]

    @property
    def slide(self) -> Slide:
        """The present setting: where the windows lie."""
        return Slide(self.size[0], self.size[1], self.window, self.stride, self.padded)

    @property
    def fits(self) -> bool:
        """Whether there is any window: a window larger than an image that isn't padded has no place."""
        return self.slide.count > 0

    @property
    def image(self) -> Tensor:
        """The image as the page has it: (3, H, W) float64, rounded to 1/255."""
        return torch.from_numpy(unpack(self.pixels, (*self.size, 3)) / 255).permute(2, 0, 1)

    @property
    def scores(self) -> Tensor:
        """The scores of all stride-1 windows of the present size, (C, h, w) float64; raises ValueError if none fits."""
        if not self.fits:
            raise ValueError(f"{self!r} has no scores: the window is larger than the image; take a smaller one")
        if self.prototypes:
            return color_scores(self.image, torch.tensor(self.prototypes, dtype=torch.float64), self.window)
        height, width = (side if self.padded else side - self.window + 1 for side in self.size)
        return torch.from_numpy(unpack(self.maps[str(self.window)], (len(self.classes), height, width)) / 255)

    @property
    def label_map(self) -> Tensor:
        """The label map after the present window, (H, W) int64; −1 where no window has been."""
        if not self.fits:
            return torch.full(tuple(self.size), -1)
        best = self.scores.argmax(dim=0).numpy()
        return torch.from_numpy(self.slide.labels(best, min(self.step, self.slide.count - 1)))

    def describe(self) -> str:
        """Say the window, the outcome and the count; the alt text of the picture."""
        height, width = self.size
        start = f"An image of {height} by {width} pixels and a window of {self.window} pixels a side"
        if not self.fits:
            return f"{start}: the window is larger than the image, so there is no place for it."
        (rows, columns), step = self.slide.grid, min(self.step, self.slide.count - 1)
        share = float((self.label_map >= 0).double().mean())
        return (
            f"{start} that moves by {self.stride}: {rows} by {columns} windows. The crop under the window, one bar per "
            f"class with its score, and the label map, filled to {share:.0%} after {step + 1} windows."
        )

    def draw(self, figure: "Figure") -> None:
        """Draw the image with the window, the crop and its class scores, and the label map so far."""
        from segedu.widgets.sliding_window.figure import draw_slide

        image, labels = self.image.permute(1, 2, 0).numpy(), self.label_map.numpy()
        step, scores = min(self.step, max(self.slide.count - 1, 0)), self.scores if self.fits else None
        draw_slide(figure, image, self.slide, step, scores, labels, self.classes, self.colors)

    def __repr__(self) -> str:
        """Name the setting; the same text in every run."""
        how = "built-in color classifier" if self.prototypes else f"{len(self.classes)} classes"
        image = f"image {self.size[0]}×{self.size[1]}"
        slide = f"window {self.window}, stride {self.stride}, {self.slide.count} windows"
        return f"SlidingWindowExplorer({image}, {slide}, {how})"


def check_image(image: Tensor) -> Tensor:
    """Return the image as float32 (3, H, W) on the CPU; raises ValueError if it is no such image or too large."""
    if image.ndim != 3 or image.shape[0] != 3 or not image.is_floating_point():
        raise ValueError(f"the image is {image.dtype} of shape {tuple(image.shape)}; give (3, H, W) floats in [0, 1]")
    height, width = image.shape[1:]
    if max(height, width) > LARGEST_IMAGE:
        raise ValueError(f"the image has {height} × {width} pixels; shrink it to at most {LARGEST_IMAGE} per side")
    return read_image(image)


def check_classes(classes: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names as a tuple; raises ValueError if there are none."""
    if not classes:
        raise ValueError("the classes have no names; give classes=, one name per class")
    return tuple(classes)


def check_label_map(label_map: Tensor | None, image: Tensor) -> None:
    """Raise ValueError unless the label map has the image's height and width."""
    if label_map is not None and label_map.shape != image.shape[1:]:
        given, wanted = tuple(label_map.shape), tuple(image.shape[1:])
        raise ValueError(f"the label map has shape {given}; give one label per pixel of the image, {wanted}")


def hex_colors(colors: Any, count: int) -> list[str]:
    """Return (C, 3) uint8 colors as "#rrggbb"; raises ValueError for another shape.

    >>> hex_colors([[0, 114, 178]], 1)
    ['#0072b2']
    """
    array = np.asarray(colors)
    if array.shape != (count, 3):
        raise ValueError(f"the colors have shape {array.shape}; give ({count}, 3) uint8, one color per class")
    return [hex_of(color) for color in array.astype(np.uint8)]


def as_bytes(values: Tensor, most: int) -> np.ndarray:
    """Return numbers as the nearest of 0 … most, uint8."""
    return np.asarray(torch.as_tensor(values).detach().cpu().clamp(0, most).round().to(torch.uint8))


def given_traits(
    scores: Mapping[int, Tensor], macs: Mapping[int, tuple[int, int]], num_classes: int, height: int, width: int
) -> dict[str, Any]:
    """Return the traits that carry the passed scores and costs; raises ValueError for other shapes and ranges."""
    padded = set()
    for size, array in scores.items():
        full, inside = (num_classes, height, width), (num_classes, height - size + 1, width - size + 1)
        if tuple(array.shape) not in (full, inside):
            given = tuple(array.shape)
            raise ValueError(f"the scores of window {size} have shape {given}; give {full} if padded, or {inside}")
        if not (float(array.min()) >= 0 and float(array.max()) <= 1):
            raise ValueError(f"the scores of window {size} leave [0, 1]; give probabilities: logits.softmax(dim=0)")
        if size > 1:
            padded.add(tuple(array.shape) == full)
    if len(padded) > 1:
        raise ValueError("some score maps are as large as the image, others smaller; pad for all sizes or for none")
    return {
        "maps": {str(size): pack(quantize(scores[size])) for size in sorted(scores)},
        "costs": {str(size): [int(count) for count in pair] for size, pair in macs.items()},
        "windows": sorted(scores),
        "padded": padded == {True},
    }


def built_in_traits(
    image: Tensor, label_map: Tensor | None, classes: Sequence[str], palette: Sequence[str]
) -> tuple[dict[str, Any], Tensor]:
    """Return the built-in classifier's traits, and the label map numbered by the classes that occur in it."""
    if label_map is None:
        raise ValueError(
            "there are no scores; give scores={window: probabilities}, or label_map= for the built-in ones"
        )
    present, prototypes = color_prototypes(image, label_map, len(classes))
    renumbered = torch.full_like(torch.as_tensor(label_map), VOID)
    for number, label in enumerate(present):
        renumbered[label_map == label] = number
    shorter, longer = sorted(image.shape[1:])
    first_too_large = next(size for size in BUILT_IN_WINDOWS if size > shorter)
    return {
        "classes": [classes[label] for label in present],
        "colors": [palette[label] for label in present],
        "prototypes": prototypes.tolist(),
        "windows": [size for size in BUILT_IN_WINDOWS if size <= max(longer, first_too_large)],
    }, renumbered
