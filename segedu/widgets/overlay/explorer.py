"""The overlay viewer of lecture 01: an image with its labels laid over it, and what each pixel's number says."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from segedu.data.forms.panoptic import PER_CLASS
from segedu.data.scenes import Scenes
from segedu.labels import VOID
from segedu.widgets.base import Explorer, data_url
from segedu.widgets.kit.maps import read_colors, read_maps, read_things
from segedu.widgets.kit.packed import pack, unpack
from segedu.widgets.kit.pixel import check_pixel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODES = ("semantic", "instance", "panoptic")
DIALS: dict[str, Any] = {"overlap": 1.0, "objects": (7, 10), "pair_share": 0.5, "pair_size": 1.2, "rare": 0.6}
DIALS |= {"void_frame": 2, "noise": 0.01}


class OverlayViewer(Explorer):
    """Lay labels over an image: semantic, instance or panoptic, each pixel's numbers, each mask, and the errors.

    sample: a dict as data sets return it, with "image" and what it has of "label_map", "panoptic", or "masks" with
    "labels". Without it and without image=, a scene with touching cars, boulders and sheep.
    image: (3, H, W) or (1, H, W), floats in [0, 1] or uint8; label_map: (H, W) integers, 255 is void; panoptic: (H, W)
    integers, class · 1000 + instance, at most 999 instances of a class; these win over the sample's. A side over 256
    pixels is shown with every 2nd, 3rd, … pixel. A photograph alone is welcome: regions can be drawn on it.
    prediction: (H, W) integers of the same classes; its errors can be shown.
    classes: C names, default the scenes' for a sample of `Scenes`, else "class 0", …; colors: (C, 3) or C "#rrggbb",
    default the course's; things: names of the countable classes, default those that have instances.
    mode: "semantic", "instance" or "panoptic"; opacity: 0 (the image) to 1 (the labels).
    Further traits: outlines, boxes, errors, predict (True or False); source "labels" or "prediction"; hidden, the
    classes whose color is off; pixel [row, column]; step, the mask that is shown, counted from 1, 0 is none.
    Raises ValueError for shapes, types and labels that don't fit, in one sentence.

    >>> OverlayViewer()
    OverlayViewer(image 120×160, 10 classes, 9 instances, mode='semantic', opacity=0.5)
    """

    view = "overlay/view.js"
    figure_size = (10.0, 3.4)

    size = traitlets.List(traitlets.Int(), help="height and width of what is shown").tag(sync=True)
    every = traitlets.Int(1, help="2: every 2nd pixel of the given image is shown").tag(sync=True)
    photo = traitlets.Unicode(help="the image, a PNG data URL").tag(sync=True)
    labels = traitlets.Unicode("", help="the label map, packed bytes (H, W), or nothing").tag(sync=True)
    instances = traitlets.Unicode("", help="instance numbers, packed (2, H, W): n % 256, n // 256").tag(sync=True)
    predicted = traitlets.Unicode("", help="the prediction, packed bytes (H, W), or nothing").tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    colors = traitlets.List(traitlets.Unicode(), help="one hex color per class").tag(sync=True)
    things = traitlets.List(traitlets.Int(), help="indices of the countable classes").tag(sync=True)
    mode = traitlets.Enum(MODES, "semantic").tag(sync=True)
    opacity = traitlets.Float(0.5, min=0, max=1).tag(sync=True)
    source = traitlets.Enum(("labels", "prediction"), "labels").tag(sync=True)
    outlines = traitlets.Bool(False, help="a line around each segment").tag(sync=True)
    boxes = traitlets.Bool(False, help="a box around each instance").tag(sync=True)
    errors = traitlets.Bool(False, help="what the prediction has wrong, in orange").tag(sync=True)
    predict = traitlets.Bool(False, help="ask for the number of things before it is shown").tag(sync=True)
    hidden = traitlets.List(traitlets.Int(), help="classes whose color is off; 255 is void").tag(sync=True)
    pixel = traitlets.List(traitlets.Int(), help="[row, column]").tag(sync=True)
    step = traitlets.Int(0, min=0, help="the mask that is shown, from 1; 0 is none").tag(sync=True)

    def __init__(
        self,
        sample: Mapping[str, Any] | None = None,
        *,
        image: Any = None,
        label_map: Any = None,
        panoptic: Any = None,
        prediction: Any = None,
        classes: Sequence[str] | None = None,
        colors: Any = None,
        things: Sequence[str] | None = None,
        **traits: Any,
    ) -> None:
        """Start from this sample or these maps; traits such as `mode`, `opacity`, `outlines` may be given too."""
        if sample is None and image is None:
            sample = Scenes(8, size=(120, 160), seed=5, **DIALS)[7]
        given = {"image": image, "label_map": label_map, "panoptic": panoptic}
        maps = read_maps(sample, given, prediction, classes)
        height, width = maps.image.shape[:2]
        made: dict[str, Any] = {"pixel": _first_pixel(maps.labels, maps.instances, height, width)}
        if maps.labels is not None:
            made["labels"] = pack(maps.labels)
        if maps.instances is not None:
            made["instances"] = pack(np.stack([maps.instances % 256, maps.instances // 256]).astype(np.uint8))
        if maps.prediction is not None:
            made["predicted"] = pack(maps.prediction)
        super().__init__(
            size=[height, width],
            every=maps.every,
            photo=data_url(maps.image),
            classes=list(maps.classes),
            colors=read_colors(colors, maps.classes),
            things=read_things(things, maps),
            **{**made, **traits},
        )

    @traitlets.validate("pixel")
    def _check_pixel(self, proposal: dict[str, Any]) -> list[int]:
        return check_pixel(proposal["value"], self.size)

    @property
    def label_map(self) -> np.ndarray | None:
        """The true label map, (H, W) int64, as it is shown; None without labels."""
        return unpack(self.labels, tuple(self.size)).astype(np.int64) if self.labels else None

    @property
    def instance_map(self) -> np.ndarray | None:
        """The instance numbers, (H, W) int64, 0 for stuff and void; None if they are not known."""
        if not self.instances:
            return None
        low, high = unpack(self.instances, (2, *self.size)).astype(np.int64)
        return low + 256 * high

    @property
    def panoptic(self) -> np.ndarray | None:
        """The panoptic map, (H, W) int64: class · 1000 + instance; None if instances are not known."""
        labels, instances = self.label_map, self.instance_map
        return None if labels is None or instances is None else labels * PER_CLASS + instances

    @property
    def prediction(self) -> np.ndarray | None:
        """The predicted label map, (H, W) int64; None if none was given."""
        return unpack(self.predicted, tuple(self.size)).astype(np.int64) if self.predicted else None

    def describe(self) -> str:
        """Say what lies over the image, with the classes' shares; the alt text of the picture."""
        height, width = self.size
        start = f"An image of {height} by {width} pixels"
        labels = self.prediction if self.source == "prediction" and self.predicted else self.label_map
        if labels is None:
            return f"{start} without labels."
        shares = [(float((labels == label).mean()), name) for label, name in enumerate(self.classes)]
        shares += [(float((labels == VOID).mean()), "void")]
        largest = ", ".join(f"{name} {share:.0%}" for share, name in sorted(shares, reverse=True) if share >= 0.005)
        count = 0 if self.source == "prediction" else self.instance_count
        counted = f" It holds {count} instances." if count else ""
        return f"{start} with its {self.mode} labels laid over it at {self.opacity:.0%} opacity: {largest}.{counted}"

    @property
    def instance_count(self) -> int:
        """How many instances the panoptic map holds."""
        ids = self.panoptic
        return 0 if ids is None else sum(1 for i in np.unique(ids) if i % PER_CLASS and i // PER_CLASS != VOID)

    def draw(self, figure: "Figure") -> None:
        """Draw the image, the image under its labels, and the list of classes with their shares."""
        from segedu.widgets.overlay.figure import draw_overlay

        draw_overlay(figure, self)

    def __repr__(self) -> str:
        """Name the setting; the same text in every run."""
        known = f"{len(self.classes)} classes, {self.instance_count} instances" if self.labels else "no labels"
        return (
            f"OverlayViewer(image {self.size[0]}×{self.size[1]}, {known}, mode={self.mode!r}, opacity={self.opacity:g})"
        )


def _first_pixel(labels: np.ndarray | None, instances: np.ndarray | None, height: int, width: int) -> list[int]:
    """Return a pixel where two instances of one class touch, else one of an instance, else the middle of the image."""
    if labels is not None and instances is not None:
        left, right = (slice(None), slice(-1)), (slice(None), slice(1, None))
        same = (labels[left] == labels[right]) & (labels[left] != VOID)
        touch = same & (instances[left] != instances[right]) & (instances[left] > 0) & (instances[right] > 0)
        places = np.argwhere(touch if touch.any() else instances > 0)
        if len(places):
            return [int(at) for at in places[len(places) // 2]]
    return [height // 2, width // 2]
