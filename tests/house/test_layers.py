"""The layers: imports only from above, no leaf imports a sibling, nothing is circular."""

import pytest

from tests.house.imports import circles, imports_of, modules, python_edges

# A layer imports only from layers above it in this list.
LAYERS = [
    ("_shipped", "console", "files", "labels", "locks", "scalars", "seeding"),
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
# Leaves teach one thing each and never import one another. What siblings share has a name of its own in each layer.
LEAVES = {
    "ops": {"bilinear", "checks", "linear", "sizes", "trace"},
    "metrics": {"checks", "processes"},
    "losses": {"checks", "pixel_weights"},
    "models": {"blocks"},
    "widgets": {"base", "kit", "linker"},
    "exercises": {"engine"},
}
# A composer joins leaves; that is what it is for.
COMPOSERS = {"segedu.losses.dice_cross_entropy", "segedu.models.zoo"}


def rank(module: str) -> int:
    """Return the number of a module's layer, the uppermost first."""
    part = module.split(".")[1]
    return next(number for number, names in enumerate(LAYERS) if part in names)


def unit(module: str) -> str:
    """Return the leaf that a module belongs to: of segedu.widgets.loss.core it is loss; of segedu.widgets, nothing."""
    return ".".join(module.split(".")[2:3])


def test_every_module_belongs_to_a_layer():
    parts = {name.split(".")[1] for name in modules() if name != "segedu"}
    assert parts == {name for layer in LAYERS for name in layer}


def test_a_layer_imports_only_from_the_layers_above_it():
    wrong = {
        (own, target)
        for own, targets in python_edges().items()
        for target in targets
        if own != "segedu" and rank(target) > rank(own)
    }
    assert wrong == set()


def test_leaves_never_import_a_sibling():
    wrong = {(own, target) for own, targets in python_edges().items() for target in targets if is_sibling(own, target)}
    assert wrong == set()


def is_sibling(own: str, target: str) -> bool:
    """Return whether one leaf imports another of its layer."""
    layer = ".".join(own.split(".")[1:2])
    if layer not in LEAVES or own in COMPOSERS or target.split(".")[1] != layer or not unit(own):
        return False
    return unit(target) not in {unit(own), *LEAVES[layer]}


def test_nothing_is_imported_in_a_circle():
    assert circles(python_edges()) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from segedu.ops.conv import conv2d_loops", {"segedu.ops.conv"}),
        ("from segedu.ops import sizes", {"segedu.ops.sizes"}),
        ("from segedu.ops import conv2d_loops", {"segedu.ops.conv"}),
        ("from .sizes import pair", {"segedu.ops.sizes"}),
        ("from ..viz.rows import show_row", {"segedu.viz.rows"}),
        ("def f():\n    import segedu.models.zoo", {"segedu.models.zoo"}),
        ("if TYPE_CHECKING:\n    from segedu.models.unet import UNet", {"segedu.models.unet"}),
        ("import segedu as se\nse.show_row([])", {"segedu.viz.rows"}),
        ("import segedu as se\nse.ops.conv2d_loops", {"segedu.ops", "segedu.ops.conv"}),
        ("import segedu\nprint(segedu.__file__)", set()),
        ("import torch\nfrom torch import nn\nnn.ops", set()),
    ],
)
def test_the_test_sees_every_way_to_import(source, expected):
    assert imports_of(source, "segedu.ops.conv", frozenset(modules())) == expected
