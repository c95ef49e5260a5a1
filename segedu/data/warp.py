"""Rotation and elastic deformation as one table: for every pixel of the result, how far off it looks in the source."""

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import v2


def elastic_field(
    size: tuple[int, int],
    strength: float,
    nodes: int = 4,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return a smooth random displacement, as `torchvision.transforms.v2.functional.elastic` takes it.

    Random vectors stand on a coarse grid of nodes and are interpolated bicubically in between, as
    U-Net was trained (Ronneberger et al. 2015, section 3.1: 3 × 3 nodes).

    Args:
        size: (height, width) of the image that is to be deformed.
        strength: length of the longest displacement, in pixels.
        nodes: nodes along each side, at least 2; more of them make shorter waves.
        generator: where the vectors come from; None: torch's global generator.

    Returns:
        The displacement `(1, H, W, 2)`, float32, (x, y) in units in which the image is 2 wide and 2
        high.

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
    pixels = pixels[0].movedim(0, -1) * (strength / longest)  # (H, W, 2)
    return _to_units(pixels)


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
    # The pixels, x and y from the image's center, (H, W, 2).
    height, width = size
    x = _from_center(width).expand(height, width)
    y = _from_center(height)[:, None].expand(height, width)
    pixels = torch.stack([x, y], dim=-1)

    bent = pixels
    if elastic is not None:
        bent = pixels + elastic[0].double() * torch.tensor([width, height]) / 2
    source = bent @ _rotation(angle)
    return _to_units(source - pixels).float()


def _from_center(length: int) -> Tensor:
    """Return how far the pixels of a side lie from its middle: float64 (length,)."""
    return torch.arange(length, dtype=torch.float64) - (length - 1) / 2


def _rotation(angle: float) -> Tensor:
    """Return the matrix, float64 (2, 2), that turns row vectors (x, y) by an angle in degrees."""
    turn = torch.deg2rad(torch.tensor(angle, dtype=torch.float64))
    cos = turn.cos()
    sin = turn.sin()
    return torch.stack([cos, sin, -sin, cos]).view(2, 2)


def warp(value: Tensor, displacement: Tensor, fill: float) -> Tensor:
    """Let every pixel look where the displacement says: an image `(C, H, W)` bilinearly, a mask at the nearest pixel.

    Args:
        value: a `tv_tensors.Image` or `tv_tensors.Mask` `(..., H, W)`.
        displacement: `(1, H, W, 2)`, as `elastic_field` and `warp_field` return it.
        fill: what stands outside of the source.
    """
    if not isinstance(value, tv_tensors.Mask):
        return v2.functional.elastic(value, displacement, fill=[fill])
    # One channel for each mask, so that all are filled alike.
    layers = tv_tensors.Mask(value.as_subclass(Tensor)[..., None, :, :])  # (…, 1, H, W)
    moved = v2.functional.elastic(layers, displacement, fill=[fill])
    return tv_tensors.Mask(moved[..., 0, :, :])


def _to_units(pixels: Tensor) -> Tensor:
    """Turn (x, y) displacements `(H, W, 2)` in pixels into torch's `(1, H, W, 2)`, where an image is 2 by 2."""
    height, width = pixels.shape[:2]
    units = pixels * 2 / torch.tensor([width, height])
    return units[None]
