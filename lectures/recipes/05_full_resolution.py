"""Make what lecture 05 loads, with the lecture's own code: a classifier, the ablation, three small networks.

python lectures/recipes/05_full_resolution.py               # all: about 7 minutes on one CPU core
python lectures/recipes/05_full_resolution.py classifier    # data/weights/05_classifier.safetensors
python lectures/recipes/05_full_resolution.py ablation      # data/results/05_ablation.json, three data/weights

Expected: of the networks with equal MACs the coarser ones see further, and two strides reach the highest mean IoU of
the towers, with every seed; the one that goes down and comes up is ahead of all.
"""

import statistics
import sys
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import segedu as se
from segedu.course.lecture_code import run, write_results
from segedu.training.weights import save_weights

ROOT = Path(__file__).resolve().parents[2]
SEEDS, STEPS = (0, 1, 2), 300
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


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = {"classifier": classifier, "ablation": ablation}
    for part in sys.argv[1:] or parts:
        parts[part]()
