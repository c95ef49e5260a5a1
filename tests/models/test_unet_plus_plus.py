"""U-Net++: MONAI's numbers with MONAI's weights, heads that train, and a cut that changes no answer of what is left.

MONAI's BasicUNetPlusPlus keeps the channels of the up-convolutions into its first row where its others halve them; its
own `UpCat(halves=True)` takes that place here, as for its BasicUNet. Wiring, blocks and forward stay MONAI's.
"""

import pytest
import torch
from monai.networks.nets.basic_unet import UpCat
from monai.networks.nets.basic_unetplusplus import BasicUNetPlusPlus
from torch import Tensor, nn

from segedu.models.unet import UNet
from segedu.models.unet_plus_plus import UNetPlusPlus, nodes
from segedu.ops.cost import count_parameters
from segedu.training.inference import predict
from segedu.training.preprocessing import Preprocessing, attach
from segedu.training.tasks.semantic import Semantic

WIDTHS = (4, 8, 16, 32, 64)


def monai_model() -> nn.Module:
    """Return MONAI's U-Net++ with five levels, four heads, random weights and random running statistics."""
    act, norm = ("relu", {"inplace": True}), ("batch", {})
    model = BasicUNetPlusPlus(2, 3, 5, (*WIDTHS, WIDTHS[0]), True, act, norm, bias=False)
    for column in range(1, 5):
        join = UpCat(2, WIDTHS[1], WIDTHS[0] * column, WIDTHS[0], act, norm, False, upsample="deconv", halves=True)
        setattr(model, f"upcat_0_{column}", join)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.running_mean)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
    return model.eval()


def transplant(theirs: nn.Module, ours: UNetPlusPlus) -> None:
    """Copy every weight of MONAI's model into the part of ours that plays its role."""

    def double_conv(source: nn.Module, target: nn.Module) -> None:
        for index, name in enumerate(("conv_0", "conv_1")):
            convolution = getattr(source, name)
            target[index][0].load_state_dict(convolution.conv.state_dict())
            target[index][1].load_state_dict(convolution.adn.N.state_dict())

    double_conv(theirs.conv_0_0, ours.down[0])
    for row in range(1, 5):
        double_conv(getattr(theirs, f"conv_{row}_0").convs, ours.down[row])
    for row, column in nodes(4):
        join = getattr(theirs, f"upcat_{row}_{column}")
        ours.up[f"{row}_{column}"][0].load_state_dict(join.upsample.deconv.state_dict())
        double_conv(join.convs, ours.merge[f"{row}_{column}"])
    for column in range(1, 5):
        ours.heads[str(column)].load_state_dict(getattr(theirs, f"final_conv_0_{column}").state_dict())


@pytest.fixture(scope="module")
def pair() -> tuple[nn.Module, UNetPlusPlus]:
    torch.manual_seed(0)
    theirs, ours = monai_model(), UNetPlusPlus(3, 5, width=4, depth=4, supervised=True).eval()
    transplant(theirs, ours)
    return theirs, ours


def test_counts_are_monais(pair: tuple[nn.Module, UNetPlusPlus]) -> None:
    theirs, ours = pair
    assert count_parameters(ours) == sum(parameter.numel() for parameter in theirs.parameters())


def test_each_head_gives_monais_logits(pair: tuple[nn.Module, UNetPlusPlus]) -> None:
    theirs, ours = pair
    images = torch.randn(2, 3, 32, 48)
    with torch.no_grad():
        for got, expected in zip(ours(images).values(), theirs(images), strict=True):
            torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_pruned_network_gives_the_logits_of_its_head(pair: tuple[nn.Module, UNetPlusPlus], depth: int) -> None:
    _, ours = pair
    images = torch.randn(1, 3, 21, 34)
    part = ours.pruned(depth)
    with torch.no_grad():
        whole: dict[str, Tensor] = ours(images)
        torch.testing.assert_close(part(images), whole["out" if depth == 4 else f"level_{depth}"], rtol=0, atol=0)
    alone = UNetPlusPlus(3, 5, width=4, depth=depth)
    assert count_parameters(part) == count_parameters(alone) <= count_parameters(ours)
    assert alone.load_state_dict(part.state_dict())
    assert not part.training


def test_a_pruned_network_keeps_the_preprocessing_of_the_training() -> None:
    model = UNetPlusPlus(3, 5, width=2, depth=2, supervised=True)
    assert not hasattr(model.pruned(1), "preprocessing")
    attach(model, Preprocessing(mean=(0.5,), std=(0.25,)))
    image = torch.rand(3, 9, 14)
    part = model.pruned(1)
    assert part.preprocessing is model.preprocessing
    with torch.no_grad():
        expected = part.eval()(model.preprocessing(image[None]))[0]
    torch.testing.assert_close(predict(part, image, logits=True), expected)


def test_depth_one_is_the_u_net_of_depth_one() -> None:
    assert count_parameters(UNetPlusPlus(3, 5, width=6, depth=1)) == count_parameters(UNet(3, 5, width=6, depth=1))


@pytest.mark.parametrize(
    ("options", "size"), [({"norm": "group"}, (7, 9)), ({"norm": False, "up": "bilinear"}, (1, 1))]
)
def test_any_size_is_kept(options: dict[str, str], size: tuple[int, int]) -> None:
    model = UNetPlusPlus(1, 2, width=2, depth=3, **options)
    assert model(torch.zeros(2, 1, *size)).shape == (2, 2, *size)


def test_all_heads_learn_when_they_are_weighed() -> None:
    model = UNetPlusPlus(3, 5, width=2, depth=3, supervised=True)
    assert model.loss_weights == pytest.approx({"level_1": 1 / 3, "level_2": 1 / 3, "out": 1 / 3})
    task = Semantic(weights=model.loss_weights)
    batch = {"images": torch.rand(2, 3, 16, 16), "targets": torch.randint(5, (2, 16, 16)).to(torch.uint8)}
    task.loss(model, batch, share=512.0).backward()
    assert all(head.weight.grad is not None for head in model.heads.values())
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert UNetPlusPlus(3, 5, width=2, depth=3).loss_weights == {"out": 1.0}


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="depth=0; a U-Net\\+\\+ needs a depth of at least 1"):
        UNetPlusPlus(depth=0)
    with pytest.raises(ValueError, match="depth=2; this network has heads at 3: choose one of them"):
        UNetPlusPlus(width=2, depth=3).pruned(2)
    with pytest.raises(ValueError, match=r"this U-Net\+\+ was made for \(N, 3, H, W\)"):
        UNetPlusPlus(width=2, depth=1)(torch.zeros(1, 1, 4, 4))
