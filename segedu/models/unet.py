"""U-Net (Ronneberger, Fischer, Brox, MICCAI 2015): contract to see what, expand to see where, and join the two.

The parts are those of their Fig. 1: a contracting path of double convolutions and max-pooling, an expanding path of
up-convolutions, each joined with a copy from the contracting path, and a 1 × 1 convolution in the end.

Attention U-Net (Oktay et al., MIDL 2018, arXiv 1804.03999) is a U-Net with gates, which decide what of a copy gets
through. A gate compares the copy x with the features g from one level below, which know more of the whole:
α = sigmoid(ψ·ReLU(W_x x + W_g g + b_g) + b_ψ), one number in (0, 1) for each cell of g. Resized to x, it scales all
channels of x alike (their Eq. 1 and Fig. 2).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.models.blocks import DoubleConv, Norm, UpConv, center_crop, check_images, check_options, initialize


class UNet(nn.Module):
    """U-Net of any depth and width: images float (N, in_channels, H, W) → logits (N, num_classes, H', W').

    in_channels, num_classes: 3 for color; one channel of logits per class.
    width, depth: channels of the first level, doubled at each of `depth` poolings (the paper: 64 and 4).
    padding: "same" keeps the image's size, whatever it is; "valid" convolves only where the kernel fits, as in the
        paper, so the output is smaller (572 → 388) and few sizes fit: see `valid_sizes`.
    norm: "batch" normalization behind each convolution, "group" normalization, which sees one image at a time, so that
        results depend on how a batch is split by rounding only; or False (the paper has none). On scenes, lecture 13's
        U-Net reaches a mean IoU of 0.69 by batch norm and of 0.64 by group norm in 300 steps (mean of seeds 0 to 2).
    up: "transposed" convolutions, or a 1 × 1 convolution and "bilinear" upsampling.
    skips: False leaves the copies out, to see what they are for.
    Raises ValueError for other settings, and in forward for channels and sizes that don't fit.

    >>> model = UNet(in_channels=1, num_classes=2, padding="valid", norm=False)  # the paper's
    >>> sum(parameter.numel() for parameter in model.parameters()), model.output_size((572, 572))
    (31030658, (388, 388))
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 2,
        width: int = 64,
        depth: int = 4,
        padding: str = "same",
        norm: Norm = "batch",
        up: str = "transposed",
        skips: bool = True,
    ) -> None:
        super().__init__()
        check_options(width, depth, padding, norm, up)
        self.in_channels, self.num_classes, self.depth = in_channels, num_classes, depth
        self.padding, self.skips = padding, skips
        pad = 1 if padding == "same" else 0
        channels = [width * 2**level for level in range(depth + 1)]
        before = [in_channels, *channels]
        self.down = nn.ModuleList(DoubleConv(before[level], channels[level], pad, norm) for level in range(depth))
        self.pool = nn.MaxPool2d(kernel_size=2, ceil_mode=True)  # an odd last row or column is pooled by itself
        self.bottom = DoubleConv(before[depth], channels[depth], pad, norm)
        levels = range(depth - 1, -1, -1)
        self.up = nn.ModuleList(UpConv(channels[level + 1], up) for level in levels)
        self.merge = nn.ModuleList(
            DoubleConv((1 + skips) * channels[level], channels[level], pad, norm) for level in levels
        )
        self.classify = nn.Conv2d(width, num_classes, kernel_size=1)
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        features, copies = self.contract(images)
        for up, convs in zip(self.up, self.merge, strict=True):  # the expanding path, level by level back
            features = convs(self._join(copies.pop(), up(features)))
        return self.classify(features)

    def contract(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the bottom's features and the copies on the way, each (N, width·2^level, H/2^level, W/2^level)."""
        self._check(images)
        features, copies = images, []
        for convs in self.down:
            features = convs(features)
            copies.append(features)
            features = self.pool(features)
        return self.bottom(features), copies

    def _join(self, copy: Tensor, features: Tensor) -> Tensor:
        if self.padding == "valid":
            copy = center_crop(copy, (features.shape[-2], features.shape[-1]))
        else:
            features = features[..., : copy.shape[-2], : copy.shape[-1]]  # 2·ceil(H/2) rows where H are wanted
        return torch.cat([copy, features], dim=1) if self.skips else features

    def output_size(self, input_size: tuple[int, int]) -> tuple[int, int]:
        """Return the logits' (height, width) for an image of `input_size`; raises ValueError if it doesn't fit."""
        if self.padding == "same":
            return input_size
        for axis, size in zip(("height", "width"), input_size, strict=True):
            _check_valid(axis, size, self.depth)
        return input_size[0] - valid_margin(self.depth), input_size[1] - valid_margin(self.depth)

    def _check(self, images: Tensor) -> None:
        check_images(images, self.in_channels, "U-Net")
        self.output_size((images.shape[2], images.shape[3]))


class AttentionGate(nn.Module):
    """Additive attention: x (N, channels, H, W), g (N, gate_channels, h, w) → α (N, 1, H, W) in (0, 1).

    channels, gate_channels: of the copy x and of the features g below it.
    inner: channels in which both are compared; None: half of `channels`, at least one.
    stride: how much larger x is than g; every stride-th pixel of x is compared.

    >>> gate = AttentionGate(channels=8, gate_channels=16)
    >>> gate(torch.zeros(1, 8, 5, 6), torch.zeros(1, 16, 3, 3)).shape
    torch.Size([1, 1, 5, 6])
    """

    def __init__(self, channels: int, gate_channels: int, inner: int | None = None, stride: int = 2) -> None:
        super().__init__()
        inner = max(1, channels // 2) if inner is None else inner
        self.stride = stride
        self.of_copy = nn.Conv2d(channels, inner, kernel_size=1, bias=False)
        self.of_gate = nn.Conv2d(gate_channels, inner, kernel_size=1)
        self.score = nn.Conv2d(inner, 1, kernel_size=1)

    def forward(self, copy: Tensor, gate: Tensor) -> Tensor:
        # Not by a stride of the convolution: its backward in channels_last breaks memory on a CPU (torch 2.15, 1 × 1).
        compared = self.of_copy(copy[..., :: self.stride, :: self.stride]) + self.of_gate(gate)
        score = self.score(F.relu(compared))
        share = torch.sigmoid(score)
        return F.interpolate(share, size=copy.shape[-2:], mode="bilinear", align_corners=False)


class AttentionUNet(UNet):
    """A `UNet` whose copies are scaled by gates: images (N, in_channels, H, W) → logits (N, num_classes, H, W).

    in_channels, num_classes, width, depth, norm, up: as of `UNet`; sizes need not be even.
    Raises ValueError for other settings, and in forward for images of other channels.

    >>> model = AttentionUNet(num_classes=5, width=8, depth=3)
    >>> model(torch.zeros(1, 3, 30, 41)).shape
    torch.Size([1, 5, 30, 41])
    >>> [tuple(gate.shape) for gate in model.gates(torch.zeros(1, 3, 30, 41))]
    [(1, 1, 8, 11), (1, 1, 15, 21), (1, 1, 30, 41)]
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 2,
        width: int = 64,
        depth: int = 4,
        norm: Norm = "batch",
        up: str = "transposed",
    ) -> None:
        super().__init__(in_channels, num_classes, width, depth, norm=norm, up=up)
        channels = [width * 2**level for level in range(depth + 1)]
        levels = range(depth - 1, -1, -1)
        self.attention = nn.ModuleList(AttentionGate(channels[level], channels[level + 1]) for level in levels)
        initialize(self.attention)

    def forward(self, images: Tensor) -> Tensor:
        return self._run(images)[0]

    def gates(self, images: Tensor) -> list[Tensor]:
        """Return α of each gate, coarsest first, (N, 1, H/2^level, W/2^level): what share of the copy gets through."""
        return self._run(images)[1]

    def _run(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        features, copies = self.contract(images)
        shares = []
        for gate, up, convs in zip(self.attention, self.up, self.merge, strict=True):
            copy = copies.pop()
            shares.append(gate(copy, features))
            features = convs(self._join(copy * shares[-1], up(features)))
        return self.classify(features), shares


def valid_margin(depth: int) -> int:
    """Return by how many pixels the output of a "valid" U-Net is smaller than its input, in height and in width.

    Each of 2·depth + 1 double convolutions takes 4 pixels of its own level: 2^level·4 of the image.

    >>> valid_margin(4) == 572 - 388
    True
    """
    return 4 * (2**depth + 2 * (2**depth - 1))


def valid_sizes(depth: int, low: int, high: int) -> list[int]:
    """Return the heights (or widths) in low … high that a "valid" U-Net takes: even at each pooling, not used up.

    >>> valid_sizes(depth=4, low=540, high=600)
    [540, 556, 572, 588]
    """
    first = _smallest_valid(depth)
    steps = max(0, -(-(low - first) // 2**depth))
    return list(range(first + steps * 2**depth, high + 1, 2**depth))


def _smallest_valid(depth: int) -> int:
    smallest_output = {0: 1, 1: 2}.get(depth, 4)  # 4 stays 4: doubled by the up-convolution, less 4 by the convolutions
    return smallest_output + valid_margin(depth)


def _check_valid(axis: str, size: int, depth: int) -> None:
    step = 2**depth
    if valid_sizes(depth, size, size):
        return
    near = valid_sizes(depth, size - step, size + step) or [_smallest_valid(depth)]
    raise ValueError(
        f"the image's {axis} is {size}; a valid U-Net of depth {depth} takes {' or '.join(map(str, near))} "
        f"(steps of {step} from {_smallest_valid(depth)}): pad or crop the image, or use padding='same'."
    )
