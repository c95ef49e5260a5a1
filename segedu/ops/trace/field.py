"""Follow receptive fields through a module's forward, function by function, over branches and joins."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from segedu.ops.sizes import IntOrPair, pair
from segedu.ops.trace.modules import tensors_in

if TYPE_CHECKING:
    from segedu.ops.receptive_field import ReceptiveField


class FieldTrace(TorchFunctionMode):
    """Inside `with FieldTrace(image, field) as trace:`, every tensor made from `image` gets its field.

    Convolution, pooling and padding move the field on; functions that keep height and width pass it on, joining the
    fields of their inputs; what is behind any other function has lost it, and `trace.field_of` says why.
    """

    def __init__(self, image: Tensor, field: "ReceptiveField") -> None:
        super().__init__()
        self._known: dict[int, tuple[Tensor, ReceptiveField | str]] = {id(image): (image, field)}

    def field_of(self, tensor: Tensor) -> "ReceptiveField":
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


def _join(fields: list["ReceptiveField | str"]) -> "ReceptiveField | str":
    joined = fields[0]
    for field in fields[1:]:
        if isinstance(joined, str) or isinstance(field, str):
            return joined if isinstance(joined, str) else field
        if joined.jump != field.jump:
            return f"branches with jumps {joined.jump} and {field.jump} meet"
        joined = joined.join(field)
    return joined


def _after(
    name: str, args: tuple, kwargs: dict, field: "ReceptiveField | str", same_size: bool
) -> "ReceptiveField | str":
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
