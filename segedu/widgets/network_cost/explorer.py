"""The network cost explorer of lecture 05: a design as a tower of layers, what it costs and how far it sees."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import traitlets
from torch import nn

from segedu.widgets.base import Explorer
from segedu.widgets.network_cost.core import DTYPES, Conditions, Row, Totals, rows_of, scaled, totals_of
from segedu.widgets.network_cost.designs import PRESETS, as_design, network, steps_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIDES = range(8, 1025)  # pixels
MOST_IMAGES = 32


class NetworkCostExplorer(Explorer):
    """Draw a network as a tower, count what each layer costs and sees, and compare it with a second design that stays.

    design, reference: a preset's name ("downsampling", "strides dropped", "full resolution", "dilated", "down and up"),
    or a dictionary {"layers": [1, 2, (1, 2)], "channels": 32, "kernel": 3, "double": True, "up": "at once"} in which a
    layer is a stride or (stride, dilation), "double" doubles the channels at each stride, and "up" is "none",
    "at once" or "step by step". The default is the lecture's question: a network that downsamples, and the same
    with its strides dropped. All presets but "strides dropped" take about the same MACs.
    size: (height, width) of the images, 8 to 1024; batch 1 to 32; training: count all outputs, as training keeps them,
    or (False) only the largest input and output of one layer; precision "fp32" or "bf16"; classes 2 to 99.
    `layers`, `totals` and `reference_totals` give the numbers. Raises ValueError for anything else, naming it.

    >>> NetworkCostExplorer("full resolution")
    NetworkCostExplorer(image 360×480, batch 16: 182 G MACs, sees 17×17; against 180 G MACs, sees 61×61)
    """

    view = "network_cost/view.js"
    figure_size = (9.6, 5.0)

    design = traitlets.Any(help="what the controls change").tag(sync=True)
    reference = traitlets.Any(help="what it is compared with").tag(sync=True)
    size = traitlets.List(traitlets.Int(), help="height and width of the images").tag(sync=True)
    batch = traitlets.Int(16, min=1, max=MOST_IMAGES, help="images at a time").tag(sync=True)
    training = traitlets.Bool(True, help="training keeps every output, inference two").tag(sync=True)
    precision = traitlets.Enum(list(DTYPES), "fp32", help="of weights and activations").tag(sync=True)
    classes = traitlets.Int(10, min=2, max=99, help="scores per pixel").tag(sync=True)
    step = traitlets.Int(-1, min=-1, help="which layer is written out, from 0; -1 is the last").tag(sync=True)
    predict = traitlets.Bool(False, help="hide the totals until they are guessed or revealed").tag(sync=True)

    def __init__(
        self,
        design: Any = "strides dropped",
        reference: Any = "downsampling",
        *,
        size: tuple[int, int] = (360, 480),
        **traits: Any,
    ) -> None:
        """Start from these designs; `batch`, `training`, `precision`, `classes`, `step`, `predict` may be given too."""
        super().__init__(design=design, reference=reference, size=list(size), **traits)

    @traitlets.validate("design", "reference")
    def _check_design(self, proposal: dict[str, Any]) -> dict[str, Any]:
        return as_design(proposal["value"])

    @traitlets.validate("size")
    def _check_size(self, proposal: dict[str, Any]) -> list[int]:
        size = proposal["value"]
        if len(size) != 2 or not all(side in SIDES for side in size):
            raise ValueError(f"the size is {size}; give height and width, {SIDES[0]} to {SIDES[-1]} pixels each")
        return size

    @property
    def conditions(self) -> Conditions:
        """What holds for both designs: image size, batch, training or inference, precision, classes."""
        return Conditions((self.size[0], self.size[1]), self.batch, self.training, self.precision, self.classes)

    @property
    def layers(self) -> list[Row]:
        """One row per layer of the design: output shape, parameters, MACs, bytes, receptive field."""
        return rows_of(self.design, self.conditions)

    @property
    def totals(self) -> Totals:
        """What the whole design costs: parameters, MACs, bytes, receptive field, the largest batch on a T4."""
        return totals_of(self.layers, self.conditions)

    @property
    def reference_totals(self) -> Totals:
        """The same for the design that it is compared with."""
        return totals_of(rows_of(self.reference, self.conditions), self.conditions)

    @property
    def module(self) -> nn.Sequential:
        """The design as torch layers on the meta device: shapes without weights."""
        return network(steps_of(self.design, self.classes, self.size))

    def describe(self) -> str:
        """Say what both designs cost and see; the alt text of the picture."""
        height, width = self.size
        return (
            f"Two towers of layers over an image of {height} by {width} pixels; a bar's width is its resolution, its "
            f"thickness its channels. The first, {name_of(self.design)}: {_words(self.totals, self.training)}. "
            f"The second, {name_of(self.reference)}: {_words(self.reference_totals, self.training)}."
        )

    def draw(self, figure: "Figure") -> None:
        """Draw both towers at one scale, the field of every layer, and the totals below."""
        from segedu.widgets.network_cost.figure import draw_towers

        sides = [(name_of(design), rows_of(design, self.conditions)) for design in (self.design, self.reference)]
        draw_towers(figure, sides, self.conditions)

    def __repr__(self) -> str:
        """Name the sizes; the same text in every run."""
        sides = [f"{scaled(one.macs)} MACs, sees {_times(one.field)}" for one in (self.totals, self.reference_totals)]
        return f"NetworkCostExplorer(image {_times(self.size)}, batch {self.batch}: {sides[0]}; against {sides[1]})"


def name_of(design: dict[str, Any]) -> str:
    """Return the preset's name of a design, or "custom"."""
    return next((name for name, preset in PRESETS.items() if as_design(preset) == design), "custom")


def _words(totals: Totals, training: bool) -> str:
    """Say one design's totals."""
    memory = "activations" if training else "activations at the largest layer"
    return (
        f"{totals.parameters:,} parameters, {scaled(totals.macs)} MACs, "
        f"{scaled(totals.activation_bytes)}B of {memory}, "
        f"a receptive field of {totals.field[0]} by {totals.field[1]} pixels"
    )


def _times(numbers: Sequence[int]) -> str:
    return "×".join(map(str, numbers))
