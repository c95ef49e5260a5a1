"""Measure the explorers in JupyterLab, key press to painted frame: `python bench/bench_widgets.py [presses]`.

A real key goes to a focused slider; the clock runs from the key event's own time stamp to the first message after the
next frame's callbacks, when the frame with the new numbers is on its way to the screen. The peer is the usual way: an
ipywidgets slider whose callback redraws the same three grids with matplotlib; its clock stops one frame after the new
picture is in the page.
Targets for what is computed in the page: median at most 20 ms, 95th percentile at most 35 ms. No explorer asks Python
for a number while a slider moves, so the third target (60 ms) has nothing to measure.
"""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.widgets.lab_server import CHROMIUM_FLAGS, lab_server, open_notebook, write_notebook

MEDIAN_TARGET, TAIL_TARGET = 20.0, 35.0  # ms
PEER = """
import ipywidgets
import matplotlib.pyplot as plt
peer = se.explorers.ConvolutionExplorer(padding=1)
def redraw(position):
    peer.position = position
    figure = plt.figure(figsize=peer.figure_size)
    peer.draw(figure)
    plt.show()
ipywidgets.interact(redraw, position=(0, 34))
None
"""
LARGE = (
    "se.explorers.ConvolutionExplorer([[(3 * i + j) % 7 for j in range(24)] for i in range(24)], kernel=[[1] * 5] * 5)"
)
# (what, the cell that shows it, the labels of the sliders that are moved); each has a notebook of its own
MEASURED = [
    ("convolution", "se.explorers.ConvolutionExplorer(padding=1)", ("position", "stride")),
    ("convolution, dilation mode", "se.explorers.ConvolutionExplorer(padding=2, dilation=2)", ("position", "dilation")),
    ("convolution, 24 × 24 on canvas", LARGE, ("position",)),
    ("receptive-field", "se.explorers.ReceptiveFieldExplorer()", ("kernel",)),
    ("sliding-window", "se.explorers.SlidingWindowExplorer()", ("window", "stride")),
    ("network-cost", "se.explorers.NetworkCostExplorer()", ("layer", "layers")),
    ("gridding", "se.explorers.GriddingExplorer()", ("layers", "rate of layer 1")),
    ("upsampling", "se.explorers.UpsamplingExplorer()", ("output pixel", "factor")),
    ("transposed-convolution", "se.explorers.TransposedConvolutionExplorer()", ("input cell", "output cell", "stride")),
    ("metric lab", "se.explorers.MetricLab()", ("boundary F1: tolerance",)),
    ("loss", "se.explorers.LossExplorer()", ("p_o, at the object", "step")),
    ("loss on a photograph", "se.explorers.LossExplorer(subject='photograph')", ("share of the object",)),
    ("overlay", "se.explorers.OverlayViewer()", ("opacity", "mask")),
    ("likelihood", "se.explorers.LikelihoodExplorer()", ("w", "step of descent")),
    ("augmentation", "se.explorers.AugmentationLab(elastic=4.0, blur=1.0)", ("rotation", "brightness", "elastic")),
]
PEER_NAME = "ipywidgets slider and matplotlib (peer)"

NEXT_FRAME = """
(node) => {
  window.latencies = [];
  const painted = (start) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.latencies.push(performance.now() - start);
    channel.port2.postMessage(0);
  });
  node.addEventListener("keydown", (event) => painted(event.timeStamp), { capture: true });
}
"""
NEXT_PICTURE = """
(node) => {
  window.latencies = [];
  let start = null;
  node.addEventListener("keydown", (event) => { start = event.timeStamp; }, { capture: true });
  const painted = () => {
    if (start === null || !node.closest(".jp-OutputArea").querySelector("img")) return;
    const from = start;
    start = null;
    requestAnimationFrame(() => window.latencies.push(performance.now() - from));
  };
  new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    if (added.some((node) => node.tagName === "IMG" || node.querySelector?.("img"))) painted();
  }).observe(document.querySelector(".jp-Notebook"), { childList: true, subtree: true });
}
"""


def press(page: Any, control: Any, script: str, presses: int) -> list[float]:
    """Press right and left, each after the former was painted; return the latencies in ms, the first three left out."""
    control.evaluate(script)
    control.focus()
    for number in range(presses + 3):
        page.keyboard.press("ArrowLeft" if number % 4 in (2, 3) else "ArrowRight")
        page.wait_for_function("(count) => window.latencies.length > count", arg=number, timeout=20_000)
    return page.evaluate("window.latencies")[3:]


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(page: Any, sliders: tuple[str, ...], presses: int) -> dict[str, list[float]]:
    """Measure the sliders of the explorer that the page shows."""
    found = {}
    for label in sliders:
        control = page.locator(f'.segedu input[type=range][aria-label="{label}"]')
        if control.count() != 1:
            raise SystemExit(f"the explorer has {control.count()} sliders called {label!r}; mend MEASURED")
        found[label] = press(page, control, NEXT_FRAME, presses)
    return found


def main(presses: int) -> None:
    """Start JupyterLab, measure notebook by notebook, print one line each and the ratio to the peer."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed; install it to measure the widgets")
        return
    from playwright.sync_api import sync_playwright

    found = {}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "work").mkdir()
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        with lab_server(folder) as address:

            def opened(cell: str, shown: str) -> Any:
                write_notebook(folder / "work" / "bench.ipynb", [f"%matplotlib inline\nimport segedu as se\n{cell}"])
                page = browser.new_page(viewport={"width": 1300, "height": 1000})
                open_notebook(page, address, "bench.ipynb")
                page.wait_for_selector(shown, timeout=60_000, state="attached")
                page.wait_for_timeout(500)
                return page

            for what, cell, sliders in MEASURED:
                page = opened(cell, ".segedu .sg-slider")
                found |= {f"{what}: {label}": times for label, times in measure(page, sliders, presses).items()}
                page.close()
            page = opened(PEER, ".noUi-handle")
            found[PEER_NAME] = press(page, page.locator(".noUi-handle"), NEXT_PICTURE, max(10, presses // 4))
        browser.close()
    report(found)


def report(found: dict[str, list[float]]) -> None:
    """Print median and 95th percentile, the ratio to the peer, and whether the targets are met."""
    peer = statistics.median(found[PEER_NAME])
    for what, latencies in found.items():
        median, tail = statistics.median(latencies), percentile(latencies, 0.95)
        line = f"{what}: median {median:.1f} ms, 95 % within {tail:.1f} ms"
        line += f", {len(latencies)} presses"
        if what != PEER_NAME:
            met = median <= MEDIAN_TARGET and tail <= TAIL_TARGET
            line += f", {peer / median:.1f}× faster than the peer, "
            line += f"targets {MEDIAN_TARGET:.0f} and {TAIL_TARGET:.0f} ms {'met' if met else 'MISSED'}"
        print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 100)
