"""Arrays of bytes as short text, for the synced traits of an explorer; `kit/packed.js` is the other end."""

import base64
import zlib

import numpy as np


def pack(array: np.ndarray) -> str:
    """Return the bytes of a uint8 array (any shape, C order) as base64 of their zlib compression.

    Raises TypeError for another dtype: a browser would read other bytes than were meant.

    >>> unpack(pack(np.arange(6, dtype=np.uint8)), (2, 3)).tolist()
    [[0, 1, 2], [3, 4, 5]]
    """
    if array.dtype != np.uint8:
        raise TypeError(f"the array is {array.dtype}; pack takes uint8, round to 0…255 first")
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), level=9)).decode()


def unpack(text: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return what `pack` packed as a uint8 array of `shape`.

    >>> unpack(pack(np.array([7], dtype=np.uint8)), (1,))
    array([7], dtype=uint8)
    """
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.uint8).reshape(shape).copy()
