"""What transposed convolution checks before it computes: sizes along both axes, shapes of tensors."""

from torch import Tensor

from segedu.ops.sizes import IntOrPair, pair

Pair = tuple[int, int]


def transposed_pair(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair,
    padding: IntOrPair,
    output_padding: IntOrPair,
    dilation: IntOrPair,
) -> Pair:
    """Return (height, width) of a transposed convolution's output; raise ValueError where there is none."""
    sizes, kernels, strides = pair(input_size, "input_size"), pair(kernel_size, "kernel_size"), pair(stride, "stride")
    paddings, dilations = pair(padding, "padding", least=0), pair(dilation, "dilation")
    extras = pair(output_padding, "output_padding", least=0)
    height, width = (
        _transposed_length(axis, *numbers)
        for axis, *numbers in zip(
            ("height", "width"), sizes, kernels, strides, paddings, extras, dilations, strict=True
        )
    )
    return height, width


def _transposed_length(axis: str, size: int, kernel: int, stride: int, padding: int, extra: int, dilation: int) -> int:
    if extra >= max(stride, dilation):
        raise ValueError(
            f"output_padding is {extra} along the {axis}, with stride {stride} and dilation {dilation}; it must be "
            "smaller than the larger of the two: a larger output comes from a larger input."
        )
    covered = (size - 1) * stride + dilation * (kernel - 1) + 1
    if covered + extra <= 2 * padding:
        raise ValueError(
            f"the stamps cover {covered} cells along the {axis} and padding {padding} crops {2 * padding} of them: "
            "nothing is left; use less padding or a larger input."
        )
    return covered + extra - 2 * padding


def forward_pair(
    input_size: IntOrPair, kernel_size: IntOrPair, stride: IntOrPair, padding: IntOrPair, dilation: IntOrPair
) -> Pair:
    """Return (height, width) of an ordinary convolution's output; raise ValueError where the kernel doesn't fit."""
    sizes, kernels, strides = pair(input_size, "input_size"), pair(kernel_size, "kernel_size"), pair(stride, "stride")
    paddings, dilations = pair(padding, "padding", least=0), pair(dilation, "dilation")
    lengths = []
    for axis, n, k, s, p, d in zip(("height", "width"), sizes, kernels, strides, paddings, dilations, strict=True):
        span, padded = d * (k - 1) + 1, n + 2 * p
        if span > padded:
            raise ValueError(
                f"the kernel spans {span} cells, the padded input has {padded} along its {axis}: "
                "use a larger input, more padding, a smaller kernel or a smaller dilation."
            )
        lengths.append((padded - span) // s + 1)
    return lengths[0], lengths[1]


def check_tensors(x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Raise ValueError if x (N, C, H, W), weight (C, O, kh, kw) and bias (O,) don't fit each other."""
    if x.ndim != 4:
        raise ValueError(f"the input has shape {tuple(x.shape)}; expected (N, C, H, W): add missing axes with x[None].")
    if weight.ndim != 4:
        raise ValueError(f"the weight has shape {tuple(weight.shape)}; expected (in_channels, out_channels, kh, kw).")
    if x.shape[1] != weight.shape[0]:
        turned = ": its first two axes stand as in a convolution, try weight.transpose(0, 1)"
        raise ValueError(
            f"the input has {x.shape[1]} channels, the weight (in_channels, out_channels, kh, kw) was made for "
            f"{weight.shape[0]}{turned if x.shape[1] == weight.shape[1] else f': give {len(weight)} channels'}."
        )
    if bias is not None and bias.shape != weight.shape[1:2]:
        raise ValueError(
            f"the bias has shape {tuple(bias.shape)}; expected ({weight.shape[1]},), one per output channel."
        )
    if x.dtype != weight.dtype:
        raise ValueError(f"the input is {x.dtype}, the weight {weight.dtype}: convert one, e.g. weight.to(x.dtype).")
