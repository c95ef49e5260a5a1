"""What `se.` offers: the names of the stubs, each with a docstring that says enough."""

import ast
import inspect

import segedu
from tests.house.imports import PACKAGE
from tests.house.test_layers import LAYERS


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
