"""Make what lecture 05 loads, with the lecture's own code: a classifier, the ablation, three small networks.

python lectures/recipes/05_full_resolution.py               # all: about 7 minutes on one CPU core
python lectures/recipes/05_full_resolution.py classifier    # data/weights/05_classifier.safetensors
python lectures/recipes/05_full_resolution.py ablation      # data/results/05_ablation.json, three data/weights
python lectures/recipes/05_full_resolution.py longer        # data/results/05_longer.json: 1,200 steps, 20 minutes
python lectures/recipes/05_full_resolution.py camvid ROOT   # data/results/05_camvid.json: streets in ROOT, 3 minutes

Expected: of the networks with equal MACs the coarser ones see further; with every seed, two strides reach the highest
mean IoU of the towers after 300 steps, and one stride after 1,200; the one that goes down and comes up is ahead of all.
"""

import functools
import statistics
import sys
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import segedu as se
from segedu.course.lecture_code import over_seeds, run, write_results
from segedu.training.weights import save_weights

ROOT = Path(__file__).resolve().parents[2]
SEEDS, STEPS, LONG = (0, 1, 2), 300, 1200
CLASSIFIER_STEPS, CROPS = 800, 96  # crops of a step
SHIPPED = {"full": "05_full", "down: two": "05_down", "down and up": "05_down_and_up"}  # setting → weights of seed 0


def lecture() -> dict[str, Any]:
    """Return the names that the lecture defines for its experiment: `train`, `val`, `settings`, `score`, …"""
    return run("05", "data", ("autograd", "kept_for_backward"), "down-and-up", "settings", "score")


def train(names: dict[str, Any], setting: str, seed: int, steps: int = STEPS) -> se.Trainer:
    """Train one network on the CPU; the seed decides its first weights and the order of the images."""
    with se.seeded(seed):
        model = names["settings"][setting]()
    return se.fit(model, names["train"], steps=steps, lr=1e-2, seed=seed, device="cpu", progress=False)


def row(names: dict[str, Any], setting: str) -> dict[str, Any]:
    """Train one network with every seed; return means, spread, each seed's mean IoU and the costs."""
    runs = []
    for seed in SEEDS:
        trainer = train(names, setting, seed)
        runs.append(names["score"](trainer.evaluate(names["val"])))
        if seed == SEEDS[0] and setting in SHIPPED:
            save_weights(trainer.model, ROOT / "data" / "weights" / f"{SHIPPED[setting]}.safetensors")
    network = names["settings"][setting]()
    means = {key: round(statistics.mean(run[key] for run in runs), 3) for key in runs[0]}
    return {
        "network": setting,
        **means,
        "±": round(statistics.stdev(run["mean IoU"] for run in runs), 3),
        "seeds": [round(run["mean IoU"], 3) for run in runs],
        **costs(names, network),
    }


def costs(names: dict[str, Any], network: nn.Module) -> dict[str, int]:
    """Return what a network sees and what it costs for one image, counted in the same way for all."""
    images = torch.rand(names["shape"])
    return {
        "field": field(network),
        "parameters": se.count_parameters(network),
        "MACs": se.count_macs(network, names["shape"]),
        "kept (bytes)": names["kept_for_backward"](network.train(), images),
    }


def field(network: nn.Module) -> int:
    """Return the side of the field of one value of the logits, upsampling included, where it is largest."""
    places = range(76, 84)  # all places inside of a coarse cell
    return max(max(se.ops.measured_receptive_field(network, (1, 3, 160, 160), (p, p)).size) for p in places)


