"""Attack runs that resume: kill them at random and in the worst moments, resume, compare with an undisturbed run.

python bench/attack_resume.py              # 30 kills, signals, other splits: some ten minutes on two cores
python bench/attack_resume.py --kills 6    # fewer kills

Compared bit for bit are weights, optimizer, history and step of the last checkpoint; not the seconds. A run that was
stopped by a signal validates where it stopped: that record is left out. With group norm a run may go on in other parts
or with another number of processes; gradients are then added up in another order, so the largest difference is shown.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

import segedu as se
from segedu.training import checkpoint as checkpoints
from segedu.training import distributed
from segedu.training import trainer as trainers
from segedu.training.reading import Content

STEPS, BATCH, VALIDATE = 30, 4, 6
SAVE_EVERY = 0.1  # seconds: so that a random moment often lies in a save
PATIENCE = 240.0  # seconds after which a process counts as hung

# What is done to a run: where it is hit, by what, in which of its processes. "number" counts saves and loaded images.
Attack = dict[str, Any]


class Scenes:
    """Some scenes, kept in memory, noisier each time they are loaded; tells `watch` of each."""

    num_classes = se.Scenes.num_classes

    def __init__(self, length: int, split: str, watch: Callable[[], None]) -> None:
        self.samples = list(se.Scenes(length, size=(32, 48), split=split))
        self.split = split
        self.watch = watch

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        self.watch()
        image, label_map = (self.samples[index][key].as_subclass(torch.Tensor) for key in ("image", "label_map"))
        noise = torch.rand(image.shape) if self.split == "train" else 0.0
        return image + 0.1 * noise, label_map


def work(path: Path, norm: str, micro_batch: int | None, attack: Attack) -> None:
    """Train to the end, or to where the attack ends it; going on from the checkpoint if there is one."""
    trainers.SAVE_EVERY = SAVE_EVERY
    hit = Hit(attack)
    with se.seeded(0):
        model = se.UNet(3, Scenes.num_classes, width=8, depth=2, norm=norm)
    train = Scenes(10, "train", lambda: hit.at("training"))
    val = Scenes(6, "val", lambda: hit.at("validation"))
    options: dict[str, Any] = {"steps": STEPS, "batch": BATCH, "micro_batch": micro_batch, "validate_every": VALIDATE}
    run = se.Trainer(model, train, val, checkpoint=path, resume=path.exists(), device="cpu", progress=False, **options)
    hit.arm()
    run.fit()


class Hit:
    """Sends the attack's signals to this process when its moment has come."""

    def __init__(self, attack: Attack) -> None:
        self.attack = attack
        self.seen: Counter[str] = Counter()

    def arm(self) -> None:
        """Lie in wait in this process, if it is the one to be hit."""
        if self.attack.get("rank", 0) not in (distributed.rank(), "both"):
            self.attack = {}
        if self.attack.get("place") == "random":
            timer = threading.Timer(self.attack["after"], self.strike)
            timer.daemon = True
            timer.start()
        self._watch_saves()

    def at(self, place: str) -> None:
        """Say that the run is at a place; the attack's number says at which time it strikes there."""
        self.seen[place] += 1
        if self.attack.get("place") == place and self.seen[place] == self.attack["number"]:
            self.strike()

    def strike(self) -> None:
        """Send the signals, by default one that nobody survives."""
        for name in self.attack.get("signals", ["SIGKILL"]):
            os.kill(os.getpid(), getattr(signal, name))
            time.sleep(0.02)

    def _watch_saves(self) -> None:
        """Tell of the middle of a file that is written, of its end, and of the gap between the two renames."""
        fsync, replace = os.fsync, os.replace

        def watched_open(file: Any, mode: str) -> Any:
            opened = open(file, mode)  # noqa: SIM115 - the trainer closes it
            if self.attack.get("place") == "half a file" and self.seen["half a file"] + 1 == self.attack["number"]:
                opened.write(b"PK half of a checkpoint" * 1000)
                opened.flush()
            self.at("half a file")
            return opened

        def watched_fsync(descriptor: int) -> None:
            fsync(descriptor)
            self.at("written, not moved")

        def watched_replace(source: Any, target: Any) -> None:
            replace(source, target)
            if str(target).endswith(".previous"):
                self.at("gap")

        checkpoints.open = watched_open  # type: ignore[attr-defined]
        os.fsync = watched_fsync  # type: ignore[assignment]
        os.replace = watched_replace  # type: ignore[assignment]


