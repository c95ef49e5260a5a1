"""`segedu data`: what is here, what is not and how to get it; mistakes end in one sentence."""

import pytest

from segedu.course import cli
from segedu.data.sets import dataset_names
from segedu.data.sets.fetch import download


@pytest.fixture
def data(tmp_path, monkeypatch, capsys):
    """Return a function that runs `segedu data …` and gives (status, printed, complaint)."""
    monkeypatch.setenv("SEGEDU_DATA", str(tmp_path / "downloads"))

    def run(*arguments):
        status = cli.main(["data", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, " ".join(printed.out.split()), printed.err

    return run


def test_with_nothing_here_each_data_set_says_how_to_get_it(data, tmp_path):
    status, printed, _ = data()
    assert status == 0
    assert all(name in printed for name in dataset_names())
    for name, entry in download.manifest().items():
        assert f"`segedu data fetch {name}` gets it from {entry['homepage']}" in printed
        assert f"not in {tmp_path / 'downloads' / name}" in printed
        assert f"license: {entry['license']}" in printed


def test_the_place_named_for_a_copy_is_where_it_is_found(data, tmp_path, miniature):
    (miniature("isbi") / "data").rename(tmp_path / "moved")
    place = tmp_path / "downloads/isbi/data"
    assert f"copy it to {place}/membrane/train" in data()[1]
    place.parent.mkdir(parents=True)
    (tmp_path / "moved").rename(place)
    assert "train 24, val 6 2 classes: cell, membrane" in data()[1]


@pytest.mark.parametrize(
    ("name", "splits"),
    [
        ("camvid", "train 3, val 2, test 1 11 classes: sky, building"),
        ("pets", "train 8, val 2, trainval 10, test 3 2 classes: background, pet"),
        ("isbi", "train 24, val 6 2 classes: cell, membrane"),
        ("dsb2018", "train 8, val 2 2 classes: background, nucleus"),
    ],
)
def test_data_sets_below_a_folder_are_counted(data, miniature, name, splits):
    folder = miniature(name)
    for root in (folder, folder.parent):
        status, printed, _ = data("--root", root)
        assert status == 0
        assert splits in printed


def test_missing_splits_and_images_are_told(data, miniature):
    folder = miniature("camvid")
    (folder / "CamVid" / "test.txt").unlink()
    (folder / "CamVid" / "train" / "train_00001.png").unlink()
    assert "train 3 (1 of them missing), val 2, test not here" in data("--root", folder)[1]


def test_a_command_for_another_folder_names_that_folder(data, tmp_path):
    assert f"`segedu data fetch pets --root {tmp_path}/pets`" in data("--root", tmp_path)[1]


def test_a_fetch_of_what_is_here_says_how_to_use_it(data, miniature):
    folder = miniature("camvid")
    assert data("fetch", "camvid", "--root", folder)[:2] == (0, f"use it with root='{folder}'")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["fetch"], "needs a name: camvid, pets, isbi, dsb2018"),
        (["fetch", "cityscapes"], "no data set 'cityscapes' in files"),
        (["list", "camvid"], "`segedu data fetch NAME` does"),
        (["--root", "/nowhere/at/all"], "no folder /nowhere/at/all"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(data, arguments, complaint):
    status, _, said = data(*arguments)
    assert status == 2
    assert complaint in said
    assert said.count("\n") == 1


def test_a_failed_fetch_is_one_sentence_and_status_2(data, monkeypatch):
    entry = {**download.manifest()["isbi"]}
    entry["files"] = [{**entry["files"][0], "mirrors": ["http://127.0.0.1:1/isbi.zip"]}]
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "manifest", lambda: {"isbi": entry})
    status, _, said = data("fetch", "isbi")
    assert status == 2
    assert "isbi-unet-b45af4d4.zip could not be fetched" in said
    assert said.count("\n") == 1
