"""U-Net++ (Zhou, Siddiquee, Tajbakhsh, Liang, DLMIA 2018, arXiv 1807.10165): skips that are networks of their own.

Between the contracting path X(i, 0) and the expanding one stand nodes X(i, j): each joins all earlier nodes of its row
with the node below, doubled in size (their Eq. 1 and Fig. 1). Row 0 then holds results of depth 1, 2, 3, 4, and each
can have a head of its own: deep supervision. What lies right of a head isn't needed for it, so the network can be cut
there once it is trained (`pruned`).
"""

import torch
from torch import Tensor, nn

from segedu.models.blocks import DoubleConv, Norm, UpConv, check_images, check_options, initialize


class UNetPlusPlus(nn.Module):
    """U-Net++ of any depth and width: images float (N, in_channels, H, W) → logits (N, num_classes, H, W).

    in_channels, num_classes, width, depth, norm, up: as of `UNet`; sizes need not be even.
    supervised: a head for each node X(0, j). The network then returns a dict: "out" of X(0, depth), and "level_1" …
        of the others. Train it with `Semantic(weights=model.loss_weights)`, in which all count the same.
    Raises ValueError for other settings, and in forward for images of other channels.

    >>> model = UNetPlusPlus(num_classes=5, width=8, depth=3, supervised=True)
    >>> {name: tuple(logits.shape) for name, logits in model(torch.zeros(1, 3, 30, 41)).items()}
    {'level_1': (1, 5, 30, 41), 'level_2': (1, 5, 30, 41), 'out': (1, 5, 30, 41)}
    >>> model.pruned(1)(torch.zeros(1, 3, 30, 41)).shape
    torch.Size([1, 5, 30, 41])
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 2,
        width: int = 64,
        depth: int = 4,
        norm: Norm = "batch",
        up: str = "transposed",
        supervised: bool = False,
    ) -> None:
        super().__init__()
        check_options(width, depth, "same", norm, up)
        if depth < 1:
            raise ValueError(f"depth={depth}; a U-Net++ needs a depth of at least 1, or it has no node X(0, 1).")
        self.in_channels, self.num_classes, self.depth, self.supervised = in_channels, num_classes, depth, supervised
        channels = [width * 2**row for row in range(depth + 1)]
        before = [in_channels, *channels]
        self.pool = nn.MaxPool2d(kernel_size=2, ceil_mode=True)
        self.down = nn.ModuleList(DoubleConv(before[row], channels[row], 1, norm) for row in range(depth + 1))
        self.up, self.merge = nn.ModuleDict(), nn.ModuleDict()
        for row, column in nodes(depth):
            self.up[key(row, column)] = UpConv(channels[row + 1], up)
            self.merge[key(row, column)] = DoubleConv((column + 1) * channels[row], channels[row], 1, norm)
        heads = range(1, depth + 1) if supervised else [depth]
        self.heads = nn.ModuleDict({str(column): nn.Conv2d(width, num_classes, kernel_size=1) for column in heads})
        initialize(self)

    def forward(self, images: Tensor) -> Tensor | dict[str, Tensor]:
        check_images(images, self.in_channels, "U-Net++")
        rows = self.features(images)
        logits = {int(column): head(rows[0][int(column)]) for column, head in self.heads.items()}
        if not self.supervised:
            return logits[self.depth]
        return {"out" if column == self.depth else f"level_{column}": each for column, each in logits.items()}

    def features(self, images: Tensor) -> list[list[Tensor]]:
        """Return the nodes: `features[i][j]` is X(i, j), (N, width·2^i, H/2^i, W/2^i), sizes rounded up."""
        rows: list[list[Tensor]] = []
        for convs in self.down:  # column 0 is the contracting path
            rows.append([convs(self.pool(rows[-1][0]) if rows else images)])
        for row, column in nodes(self.depth):
            raised = self.up[key(row, column)](rows[row + 1][column - 1])
            raised = raised[..., : rows[row][0].shape[-2], : rows[row][0].shape[-1]]
            rows[row].append(self.merge[key(row, column)](torch.cat([*rows[row], raised], dim=1)))
        return rows

    @property
    def loss_weights(self) -> dict[str, float]:
        """How much each output counts in training: all the same, together 1 (Zhou et al. 2018, Eq. 2)."""
        names = [f"level_{column}" for column in range(1, self.depth)] if self.supervised else []
        return dict.fromkeys([*names, "out"], 1 / (len(names) + 1))

    def pruned(self, depth: int) -> "UNetPlusPlus":
        """Return the part of this network that the head of X(0, depth) needs: a U-Net++ of that depth.

        It shares its layers with this one, and gives the logits of that head; `predict` treats images alike for both.

        Raises:
            ValueError: there is no such head.
        """
        if str(depth) not in self.heads:
            raise ValueError(f"depth={depth}; this network has heads at {', '.join(self.heads)}: choose one of them.")
        part = UNetPlusPlus.__new__(UNetPlusPlus)
        nn.Module.__init__(part)
        part.in_channels, part.num_classes, part.depth, part.supervised = (
            self.in_channels,
            self.num_classes,
            depth,
            False,
        )
        part.pool, part.down = self.pool, self.down[: depth + 1]
        kept = [key(row, column) for row, column in nodes(depth)]
        part.up = nn.ModuleDict({name: self.up[name] for name in kept})
        part.merge = nn.ModuleDict({name: self.merge[name] for name in kept})
        part.heads = nn.ModuleDict({str(depth): self.heads[str(depth)]})
        if hasattr(self, "preprocessing"):  # a training left it for `predict`
            part.preprocessing = self.preprocessing
        return part.train(self.training)


def nodes(depth: int) -> list[tuple[int, int]]:
    """Return (row, column) of the nodes right of the contracting path, each after those that it needs.

    >>> nodes(2)
    [(0, 1), (1, 1), (0, 2)]
    """
    return [(total - column, column) for total in range(1, depth + 1) for column in range(1, total + 1)]


def key(row: int, column: int) -> str:
    """Return the name of node X(row, column) among a network's layers."""
    return f"{row}_{column}"
