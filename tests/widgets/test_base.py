"""The Python half of the widgets: linking, the three lives, traits, what is refused."""

import base64
import io
import json
import re

import pytest
import torch
from PIL import Image

from segedu import widgets
from segedu.data.scenes import Scenes
from segedu.viz import TAP_COLORS
from segedu.widgets import ConvolutionExplorer, base, linker
from segedu.widgets.kit.grids import as_rows

VIEWS = sorted(path.relative_to(linker.FOLDER).as_posix() for path in linker.FOLDER.glob("*/view.js"))
EXPLORERS = sorted(widgets.__all__)


@pytest.fixture
def without_pictures(monkeypatch):
    """Pages with an empty picture: matplotlib would take most of the time of tests that don't look at it."""
    monkeypatch.setattr(base.Explorer, "picture", lambda self: b"")


@pytest.mark.parametrize("view", VIEWS)
def test_a_linked_view_is_one_module_without_imports(view):
    code = linker.link(view)
    assert not re.search(r"^import |^export (?!default)", code, re.MULTILINE)
    assert code.count("export default") == 1


@pytest.mark.parametrize("view", VIEWS)
def test_each_module_is_inlined_once(view):
    code = linker.link(view)
    scopes = re.findall(r"^const ([\w$]+) = \(\(\) => \{$", code, re.MULTILINE)
    assert len(scopes) == len(set(scopes))
    assert code.count("const TAP_COLORS") == 1


