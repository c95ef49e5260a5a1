"""The course's networks in a page against torch: 20 images each, scenes and photographs, of several sizes."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import segedu as se
from segedu.course.lecture_code import run
from tests.widgets.kit.network.golden import case, settled

PHOTOS = ("chelsea", "coffee", "rocket", "astronaut")


@cache
def images(sizes: tuple[tuple[int, int], ...]) -> list[Tensor]:
    """Return 16 scenes and 4 photographs; the first of the sizes is that of twelve."""
    chosen = [sizes[0]] * 12 + [sizes[at % len(sizes)] for at in range(8)]
    scenes = [se.Scenes(20, size=size, split="val")[at]["image"] for at, size in enumerate(chosen[:16])]
    photos = [se.photo(name, size=size) for name, size in zip(PHOTOS, chosen[16:], strict=True)]
    return [each.as_subclass(Tensor) for each in [*scenes, *photos]]


ANY = ((64, 96), (53, 71), (40, 60))
EVEN = ((64, 96), (48, 72), (56, 80))  # for what has no way to cut an odd rest


def unet() -> nn.Module:
    return se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")


def windows() -> nn.Module:
    names = run("04", "networks", given={"classes": range(10)})
    return se.load_weights(names["densely"](names["window_net"](25), 25), "window_25")


def down_and_up() -> nn.Module:
    names = run("05", ("data", "layer"), "down-and-up")
    return se.load_weights(names["DownAndUp"](), "05_down_and_up")


def strided() -> nn.Module:
    names = run("06", "network")
    return se.load_weights(names["segmenter"](names["backbone"](), 16), "strided_scenes")


def dilated() -> nn.Module:
    features = strided()[0]
    return nn.Sequential(
        se.ops.strided_to_dilated(features, output_stride=4), strided()[1], nn.Upsample(scale_factor=4)
    )


def coarse() -> nn.Module:
    return se.load_weights(run("07", "network")["Coarse"](), "coarse_stride_8")


def unpooling() -> nn.Module:
    names = run("07", "network", "bring-up", "up-and-down")
    return settled(names["UpAndDown"]("max unpooling", 10))


def transposed() -> nn.Module:
    names = decoders()
    return settled(names["network"](names["transposed_decoder"]))


def grouped() -> nn.Module:
    names = decoders()

    def decoder(channels: int, classes: int) -> nn.Module:
        return nn.Sequential(*(names["decoder_block"](channels, outputs, 12) for outputs in (24, classes)))

    return settled(names["network"](decoder))


def decoders() -> dict[str, Any]:
    parts = ("network", "layer", "transposed_decoder", "network"), ("block", "decoder_block")
    return run("08", *parts, given={"classes": range(10)})


def attention() -> nn.Module:
    return settled(se.models.AttentionUNet(3, 5, width=8, depth=3))


def plus_plus() -> nn.Module:
    return settled(se.models.UNetPlusPlus(3, 5, width=6, depth=3, supervised=True))


def valid() -> nn.Module:
    return settled(se.UNet(3, 4, width=6, depth=2, padding="valid", norm="group", up="bilinear"))


NETWORKS: dict[Callable[[], nn.Module], Any] = {
    unet: ANY,
    windows: ANY,
    down_and_up: ANY,
    strided: ANY,
    dilated: ANY,
    coarse: ANY,
    unpooling: EVEN,
    transposed: EVEN,
    grouped: EVEN,
    attention: ANY,
    plus_plus: ANY,
    valid: ((60, 92), (64, 76)),
}
# Where the larger of two numbers stood jumps when they are equal but for rounding, and the unpooled map with it.
CLOSE = {unpooling: 0.999}
# Its weights are random, never trained nor rounded: 16 bits of them turn the label of one pixel in a thousand.
ALIKE = {valid: 0.998}


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_a_network_in_a_page_gives_what_torch_gives(run_node, network):
    torch.manual_seed(0)
    golden = case(network.__name__, network(), images(NETWORKS[network]))
    limits = {"alike": ALIKE.get(network, 0.999), "close": CLOSE.get(network, 1)}
    run_node("network.test.mjs", {"cases": [golden], **limits})
