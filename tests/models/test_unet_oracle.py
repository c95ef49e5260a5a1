"""Our U-Net with another library's weights gives that library's outputs.

MONAI's BasicUNet is the paper's structure with one difference: its last up-convolution keeps its channels. MONAI's own
`UpCat(halves=True)`, which its other levels use, takes that place here; blocks and forward stay MONAI's.
"""

import pytest
import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF
from monai.networks.nets.basic_unet import BasicUNet, UpCat
from torch import Tensor, nn

from segedu.models.unet import UNet
from segedu.ops.cost import count_parameters

WIDTHS = (4, 8, 16, 32, 64)


def monai_unet(norm: bool, up: str) -> nn.Module:
    """Return MONAI's U-Net with five levels, random weights and random running statistics."""
    act, normalize = ("relu", {"inplace": True}), ("batch", {}) if norm else None
    upsample = "deconv" if up == "transposed" else "nontrainable"
    model = BasicUNet(2, 3, 5, (*WIDTHS, WIDTHS[0]), act, normalize, bias=not norm, upsample=upsample)
    for level in range(1, 5):
        below, here = WIDTHS[level], WIDTHS[level - 1]
        join = UpCat(
            2, below, here, here, act, normalize, not norm, upsample=upsample, align_corners=False, halves=True
        )
        setattr(model, f"upcat_{level}", join)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.running_mean)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
            nn.init.uniform_(layer.weight, -1.0, 1.0)
            nn.init.normal_(layer.bias)
    return model.eval()


def transplant(theirs: nn.Module, ours: UNet, up: str) -> None:
    """Copy every weight from MONAI's module into the part of ours that plays its role."""

    def double_conv(source: nn.Module, target: nn.Module) -> None:
        for index, name in enumerate(("conv_0", "conv_1")):
            convolution = getattr(source, name)
            target[index][0].load_state_dict(convolution.conv.state_dict())
            if hasattr(convolution.adn, "N"):
                target[index][1].load_state_dict(convolution.adn.N.state_dict())

    contracting = [theirs.conv_0, *(getattr(theirs, f"down_{level}").convs for level in range(1, 5))]
    for source, target in zip(contracting, [*ours.down, ours.bottom], strict=True):
        double_conv(source, target)
    for index, level in enumerate(range(4, 0, -1)):
        join = getattr(theirs, f"upcat_{level}")
        upsample = join.upsample.deconv if up == "transposed" else join.upsample.preconv
        ours.up[index][0].load_state_dict(upsample.state_dict())
        double_conv(join.convs, ours.merge[index])
    ours.classify.load_state_dict(theirs.final_conv.state_dict())


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("up", ["transposed", "bilinear"])
def test_same_unet_gives_monai_s_outputs_with_monai_s_weights(norm: bool, up: str) -> None:
    torch.manual_seed(0)
    theirs, ours = monai_unet(norm, up), UNet(3, 5, width=4, depth=4, norm=norm, up=up).eval()
    transplant(theirs, ours, up)
    assert count_parameters(ours) == count_parameters(theirs)
    images = torch.randn(2, 3, 48, 80)
    with torch.no_grad():
        expected = theirs(images)
        assert expected.std() > 1e-3
        torch.testing.assert_close(ours(images), expected, atol=1e-5, rtol=1e-4)


def paper_forward(weights: list[tuple[Tensor, Tensor]], images: Tensor, depth: int) -> Tensor:
    """Compute Fig. 1 of Ronneberger et al. 2015 in functions, given (weight, bias) in the order of its arrows."""
    queue = iter(weights)

    def twice(x: Tensor) -> Tensor:
        for _ in range(2):
            x = F.relu(F.conv2d(x, *next(queue)))
        return x

    gray, x = [], images
    for _ in range(depth):
        gray.append(twice(x))
        x = F.max_pool2d(gray[-1], 2)
    x = twice(x)
    for copy in reversed(gray):
        x = F.conv_transpose2d(x, *next(queue), stride=2)
        x = twice(torch.cat([TF.center_crop(copy, list(x.shape[-2:])), x], dim=1))
    return F.conv2d(x, *next(queue))


def test_valid_unet_computes_figure_1() -> None:
    torch.manual_seed(0)
    model = UNet(1, 2, width=4, depth=3, padding="valid", norm=False).double()
    joined = [[up, merge] for up, merge in zip(model.up, model.merge, strict=True)]
    blocks = [*model.down, model.bottom, *(block for pair in joined for block in pair), model.classify]
    layers = [layer for block in blocks for layer in block.modules() if hasattr(layer, "kernel_size")]
    for layer in layers:
        nn.init.normal_(layer.bias)
    images = torch.randn(2, 1, 116, 140, dtype=torch.float64)
    expected = paper_forward([(layer.weight, layer.bias) for layer in layers], images, depth=3)
    torch.testing.assert_close(model(images), expected)
