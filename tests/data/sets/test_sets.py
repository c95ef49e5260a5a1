"""Data sets that lie in files: found, split, decoded, resized; what is damaged is named with its cure."""

import csv
import itertools

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors

import segedu as se

REAL = ("camvid", "pets", "isbi", "dsb2018")
MINIATURE_COUNTS = {
    "camvid": {"train": 3, "val": 2, "test": 1},
    "pets": {"train": 8, "val": 2, "trainval": 10, "test": 3},
    "isbi": {"train": 24, "val": 6},
    "dsb2018": {"train": 8, "val": 2},
}
OUTER = {"camvid": "camvid", "pets": "oxford_pets", "isbi": "isbi_membrane", "dsb2018": "dsb2018"}
CASES = [(name, split) for name, splits in MINIATURE_COUNTS.items() for split in splits]


def assert_sample(sample, data, size):
    """Assert that a sample keeps the schema: keys, types, shapes, ranges."""
    assert isinstance(sample["image"], tv_tensors.Image)
    assert isinstance(sample["label_map"], tv_tensors.Mask)
    assert sample["image"].dtype == torch.float32
    assert sample["label_map"].dtype == torch.int64
    assert sample["image"].shape == (3, *size)
    assert sample["label_map"].shape == size
    assert 0 <= sample["image"].min() < sample["image"].max() <= 1
    assert set(sample["label_map"].unique().tolist()) <= {*range(data.num_classes), data.ignore_index}


@pytest.mark.parametrize(("name", "split"), CASES)
def test_each_split_has_its_number_and_schema(miniature, name, split):
    data = se.load_dataset(name, split, root=miniature(name))
    assert len(data) == MINIATURE_COUNTS[name][split]
    assert (data.name, data.split, data.ignore_index) == (name, split, 255)
    assert data.colors.shape == (data.num_classes, 3)
    assert_sample(data[0], data, (10, 14))
    assert_sample(data[-1], data, (10, 14))


@pytest.mark.parametrize("name", REAL)
def test_splits_share_no_image(miniature, name):
    root = miniature(name)
    train, val = ({pair.image for pair in se.load_dataset(name, split, root=root).pairs} for split in ("train", "val"))
    assert train
    assert val
    assert not train & val


@pytest.mark.parametrize("name", REAL)
def test_the_folders_above_and_below_are_found_too(miniature, name, tmp_path):
    base = se.load_dataset(name, root=miniature(name)).base
    inner, above = base, []
    while inner != tmp_path:
        above.append(inner)
        inner = inner.parent
    assert above
    for root in above:
        assert se.load_dataset(name, root=root).base.resolve() == base.resolve()


@pytest.mark.parametrize("name", REAL)
def test_without_a_root_the_downloads_are_looked_through(miniature, name, monkeypatch):
    monkeypatch.setenv("SEGEDU_DATA", str(miniature(name).parent))
    assert len(se.load_dataset(name, "val")) == MINIATURE_COUNTS[name]["val"]


@pytest.mark.parametrize("name", REAL)
def test_resizing_keeps_labels_whole(miniature, name):
    data = se.load_dataset(name, root=miniature(name), size=(15, 21))
    assert_sample(data[0], data, (15, 21))


@pytest.mark.parametrize("name", REAL)
def test_the_cache_changes_nothing_and_reads_each_file_once(miniature, name):
    root = miniature(name)
    plain, cached = se.load_dataset(name, root=root)[1], se.load_dataset(name, root=root, cache=True)
    assert torch.equal(cached[1]["image"], plain["image"])
    cached.pairs[1].image.unlink()
    again = cached[1]
    assert torch.equal(again["image"], plain["image"])
    assert torch.equal(again["label_map"], plain["label_map"])


def test_what_a_user_does_to_a_sample_does_not_reach_the_cache(miniature):
    data = se.load_dataset("camvid", root=miniature("camvid"), cache=True)
    expected = data[0]["image"].clone()
    data[0]["image"].zero_()
    data[0]["label_map"].zero_()
    assert torch.equal(data[0]["image"], expected)
    assert data[0]["label_map"].max() == 255


def test_a_transform_sees_each_sample(miniature):
    data = se.load_dataset("isbi", root=miniature("isbi"), transform=lambda sample: sample | {"name": "seen"})
    assert data[0]["name"] == "seen"


def test_iteration_ends(miniature):
    data = se.load_dataset("camvid", root=miniature("camvid"))
    assert len(list(itertools.islice(iter(data), 10))) == 3


def test_camvid_s_label_11_is_void(miniature):
    label_map = se.load_dataset("camvid", root=miniature("camvid"))[0]["label_map"]
    assert label_map[0].tolist() == [*range(11), 255, 0, 1]


