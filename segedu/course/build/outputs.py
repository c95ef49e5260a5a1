"""Outputs as they are kept: small pictures with alt text, no widget state, no paths, no times, nothing from stderr."""

import base64
import io
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from segedu.course.build.source import is_check

KEPT_TYPES = ("image/png", "text/html", "text/markdown", "text/latex", "text/plain")
WIDGET = "application/vnd.jupyter.widget-view+json"
PALETTE_FROM = 100_000  # bytes: larger pictures get 256 colors
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
HOME_PATH = re.compile(r"(?:/(?:home|Users|root|tmp)/|[A-Z]:\\(?!\w*n\b))[\w.-]+")
TIME = re.compile(
    r"(?<![\w.,])(?:\d+(?:[.,]\d+)?(?:\s?(?:ms|µs|ns|seconds?|minutes?|it/s|s/it)| (?:s|min))|\d+[.,]\d+s)\b"
)
CLOCK = re.compile(r"\b\d{1,2}:\d{2}:\d{2}(?:\.\d+)?\b")


def clean(cell: NotebookNode, root: Path) -> tuple[list[str], list[str]]:
    """Keep of a code cell's outputs what belongs into the notebook; return (what must be mended, what was dropped)."""
    if is_check(cell):
        cell.outputs = []
        return [], []
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


def merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return the outputs with neighboring texts of one stream as one."""
    found: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and found and found[-1].get("name") == output.name:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


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
        data["image/png"] = smaller_png(data["image/png"])
        given = output.metadata.get("image/png", {})
        metadata = {"image/png": {key: given[key] for key in ("alt", "width", "height") if key in given}}
        if not str(given.get("alt", "")).strip():
            faults.append("a picture without alt text: show it with `se.show(figure, alt=…)`")
    output.data, output.metadata = nbformat.from_dict(data), nbformat.from_dict(metadata)
    kept.append(output)


def smaller_png(encoded: str) -> str:
    """Return a base64 PNG without metadata, with 256 colors if it is large; one picture always gives one text."""
    from PIL import Image

    original = base64.b64decode(encoded)
    with Image.open(io.BytesIO(original)) as picture:
        picture.load()
        best = png_bytes(picture)
        if len(best) > PALETTE_FROM and picture.mode != "P":
            flat = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
            best = min(best, png_bytes(flat.convert("RGB").quantize(256)), key=len)
    return base64.b64encode(best).decode()


def png_bytes(picture: Any) -> bytes:
    """Return a Pillow image as an optimized PNG without metadata."""
    buffer = io.BytesIO()
    picture.info = {key: value for key, value in picture.info.items() if key == "transparency"}
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


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

    def mask(text: str) -> str:
        found = [match[0] for pattern in (TIME, CLOCK) for match in pattern.finditer(text)]
        if found:
            remarks.append(f"masked {len(found)} times, the first {found[0]!r}")
        return CLOCK.sub("–", TIME.sub(lambda match: "– " + match[0].lstrip("0123456789., "), text))

    if output.output_type == "stream":
        output.text = mask(output.text)
    elif "image/png" not in output.data and "text/plain" in output.data:
        output.data["text/plain"] = mask(output.data["text/plain"])


def machine_traces(output: NotebookNode, root: Path) -> list[str]:
    """Return a sentence for each absolute path or memory address that an output shows."""
    places = {str(root), str(Path.home()) + "/", sys.prefix, tempfile.gettempdir() + "/"} - {"//", "/"}
    found = []
    for text in texts(output):
        text = re.sub(r"data:[\w/+-]+;base64,[\w+/=]+", "", text)  # a picture inside HTML
        path = next((place for place in places if place in text), None) or (HOME_PATH.search(text) or [None])[0]
        if path:
            found.append(f"an output shows the path {path!r}, which other machines don't have")
        if address := ADDRESS.search(text):
            found.append(f"an output shows a memory address ({address[0]}), which differs from run to run")
    return found
