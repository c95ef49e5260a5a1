"""A linear layer on flattened windows as a convolution over the image, and back: the same weights in another shape."""

from torch import Tensor, nn

from segedu.ops.sizes import IntOrPair, pair


def linear_to_conv(linear: nn.Linear, in_channels: int, kernel_size: IntOrPair, dilation: IntOrPair = 1) -> nn.Conv2d:
    """Return the convolution that, slid over an image, gives what `linear` gives on each flattened window.

    The weights are copied, reshaped to (out_features, C, h, w). Source: Sermanet et al. 2014 (OverFeat).

    Args:
        linear: Takes crops (C, h, w), flattened to in_features = C·h·w.
        in_channels: C.
        kernel_size: (h, w), in cells.
        dilation: How many cells of the image lie between neighboring cells of a window.

    Raises:
        ValueError: C·h·w isn't the layer's in_features.

    >>> linear_to_conv(nn.Linear(3 * 5 * 7, 10), in_channels=3, kernel_size=(5, 7))
    Conv2d(3, 10, kernel_size=(5, 7), stride=(1, 1))
    """
    h, w = pair(kernel_size, "kernel_size")
    if in_channels * h * w != linear.in_features:
        raise ValueError(
            f"the linear layer takes {linear.in_features} numbers, a window has {in_channels}·{h}·{w} = "
            f"{in_channels * h * w}: give the channels and size of the crops that it was made for."
        )
    conv = nn.Conv2d(
        in_channels,
        linear.out_features,
        kernel_size=(h, w),
        dilation=pair(dilation, "dilation"),
        bias=linear.bias is not None,
        device="meta",  # its weights come next: draw no random ones
    )
    conv.weight = copied(linear.weight.view(-1, in_channels, h, w))
    if linear.bias is not None:
        conv.bias = copied(linear.bias)
    return conv


def conv_to_linear(conv: nn.Conv2d) -> nn.Linear:
    """Return the linear layer that gives, on one flattened window (C, h, w), what `conv` gives at that place.

    The weights are copied. Stride and padding say where windows lie, not what is computed in one, so they are dropped.

    Raises:
        ValueError: The convolution has groups or dilation, so that its windows aren't (C, h, w).

    >>> conv_to_linear(nn.Conv2d(3, 10, (5, 7)))
    Linear(in_features=105, out_features=10, bias=True)
    """
    if conv.groups != 1 or conv.dilation != (1, 1):
        raise ValueError(
            f"the convolution has groups={conv.groups} and dilation={conv.dilation}; expected 1 and (1, 1)."
        )
    weight = conv.weight.flatten(start_dim=1)  # (O, C·h·w)
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=conv.bias is not None, device="meta")
    linear.weight = copied(weight)
    if conv.bias is not None:
        linear.bias = copied(conv.bias)
    return linear


def copied(weight: Tensor) -> nn.Parameter:
    """Return a parameter with the same numbers in memory of its own, frozen if `weight` is.

    >>> copied(nn.Linear(3, 2).weight).shape
    torch.Size([2, 3])
    """
    return nn.Parameter(weight.detach().clone(), requires_grad=weight.requires_grad)
