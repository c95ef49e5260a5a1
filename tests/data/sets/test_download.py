"""Fetching a data set: from the manifest to a folder that `load_dataset` reads; nothing half-done is left there."""

import contextlib
import copy
import errno
import hashlib
import os
import shutil

import pytest

from segedu.data.sets import dataset_class, load_dataset
from segedu.data.sets.fetch import download, unpack
from segedu.data.sets.fetch.transfer import DownloadError
from segedu.locks import holding


@pytest.fixture
def published(mirror, miniature, tmp_path, monkeypatch):
    """Return a function that serves a miniature of a data set, packed as the manifest says, and points the manifest
    there."""

    def publish(name):
        source = miniature(name)
        entry = copy.deepcopy(download.manifest()[name])
        for file in entry["files"]:
            archive = tmp_path / f"published-{file['name']}"
            pack(source / entry["into"], archive, f"repository-{name}" if file["strip"] else "", file["take"])
            body = archive.read_bytes()
            file |= {"mirrors": [mirror(body).url], "size": len(body), "sha256": None}
            file["md5"] = hashlib.md5(body).hexdigest() if file["md5"] else None
        monkeypatch.setattr(download, "manifest", lambda: {name: entry})
        return entry

    return publish


def pack(source, archive, top, take):
    """Pack the folders `take` of a data set, below a folder `top` as a repository's archive has it."""
    staging = archive.with_name(f"{archive.name}.staging")
    (staging / top).mkdir(parents=True)
    for folder in take:
        shutil.copytree(source / folder, staging / top / folder)
    (staging / top / "readme").write_text("not wanted")
    style, suffix = ("zip", ".zip") if archive.suffix == ".zip" else ("gztar", ".tar.gz")
    shutil.make_archive(str(archive).removesuffix(suffix), style, staging)


COUNTS = {"camvid": (3, 2), "pets": (8, 2), "isbi": (24, 6), "dsb2018": (8, 2)}


@pytest.mark.parametrize("name", COUNTS)
def test_each_data_set_is_found_after_its_download(name, published, tmp_path, monkeypatch):
    published(name)
    monkeypatch.setenv("SEGEDU_DATA", str(tmp_path / "downloads"))
    train = load_dataset(name, "train", download=True)
    assert (len(train), len(load_dataset(name, "val"))) == COUNTS[name]
    assert train[0]["image"].shape == (3, 10, 14)
    left = [path.name for path in (tmp_path / "downloads" / name).iterdir()]
    assert len(left) == 1, "only the data set itself stays"


def test_a_data_set_that_is_there_is_not_fetched(miniature, monkeypatch):
    folder = miniature("camvid")
    monkeypatch.setattr(download, "download", None)
    assert download.fetch(dataset_class("camvid"), folder) == folder


def test_a_part_of_a_data_set_is_not_mixed_with_the_rest(miniature):
    folder = miniature("camvid")
    (folder / "CamVid" / "val.txt").unlink()
    with pytest.raises(DownloadError, match=r"only a part of CamVid; move it away, and fetch again\.$"):
        download.fetch(dataset_class("camvid"), folder)


def test_what_is_in_the_way_is_kept(published, tmp_path):
    published("camvid")
    mine = tmp_path / "mine" / "CamVid" / "notes.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("my own")
    with pytest.raises(DownloadError, match=r"CamVid is in the way; move it away, and fetch again\.$"):
        download.fetch(dataset_class("camvid"), tmp_path / "mine")
    assert mine.read_text() == "my own"


