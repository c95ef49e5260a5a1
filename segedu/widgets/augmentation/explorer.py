"""The augmentation lab of lecture 11: image and labels move as one, and labels are never interpolated."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from segedu.labels import VOID
from segedu.widgets.augmentation.core import FILLS, MISTAKES, Outcome, augment
from segedu.widgets.augmentation.settings import (
    DRAWS,
    NO_GEOMETRY,
    NO_RECOLORING,
    draw_setting,
    read_small,
    starting_maps,
)
from segedu.widgets.base import Explorer, data_url
from segedu.widgets.kit.maps import read_colors
from segedu.widgets.kit.packed import pack, unpack
from segedu.widgets.kit.pixel import check_pixel

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class AugmentationLab(Explorer):
    """Transform an image with its label map, each transform with its strength, and break it on purpose.

    image: (3, H, W) or (1, H, W), floats in [0, 1] or uint8; label_map: (H, W) integers, 255 is void; without an image
    a scene. Over 128 pixels a side, blocks of pixels are averaged. class_names: C names, default "class 0", …;
    colors: (C, 3) or C "#rrggbb", default the course's.
    Geometry: flip_left_right, flip_up_down; rotation in degrees, clockwise, −180 to 180; zoom, 0.25 to 8; shift_x and
    shift_y in pixels, −64 to 64; shear in degrees, −45 to 45; elastic, the longest displacement in pixels, 0 to 16,
    between `nodes` random vectors a side, 3 to 8. Colors: brightness, contrast, saturation, factors of 0 to 3; blur,
    standard deviation in pixels, 0 to 4; noise, standard deviation, 0 to 0.4. seed: of the field and the noise.
    mistake: "none", "bilinear" (label numbers are interpolated), "left behind" (only the image moves) or "two draws"
    (the labels follow a draw of their own); fill: "void" or "class 0", where labels look outside of the source.
    Further traits: draw_number, the random setting that the page stands at, 0 to 40; outlines, marks, predict (True or
    False); pixel [row, column]. The properties `image`, `label_map` and `outcome` hold tensors, before and after.
    Raises ValueError or TraitError for anything else.
    Source: `torchvision.transforms.v2.functional`, whose arithmetic the page repeats.

    >>> AugmentationLab(rotation=0, zoom=2)
    AugmentationLab(image 95×127, 10 classes, zoom=2)
    """

    view = "augmentation/view.js"
    figure_size = (10.0, 4.6)

    size = traitlets.List(traitlets.Int(), help="height and width of what is shown").tag(sync=True)
    every = traitlets.Int(1, help="2: a shown pixel stands for 2 × 2 given ones").tag(sync=True)
    photo = traitlets.Unicode(help="the image, a PNG data URL").tag(sync=True)
    labels = traitlets.Unicode("", help="the label map, packed bytes (H, W), or nothing").tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    colors = traitlets.List(traitlets.Unicode(), help="one hex color per class").tag(sync=True)
    scene = traitlets.Bool(False, help="whether it is the lab's own scene").tag(sync=True)
    flip_left_right = traitlets.Bool(False).tag(sync=True)
    flip_up_down = traitlets.Bool(False).tag(sync=True)
    rotation = traitlets.Float(15.0, min=-180, max=180, help="degrees, clockwise").tag(sync=True)
    zoom = traitlets.Float(1.25, min=0.25, max=8, help="magnification").tag(sync=True)
    shift_x = traitlets.Int(0, min=-64, max=64, help="pixels to the right").tag(sync=True)
    shift_y = traitlets.Int(0, min=-64, max=64, help="pixels down").tag(sync=True)
    shear = traitlets.Float(0.0, min=-45, max=45, help="degrees, along x").tag(sync=True)
    elastic = traitlets.Float(0.0, min=0, max=16, help="longest displacement in pixels").tag(sync=True)
    nodes = traitlets.Int(4, min=3, max=8, help="random vectors along each side of the field").tag(sync=True)
    seed = traitlets.Int(0, min=0, max=999, help="of the field and the noise").tag(sync=True)
    brightness = traitlets.Float(1.0, min=0, max=3, help="factor").tag(sync=True)
    contrast = traitlets.Float(1.0, min=0, max=3, help="factor").tag(sync=True)
    saturation = traitlets.Float(1.0, min=0, max=3, help="factor").tag(sync=True)
    blur = traitlets.Float(0.0, min=0, max=4, help="standard deviation in pixels").tag(sync=True)
    noise = traitlets.Float(0.0, min=0, max=0.4, help="standard deviation").tag(sync=True)
    mistake = traitlets.Enum(MISTAKES, "none").tag(sync=True)
    fill = traitlets.Enum(FILLS, "void", help="what labels outside of the source become").tag(sync=True)
    draw_number = traitlets.Int(0, min=0, max=DRAWS, help="which random setting; 0 is none").tag(sync=True)
    outlines = traitlets.Bool(False, help="the labels' outlines over the image").tag(sync=True)
    marks = traitlets.Bool(True, help="fade what is right where the labels are wrong").tag(sync=True)
    predict = traitlets.Bool(False, help="hide the moved labels until a number is guessed").tag(sync=True)
    pixel = traitlets.List(traitlets.Int(), help="[row, column] of the output").tag(sync=True)

    def __init__(
        self,
        image: Any = None,
        label_map: Any = None,
        class_names: Sequence[str] | None = None,
        *,
        colors: Any = None,
        **traits: Any,
    ) -> None:
        """Start from this image; settings such as `zoom` or `mistake` may be given too."""
        if image is None and label_map is not None:
            raise ValueError("a label map was given without its image; give image=, (3, H, W)")
        maps, every = (starting_maps(), 1) if image is None else read_small(image, label_map, class_names)
        height, width = maps.image.shape[:2]
        super().__init__(
            size=[height, width],
            every=every,
            photo=data_url(maps.image),
            labels="" if maps.labels is None else pack(maps.labels),
            classes=list(maps.classes),
            colors=read_colors(colors, maps.classes),
            scene=image is None,
            **{"pixel": [height // 3, 2 * width // 3], **traits},
        )

    @traitlets.validate("pixel")
    def _check_pixel(self, proposal: dict[str, Any]) -> list[int]:
        return check_pixel(proposal["value"], self.size)

    @property
    def image(self) -> Tensor:
        """The image before the transform, as it is shown: (3, H, W) float32, steps of 1/255."""
        from segedu.widgets.kit.images import image_of

        return torch.from_numpy(image_of(self.photo)).permute(2, 0, 1).contiguous() / 255

    @property
    def label_map(self) -> Tensor:
        """The labels before the transform, as they are shown: (H, W) int64; all void where none were given."""
        if not self.labels:
            return torch.full(tuple(self.size), VOID)
        return torch.from_numpy(unpack(self.labels, tuple(self.size)).astype(np.int64))

    @property
    def setting(self) -> dict[str, Any]:
        """What changes the image and its labels, by name."""
        names = (*NO_GEOMETRY, *NO_RECOLORING, "nodes", "seed", "mistake", "fill")
        return {name: getattr(self, name) for name in names}

    @property
    def outcome(self) -> Outcome:
        """What the setting gives, by torchvision: `image`, `labels`, `right` (labels without a mistake), `wrong`."""
        other = {**self.setting, **draw_setting(self.draw_number % DRAWS + 1, self.size)}
        return augment(self.image, self.label_map, self.setting, other)

    def describe(self) -> str:
        """Say the setting, how much is void, and what the mistake does; the alt text of the picture."""
        made = self.outcome
        lead = f"An image of {self.size[0]} by {self.size[1]} pixels"
        changed = f"changed by {words}" if (words := self._changes()) else "unchanged"
        if not self.labels:
            return f"{lead}, before and {changed}; it has no labels."
        parts = [
            f"{lead} and its label map, before and {changed}. Void {float((made.labels == VOID).float().mean()):.1%}"
        ]
        if self.mistake != "none" or self.fill != "void":
            parts.append(
                f"{WRONG_WORDS[self.mistake]} at {int(made.wrong.sum())} pixels ({made.wrong.float().mean():.1%})"
            )
        return "; ".join(parts) + "."

    def _changes(self) -> str:
        usual = {**NO_GEOMETRY, **NO_RECOLORING}
        changed = {name: value for name, value in self.setting.items() if name in usual and value != usual[name]}
        return ", ".join(name if value is True else f"{name}={value:g}" for name, value in changed.items())

    def draw(self, figure: "Figure") -> None:
        """Draw image and labels, before and after, and the classes' shares before and after."""
        from segedu.widgets.augmentation.figure import draw_augmentation

        draw_augmentation(figure, self)

    def __repr__(self) -> str:
        """Name the setting where it changes something; the same text in every run."""
        known = f"{len(self.classes)} classes" if self.labels else "no labels"
        extra = [f"mistake={self.mistake!r}"] * (self.mistake != "none") + [f"fill={self.fill!r}"] * (
            self.fill != "void"
        )
        parts = [f"image {self.size[0]}×{self.size[1]}", known, *filter(None, [self._changes()]), *extra]
        return f"AugmentationLab({', '.join(parts)})"


WRONG_WORDS = {
    "none": "outside of the source the labels say class 0",
    "bilinear": "interpolated label numbers name a class that no neighbor has",
    "left behind": "the labels stayed behind and don't fit the image",
    "two draws": "the labels followed another draw and don't fit the image",
}
