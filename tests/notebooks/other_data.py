"""Run a lecture as a student does who has chosen another data set; print what its figures say: `… 06 camvid ROOT`.

The cells are those of the student's notebook, in order, in this process; training takes a few steps. One line of JSON a
cell: its name, the section it stands in, the texts of its figures and the data sets that it loaded.
"""

import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib.figure import Figure
from matplotlib.text import Text

import segedu as se
from segedu.course.build import solutions, source
from segedu.viz import _display

ROOT = Path(__file__).resolve().parents[2]
FEW = 3  # steps of each training

texts: list[str] = []
loaded: list[str] = []


def listen() -> None:
    """Note the texts of each figure that is shown, and the name of each data set that is loaded."""
    encode, load = _display.encode, se.load_dataset

    def noting_encode(figure: Figure, *options: Any) -> bytes:
        texts.extend(text.get_text() for text in figure.findobj(Text) if text.get_text().strip())
        return encode(figure, *options)

    def noting_load(name: str, *options: Any, **more: Any) -> Any:
        loaded.append(name)
        return load(name, *options, **more)

    _display.encode = noting_encode
    se.load_dataset = noting_load


def with_parameters(code: str, dataset: str, root: str) -> str:
    """Return the parameters cell with another data set and few steps."""
    code = re.sub(r'(?m)^dataset = "scenes"', f"dataset = {dataset!r}", code)
    code = re.sub(r"(?m)^root = None", f"root = {root!r}", code)
    return re.sub(r"(?m)^(\w*steps) = \d+", rf"\1 = {FEW}", code)


def main(number: str, dataset: str, root: str) -> None:
    """Run the cells and print what they showed."""
    warnings.simplefilter("ignore")
    (lecture,) = source.find_lectures(ROOT, [number])
    cells = solutions.student_notebook(source.read(lecture), lecture.path.name).cells
    listen()
    names: dict[str, Any] = {"__name__": "__main__"}
    section = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"(?m)^## (.+)$", cell.source)
            section = headings[-1] if headings else section
            continue
        is_parameters = "parameters" in cell.metadata.get("tags", [])
        code = with_parameters(cell.source, dataset, root) if is_parameters else cell.source
        texts.clear()
        loaded.clear()
        name = cell.metadata.get("name", cell.id)
        exec(compile(code, f"<{number}, cell {name}>", "exec"), names)
        said = {"cell": name, "section": section, "texts": list(texts), "loaded": list(loaded)}
        print("\x1e" + json.dumps(said), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
