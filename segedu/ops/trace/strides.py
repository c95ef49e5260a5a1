"""Accumulated strides, followed through a module's forward: how many pixels lie between neighboring cells, by map."""

from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import nn

from segedu.ops.sizes import Pair
from segedu.ops.trace.follow import Call, Follow, Lost
from segedu.ops.trace.modules import Shape, probe_of, tensors_in
from segedu.ops.trace.signatures import MOVES_CELLS, WINDOWS

Jump = Pair  # pixels between neighboring cells of a map
WHOLE: Final = "whole"  # of a tensor about the whole image, such as a global mean: no cells that could lie denser
_POOLS_ALL = {"adaptive_avg_pool2d", "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices"}
_NORMALIZES = {"group_norm", "instance_norm", "layer_norm"}  # their means change when a map gets denser


@dataclass(frozen=True)
class Step:
    """One call of a function that looks beyond its own cell, or moves on by more than one.

    Attributes:
        function: "conv2d".
        layer: Name of the innermost layer that was running, as in named_modules().
        jump: Of the map that went in.
        stride: In cells of that map.
    """

    function: str
    layer: str
    jump: Jump
    stride: Pair = (1, 1)


def trace_strides(module: nn.Module, input_size: Shape | None) -> tuple[list[Step], Jump]:
    """Return the steps of a forward pass in their order, and the largest accumulated stride of its maps.

    Shapes are worked out on a weightless copy.

    Raises:
        ValueError: The way of the cells can't be followed to the end.

    >>> trace_strides(nn.Conv2d(3, 8, 3, stride=(2, 1)), None)
    ([Step(function='conv2d', layer='', jump=(1, 1), stride=(2, 1))], (2, 1))
    """
    probe, image = probe_of(module, input_size)
    strides = _Strides(probe)
    with torch.no_grad(), Follow(image, (1, 1), strides.after) as trace:
        output = probe(image)
    for tensor in tensors_in(output):
        state = trace.state_of(tensor)
        if isinstance(state, Lost):
            raise ValueError(f"{state.reason}: convert the part of the module before it, its backbone.")
    vertical = max(jump[0] for jump in strides.jumps)
    horizontal = max(jump[1] for jump in strides.jumps)
    return strides.steps, (vertical, horizontal)


class _Strides:
    """The rule that multiplies strides, and what it met on the way."""

    def __init__(self, module: nn.Module) -> None:
        self.steps: list[Step] = []
        self.jumps: set[Jump] = {(1, 1)}
        self._running: list[str] = []  # names of the layers that are running, the innermost last
        for name, layer in module.named_modules():
            layer.register_forward_pre_hook(lambda *_, name=name: self._running.append(name))
            layer.register_forward_hook(self._leave)

    def _leave(self, *_: Any) -> None:
        self._running.pop()

    def after(self, call: Call) -> list:
        """Return the state of each output: its jump, WHOLE, or Lost."""
        maps = [index for index, state in enumerate(call.states) if state != WHOLE]
        if not maps:
            return [WHOLE] * len(call.outputs)
        jumps = {call.states[index] for index in maps}
        if len(jumps) > 1:
            distances = " and ".join(map(str, sorted(jumps)))
            reason = f"maps whose cells lie {distances} pixels apart meet in {call.name!r}"
            return [Lost(reason)] * len(call.outputs)
        first = maps[0]
        return [self._moved(call, call.states[first], call.sizes[first])] * len(call.outputs)

    def _moved(self, call: Call, jump: Jump, size: torch.Size) -> Jump | str | Lost:
        stride = (1, 1)
        if call.name in WINDOWS:
            stride = WINDOWS[call.name](*call.args, **call.kwargs).stride
        if call.name in WINDOWS or call.name in _POOLS_ALL or call.name in _NORMALIZES:
            self.steps.append(Step(call.name, self._running[-1], jump, stride))

        if call.name in _POOLS_ALL:
            return WHOLE
        keeps_cells = call.name in WINDOWS or all(output.shape[-2:] == size for output in call.outputs)
        if call.name in MOVES_CELLS or not keeps_cells:
            return Lost(f"behind {call.name!r} it is unknown where a cell lies")
        jump = (jump[0] * stride[0], jump[1] * stride[1])
        self.jumps.add(jump)
        return jump
