"""Who imports whom: every import of the package's Python, as edges between modules.

An edge counts wherever the import stands: at the top, in a function, under TYPE_CHECKING; and where a module takes
`se.x` after `import segedu as se`, it is an edge to the module in which `x` is defined.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "segedu"


def name_of(path: Path, root: Path = ROOT) -> str:
    """Return a file's module name: segedu/ops/conv.py → segedu.ops.conv, segedu/ops/__init__.py → segedu.ops."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """Return all Python modules of the package by name."""
    return {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def python_edges() -> dict[str, set[str]]:
    """Return for each module of the package those that it imports."""
    known = frozenset(modules())
    return {
        name: imports_of(path.read_text(encoding="utf-8"), name, known) - {name} for name, path in modules().items()
    }


def imports_of(source: str, own: str, known: frozenset[str]) -> set[str]:
    """Return the modules of the package that a source imports, each by the name of the file that it comes from."""
    tree = ast.parse(source)
    targets = set(imported_names(tree, own))
    for alias in aliases_of_packages(tree, known):
        targets |= {f"{alias[1]}.{name}" for name in attributes_of(tree, alias[0])}
    return {home for target in targets if (home := home_of(target, known)) is not None}


def imported_names(tree: ast.AST, own: str) -> Iterator[str]:
    """Give the dotted name of each thing that is imported: segedu.ops.conv.conv2d_loops."""
    is_package = own in modules() and modules()[own].name == "__init__.py"
    package = own if is_package else own.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if "." in alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
                base = f"{above}.{base}".rstrip(".")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def aliases_of_packages(tree: ast.AST, known: frozenset[str]) -> list[tuple[str, str]]:
    """Return (name here, module) of each package that is imported as a whole and whose attributes may be taken."""
    aliases = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases += [(each.asname or each.name, each.name) for each in node.names if each.name in known]
        elif isinstance(node, ast.ImportFrom) and node.module == "segedu":
            aliases += [(each.asname or each.name, f"segedu.{each.name}") for each in node.names]
    return [(here, module) for here, module in aliases if module in known]


def attributes_of(tree: ast.AST, name: str) -> set[str]:
    """Return what is taken from a name, as dotted text: "ops.conv2d" of `se.ops.conv2d`, and "ops"."""
    taken = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            base, _, rest = ast.unparse(node).partition(name + ".")
            if base == "" and re.fullmatch(r"[\w.]+", rest):
                taken.add(rest)
    return taken


def home_of(target: str, known: frozenset[str]) -> str | None:
    """Return the module in which a dotted name is defined; None outside of the package, or for the bare package."""
    if not target.startswith("segedu."):
        return None
    if target in known:
        return target
    owner, _, name = target.rpartition(".")
    if owner == "segedu" or owner in known:
        offered = surface(owner).get(name)
        return home_of(offered, known) if offered else (owner if owner != "segedu" else None)
    return home_of(owner, known)


@cache
def surface(package: str) -> Mapping[str, str]:
    """Return the names that a package offers by its `__init__.pyi`, each with the module that it is loaded from."""
    stub = PACKAGE.joinpath(*package.split(".")[1:], "__init__.pyi")
    if not stub.exists():
        return {}
    offered = {}
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            base = f"{package}.{node.module or ''}".rstrip(".") if node.level else str(node.module)
            offered |= {each.asname or each.name: f"{base}.{each.name}" for each in node.names}
    return {name: target for name, target in offered.items() if target != f"{package}.{name}"}


def circles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import one another in a circle, each sorted (Tarjan 1972).

    >>> circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()})
    [['b', 'c']]
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for target in edges.get(module, ()):
            if target not in index:
                visit(target)
                low[module] = min(low[module], low[target])
            elif target in stack:
                low[module] = min(low[module], index[target])
        if low[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                groups.append(sorted(group))

    for module in edges:
        if module not in index:
            visit(module)
    return groups