def launch(path: Path, norm: str, micro_batch: int | None, processes: int, attack: Attack) -> int:
    """Run `work` in a fork, or in processes of torchrun, and return the exit status; of a signal, minus its number."""
    with open(path.with_suffix(".log"), "a") as log:
        if processes == 1:
            return in_a_fork(lambda: work(path, norm, micro_batch, attack), log)
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        command += [__file__, "--work", str(path), norm, json.dumps([micro_batch, attack])]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        return subprocess.run(command, env=environment, stdout=log, stderr=log, timeout=PATIENCE).returncode


def in_a_fork(act: Callable[[], None], log: Any) -> int:
    """Act in a fork of this process, which spares importing torch, and return how it ended."""
    child = os.fork()
    if child == 0:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            act()
        except KeyboardInterrupt:
            os._exit(130)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def content(path: Path) -> Content:
    """Return a checkpoint without the clock."""
    return {key: value for key, value in se.load_checkpoint(path).items() if key != "seconds"}


def same(ours: Any, theirs: Any) -> bool:
    """Return whether two nests are equal to the bit."""
    if isinstance(ours, torch.Tensor):
        return torch.equal(ours, theirs)
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, (list, tuple)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return ours == theirs or (ours != ours and theirs != theirs)


def without_extra_records(run: Content, undisturbed: Content) -> Content:
    """Return a run's content without the validations that the undisturbed run hasn't, made where it was stopped."""
    steps = {record["step"] for record in undisturbed["history"]["validation"]}
    records = [record for record in run["history"]["validation"] if record["step"] in steps]
    return run | {"history": run["history"] | {"validation": records}}


def difference(run: Content, undisturbed: Content) -> str:
    """Return how far two runs are apart: in a weight, in a loss, in the last mean IoU."""
    weights = max(
        float((run["model"][key].double() - value.double()).abs().max()) for key, value in undisturbed["model"].items()
    )
    pairs = zip(run["history"]["loss"], undisturbed["history"]["loss"], strict=True)
    losses = max(abs(ours - theirs) for ours, theirs in pairs)
    scores = [each["history"]["validation"][-1]["mean_iou"] for each in (run, undisturbed)]
    return f"weights {weights:.1e}, losses {losses:.1e}, mIoU {abs(scores[0] - scores[1]):.4f}"


def attacks(kills: int, seconds: dict[int, float]) -> Iterator[tuple[str, int, Attack]]:
    """Give (name, processes, attack) of all attacks; `seconds` is how long an undisturbed fit takes by processes."""
    rng = random.Random(0)
    for number in range(kills):
        processes = 2 if number % 5 == 4 else 1
        after = rng.uniform(0.0, seconds[processes])
        rank = rng.choice([0, 1, "both"]) if processes == 2 else 0
        yield "kill -9, random moment", processes, {"place": "random", "after": after, "rank": rank}
    for place, numbers in (("half a file", (2, 4)), ("written, not moved", (1, 3)), ("gap", (1, 2, 3))):
        for number in numbers:
            yield f"kill -9, save: {place}", 1, {"place": place, "number": number}
    yield "kill -9, save: gap", 2, {"place": "gap", "number": 2}
    for number in (3, 10):
        yield "kill -9, validation", 1, {"place": "validation", "number": number}
    yield "kill -9, validation", 2, {"place": "validation", "number": 4, "rank": 1}
    for names in (["SIGTERM"], ["SIGINT"], ["SIGINT", "SIGINT"]):
        for processes in (1, 2):
            attack = {"place": "training", "number": 40, "signals": names, "rank": processes - 1}
            yield " ".join(names), processes, attack


