"""What happens to files on their way, times the data sets: all of it is read right, or named with its file."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import segedu as se
from segedu.data.images import open_image

SETS = ("camvid", "pets", "isbi", "dsb2018")
READ = "read"  # the sample is that of the undamaged copy
UNKNOWABLE = None  # other values that the data set has, too


def first_files(name: str, root: Path) -> tuple[Path, Path]:
    pair = se.load_dataset(name, root=root).pairs[0]
    return pair.image, pair.labels[0]


def assert_named(name: str, root: Path, sentence: str, file: Path) -> None:
    """Assert that the first sample ends with one sentence that names the file."""
    with pytest.raises((ValueError, OSError), match=sentence) as caught:
        se.load_dataset(name, root=root)[0]
    assert file.name in str(caught.value)
    assert "\n" not in str(caught.value)


def assert_equal(after, before, but=("name",)) -> None:
    assert after.keys() == before.keys()
    assert all(torch.equal(after[key], before[key]) for key in before if key not in but)


def gray_16(values: np.ndarray) -> Image.Image:
    return Image.fromarray(values.astype(np.uint16))


def bands(*values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.stack(values, -1).astype(np.uint8))


def palette(values: np.ndarray, colors: np.ndarray) -> Image.Image:
    image = Image.frombytes("P", values.shape[::-1], values.astype(np.uint8).tobytes())
    image.putpalette(colors.astype(np.uint8).ravel().tolist())
    return image


def jpeg(values: np.ndarray) -> Image.Image:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=60)
    return Image.open(file).copy()


def save(image: Image.Image, path: Path, **options) -> None:
    image.save(path, "TIFF" if image.mode in ("F", "I", "CMYK", "LAB") else "PNG", **options)


RAMP = np.repeat(np.arange(256)[:, None], 3, axis=1)
SCATTERED = np.array([37, 91, 151]) * RAMP % 256
WHITE = np.full((10, 14), 255)
ZERO = np.zeros((10, 14))
DIVIDE = "label values .* only .*were its values spread over 16 bits"
ALPHA = "alpha channel that isn't opaque"
# What a label file becomes, from its values; then what is to come of it in camvid, pets, isbi, dsb2018.
LABELS = {
    "16 bits": (gray_16, READ, READ, READ, READ),
    "16 bits, times 256": (lambda v: gray_16(v * 256.0), DIVIDE, DIVIDE, READ, READ),
    "16 bits, times 257": (lambda v: gray_16(v * 257.0), DIVIDE, DIVIDE, READ, READ),
    "value 300": (lambda v: gray_16(np.where(v > 0, 300.0, v)), *[r"label values \[300\]"] * 3, READ),
    "1 bit": (lambda v: Image.fromarray(v > 0), *["1 bit a pixel"] * 2, READ, READ),
    "RGB": (lambda v: bands(v, v, v), *[READ] * 4),
    "RGBA": (lambda v: bands(v, v, v, WHITE), *[READ] * 4),
    "gray and alpha": (lambda v: bands(v, WHITE), *[READ] * 4),
    "labels in alpha": (lambda v: bands(WHITE, WHITE, WHITE, v), *[ALPHA] * 4),
    "gray, labels in alpha": (lambda v: bands(WHITE, v), *[ALPHA] * 4),
    "colors": (lambda v: bands((v > 0) * 30, ZERO, ZERO), *["colors such as"] * 2, r"label values \[9\]", READ),
    "palette of grays": (lambda v: palette(v, RAMP), *[READ] * 4),
    "palette of colors": (lambda v: palette(v, SCATTERED), READ, READ, "label values", READ),
    "palette of blacks": (lambda v: palette(v, RAMP * 0), *[READ] * 4),
    "black, white by palette": (lambda v: palette(v > 1, RAMP[[0, 255]]), UNKNOWABLE, "label values", READ, READ),
    "white, black by palette": (lambda v: palette(v <= 1, RAMP[[255, 0]]), UNKNOWABLE, "label values", READ, READ),
    "other numbers": (lambda v: Image.fromarray(v + np.uint8(20)), *["label values"] * 3, "the values 19 beside 0"),
    "two numbers": (lambda v: Image.fromarray(np.uint8(7) * (v > 0)), UNKNOWABLE, *["label values"] * 2, READ),
    "blurred by JPEG": (jpeg, UNKNOWABLE, UNKNOWABLE, "label values", "saved as JPEG, or resized"),
    "whole floats": (lambda v: Image.fromarray(v.astype(np.float32)), *[READ] * 4),
    "halves": (lambda v: Image.fromarray(np.float32(v / 2)), *["holds the value .*5; labels are whole numbers"] * 4),
    "NaN": (lambda v: Image.fromarray(np.where(v > 0, np.nan, np.float32(v))), *["holds the value nan"] * 4),
    "32 bits": (lambda v: Image.fromarray(v.astype(np.int32)), *[READ] * 4),
    "negative": (lambda v: Image.fromarray(-v.astype(np.int32)), *["label values .*-"] * 3, "values -255"),
    "CMYK": (lambda v: Image.fromarray(v).convert("CMYK"), *["mode CMYK"] * 4),
    "another size": (lambda v: Image.fromarray(v[1:]), *["they must agree"] * 4),
}
LABEL_CASES = [
    (damage, name) for damage, (_, *ends) in LABELS.items() for name, end in zip(SETS, ends, strict=True) if end
]


@pytest.mark.parametrize(("damage", "name"), LABEL_CASES)
def test_a_label_file_is_read_right_or_named(damage, name, miniature):
    root = miniature(name)
    before = se.load_dataset(name, root=root)[0]
    _, label = first_files(name, root)
    change, *ends = LABELS[damage]
    end = ends[SETS.index(name)]
    save(change(np.asarray(Image.open(label))), label)
    if end == READ:
        assert_equal(se.load_dataset(name, root=root)[0], before)
    else:
        assert_named(name, root, end, label)


@pytest.mark.parametrize("name", ["camvid", "pets"])
def test_a_label_file_that_is_a_jpeg_is_refused(name, miniature):
    _, label = first_files(name, root := miniature(name))
    Image.open(label).copy().save(label, "JPEG")
    assert_named(name, root, "is a JPEG, which changes values", label)


# What an image file becomes, from its gray values 0 … 255; then the gray values that are to be read, or the sentence.
IMAGES = {
    "gray": (Image.fromarray, lambda v: v / 255),
    "16 bits": (lambda v: gray_16(v * 200.0), lambda v: v * 200.0 / 65535),
    "1 bit": (lambda v: Image.fromarray(v > 99), lambda v: v > 99),
    "palette": (lambda v: palette(v, SCATTERED), lambda v: SCATTERED[v].transpose(2, 0, 1) / 255),
    "gray and alpha": (lambda v: bands(v, WHITE), lambda v: v / 255),
    "RGBA": (lambda v: bands(v, v, v, v), lambda v: v / 255),
    "CMYK": (lambda v: Image.fromarray(v).convert("CMYK"), lambda v: v / 255),
    "32 bits": (lambda v: Image.fromarray(v.astype(np.int32)), "holds numbers of 32 bits, from .* 8 or 16 bits"),
    "floats": (lambda v: Image.fromarray(v.astype(np.float32)), "holds numbers of 32 bits, from .* 8 or 16 bits"),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("damage", IMAGES)
def test_an_image_file_is_read_right_or_named(damage, name, miniature):
    image, _ = first_files(name, root := miniature(name))
    values = np.random.default_rng(0).integers(0, 256, (10, 14), dtype=np.uint8)
    change, expected = IMAGES[damage]
    save(change(values), image)
    if isinstance(expected, str):
        assert_named(name, root, expected, image)
        return
    read = se.load_dataset(name, root=root)[0]["image"]
    assert read.dtype == torch.float32
    assert np.abs(read.numpy() - expected(values)).max() < 1e-6


def remove(path: Path) -> None:
    path.unlink()


def into_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def into_a_broken_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere.png"))


def into_capitals(path: Path) -> None:
    path.rename(path.with_suffix(path.suffix.upper()))


FILES = {
    "missing": (remove, "is not there; fetch or copy"),
    "a broken link": (into_a_broken_link, "is not there; fetch or copy"),
    "another name": (into_capitals, "is not there; fetch or copy"),
    "a folder": (into_a_folder, "can't be read"),
    "empty": (lambda path: path.write_bytes(b""), "it is damaged"),
    "a text": (lambda path: path.write_text("404: not found"), "it is damaged"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:45]), "it is damaged"),
    "zeros": (lambda path: path.write_bytes(path.read_bytes()[:40] + bytes(99)), "it is damaged"),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("damage", FILES)
def test_a_damaged_image_file_is_named(damage, name, miniature):
    image, _ = first_files(name, root := miniature(name))
    change, sentence = FILES[damage]
    change(image)
    if name == "isbi" and "not there" in sentence:  # what is missing there is left out, as documented
        assert len(se.load_dataset(name, root=root)) == 23
        return
    assert_named(name, root, sentence, image)


@pytest.mark.parametrize("name", ["camvid", "pets", "isbi"])
@pytest.mark.parametrize("damage", FILES)
def test_a_damaged_label_file_is_named(damage, name, miniature):
    _, label = first_files(name, root := miniature(name))
    change, sentence = FILES[damage]
    change(label)
    assert_named(name, root, sentence, label)


@pytest.mark.parametrize("part", ["image", "label"])
@pytest.mark.parametrize("name", SETS)
def test_a_file_that_is_too_large_is_named_with_the_cure(name, part, miniature, monkeypatch):
    root = miniature(name)
    file = first_files(name, root)[part == "label"]
    content = Image.open(file).resize((28, 20), Image.Resampling.NEAREST)
    content.save(file, "PNG")
    if part == "label":
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
        Image.fromarray(np.zeros((200, 200), np.uint8)).save(file)
    else:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 200)
    assert_named(name, root, r"too large to be read at once .* cut it into tiles, .*MAX_IMAGE_PIXELS", file)


def test_a_file_without_permission_is_not_called_damaged(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise PermissionError(13, "Permission denied", "photo.png")

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(PermissionError, match=r"Permission denied, so it can't be read: .*photo") as caught:
        open_image(tmp_path / "photo.png", "RGB")
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", SETS)
def test_an_image_and_its_label_are_turned_as_viewers_turn_them(name, orientation, miniature):
    """The stored pixels are turned back, with the tag that says so: the sample is that of the upright files."""
    root = miniature(name)
    files = se.load_dataset(name, root=root).pairs[0]
    backwards = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that undoes the tag
    exif = Image.Exif()
    exif[0x0112] = orientation
    for path in (files.image, *files.labels):
        Image.open(path).copy().save(path, "PNG")
    before = se.load_dataset(name, root=root)[0]
    for path in (files.image, *files.labels):
        content = Image.open(path).copy()
        if orientation > 1:
            content = content.transpose(Image.Transpose(backwards[orientation]))
        content.save(path, "PNG", exif=exif)
    assert_equal(se.load_dataset(name, root=root)[0], before)


def test_a_label_drawn_on_the_pixels_as_stored_is_told_of_the_orientation(miniature):
    image, label = first_files("camvid", root := miniature("camvid"))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(image).copy().save(image, exif=exif)
    sentence = r"is 14×10 \(turned upright by its EXIF orientation 6\) but .* is 10×14 pixels; they must agree"
    assert_named("camvid", root, sentence, label)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_an_orientation_that_can_t_be_read_turns_nothing(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png", exif=b"Exif\0\0II*\0garbage")
    assert np.array_equal(open_image(tmp_path / "photo.png", "RGB"), pixels)


def test_an_image_of_sixteen_bits_is_resized_in_its_depth(miniature):
    image, _ = first_files("isbi", root := miniature("isbi"))
    values = np.linspace(1000, 1100, 140).reshape(10, 14)  # less than one step of 8 bits
    save(gray_16(values), image)
    read = se.load_dataset("isbi", root=root, size=(5, 7), cache=True)[0]["image"]
    averages = values.reshape(5, 2, 7, 2).mean((1, 3))
    assert len(read.unique()) > 20
    assert np.abs(read.numpy() * 65535 - averages)[:, 1:-1, 1:-1].max() < 4


def test_a_photograph_of_sixteen_bits_in_either_byte_order_is_shown_in_eight(tmp_path):
    ramp = np.linspace(0, 65535, 48).reshape(6, 8).astype(np.uint16)
    for order, file in (("<u2", "a.tif"), (">u2", "b.tif")):
        mode = "I;16" if order == "<u2" else "I;16B"
        Image.frombytes(mode, (8, 6), ramp.astype(order).tobytes()).save(tmp_path / file)
        read = np.asarray(open_image(tmp_path / file, "RGB"))
        assert np.abs(read[..., 0] - ramp / 257).max() <= 0.5


def test_masks_of_jpeg_noise_are_refused_at_every_size(miniature):
    """What the noise does in a full-sized mask: a third more pixels than the nucleus has."""
    folder = next((miniature("dsb2018") / "stage1_train").iterdir())
    true = np.indices((48, 64)).sum(0) > 56
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(folder / "images" / f"{folder.name}.png")
    for mask in (folder / "masks").iterdir():
        jpeg(true.astype(np.uint8) * 255).save(mask)
    data = se.load_dataset("dsb2018", root=folder.parent.parent, size=(4, 4))
    index = [pair.image.stem for pair in data.pairs].index(folder.name)
    with pytest.raises(ValueError, match="a mask has two: was it saved as JPEG"):
        data[index]
