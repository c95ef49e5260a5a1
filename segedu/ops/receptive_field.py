"""How much of the image one output cell sees: by arithmetic, by gradient, and in effect.

`receptive_field` follows size, jump and start through the layers; `measured_receptive_field` asks autograd which input
pixels can reach an output cell, for any module; `effective_receptive_field` shows how much each of them matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from segedu.ops.sizes import IntOrPair
from segedu.ops.trace.field import FieldTrace, ReceptiveField
from segedu.ops.trace.modules import evaluating, shadow, tensors_in
from segedu.ops.trace.structure import Structure


@dataclass(frozen=True)
class MeasuredField:
    """The input pixels that can reach the output cell at `position`.

    mask: bool (H, W), True where a pixel counts (with holes, if the network has some); box: (top, left, bottom, right)
    around it, ends excluded. Both end at the image's border: choose a larger input if `touches_border`.
    """

    position: tuple[int, int]
    box: tuple[int, int, int, int]
    mask: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the box, in pixels."""
        top, left, bottom, right = self.box
        return bottom - top, right - left

    @property
    def touches_border(self) -> bool:
        """Whether the field may go on outside of the image."""
        top, left, bottom, right = self.box
        height, width = self.mask.shape
        return top == 0 or left == 0 or bottom == height or right == width


def receptive_field(
    layers: nn.Module | Sequence[IntOrPair | Sequence[IntOrPair]], input_size: tuple[int, int, int, int] | None = None
) -> ReceptiveField:
    """Work out the receptive field, layer by layer, of a list of layers or of a feed-forward module.

    layers: a sequence of (kernel, stride, padding, dilation), each an int or a pair, later ones optional; or a module
    of convolutions, poolings and functions that keep the size. Where branches meet, the field that holds both counts;
    normalization is taken pixel by pixel. input_size (N, C, H, W) is needed only by modules that refuse 1024 × 768.
    Raises ValueError if cells see fields of different size, as behind an upsampling: measure those.

    >>> receptive_field([(3, 1, 1)] * 5).size
    (11, 11)
    >>> receptive_field(nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.Conv2d(8, 8, 3, dilation=2)))
    ReceptiveField(size=(11, 11), jump=(2, 2), start=(0, 0))
    """
    if isinstance(layers, nn.Module):
        return _traced_field(layers, input_size)
    field = ReceptiveField()
    for layer in layers:
        field = field.then(layer) if isinstance(layer, int) else field.then(*layer)
    return field


def measured_receptive_field(
    module: nn.Module, input_size: tuple[int, int, int, int], position: tuple[int, int] | None = None
) -> MeasuredField:
    """Find by gradient which input pixels can reach one output cell: exact for any module, whatever its weights.

    input_size (N, C, H, W); position (row, column) in the output map, by default its middle. The gradient is taken
    through the module's bare structure (all windows add up, activations and normalizations pass on), so that none
    vanishes by accident. The module itself is left alone. Raises ValueError if there is no such position.

    >>> measured_receptive_field(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2)), (1, 3, 16, 20)).size
    (4, 4)
    """
    structure = shadow(module, _ones)
    image = torch.ones(input_size, requires_grad=True)
    with torch.enable_grad():
        with Structure():
            output = _feature_map(structure(image))
        position = _position(output, position)
        gradient = torch.autograd.grad(output[:, :, *position].sum(), image)[0]
    mask = gradient.ne(0).any(dim=1).any(dim=0)  # (H, W)
    return MeasuredField(position, _box(mask), mask)


