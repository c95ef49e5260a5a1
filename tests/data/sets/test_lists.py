"""Lists and folders as editors, spreadsheets and systems leave them: read, or named with file, line and cure."""

import os
import pwd
from pathlib import Path

import pytest
import torch

import segedu as se
from segedu import _shipped
from segedu.course.data.audit_report import splits_of
from segedu.data.sets.lists import ListError
from segedu.data.sets.load import REAL

LISTS = {
    "camvid": "CamVid/train.txt",
    "pets": "oxford-iiit-pet/annotations/trainval.txt",
    "dsb2018": "split.csv",
}


def names(name: str, root: Path, split: str = "train") -> list[str]:
    return [pair.name for pair in se.load_dataset(name, split, root=root).pairs]


@pytest.fixture
def with_list(miniature):
    """Return a function that writes a data set and gives its root and its list, which dsb2018 has only here."""

    def write(name: str) -> tuple[Path, Path]:
        root = miniature(name)
        path = root / LISTS[name]
        if name == "dsb2018":
            images = sorted(folder.name for folder in (root / "stage1_train").iterdir())
            rows = [f"{image},{'val' if number < 3 else 'train'}" for number, image in enumerate(images)]
            path.write_text("\n".join(["ImageId,split", *rows]) + "\n")
        return root, path

    return write


def separated_by(sign: str):
    return lambda text: "\n".join(sign.join(line.replace(",", " ").split()) for line in text.splitlines())


# What became of a list's text, as bytes; each of them is read as the list that it was.
READ = {
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16, little end first": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "Windows' line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "old Macs' line ends": lambda text: text.replace("\n", "\r").encode(),
    "no last line end": lambda text: text.rstrip().encode(),
    "blank lines": lambda text: ("\n" + text.replace("\n", "\n \t\n\n")).encode(),
    "blanks around": lambda text: text.replace("\n", "  \n ").encode(),
    "semicolons": lambda text: separated_by(";")(text).encode(),
    "semicolons and blanks": lambda text: separated_by(" ; ")(text).encode(),
    "commas": lambda text: separated_by(", ")(text).encode(),
    "tabs": lambda text: separated_by("\t")(text).encode(),
    "quotes": lambda text: separated_by('","')(text).replace("\n", '"\n"').join('""').encode(),
    "all of Excel's": lambda text: separated_by(";")(text).replace("\n", "\r\n").encode("utf-8-sig"),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("change", READ)
def test_a_list_is_read_as_editors_leave_it(change, name, with_list):
    root, path = with_list(name)
    before = [names(name, root, split) for split in ("train", "val")]
    path.write_bytes(READ[change](path.read_text()))
    assert [names(name, root, split) for split in ("train", "val")] == before


def with_bytes(inserted: bytes):
    def change(text: str) -> bytes:
        first, second, *rest = text.encode().splitlines(keepends=True)
        return b"".join([first, inserted + second, *rest])

    return change


NAMED = {
    "latin-1": (with_bytes(b"K\xe4the"), ", line 2: byte 0xe4 is no utf-8; save the list as UTF-8"),
    "NULs": (with_bytes(b"\0\0"), ", line 2, holds a NUL character; save the list as UTF-8"),
    "UTF-16 without a mark": (lambda text: text.encode("utf-16-le"), ", line 1, holds a NUL character"),
    "half a UTF-16": (lambda text: b"\xff\xfe" + text.encode("utf-16-le")[:-1], ": byte 0x0a is no utf-16"),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("change", NAMED)
def test_a_list_that_is_no_text_is_named_with_the_line(change, name, with_list):
    root, path = with_list(name)
    alter, sentence = NAMED[change]
    path.write_bytes(alter(path.read_text()))
    with pytest.raises(ListError, match=sentence) as caught:
        se.load_dataset(name, root=root)
    assert path.name in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("/a/train/0.png /a/trainannot/0.png\nonly.png\n", r"train\.txt must hold .* but line 2 is 'only\.png'"),
        ("a b c d\n", r"train\.txt must hold an image and a label path a line, but line 1 is 'a b c d'"),
    ],
)
def test_a_line_of_camvid_s_list_with_other_columns_is_named(text, sentence, miniature):
    root = miniature("camvid")
    (root / "CamVid/train.txt").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        se.load_dataset("camvid", root=root)


