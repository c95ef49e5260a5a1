"""Attention U-Net (Oktay et al., MIDL 2018, arXiv 1804.03999): gates decide which pixels of a skip get through.

A gate compares the copy x of the contracting path with the features g from one level below, which know more of the
whole: α = sigmoid(ψ·ReLU(W_x x + W_g g + b_g) + b_ψ), one number between 0 and 1 for each cell of g. Resized to x, it
scales all channels of x alike (their Eq. 1 and Fig. 2).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.models.blocks import Norm, initialize
from segedu.models.unet import UNet


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
        self.of_copy = nn.Conv2d(channels, inner, kernel_size=1, stride=stride, bias=False)
        self.of_gate = nn.Conv2d(gate_channels, inner, kernel_size=1)
        self.score = nn.Conv2d(inner, 1, kernel_size=1)

    def forward(self, copy: Tensor, gate: Tensor) -> Tensor:
        score = self.score(F.relu(self.of_copy(copy) + self.of_gate(gate)))
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
