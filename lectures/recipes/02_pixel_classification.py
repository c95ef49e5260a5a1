"""Make what lecture 02 loads: five networks after equal steps, on scenes and on CamVid; and one along the dial.

python lectures/recipes/02_pixel_classification.py         # data/results/02_pixel_classification.json, about 6 minutes
python lectures/recipes/02_pixel_classification.py --long  # 02_longer.json: four times the steps on the scenes

Expected at the end: pair accuracy near 0.5 for the three networks of color alone, from 1.0 to 0.5 along the dial.
"""

import argparse
import functools
import statistics
from typing import Any

import torch

import segedu as se
from segedu.course.lecture_code import over_seeds, run, write_results

SEEDS = (0, 1, 2)
LOOK_ALIKES = (0.0, 0.5, 0.75, 0.9, 1.0)
STEPS, LONG = 200, 800


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its trainings: data, `trained`, `score`, `settings`, …"""
    return run("02", "data", "training", "score", "settings", **{"steps": STEPS, **parameters})


def measure(names: dict[str, Any], network: str, seed: int) -> dict[str, float]:
    """Train one network on the CPU and return its scores on the validation scenes."""
    model = names["trained"](names["settings"][network], seed, device="cpu", progress=False).model
    return names["score"](se.predict(model, names["images"], logits=True), names["maps"])


def measure_at(names: dict[str, Any], look_alikes: float, seed: int) -> float:
    """Train the color-only network on scenes with this setting of the dial and return its pair accuracy."""
    _, train_images, train_maps = names["stacked"]("train", 128, look_alikes=look_alikes)
    _, images, maps = names["stacked"]("val", 48, look_alikes=look_alikes)
    train = list(zip(train_images, train_maps, strict=True))
    model = names["trained"](names["color_net"], seed, train, device="cpu", progress=False).model
    return float(names["pair_accuracy"](se.predict(model, images, logits=True), maps, train_maps))


def row(names: dict[str, Any], network: str) -> dict[str, Any]:
    """Train one network with every seed; return field, costs, means and spread as a row of the table."""
    runs = [measure(names, network, seed) for seed in SEEDS]
    pairs = [run["pair accuracy"] for run in runs]
    means = {name: round(statistics.mean(run[name] for run in runs), 3) for name in runs[0]}
    return {"network": network, **costs(names, network), **means, **spread(pairs)}


def costs(names: dict[str, Any], network: str) -> dict[str, int]:
    """Return what a network sees and what it costs for one image."""
    model, size = names["settings"][network](), (1, *names["images"].shape[1:])
    field = se.ops.measured_receptive_field(model, size).size[0]
    return {"field": field, "parameters": se.count_parameters(model), "MACs": se.count_macs(model, size)}


def longer() -> None:
    """Train every network on the scenes with four times the steps, and write the table."""
    names, rows = lecture(steps=LONG), []
    for network in names["settings"]:
        measured = over_seeds(functools.partial(measure, names, network))
        rows.append({"network": network, **costs(names, network), **measured})
        print(rows[-1], flush=True)
    about = f"{LONG} steps of 8 scenes of 64 × 96, mean of seeds {SEEDS}, CPU, fp32"
    write_results("02_longer", {"about": about, "rows": rows})


def dial(names: dict[str, Any], look_alikes: float) -> dict[str, Any]:
    """Return the color-only network's pair accuracy at one setting of the dial, over all seeds."""
    pairs = [measure_at(names, look_alikes, seed) for seed in SEEDS]
    return {"look_alikes": look_alikes, "pair accuracy": round(statistics.mean(pairs), 3), **spread(pairs)}


def spread(pairs: list[float]) -> dict[str, Any]:
    """Return the standard deviation of the pair accuracies, and each of them."""
    return {"±": round(statistics.stdev(pairs), 3), "seeds": [round(pair, 4) for pair in pairs]}


def table(names: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of all networks, the baseline first."""
    most = int(names["train_maps"][names["train_maps"] != 255].bincount().argmax())
    matrix = se.ConfusionMatrix(len(names["classes"])).update(torch.full_like(names["maps"], most), names["maps"])
    scores = {"accuracy": round(matrix.pixel_accuracy(), 3), "mean IoU": round(matrix.mean_iou(), 3)}
    free = dict.fromkeys(("field", "parameters", "MACs"), 0)
    nothing = {"pair accuracy": 0.5, "±": 0.0, "seeds": []}
    rows = [{"network": f"all {names['classes'][most]}"} | free | scores | nothing]
    for network in names["settings"]:
        rows.append(row(names, network))
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Train everything and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--camvid", help="the folder of CamVid, where it isn't the one of `segedu data fetch`")
    parser.add_argument("--long", action="store_true", help="make the table of four times the steps instead")
    options = parser.parse_args()
    if options.long:
        longer()
        return
    names = lecture()
    results: dict[str, Any] = {"rows": table(names)}
    results["dials"] = [dial(names, look_alikes) for look_alikes in LOOK_ALIKES]
    results["camvid"] = table(lecture(dataset="camvid", root=options.camvid))
    of = f"mean and deviation of seeds {SEEDS}, CPU, fp32"
    about = {
        "about": f"{STEPS} steps of 8 scenes of 64 × 96, {of}",
        "about camvid": f"{STEPS} steps of 8 of 128 images of 64 × 96, {of}",
    }
    write_results("02_pixel_classification", about | results)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
