"""How a result reads: one line of outcome, then the smallest failing input, the result and the expected value."""

from typing import Any

import torch

from segedu.exercises.engine import engine

SYMBOLS = {engine.PASSED: "✓", engine.NOT_YET: "✗", engine.NOT_ATTEMPTED: "○", engine.RAISED: "✗"}
PRINTED_IN_FULL = 40  # numbers
PRINTED_LINES = 12


def text(result: "engine.Result") -> str:
    """Return what `check` prints."""
    head = f"{SYMBOLS[result.outcome]} {result.name}: {result.outcome}"
    if result.outcome == engine.RAISED:
        head += f" {result.message}"
    else:
        head += f". {result.message}"
    case = result.case
    if case is None:
        return head
    count = [f"  {result.right} of {result.cases} cases are right."] if result.cases > 1 else []
    blocks = [head] if result else [head, *count, *failing_case(case)]
    return "\n".join(blocks + printed_lines(case.printed))


def failing_case(case: "engine.Case") -> list[str]:
    """Return the lines that show a failing case: its arguments, what came out, what should have."""
    lines = ["  The smallest failing input:"] if case.arguments else []
    lines += [labelled(f"    {name} = ", value) for name, value in case.arguments.items()]
    if case.outcome == engine.NOT_YET and case.result is not None:
        lines.append(labelled("  Your result: ", case.result))
        if case.expected is not None:
            lines.append(labelled("  Expected:    ", case.expected))
    return lines


def printed_lines(printed: str) -> list[str]:
    """Return what the student's function printed during the shown case, cut to a dozen lines."""
    lines = printed.splitlines()
    if not lines:
        return []
    cut = [f"    … {len(lines) - PRINTED_LINES} more lines"] if len(lines) > PRINTED_LINES else []
    return ["  Printed by your function:", *(f"    {line}" for line in lines[:PRINTED_LINES]), *cut]


def labelled(label: str, value: Any) -> str:
    """Return a value behind its label, further lines aligned below the first."""
    lines = (label + shown(value)).split("\n")
    return "\n".join([lines[0], *(f"      {line}".rstrip() for line in lines[1:])])


def shown(value: Any) -> str:
    """Return a value as text: small tensors in full, larger ones as dtype and shape.

    >>> shown(torch.zeros(3, 5, 7))
    'float32 tensor of shape (3, 5, 7)'
    """
    if isinstance(value, torch.Tensor):
        kind = f"{str(value.dtype).removeprefix('torch.')} tensor of shape {tuple(value.shape)}"
        if value.ndim and value.numel() > PRINTED_IN_FULL:
            return kind
        return f"{kind}\n" + rows(value) if value.ndim > 1 else repr(value)
    if isinstance(value, list | tuple) and any(isinstance(item, torch.Tensor) for item in value):
        return "[" + ",\n ".join(shown(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",\n ".join(f"{key!r}: {shown(item)}" for key, item in value.items()) + "}"
    lines = repr(value).splitlines() or [""]
    return lines[0][:200] + (" …" if len(lines) > 1 or len(lines[0]) > 200 else "")


def rows(value: torch.Tensor) -> str:
    """Return the rows of a small tensor's matrices, one below the other, columns aligned, matrices a blank line apart.

    >>> print(rows(torch.tensor([[1, -20], [3, 4]])))
      1 -20
      3   4
    """
    texts = [str(item) if isinstance(item, bool | int) else f"{item:.4g}" for item in value.flatten().tolist()]
    width = max(map(len, texts), default=0)
    columns = max(value.shape[-1], 1)
    lines = [
        " ".join(t.rjust(width) for t in texts[start : start + columns]) for start in range(0, len(texts), columns)
    ]
    height = max(value.shape[-2], 1)
    return "\n\n".join("\n".join(lines[start : start + height]) for start in range(0, len(lines), height))
