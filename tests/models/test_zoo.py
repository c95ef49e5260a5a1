"""Models by name."""

import pytest

from segedu.models.unet import UNet
from segedu.models.zoo import create_model, model_names


def test_options_reach_the_model() -> None:
    model = create_model("unet", num_classes=7, in_channels=1, width=2, depth=1)
    assert isinstance(model, UNet)
    assert (model.num_classes, model.in_channels, model.depth) == (7, 1, 1)


def test_every_name_makes_a_model() -> None:
    for name in model_names():
        create_model(name, num_classes=2)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no model 'unett'; choose one of: unet"):
        create_model("unett")


def test_an_unknown_option_lists_the_known_ones() -> None:
    with pytest.raises(TypeError, match="'unet' has no option classes; it has: in_channels, num_classes"):
        create_model("unet", classes=3)
