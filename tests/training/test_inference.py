"""Prediction: any size, tiles that add up to the whole, memory that doesn't grow with the image."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from torch import nn

from segedu.training.inference import predict
from segedu.training.preprocessing import Preprocessing
from segedu.training.tiling import windows


def pooling_model(seed=0):
    """Return a small network with a pooling and an upsampling; it sees 8 pixels to each side at most."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3, padding=1),
        nn.Upsample(scale_factor=2, mode="nearest"),
        nn.Conv2d(4, 3, 3, padding=1),
    ).eval()


@pytest.mark.parametrize("size", [(128, 96), (150, 226), (64, 300), (30, 40)])
@pytest.mark.parametrize(("tile", "overlap"), [(64, 32), (96, 40), (128, 96)])
def test_tiles_equal_the_whole_image_when_the_field_of_view_is_within_the_margin(size, tile, overlap):
    model, image = pooling_model(), torch.rand(3, *size)
    whole = predict(model, image, tile=10_000, logits=True)
    tiled = predict(model, image, tile=tile, overlap=overlap, logits=True)
    torch.testing.assert_close(tiled, whole, atol=1e-5, rtol=1e-5)
    assert torch.equal(predict(model, image, tile=tile, overlap=overlap), tiled.argmax(0))


def test_without_overlap_the_seams_show():
    model, image = pooling_model(), torch.rand(3, 128, 128)
    seams = predict(model, image, tile=64, overlap=0, logits=True) - predict(model, image, logits=True)
    assert seams.abs().max() > 1e-3
    assert seams[:, :50, :50].abs().max() < 1e-5


@pytest.mark.parametrize(
    ("length", "tile", "overlap"), [(10, 64, 8), (64, 64, 8), (65, 64, 32), (1000, 128, 33), (97, 96, 64)]
)
def test_the_weights_of_the_tiles_sum_to_one_and_no_tile_is_too_large(length, tile, overlap):
    total = torch.zeros(length)
    for start, weights in windows(length, tile, overlap):
        assert start % 32 == 0
        assert len(weights) <= tile
        total[start : start + len(weights)] += weights
    torch.testing.assert_close(total, torch.ones(length))


def test_one_image_gives_a_label_map_and_a_batch_gives_several():
    model = pooling_model()
    images = torch.rand(2, 3, 8, 12)
    assert predict(model, images[0]).shape == (8, 12)
    assert predict(model, images[0]).dtype == torch.int64
    assert predict(model, images[0], logits=True).shape == (3, 8, 12)
    assert predict(model, images, logits=True).shape == (2, 3, 8, 12)
    assert torch.equal(predict(model, images)[1], predict(model, images[1]))


def test_the_training_s_own_preprocessing_is_used():
    model, image = pooling_model(), torch.rand(3, 9, 14)
    model.preprocessing = Preprocessing((0.5, 0.4, 0.3), (0.2, 0.2, 0.3), size=(8, 12))
    logits = predict(model, image, logits=True)
    prepared = model.preprocessing(image[None])
    assert prepared.shape == (1, 3, 8, 12)
    by_hand = nn.functional.interpolate(model(prepared), (9, 14), mode="bilinear")[0]
    torch.testing.assert_close(logits, by_hand.detach())


def test_bytes_and_arrays_mean_the_same_as_floats():
    model, image = pooling_model(), torch.randint(256, (3, 8, 12), dtype=torch.uint8)
    expected = predict(model, image.float() / 255, logits=True)
    for same in (image, image.numpy(), (image.double() / 255).numpy()):
        torch.testing.assert_close(predict(model, same, logits=True), expected)


def test_the_model_keeps_its_mode_and_no_gradient_is_recorded():
    model = nn.Sequential(pooling_model(), nn.BatchNorm2d(3)).train()
    before = model[1].running_mean.clone()
    assert not predict(model, torch.rand(3, 8, 8), logits=True).requires_grad
    assert model.training
    assert torch.equal(before, model[1].running_mean)


def test_shapes_and_tiles_that_make_no_sense_are_refused():
    model = pooling_model()
    with pytest.raises(ValueError, match=r"\(8, 12\); expected \(channels, H, W\)"):
        predict(model, torch.rand(8, 12))
    with pytest.raises(ValueError, match="at least 160"):
        predict(model, torch.rand(3, 200, 200), tile=128)
    model.preprocessing = Preprocessing(size=(8, 8))
    with pytest.raises(ValueError, match="leave tile out"):
        predict(model, torch.rand(3, 200, 200), tile=160)


def test_a_large_image_is_tiled_by_itself(monkeypatch):
    seen = []
    model = nn.Conv2d(1, 2, 1)
    model.register_forward_hook(lambda module, inputs, output: seen.append(tuple(inputs[0].shape[2:])))
    predict(model, np.zeros((1, 1500, 3000), np.uint8), out=np.zeros((1500, 3000), np.uint8))
    assert max(height for height, _ in seen) == 1024
    assert len(seen) > 1


def test_a_large_image_goes_from_file_to_file_in_bounded_memory(tmp_path):
    height, width = 6000, 1000
    np.lib.format.open_memmap(tmp_path / "image.npy", "w+", np.uint8, (1, height, width)).flush()
    program = textwrap.dedent(f"""
        import resource, numpy as np, torch
        from segedu.training.inference import predict
        def peak():  # MB
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        torch.set_num_threads(1)
        model = torch.nn.Conv2d(1, 20, 1)
        predict(model, torch.rand(1, 600, 600), tile=512, overlap=64)
        before = peak()
        image = np.load({str(tmp_path / "image.npy")!r}, mmap_mode="r")
        labels = np.lib.format.open_memmap({str(tmp_path / "labels.npy")!r}, "w+", np.uint8, ({height}, {width}))
        predict(model, image, tile=512, overlap=64, out=labels)
        print(peak() - before)
    """)
    grown = float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
    assert grown < 200, "the logits of the whole image would take 480 MB, those of a strip of tiles take 41"
    assert np.load(tmp_path / "labels.npy", mmap_mode="r").max() < 20
