"""A network beside the page, in headless Chromium: in a worker, or in the page where no worker may start."""

import base64
import json

import pytest
import torch

from segedu.widgets.kit.compute import worker_source
from segedu.widgets.linker import scopes
from tests.widgets.kit.network.golden import case, settled
from tests.widgets.kit.network.test_networks import plus_plus

pytestmark = pytest.mark.browser

NO_WORKER = '<meta http-equiv="Content-Security-Policy" content="worker-src \'none\'">'
ASK = """
(({ network, images, source }, numbers, maps = []) => new Promise((done) => {
  const floats = ({ data, shape: [channels, height, width] }) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    return { data: new Float32Array(bytes.buffer), channels, height, width };
  };
  const heard = { answers: [], failures: [] };
  const end = async () => {
    const place = await job.place.catch(() => "nowhere");
    job.stop();
    done({ ...heard, place });
  };
  const job = startCompute(source, network, {
    answer: ({ outputs, maps }, { number }) => {
      const values = Object.entries(outputs).map(([name, map]) => [name, [...map.data]]);
      heard.answers.push({ number, outputs: Object.fromEntries(values), maps: Object.keys(maps) });
      if (number === numbers.at(-1)) end();
    },
    fail: (words) => {
      heard.failures.push(words);
      end();
    },
  });
  for (const number of numbers) job.ask({ number, maps, image: floats(images[number].image) });
}))
"""


@pytest.fixture(scope="module")
def golden():
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    images = [torch.rand(3, 24, 32, generator=generator) for _ in range(20)]
    return case("U-Net++", settled(plus_plus()), images) | {"source": worker_source("kit/network/job.js")}


@pytest.fixture
def page(chromium, tmp_path):
    """Return `page(head)`: an empty page of a file, as an exported notebook is, with startCompute within reach."""
    contexts = []

    def open_one(head=""):
        path = tmp_path / "page.html"
        path.write_text(f"<!doctype html><html><head>{head}</head><body></body></html>", "utf-8")
        contexts.append(chromium.new_context())
        page = contexts[-1].new_page()
        page.goto(path.as_uri())
        page.add_script_tag(content=scopes("kit/compute.js") + "\nwindow.startCompute = kit$compute.startCompute;")
        return page

    yield open_one
    for context in contexts:
        context.close()


def ask(page, golden, numbers, maps=()):
    return page.evaluate(f"{ASK}(...{json.dumps([golden, numbers, list(maps)])})")


def is_right(golden, answer):
    expected = golden["images"][answer["number"]]["outputs"]
    for name, values in answer["outputs"].items():
        floats = torch.frombuffer(bytearray(base64.b64decode(expected[name]["data"])), dtype=torch.float32)
        torch.testing.assert_close(torch.tensor(values), floats, atol=1e-3, rtol=0)
    return set(answer["outputs"]) == set(expected)


def test_a_worker_answers_with_torchs_numbers(page, golden):
    heard = ask(page(), golden, [3], ["down.0.1.0"])
    assert (heard["place"], heard["failures"]) == ("worker", [])
    assert is_right(golden, heard["answers"][0])
    assert heard["answers"][0]["maps"] == ["down.0.1.0"]


def test_of_many_questions_at_once_the_latest_is_answered_and_few_others(page, golden):
    heard = ask(page(), golden, list(range(20)))
    assert heard["answers"][-1]["number"] == 19
    assert len(heard["answers"]) <= 2
    assert is_right(golden, heard["answers"][-1])


@pytest.mark.parametrize("head", [NO_WORKER, "<script>delete window.Worker;</script>"])
def test_where_no_worker_may_start_the_page_itself_computes(page, golden, head):
    heard = ask(page(head), golden, [2, 5])
    assert (heard["place"], heard["failures"]) == ("page", [])
    assert is_right(golden, heard["answers"][-1])


@pytest.mark.parametrize("head", ["", NO_WORKER])
def test_what_a_network_refuses_is_said(page, golden, head):
    heard = ask(page(head), golden | {"network": golden["network"] | {"channels": 1}}, [0])
    assert heard["failures"] == ["the image has 3 channels; this network takes 1."]
