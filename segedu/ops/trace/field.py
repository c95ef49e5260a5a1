"""Follow receptive fields through a module's forward, function by function, over branches and joins."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from segedu.ops.sizes import IntOrPair, pair
from segedu.ops.trace.modules import tensors_in


@dataclass(frozen=True)
class ReceptiveField:
    """What a cell of a feature map sees of the image; all three are pairs (vertical, horizontal), in pixels.

    size: height and width of the field; jump: how far the field moves from one cell to the next; start: row and column
    where the field of cell (0, 0) begins, negative when that lies in the padding.
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
        kernels, strides = pair(kernel_size, "kernel_size"), pair(stride, "stride")
        paddings, dilations = pair(padding, "padding", least=0), pair(dilation, "dilation")
        (height, width), (down, right), (top, left) = self.size, self.jump, self.start
        return ReceptiveField(
            size=(
                height + (kernels[0] - 1) * dilations[0] * down,
                width + (kernels[1] - 1) * dilations[1] * right,
            ),
            jump=(down * strides[0], right * strides[1]),
            start=(top - paddings[0] * down, left - paddings[1] * right),
        )

    def join(self, other: "ReceptiveField") -> "ReceptiveField":
        """Return the smallest field that holds both, as behind an addition or a concatenation; jumps must be equal."""
        mine, theirs = self.box(), other.box()
        top, left = min(mine[0], theirs[0]), min(mine[1], theirs[1])
        bottom, right = max(mine[2], theirs[2]), max(mine[3], theirs[3])
        return ReceptiveField((bottom - top, right - left), self.jump, (top, left))

    def box(self, position: tuple[int, int] = (0, 0)) -> tuple[int, int, int, int]:
        """Return (top, left, bottom, right) of what the cell at `position` sees, ends excluded, padding included.

        >>> ReceptiveField(size=(3, 3), jump=(2, 2), start=(-1, -1)).box((0, 4))
        (-1, 7, 2, 10)
        """
        top, left = (self.start[axis] + position[axis] * self.jump[axis] for axis in (0, 1))
        return top, left, top + self.size[0], left + self.size[1]


class FieldTrace(TorchFunctionMode):
    """Inside `with FieldTrace(image, field) as trace:`, every tensor made from `image` gets its field.

    Convolution, pooling and padding move the field on; functions that keep height and width pass it on, joining the
    fields of their inputs; what is behind any other function has lost it, and `trace.field_of` says why.
    """

    def __init__(self, image: Tensor, field: ReceptiveField) -> None:
        super().__init__()
        self._known: dict[int, tuple[Tensor, ReceptiveField | str]] = {id(image): (image, field)}

    def field_of(self, tensor: Tensor) -> ReceptiveField:
        """Return the tensor's field; raises ValueError if it has none of the same size everywhere."""
        field = self._known[id(tensor)][1] if id(tensor) in self._known else "the output does not depend on the input"
        if isinstance(field, str):
            raise ValueError(f"{field}; use measured_receptive_field, which takes any module.")
        return field

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        given = [tensor for tensor in tensors_in([args, kwargs]) if id(tensor) in self._known]
        field = _join([self._known[id(tensor)][1] for tensor in given]) if given else ""
        size = given[0].shape[-2:] if given else None
        result = func(*args, **kwargs)
        for output in tensors_in(result) if given else ():
            self._known[id(output)] = (output, _after(func.__name__, args, kwargs, field, size == output.shape[-2:]))
        return result


def _join(fields: list[ReceptiveField | str]) -> ReceptiveField | str:
    joined = fields[0]
    for field in fields[1:]:
        if isinstance(joined, str) or isinstance(field, str):
            return joined if isinstance(joined, str) else field
        if joined.jump != field.jump:
            return f"branches with jumps {joined.jump} and {field.jump} meet"
        joined = joined.join(field)
    return joined


def _after(name: str, args: tuple, kwargs: dict, field: ReceptiveField | str, same_size: bool) -> ReceptiveField | str:
    if isinstance(field, str):
        return field
    if name in _WINDOWS:
        return field.then(*_WINDOWS[name](*args, **kwargs))
    if name in _MOVES_CELLS or not same_size:
        return f"behind {name!r} an output cell's field depends on where the cell lies"
    return field


Window = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]  # kernel, stride, padding, dilation


def _convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrPair = 1,
    padding: IntOrPair | str = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Window:
    (kh, kw), (dy, dx) = weight.shape[2:], pair(dilation, "dilation")
    if padding == "same":
        padding = (dy * (kh - 1) // 2, dx * (kw - 1) // 2)
    before = (0, 0) if isinstance(padding, str) else pair(padding, "padding", least=0)
    return (kh, kw), pair(stride, "stride"), before, (dy, dx)


def _max_pool(
    input: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Window:
    kernel, strides = pair(kernel_size, "kernel_size"), pair(stride or kernel_size, "stride")
    return kernel, strides, pair(padding, "padding", least=0), pair(dilation, "dilation")


def _average_pool(
    input: Tensor,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    *other: Any,
    **others: Any,
) -> Window:
    return _max_pool(input, kernel_size, stride, padding)


def _padding(input: Tensor, pad: list[int], mode: str = "constant", value: float | None = None) -> Window:
    left, _, top, _ = (*pad, 0, 0)[:4]
    return (1, 1), (1, 1), (top, left), (1, 1)


_WINDOWS: dict[str, Callable[..., Window]] = {
    "conv2d": _convolution,
    "max_pool2d": _max_pool,
    "max_pool2d_with_indices": _max_pool,
    "avg_pool2d": _average_pool,
    "pad": _padding,
}
_MOVES_CELLS = {"conv_transpose2d", "interpolate", "grid_sample", "flip", "roll", "fold", "unfold"}
