"""What the trainer costs beside a bare loop: the same U-Net on the same scenes, in turns, on one CPU thread.

python bench/bench_trainer.py
"""

import contextlib
import io
import statistics
import time
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import nn

import segedu as se

BATCH, STEPS, ROUNDS = 8, 30, 5
BOUND = 1.03


def bare_loop(model: nn.Module, dataset: list) -> Callable[[], None]:
    """Return a function that takes `STEPS` steps with torch alone: no seeds, checks, progress or saving."""
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    batches = endless_batches(dataset)

    def take_steps() -> None:
        model.train()
        for _ in range(STEPS):
            images, targets = next(batches)
            optimizer.zero_grad()
            logits = model(((images - 0.5) / 0.25).contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits, targets, ignore_index=255)
            loss.backward()
            optimizer.step()
            loss.item()

    return take_steps


def endless_batches(dataset: list) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield shuffled batches for ever."""
    while True:
        order = torch.randperm(len(dataset)).tolist()
        for start in range(0, len(order) - BATCH + 1, BATCH):
            samples = [dataset[index] for index in order[start : start + BATCH]]
            yield torch.stack([s["image"] for s in samples]), torch.stack([s["label_map"] for s in samples])


def trainer_steps(model: nn.Module, dataset: list, folder: str) -> Callable[[], None]:
    """Return a function that takes `STEPS` steps with everything the trainer does, a saved checkpoint included."""
    run = se.Trainer(model, dataset, steps=STEPS, batch=BATCH, device="cpu", checkpoint=f"{folder}/run.pt")
    return lambda: run.fit(steps=run.step + STEPS) and None


def seconds(function: Callable[[], None]) -> float:
    """Return the CPU seconds of one call, which a busy machine changes less than those on the clock."""
    start = time.process_time()
    function()
    return time.process_time() - start


def main() -> None:
    """Print milliseconds a step for both and the median of their ratios."""
    import tempfile

    torch.set_num_threads(1)
    scenes = se.Scenes(64, size=(128, 128))
    dataset = [scenes[index] for index in range(len(scenes))]
    models = [se.UNet(num_classes=scenes.num_classes, width=16, depth=4) for _ in range(2)]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        contestants = bare_loop(models[0], dataset), trainer_steps(models[1], dataset, folder)
        pairs = [tuple(seconds(function) for function in contestants) for _ in range(ROUNDS + 1)][1:]
    bare, ours = (1000 * statistics.median(pair[side] for pair in pairs) / STEPS for side in (0, 1))
    ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
    print(f"trainer against a bare loop: {ours:.1f} ms against {bare:.1f} ms a step, ratio {ratio:.3f} (bound {BOUND})")


if __name__ == "__main__":
    main()
