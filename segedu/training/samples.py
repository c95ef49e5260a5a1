"""Samples by index: what a data set raises is told with the number of the sample, from another process too."""

from dataclasses import dataclass
from typing import Any

from torch.utils.data import get_worker_info


def read_sample(dataset: Any, index: int, name: str) -> Any:
    """Return sample `index` of a data set.

    Raises:
        ValueError: the data set raised an error, which is the cause; the sentence names the sample.
    """
    try:
        return dataset[index]
    except MemoryError:
        raise
    except Exception as error:
        message = str(error) or "no message"
        if type(error).__name__ not in ("ValueError", "OSError", "TypeError", "RuntimeError"):
            message = f"{type(error).__name__}: {message}"
        raise ValueError(f"{name} could not be read: {message}") from error


@dataclass
class Failure:
    """An error on its way from a process that loads images: torch would put that process's whole trace into it."""

    error: Exception

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """Return the failure, without the causes and attributes that may not travel."""
        if get_worker_info() is None:
            return cls(error)
        kind = type(error) if type(error) in (ValueError, TypeError, OSError, MemoryError) else None
        return cls(kind(str(error)) if kind else ValueError(f"{type(error).__name__}: {error}"))
