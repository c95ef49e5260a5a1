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
from segedu.ops.trace.field import ReceptiveField, trace_field
from segedu.ops.trace.modules import Shape, evaluating, shadow, tensors_in
from segedu.ops.trace.structure import Structure


def receptive_field(
    layers: nn.Module | Sequence[IntOrPair | Sequence[IntOrPair]], input_size: Shape | None = None
) -> ReceptiveField:
    """Work out the receptive field, layer by layer, of a list of layers or of a feed-forward module.

    Where branches meet, the field that holds both counts; normalization is taken pixel by pixel.

    Args:
        layers: A sequence of (kernel, stride, padding, dilation), each an int or a pair, later ones optional; or a
            module of convolutions, poolings and functions that keep the size.
        input_size: (N, C, H, W), needed only by modules that refuse 1024 × 768.

    Raises:
        ValueError: Cells see fields of different size, as behind an upsampling: measure those.

    >>> receptive_field([(3, 1, 1)] * 5).size
    (11, 11)
    >>> receptive_field(nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.Conv2d(8, 8, 3, dilation=2)))
    ReceptiveField(size=(11, 11), jump=(2, 2), start=(0, 0))
    """
    if isinstance(layers, nn.Module):
        return trace_field(layers, input_size)
    field = ReceptiveField()
    for layer in layers:
        field = field.then(layer) if isinstance(layer, int) else field.then(*layer)
    return field


@dataclass(frozen=True)
class MeasuredField:
    """The input pixels that can reach one output cell; mask and box end at the image's border.

    Attributes:
        position: Row and column of the output cell.
        box: (top, left, bottom, right) around the pixels, ends excluded.
        mask: bool (H, W), True where a pixel counts (with holes, if the network has some).
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
        """Whether the field may go on outside of the image: then choose a larger input."""
        top, left, bottom, right = self.box
        height, width = self.mask.shape
        return top == 0 or left == 0 or bottom == height or right == width


def measured_receptive_field(
    module: nn.Module, input_size: Shape, position: tuple[int, int] | None = None
) -> MeasuredField:
    """Find by gradient which input pixels can reach one output cell: exact for any module, whatever its weights.

    The gradient is taken through the module's bare structure (all windows add up, activations and normalizations pass
    on), so that none vanishes by accident. The module itself is left alone.

    Args:
        module: Returns a map (N, C, H', W'), or several, of which the first counts.
        input_size: (N, C, H, W).
        position: Row and column in the output map, by default its middle.

    Raises:
        ValueError: There is no such position, the cell sees only padding, or the module returns no map.

    >>> measured_receptive_field(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2)), (1, 3, 16, 20)).size
    (4, 4)
    """
    structure = shadow(module, _ones)
    image = torch.ones(input_size, requires_grad=True)
    with torch.enable_grad():
        with Structure():
            output = _feature_map(structure(image))
        row, column = _cell(output, position)
        (gradient,) = torch.autograd.grad(output[:, :, row, column].sum(), image)
    mask = gradient.ne(0).any(dim=1).any(dim=0)  # (H, W)
    return MeasuredField((row, column), _box(mask), mask)


def effective_receptive_field(
    module: nn.Module,
    input_size: Shape,
    samples: int = 16,
    seed: int = 0,
    position: tuple[int, int] | None = None,
) -> Tensor:
    """Average |gradient| of one output cell over random images: how much each pixel matters.

    Mode, gradients and generators are left as they were. Source: Luo et al. 2016, "Understanding the effective
    receptive field".

    Args:
        module: Runs in eval mode with its own weights.
        input_size: (N, C, H, W) of each batch of normal noise.
        samples: How many batches; for each one the gradient of a random mix of the output's channels is taken.
        seed: Of noise and mixes.
        position: Row and column in the output map, by default its middle.

    Returns:
        float64 (H, W), nonnegative, sum 1.

    Raises:
        ValueError: No gradient arrives, there is no such position, or the module returns no map.

    >>> effective_receptive_field(nn.Conv2d(3, 8, 3), (1, 3, 9, 9), samples=2).count_nonzero().item()
    9
    """
    generator = torch.Generator().manual_seed(seed)
    like = next(module.parameters(), torch.empty(0))  # device and dtype
    total = torch.zeros(input_size[2:], dtype=torch.float64)
    with evaluating(module), torch.enable_grad():
        for _ in range(samples):
            image = torch.randn(input_size, generator=generator).to(like).requires_grad_()
            output = _feature_map(module(image))
            row, column = _cell(output, position)
            channels = output[:, :, row, column]  # (N, C)
            mix = torch.randn(channels.shape, generator=generator).to(channels)
            (gradient,) = torch.autograd.grad((channels * mix).sum(), image)
            total += gradient.abs().sum(dim=(0, 1)).double().cpu()
    if not total.sum() > 0:
        raise ValueError("no gradient arrives at the input: the cell does not depend on it, or all its ReLUs are off.")
    return total / total.sum()


def effective_size(field: Tensor, share: float = 0.95) -> int:
    """Return the side, in pixels, of the smallest square around the center of mass that holds `share` of the field.

    Args:
        field: (H, W), nonnegative, as `effective_receptive_field` returns it.
        share: In (0, 1].

    >>> effective_size(torch.tensor([[0.01, 0.02, 0.01], [0.02, 0.88, 0.02], [0.01, 0.02, 0.01]]), share=0.8)
    1
    """
    weights = field.double() / field.double().sum()
    rows = torch.arange(field.shape[0])
    columns = torch.arange(field.shape[1])
    row = (weights.sum(dim=1) * rows).sum().round()
    column = (weights.sum(dim=0) * columns).sum().round()

    # How much lies at each distance from the center, and up to it.
    distance = torch.maximum((rows - row).abs()[:, None], (columns - column).abs()).long()  # (H, W)
    inside = torch.bincount(distance.flatten(), weights=weights.flatten()).cumsum(dim=0)
    radius = int((inside < share - 1e-9).sum())
    return 2 * radius + 1


def _ones(tensor: Tensor) -> Tensor:
    """Return ones that take no memory; whole numbers (indices, counters) keep their values."""
    if tensor.is_floating_point():
        return torch.ones((), dtype=torch.float32).expand(tensor.shape)
    if tensor.is_meta:
        return torch.ones((), dtype=tensor.dtype).expand(tensor.shape)
    return tensor.cpu()


def _feature_map(output: Any) -> Tensor:
    """Return the first tensor of what a module gave; raises ValueError unless it is (N, C, H, W)."""
    tensors = tensors_in(output)
    if not tensors:
        raise ValueError(f"the module returned {type(output).__name__}; expected a map (N, C, H, W).")
    if tensors[0].ndim != 4:
        raise ValueError(f"the module returned {tuple(tensors[0].shape)}; expected a map (N, C, H, W).")
    return tensors[0]


def _cell(output: Tensor, position: tuple[int, int] | None) -> tuple[int, int]:
    height, width = output.shape[2:]
    row, column = position or (height // 2, width // 2)
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"position {position} is outside of the output map of {height} × {width} cells.")
    return row, column


def _box(mask: Tensor) -> tuple[int, int, int, int]:
    rows = mask.any(dim=1).nonzero()
    columns = mask.any(dim=0).nonzero()
    if len(rows) == 0:
        raise ValueError("the output cell does not depend on the input: its window lies in the padding.")
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
