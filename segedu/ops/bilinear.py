"""A transposed convolution that starts as bilinear upsampling: its kernel, and a layer that is set to it."""

import torch
from torch import Tensor, nn

from segedu.ops.sizes import IntOrPair, pair


def bilinear_kernel(factor: IntOrPair) -> Tensor:
    """Return the kernel whose stamps, `factor` cells apart, add up to bilinear upsampling: a tent times a tent.

    Source: Long et al. 2015, section 3.3.

    Args:
        factor: How many times larger the output is; an int or a pair (vertical, horizontal), at least 1.

    Returns:
        float32 (kh, kw) with k = 2·factor − factor % 2 per axis, values in (0, 1], sum fy·fx.

    Raises:
        ValueError: A factor is below 1.

    >>> bilinear_kernel((1, 2)).tolist()
    [[0.25, 0.75, 0.75, 0.25]]
    """
    vertical, horizontal = pair(factor, "factor")
    return torch.outer(_tent(vertical), _tent(horizontal))


def _tent(factor: int) -> Tensor:
    size = 2 * factor - factor % 2
    middle = (size - 1) / 2
    return 1 - (torch.arange(size) - middle).abs() / factor


def bilinear_init_(layer: nn.ConvTranspose2d) -> nn.ConvTranspose2d:
    """Set a transposed convolution in place so that it upsamples by its stride, bilinearly; return it.

    Away from the border the output equals `F.interpolate(mode="bilinear", align_corners=False)`. Each channel is
    upsampled on its own, the bias becomes 0. Source: Long et al. 2015, section 3.3.

    Args:
        layer: With kernel 2·stride − stride % 2, padding stride // 2, as many output as input channels, and groups 1 or
            one per channel.

    Raises:
        ValueError: Kernel, padding or channels don't allow it; the message names what to build.

    >>> layer = bilinear_init_(nn.ConvTranspose2d(3, 3, 4, stride=2, padding=1))
    >>> layer(torch.ones(1, 3, 5, 7))[0, 0, 4, 5:8].tolist()
    [1.0, 1.0, 1.0]
    """
    kernel = bilinear_kernel((layer.stride[0], layer.stride[1]))
    channels = layer.in_channels
    _check_layer(layer, kernel)
    one_to_one = torch.eye(channels) if layer.groups == 1 else torch.ones(channels, 1)
    with torch.no_grad():
        layer.weight.copy_(one_to_one[:, :, None, None] * kernel)
        if layer.bias is not None:
            layer.bias.zero_()
    return layer


def _check_layer(layer: nn.ConvTranspose2d, kernel: Tensor) -> None:
    padding = (layer.stride[0] // 2, layer.stride[1] // 2)
    options = (tuple(layer.kernel_size), tuple(layer.padding), tuple(layer.output_padding), tuple(layer.dilation))
    if options != (tuple(kernel.shape), padding, (0, 0), (1, 1)):
        raise ValueError(
            f"{layer} can't upsample bilinearly by {tuple(layer.stride)}; build it with kernel_size="
            f"{tuple(kernel.shape)}, padding={padding}, no output_padding and no dilation."
        )
    if layer.out_channels != layer.in_channels or layer.groups not in (1, layer.in_channels):
        raise ValueError(
            f"{layer} mixes channels; bilinear upsampling keeps them: give as many output as input channels, and "
            f"groups=1 or groups={layer.in_channels}."
        )
