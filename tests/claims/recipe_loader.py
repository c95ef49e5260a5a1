"""A lecture's recipe as a module: the claims train with the code that made the lecture's tables."""

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

RECIPES = Path(__file__).resolve().parents[2] / "lectures" / "recipes"


@cache
def load_recipe(name: str) -> ModuleType:
    """Return lectures/recipes/NAME.py as a module, executed once."""
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", RECIPES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
