"""Make the tables that lecture 08 loads, three seeds each, with the lecture's own code.

python lectures/recipes/08_transposed_convolution.py           # both of scenes: about 10 minutes on one CPU core
python lectures/recipes/08_transposed_convolution.py ablation  # data/results/08_ablation.json: eight decoders
python lectures/recipes/08_transposed_convolution.py longer    # data/results/08_longer.json: 800 steps, 8 minutes
python lectures/recipes/08_transposed_convolution.py camvid ROOT  # data/results/08_camvid.json: real streets, in ROOT
"""

import functools
import statistics
import sys
from typing import Any

import torch

import segedu as se
from segedu.course.lecture_code import over_seeds, run, write_results

SEEDS = (0, 1, 2)
STEPS = 200
ON_STREETS = ("bilinear, nothing learned", "transposed 3 × 3", "resize, then 3 × 3")
CELLS = ("data", "network", "block", "lab-decoders", ("score", "grid_share", "score"), "ablation-decoders")


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its training: `train`, `val`, `trained`, `score`, `decoders`, …"""
    return run("08", *CELLS, **{"steps": STEPS, **parameters})


def measure(names: dict[str, Any], decoder: Any, seed: int) -> dict[str, float]:
    """Train one decoder on the CPU and return its scores on the validation scenes."""
    return names["score"](names["trained"](decoder, seed=seed, device="cpu", progress=False))


def row(names: dict[str, Any], title: str) -> dict[str, Any]:
    """Train one decoder with every seed; return mean, spread and costs as a row of the table."""
    runs = [measure(names, names["decoders"][title], seed) for seed in SEEDS]
    means = {key: round(statistics.mean(run[key] for run in runs), 4) for key in runs[0]}
    spreads = {f"± {key}": round(statistics.stdev(run[key] for run in runs), 4) for key in runs[0]}
    row = {"decoder": title, **means, **spreads, **costs(names, title)}
    print(row, flush=True)
    return row


def costs(names: dict[str, Any], title: str) -> dict[str, int]:
    """Return a decoder's parameters and MACs, and the pixels that a pixel of the whole network's map sees."""
    decoder, side = names["decoders"][title](24, len(names["classes"])), 160  # larger than every field here
    network = names["network"](names["decoders"][title])
    phases = range(side // 2, side // 2 + 4)  # the field depends on the place inside a cell; the largest counts
    fields = [se.ops.measured_receptive_field(network, (1, 3, side, side), (p, p)).size[0] for p in phases]
    macs = se.count_macs(decoder, (1, 24, 16, 24))
    return {"parameters": se.count_parameters(decoder), "MACs": macs, "receptive field": max(fields)}


def write(part: str, steps: int, rows: list[dict[str, Any]], over: str) -> None:
    """Write a table of results with a sentence on how it was made."""
    about = f"{steps} steps of 8 scenes of 64 × 96, {over} of seeds {SEEDS}, CPU, fp32"
    write_results(f"08_{part}", {"about": about, "rows": rows})


def camvid(root: str | None = None) -> None:
    """Train three decoders on real streets and write their table; `segedu data fetch` fetches them."""
    names = lecture(dataset="camvid", root=root, steps=4 * STEPS)
    rows = [long_row(names, title) for title in ON_STREETS] + trivial_rows(names)
    about = f"CamVid, {4 * STEPS} steps of 8 images of 64 × 96, mean of seeds {SEEDS}, CPU, fp32"
    write_results("08_camvid", {"about": about, "rows": rows})


def trivial_rows(names: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of maps that see no image: the training labels' most frequent class, everywhere or by place."""
    train, val = (
        torch.stack([s["label_map"].as_subclass(torch.Tensor) for s in names[part]]) for part in ("train", "val")
    )
    count = len(names["classes"])
    votes = torch.stack([(train == label).sum(dim=0) for label in range(count)])  # (classes, H, W)
    everywhere = votes.sum(dim=(1, 2)).argmax().expand_as(votes[0])
    maps = {"most frequent class": everywhere, "most frequent class at each place": votes.argmax(dim=0)}
    rows = []
    for title, labels in maps.items():
        iou, boundary = se.ConfusionMatrix(count), se.BoundaryF1(count, tolerance=1)
        for target in val:
            iou.update(labels, target)
            boundary.update(labels, target)
        scores = {"mean IoU": round(iou.mean_iou(), 4), "boundary F1": round(boundary.mean_f1(), 4), "grid (%)": None}
        costs = {"seconds": None, "parameters": 0, "MACs": 0, "receptive field": None}
        rows.append({"decoder": title, **scores, **costs})
    return rows


def long_row(names: dict[str, Any], title: str) -> dict[str, Any]:
    """Train one decoder with every seed; return means, each seed's scores and the time."""
    scores = over_seeds(functools.partial(measure, names, names["decoders"][title]), SEEDS, 4)
    row = {"decoder": title, **scores, **costs(names, title)}
    print(row, flush=True)
    return row


def main(parts: list[str]) -> None:
    """Train everything and write the tables."""
    if "ablation" in parts:
        names = lecture()
        write("ablation", names["steps"], [row(names, title) for title in names["decoders"]], "mean and deviation")
    if "camvid" in parts:
        camvid(*parts[1:])
    if "longer" in parts:
        names = lecture(steps=4 * STEPS)
        write("longer", names["steps"], [long_row(names, title) for title in names["decoders"]], "mean")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1:] or ["ablation", "longer"])
