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
    lengths = [torch.zeros(1, dtype=torch.int64, device=_device()) for _ in range(torch.distributed.get_world_size())]
    torch.distributed.all_gather(lengths, torch.tensor([len(rows)], device=_device()))
    longest = max(int(length) for length in lengths)
    padded = rows.new_zeros(longest, *rows.shape[1:], device=_device())
    padded[: len(rows)] = rows
    parts = [torch.empty_like(padded) for _ in lengths]
    torch.distributed.all_gather(parts, padded)
    return [part[: int(length)].cpu() for part, length in zip(parts, lengths, strict=True)]


def _several() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def _device() -> str:
    return "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"  # NCCL moves GPU memory only
