"""Rotation and elastic deformation as one table: for every pixel of the result, how far off it looks in the source."""

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import v2


def elastic_field(
    size: tuple[int, int], strength: float, nodes: int = 4, generator: torch.Generator | None = None
) -> Tensor:
    """Return a smooth random displacement, as `torchvision.transforms.v2.functional.elastic` takes it.

    Random vectors stand on a coarse grid of nodes and are interpolated bicubically in between, as U-Net was trained
    (Ronneberger et al. 2015, section 3.1: 3 × 3 nodes).

    Args:
        size: (height, width) of the image that is to be deformed.
        strength: length of the longest displacement, in pixels.
        nodes: nodes along each side, at least 2; more of them make shorter waves.
        generator: where the vectors come from; None: torch's global generator.

    Returns:
        The displacement `(1, H, W, 2)`, float32, (x, y) in units in which the image is 2 wide and 2 high.

    Raises:
        ValueError: strength is negative or there are fewer than two nodes.

    >>> field = elastic_field((5, 7), strength=2.0, generator=torch.Generator().manual_seed(0))
    >>> round((field * torch.tensor([7, 5]) / 2).norm(dim=-1).max().item(), 4)
    2.0
    """
    if strength < 0:
        raise ValueError(f"strength={strength} is the longest displacement in pixels and can't be negative.")
    if nodes < 2:
        raise ValueError(f"nodes={nodes} must be at least 2: the vectors are interpolated between them.")
    vectors = torch.randn(1, 2, nodes, nodes, generator=generator)
    pixels = nn.functional.interpolate(vectors, size=size, mode="bicubic", align_corners=True)
    longest = pixels.norm(dim=1).max().clamp(min=1e-12)
    return _to_units(pixels[0].movedim(0, -1) * (strength / longest))


def warp_field(size: tuple[int, int], angle: float = 0.0, elastic: Tensor | None = None) -> Tensor:
    """Return the displacement `(1, H, W, 2)` that deforms by `elastic` what was rotated by `angle`.

    Done as one table, the image is interpolated once instead of twice.

    Args:
        size: (height, width) of the image.
        angle: degrees, counter-clockwise, around the image's center.
        elastic: displacement `(1, H, W, 2)` of `elastic_field`; None: none.

    >>> warp_field((5, 7)).abs().max()
    tensor(0.)
    """
    height, width = size
    rows, columns = (torch.arange(length, dtype=torch.float64) - (length - 1) / 2 for length in size)
    here = torch.stack(torch.broadcast_tensors(columns, rows[:, None]), dim=-1)  # (H, W, 2): x, y from the center
    bent = here if elastic is None else here + elastic[0].double() * torch.tensor([width, height]) / 2
    turn = torch.deg2rad(torch.tensor(angle, dtype=torch.float64))
    cos, sin = turn.cos(), turn.sin()
    source = bent @ torch.stack([torch.stack([cos, sin]), torch.stack([-sin, cos])])
    return _to_units(source - here).float()


def warp(value: Tensor, displacement: Tensor, fill: float) -> Tensor:
    """Let every pixel look where the displacement says: an image `(C, H, W)` bilinearly, a mask at the nearest pixel.

    Args:
        value: a `tv_tensors.Image` or `tv_tensors.Mask` `(..., H, W)`.
        displacement: `(1, H, W, 2)`, as `elastic_field` and `warp_field` return it.
        fill: what stands outside of the source.
    """
    if not isinstance(value, tv_tensors.Mask):
        return v2.functional.elastic(value, displacement, fill=[fill])
    layers = tv_tensors.Mask(value.as_subclass(torch.Tensor)[..., None, :, :])  # one channel each, filled alike
    return tv_tensors.Mask(v2.functional.elastic(layers, displacement, fill=[fill])[..., 0, :, :])


def _to_units(pixels: Tensor) -> Tensor:
    """Turn (x, y) displacements `(H, W, 2)` in pixels into torch's `(1, H, W, 2)`, where an image is 2 by 2."""
    height, width = pixels.shape[:2]
    return (pixels * 2 / torch.tensor([width, height]))[None]
