"""The loss explorer of lecture 10: what each loss says about a pixel and a scene, and which pixels it lets push."""

from collections.abc import Mapping
from types import EllipsisType, MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
import traitlets
from torch import Tensor

from segedu.widgets.base import Explorer
from segedu.widgets.loss.core import HEIGHT, LOSSES, PIXELS, STEPS, WIDTH, Push, Setting, descent, hard_iou, pushes
from segedu.widgets.loss.pictures import course_pictures, own_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Lowest and highest value and the step between, as the sliders of loss/view.js have them.
_EVERY_PROBABILITY = (0.01, 0.99, 0.01)
RANGES: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "share": (0.0, 0.5, 0.005),
        "object_probability": _EVERY_PROBABILITY,
        "background_probability": _EVERY_PROBABILITY,
        "pixel_probability": _EVERY_PROBABILITY,
        "weight": (1.0, 200.0, 0.0),
        "gamma": (0.0, 5.0, 0.1),
        "alpha": (0.0, 1.0, 0.05),
        "beta": (0.0, 1.0, 0.05),
        "likeness": (0.0, 0.95, 0.05),
    }
)
CHOICES: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "epsilon": (0.0, 0.01, 0.1, 1.0, 10.0, 100.0),
        "learning_rate": (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
        "loss": LOSSES,
    }
)


