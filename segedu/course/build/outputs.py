"""Outputs as they are kept: small pictures with alt text, no widget state, no paths, no times, nothing from stderr."""

import base64
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from segedu.course.build.solutions import is_check, is_proof
from segedu.viz.png import shrink

KEPT_TYPES = ("image/png", "text/html", "text/markdown", "text/latex", "text/plain")
WIDGET = "application/vnd.jupyter.widget-view+json"
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
HOME_PATH = re.compile(r"(?:/(?:home|Users|root|tmp)/|[A-Z]:\\(?!\w*n\b))[\w.-]+")
TIME = re.compile(
    r"(?<![\w.,])(?:\d+(?:[.,]\d+)?(?:\s?(?:ms|µs|ns|seconds?|minutes?|it/s|s/it)| (?:s|min))|\d+[.,]\d+s)\b"
)
CLOCK = re.compile(r"\b\d{1,2}:\d{2}:\d{2}(?:\.\d+)?\b")


def clean(cell: NotebookNode, root: Path) -> tuple[list[str], list[str]]:
    """Keep of a code cell's outputs what belongs into the notebook; return (what must be mended, what was dropped)."""
    if is_check(cell) or is_proof(cell):
        cell.outputs = []
        return [], []
    describe(cell)
    faults: list[str] = []
    remarks: list[str] = []
    kept: list[NotebookNode] = []
    for output in merged(cell.outputs):
        if output.output_type == "stream":
            clean_stream(output, kept, remarks)
        elif output.output_type in ("display_data", "execute_result"):
            clean_display(output, kept, faults)
    for output in kept:
        mask_times(output, remarks)
        faults += machine_traces(output, root)
    cell.outputs = kept
    return faults, remarks


def describe(cell: NotebookNode) -> None:
    """Put the alt text in a cell's line onto its picture, if there is one without: the first."""
    alt = str(cell.metadata.get("alt", ""))
    for output in cell.outputs:
        if alt and "image/png" in output.get("data", {}):
            about = output.metadata.setdefault("image/png", nbformat.from_dict({}))
            if not about.get("alt"):
                about["alt"] = output.data["text/plain"] = alt
                return


def merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return the outputs with neighboring texts of one stream as one."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and joined and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def clean_stream(output: NotebookNode, kept: list[NotebookNode], remarks: list[str]) -> None:
    """Keep stdout, each line in its last state; drop stderr and say so."""
    if output.name == "stderr":
        lines = [line.strip() for line in output.text.strip().splitlines()]
        remarks.append(f"dropped from stderr: {lines[0] if lines else ''} ({len(lines)} lines)")
        return
    output.text = re.sub(r"[^\n]*\r(?!\n)", "", output.text.replace("\r\n", "\n"))
    if output.text:
        kept.append(output)


def clean_display(output: NotebookNode, kept: list[NotebookNode], faults: list[str]) -> None:
    """Keep a display's picture and texts: no widget view, no scripts' types, metadata only for the picture."""
    data = {kind: output.data[kind] for kind in KEPT_TYPES if kind in output.data}
    if WIDGET in output.data and "image/png" not in data:
        faults.append("a widget without a picture: it shows nothing where no kernel runs")
    if not data:
        return
    metadata: dict[str, Any] = {}
    if "image/png" in data:
        data["image/png"] = base64.b64encode(shrink(base64.b64decode(data["image/png"]))).decode()
        about = output.metadata.get("image/png", {})
        metadata = {"image/png": {key: about[key] for key in ("alt", "width", "height") if key in about}}
        if not str(about.get("alt", "")).strip():
            faults.append('a picture without alt text: give it in the cell\'s line, `# %% name="figure-…" alt="…"`')
    output.data = nbformat.from_dict(data)
    output.metadata = nbformat.from_dict(metadata)
    kept.append(output)


def texts(output: NotebookNode) -> Iterator[str]:
    """Yield all text that an output shows, alt text included."""
    if output.output_type == "stream":
        yield output.text
    for kind, content in output.get("data", {}).items():
        if kind != "image/png":
            yield content
    yield output.get("metadata", {}).get("image/png", {}).get("alt", "")


def mask_times(output: NotebookNode, remarks: list[str]) -> None:
    """Replace times in printed text by a dash with the unit: they differ from run to run."""
    if output.output_type == "stream":
        output.text = without_times(output.text, remarks)
    elif "image/png" not in output.data and "text/plain" in output.data:
        output.data["text/plain"] = without_times(output.data["text/plain"], remarks)


def without_times(text: str, remarks: list[str]) -> str:
    """Return a text with times masked, and remark how many there were.

    >>> without_times("100 steps in 8.2 s, at 09:12:44", [])
    '100 steps in – s, at –'
    """
    times = [match[0] for pattern in (TIME, CLOCK) for match in pattern.finditer(text)]
    if times:
        remarks.append(f"masked {len(times)} times, the first {times[0]!r}")
    masked = TIME.sub(lambda match: "– " + match[0].lstrip("0123456789., "), text)
    return CLOCK.sub("–", masked)


def machine_traces(output: NotebookNode, root: Path) -> list[str]:
    """Return a sentence for each absolute path or memory address that an output shows."""
    places = {str(root), str(Path.home()) + "/", sys.prefix, tempfile.gettempdir() + "/"} - {"//", "/"}
    traces = []
    for text in texts(output):
        text = re.sub(r"data:[\w/+-]+;base64,[\w+/=]+", "", text)  # a picture inside HTML
        path = next((place for place in places if place in text), None) or (HOME_PATH.search(text) or [None])[0]
        if path:
            traces.append(f"an output shows the path {path!r}, which other machines don't have")
        if address := ADDRESS.search(text):
            traces.append(f"an output shows a memory address ({address[0]}), which differs from run to run")
    return traces