def test_pets_border_is_void_or_a_class(miniature):
    root = miniature("pets")
    assert se.load_dataset("pets", root=root)[0]["label_map"][0, [0, 5, -1]].tolist() == [1, 0, 255]
    with_border = se.load_dataset("pets", root=root, border="class")
    assert with_border[0]["label_map"][0, [0, 5, -1]].tolist() == [1, 0, 2]
    assert with_border.classes == ("background", "pet", "border")


def test_isbi_s_black_is_membrane(miniature):
    label_map = se.load_dataset("isbi", root=miniature("isbi"))[0]["label_map"]
    assert label_map[0].tolist() == [1] + [0] * 13


def test_isbi_can_keep_one_channel(miniature):
    root = miniature("isbi")
    one, three = (se.load_dataset("isbi", root=root, in_channels=count)[2]["image"] for count in (1, 3))
    assert one.shape == (1, 10, 14)
    assert torch.equal(three, one.expand(3, -1, -1))


def test_isbi_leaves_out_slices_that_are_missing(miniature):
    root = miniature("isbi")
    (root / "data/membrane/train/image/25.png").unlink()
    assert [pair.name for pair in se.load_dataset("isbi", "val", root=root).pairs] == [
        f"slice {number}" for number in (24, 26, 27, 28, 29)
    ]


def test_dsb2018_has_instances_with_boxes_in_pixel_edges(miniature):
    sample = se.load_dataset("dsb2018", root=miniature("dsb2018"))[0]
    assert sample["masks"].shape == (2, 10, 14)
    assert sample["boxes"].tolist() == [[0, 0, 3, 2], [12, 6, 14, 10]]
    assert sample["labels"].tolist() == [1, 1]
    assert sample["panoptic"].unique().tolist() == [0, 1001, 1002]
    assert torch.equal(sample["label_map"] == 1, sample["masks"].any(0))


def test_dsb2018_follows_split_csv(miniature):
    root = miniature("dsb2018")
    names = sorted(path.name for path in (root / "stage1_train").iterdir())
    rows = "".join(f"{name},{'val' if number < 3 else 'train'}\n" for number, name in enumerate(names[:7]))
    (root / "split.csv").write_text(f"ImageId,split\n{rows}")
    assert len(se.load_dataset("dsb2018", "train", root=root)) == 4
    assert len(se.load_dataset("dsb2018", "val", root=root)) == 3


@pytest.mark.parametrize("name", REAL)
def test_a_data_set_that_is_not_there_says_how_to_get_it(name, tmp_path):
    with pytest.raises(FileNotFoundError, match=rf"is not in .* there is no .*`segedu data fetch {name}`"):
        se.load_dataset(name, root=tmp_path / "empty")


@pytest.mark.parametrize("name", REAL)
def test_an_unknown_split_lists_those_there_are(miniature, name):
    with pytest.raises(ValueError, match="has no split 'dev'; choose one of train, val"):
        se.load_dataset(name, "dev", root=miniature(name))


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ValueError, match="no data set 'voc'; choose one of scenes, camvid, pets, isbi, dsb2018"):
        se.load_dataset("voc")


def test_a_notebook_can_go_on_with_scenes(tmp_path, capsys):
    data = se.load_dataset("camvid", "val", root=tmp_path, fallback=True, size=32)
    assert (data.name, len(data)) == ("scenes", 128)
    assert "Going on with synthetic scenes" in capsys.readouterr().err


def first_files(root):
    pair = se.load_dataset("camvid", root=root).pairs[0]
    return pair.image, pair.labels[0]


def test_a_missing_image_is_named(miniature):
    image, _ = first_files(root := miniature("camvid"))
    image.unlink()
    with pytest.raises(FileNotFoundError, match=rf"{image.name} is not there; fetch or copy"):
        se.load_dataset("camvid", root=root)[0]


@pytest.mark.parametrize("keep", [0, 40])
def test_a_truncated_image_is_named(miniature, keep):
    image, _ = first_files(root := miniature("camvid"))
    image.write_bytes(image.read_bytes()[:keep])
    with pytest.raises(ValueError, match=rf"{image.name} can't be read as an image .* damaged"):
        se.load_dataset("camvid", root=root)[0]


def test_labels_of_another_size_are_named(miniature):
    _, label = first_files(root := miniature("camvid"))
    Image.fromarray(np.zeros((10, 13), np.uint8)).save(label)
    with pytest.raises(ValueError, match=rf"is 10×14 but .*{label.name} is 10×13 pixels; they must agree"):
        se.load_dataset("camvid", root=root)[0]


