"""Where the files that ship with the course lie, in a checkout and in an installed wheel, and where downloads go."""

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent
WHEEL_DATA = PACKAGE / "_shipped_data"  # is there in a wheel only
INSTALLED = WHEEL_DATA.is_dir()
DATA = WHEEL_DATA if INSTALLED else PACKAGE.parent / "data"


def shipped(relative: str) -> Path:
    """Return the path of a shipped file such as `manifest.json` or `weights/unet_scenes.safetensors`.

    Raises:
        FileNotFoundError: the course ships no such file.
    """
    path = DATA / relative
    if not path.exists():
        raise FileNotFoundError(f"segedu ships no file {relative!r}; it looked in {DATA}.")
    sys.audit("segedu.shipped", str(path))  # the build of a notebook listens: which files did it use?
    return path


def downloads() -> Path:
    """Return the folder for downloads: `$SEGEDU_DATA`, else `data/downloads` in a checkout, else `~/.cache/segedu`."""
    if "SEGEDU_DATA" in os.environ:
        return Path(os.environ["SEGEDU_DATA"]).expanduser()
    return Path.home() / ".cache" / "segedu" if INSTALLED else DATA / "downloads"
