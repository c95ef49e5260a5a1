"""Show a figure as a small PNG with a description for those who can't see it."""

import base64
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segedu.viz._style import DPI

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

SHORTEST_ALT = 20  # characters
_KEPT_EXACT = 60_000  # bytes: larger pictures are reduced to 256 colors


def show(figure: "Figure", alt: str, path: str | Path | None = None, crop: bool = True) -> None:
    """Display `figure` as a PNG that carries the description `alt`, and close it.

    `alt` says what the picture shows, in a sentence or two that a blind reader could learn from. In a notebook the
    picture appears at once, also inside an `if` or a loop; outside IPython nothing is displayed. `path` writes the same
    PNG to a file. `crop=False` keeps the margins of the figure. The same figure always gives the same bytes.

    Raises ValueError if `alt` is shorter than 20 characters.

    >>> from matplotlib.figure import Figure
    >>> show(Figure(), alt="An empty figure, white from edge to edge.")
    """
    check_alt(alt)
    png = encode(figure, crop)
    _close(figure)
    if path is not None:
        Path(path).write_bytes(png)
    if _in_ipython():
        from IPython.display import display

        bundle = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
        display(bundle, raw=True, metadata={"image/png": {"alt": alt}})


def check_alt(alt: str) -> None:
    """Raise ValueError if `alt` is too short to describe a picture, TypeError if it is no text."""
    if not isinstance(alt, str):
        raise TypeError(f"alt is a {type(alt).__name__}; write what the figure shows as a string of a sentence or two.")
    if len(alt.strip()) < SHORTEST_ALT:
        raise ValueError(
            f"alt={alt!r} has {len(alt.strip())} characters; describe in at least {SHORTEST_ALT} what the figure "
            "shows, so that a reader who can't see it learns the same."
        )


def encode(figure: "Figure", crop: bool = True) -> bytes:
    """Return `figure` as PNG bytes without date or version: exact up to 60 kB, with 256 colors beyond."""
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, bbox_inches="tight" if crop else None, pad_inches=0.1)
    with Image.open(drawn) as rgba:
        page = Image.new("RGBA", rgba.size, "white")
        picture = Image.alpha_composite(page, rgba.convert("RGBA")).convert("RGB")
    exact = _png(_indexed(picture) or picture)
    return exact if len(exact) <= _KEPT_EXACT else min(exact, _png(_reduced(picture)), key=len)


def _indexed(picture: "Image.Image") -> "Image.Image | None":
    """Return the same picture with a color table, or None if it has more than 256 colors."""
    packed = _packed(picture)
    table, indices = np.unique(packed, return_inverse=True)
    return _with_table(indices.reshape(packed.shape), table) if len(table) <= 256 else None


def _reduced(picture: "Image.Image") -> "Image.Image":
    """Return the picture with 256 colors: flat areas (classes, paper) keep theirs, photographs share the rest."""
    from PIL import Image

    packed = _packed(picture)
    colors, counts = np.unique(packed, return_counts=True)
    flat = np.sort(colors[np.argsort(-counts, kind="stable")][:64])
    flat = flat[np.isin(flat, colors[counts >= packed.size / 2000])]
    loose = ~np.isin(packed, flat)
    indices = np.searchsorted(flat, np.where(loose, 0, packed))
    pixels = Image.fromarray(np.asarray(picture)[loose][None])
    shared = pixels.quantize(256 - len(flat), kmeans=2)
    indices[loose] = np.asarray(shared)[0].astype(np.int64) + len(flat)
    rest = np.array(shared.getpalette(), dtype=np.uint32).reshape(-1, 3)
    return _with_table(indices, np.concatenate([flat, rest[:, 0] << 16 | rest[:, 1] << 8 | rest[:, 2]]))


def _packed(picture: "Image.Image") -> np.ndarray:
    """Return each pixel's red, green and blue as one number (H, W)."""
    channels = np.asarray(picture, dtype=np.uint32)
    return channels[..., 0] << 16 | channels[..., 1] << 8 | channels[..., 2]


def _with_table(indices: np.ndarray, table: np.ndarray) -> "Image.Image":
    from PIL import Image

    indexed = Image.fromarray(indices.astype(np.uint8))
    indexed.putpalette(np.stack([table >> 16, table >> 8 & 255, table & 255], axis=1).astype(np.uint8).tobytes())
    return indexed


def _png(picture: "Image.Image") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _close(figure: "Figure") -> None:
    """Take the figure from pyplot, which would draw it a second time at the end of the cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def _in_ipython() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