def test_an_archive_without_the_data_set_is_removed_and_named(published, mirror, tmp_path):
    entry = published("camvid")
    (tmp_path / "empty").mkdir()
    pack(tmp_path, tmp_path / "empty.zip", "repository", [])
    body = (tmp_path / "empty.zip").read_bytes()
    entry["files"][0] |= {"mirrors": [mirror(body).url], "size": None}
    with pytest.raises(DownloadError, match=r"\.zip can't be used \(it holds no folder CamVid\), so it was removed"):
        download.fetch(dataset_class("camvid"), tmp_path / "empty")
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("CamVid/val.txt", r"CamVid's list CamVid/val\.txt is not there"),
        ("CamVid/test.txt", r"CamVid's list CamVid/test\.txt is not there"),
        ("CamVid/train/train_00001.png", r"it lacks CamVid/train/train_00001\.png"),
        ("CamVid/valannot/val_00000.png", r"it lacks CamVid/valannot/val_00000\.png"),
    ],
)
def test_half_an_archive_is_never_installed_and_the_next_fetch_can_succeed(
    published, mirror, miniature, tmp_path, lost, words
):
    entry = published("camvid")
    whole = entry["files"][0]["mirrors"]
    half = shutil.copytree(tmp_path / "camvid", tmp_path / "half")
    (half / lost).unlink()
    pack(half, tmp_path / "half.zip", "repository", ["CamVid"])
    body = (tmp_path / "half.zip").read_bytes()
    entry["files"][0] |= {"mirrors": [mirror(body).url], "size": None}
    with pytest.raises(DownloadError, match=rf"\.zip can't be used \({words}\), so it was removed; fetch again\.$"):
        download.fetch(dataset_class("camvid"), tmp_path / "here")
    assert list((tmp_path / "here").iterdir()) == []
    entry["files"][0]["mirrors"] = whole
    assert len(load_dataset("camvid", "val", download.fetch(dataset_class("camvid"), tmp_path / "here"))) == 2


def test_a_second_fetch_into_one_folder_is_told_who_is_first(published, tmp_path):
    published("camvid")
    with (
        holding(tmp_path / "here" / download.LOCK),
        pytest.raises(
            DownloadError, match=r"CamVid is being fetched into .*here by this process; wait until it is there"
        ),
    ):
        download.fetch(dataset_class("camvid"), tmp_path / "here")
    assert download.fetch(dataset_class("camvid"), tmp_path / "here") == tmp_path / "here"


def test_what_another_has_fetched_in_the_meantime_is_not_fetched_again(published, miniature, tmp_path, monkeypatch):
    published("camvid")

    @contextlib.contextmanager
    def late(file):
        shutil.copytree(tmp_path / "camvid", tmp_path / "here")
        yield

    monkeypatch.setattr(download, "holding", late)
    monkeypatch.setattr(download, "download", None)
    assert download.fetch(dataset_class("camvid"), tmp_path / "here") == tmp_path / "here"


def test_leftovers_of_killed_runs_are_removed_and_those_of_a_living_one_are_not(published, tmp_path):
    published("camvid")
    names = {"killed": ".unpacking-999999999-abc", "older": ".unpacking-xyz", "mine": f".unpacking-{os.getpid()}-abc"}
    living = f".unpacking-{os.getppid()}-abc"
    for name in (*names.values(), living):
        (tmp_path / "here" / name / "CamVid").mkdir(parents=True)
    download.fetch(dataset_class("camvid"), tmp_path / "here")
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == [living, "CamVid"]


def test_a_disk_that_is_full_while_unpacking_leaves_the_archive_only(published, tmp_path, monkeypatch):
    entry = published("camvid")

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpack.shutil, "copyfileobj", full)
    with pytest.raises(DownloadError, match=r"can't hold CamVid \(No space left on device\); free some space"):
        download.fetch(dataset_class("camvid"), tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == [entry["files"][0]["name"]]


def test_a_folder_that_cannot_be_made_says_what_to_choose(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match=r"choose a folder that you may write to with --root"):
        download.fetch(dataset_class("isbi"), tmp_path / "file" / "below")


@pytest.mark.parametrize("name", ["scenes", "cityscapes"])
def test_what_can_not_be_downloaded_lists_what_can(name):
    with pytest.raises(ValueError, match="choose one of camvid, pets, isbi, dsb2018"):
        dataset_class(name)


def test_a_notebook_goes_on_with_scenes_when_the_download_fails(published, tmp_path, capsys, dead_url):
    published("camvid")["files"][0]["mirrors"] = [dead_url]
    data = load_dataset("camvid", root=tmp_path / "none", download=True, fallback=True, size=32)
    assert data.name == "scenes"
    assert "Going on with synthetic scenes" in capsys.readouterr().err


def test_the_manifest_says_what_it_must():
    for entry in download.manifest().values():
        assert entry["title"]
        assert entry["license"]
        assert entry["homepage"].startswith("https://")
        for file in entry["files"]:
            assert file["mirrors"]
            assert all(url.startswith("https://") for url in file["mirrors"])
            assert file["sha256"] is None or len(file["sha256"]) == 64
            assert file["sha256"] or any(len(part) >= 40 for url in file["mirrors"] for part in url.split("/"))
