"""Randomness as a function of a few numbers: fold them into a seed, and use it without disturbing anyone else's."""

import contextlib
import hashlib
import random
from collections.abc import Iterator

import numpy as np
import torch

from segedu.scalars import whole_number


def fold(seed: int, *numbers: int | str) -> int:
    """Return a seed in [0, 2**63) that depends on every argument and on their order.

    Seeds are hashed, never added: `seed + index` would give run 0's image 1 the randomness of run 1's image 0.
    Equal numbers give equal seeds, whether they are Python's, NumPy's or torch's.

    Raises:
        TypeError: an argument is neither a whole number nor a text.
        ValueError: a number has a fraction.

    >>> fold(0, 1) == fold(1, 0), fold(0, np.int64(1)) == fold(0, 1)
    (False, True)
    """
    text = "/".join(_typed(number) for number in (seed, *numbers))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def _typed(number: int | str) -> str:
    """Return a number or a text with its kind, so that 12 and "12" differ."""
    if isinstance(number, str):
        return f"str:{number}"
    return f"int:{whole_number(number, 'the seed, or a number folded into it,')}"


def checked_seed(seed: int) -> int:
    """Return a seed as Python's int; raises TypeError or ValueError for what torch can't be seeded with."""
    number = whole_number(seed, "seed")
    return whole_number(number, "seed", at_least=-(2**63), at_most=2**64 - 1)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch (CPU), NumPy's and Python's global generators inside the block, and restore all three after it.

    >>> with seeded(0):
    ...     a = torch.rand(2)
    >>> with seeded(0):
    ...     assert torch.equal(a, torch.rand(2))
    """
    seed = checked_seed(seed)
    torch_state = torch.get_rng_state()
    numpy_state = np.random.get_state()
    python_state = random.getstate()
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(torch_state)
        np.random.set_state(numpy_state)
        random.setstate(python_state)
