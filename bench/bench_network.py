"""Measure a network in plain JavaScript: `python bench/bench_network.py [runs]`.

Lecture 13's U-Net of width 8 and depth 4 on 64 × 96 pixels, in Node, in Chromium's page, and in a worker, there from
question to answer. The peer is the definition, `kit/network/plain.js`: the same convolutions on the same maps in plain
loops, run in turn with the fast ones. torch on one thread stands beside them. Processor time says what a run would take
on a core of its own; the clock is what a student waits.
Target in Chromium on a core that nothing else uses: median at most 60 ms.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

import segedu as se
from segedu.widgets.kit.compute import worker_source
from segedu.widgets.kit.network import export_network
from segedu.widgets.linker import scopes
from tests.widgets.lab_server import CHROMIUM_FLAGS

SIZE = (64, 96)
TARGET = 60.0  # ms
MEASURE = """
async function measure({ record, pixels, size, runs }) {
  const { openNetwork, floatsOf } = kit$network;
  const { convolvePlainly, transposePlainly } = kit$network$plain;
  const network = await openNetwork(record);
  const weights = floatsOf(new Uint16Array((await kit$packed.unpackBytes(record.weights)).buffer));
  const image = { data: Float32Array.from(pixels), channels: 3, height: size[0], width: size[1] };
  const convolutions = record.steps.filter(({ weight }) => weight !== undefined);
  const plainly = () => {
    for (const step of convolutions) {
      const convolve = step.operation === "convolution" ? convolvePlainly : transposePlainly;
      convolve(network.maps.get(step.inputs[0]), step, weights.subarray(step.weight), null);
    }
  };
  const timed = (work, times) => {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  };
  const times = { fast: [], plain: [] };
  for (let run = 0; run < runs + 3; run++) {
    timed(() => network.run(image), times.fast);
    if (run % 4 === 0) timed(plainly, times.plain);
  }
  globalThis.forward = () => network.run(image);
  return { fast: times.fast.slice(3), plain: times.plain.slice(1) };
}
"""
IN_NODE = """
measure(QUESTION).then((times) => {
  const start = process.cpuUsage();
  for (let run = 0; run < times.fast.length; run++) forward();
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify({ ...times, processor: (user + system) / 1000 / times.fast.length }));
});
"""
IN_A_WORKER = """
({ record, pixels, size, runs, source }) => new Promise((done) => {
  const image = { data: Float32Array.from(pixels), channels: 3, height: size[0], width: size[1] };
  const times = [];
  let start;
  const job = kit$compute.startCompute(source, record, {
    answer: () => {
      times.push(performance.now() - start);
      if (times.length === runs + 3) done(times.slice(3));
      else ask();
    },
  });
  const ask = () => {
    start = performance.now();
    job.ask({ image });
  };
  ask();
})
"""


def main(runs: int) -> None:
    """Measure in Node and in Chromium, where they are installed, and print a line each."""
    model = se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")
    image = se.Scenes(1, size=SIZE, split="val")[0]["image"].as_subclass(torch.Tensor)
    question = {"record": export_network(model), "pixels": image.flatten().tolist(), "size": SIZE, "runs": runs}
    macs = se.count_macs(model, (1, 3, *SIZE))
    print(f"U-Net of width 8, depth 4, on {SIZE[0]} × {SIZE[1]}: {macs / 1e6:.0f} million MACs")
    print(f"torch, one thread: median {statistics.median(torch_times(model, image, runs)):.1f} ms")
    in_node(question)
    in_chromium(question)


def torch_times(model: torch.nn.Module, image: torch.Tensor, runs: int) -> list[float]:
    """Return the milliseconds of each forward, the first three left out."""
    times = []
    with torch.no_grad():
        images = model.preprocessing(image[None])
        for _ in range(runs + 3):
            start = time.perf_counter()
            model(images)
            times.append(1000 * (time.perf_counter() - start))
    return times[3:]


def in_node(question: dict[str, Any]) -> None:
    """Measure in Node."""
    node = shutil.which("node")
    if node is None:
        print("node is not installed; install it to measure there")
        return
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bench.cjs"
        path.write_text(code() + IN_NODE.replace("QUESTION", json.dumps(question)), "utf-8")
        result = subprocess.run([node, str(path)], capture_output=True, text=True, check=True)
    report("Node", json.loads(result.stdout), None)


def in_chromium(question: dict[str, Any]) -> None:
    """Measure in a page of Chromium, and in a worker that the page asks."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed; install it to measure there")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.add_script_tag(content=code())
        times = page.evaluate("measure", question)
        report("Chromium", times | {"processor": processor_time(page, question["runs"])}, TARGET)
        job = {**question, "source": worker_source("kit/network/job.js")}
        times = page.evaluate(IN_A_WORKER, job)
        browser.close()
    print(f"Chromium, a worker: median {statistics.median(times):.1f} ms from question to answer, {len(times)} runs")


def processor_time(page: Any, runs: int) -> float:
    """Return the milliseconds of processor time that a forward takes of the page's thread."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds() -> float:
        metrics = protocol.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    before = seconds()
    page.evaluate("(runs) => { for (let run = 0; run < runs; run++) forward(); }", runs)
    return 1000 * (seconds() - before) / runs


def code() -> str:
    """Return the network's modules, the peer and what measures them, as one script."""
    return f"{scopes('kit/network.js', 'kit/network/plain.js', 'kit/compute.js')}\n{MEASURE}"


def report(where: str, times: dict[str, Any], target: float | None) -> None:
    """Print median and processor time, the ratio to plain loops, and whether the target is met."""
    fast, plain = statistics.median(times["fast"]), statistics.median(times["plain"])
    line = f"{where}: median {fast:.1f} ms, processor time {times['processor']:.1f} ms, {len(times['fast'])} runs"
    line += f", {plain / fast:.1f}× faster than plain loops ({plain:.0f} ms)"
    if target is not None:
        line += f", target {target:.0f} ms {'met' if fast <= target else 'MISSED'}"
    print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 60)
