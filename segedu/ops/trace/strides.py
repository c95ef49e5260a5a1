"""Follow accumulated strides through a module's forward: how many pixels lie between neighboring cells, map by map."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from segedu.ops.sizes import IntOrPair, pair
from segedu.ops.trace.modules import shadow, tensors_in

Jump = tuple[int, int]  # pixels between neighboring cells of a map, (vertical, horizontal)
_WHOLE = "whole"  # a tensor about the whole image, such as a global mean: it has no cells that could lie denser


@dataclass(frozen=True)
class Step:
    """One call of a function that looks beyond its own cell, or moves on by more than one."""

    function: str  # "conv2d"
    layer: str  # name of the innermost layer that was running, as in named_modules()
    jump: Jump  # of the map that went in
    stride: Jump = (1, 1)


def trace_strides(module: nn.Module, input_size: tuple[int, int, int, int] | None) -> tuple[list[Step], Jump]:
    """Return the steps of a forward pass in their order, and the largest accumulated stride of its maps.

    Shapes are worked out on a weightless copy. Raises ValueError if the way of the cells can't be followed to the end.
    """
    probe, image = probe_of(module, input_size)
    with torch.no_grad(), _StrideTrace(probe, image) as trace:
        output = probe(image)
    for tensor in tensors_in(output):
        trace.check(tensor)
    jumps = trace.jumps
    return trace.steps, (max(down for down, _ in jumps), max(right for _, right in jumps))


def probe_of(module: nn.Module, input_size: tuple[int, int, int, int] | None) -> tuple[nn.Module, Tensor]:
    """Return a weightless copy of a module in eval mode, and an image for it, both on the meta device."""
    convolutions = (layer for layer in module.modules() if isinstance(layer, nn.Conv2d))
    first = next(convolutions, None)
    size = input_size or (1, first.in_channels if first else 1, 1024, 768)
    dtypes = (parameter.dtype for parameter in module.parameters())
    return shadow(module), torch.empty(size, dtype=next(dtypes, torch.float32), device="meta")


class _StrideTrace(TorchFunctionMode):
    def __init__(self, module: nn.Module, image: Tensor) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.jumps: set[Jump] = {(1, 1)}
        self._known: dict[int, tuple[Tensor, Jump | str]] = {id(image): (image, (1, 1))}
        self._running: list[str] = []
        for name, layer in module.named_modules():
            layer.register_forward_pre_hook(lambda *_, name=name: self._running.append(name))
            layer.register_forward_hook(self._leave)

    def _leave(self, *_: Any) -> None:
        self._running.pop()

    def check(self, tensor: Tensor) -> None:
        """Raise ValueError if it is unknown where the cells of an output lie."""
        state = self._known[id(tensor)][1] if id(tensor) in self._known else "the output does not depend on the input"
        if isinstance(state, str) and state != _WHOLE:
            raise ValueError(f"{state}: convert the part of the module before it, its backbone.")

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        given = [tensor for tensor in tensors_in([args, kwargs]) if id(tensor) in self._known]
        result = func(*args, **kwargs)
        made = tensors_in(result) if given else []
        if made:
            state = self._after(func.__name__, args, kwargs, given, made)
            for output in made:
                self._known[id(output)] = (output, state)
        return result

    def _after(self, name: str, args: tuple, kwargs: dict, given: list[Tensor], made: list[Tensor]) -> Jump | str:
        """Return the jump of what a function made; a string says why it has none."""
        maps = [(tensor, self._known[id(tensor)][1]) for tensor in given if self._known[id(tensor)][1] != _WHOLE]
        jumps = {state for _, state in maps}
        lost = [state for state in jumps if isinstance(state, str)]
        if lost or not maps:
            return lost[0] if lost else _WHOLE
        if len(jumps) > 1:
            return f"maps whose cells lie {' and '.join(map(str, sorted(jumps)))} pixels apart meet in {name!r}"
        (jump,), size = jumps, maps[0][0].shape[-2:]
        assert not isinstance(jump, str)
        return self._moved(name, args, kwargs, jump, all(output.shape[-2:] == size for output in made))

    def _moved(self, name: str, args: tuple, kwargs: dict, jump: Jump, same_size: bool) -> Jump | str:
        stride = _STRIDES[name](*args, **kwargs) if name in _STRIDES else (1, 1)
        if name in _STRIDES or name in _LOOKS_AROUND:
            self.steps.append(Step(name, self._running[-1], jump, stride))
        if name in _POOLS_ALL:
            return _WHOLE
        if name in _MOVES_CELLS or not (same_size or name in _STRIDES):
            return f"behind {name!r} it is unknown where a cell lies"
        moved = (jump[0] * stride[0], jump[1] * stride[1])
        self.jumps.add(moved)
        return moved


def _convolution(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: IntOrPair = 1, *_: Any, **__: Any
) -> Jump:
    return pair(stride, "stride")


def _pooling(input: Tensor, kernel_size: IntOrPair, stride: IntOrPair | None = None, *_: Any, **__: Any) -> Jump:
    return pair(stride or kernel_size, "stride")


def _none(*_: Any, **__: Any) -> Jump:
    return 1, 1


_POOLS_ALL = {
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
}
_STRIDES: dict[str, Callable[..., Jump]] = {
    "conv2d": _convolution,
    "max_pool2d": _pooling,
    "max_pool2d_with_indices": _pooling,
    "avg_pool2d": _pooling,
    "pad": _none,
    **dict.fromkeys(_POOLS_ALL, _none),
}
_LOOKS_AROUND = {"group_norm", "instance_norm", "layer_norm"}  # their means change when a map gets denser
_MOVES_CELLS = {"conv_transpose2d", "interpolate", "grid_sample", "flip", "roll", "fold", "unfold"}
