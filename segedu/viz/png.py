"""Small PNGs: what a notebook keeps of a picture."""

import io
from typing import TYPE_CHECKING

import numpy as np

from segedu.viz._style import DPI

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

LARGEST_EXACT = 60_000  # bytes: a picture that needs more is reduced to 256 colors
_COLORS = 256  # what one byte per pixel can name
_MOST_FLAT = 64  # of these, how many at most belong to flat areas
_FLAT_SHARE = 1 / 2000  # of the picture's pixels: from here on a color is a flat area's
_INCHES_AROUND = 0.1  # inches: white that stays around a cropped figure


def encode(figure: "Figure", crop: bool = True) -> bytes:
    """Return a figure as a small PNG at 100 dots per inch; the same figure gives the same bytes.

    Args:
        figure: drawn on white where it is transparent.
        crop: cut the margins down to a tenth of an inch.
    """
    buffer = io.BytesIO()
    box = "tight" if crop else None
    figure.savefig(buffer, format="png", dpi=DPI, bbox_inches=box, pad_inches=_INCHES_AROUND)
    return shrink(buffer.getvalue())


def shrink(png: bytes) -> bytes:
    """Return a small PNG of the same picture, opaque, without date, version or other metadata.

    Its pixels are those of `png` on white if the result has at most 60 kB. A larger one keeps the
    colors of flat areas (classes, paper, ink) and shares what is left of 256 among all others. A
    PNG that has a color table already is returned as it is, so shrinking twice changes nothing.

    Raises:
        PIL.UnidentifiedImageError: `png` is no picture.
    """
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        if picture.mode == "P":
            return png
        page = Image.new("RGBA", picture.size, "white")
        opaque = Image.alpha_composite(page, picture.convert("RGBA")).convert("RGB")
    exact = _bytes(_indexed(opaque) or opaque)
    if len(exact) <= LARGEST_EXACT:
        return exact
    return min(exact, _bytes(_reduced(opaque)), key=len)


def _indexed(picture: "Image.Image") -> "Image.Image | None":
    """Return the same picture with a color table, or None if it has more than 256 colors."""
    packed = _packed(picture)
    table, indices = np.unique(packed, return_inverse=True)
    if len(table) > _COLORS:
        return None
    return _with_table(indices.reshape(packed.shape), table)


def _reduced(picture: "Image.Image") -> "Image.Image":
    """Return the picture with 256 colors: flat areas keep theirs, all others share the rest."""
    from PIL import Image

    # The flat colors: those of many pixels, sorted for the search below.
    packed = _packed(picture)
    colors, counts = np.unique(packed, return_counts=True)
    most_frequent = np.argsort(-counts, kind="stable")[:_MOST_FLAT]
    is_flat = counts[most_frequent] >= packed.size * _FLAT_SHARE
    flat = np.sort(colors[most_frequent[is_flat]])

    # All other pixels, as a picture one pixel high, share the other places of the table.
    is_loose = ~np.isin(packed, flat)
    pixels = Image.fromarray(np.asarray(picture)[is_loose][None])
    shared = pixels.quantize(_COLORS - len(flat), kmeans=2)
    palette = np.array(shared.getpalette(), dtype=np.uint32).reshape(-1, 3)
    shared_colors = palette[:, 0] << 16 | palette[:, 1] << 8 | palette[:, 2]

    # Flat colors come first in the table, shared ones after them.
    indices = np.searchsorted(flat, np.where(is_loose, 0, packed))
    indices[is_loose] = np.asarray(shared)[0].astype(np.int64) + len(flat)
    return _with_table(indices, np.concatenate([flat, shared_colors]))


def _packed(picture: "Image.Image") -> np.ndarray:
    """Return each pixel's red, green and blue as one number (H, W), uint32."""
    channels = np.asarray(picture, dtype=np.uint32)
    return channels[..., 0] << 16 | channels[..., 1] << 8 | channels[..., 2]


def _with_table(indices: np.ndarray, table: np.ndarray) -> "Image.Image":
    """Return the picture whose pixels (H, W) are places in a table of up to 256 packed colors."""
    from PIL import Image

    picture = Image.fromarray(indices.astype(np.uint8))
    palette = np.stack([table >> 16, table >> 8 & 255, table & 255], axis=1)
    picture.putpalette(palette.astype(np.uint8).tobytes())
    return picture


def _bytes(picture: "Image.Image") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
