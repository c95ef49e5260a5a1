"""The linker of the explorers' JavaScript: the modules that a page needs as one text, each in a scope of its own.

A module that is loaded from a blob cannot import relative files, and a notebook's output has no files beside it. So
each module becomes the body of a function that returns its exports, and each import takes some of them:

    const kit$numbers = (() => {
    function clamp(value, low, high) { … }
    return { clamp };
    })();

Modules are named by their path below this folder, "kit/numbers.js". They are plain ES modules, so Node loads them as
they are. Of the language's forms the linker knows those that the house uses, one statement from a line's start:
`import { a, b as c } from "./x.js";`, `export { a, b as c } from "../kit/x.js";`, `export default …;` and `export`
before a function, const, let or class.
"""

import posixpath
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^(import|export) \{([^}]*)\} from "(\.[\w./]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class)\b)", re.MULTILINE)
_DECLARED = re.compile(r"^export (?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class Import(NamedTuple):
    """One `import` or `export … from` of a module."""

    keyword: str  # "import", or "export" where the names are passed on
    names: tuple[tuple[str, str], ...]  # (name there, name here)
    module: str  # the path of the other module


def link(view: str) -> str:
    """Return the view and all that it imports as one ES module, whose default export is the view's.

    Raises ValueError as `scopes` does.
    """
    return f"{scopes(view)}\nexport default {scope_name(view)}.default;\n"


def scopes(*entries: str) -> str:
    """Return the entries and all that they import as a script: one scope per module, each before its first user.

    The exports of a module are the properties of a constant called `scope_name(module)`.
    Raises ValueError naming the module and the missing file, the missing export, the circle of imports, or the form
    of import or export that the linker doesn't know.
    """
    order: list[str] = []
    for entry in entries:
        _collect(entry, order, ())
    return "\n".join(_scope(module) for module in order)


def scope_name(module: str) -> str:
    """Return the name of the constant that holds a module's exports.

    >>> scope_name("kit/svg_grid.js")
    'kit$svg_grid'
    """
    return module.removesuffix(".js").replace("/", "$")


def imports_of(module: str) -> list[Import]:
    """Return what a module imports or passes on, from top to bottom."""
    return [
        Import(keyword, _renamed(names), posixpath.normpath(posixpath.join(posixpath.dirname(module), path)))
        for keyword, names, path in _IMPORT.findall(source(module))
    ]


def exports_of(module: str) -> list[str]:
    """Return the names that a module exports, "default" among them."""
    default = ["default"] if _DEFAULT.search(source(module)) else []
    passed_on = [here for each in imports_of(module) if each.keyword == "export" for _, here in each.names]
    return _DECLARED.findall(source(module)) + default + passed_on


@cache
def source(module: str) -> str:
    """Return the text of a module."""
    return (FOLDER / module).read_text("utf-8")


def _collect(module: str, order: list[str], users: tuple[str, ...]) -> None:
    """Append the module to the order, after all that it imports."""
    if module in users:
        raise ValueError(f"modules import each other in a circle: {' → '.join([*users, module])}")
    if module in order:
        return
    for imported in imports_of(module):
        if not (FOLDER / imported.module).is_file():
            raise ValueError(f"{module} imports from {imported.module}, which is not there")
        _collect(imported.module, order, (*users, module))
        missing = {there for there, _ in imported.names} - set(exports_of(imported.module))
        if missing:
            names = ", ".join(sorted(missing))
            raise ValueError(f"{module} imports {names} from {imported.module}, which does not export it")
    order.append(module)


def _scope(module: str) -> str:
    """Return the module as a constant: its body in a function that returns the exports."""
    body = _IMPORT.sub("", source(module))
    body = _DEFAULT.sub("const $default = ", _EXPORT.sub("", body))
    unknown = _UNKNOWN.search(body)
    if unknown:
        raise ValueError(f"{module} says {unknown[0]!r}; the linker knows no such import or export")

    # What the module takes from others stands before its body, what it offers after it.
    taken = []
    offered = _DECLARED.findall(source(module))
    if _DEFAULT.search(source(module)):
        offered.append("default: $default")
    for imported in imports_of(module):
        scope = scope_name(imported.module)
        if imported.keyword == "import":
            pairs = ", ".join(there if there == here else f"{there}: {here}" for there, here in imported.names)
            taken.append(f"const {{ {pairs} }} = {scope};\n")
        else:
            offered += [f"{here}: {scope}.{there}" for there, here in imported.names]
    start = f"const {scope_name(module)} = (() => {{\n{''.join(taken)}"
    return f"{start}{body}return {{ {', '.join(offered)} }};\n}})();"


def _renamed(names: str) -> tuple[tuple[str, str], ...]:
    """Return (name there, name here) for each part of "a, b as c"."""
    parts = [part.split(" as ") for part in re.split(r"\s*,\s*", names.strip()) if part]
    return tuple((part[0].strip(), part[-1].strip()) for part in parts)
