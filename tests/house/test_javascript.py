"""The explorers' modules, JavaScript and Python: a folder imports itself and the kit, the kit imports the kit."""

import ast
import json
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from segedu.widgets import linker

WIDGETS = linker.FOLDER
PACKAGE = "segedu.widgets."
BASE = {"base.py", "linker.py"}  # what all explorers are built on; both import from each other and nothing else here


def javascript() -> dict[str, set[str]]:
    """Return what each module imports, both as paths below the widgets' folder."""
    modules = sorted(path.relative_to(WIDGETS).as_posix() for path in WIDGETS.rglob("*.js"))
    return {module: {each.module for each in linker.imports_of(module)} for module in modules}


def python() -> dict[str, set[str]]:
    """Return what each Python module imports of the widgets, for types only and lazily too; `__init__` left out."""
    paths = sorted(path for path in WIDGETS.rglob("*.py") if path.name != "__init__.py")
    return {path.relative_to(WIDGETS).as_posix(): set(_imports(path.read_text("utf-8"))) for path in paths}


def _imports(text: str) -> Iterable[str]:
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith(PACKAGE):
                yield name.removeprefix(PACKAGE).replace(".", "/") + ".py"


def strangers(imports: Mapping[str, set[str]]) -> list[str]:
    """Return "importer imports imported" for each import that leaves its folder for neither the kit nor the base."""
    return [
        f"{module} imports {imported}"
        for module, all_imported in imports.items()
        for imported in sorted(all_imported - BASE)
        if imported.split("/")[0] not in (module.split("/")[0], "kit")
    ]


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Return modules that import each other in a circle, the first again at the end; nothing where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_an_explorers_javascript_imports_its_own_folder_and_the_kit():
    assert len(javascript()) > 100
    assert strangers(javascript()) == []


def test_an_explorers_python_imports_its_own_folder_and_the_kit():
    assert len(python()) > 30
    assert strangers(python()) == []


def test_no_javascript_modules_import_each_other_in_a_circle():
    assert circle(javascript()) == []


def test_a_stranger_and_a_circle_would_be_seen():
    imports = {"a/view.js": {"a/core.js", "kit/kit.js", "b/core.js"}, "kit/kit.js": {"a/core.js"}, "a/core.js": set()}
    assert strangers(imports) == ["a/view.js imports b/core.js", "kit/kit.js imports a/core.js"]
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})[0] in "abc"


TO_READ = {"kit/network/plain.js"}  # definitions that tests hold the fast forms to
WORKERS = {"kit/compute.js", "kit/network/job.js"}  # linked by themselves, for the explorers whose networks run


def test_every_module_is_linked_by_some_explorer():
    views = [module for module in javascript() if module.endswith("/view.js")]
    linked = {module for view in [*views, "kit/shim.js", *WORKERS] for module in _reached(view)}
    assert set(javascript()) - linked == TO_READ


def test_no_explorer_carries_a_network_that_it_does_not_run():
    views = [module for module in javascript() if module.endswith("/view.js")]
    carried = {view for view in views if any("kit/network" in module for module in _reached(view))}
    assert carried == set()


def _reached(module: str) -> set[str]:
    return {module}.union(*(_reached(each.module) for each in linker.imports_of(module)))


LONGER_THAN_SIXTY_LINES = 27  # files whose functions wait for their explorer to be redrawn; lower it, never raise it


def test_the_list_of_files_with_long_functions_only_shrinks_and_holds_no_kit_and_no_core():
    rules = json.loads((linker.FOLDER.parents[1] / "biome.json").read_text("utf-8"))
    excused = [path for each in rules["overrides"] for path in each["includes"] if path.startswith("segedu/")]
    assert len(excused) == LONGER_THAN_SIXTY_LINES
    assert not [path for path in excused if "/kit/" in path or "/core" in path or "*" in path]


def test_no_module_takes_a_node_from_a_parent_that_may_have_lost_it():
    """Under load JupyterLab's page once said "Failed to execute 'removeChild' on 'Node'".

    Chromium says so of a call of removeChild only; `remove` and `replaceChildren` have other words or none. So it is
    not ours while no module calls it.
    """
    assert [module for module in javascript() if "removeChild" in linker.source(module)] == []
