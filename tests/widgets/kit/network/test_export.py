"""Exporting a model for a page: what is carried, what is folded, what is refused and how it can be mended."""

import copy
import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import segedu as se
from segedu.training.preprocessing import Preprocessing, attach
from segedu.widgets.kit.network import export_network
from segedu.widgets.kit.network.export import network_steps
from segedu.widgets.kit.network.run import run_steps
from segedu.widgets.kit.packed import unpack
from tests.widgets.kit.network.golden import settled
from tests.widgets.kit.network.test_operators import Calls


def operations(model, size=(9, 11), channels=3):
    return [step["operation"] for step in export_network(model, size, channels)["steps"]]


def test_the_export_is_json_with_the_models_preprocessing():
    model = attach_to(nn.Conv2d(3, 2, 1), Preprocessing(mean=(0.1, 0.2, 0.3), std=(0.5,), size=(9, 11)))
    network = json.loads(json.dumps(export_network(model, (9, 11))))
    assert network["mean"] == [0.1, 0.2, 0.3]
    assert (network["std"], network["size"], network["channels"]) == ([0.5], [9, 11], 3)
    assert network["outputs"] == {"out": network["steps"][-1]["name"]}


def attach_to(model, preprocessing):
    attach(model, preprocessing)
    return model


def test_shipped_weights_are_carried_exactly():
    model = se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
    network = export_network(model)
    count = sum(layer.weight.numel() for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d))
    weights = unpack(network["weights"], (2 * count,)).view(np.float16)
    first = network["steps"][0]
    assert first["name"] == "down.0.0.0"
    expected = model.down[0][0][0].weight.detach().numpy().ravel()
    assert np.array_equal(weights[first["weight"] :][: expected.size].astype(np.float32), expected)


def test_norms_and_relus_become_part_of_the_convolution_before():
    layers = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.ReLU()]
    steps = export_network(settled(nn.Sequential(*layers)), (9, 11))["steps"]
    assert [(step["operation"], step["relu"]) for step in steps] == [("convolution", True), ("max_pool", True)]


def test_what_is_read_twice_stays_by_itself():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)

        def forward(self, x):
            features = self.conv(x)
            return features + self.norm(features).relu()

    assert operations(settled(Twice())) == ["convolution", "affine", "add"]


def test_the_steps_hold_for_images_of_any_size():
    model = settled(se.models.AttentionUNet(3, 5, width=4, depth=2))
    steps, outputs = network_steps(model, (16, 24))
    for size in ((5, 9), (33, 18)):
        image = torch.rand(1, 3, *size)
        with torch.no_grad():
            expected = model(image)
        torch.testing.assert_close(run_steps(steps, image)[outputs["out"]], expected, atol=1e-4, rtol=1e-4)


def test_the_model_stays_as_it_is():
    model = se.UNet(3, 2, width=4, depth=1).train().double()
    before = copy.deepcopy(model.state_dict())
    export_network(model, (8, 10))
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_outputs_keep_their_names():
    model = se.models.UNetPlusPlus(3, 2, width=4, depth=2, supervised=True)
    assert export_network(model, (8, 12))["outputs"] == {"level_1": "heads.1", "out": "heads.2"}
    pair = Calls(lambda x: (x.relu(), x + 1))
    assert list(export_network(pair, (8, 12))["outputs"]) == ["0", "1"]


def test_steps_have_the_names_of_the_layers():
    layer = nn.Conv2d(3, 3, 3, padding=1)
    shared = nn.Sequential(layer, nn.ReLU(), layer, nn.ReLU())
    assert [step["name"] for step in export_network(shared, (9, 11))["steps"]] == ["0", "0:2"]


def test_a_networks_own_classes_of_layers_are_followed():
    class Scaled(nn.Conv2d):
        def forward(self, x):
            return F.conv2d(x, self.weight * 2, self.bias, padding=self.padding) / 2

    assert operations(Scaled(3, 2, 3, padding=1)) == ["convolution"]  # the half is its scale