def test_modules_load_nothing_from_a_network():
    for path in linker.FOLDER.glob("*/*.js"):
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|fetch\(|XMLHttpRequest|WebSocket", text), path.name


# Black and white mark pixels on pictures in both themes.
COLOR = re.compile(r"#(?!000000|ffffff)[0-9a-fA-F]{6}\b|\brgb\(\d")


@pytest.mark.parametrize("folder", sorted({view.split("/")[0] for view in VIEWS}))
def test_colors_stand_in_constants_at_the_top_and_not_in_functions(folder):
    for path in linker.FOLDER.glob(f"{folder}/*.js"):
        statement = ""
        for line in path.read_text("utf-8").splitlines():
            statement = line if re.match(r"\w", line) else statement
            if COLOR.search(line.split("//")[0]):
                assert re.match(r"(export )?const [A-Z_]+\b", statement), f"{path.name}: {line.strip()}"


def test_widget_and_figures_color_the_taps_alike():
    listed = re.search(
        r"TAP_COLORS = \[(.*?)\]", (linker.FOLDER / "kit/colors.js").read_text("utf-8"), re.DOTALL
    ).group(1)
    assert re.findall(r"#\w{6}", listed) == list(TAP_COLORS)


def test_the_mime_bundle_has_the_view_and_the_picture_with_alt_text():
    data, metadata = ConvolutionExplorer()._repr_mimebundle_()
    assert set(data) == {"text/plain", "application/vnd.jupyter.widget-view+json", "image/png"}
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width == 1056
    assert "5 by 7 input" in metadata["image/png"]["alt"]


@pytest.mark.parametrize("name", EXPLORERS)
def test_picture_html_and_repr_are_the_same_in_every_run(name):
    one, two = getattr(widgets, name)(), getattr(widgets, name)()
    assert one.html() == two.html()  # the picture is in it
    assert repr(one) == repr(two)
    assert repr(one).startswith(f"{name}(")


@pytest.mark.parametrize("name", EXPLORERS)
def test_html_is_one_string_that_ends_its_script_once(name, without_pictures):
    explorer = getattr(widgets, name)()
    text = explorer.html()
    assert text.count("<script>") == text.count("</script>") == 1
    assert not re.search(r"^(import|export) ", re.sub(r"`[^`]*`", "", text), re.MULTILINE)
    assert state_of(text) == json.loads(json.dumps(explorer.state()))


@pytest.mark.parametrize("words", ["</script><b>", "</SCRIPT >", "<!--", "<script>", "a < b", "\\u003c", '\u2028"'])
def test_a_state_cannot_end_the_pages_script(words, without_pictures):
    explorer = widgets.OverlayViewer(classes=[words, *"abcdefghi"], sample=Scenes(1, size=(32, 48), seed=0)[0])
    text = explorer.html()
    assert text.count("<script>") == text.lower().count("</script") == 1
    assert "<!--" not in text
    assert state_of(text)["classes"][0] == words


@pytest.mark.parametrize("name", EXPLORERS)
def test_state_is_what_the_view_needs_and_no_layout(name):
    explorer = getattr(widgets, name)
    folder = explorer.view.split("/")[0]
    code = "".join(path.read_text("utf-8") for path in linker.FOLDER.glob(f"{folder}/*.js"))
    names = set(explorer().state())
    assert [each for each in sorted(names) if not re.search(rf"\b{each}\b", code)] == []
    assert not names & {"layout", "comm", "keys", "tabbable", "tooltip"}
    assert not any(each.startswith("_") for each in names)


def state_of(text):
    """Return the state that a page's script holds, as JavaScript reads it."""
    literal = re.search(r"^const state = (.*);$", text, re.MULTILINE).group(1)
    return json.loads(literal.replace("\\x3c", "<"))


@pytest.mark.parametrize("setting", [{}, {"stride": 2, "padding": 1}, {"dilation": 2, "kernel": torch.ones(2, 3)}])
def test_output_is_torchs(setting):
    explorer = ConvolutionExplorer(torch.arange(35).reshape(5, 7), **setting)
    weight = torch.tensor(explorer.kernel, dtype=torch.float64)[None, None]
    options = {name: value for name, value in setting.items() if name != "kernel"}
    expected = torch.nn.functional.conv2d(
        torch.arange(35.0, dtype=torch.float64).reshape(1, 1, 5, 7), weight, **options
    )
    assert torch.equal(explorer.output, expected[0, 0])


def test_a_kernel_that_does_not_fit_is_allowed_and_its_output_is_an_error():
    explorer = ConvolutionExplorer(dilation=4)
    assert not explorer.fits
    assert len(explorer.picture()) > 1000
    assert "no output" in explorer.describe()
    with pytest.raises(ValueError, match="raise the padding or shrink the kernel"):
        _ = explorer.output


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"image": torch.ones(3, 5, 7)}, r"image has shape \(3, 5, 7\); give \(height, width\)"),
        ({"image": [[1, 2], [3]]}, "image is not a matrix of numbers"),
        ({"image": torch.ones(40, 5)}, r"image has shape \(40, 5\); give \(height, width\) with 1 to 32"),
        ({"image": [[float("nan")]]}, "not finite"),
        ({"kernel": torch.ones(6, 1)}, r"kernel has shape \(6, 1\); give \(height, width\) with 1 to 5"),
        ({"kernel": []}, "kernel has shape"),
        ({"stride": 0}, "stride is 0; give one whole number, at least 1"),
        ({"padding": -1}, "padding is -1; give one whole number, at least 0"),
        ({"dilation": (1, 2)}, r"dilation is \(1, 2\); give one whole number"),
    ],
)
def test_bad_arguments_are_refused_with_the_cure(given, message):
    with pytest.raises(ValueError, match=message):
        ConvolutionExplorer(**given)


def test_rows_keep_whole_numbers_whole():
    assert as_rows(torch.tensor([[1.0, 0.5]]), "image", 32) == [[1, 0.5]]
    assert json.dumps(as_rows([[2.0]], "image", 32)) == "[[2]]"


def test_data_url_reads_back_as_the_image():
    url = base.data_url(torch.tensor([[[0.0, 1.0]], [[1.0, 0.0]], [[0.0, 0.0]]]))
    image = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [(0, 255, 0), (255, 0, 0)]
