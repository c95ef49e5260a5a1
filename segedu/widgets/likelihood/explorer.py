"""The likelihood explorer of lecture 02: a logistic curve on one number per pixel, its loss and its gradient."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from segedu.labels import VOID
from segedu.widgets.base import Explorer, data_url
from segedu.widgets.kit.images import image_of
from segedu.widgets.kit.maps import read_colors
from segedu.widgets.kit.packed import pack, unpack
from segedu.widgets.kit.pixel import check_pixel
from segedu.widgets.likelihood.core import (
    FEATURES,
    STEPS,
    Scores,
    best_point,
    descent,
    feature_map,
    gradient,
    majority_scores,
    scores,
)
from segedu.widgets.likelihood.scene import default_target, read_pixels, read_target, scene, scene_code

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIMIT = 12.0  # of w and b, as the sliders of likelihood/view.js have it
LEARNING_RATES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
# What the copied code says where the explorer was given an image: names that the student's notebook has.
OWN_CODE = "# image: yours, (3, H, W) floats in [0, 1]; label_map: its labels, (H, W)"


class LikelihoodExplorer(Explorer):
    """Turn a logistic curve by hand and see each pixel's probability, loss and gradient, and the descent to the best.

    The classifier sees one number of a pixel, x: ten times red − green, red − blue or green − blue, or 10 · (brightness
    − 1/2). z = w·x + b, p = 1/(1 + e^−z) is the probability of the class `target`; y is 1 at its pixels, else 0; void
    (255) doesn't count. Loss of a pixel: −log p or −log(1 − p); its slope along z is p − y.
    image: (3, H, W) or (1, H, W), floats in [0, 1] or uint8; label_map: (H, W) integers; or sample: a dict as data sets
    return it, with both. Default: a scene with a boulder and two pyramids of the same stone. An image over 96 × 128 is
    shown with every 2nd, 3rd, … pixel. The image is used with 8 bits a channel.
    target: number or name of a class, default the boulder, or the class with most pixels but for class 0.
    w, b: −12 to 12; feature: "red − green", "red − blue", "green − blue" or "brightness".
    classes: C names; colors: (C, 3) or C "#rrggbb". learning_rate: of 60 steps of descent from (w, b), 0.1 to 100 as
    `LEARNING_RATES` lists them; step: the shown one, 0 to 60; pixel: [row, column]; predict: hide first.
    `point`, `x`, `y`, `valid`, `p`, `loss_map`, `gradient_map`, `gradient`, `scores`, `baseline`, `best` and
    `trajectory` give the numbers. Raises ValueError for anything else, naming it.

    >>> LikelihoodExplorer()
    LikelihoodExplorer(80×120 pixels, target='boulder', feature='red − green', w=2, b=0, step=0, loss=0.308)
    """

    view = "likelihood/view.js"
    figure_size = (10.0, 5.2)

    size = traitlets.List(traitlets.Int(), help="height and width of what is shown").tag(sync=True)
    every = traitlets.Int(1, help="2: every 2nd pixel of the given image is shown").tag(sync=True)
    photo = traitlets.Unicode(help="the image, a PNG data URL").tag(sync=True)
    labels = traitlets.Unicode(help="the label map, packed bytes (H, W)").tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    colors = traitlets.List(traitlets.Unicode(), help="one hex color per class").tag(sync=True)
    source = traitlets.Unicode(help="a line of Python that makes `sample`, or a remark on image and label_map").tag(
        sync=True
    )
    target = traitlets.Any(help="number of the class that is looked for").tag(sync=True)
    feature = traitlets.Any("red − green", help="the number that the classifier sees").tag(sync=True)
    w = traitlets.Any(2.0, help="slope of z at the start of the descent").tag(sync=True)
    b = traitlets.Any(0.0, help="z where x is 0, at the start of the descent").tag(sync=True)
    learning_rate = traitlets.Any(5.0, help="of the gradient descent").tag(sync=True)
    step = traitlets.Int(0, min=0, max=STEPS, help="of the gradient descent").tag(sync=True)
    pixel = traitlets.List(traitlets.Int(), help="[row, column]").tag(sync=True)
    predict = traitlets.Bool(False, help="hide what w and b do until it is guessed or revealed").tag(sync=True)

    def __init__(
        self,
        image: Any = None,
        label_map: Any = None,
        target: int | str | None = None,
        w: float = 2.0,
        b: float = 0.0,
        feature: str = "red − green",
        *,
        sample: Mapping[str, Any] | None = None,
        classes: Sequence[str] | None = None,
        colors: Any = None,
        **traits: Any,
    ) -> None:
        """Start from these pixels and this curve; traits such as `learning_rate` and `pixel` may be given too."""
        own = sample is not None or image is not None or label_map is not None
        maps, every = read_pixels(sample if own else scene(), image, label_map, classes)
        assert maps.labels is not None  # read_pixels saw to it
        wanted = target if target is not None else default_target(maps.labels) if own else "boulder"
        number = read_target(wanted, maps.classes)
        super().__init__(
            size=list(maps.labels.shape),
            every=every,
            photo=data_url(maps.image),
            labels=pack(maps.labels),
            classes=list(maps.classes),
            colors=read_colors(colors, maps.classes),
            source=OWN_CODE if own else scene_code(),
            target=number,
            **{"w": w, "b": b, "feature": feature, "pixel": _first_pixel(maps.labels, number), **traits},
        )

    @traitlets.validate("w", "b")
    def _check_number(self, proposal: dict[str, Any]) -> float:
        name, value = proposal["trait"].name, proposal["value"]
        if isinstance(value, bool) or not isinstance(value, int | float) or not -LIMIT <= value <= LIMIT:
            raise ValueError(f"{name} is {value!r}; give a number from −{LIMIT:g} to {LIMIT:g}")
        return float(value)

    @traitlets.validate("feature")
    def _check_feature(self, proposal: dict[str, Any]) -> str:
        value = proposal["value"]
        name = value.replace(" - ", " − ") if isinstance(value, str) else value  # a keyboard has no minus sign
        if name not in FEATURES:
            raise ValueError(f"feature is {value!r}; choose one of {', '.join(FEATURES)}")
        return str(name)

    @traitlets.validate("learning_rate")
    def _check_rate(self, proposal: dict[str, Any]) -> float:
        value = proposal["value"]
        if isinstance(value, bool) or value not in LEARNING_RATES:
            raise ValueError(f"learning_rate is {value!r}; choose one of {', '.join(map(str, LEARNING_RATES))}")
        return float(value)

    @traitlets.validate("target")
    def _check_target(self, proposal: dict[str, Any]) -> int:
        return read_target(proposal["value"], self.classes)

    @traitlets.validate("pixel")
    def _check_pixel(self, proposal: dict[str, Any]) -> list[int]:
        return check_pixel(proposal["value"], self.size)

    @property
    def image(self) -> np.ndarray:
        """The image as it is shown and used, (H, W, 3) uint8."""
        return image_of(self.photo)

    @property
    def label_map(self) -> Tensor:
        """The label map as it is shown, (H, W) int64, 255 for void."""
        return torch.from_numpy(unpack(self.labels, tuple(self.size)).astype(np.int64))

    @property
    def x(self) -> Tensor:
        """The number that the classifier sees of each pixel, (H, W) float64, about −10 to 10."""
        return feature_map(self.image, self.feature)

    @property
    def y(self) -> Tensor:
        """1 at the target's pixels, else 0, (H, W) float64; void is 0 and doesn't count."""
        return (self.label_map == self.target).double()

    @property
    def valid(self) -> Tensor:
        """Which pixels count, (H, W) bool: all but void."""
        return self.label_map != VOID

    @property
    def trajectory(self) -> Tensor:
        """w and b after each step of descent, (61, 2) float64; where steps overshoot, rounding decides late ones."""
        return self._descend(STEPS)

    @property
    def point(self) -> tuple[float, float]:
        """w and b at the shown step."""
        w, b = self._descend(self.step)[-1].tolist()
        return w, b

    @property
    def z(self) -> Tensor:
        """The logit w·x + b of each pixel at the shown step, (H, W) float64."""
        w, b = self.point
        return w * self.x + b

    @property
    def p(self) -> Tensor:
        """The probability of the target at each pixel, (H, W) float64."""
        return self.z.sigmoid()

    @property
    def loss_map(self) -> Tensor:
        """−log p at the target's pixels, −log(1 − p) elsewhere, (H, W) float64; NaN at void."""
        z, y = self.z, self.y
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")
        return loss.masked_fill(~self.valid, float("nan"))

    @property
    def gradient_map(self) -> Tensor:
        """p − y, the slope of each pixel's loss along its z, (H, W) float64; NaN at void."""
        return (self.p - self.y).masked_fill(~self.valid, float("nan"))

    @property
    def gradient(self) -> tuple[float, float]:
        """The slopes of the mean loss along w and b at the shown step: the means of (p − y)·x and of p − y."""
        along_w, along_b = gradient(*self._pixels(), torch.tensor(self.point, dtype=torch.float64)).tolist()
        return along_w, along_b

    @property
    def best(self) -> tuple[float, float] | None:
        """The w and b of the least mean loss, by Newton's method; None where the loss falls for ever."""
        point = best_point(*self._pixels())
        return None if point is None else (float(point[0]), float(point[1]))

    @property
    def scores(self) -> Scores:
        """Mean loss, log-likelihood, accuracy and IoU at the shown step."""
        return self.scores_at(*self.point)

    @property
    def baseline(self) -> Scores:
        """The scores of the best p that looks at no pixel: the target's share, so the larger class everywhere."""
        return majority_scores(self._pixels()[1])

    def scores_at(self, w: float, b: float) -> Scores:
        """Return mean loss, log-likelihood, accuracy and IoU (p ≥ 0.5) of the curve with this w and b."""
        return scores(*self._pixels(), torch.tensor([w, b], dtype=torch.float64))

    def _pixels(self) -> tuple[Tensor, Tensor]:
        valid = self.valid
        return self.x[valid], self.y[valid]

    def _descend(self, steps: int) -> Tensor:
        start = torch.tensor([self.w, self.b], dtype=torch.float64)
        return descent(*self._pixels(), start, self.learning_rate, steps)

    def describe(self) -> str:
        """Say the curve and what it is worth; the alt text of the picture."""
        name, (w, b) = self.classes[self.target], self.point
        lead = (
            f"Histograms of {self.feature} for pixels of the class {name}, from above, and for all others, from below, "
            f"with the logistic curve of w {w:.2f} and b {b:.2f}."
        )
        if self.predict:
            return f"{lead} Below the image, and empty places for p, loss and gradient, to be guessed."
        said, best = self.scores, self.best
        goal = "no w and b are best: the loss falls for ever"
        if best:
            goal = f"the best are w {best[0]:.2f}, b {best[1]:.2f} with {self.scores_at(*best).loss:.3g}"
        return (
            f"{lead} Beside it the mean loss over w and b as a map. Below: the image, each pixel's probability, loss "
            f"and gradient. Mean loss {said.loss:.3g}, {goal}; accuracy {said.accuracy:.3g}, IoU {said.iou:.3g}."
        ).replace("nan", "0/0")

    def draw(self, figure: "Figure") -> None:
        """Draw the histograms with the curve, the loss over (w, b) with the path, and the four maps."""
        from segedu.widgets.likelihood.figure import draw_likelihood

        draw_likelihood(figure, self)

    def __repr__(self) -> str:
        """Name the pixels, the curve and its loss; the same text in every run."""
        size = f"{self.size[0]}×{self.size[1]} pixels"
        curve = f"w={self.w:g}, b={self.b:g}, step={self.step}"
        asked = f"target={self.classes[self.target]!r}, feature={self.feature!r}"
        loss = "" if self.predict else f", loss={self.scores.loss:.3f}"
        return f"LikelihoodExplorer({size}, {asked}, {curve}{loss})"


def _first_pixel(labels: np.ndarray, target: int) -> list[int]:
    """Return the target's pixel nearest to the middle of its pixels, or the middle of the image without any."""
    places = np.argwhere(labels == target)
    if len(places) == 0:
        return [side // 2 for side in labels.shape]
    nearest = places[np.square(places - places.mean(axis=0)).sum(axis=1).argmin()]
    return [int(at) for at in nearest]