def attack_all(folder: Path, kills: int) -> list[dict[str, Any]]:
    """Attack runs with batch norm, each of which goes on as it began; return a row for each."""
    undisturbed, seconds = {}, {}
    for processes in (1, 2):
        path = folder / f"undisturbed-{processes}.pt"
        assert launch(path, "batch", 2, processes, {}) == 0
        seconds[processes] = se.load_checkpoint(path)["seconds"]
        undisturbed[processes] = content(path)
    rows = []
    for number, (name, processes, attack) in enumerate(attacks(kills, seconds)):
        path = folder / f"attacked-{number}.pt"
        status = launch(path, "batch", 2, processes, attack)
        reached = se.load_checkpoint(path)["step"] if checkpoints.exists(path) else 0
        resumed = launch(path, "batch", 2, processes, {})
        equal = resumed == 0 and same(
            without_extra_records(content(path), undisturbed[processes]), undisturbed[processes]
        )
        left = sorted(file.name for file in folder.glob(f".attacked-{number}.pt.*"))
        rows.append(
            {"attack": name, "processes": processes, "status": status, "saved at step": reached, "equal": equal}
        )
        print(rows[-1], *left, flush=True)
    return rows


def split_all(folder: Path) -> list[dict[str, Any]]:
    """Let runs go on in other parts or processes: with group norm alike but for rounding, with batch norm refused."""
    rows = []
    for norm in ("group", "batch"):
        whole = folder / f"{norm}.pt"
        assert launch(whole, norm, BATCH, 1, {}) == 0
        for micro_batch, processes in ((1, 1), (2, 1), (2, 2), (1, 2)):
            path = folder / f"{norm}-{micro_batch}-{processes}.pt"
            launch(path, norm, BATCH, 1, {"place": "written, not moved", "number": 4})
            reached = se.load_checkpoint(path)["step"]
            status = launch(path, norm, micro_batch, processes, {})
            result = "refused: " + reason(path) if status else difference(content(path), content(whole))
            start = f"from step {reached} on in parts of {micro_batch} by {processes} process{'es' * (processes > 1)}"
            rows.append({"norm": norm, "resumed": start, "result": result})
            print(rows[-1], flush=True)
    return rows


def reason(path: Path) -> str:
    """Return the settings that the last error of a run's log names."""
    lines = [line for line in path.with_suffix(".log").read_text().splitlines() if "other settings: " in line]
    return lines[-1].split("other settings: ")[1].split(". ")[0] if lines else "another error"


def summary(rows: list[dict[str, Any]]) -> None:
    """Print how many trials of each attack ended equal."""
    trials: Counter[tuple[str, int]] = Counter((row["attack"], row["processes"]) for row in rows)
    equal: Counter[tuple[str, int]] = Counter((row["attack"], row["processes"]) for row in rows if row["equal"])
    print(f"\n{'attack':<36} processes  trials  equal to the bit")
    for (name, processes), count in trials.items():
        print(f"{name:<36} {processes:>9}  {count:>6}  {equal[name, processes]:>6}")


def main() -> None:
    """Attack, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30, help="random moments (default: 30)")
    parser.add_argument("--work", nargs=3, metavar=("PATH", "NORM", "JSON"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.work:
        path, norm, options = args.work
        with contextlib.suppress(KeyboardInterrupt):
            work(Path(path), norm, *json.loads(options))
        return
    with tempfile.TemporaryDirectory() as folder:
        summary(attack_all(Path(folder), args.kills))
        print("\ngoing on in other parts or processes, against an undisturbed run in one part by one process")
        for row in split_all(Path(folder)):
            print(f"{row['norm']} norm, {row['resumed']}: {row['result']}")


if __name__ == "__main__":
    main()