@pytest.mark.parametrize("name", ["camvid", "pets"])
def test_an_empty_list_holds_no_image(name, with_list):
    root, path = with_list(name)
    path.write_text("\n")
    with pytest.raises(FileNotFoundError, match="has no image of split 'train'"):
        se.load_dataset(name, root=root)


def test_paths_of_windows_are_read(miniature):
    root = miniature("camvid")
    before = names("camvid", root)
    path = root / "CamVid/train.txt"
    path.write_text(path.read_text().replace("/", "\\"))
    assert names("camvid", root) == before


def test_pets_are_those_of_torchvision_s_reader(miniature):
    from torchvision.datasets import OxfordIIITPet

    root = miniature("pets")
    for split in ("trainval", "test"):
        theirs = OxfordIIITPet(root, split=split, target_types="segmentation", download=False)
        ours = se.load_dataset("pets", split, root=root).pairs
        assert [pair.image for pair in ours] == theirs._images
        assert [pair.labels[0] for pair in ours] == theirs._segs


def test_pets_may_lie_in_a_folder_of_another_name(miniature):
    root = miniature("pets")
    moved = (root / "oxford-iiit-pet").rename(root / "animals")
    assert len(se.load_dataset("pets", root=moved)[0]["label_map"]) == 10


TABLES = [
    ("Image,split\na,train\n", r"split\.csv must have the columns ImageId and split; its first line is 'Image,split'"),
    ("", r"split\.csv must have the columns ImageId and split; its first line is ''"),
    ("ImageId\n{first}\n", r"split\.csv must have the columns"),
    ("ImageId,split\n{first},Val\n", r"split\.csv, line 2: 'Val' is no split .* train, val: did you mean 'val'\?"),
    ("ImageId,split\n{first},train\n{other},valid\n", r"line 3: 'valid' is no split .*: did you mean 'val'\?"),
    ("ImageId,split\n{first},Training\n", r"line 2: 'Training' is no split .*: did you mean 'train'\?"),
    (
        "ImageId,split\n{first},holdout\n",
        r"line 2: 'holdout' is no split of DSB2018 nuclei; write one of train, val\.$",
    ),
    ("ImageId,split\n{first}\n", r"split\.csv, line 2: '0+' ends before the column split"),
    ("ImageId,split\n{first},val\n{first},train\n", r"line 3: image 0+ is in val already; keep one line"),
    ('ImageId,split\n"{first},val\n' + "x" * 140_000, r"split\.csv is no table with commas"),
]


@pytest.mark.parametrize(("text", "sentence"), TABLES, ids=range(len(TABLES)))
def test_what_is_wrong_with_a_table_of_splits_is_named(text, sentence, miniature, capsys):
    root = miniature("dsb2018")
    first, other = sorted(folder.name for folder in (root / "stage1_train").iterdir())[:2]
    (root / "split.csv").write_text(text.format(first=first, other=other))
    with pytest.raises(ValueError, match=sentence):
        se.load_dataset("dsb2018", "val", root=root)
    assert se.load_dataset("dsb2018", "val", root=root, fallback=True, size=32).name == "scenes"
    assert "split.csv" in capsys.readouterr().err


def test_a_table_may_have_more_columns_other_capitals_and_images_that_aren_t_here(miniature):
    root = miniature("dsb2018")
    first, *rest = sorted(folder.name for folder in (root / "stage1_train").iterdir())
    rows = "".join(f"stained,train,{name}\n" for name in rest)
    (root / "split.csv").write_text(f"modality,Split,imageid\ngray,val,{first}\n{rows}gray,test,elsewhere\n")
    assert names("dsb2018", root, "val") == [first[:12]]
    assert len(names("dsb2018", root)) == 9


@pytest.mark.parametrize("name", ["scenes", *REAL])
@pytest.mark.parametrize("split", ["Val", "valid", "validation", " val", "dev"])
def test_another_word_for_a_split_suggests_the_right_one(name, split, miniature):
    root = None if name == "scenes" else miniature(name)
    with pytest.raises(ValueError, match=rf"has no split '{split}'; choose one of train, val.*: did you mean 'val'\?"):
        se.load_dataset(name, split, root=root)


