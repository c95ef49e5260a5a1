"""Building blocks that several architectures share."""

import math

from torch import Tensor, nn

Norm = str | bool | None  # "batch" (or True), "group", or False (or None) for none

GROUPS = 32  # as in Wu and He 2018, arXiv 1803.08494; where there are fewer channels, each is a group of its own


def conv_norm_relu(in_channels: int, out_channels: int, padding: int = 1, norm: Norm = "batch") -> nn.Sequential:
    """Return 3 × 3 convolution, normalization, ReLU; with norm=False the convolution has a bias instead.

    (N, in_channels, H, W) → (N, out_channels, H + 2·padding − 2, W + 2·padding − 2).

    >>> [type(layer).__name__ for layer in conv_norm_relu(3, 8)]
    ['Conv2d', 'BatchNorm2d', 'ReLU']
    """
    conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=padding, bias=not norm)
    if not norm:
        return nn.Sequential(conv, nn.ReLU(inplace=True))
    return nn.Sequential(conv, normalization(out_channels, norm), nn.ReLU(inplace=True))


def normalization(channels: int, norm: Norm) -> nn.Module:
    """Return the layer that normalizes maps of `channels` channels: batch norm or group norm.

    Batch norm takes its means over the images that are computed at once, so its results depend on how a batch is split;
    group norm takes them within an image, over groups of channels.

    >>> normalization(64, "group").num_groups, normalization(8, "group").num_groups
    (32, 8)
    """
    if norm != "group":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(math.gcd(channels, GROUPS) if channels > GROUPS else channels, channels)


class DoubleConv(nn.Sequential):
    """Two 3 × 3 convolutions with ReLU: (N, in_channels, H, W) → (N, out_channels, H, W); H − 4, W − 4 unpadded."""

    def __init__(self, in_channels: int, out_channels: int, padding: int, norm: Norm) -> None:
        super().__init__(
            conv_norm_relu(in_channels, out_channels, padding, norm),
            conv_norm_relu(out_channels, out_channels, padding, norm),
        )


class UpConv(nn.Sequential):
    """Double the size and halve the channels: (N, C, H, W) → (N, C/2, 2·H, 2·W)."""

    def __init__(self, in_channels: int, up: str) -> None:
        if up == "transposed":
            super().__init__(nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2))
        else:
            halve = nn.Conv2d(
                in_channels, in_channels // 2, kernel_size=1
            )  # first: the same result at a quarter of the cost
            super().__init__(halve, nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False))


def center_crop(features: Tensor, size: tuple[int, int]) -> Tensor:
    """Cut the middle of `size` = (h, w) out of features (N, C, H, W); an odd rest is cut below and on the right.

    >>> import torch
    >>> center_crop(torch.arange(12).view(1, 1, 2, 6), (2, 3)).tolist()
    [[[[1, 2, 3], [7, 8, 9]]]]
    """
    (height, width), (h, w) = features.shape[-2:], size
    top, left = (height - h) // 2, (width - w) // 2
    return features[..., top : top + h, left : left + w]


def check_images(images: Tensor, in_channels: int, model: str) -> None:
    """Raise ValueError unless images are (N, in_channels, H, W)."""
    if images.ndim == 4 and images.shape[1] == in_channels:
        return
    mend = "add the batch axis with images[None]"
    if images.ndim == 4:
        mend = f"give images of {in_channels} channels, or build it with in_channels={images.shape[1]}"
    raise ValueError(
        f"the images have shape {tuple(images.shape)}; this {model} was made for (N, {in_channels}, H, W): {mend}."
    )


def check_options(width: int, depth: int, padding: str, norm: Norm, up: str) -> None:
    """Raise ValueError for settings that no U-Net has."""
    if width < 1 or depth < 0:
        raise ValueError(
            f"width={width}, depth={depth}; a U-Net needs a width of at least 1 and a depth of at least 0."
        )
    if padding not in ("same", "valid"):
        raise ValueError(f"padding is {padding!r}; choose 'same' or 'valid'.")
    if norm not in ("batch", "group", True, False, None):
        raise ValueError(f"norm is {norm!r}; choose 'batch', 'group' or False.")
    if up not in ("transposed", "bilinear"):
        raise ValueError(f"up is {up!r}; choose 'transposed' or 'bilinear'.")


def initialize(module: nn.Module) -> None:
    """Draw convolution weights as He et al. 2015 do, so that values keep their size behind ReLUs; biases are 0."""
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