def balanced_crops(images: Tensor, labels: Tensor, middles: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Return crops (CROPS, 3, 22, 30) and the classes of their middle pixels; every class counts the same.

    `middles` holds for each class the (image, top, left) of all crops whose middle pixel is of this class.
    """
    known = [c for c in range(len(middles)) if len(middles[c])]
    chosen = [known[k] for k in torch.randint(len(known), (CROPS,)).tolist()]
    places = [middles[c][torch.randint(len(middles[c]), ()).item()].tolist() for c in chosen]
    return torch.stack([images[n, :, y : y + 22, x : x + 30] for n, y, x in places]), torch.tensor(chosen)


def classifier() -> None:
    """Train the classifier of crops on crops of the training scenes, and write its weights."""
    names = run("05", "data", ("classifier", "crop_classifier"), ("classifier", "ready"))
    images = torch.cat([names["ready"](sample) for sample in names["train"]])
    labels = torch.stack([sample["label_map"].as_subclass(Tensor) for sample in names["train"]])
    middles = [(labels[:, 11:-11, 15:-15] == c).nonzero() for c in range(len(names["classes"]))]
    with se.seeded(0):
        model = names["crop_classifier"]()
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, CLASSIFIER_STEPS)
        for _ in range(CLASSIFIER_STEPS):
            crops, answers = balanced_crops(images, labels, middles)
            loss = F.cross_entropy(model(crops), answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    save_weights(model.eval(), ROOT / "data" / "weights" / "05_classifier.safetensors")
    print(f"loss of the last {CROPS} crops: {loss.item():.2f}", flush=True)


def ablation() -> None:
    """Train every setting with every seed, and write the table and the weights of three networks."""
    names, rows = lecture(), []
    for setting in names["settings"]:
        rows.append(row(names, setting))
        print(rows[-1], flush=True)
    height, width = names["shape"][2:]
    about = f"{STEPS} steps of 8 scenes of {height} × {width}, mean and deviation of seeds {SEEDS}, CPU, fp32"
    write_results("05_ablation", {"about": about, "rows": rows})


def measure(names: dict[str, Any], setting: str, steps: int, seed: int) -> dict[str, float]:
    """Train one network and return its scores on the validation images."""
    return names["score"](train(names, setting, seed, steps).evaluate(names["val"]))


def longer() -> None:
    """Train every setting with four times the steps and write the table."""
    names, rows = lecture(), []
    for setting, build in names["settings"].items():
        measured = over_seeds(functools.partial(measure, names, setting, LONG))
        rows.append({"network": setting, **measured, **costs(names, build())})
        print(rows[-1], flush=True)
    height, width = names["shape"][2:]
    about = f"{LONG:,} steps of 8 scenes of {height} × {width}, mean of seeds {SEEDS}, CPU, fp32"
    write_results("05_longer", {"about": about, "rows": rows})


def camvid(root: str | None = None) -> None:
    """Train three settings on real streets and write the table, with the baseline that says one class everywhere."""
    names = lecture()
    names["train"], names["val"], names["classes"], _ = names["load"]("camvid", root)
    number = len(names["classes"])
    towers = {
        name: functools.partial(names["tower"], *plan, num_classes=number) for name, plan in names["plans"].items()
    }
    names["settings"] = {**towers, "down and up": functools.partial(names["DownAndUp"], number)}
    rows = [constant(names)]
    for setting in names["settings"]:
        rows.append({"network": setting, **over_seeds(functools.partial(measure, names, setting, STEPS))})
        print(rows[-1], flush=True)
    images = f"{len(names['train'])} training and {len(names['val'])} validation images of 64 × 96"
    about = f"CamVid, {images}, {STEPS} steps of 8, mean of seeds {SEEDS}, CPU, fp32"
    write_results("05_camvid", {"about": about, "rows": rows})


def constant(names: dict[str, Any]) -> dict[str, Any]:
    """Return the scores of the class with the most training pixels, everywhere."""
    labels = torch.stack([sample["label_map"].as_subclass(Tensor) for sample in names["train"]])
    most = int(labels[labels < len(names["classes"])].bincount().argmax())
    matrix = se.ConfusionMatrix(len(names["classes"]))
    for sample in names["val"]:
        matrix.update(torch.full_like(sample["label_map"], most), sample["label_map"])
    scores = {name: round(value, 3) for name, value in names["score"](matrix).items()}
    return {"network": f"all {names['classes'][most]}", **scores, "seconds": 0, "seeds": {}}


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = {"classifier": classifier, "ablation": ablation, "longer": longer}
    match sys.argv[1:]:
        case ["camvid", *root]:
            camvid(*root)
        case chosen:
            for part in chosen or ("classifier", "ablation"):
                parts[part]()
