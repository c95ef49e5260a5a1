"""Make what lecture 01 loads: how often regions are things, and its methods and tables on two real data sets.

python lectures/recipes/01_segmentation.py     # data/results/01_segmentation.json, about 5 minutes of processor time

Expected at the end: of two things or more, 37 % are counted right; on both real sets the network is far above color
alone; on streets in another light the row has more pixels right than the color, in the same light the color.
"""

import argparse
import statistics
from typing import Any

import torch

import segedu as se
from segedu.course.lecture_code import run, write_results

SEEDS = (0, 1, 2)
NAMES = {"camvid": "CamVid", "pets": "Oxford Pets"}
ABOUT_DRIVES = "CamVid's frames of 64 × 96, tables of one pixel's row or color, no network"
FOLDERS = {"camvid": "camvid", "pets": "oxford_pets"}


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture's lab and ablation define, without the network."""
    scores = ("results", "measured")
    return run(
        "01", "lab-data", "table-method", "methods", scores, "features", ("ablation", "kinds", "row"), **parameters
    )


def counts(seed: int = 0) -> list[dict[str, Any]]:
    """Compare the number of regions with the number of things, for each class in each of 48 scenes."""
    count_regions = run("01", "spread", "exercise-count-regions")["count_regions"]
    data = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, seed=seed)
    pairs = []  # (things, regions) of one class in one scene
    for sample in (data[index] for index in range(48)):
        for label in sample["labels"].unique():
            things = int((sample["labels"] == label).sum())
            pairs.append((things, count_regions(sample["label_map"] == label)))
    there, found = torch.tensor(pairs).T
    cases = {"all": there > 0, "one thing": there == 1, "two or more things": there > 1}
    return [
        {"cases": name, "number": int(chosen.sum())} | compared(there[chosen], found[chosen])
        for name, chosen in cases.items()
    ]


def compared(there: torch.Tensor, found: torch.Tensor) -> dict[str, float]:
    """Return which shares of the numbers found are right, too small, too large; and how many one answer has right."""
    tests = {"right": found == there, "too few": found < there, "too many": found > there}
    tests["right by one number for all"] = there == there.mode().values
    return {name: round(test.float().mean().item(), 4) for name, test in tests.items()}


def methods(names: dict[str, Any], dataset: str) -> list[dict[str, Any]]:
    """Return a row for each method; the network's is the mean of all seeds, with the least and the greatest."""
    rows = [{"method": method} | names["measured"](guess) for method, guess in names["guesses"].items()]
    runs = []
    for seed in SEEDS:
        network = names["fitted"](seed)
        runs.append(names["measured"](torch.stack([se.predict(network, image) for image in names["images"]])))
    means = {key: statistics.mean(scores[key] for scores in runs) for key in runs[0]}
    ious = [scores["mean IoU"] for scores in runs]
    rows.append({"method": "network"} | means)
    rounded = [
        {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()} for row in rows
    ]
    spread = [f"{min(ious):.3f} to {max(ious):.3f}"]
    return [
        {"data set": NAMES[dataset]} | row | {"seeds' mean IoU": seeds}
        for row, seeds in zip(rounded, [None, None, *spread], strict=True)
    ]


def tables(names: dict[str, Any], dataset: str) -> list[dict[str, Any]]:
    """Return a row for each table of single pixels."""
    rows = [names["row"](kind) for kind in names["kinds"]]
    return [
        {"data set": NAMES[dataset]} | row | {key: round(row[key], 3) for key in ("accuracy", "mean IoU")}
        for row in rows
    ]


def drives(names: dict[str, Any]) -> list[dict[str, Any]]:
    """Return how color alone and row alone fare on streets in the same light, in another, and with all frames."""
    first, validation = ((names[f"{of}images"], names[f"{of}maps"]) for of in ("train_", ""))
    samples = [names["data"]["train"][index] for index in range(len(names["data"]["train"]))]
    everything = [torch.stack([sample[key] for sample in samples]) for key in ("image", "label_map")]
    halves = [[part[start::2] for part in first] for start in (0, 1)]
    number = len(first[0])
    cases = (
        (f"every second of the first {number}", "the others of these", *halves),
        (f"the first {number}", "validation", first, validation),
        (f"all {len(samples)}", "validation", everything, validation),
    )
    building, road = (names["classes"].index(name) for name in ("building", "road"))
    rows = []
    for learned_from, tested_on, train, (images, maps) in cases:
        row = {"learned from": learned_from, "tested on": tested_on, "brightness learned": train[0].mean().item()}
        row["brightness tested"] = images.mean().item()
        for kind in ("row", "color"):
            learned = names["learn"](names["features"](train[0], kind), train[1])
            guess = learned[names["code"](names["features"](images, kind))]
            matrix = se.ConfusionMatrix(len(names["classes"])).update(guess, maps)
            row[f"accuracy of {kind}"] = matrix.pixel_accuracy()
        row["road called building by color"] = (guess[maps == road] == building).float().mean().item()
        rows.append({key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()})
    return rows


def main() -> None:
    """Measure everything on both data sets and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", help="the folder that holds camvid and oxford_pets")
    arguments = parser.parse_args()
    results: dict[str, Any] = {"methods": [], "tables": []}
    for dataset, folder in FOLDERS.items():
        root = f"{arguments.root}/{folder}" if arguments.root else None
        names = lecture(dataset=dataset, root=root)
        if names["data"]["val"].name != dataset:
            raise SystemExit(
                f"{NAMES[dataset]} isn't there; fetch it with `segedu data fetch {dataset}`, or give --root."
            )
        results["methods"] += methods(names, dataset)
        results["tables"] += tables(names, dataset)
        if dataset == "camvid":
            results["drives"] = drives(names)
        print(results["methods"][-3:], results["tables"][-5:], sep="\n", flush=True)
    about = (
        "200 training and 48 validation images of 64 × 96; the network: a U-Net after 300 steps of 8 images, mean of "
        f"seeds {SEEDS}, CPU, fp32"
    )
    about_counts = "48 validation scenes of 64 × 96, thin wires of 2 pixels, seed 0"
    about_all = {"about": about, "about counts": about_counts, "about drives": ABOUT_DRIVES}
    write_results("01_segmentation", {**about_all, "counts": counts(), **results})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
