"""The house rules: layers, the public surface, a light import, one list of dependencies."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest

import segedu

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "segedu"

# A layer imports only from layers to its left.
LAYERS = [
    ("_shipped", "files", "labels", "seeding"),
    ("ops",),
    ("data",),
    ("metrics",),
    ("losses",),
    ("models",),
    ("training",),
    ("viz",),
    ("widgets",),
    ("explorers",),
    ("exercises",),
    ("course", "__main__"),
]
# Leaves teach one thing each and never import one another; what is shared has an underscore; a composer joins leaves.
LEAF_LAYERS = {"ops", "metrics", "losses", "models", "widgets", "exercises"}
SHARED = {
    "base",
    "blocks",
    "checks",
    "engine",
    "kit",
    "linear",
    "linker",
    "pixel_weights",
    "processes",
    "sizes",
    "trace",
}
COMPOSERS = {"zoo", "dice_cross_entropy", "__init__"}


def rank(module: str) -> int:
    part = module.split(".")[1]
    return next(number for number, names in enumerate(LAYERS) if part in names)


def imports(path: Path) -> list[str]:
    """Return the absolute names of the segedu modules that a file imports, lazily or not."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = f"{package}.{node.module or ''}".rstrip(".") if node.level else node.module
            found += [f"{base}.{alias.name}" for alias in node.names]
    return [name for name in found if name.startswith("segedu.")]


SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers_import_only_from_the_layers_above_them(path):
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for name in imports(path):
        if name.split(".")[1] not in dir(segedu) or name.split(".")[1] in {n for layer in LAYERS for n in layer}:
            assert rank(name) <= rank(own), f"{own} imports {name}, which is a layer further down"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_siblings_in_one_layer_do_not_import_each_other(path):
    layer = path.relative_to(PACKAGE).parts[0]
    if layer not in LEAF_LAYERS or path.stem in COMPOSERS or path.stem.startswith("_"):
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[1] == layer and len(parts) > 2 and parts[2] != path.relative_to(PACKAGE).parts[1]:
            assert parts[2].startswith("_") or parts[2] in SHARED, f"{path.stem} imports its sibling {parts[2]}"


def test_what_is_importable_is_what_all_names():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    named = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(segedu.__all__) == named
    for name in segedu.__all__:
        assert getattr(segedu, name) is not None
    ours = {name for name in dir(segedu) if not name.startswith("_")}
    layers = {name for layer in LAYERS for name in layer}
    subjects = {"explorers", "losses", "metrics", "models", "ops", "viz"}
    assert subjects <= named
    assert ours - layers - {"lazy_loader"} == named - subjects


def test_the_everyday_names_are_about_sixty():
    assert 50 <= len(segedu.__all__) <= 70


def test_public_names_have_docstrings_that_say_enough():
    for place in (segedu, segedu.explorers, segedu.losses, segedu.metrics, segedu.models, segedu.ops, segedu.viz):
        for name in place.__all__:
            public = getattr(place, name)
            if callable(public):
                text = inspect.getdoc(public) or ""
                assert len(text.split()) >= 12, f"{name} needs a docstring: what it is, shapes, ranges, errors, source"


def test_the_import_costs_at_most_three_tenths_of_a_second_on_top_of_torch():
    code = "import torch, time; t = time.perf_counter(); import segedu; print(time.perf_counter() - t)"
    seconds = min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3))
    assert seconds <= 0.3


def test_the_import_loads_no_heavy_library():
    heavy = ["matplotlib", "torchvision", "anywidget", "skimage", "scipy"]
    code = f"import segedu, sys; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_conda_installs_what_pyproject_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["lab"]
    conda_names = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
    expected = {re.sub(r"^[\w-]+", lambda m: conda_names.get(m[0], m[0]), entry) for entry in declared}
    listed = set(re.findall(r"^  - ([\w-]+>=[\d.]+)$", (ROOT / "environment.yml").read_text(), re.MULTILINE))
    assert listed - {"python>=3.11"} == expected


def test_constraints_pin_every_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    pinned = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]

    def canonical(names):
        return {re.match(r"[\w-]+", name)[0].lower().replace("_", "-") for name in names}

    assert canonical(declared) <= canonical(pinned)


def test_no_module_prints_or_seeds_at_import():
    for module in ("segedu.seeding", "segedu._shipped"):
        import_module(module)
    code = "import torch; a = torch.initial_seed(); import segedu; print(torch.initial_seed() == a)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "True\n"
