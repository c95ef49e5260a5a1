"""Where the files that ship with the course lie, in a checkout and in an installed wheel, and where downloads go."""

import os
import sys
import tempfile
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
    """Return the folder for downloads.

    It is `$SEGEDU_DATA`, if that is set and not empty; else `data/downloads` in a checkout; else `~/.cache/segedu`, or
    `segedu` among temporary files for somebody without a home.

    Raises:
        FileNotFoundError: `$SEGEDU_DATA` lies in the home of somebody who has none here.
    """
    chosen = os.environ.get("SEGEDU_DATA")
    if chosen:
        return expanded(chosen)
    if not INSTALLED:
        return DATA / "downloads"
    try:
        return Path.home() / ".cache" / "segedu"
    except RuntimeError:  # a container's user has no home
        return Path(tempfile.gettempdir()) / "segedu"


def expanded(path: str | Path) -> Path:
    """Return a path with ~ written out; raises FileNotFoundError if there is no such home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise FileNotFoundError(f"{path} lies in a home that isn't known here; write the whole path.") from None
