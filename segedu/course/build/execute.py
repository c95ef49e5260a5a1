"""Execute a notebook in a fresh kernel of the running Python, and say in a few lines where it failed."""

import asyncio
import copy
import json
import os
import re
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.kernelspec import make_ipkernel_cmd
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from segedu.course.build.watch import PACKAGE_ROOT

PRINTED_LINES = 6  # of the failed cell's own output, shown with its error
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class ExecutionError(ValueError):
    """A cell failed; the text names it, its line and the error."""


class CurrentPython(KernelSpecManager):
    """Start the Python that is running, whatever kernels are installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the specification of an IPython kernel in the running Python."""
        return KernelSpec(argv=make_ipkernel_cmd(), display_name="Python 3", language="python")


class CurrentKernelManager(AsyncKernelManager):
    """A kernel manager that knows one kernel."""

    def __init__(self, **options: Any) -> None:
        super().__init__(kernel_spec_manager=CurrentPython(), **options)


def execute(notebook: NotebookNode, folder: Path, timeout: float) -> tuple[NotebookNode, list[str]]:
    """Run all cells of `notebook` in `folder`; return a copy with outputs, and the files of the package that it used.

    Raises:
        ExecutionError: a cell raised, took more than `timeout` seconds, or killed its kernel.
    """
    # Between the first cell and the last, the kernel notes which files it opens.
    run = copy.deepcopy(notebook)
    run.cells.insert(0, nbformat.v4.new_code_cell("from segedu.course.build import watch as _watch\n_watch.start()"))
    run.cells.append(nbformat.v4.new_code_cell("_watch.report()"))

    # The client tells which cell it comes to, so that a failure can be named.
    current = 0

    def remember(cell: NotebookNode, cell_index: int) -> None:
        nonlocal current
        current = cell_index

    client = NotebookClient(
        run,
        timeout=int(timeout),
        kernel_manager_class=CurrentKernelManager,
        resources={"metadata": {"path": str(folder)}},
        # It warns that loopback is not encrypted; one that is ended in a cell logs a trace of its closed socket.
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        store_widget_state=False,
        record_timing=False,
        on_cell_execute=remember,
    )
    try:
        asyncio.run(client.async_execute(env=kernel_environment()))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise ExecutionError(describe(error, run.cells[current], current, timeout)) from None

    used = json.loads(run.cells[-1].outputs[0].text)
    run.cells = run.cells[1:-1]
    number_cells(run)
    return run, used


def kernel_environment() -> dict[str, str]:
    """Return the environment of the kernel: this package first, no surprises from hashing, no debugger's remarks."""
    path = os.pathsep.join(part for part in (str(PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")) if part)
    fixed = {"PYTHONPATH": path, "PYTHONHASHSEED": "0", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return {**os.environ, **fixed}


def number_cells(notebook: NotebookNode) -> None:
    """Count the code cells from 1, in the order in which they ran."""
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = count if cell.source.strip() else None
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def describe(error: Exception, cell: NotebookNode, index: int, timeout: float) -> str:
    """Return a failure as a few lines: cell, line, error, the line's text, what the cell printed last."""
    place = f"cell {index} ({cell_title(cell)})"
    if isinstance(error, CellTimeoutError):
        return f"{place}: took more than {timeout:.0f} s."
    if not isinstance(error, CellExecutionError):
        return f"{place}: the kernel died (out of memory, or a crash in a library)."

    # The traceback names the cell's line, unless the error comes from none of them.
    numbers = re.findall(r"Cell In\s*\[\d+\], line (\d+)", ANSI.sub("", error.traceback))
    if not numbers:
        return f"{place}: {error.ename}: {error.evalue}"
    number = int(numbers[0])
    lines = cell.source.split("\n")
    text = lines[number - 1].strip() if number <= len(lines) else ""

    printed = [line for output in cell.outputs for line in output.get("text", "").splitlines()]
    what = f"{place}, line {number}: {error.ename}: {error.evalue}"
    return "\n    ".join([what, text, *printed[-PRINTED_LINES:]])


def cell_title(cell: NotebookNode) -> str:
    """Return a cell's name, or its first line that holds something."""
    name = cell.metadata.get("name")
    if name:
        return name
    first = next((line for line in cell.source.split("\n") if line.strip()), "")
    return f"`{first}`"