def effective_receptive_field(
    module: nn.Module,
    input_size: tuple[int, int, int, int],
    samples: int = 16,
    seed: int = 0,
    position: tuple[int, int] | None = None,
) -> Tensor:
    """Average |gradient| of one output cell over random images: how much each pixel matters, float64 (H, W), sum 1.

    The module runs in eval mode with its own weights on `samples` batches of normal noise of shape `input_size`
    (N, C, H, W); each time the gradient of a random mix of the output's channels is taken. position (row, column) as in
    `measured_receptive_field`. Mode, gradients and generators are left as they were. Raises ValueError if no gradient
    arrives. Source: Luo et al. 2016, "Understanding the effective receptive field".

    >>> effective_receptive_field(nn.Conv2d(3, 8, 3), (1, 3, 9, 9), samples=2).count_nonzero().item()
    9
    """
    generator = torch.Generator().manual_seed(seed)
    anchor = next(module.parameters(), torch.empty(0))
    total = torch.zeros(input_size[-2:], dtype=torch.float64)
    with evaluating(module), torch.enable_grad():
        for _ in range(samples):
            image = torch.randn(input_size, generator=generator).to(anchor).requires_grad_()
            output = _feature_map(module(image))
            cell = output[:, :, *_position(output, position)]  # (N, C)
            mix = torch.randn(cell.shape, generator=generator).to(cell)
            gradient = torch.autograd.grad((cell * mix).sum(), image)[0]
            total += gradient.abs().sum(dim=(0, 1)).double().cpu()
    if not total.sum() > 0:
        raise ValueError("no gradient arrives at the input: the cell does not depend on it, or all its ReLUs are off.")
    return total / total.sum()


def effective_size(field: Tensor, share: float = 0.95) -> int:
    """Return the side, in pixels, of the smallest square around the center of mass that holds `share` of the field.

    field: (H, W), nonnegative, as `effective_receptive_field` returns it; share in (0, 1].

    >>> effective_size(torch.tensor([[0.01, 0.02, 0.01], [0.02, 0.88, 0.02], [0.01, 0.02, 0.01]]), share=0.8)
    1
    """
    weights = field.double() / field.double().sum()
    rows, columns = torch.arange(field.shape[0]), torch.arange(field.shape[1])
    row, column = (weights.sum(dim=1) * rows).sum().round(), (weights.sum(dim=0) * columns).sum().round()
    distance = torch.maximum((rows - row).abs()[:, None], (columns - column).abs()[None, :]).long()
    inside = torch.bincount(distance.flatten(), weights=weights.flatten()).cumsum(dim=0)  # by distance
    return 2 * int((inside < share - 1e-9).sum()) + 1


def _traced_field(module: nn.Module, input_size: tuple[int, int, int, int] | None) -> ReceptiveField:
    convolutions = (layer for layer in module.modules() if isinstance(layer, nn.Conv2d))
    first = next(convolutions, None)
    shape = input_size or (1, first.in_channels if first else 1, 1024, 768)
    image = torch.empty(shape, dtype=first.weight.dtype if first else None, device="meta")
    with torch.no_grad(), FieldTrace(image, ReceptiveField()) as trace:
        output = shadow(module)(image)
    return trace.field_of(tensors_in(output)[0])


def _ones(tensor: Tensor) -> Tensor:
    """Return ones that take no memory; whole numbers (indices, counters) keep their values."""
    if not tensor.is_floating_point() and not tensor.is_meta:
        return tensor.cpu()
    return torch.ones((), dtype=torch.float32 if tensor.is_floating_point() else tensor.dtype).expand(tensor.shape)


def _feature_map(output: Any) -> Tensor:
    """Return the first tensor of what a module gave; raises ValueError unless it is (N, C, H, W)."""
    tensors = tensors_in(output)
    shapes = [tuple(tensor.shape) for tensor in tensors[:1]]
    if not shapes or len(shapes[0]) != 4:
        raise ValueError(f"the module returned {shapes or type(output).__name__}; expected a map (N, C, H, W).")
    return tensors[0]


def _position(output: Tensor, position: tuple[int, int] | None) -> tuple[int, int]:
    height, width = output.shape[-2:]
    row, column = position or (height // 2, width // 2)
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"position {position} is outside of the output map of {height} × {width} cells.")
    return row, column


def _box(mask: Tensor) -> tuple[int, int, int, int]:
    rows, columns = mask.any(dim=1).nonzero(), mask.any(dim=0).nonzero()
    if not len(rows):
        raise ValueError("the output cell does not depend on the input: its window lies in the padding.")
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