@pytest.mark.parametrize("junk", ["._{}", ".{}", ".DS_Store"])
@pytest.mark.parametrize("name", REAL)
def test_what_systems_leave_beside_files_is_not_read(junk, name, miniature):
    root = miniature(name)
    before = se.load_dataset(name, root=root)
    first = before[0]
    for folder in [path for path in root.rglob("*") if path.is_dir()] + [root]:
        for path in list(folder.iterdir()):
            folder.joinpath(junk.format(path.name)).write_bytes(b"\0\5\x16\7junk")
    (before.base / "__MACOSX").mkdir()
    after = se.load_dataset(name, root=root)
    assert [pair.name for pair in after.pairs] == [pair.name for pair in before.pairs]
    assert all(torch.equal(after[0][key], first[key]) for key in first if key != "name")


def test_masks_in_capitals_are_masks(miniature):
    root = miniature("dsb2018")
    before = se.load_dataset("dsb2018", root=root)[0]
    for mask in list(root.rglob("masks/b.png")):
        mask.rename(mask.with_suffix(".PNG"))
    assert torch.equal(se.load_dataset("dsb2018", root=root)[0]["panoptic"].bool(), before["panoptic"].bool())


@pytest.mark.parametrize("part", ["masks", "images"])
@pytest.mark.parametrize("with_table", [True, False])
def test_a_missing_part_is_named_and_moves_no_image(part, with_table, with_list):
    root, table = with_list("dsb2018")
    if not with_table:
        table.unlink()
    before = {split: names("dsb2018", root, split) for split in ("train", "val")}
    folder = root / "stage1_train" / f"{3:064x}"  # of train, with the table and without
    for file in (folder / part).iterdir():
        file.unlink()
    (folder / part).rmdir()
    assert names("dsb2018", root, "val") == before["val"]
    with pytest.raises(FileNotFoundError, match=f"{folder.name}/{part}"):
        [sample["name"] for sample in se.load_dataset("dsb2018", "train", root=root)]


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_a_folder_with_one_split_is_enough_for_it(split, miniature):
    root = miniature("camvid")
    before = names("camvid", root, split)
    for other in {"train", "val", "test"} - {split}:
        (root / "CamVid" / f"{other}.txt").unlink()
    for place in (root, root / "CamVid"):
        assert names("camvid", place, split) == before
    assert splits_of("camvid", root) == [split]
    missing = "val" if split == "train" else "train"
    with pytest.raises(FileNotFoundError, match=rf"CamVid's list .*{missing}\.txt is not there"):
        se.load_dataset("camvid", missing, root=root)


@pytest.mark.parametrize("split", ["test", "trainval"])
def test_one_list_of_pets_is_enough_for_it(split, miniature):
    root = miniature("pets")
    before = names("pets", root, split)
    other = "trainval" if split == "test" else "test"
    (root / "oxford-iiit-pet" / "annotations" / f"{other}.txt").unlink()
    assert names("pets", root, split) == before


def test_an_empty_variable_counts_as_none(monkeypatch, capsys):
    monkeypatch.delenv("SEGEDU_DATA", raising=False)
    expected = _shipped.downloads()
    monkeypatch.setenv("SEGEDU_DATA", "")
    assert _shipped.downloads() == expected
    se.setup()
    assert "$SEGEDU_DATA" not in capsys.readouterr().out


def nobody(uid):
    raise KeyError(uid)


def test_somebody_without_a_home_can_work(monkeypatch, capsys):
    monkeypatch.setattr(_shipped, "INSTALLED", True)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("SEGEDU_DATA", raising=False)
    se.setup()
    assert se.load_dataset("camvid", fallback=True).name == "scenes"
    with pytest.raises(FileNotFoundError, match=r"CamVid is not in .*segedu"):
        se.load_dataset("camvid")
    assert "Going on with synthetic scenes" in capsys.readouterr().err


@pytest.mark.parametrize("variable", [True, False])
def test_a_home_that_isn_t_known_is_named(variable, monkeypatch):
    root = "~nobody-of-this-name/data"
    if variable:
        monkeypatch.setenv("SEGEDU_DATA", root)
    with pytest.raises(FileNotFoundError, match=f"^{root} lies in a home that isn't known here; write the whole path"):
        se.load_dataset("camvid", root=None if variable else root)
    assert se.load_dataset("camvid", root=None if variable else root, fallback=True).name == "scenes"


def test_a_home_is_written_out(miniature, monkeypatch):
    root = miniature("camvid")
    monkeypatch.setenv("HOME", os.fspath(root.parent))
    assert len(se.load_dataset("camvid", root="~/camvid")) == 3
    monkeypatch.setenv("SEGEDU_DATA", "~")
    assert len(se.load_dataset("camvid")) == 3
