"""What operators on maps check at their border: axes, channels, types; each message says how to mend it."""

from torch import Tensor


def check_map(x: Tensor) -> None:
    """Raise ValueError unless x is (N, C, H, W).

    >>> import torch
    >>> check_map(torch.zeros(3, 5, 7))
    Traceback (most recent call last):
    ValueError: the input has shape (3, 5, 7); expected (N, C, H, W): add missing axes with x[None].
    """
    if x.ndim != 4:
        raise ValueError(f"the input has shape {tuple(x.shape)}; expected (N, C, H, W): add missing axes with x[None].")


def check_weight(weight: Tensor, transposed: bool = False) -> None:
    """Raise ValueError unless the weight has four axes: (O, C, kh, kw), or (C, O, kh, kw) if transposed.

    >>> import torch
    >>> check_weight(torch.zeros(3, 5, 7))
    Traceback (most recent call last):
    ValueError: the weight has shape (3, 5, 7); expected (out_channels, in_channels, kh, kw).
    """
    if weight.ndim != 4:
        raise ValueError(f"the weight has shape {tuple(weight.shape)}; expected {_order(transposed)}.")


def check_tensors(x: Tensor, weight: Tensor, bias: Tensor | None, transposed: bool = False) -> None:
    """Raise ValueError unless input, weight and bias of a convolution fit each other.

    Args:
        x: (N, C, H, W).
        weight: (O, C, kh, kw), or (C, O, kh, kw) of a transposed convolution; of x's dtype.
        bias: (O,), or None.
        transposed: Whether the convolution is transposed.

    >>> import torch
    >>> check_tensors(torch.zeros(1, 3, 5, 7), torch.zeros(8, 3, 3, 3), torch.zeros(8))
    """
    check_map(x)
    check_weight(weight, transposed)
    in_channels, out_channels = weight.shape[1], weight.shape[0]
    if transposed:
        in_channels, out_channels = out_channels, in_channels

    if x.shape[1] != in_channels:
        cure = f"give an input (N, {in_channels}, H, W), or another weight"
        if x.shape[1] == out_channels:
            cure = "its first two axes seem to be swapped, try weight.transpose(0, 1)"
        raise ValueError(
            f"the input has {x.shape[1]} channels, the weight {_order(transposed)} was made for {in_channels}: {cure}."
        )
    if bias is not None and bias.shape != (out_channels,):
        raise ValueError(f"the bias has shape {tuple(bias.shape)}; expected ({out_channels},), one per output channel.")
    if x.dtype != weight.dtype:
        raise ValueError(f"the input is {x.dtype}, the weight {weight.dtype}: convert one, e.g. weight.to(x.dtype).")


def _order(transposed: bool) -> str:
    if transposed:
        return "(in_channels, out_channels, kh, kw)"
    return "(out_channels, in_channels, kh, kw)"
