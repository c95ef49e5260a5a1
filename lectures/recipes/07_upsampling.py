"""Make what lecture 07 loads: one small coarse network, and its tables over three seeds, with the lecture's own code.

python lectures/recipes/07_upsampling.py           # all of it: about 5 minutes on one CPU core
python lectures/recipes/07_upsampling.py weights   # data/weights/coarse_stride_8.safetensors
python lectures/recipes/07_upsampling.py tables    # data/results/07_upsampling.json
python lectures/recipes/07_upsampling.py longer    # data/results/07_longer.json: four times the steps, 16 minutes
python lectures/recipes/07_upsampling.py camvid    # its rows on real streets, where `segedu data fetch` has put them
"""

import functools
import json
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn

import segedu as se
from segedu.course.lecture_code import over_runs, over_seeds, run, write_results
from segedu.training.weights import save_weights

ROOT = Path(__file__).resolve().parents[2]
SEEDS, STEPS, LONG = (0, 1, 2), 250, 1000
SCORES = ("mean IoU", "boundary F1", "thin IoU")
IMAGE = (1, 3, 64, 96)


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture's cells define: data, networks, `trained`, `score`, `methods`, …"""
    parts = "data", "network", "score", "stitched", "bring-up", "up-and-down", ("lab", "images")
    return run("07", *parts, **{"steps": STEPS, **parameters})


def train(names: dict[str, Any], kind: str, seed: int, *arguments: Any) -> nn.Module:
    """Train a network of the lecture on the CPU; its random weights depend on the seed alone."""
    with se.seeded(seed):
        network = names[kind](*arguments)
    return names["trained"](network, seed=seed, device="cpu", progress=False).model


