"""Receptive fields, followed through a module's forward, function by function, over branches and joins."""

from dataclasses import dataclass

import torch
from torch import nn

from segedu.ops.sizes import IntOrPair, pair
from segedu.ops.trace.follow import Call, Follow, Lost
from segedu.ops.trace.modules import Shape, probe_of, tensors_in
from segedu.ops.trace.signatures import MOVES_CELLS, WINDOWS


@dataclass(frozen=True)
class ReceptiveField:
    """What a cell of a feature map sees of the image; all three are pairs (vertical, horizontal), in pixels.

    Attributes:
        size: Height and width of the field.
        jump: How far the field moves from one cell to the next.
        start: Row and column where the field of cell (0, 0) begins, negative when that lies in the padding.
    """

    size: tuple[int, int] = (1, 1)
    jump: tuple[int, int] = (1, 1)
    start: tuple[int, int] = (0, 0)

    def then(
        self, kernel_size: IntOrPair, stride: IntOrPair = 1, padding: IntOrPair = 0, dilation: IntOrPair = 1
    ) -> "ReceptiveField":
        """Return the field behind one more layer: dilations add to the size, strides multiply the jump.

        size + (kernel − 1)·dilation·jump, jump·stride, start − padding·jump. Source: Araujo et al., Distill 2019.

        >>> ReceptiveField().then(3, stride=2).then(3)
        ReceptiveField(size=(7, 7), jump=(2, 2), start=(0, 0))
        """
        kernels = pair(kernel_size, "kernel_size")
        strides = pair(stride, "stride")
        paddings = pair(padding, "padding", least=0)
        dilations = pair(dilation, "dilation")
        down, right = self.jump
        height = self.size[0] + (kernels[0] - 1) * dilations[0] * down
        width = self.size[1] + (kernels[1] - 1) * dilations[1] * right
        top = self.start[0] - paddings[0] * down
        left = self.start[1] - paddings[1] * right
        return ReceptiveField((height, width), (down * strides[0], right * strides[1]), (top, left))

    def join(self, other: "ReceptiveField") -> "ReceptiveField":
        """Return the smallest field that holds both, as behind an addition or a concatenation; jumps must be equal.

        >>> ReceptiveField((3, 3), start=(-1, -1)).join(ReceptiveField((1, 5), start=(0, -2)))
        ReceptiveField(size=(3, 5), jump=(1, 1), start=(-1, -2))
        """
        top, left, bottom, right = self.box()
        other_top, other_left, other_bottom, other_right = other.box()
        top = min(top, other_top)
        left = min(left, other_left)
        bottom = max(bottom, other_bottom)
        right = max(right, other_right)
        return ReceptiveField((bottom - top, right - left), self.jump, (top, left))

    def box(self, position: tuple[int, int] = (0, 0)) -> tuple[int, int, int, int]:
        """Return (top, left, bottom, right) of what the cell at `position` sees, ends excluded, padding included.

        >>> ReceptiveField(size=(3, 3), jump=(2, 2), start=(-1, -1)).box((0, 4))
        (-1, 7, 2, 10)
        """
        top = self.start[0] + position[0] * self.jump[0]
        left = self.start[1] + position[1] * self.jump[1]
        return top, left, top + self.size[0], left + self.size[1]


def trace_field(module: nn.Module, input_size: Shape | None) -> ReceptiveField:
    """Return the field of a cell of the module's first output, away from the border.

    Raises:
        ValueError: Cells see fields of different size, or of none.

    >>> trace_field(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), None).size
    (3, 3)
    """
    probe, image = probe_of(module, input_size)
    with torch.no_grad(), Follow(image, ReceptiveField(), _fields) as trace:
        output = tensors_in(probe(image))[0]
    field = trace.state_of(output)
    if isinstance(field, Lost):
        raise ValueError(f"{field.reason}; use measured_receptive_field, which takes any module.")
    return field


def _fields(call: Call[ReceptiveField]) -> list[ReceptiveField | Lost]:
    """Windows and padding move the field on; what keeps height and width passes it on; the rest loses it."""
    field = _joined(call.states)
    if isinstance(field, ReceptiveField) and call.name in WINDOWS:
        field = field.then(*WINDOWS[call.name](*call.args, **call.kwargs))
        return [field] * len(call.outputs)

    fields: list[ReceptiveField | Lost] = []
    for output in call.outputs:
        moves = call.name in MOVES_CELLS or output.shape[-2:] != call.sizes[0]
        if isinstance(field, ReceptiveField) and moves:
            fields.append(Lost(f"behind {call.name!r} an output cell's field depends on where the cell lies"))
        else:
            fields.append(field)
    return fields


def _joined(fields: list[ReceptiveField]) -> ReceptiveField | Lost:
    joined = fields[0]
    for field in fields[1:]:
        if joined.jump != field.jump:
            return Lost(f"branches with jumps {joined.jump} and {field.jump} meet")
        joined = joined.join(field)
    return joined
