"""Where the files that ship with the course lie, in a checkout and in an installed wheel, and where downloads go."""

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent / "data"


def shipped(relative: str) -> Path:
    """Return the path of a shipped file such as `manifest.json` or `weights/unet_scenes.safetensors`.

    Raises:
        FileNotFoundError: the course ships no such file.
    """
    for folder in (CHECKOUT, PACKAGE / "_shipped_data"):
        path = folder / relative
        if path.exists():
            sys.audit("segedu.shipped", str(path))  # the build of a notebook listens: which files did it use?
            return path
    raise FileNotFoundError(f"segedu ships no file {relative!r}; it looked in {CHECKOUT} and in the installed package.")


def downloads() -> Path:
    """Return the folder for downloads: `$SEGEDU_DATA`, else `data/downloads` in a checkout, else `~/.cache/segedu`."""
    if "SEGEDU_DATA" in os.environ:
        return Path(os.environ["SEGEDU_DATA"]).expanduser()
    return CHECKOUT / "downloads" if (CHECKOUT / "manifest.json").exists() else Path.home() / ".cache" / "segedu"