def summary(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return mean and standard deviation of each score."""
    means = {key: round(statistics.mean(run[key] for run in runs), 4) for key in SCORES}
    return means | {f"± {key}": round(statistics.stdev(run[key] for run in runs), 4) for key in SCORES}


@torch.no_grad()
def ways_back(names: dict[str, Any], network: nn.Module) -> dict[str, dict[str, float]]:
    """Return the scores of one network's logits, brought back in each way."""
    images, size = names["images"], names["images"].shape[2:]
    logits = network.encoder(network.preprocessing(images))
    found = {name: names["score"](method(logits, size)) for name, method in names["methods"].items()}
    return found | {"shift and stitch": names["score"](names["stitched"](network, images).argmax(1))}


def costs(network: nn.Module) -> dict[str, int]:
    """Return parameters, MACs for one image, and the pixels that a pixel of the network's map sees."""
    side = 192  # larger than every field here
    phases = range(side // 2, side // 2 + 8)  # the field depends on the place inside a cell; the largest counts
    fields = [se.ops.measured_receptive_field(network, (1, 3, side, side), (p, p)).size[0] for p in phases]
    macs = se.count_macs(network, IMAGE)
    return {"parameters": se.count_parameters(network), "MACs": macs, "receptive field": max(fields)}


def costs_of_way(names: dict[str, Any], stride: int, way: str) -> dict[str, int]:
    """Return what the encoder costs with its way back; looking again costs what the dilated twin costs."""
    network = names["Coarse"](stride, len(names["classes"])).encoder
    cells = {"labels copied": 1, "logits, bicubic": 4}.get(way, 2)  # side by side, of which a pixel is made
    reach = (cells - 1) * stride
    if way == "shift and stitch":
        network, reach = se.ops.strided_to_dilated(network, 1), 1
    field = se.receptive_field(network).size[0] + reach
    macs = se.count_macs(network, IMAGE)
    return {"parameters": se.count_parameters(network), "MACs": macs, "receptive field": field}


def coarse_tables(names: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the ways back for strides 8 and 4, and `align_corners` in training against the test at stride 8."""
    runs = {
        (stride, corners): [
            ways_back(names, train(names, "Coarse", seed, stride, len(names["classes"]), corners)) for seed in SEEDS
        ]
        for stride, corners in ((8, False), (8, True), (4, False))
    }
    ways = []
    for stride in (8, 4):
        for way in runs[stride, False][0]:
            scores = summary([run[way] for run in runs[stride, False]])
            ways.append({"stride": stride, "way back": way, **scores, **costs_of_way(names, stride, way)})
    names_of = {False: "logits, bilinear", True: "logits, bilinear, align_corners"}
    corners = [
        {"align_corners in training": trained, "in the test": tested, **summary([run[way] for run in runs[8, trained]])}
        for trained in (False, True)
        for tested, way in names_of.items()
    ]
    return {"ways": ways, "corners": corners}


def decoder_table(names: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the scores of networks that go down and up, one row for each way up."""
    rows = []
    for way in names["ways_up"]:
        networks = [train(names, "UpAndDown", seed, way, len(names["classes"])) for seed in SEEDS]
        runs = [names["score"]([se.predict(network, image) for image in names["images"]]) for network in networks]
        rows.append({"way up": way, **summary(runs), **costs(networks[0])})
        print(rows[-1], flush=True)
    return rows


def tables() -> None:
    """Train everything and write the tables."""
    names = lecture()
    about = f"{STEPS} steps of 8 scenes of 64 × 96, mean and deviation of seeds {SEEDS}, CPU, fp32"
    found = {"about": about, "steps": STEPS, **coarse_tables(names), "decoders": decoder_table(names)}
    show(found["ways"] + found["corners"])
    write_results("07_upsampling", stored() | found)


def longer() -> None:
    """Train with four times the steps; write the ways back at two strides, and the ways up."""
    names = lecture(steps=LONG)
    ways, decoders = [], []
    for stride in (8, 4):
        networks = [train(names, "Coarse", seed, stride, len(names["classes"])) for seed in SEEDS]
        runs = [ways_back(names, network) for network in networks]
        for way in runs[0]:
            scores = over_runs([run[way] for run in runs])
            ways.append({"stride": stride, "way back": way, **scores, **costs_of_way(names, stride, way)})
        show(ways)
    for way in names["ways_up"]:
        scores = over_seeds(functools.partial(decoder_scores, names, way))
        decoders.append({"way up": way, **scores, **costs(names["UpAndDown"](way, len(names["classes"])))})
        print(decoders[-1], flush=True)
    about = f"{LONG:,} steps of 8 scenes of 64 × 96, mean of seeds {SEEDS}, CPU, fp32"
    write_results("07_longer", {"about": about, "ways": ways, "decoders": decoders})


def decoder_scores(names: dict[str, Any], way: str, seed: int) -> dict[str, float]:
    """Train a network that goes up in one way and return its scores."""
    network = train(names, "UpAndDown", seed, way, len(names["classes"]))
    return names["score"]([se.predict(network, image) for image in names["images"]])


def stored() -> dict[str, Any]:
    """Return the tables as they are stored."""
    return json.loads(se.shipped("results/07_upsampling.json").read_text(encoding="utf-8"))


def camvid(root: str | None = None) -> None:
    """Train the coarse network on real streets and write the rows of its ways back."""
    names = lecture(dataset="camvid", root=root)
    runs = [ways_back(names, train(names, "Coarse", seed, 8, len(names["classes"]), False)) for seed in SEEDS]
    rows = [{"way back": way, **summary([run[way] for run in runs])} for way in runs[0]]
    about = f"CamVid, {STEPS} steps of 8 images of 64 × 96, stride 8, mean and deviation of seeds {SEEDS}, CPU, fp32"
    show(rows)
    write_results("07_upsampling", stored() | {"camvid": {"about": about, "rows": rows}})


def show(rows: Iterable[dict[str, Any]]) -> None:
    """Print rows, one a line."""
    for row in rows:
        print(row, flush=True)


def weights() -> None:
    """Train the network of the goal for longer and write its weights."""
    names = lecture(steps=LONG)
    network = train(names, "Coarse", 0, 8, len(names["classes"]))
    save_weights(network, ROOT / "data" / "weights" / "coarse_stride_8.safetensors")
    show({"way back": way, **scores} for way, scores in ways_back(names, network).items())


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = {"weights": weights, "tables": tables, "camvid": camvid, "longer": longer}
    for part in sys.argv[1:] or ("weights", "tables", "camvid"):
        parts[part]()
