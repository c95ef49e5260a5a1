"""What `segedu data audit` prints and draws: counts, class shares, problems, and the images that are in two splits."""

from pathlib import Path
from typing import Any

from segedu.data.audit import Audit, audit
from segedu.data.sets import SCENE_LENGTHS, dataset_class, load_dataset

SHOWN = 12  # problems of one kind that are printed, and pairs that are drawn


def run_audit(name: str, root: Path | None, out: Path | None) -> int:
    """Audit all splits of a data set, print what was found, draw it into `out`; return 1 if anything is wrong."""
    datasets = {split: load_dataset(name, split, root) for split in splits_of(name, root)}
    found = audit(datasets)
    print(report(name, found))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        print("Drawn: " + ", ".join(str(path) for path in draw(found, datasets, out)) + ".")
    return 1 if found.problems else 0


def splits_of(name: str, root: Path | None) -> list[str]:
    """Return the splits of a data set that are there; a split that is made of others (trainval) is left out."""
    known = list(SCENE_LENGTHS) if name == "scenes" else [s for s in dataset_class(name).splits if s != "trainval"]
    there = []
    for split in known:
        try:
            load_dataset(name, split, root)
            there.append(split)
        except FileNotFoundError:
            if split == known[-1] and not there:
                raise
    return there


def report(name: str, found: Audit) -> str:
    """Return the audit as text: a line a split, a table of the classes, the problems."""
    lines = [f"{name}: {len(found.classes)} classes"]
    for split, counts in found.splits.items():
        sizes = ", ".join(f"{h} × {w} ({count})" for (h, w), count in counts.sizes.most_common(3))
        more = f" and {len(counts.sizes) - 3} other sizes" if len(counts.sizes) > 3 else ""
        pixels = int(counts.pixels.sum()) + counts.void
        void = f", {counts.void / max(pixels, 1):.1%} void"
        lines.append(f"  {split:<6}{counts.images} images of {sizes}{more}{void}")
    return "\n".join([*lines, "", *class_table(found), "", *problem_lines(found)])


def class_table(found: Audit) -> list[str]:
    """Return the lines of a table: each class's share of the pixels, and how many images have it, by split."""
    width = max(map(len, (*found.classes, "class")))
    lines = [f"{'class':<{width}}" + "".join(f"  {split:>8}  images" for split in found.splits)]
    for label, title in enumerate(found.classes):
        cells = [
            f"  {float(counts.shares()[label]):>8.2%}  {int(counts.images_with[label]):>6}"
            for counts in found.splits.values()
        ]
        lines.append(f"{title:<{width}}" + "".join(cells))
    return lines


def problem_lines(found: Audit) -> list[str]:
    """Return the problems, kind by kind, the first dozen of each in full."""
    if not found.problems:
        return ["No problem found: all files read, all labels in range, no image in two splits or twice in one."]
    lines = []
    for kind in dict.fromkeys(problem.kind for problem in found.problems):
        texts = [problem.text for problem in found.problems if problem.kind == kind]
        lines.append(f"{len(texts)} × {kind}")
        lines += [f"  {text}" for text in texts[:SHOWN]]
        if len(texts) > SHOWN:
            lines.append(f"  and {len(texts) - SHOWN} more")
    return lines


def draw(found: Audit, datasets: dict[str, Any], out: Path) -> list[Path]:
    """Write classes.png, the class shares by split, and twice.png, the first pairs of images that are in two splits."""
    from segedu.viz import comparison_bars, show_row

    paths = [out / "classes.png"]
    shares = {split: (100 * counts.shares()).tolist() for split, counts in found.splits.items()}
    words = "; ".join(f"{split}: largest {max(values):.1f} %" for split, values in shares.items())
    comparison_bars(
        list(found.classes),
        shares,
        alt=f"Bars of the share of pixels of {len(found.classes)} classes in each split. {words}.",
        title="Each class's share of the labeled pixels",
        xlabel="share (%)",
        path=paths[0],
    )
    pairs = [problem for problem in found.problems if problem.kind == "twice" and problem.other][: SHOWN // 2]
    if pairs:
        paths.append(out / "twice.png")
        places = [place for pair in pairs if pair.other for place in ((pair.split, pair.index), pair.other)]
        show_row(
            [datasets[split][index]["image"] for split, index in places],
            [f"{split}: {found.splits[split].names[index]}" for split, index in places],
            alt="Pairs of images, each in two splits of the data set, side by side.",
            title="These images are in two splits",
            columns=2,
            path=paths[-1],
        )
    return paths