class LossExplorer(Explorer):
    """Show what six losses say about one pixel and about a scene of 1000 pixels, and who pushes: object or background.

    share: the object's part of the pixels, 0 to 0.5, default that of the picture. All its pixels are predicted to be
    the object with object_probability; all others, wrongly, with background_probability (0.01 to 0.99 each).
    weight: of the object's class in the weighted cross-entropy, the background's is 1; gamma: of the focal loss;
    alpha, beta: Tversky's price of false positives and false negatives; epsilon: of Dice and Tversky, in pixels.
    loss: "cross-entropy", "weighted", "focal", "dice", "tversky" or "lovasz", the one that is written out and descended
    for 60 steps of learning_rate; likeness: how far a step for one group's logit moves the other's, 0 to 0.95.
    pixel_probability: of the right class in the single pixel; step: shown step of the descent; predict: hide first.
    subject: where the 1000 pixels lie: "pixels", or as 25 × 40 cells on a "scene" or a "photograph", or on "yours", the
    default if image, (3, H, W) or (1, H, W), floats in [0, 1] or uint8, and mask, (H, W) bool or 0 and 1, are given. A
    cell belongs to the mask if half of it does. A smaller share takes the object's innermost cells, a larger one grows
    it. The losses don't ask where a pixel is: equal shares have equal numbers on all pictures.
    `pushes`, `pixel_pushes`, `object_map`, `iou` and `trajectory` give the numbers.
    Raises ValueError for anything else, naming it.

    >>> LossExplorer(0.01)
    LossExplorer(share=0.01, object_probability=0.3, background_probability=0.1, loss='cross-entropy', step=0)
    """

    view = "loss/view.js"
    figure_size = (9.6, 3.9)

    share = traitlets.Any(0.02, help="the object's part of the pixels").tag(sync=True)
    object_probability = traitlets.Any(0.3, help="of the object, at its pixels").tag(sync=True)
    background_probability = traitlets.Any(0.1, help="of the object, at the background's pixels").tag(sync=True)
    pixel_probability = traitlets.Any(0.3, help="of the right class, in the single pixel").tag(sync=True)
    weight = traitlets.Any(10.0, help="of the object's class; the background's is 1").tag(sync=True)
    gamma = traitlets.Any(2.0, help="focal loss").tag(sync=True)
    alpha = traitlets.Any(0.3, help="Tversky: price of a false positive").tag(sync=True)
    beta = traitlets.Any(0.7, help="Tversky: price of a false negative").tag(sync=True)
    epsilon = traitlets.Any(1.0, help="Dice and Tversky, in pixels").tag(sync=True)
    likeness = traitlets.Any(0.5, help="how far a step for one group moves the other").tag(sync=True)
    learning_rate = traitlets.Any(5.0, help="of the gradient descent").tag(sync=True)
    loss = traitlets.Any("cross-entropy", help="the loss written out and descended").tag(sync=True)
    step = traitlets.Int(0, min=0, max=STEPS, help="of the gradient descent").tag(sync=True)
    pictures = traitlets.Dict(help="each one's title, words, image, order, share, cell").tag(sync=True)
    subject = traitlets.Any("pixels", help="where the pixels lie, one of pictures").tag(sync=True)
    predict = traitlets.Bool(False, help="hide the pushes until they are guessed or revealed").tag(sync=True)

    def __init__(
        self,
        share: float | EllipsisType = ...,
        object_probability: float = 0.3,
        background_probability: float = 0.1,
        *,
        image: Any = None,
        mask: Any = None,
        **traits: Any,
    ) -> None:
        """Start from this scene, share=... being the picture's own; every other setting may be given by keyword."""
        pictures = dict(traits.pop("pictures", course_pictures()))
        if image is not None or mask is not None:
            pictures["yours"] = own_picture(image, mask)
            traits = {"subject": "yours", **traits}
        if share is ...:
            share = pictures.get(traits.get("subject", "pixels"), {}).get("share") or 0.02
        made = {"object_probability": object_probability, "background_probability": background_probability}
        super().__init__(share=share, pictures=pictures, **made, **traits)

    @traitlets.validate(*RANGES)
    def _check_number(self, proposal: dict[str, Any]) -> float:
        name, value = proposal["trait"].name, proposal["value"]
        low, high, step = RANGES[name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        every = f" in steps of {step}" if step else ""
        if not number or not low <= value <= high or (step and abs(value / step - round(value / step)) > 1e-6):
            raise ValueError(f"{name} is {value!r}; give a number from {low:g} to {high:g}{every}")
        return float(value)

    @traitlets.validate(*CHOICES)
    def _check_choice(self, proposal: dict[str, Any]) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if isinstance(value, bool) or value not in CHOICES[name]:
            raise ValueError(f"{name} is {value!r}; choose one of {', '.join(map(str, CHOICES[name]))}")
        return value if isinstance(value, str) else float(value)

    @traitlets.validate("subject")
    def _check_subject(self, proposal: dict[str, Any]) -> str:
        value = proposal["value"]
        if value == "yours" and "yours" not in self.pictures:
            raise ValueError("subject is 'yours', but there is none; give image= and mask=")
        if not isinstance(value, str) or value not in self.pictures:
            raise ValueError(f"subject is {value!r}; choose one of {', '.join(self.pictures)}")
        return value

    @property
    def setting(self) -> Setting:
        """What the losses need: the object's pixels and every parameter of theirs."""
        objects = round(self.share * PIXELS)
        return Setting(objects, self.weight, self.gamma, self.alpha, self.beta, self.epsilon)

    @property
    def trajectory(self) -> Tensor:
        """The object's probability at the object's and at the background's pixels, after each step: (61, 2) float32."""
        return self.logits.sigmoid()

    @property
    def logits(self) -> Tensor:
        """The object's score minus the background's in the two groups, after each step: (61, 2) float32."""
        return self._descend(STEPS)

    def _descend(self, steps: int) -> Tensor:
        start = torch.tensor([self.object_probability, self.background_probability]).logit()
        return descent(self.loss, self.setting, start, self.learning_rate, self.likeness, steps)

    @property
    def probabilities(self) -> tuple[float, float]:
        """The two probabilities at the shown step."""
        at_object, at_background = self._descend(self.step)[-1].sigmoid().tolist()
        return at_object, at_background

    @property
    def pushes(self) -> dict[str, Push]:
        """Each loss's value and the total gradient, by size, on the logits of the object's and the background's pixels.

        The logit is the object's score minus the background's. All losses push both groups the right way.
        """
        return pushes(self.setting, self._descend(self.step)[-1])

    @property
    def pixel_pushes(self) -> tuple[float, float]:
        """The chosen loss's push on one pixel of the object, up, and of the background, down; 0 without pixels.

        It is the group's mean: Lovász sorts pixels, and those with equal errors needn't get equal pushes.
        """
        push, objects = self.pushes[self.loss], self.setting.object_pixels
        return push.from_object / max(objects, 1), push.from_background / (PIXELS - objects)

    @property
    def object_map(self) -> Tensor:
        """Which of the cells are the object: (25, 40) bool."""
        inside = torch.zeros(PIXELS, dtype=torch.bool)
        inside[self.pictures[self.subject]["order"][: self.setting.object_pixels]] = True
        return inside.reshape(HEIGHT, WIDTH)

    @property
    def iou(self) -> float:
        """IoU of the object with the prediction p ≥ 0.5; NaN where both are empty."""
        return hard_iou(self.setting.object_pixels, self._descend(self.step)[-1])

    def describe(self) -> str:
        """Say the scene and who pushes; the alt text of the picture."""
        at_object, at_background = self.probabilities
        parts = "; ".join(
            f"{name} {push.value:.3g} with {push.part:.0%} from the object" for name, push in self.pushes.items()
        )
        words = self.pictures[self.subject]["words"]
        up, down = self.pixel_pushes
        above = (
            f"{words} Above: the picture, the object outlined; its probability on 25 × 40 cells; who pushes, up at "
            f"each of the object's pixels by {up:.2g}, down at each other one by {down:.2g}, with {self.loss}. Below: "
        )
        return (above if words else "") + (
            f"A scene of {PIXELS} pixels, {self.share:.1%} of them an object, predicted with probability "
            f"{at_object:.3g} there and {at_background:.3g} on the background. Left, three losses over the right "
            f"class's probability. Middle, whose pixels push: {parts}. Right, {STEPS} steps of gradient "
            f"descent with {self.loss}: the probabilities, the IoU and the falling loss."
        )

    def draw(self, figure: "Figure") -> None:
        """Draw the pixel's curves, the bars of who pushes, and the descent; of a picture, its maps above them."""
        from segedu.widgets.loss.figure import draw_losses

        draw_losses(figure, self)

    def __repr__(self) -> str:
        """Name the scene, the loss and the step; the same text in every run."""
        names = ["share", "object_probability", "background_probability", "loss", "step"]
        names += ["subject"] if self.subject != "pixels" else []
        return f"LossExplorer({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"
