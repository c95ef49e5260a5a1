"""A student who chooses another data set sees that one, and no words of the scenes over its pictures.

Each lecture runs with each data set that its `parameters` cell offers, with few steps (`other_data.py`).
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import segedu as se
from segedu.course import lecture_code
from segedu.course.build import source

ROOT = Path(__file__).resolve().parents[2]
DRIVER = Path(__file__).parent / "other_data.py"
FOLDERS = {"camvid": "camvid", "pets": "oxford_pets", "isbi": "isbi_membrane", "dsb2018": "dsb2018"}
SECTIONS = r"Lab|Ablation"  # what the parameter is about; the goal too, where its comment says so
WORDS_OF_SCENES = {"scene", "stone", "meadow", "pole", *se.load_dataset("scenes", "val").classes}
STORED = re.compile(r"\(scenes\)|on the scenes|on scenes|stored", re.IGNORECASE)  # says itself what it is about


def comment(number):
    """Return what the parameters cell of a lecture says of `dataset`."""
    line = re.search(r'(?m)^dataset = "scenes" *#(.*)$', lecture_code.code(number, "parameters"))
    return line[1] if line else ""


def offers():
    """Yield (lecture, data set) for each value that a lecture's parameters cell offers beside the scenes."""
    for lecture in source.find_lectures(ROOT):
        for name in re.findall(r'"(\w+)"', comment(lecture.number)):
            if name in FOLDERS:
                yield lecture.number, name


@pytest.fixture(scope="module")
def shown():
    """Return a function that runs a lecture and returns what its cells showed, one entry each."""

    def run(number, dataset, root):
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(DRIVER), number, dataset, str(root)]
        done = subprocess.run(
            command, cwd=ROOT / "notebooks", env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return [json.loads(line[1:]) for line in done.stdout.split("\n") if line.startswith("\x1e")]

    return run


def scene_words(text, classes):
    """Return the words of the scenes in a text that are no classes of the other data set."""
    if STORED.search(text):
        return set()
    others = {word for name in classes for word in re.split(r"[\W_]+", name.lower())}
    said = {word.removesuffix("s") for word in re.findall(r"[a-z]+", text.lower())}
    return {word for word in WORDS_OF_SCENES if word.removesuffix("s") in said and word not in others}


@pytest.mark.slow
@pytest.mark.parametrize(("number", "dataset"), list(offers()))
def test_what_is_shown_is_the_data_set_that_was_asked_for(number, dataset, shown, real_data_root):
    root = real_data_root(FOLDERS[dataset])
    classes = se.load_dataset(dataset, "val", root=root).classes
    sections = SECTIONS + ("|The goal" if "goal" in comment(number) else "")
    about = [cell for cell in shown(number, dataset, root) if re.match(sections, cell["section"])]
    assert any(dataset in cell["loaded"] for cell in about), "no cell loads the data set"
    for cell in about:
        words = {text: found for text in cell["texts"] if (found := scene_words(text, classes))}
        assert not words, f"cell {cell['cell']} speaks of the scenes over {dataset}: {words}"
        others = set(cell["loaded"]) - {dataset}
        assert not (others and dataset not in cell["loaded"]), f"cell {cell['cell']} loads {others} in its place"


def test_words_of_the_scenes_are_found_unless_they_are_classes_too():
    assert scene_words("Of the poles only blobs are left", ["road"]) == {"pole"}
    assert scene_words("Of the poles only blobs are left", ["column_pole"]) == set()
    assert scene_words("mean IoU after 150 steps (scenes)", ["road"]) == set()
