"""Lint of single cells: how long they are, what they are named, how they read, what they import, where they link to."""

import ast
import re
import statistics
import sys
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from segedu.course.build.reading import code_lines, line_count, prose, student_lines, word_count
from segedu.course.build.solutions import has_solution, is_proof, without_proofs
from segedu.course.build.source import Lecture
from segedu.course.lint.markdown import addresses, blocks

Note = tuple[str, str]  # (cell, what is there and what is expected)

CELLS, WORDS = (40, 70), (1500, 3000)
MEDIAN_LINES, MOST_LINES, ALL_LINES = 8, 30, 350
LIBRARIES = {"torch", "torchvision", "numpy", "matplotlib", "segedu", "google"}
PRAISE = re.compile(
    r"\b(amazing|awesome|beautiful(?:ly)?|blazing|brilliant|breathtaking|clever|cutting-edge|effortless(?:ly)?|elegant(?:ly)?|"
    r"exciting|fantastic|game-chang\w+|great|groundbreaking|impressive|incredibl[ey]|lovely|magic(?:al|ally)?|marvel\w*|"
    r"mind-blowing|obviously|powerful|remarkabl[ey]|revolutionary|seamless(?:ly)?|simply|stunning|super|superb|"
    r"wonderful|wow)\b",
    re.IGNORECASE,
)
EXPLORERS = ("Explorer", "Viewer", "Lab", "Diagram")


def label(number: int, cell: NotebookNode) -> str:
    """Return a cell's number, with its name if it has one: "12 (figure-taps)"."""
    name = cell.metadata.get("name")
    return f"{number} ({name})" if name else str(number)


def notes(cells: Sequence[NotebookNode], lecture: Lecture) -> Iterator[Note]:
    """Yield what is to be mended in single cells, and in their number and lengths together."""
    yield from totals(cells)
    for number, cell in enumerate(cells, 1):
        for text in cell_notes(cell, lecture):
            yield label(number, cell), text


def totals(cells: Sequence[NotebookNode]) -> Iterator[Note]:
    """Yield what is wrong with the number of cells, words and lines of code that a student sees."""
    kept = without_proofs(cells)
    lines = [student_lines(cell) for cell in kept if cell.cell_type == "code"]
    words, all_lines = word_count(kept), code_lines(kept)
    if not CELLS[0] <= len(kept) <= CELLS[1]:
        yield "all", f"has {len(kept)} cells, expected {CELLS[0]} to {CELLS[1]} (cells tagged proof don't count)"
    if not WORDS[0] <= words <= WORDS[1]:
        yield "all", f"has {words} words, expected {WORDS[0]} to {WORDS[1]}"
    if all_lines > ALL_LINES:
        yield "all", f"has {all_lines} lines of code, expected at most {ALL_LINES}"
    if lines and (median := statistics.median(lines)) > MEDIAN_LINES:
        yield "all", f"its median code cell has {median:g} lines, expected at most {MEDIAN_LINES}"


def cell_notes(cell: NotebookNode, lecture: Lecture) -> Iterator[str]:
    """Yield what is to be mended in one cell."""
    if not cell.source.strip():
        yield "is empty, expected text or code"
    elif cell.cell_type == "markdown":
        yield from reading_notes(cell.source)
        yield from link_notes(cell.source, lecture)
    else:
        if (lines := line_count(cell)) > MOST_LINES and not is_proof(cell):
            yield f"has {lines} lines, expected at most {MOST_LINES}"
        yield from code_notes(cell)


def reading_notes(markdown: str) -> Iterator[str]:
    """Yield words of praise and exclamation marks."""
    text = prose(markdown)
    for word in sorted({match[0].lower() for match in PRAISE.finditer(text)}):
        yield f"says {word!r}, expected the fact without praise"
    exclaimed = re.search(r"(\w+)!(?!=)", text)
    if exclaimed:
        yield f"exclaims {exclaimed[0]!r}, expected a full stop"


def link_notes(markdown: str, lecture: Lecture) -> Iterator[str]:
    """Yield links to notebooks and files that are not there."""
    for kind in ("link", "image"):
        for address in addresses(blocks(markdown), kind):
            target = address.partition("#")[0]
            if target and "://" not in target and not target.startswith("attachment:"):
                yield from target_notes(target, lecture)


def target_notes(target: str, lecture: Lecture) -> Iterator[str]:
    """Yield a text if a link's target is neither a lecture's notebook nor a file beside the notebooks."""
    is_lecture = target.endswith(".ipynb") and (lecture.root / "lectures" / target).with_suffix(".py").exists()
    if not is_lecture and not (lecture.root / "notebooks" / target).exists():
        yield f"links to {target}, expected something that exists in notebooks/"


def code_notes(cell: NotebookNode) -> Iterator[str]:
    """Yield missing names and imports that a lecture has no need of."""
    name = cell.metadata.get("name", "")
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:  # a line magic or a shell command
        return
    kind = kind_of(cell, tree)
    if kind and not name.startswith(f"{kind}-"):
        yield f'is named {name!r}, expected name="{kind}-…"'
    if "raises-exception" in cell.metadata.get("tags", []) and kind in ("exercise", "check"):
        yield "is tagged raises-exception, expected an exercise that survives Run All"
    for module in imported(tree):
        top = module.split(".")[0]
        if module.startswith("segedu.") or (top not in LIBRARIES and top not in sys.stdlib_module_names):
            yield f"imports {module}, expected only `import segedu as se`, torch, numpy, matplotlib"


def kind_of(cell: NotebookNode, tree: ast.Module) -> str | None:
    """Return which kind of name a code cell needs: exercise, figure, widget, check, or none."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    last = tree.body[-1] if tree.body else None
    if has_solution(cell):
        return "exercise"
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        called = ast.unparse(last.value.func)
        if called.startswith("se.") and called.endswith(EXPLORERS):
            return "widget"
    if "alt" in cell.metadata or any(keyword.arg == "alt" for call in calls for keyword in call.keywords):
        return "figure"
    return "check" if any(ast.unparse(call.func) == "se.check" for call in calls) else None


def imported(tree: ast.Module) -> list[str]:
    """Return the modules that a cell imports; `from segedu import x` counts as "segedu.x"."""
    modules = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.append(f"segedu.{node.names[0].name}" if node.module == "segedu" else node.module)
    return modules