def test_a_label_value_out_of_range_is_named(miniature):
    _, label = first_files(root := miniature("camvid"))
    Image.fromarray(np.full((10, 14), 77, np.uint8)).save(label)
    with pytest.raises(ValueError, match=rf"{label.name} holds the label values \[77\]"):
        se.load_dataset("camvid", root=root)[0]


def test_a_broken_list_is_named(miniature):
    root = miniature("camvid")
    (root / "CamVid/train.txt").write_text("only_one_column.png\n")
    with pytest.raises(ValueError, match=r"train\.txt must hold an image and a label path a line"):
        se.load_dataset("camvid", root=root)


def real(name, split, real_data_root, **options):
    return se.load_dataset(name, split, root=real_data_root(OUTER[name]), **options)


@pytest.mark.real_data
@pytest.mark.parametrize(("split", "count"), [("train", 367), ("val", 101)])
def test_real_camvid_has_the_published_counts(split, count, real_data_root):
    data = real("camvid", split, real_data_root)
    assert len(data) == count
    assert all(pair.image.exists() and pair.labels[0].exists() for pair in data.pairs)
    assert_sample(data[0], data, (360, 480))


@pytest.mark.real_data
def test_real_pets_are_split_by_fifths_of_the_published_list(real_data_root):
    base = real_data_root("oxford_pets") / "oxford-iiit-pet"
    listed = [line.split()[0] for line in (base / "annotations/trainval.txt").read_text().splitlines()]
    train, val = (real("pets", split, real_data_root) for split in ("train", "val"))
    assert [pair.name for pair in val.pairs] == listed[4::5]
    assert sorted(pair.name for pair in (*train.pairs, *val.pairs)) == sorted(listed)
    assert_sample(val[0], val, tuple(val[0]["label_map"].shape))


@pytest.mark.real_data
@pytest.mark.parametrize(("split", "slices"), [("train", range(24)), ("val", range(24, 30))])
def test_real_isbi_is_split_at_slice_24(split, slices, real_data_root):
    folder = real_data_root("isbi_membrane") / "data/membrane/train/image"
    data = real("isbi", split, real_data_root)
    assert len(data) == sum((folder / f"{number}.png").exists() for number in slices) > 0
    assert_sample(data[0], data, (512, 512))
    shares = [float((data[index]["label_map"] == 1).float().mean()) for index in range(len(data))]
    assert 0.15 < np.mean(shares) < 0.30, "membranes cover about 22 % of the pixels"


@pytest.mark.real_data
def test_real_nuclei_follow_the_split_file_for_what_is_there(real_data_root):
    root = real_data_root("dsb2018")
    there = {folder.name for folder in (root / "stage1_train").iterdir()}
    with (root / "split.csv").open(newline="") as file:
        listed = [row["split"] for row in csv.DictReader(file) if row["ImageId"] in there]
    train, val = (real("dsb2018", split, real_data_root) for split in ("train", "val"))
    assert len(train) + len(val) == len(listed)
    assert len(val) == (listed.count("val") or len(listed) // 5)
    sample = val[0]
    assert len(sample["masks"]) == len(val.pairs[0].labels)
    assert torch.equal(sample["masks"].any(0), sample["label_map"] == 1)


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL)
def test_real_samples_resize_into_one_batch(name, real_data_root):
    data = real(name, "val", real_data_root, size=(48, 64))
    for index in (0, len(data) - 1):
        assert_sample(data[index], data, (48, 64))


def test_images_are_resized_with_antialiasing_and_labels_to_the_nearest_pixel(tmp_path):
    """Stripes a pixel wide become gray in half the size; labels stay those of the file."""
    (tmp_path / "isbi" / "image").mkdir(parents=True)
    (tmp_path / "isbi" / "label").mkdir()
    stripes = np.tile(np.array([0, 255], np.uint8), (12, 8))
    for kind in ("image", "label"):
        Image.fromarray(stripes).save(tmp_path / "isbi" / kind / "0.png")
    sample = se.load_dataset("isbi", root=tmp_path / "isbi", size=(6, 8))[0]
    assert (sample["image"][:, :, 1:-1] - 0.5).abs().max() < 0.02
    assert len(sample["label_map"].unique()) == 1  # each label looks at the same kind of stripe


@pytest.mark.parametrize("name", ["pets", "dsb2018"])
def test_every_fifth_image_the_last_of_five_is_for_validation(name, miniature):
    root = miniature(name)
    names = {split: [pair.name for pair in se.load_dataset(name, split, root).pairs] for split in ("train", "val")}
    assert names["val"] == sorted(names["train"] + names["val"])[4::5]
