"""Make the table of real images that lecture 09 loads, with the lecture's own networks, methods and intervals.

python lectures/recipes/09_metrics.py ROOT     # data/results/09_metrics.json: two minutes of one CPU core

ROOT holds the data sets' folders, `oxford_pets` and `camvid`.
"""

import sys
from pathlib import Path
from typing import Any

import torch

from segedu.course.lecture_code import run, write_results

STEPS = 200
FOLDERS = {"pets": "oxford_pets", "camvid": "camvid"}


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture's lab defines: data, networks, methods, results."""
    parameters = {"steps": STEPS, **parameters}
    return run("09", "models", "methods", **parameters)


def row(dataset: str, root: Path) -> dict[str, Any]:
    """Train both networks on a data set and return the scores of the methods, and the mirror's lead."""
    names = lecture(dataset=dataset, root=str(root))
    results = list(names["results"].values())
    constant, blind, unet, mirrored = (result.interval().score for result in results)
    lead = results[3].difference(results[2])
    return {
        "data set": dataset,
        "images": len(names["images"]),
        "most frequent class": round(constant, 3),
        "no skips": round(blind, 3),
        "U-Net": round(unet, 3),
        "with mirror": round(mirrored, 3),
        "mirror's lead (95 %)": f"{lead.score:+.3f}, from {lead.low:+.3f} to {lead.high:+.3f}",
    }


def main(root: Path) -> None:
    """Make a row for each data set and write the table."""
    rows = []
    for dataset, folder in FOLDERS.items():
        rows.append(row(dataset, root / folder))
        print(rows[-1], flush=True)
    about = f"mean IoU on validation images of 64 × 96, {STEPS} steps of 8 images, seed 0, CPU, fp32"
    write_results("09_metrics", {"about": about, "rows": rows})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
