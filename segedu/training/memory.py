"""When memory runs out: told from other errors on every device, and what size fits."""

from collections.abc import Callable

import torch

# What a CPU's allocator says, in torch, in oneDNN and in C++; a GPU's raises torch.OutOfMemoryError.
MESSAGES = ("can't allocate memory", "not enough memory", "bad_alloc", "cannot allocate memory")
NOT_EVEN_ONE = "not even one image fits into memory; take smaller images or a narrower model."


def ran_out(error: BaseException) -> bool:
    """Return whether an error says that there is no memory left, on a GPU or on a CPU.

    >>> ran_out(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."))
    True
    """
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(message in str(error).lower() for message in MESSAGES)


def largest_that_fits(attempt: Callable[[int], None], size: int) -> int:
    """Return the first of size, size / 2, size / 4 … for which `attempt(size)` doesn't run out of memory.

    Raises torch.OutOfMemoryError if not even one image fits.
    """
    while not _fits(attempt, size):
        if torch.cuda.is_available():
            torch.cuda.empty_cache()  # here, not in _fits: the exception held the tensors
        size = smaller(size)
    return size


def smaller(size: int) -> int:
    """Return half of a size, rounded up; raise torch.OutOfMemoryError if it is 1 already.

    >>> smaller(5)
    3
    """
    if size == 1:
        raise torch.OutOfMemoryError(NOT_EVEN_ONE)
    return (size + 1) // 2


def _fits(attempt: Callable[[int], None], size: int) -> bool:
    try:
        attempt(size)
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        return False
    return True
