"""Adding and collecting counts over the processes of torch.distributed."""

import torch
from torch import Tensor


def sum_counts(counts: Tensor) -> Tensor:
    """Return the sum of every process's integer `counts`, on the CPU; `counts` itself where there is one process.

    >>> sum_counts(torch.tensor([1, 2])).tolist()
    [1, 2]
    """
    if not _several():
        return counts
    total = counts.to(_device(), copy=True)
    torch.distributed.all_reduce(total)
    return total.cpu()


def gather_rows(rows: Tensor) -> list[Tensor]:
    """Return every process's `rows` (n, …), rank by rank, on the CPU; n may differ, what follows it may not.

    >>> [part.tolist() for part in gather_rows(torch.tensor([[1, 2]]))]
    [[[1, 2]]]
    """
    if not _several():
        return [rows]
    # How many rows each process has.
    length = torch.tensor([len(rows)], device=_device())
    lengths = [int(each) for each in _gather(length)]

    # Padded to one length, since only tensors of one shape are gathered.
    padded = rows.new_zeros(max(lengths), *rows.shape[1:], device=_device())
    padded[: len(rows)] = rows
    parts = _gather(padded)
    return [part[:length].cpu() for part, length in zip(parts, lengths, strict=True)]


def _gather(tensor: Tensor) -> list[Tensor]:
    """Return every process's tensor, all of one shape, rank by rank."""
    tensors = [torch.empty_like(tensor) for _ in range(torch.distributed.get_world_size())]
    torch.distributed.all_gather(tensors, tensor)
    return tensors


def _several() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def _device() -> str:
    return "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"  # NCCL moves GPU memory only