def branches(x):
    return x.relu() if x.shape[-1] > 12 else x.sigmoid()


def by_numbers(x):
    return F.interpolate(x, size=(int(x.shape[2] * 2), 20))


def by_values(x):
    return x * 255 if x.max() < 1 else x


def by_items(x):
    return x[..., : int(x.mean().item() * 10) + 1]


def writes_into(x):
    y = x * 1
    y[:, :1] = 0
    return y


def writes_a_part(x):
    y = x - 0.5
    y[:, :1].relu_()
    return y


REFUSED = {
    "a linear layer": (
        nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 7 * 9, 4)),
        "takes images of 9 × 11 only; make it fully convolutional",
    ),
    "channels last": (nn.Sequential(nn.Conv2d(3, 3, 1), Calls(lambda x: x.permute(0, 2, 3, 1))), "gives up height and"),
    "a linear layer over columns": (nn.Linear(11, 2), r"takes images of 9 × 11 only"),
    "bicubic": (nn.Upsample(scale_factor=2, mode="bicubic"), "layer '' resizes|forward resizes by 'bicubic'.*use 'bil"),
    "another function": (
        nn.Sequential(nn.Conv2d(3, 2, 1), nn.GELU()),
        "layer '1' calls 'gelu', which .*use one of adaptive",
    ),
    "softmax over rows": (nn.Softmax(dim=2), "takes a softmax along axis 2.*dim=1"),
    "one channel": (Calls(lambda x: x[:, 0]), r"single images, channels, rows.*x\[:, 3:4\]"),
    "a norm without statistics": (
        nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2, track_running_stats=False)),
        "layer '1' normalizes by the image's own mean.*track_running_stats=True",
    ),
    "a branch by size": (Calls(branches), "depends on the image's size by more than the sizes of its maps"),
    "plain numbers of sizes": (Calls(by_numbers), "depends on the image's size by more than the sizes of its maps"),
    "a branch by values": (Calls(by_values), "can't be followed .*the forward decides by the numbers in the image"),
    "numbers of values": (Calls(by_items), "can't be followed .*the forward decides by the numbers in the image"),
    "a transposed map": (Calls(lambda x: x.mT), "calls 'mT', which a network in a page can't do"),
    "a kernel from the image": (Calls(lambda x: F.conv2d(x, x[:, :, :3, :3])), "calls 'conv2d' with what a network"),
    "writing into a map": (Calls(writes_into), "forward can't be followed .*without writing into them"),
    "writing into a part": (Calls(writes_a_part), "give other numbers than the model; its forward writes into a part"),
    "random numbers": (Calls(lambda x: F.dropout(x, 0.5, training=True)), "draws random numbers"),
    "labels": (Calls(lambda x: x.argmax(1)), "calls 'argmax', which a network in a page can't do"),
    "no map": (Calls(lambda x: x.shape), r"returns something else than maps \(N, C, H, W\); return logits"),
    "even kernels padded as 'same'": (nn.Conv2d(3, 2, 2, padding="same"), "pads one cell more on one side.*odd kernel"),
}


@pytest.mark.parametrize(("model", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_a_page_cant_do_is_refused_with_its_cure(model, message):
    with pytest.raises(ValueError, match=message):
        export_network(model, (9, 11))


def test_weights_beyond_sixteen_bits_are_refused():
    model = nn.Sequential(nn.Conv2d(3, 2, 1))
    model[0].weight.data[0] = 1e5
    with pytest.raises(ValueError, match="a weight of layer '0' is not finite in 16 bits; train it again"):
        export_network(model, (9, 11))


def test_a_networks_own_complaint_comes_through():
    with pytest.raises(ValueError, match="height is 9; a valid U-Net of depth 2 takes"):
        export_network(se.UNet(3, 2, width=4, depth=2, padding="valid"), (9, 11))
