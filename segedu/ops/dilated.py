"""Dilated (atrous) convolution: kernels with holes, and backbones that trade their strides for dilation.

A dilated convolution is y[i] = Σ_k x[i + r·k] w[k] with rate r: the same weights, r cells apart. `torch`'s convolutions
and those of `segedu.ops.conv` take it as `dilation`. Sources: Holschneider et al. 1989 (à trous), Yu & Koltun 2016,
Chen et al. 2017 ("Rethinking atrous convolution", output stride), Giusti et al. 2013 (dense max-pooling).
"""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from segedu.ops.sizes import IntOrPair, Pair, pair
from segedu.ops.trace.dense_layers import check_layer, make_dense
from segedu.ops.trace.modules import Shape, probe_of
from segedu.ops.trace.strides import Step, trace_strides


def dilate_kernel(weight: Tensor, dilation: IntOrPair) -> Tensor:
    """Stuff zeros between a kernel's taps: convolving with the result equals convolving with `dilation`.

    Args:
        weight: (O, C, kh, kw), or any (…, kh, kw), of any dtype.
        dilation: Cells between neighboring taps, at least 1; an int or a pair (vertical, horizontal).

    Returns:
        (O, C, dy·(kh − 1) + 1, dx·(kw − 1) + 1), of the weight's dtype.

    Raises:
        ValueError: The weight has fewer than two axes, or a dilation is below 1.

    >>> dilate_kernel(torch.tensor([[1, 2], [3, 4]]), (1, 2)).tolist()
    [[1, 0, 2], [3, 0, 4]]
    """
    dy, dx = pair(dilation, "dilation")
    if weight.ndim < 2:
        raise ValueError(f"the weight has shape {tuple(weight.shape)}; expected (out_channels, in_channels, kh, kw).")
    *channels, kh, kw = weight.shape
    stuffed = weight.new_zeros(*channels, dy * (kh - 1) + 1, dx * (kw - 1) + 1)
    stuffed[..., ::dy, ::dx] = weight
    return stuffed


def strided_to_dilated(module: nn.Module, output_stride: IntOrPair, input_size: Shape | None = None) -> nn.Module:
    """Return a copy with the same weights whose maps are never coarser than `output_stride`: strides become dilations.

    Strides are kept until their product reaches `output_stride`. Later ones become 1, and every window behind them
    spreads its taps (dilation) and its padding by the stride that is missing, r = old / new. How the strides add up is
    found by running the module on a weightless copy, so branches, shared blocks and any nesting are followed.

    In eval mode, `dense(image)[:, :, ::r, ::r]` equals `module(image)` up to rounding: for every input size, every
    kernel (even ones too), and at the borders, because zeros are padded r times as far out, where the dense map has no
    cell of its own. Handled exactly: nn.Conv2d, max and average pooling, constant padding, global (adaptive) pooling,
    which then looks at every r-th cell, and all that works cell by cell. In training mode, batch normalization sees
    more cells, so statistics differ.

    Source: Chen et al. 2017, section 3.1; Yu et al. 2017, "Dilated residual networks".

    Args:
        module: A backbone: maps (N, C, H, W) to a map or several.
        output_stride: Pixels between neighboring cells of the coarsest map; an int or a pair (vertical, horizontal).
        input_size: (N, C, H, W), needed only by modules that refuse 1024 × 768.

    Raises:
        ValueError: output_stride is larger than the module's own or lies between its strides, or a layer behind it
            can't be dilated exactly: ceil_mode, reflecting padding, normalization over the whole map, a window written
            as a function in a forward, upsampling.

    >>> backbone = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
    >>> dense = strided_to_dilated(backbone, output_stride=1)
    >>> dense[0].stride, dense[2].dilation, dense[2].padding
    ((1, 1), (2, 2), (2, 2))
    """
    target = pair(output_stride, "output_stride")
    steps, own = trace_strides(module, input_size)
    for axis in (0, 1):
        jumps = {step.jump[axis] for step in steps}
        _check_reachable(target[axis], own[axis], jumps | {own[axis]})

    dense = copy.deepcopy(module)
    for name, change in _changes(module, steps, target).items():
        layer = dense.get_submodule(name)
        dense = _with(dense, layer, make_dense(layer, name, change.rate, change.stride))
    _check_runs(dense, input_size)
    return dense


def _check_reachable(target: int, own: int, jumps: set[int]) -> None:
    """Raise ValueError unless each accumulated stride is a multiple of the target or divides it."""
    options = []
    for number in range(1, own + 1):
        if all(jump % number == 0 or number % jump == 0 for jump in jumps):
            options.append(number)
    if target not in options:
        raise ValueError(
            f"output_stride is {target}, the module's own is {own}; choose one of {', '.join(map(str, options))}."
        )


class _Change(NamedTuple):
    """What a layer has to become."""

    rate: Pair  # how much denser the map is that comes in
    stride: Pair  # that is left


def _changes(module: nn.Module, steps: list[Step], target: Pair) -> dict[str, _Change]:
    """Return what has to change, by layer. Raises ValueError if a layer can't, or would have to be two."""
    changes: dict[str, _Change] = {}
    for step in steps:
        change = _change(step, target)
        if change != _Change((1, 1), step.stride):
            check_layer(module.get_submodule(step.layer), step.layer, step.function)
            changes.setdefault(step.layer, change)
    for step in steps:
        if step.layer in changes and _change(step, target) != changes[step.layer]:
            raise ValueError(
                f"layer {step.layer!r} is used at several strides, so it can't have one dilation; "
                "use a larger output_stride, or give each place a layer of its own."
            )
    return changes


def _change(step: Step, target: Pair) -> _Change:
    rates = []
    strides = []
    for jump, stride, limit in zip(step.jump, step.stride, target, strict=True):
        reached = min(jump, limit)
        rates.append(jump // reached)
        strides.append(min(jump * stride, limit) // reached)
    return _Change((rates[0], rates[1]), (strides[0], strides[1]))


def _with(module: nn.Module, old: nn.Module, new: nn.Module) -> nn.Module:
    """Return the module with one layer replaced wherever it stands; the module itself may be that layer."""
    if module is old:
        return new
    for parent in list(module.modules()):
        for key, child in parent._modules.items():
            if child is old:
                parent._modules[key] = new
    return module


def _check_runs(dense: nn.Module, input_size: Shape | None) -> None:
    """Raise ValueError if branches that had one size have several now, as a 3 × 3 and a 2 × 2 window of stride 2."""
    probe, image = probe_of(dense, input_size)
    try:
        with torch.no_grad():
            probe(image)
    except RuntimeError as error:
        raise ValueError(
            f"without strides the branches of this module no longer fit together ({error}); give windows that run side "
            "by side the same 2·padding − kernel_size."
        ) from error
