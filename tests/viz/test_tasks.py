"""show_tasks: the answers to scenes and photographs, with the names of what is in them."""

import numpy as np
import pytest
import torch
from PIL import Image

from segedu.data.photos import Photos, photo
from segedu.data.scenes import Scenes
from segedu.viz import show_tasks
from segedu.viz._names import place_names
from segedu.viz._style import SMALL

ALT = "A description that is long enough."
SCENES = Scenes(5, size=(64, 96))
ALL = ("image", "classification", "localization", "detection", "semantic", "instance", "panoptic")


@pytest.fixture(scope="module")
def coffee():
    return photo("coffee", (200, 300), labels=True)


@pytest.fixture(scope="module")
def scene():
    return SCENES[3]


def names(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_fontsize() == SMALL]


@pytest.mark.parametrize("task", ALL)
def test_each_task_has_its_answer_in_its_picture(figure_of, coffee, task):
    expected = {
        "image": [],
        "classification": ["background", "table", "cup", "saucer", "spoon"],
        "localization": ["saucer"],
        "detection": ["saucer", "cup", "spoon"],
        "semantic": ["table", "background", "cup", "saucer", "spoon", "void"],
        "instance": ["cup", "saucer", "spoon", "table", "background", "void"],
        "panoptic": ["table", "background", "cup", "saucer", "spoon", "void"],
    }
    figure = figure_of(show_tasks, [coffee], Photos, ALT, tasks=[task])
    assert set(expected[task]) <= set(names(figure)) if expected[task] else not names(figure)
    assert len(names(figure)) == len(expected[task]) + (task == "detection") * 3  # stuff and void in the legend


def test_a_scene_and_a_photograph_stand_in_one_figure_each_with_its_own_classes(figure_of, places, coffee, scene):
    figure = figure_of(show_tasks, [scene, coffee], [SCENES, Photos], ALT)
    pictures, _ = places(figure)
    assert len(pictures) == 8
    assert len({top for _, top, _, _ in pictures}) == 2
    assert {"sky", "cup", "saucer"} <= set(names(figure))
    headings = [text.get_text() for text in figure.axes[0].texts if text.get_fontsize() != SMALL]
    assert headings == ["image", "semantic", "instance", "panoptic"]


def test_a_prediction_of_other_classes_has_their_names_and_no_error(figure_of, coffee):
    prediction = torch.full((200, 300), SCENES.classes.index("meadow"))
    figure = figure_of(
        show_tasks, [coffee], Photos, ALT, tasks=["semantic"], predictions=[prediction], predictor=SCENES
    )
    words = [text.get_text() for text in figure.axes[0].texts]
    assert {"prediction", "meadow", "cup"} <= set(words)
    assert "wrong" not in words
    assert len(figure.axes[0].images) == 2


def test_a_class_without_room_for_its_name_stands_in_the_legend(figure_of):
    label_map = torch.zeros(40, 60, dtype=torch.long)
    label_map[10, 10] = 1
    sample = {"image": torch.rand(3, 40, 60), "label_map": label_map}
    figure = figure_of(show_tasks, [sample], [SCENES], ALT, tasks=["semantic"])
    assert names(figure) == ["sky", "meadow"]
    swatches = [patch for patch in figure.axes[0].patches if patch.get_fill()]
    assert [tuple((np.array(one.get_facecolor()[:3]) * 255).round()) for one in swatches] == [tuple(SCENES.colors[1])]


def test_tasks_may_stand_in_several_lines_each_with_its_headings(figure_of, places, scene):
    figure = figure_of(show_tasks, [scene], SCENES, ALT, tasks=ALL[1:], columns=3, title="Six answers")
    pictures, _ = places(figure)
    assert len({top for _, top, _, _ in pictures}) == 2
    headings = [text.get_text() for text in figure.axes[0].texts if text.get_fontsize() != SMALL]
    assert headings == ["Six answers", *ALL[1:]]


def test_names_stand_on_their_regions_and_not_on_each_other():
    ids = np.zeros((200, 300), int)
    ids[:, 150:] = 1
    ids[90:110, 140:160] = 2  # too narrow for the long name
    placed = place_names(ids, [(0, ["left"]), (1, ["right"]), (2, ["a long name", "2"]), (3, ["absent"])])
    assert {name.text for name in placed} == {"left", "right", "2"}
    for name in placed:
        assert ids[int(name.y), int(name.x)] == {"left": 0, "right": 1, "2": 2}[name.text]
    assert len(place_names(np.zeros((200, 300), int), [(0, ["one"]), (0, ["two"])])) == 1


@pytest.mark.parametrize("name", ["coffee", "coins", "rocket"])
def test_no_name_lies_on_another_or_leaves_its_picture(figure_of, places, name):
    sample = photo(name, (150, 225), labels=True)
    figure = figure_of(show_tasks, [sample], Photos, ALT, tasks=["instance", "panoptic", "detection"])
    figure.draw_without_rendering()
    pictures, _ = places(figure)
    bottom = pictures[0][1] + pictures[0][3]
    texts = [text for text in figure.axes[0].texts if text.get_fontsize() == SMALL and text.get_position()[1] < bottom]
    boxes = [text.get_window_extent().padded(-2) for text in texts]
    assert len(boxes) > 3
    for index, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:index])


def test_the_description_may_stand_in_the_cell(figure_of, coffee):
    assert figure_of(show_tasks, [coffee], Photos, tasks=["image"])


def test_pictures_are_repeatable_and_fit_on_the_page(tmp_path, coffee):
    for path in ("a.png", "b.png"):
        show_tasks([coffee], Photos, ALT, tasks=ALL, path=tmp_path / path)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert Image.open(tmp_path / "a.png").width <= 1080


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (lambda coffee: (coffee, Photos), {}, r"give \[sample\] for one"),
        (
            lambda coffee: ([coffee], Photos),
            {"tasks": ["counting"]},
            r"\['counting'\] are no tasks; give some of",
        ),
        (lambda coffee: ([coffee], Photos), {"tasks": []}, "are no tasks"),
        (lambda coffee: ([coffee] * 2, [Photos]), {}, "2 samples come with 1 lists of classes"),
        (lambda coffee: ([coffee], Photos), {"predictions": []}, "and 0 predictions"),
        (lambda coffee: ([coffee], Photos), {"predictions": [torch.zeros(5, 7).long()]}, r"\(5, 7\), its image"),
        (
            lambda coffee: ([{key: coffee[key] for key in ("image", "label_map")}], Photos),
            {},
            "no 'panoptic', which 'instance' needs",
        ),
    ],
)
def test_what_cannot_be_shown_is_named(coffee, arguments, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        show_tasks(*arguments(coffee), ALT, **options)


def test_what_names_no_classes_is_refused(coffee):
    with pytest.raises(TypeError, match="a type names no classes; give a data set"):
        show_tasks([coffee], Scenes, ALT)  # the class, whose objects have colors
    with pytest.raises(TypeError, match="a tuple names no classes"):
        show_tasks([coffee], [("sky", "road")], ALT)
