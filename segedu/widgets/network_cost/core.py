"""What a design of the network cost explorer costs and sees, by segedu.ops.cost and one cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from segedu.ops.cost import layer_table
from segedu.widgets.network_cost.designs import IMAGE_CHANNELS, Design, Step, network, steps_of

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
T4_BYTES = 16 * 10**9  # the memory of a T4, Colab's free GPU; as in network_cost/core.js
TRAINING_BYTES_PER_WEIGHT = 16  # the weight, its gradient and Adam's two moments, in fp32


@dataclass(frozen=True)
class Conditions:
    """What holds for every design; size is the image's (H, W), precision "fp32" or "bf16"."""

    size: tuple[int, int]
    batch: int
    training: bool
    precision: str
    classes: int


@dataclass(frozen=True)
class Row:
    """One layer of the tower with its costs.

    field: how many pixels the middle cell of its output sees (vertical, horizontal).
    """

    step: Step
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    bytes: int
    field: tuple[int, int]


@dataclass(frozen=True)
class Totals:
    """What a whole design costs.

    activation_bytes: in training all layers' outputs, as `se.ops.activation_memory` counts them;
    in inference the largest sum of one layer's input and output. weight_bytes: in training 16 per
    weight, in inference the weight alone. largest_batch: how many images fit into the 16 GB of a
    T4, 0 if not even one does.
    """

    parameters: int
    macs: int
    activation_bytes: int
    weight_bytes: int
    field: tuple[int, int]
    largest_batch: int


def rows_of(design: Design, conditions: Conditions) -> list[Row]:
    """Return one row per convolution and upsampling, the first layer first."""
    steps = steps_of(design, conditions.classes, conditions.size)
    shape = (conditions.batch, IMAGE_CHANNELS, *conditions.size)
    table = layer_table(network(steps), shape, DTYPES[conditions.precision])
    counted = [row for row in table if row.kind != "ReLU"]  # in place: no memory, no weights
    rows = []
    for number, (step, row) in enumerate(zip(steps, counted, strict=True), start=1):
        field = middle_field(steps[:number])
        costs = (row.parameters, row.macs, row.activation_bytes)
        rows.append(Row(step, row.output_shape, *costs, field))
    return rows


def totals_of(rows: Sequence[Row], conditions: Conditions) -> Totals:
    """Return the sums over a design's rows."""
    # Bytes of the weights.
    parameters = sum(row.parameters for row in rows)
    per_number = DTYPES[conditions.precision].itemsize
    per_weight = TRAINING_BYTES_PER_WEIGHT if conditions.training else per_number
    weights = parameters * per_weight

    # Bytes of the maps: all in training, a layer's input and output in inference.
    height, width = conditions.size
    image = conditions.batch * IMAGE_CHANNELS * height * width * per_number
    outputs = [row.bytes for row in rows]
    if conditions.training:
        activations = sum(outputs)
    else:
        activations = max(before + after for before, after in pairwise([image, *outputs]))

    return Totals(
        parameters,
        macs=sum(row.macs for row in rows),
        activation_bytes=activations,
        weight_bytes=weights,
        field=rows[-1].field,
        largest_batch=max(0, (T4_BYTES - weights) * conditions.batch // activations),
    )


def middle_field(steps: Sequence[Step]) -> tuple[int, int]:
    """Return how many pixels the middle cell of the last step's output sees.

    Vertical and horizontal, not cut at the border.
    """
    return _middle_length(steps, 0), _middle_length(steps, 1)


def _middle_length(steps: Sequence[Step], axis: int) -> int:
    middle = steps[-1].sizes[1][axis] // 2
    first, last = sees(steps, axis, middle)
    return last - first + 1


def sees(steps: Sequence[Step], axis: int, cell: int) -> tuple[int, int]:
    """Return the first and the last pixel that an output cell sees along one axis.

    They may lie outside of the image. A convolution reads cells cell·stride − padding …
    + dilation·(kernel − 1); bilinear upsampling from n to m cells reads the two around
    (cell + ½)·n/m − ½, only one where that is a whole number, and none beyond the border.
    """
    first = last = cell
    for step in reversed(steps):
        if step.kind == "up":
            small, large = (size[axis] for size in step.sizes)
            first = max(0, ((2 * first + 1) * small - large) // (2 * large))
            last = min(small - 1, -((large - (2 * last + 1) * small) // (2 * large)))
        else:
            reach = step.dilation * (step.kernel - 1)
            first = first * step.stride - step.padding
            last = last * step.stride + reach - step.padding
    return first, last


def scaled(value: int) -> str:
    """Return three digits and a prefix, half rounded up, as on the screen.

    >>> scaled(1234567), scaled(99950), scaled(999)
    ('1.23 M', '100 k', '999')
    """
    if value < 1000:
        return str(value)
    unit = 10 ** (len(str(value)) - 3)
    rounded = (2 * value + unit) // (2 * unit) * unit
    power = (len(str(rounded)) - 1) // 3
    digits = f"{rounded / 1000**power:#.3g}".rstrip(".")
    prefix = "kMGTP"[power - 1]
    return f"{digits} {prefix}"
