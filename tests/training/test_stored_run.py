"""The trainer's numbers stay what they were: two runs are stored, and written out once more as a bare loop.

`stored_run.json` holds, for two short runs on the CPU in fp32 with one thread, the loss and the learning rate of each
step, each validation record, the norm of each weight and buffer, and a hash of them all. It was written by the trainer
as it was before it knew of tasks (`python tests/training/test_stored_run.py` writes it anew: only after a change that
is meant to change numbers). Bits depend on how a processor rounds, so the stored numbers are compared to the bit on the
processor and the torch that gave them, and to five digits elsewhere. The bare loop below runs on the same machine, so
it is compared to the bit everywhere.
"""

import hashlib
import json
import platform
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import segedu as se
from segedu.losses import CrossEntropy
from segedu.models.unet import UNet
from segedu.seeding import fold, seeded
from segedu.training.fit import fit
from segedu.training.preprocessing import Preprocessing

STORED = Path(__file__).with_name("stored_run.json")
STEPS, BATCH, PEAK, SEED = 24, 6, 5e-3, 11


class Noise:
    """Images from the global generator, as a random transform draws them; labels by brightness, some void."""

    num_classes = 3

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        image = torch.rand(3, 12, 20)
        label_map = (image.mean(0) * 6).long().sub(1).clamp(0, 2)
        label_map[: index % 5] = 255
        return image, label_map


class Augmented:
    """Scenes drawn once, augmented anew each time."""

    num_classes = se.Scenes.num_classes

    def __init__(self, length):
        self.scenes = list(se.Scenes(length, size=(32, 48)))
        self.transform = se.Augment(scale=(0.8, 1.25))

    def __len__(self):
        return len(self.scenes)

    def __getitem__(self, index):
        scene = self.scenes[index]
        return self.transform({"image": scene["image"], "label_map": scene["label_map"]})


def unet_run():
    """A U-Net with batch norm on augmented scenes, its classes weighted; each step in parts of 4 and 2 images."""
    train = Augmented(10)
    val = list(se.Scenes(3, size=(32, 48), split="val"))
    torch.manual_seed(0)
    model = UNet(3, num_classes=train.num_classes, width=8, depth=2)
    weights = torch.linspace(0.5, 2.0, train.num_classes)
    return {
        "model": model,
        "train": train,
        "val": val,
        "loss": CrossEntropy(weights),
        "share": lambda target: float((weights[target.clamp(max=9).long()] * (target != 255)).sum()),
        "micro_batch": 4,
        "preprocessing": Preprocessing((0.5,), (0.25,)),
    }


def dropout_run():
    """A small network with dropout that looks at another size; a plain function as the loss."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Dropout(0.4), nn.Conv2d(8, 3, 3, padding=1)]
    return {
        "model": nn.Sequential(*layers),
        "train": Noise(10),
        "val": Noise(3),
        "loss": lambda logits, target: F.cross_entropy(logits, target, ignore_index=255),
        "share": lambda target: float((target != 255).sum()),
        "micro_batch": 6,
        "preprocessing": Preprocessing((0.4, 0.5, 0.6), (0.3,), size=(16, 16)),
    }


RUNS = {"unet": unet_run, "dropout": dropout_run}


def by_the_trainer(run):
    """Return what the trainer makes of a run."""
    trainer = fit(
        run["model"],
        run["train"],
        run["val"],
        steps=STEPS,
        batch=BATCH,
        micro_batch=run["micro_batch"],
        lr=PEAK,
        loss=run["loss"],
        preprocessing=run["preprocessing"],
        validate_every=10,
        seed=SEED,
        device="cpu",
        progress=False,
    )
    return trainer.history | description(trainer.model)


def by_a_bare_loop(run):
    """Return what a loop in plain torch makes of a run: only seeds are folded by the package."""
    model, history = run["model"].to(memory_format=torch.channels_last), {"loss": [], "lr": [], "validation": []}
    weights = [weight for weight in model.parameters() if weight.ndim > 1]
    biases = [weight for weight in model.parameters() if weight.ndim <= 1]
    groups = [{"params": weights, "weight_decay": 1e-2}, {"params": biases, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, PEAK, fused=True)
    for step in range(STEPS):
        rate = PEAK * min(1.0, (step + 1) / 20) * min(1.0, max(0.0, (STEPS - step) / (0.4 * STEPS)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        model.train()
        images, targets = bare_batch(run["train"], step)
        optimizer.zero_grad()
        history["loss"].append(bare_gradients(run, images, targets, step))
        optimizer.step()
        history["lr"].append(rate)
        if (step + 1) % 10 == 0 or step + 1 == STEPS:
            model.eval()
            history["validation"].append({"step": step + 1, **bare_validation(run)})
    return history | description(model)


def bare_batch(dataset, step):
    """Return images and targets of a step: the next BATCH positions in an endless row of shuffles."""
    length, samples = len(dataset), []
    for position in range(step * BATCH, (step + 1) * BATCH):
        epoch = position // length
        generator = torch.Generator().manual_seed(fold(SEED, "shuffle", epoch))
        index = int(torch.randperm(length, generator=generator)[position % length])
        with seeded(fold(SEED, "augment", epoch, index)):
            samples.append(pair(dataset[index]))
    return torch.stack([image for image, _ in samples]), torch.stack([label_map for _, label_map in samples])


def bare_gradients(run, images, targets, step):
    """Add up the gradients of a step's parts and return its loss."""
    parts = list(zip(images.split(run["micro_batch"]), targets.to(torch.uint8).split(run["micro_batch"]), strict=True))
    whole = sum(run["share"](target) for _, target in parts)
    total = torch.zeros(())
    with torch.random.fork_rng([]):
        torch.manual_seed(fold(SEED, "dropout", step, 0))
        for part, target in parts:
            loss = run["loss"](bare_logits(run, part), target.long()) * (run["share"](target) / whole)
            loss.backward()
            total += loss.detach()
    return float(total)


def bare_logits(run, images):
    """Return logits at the images' size, seen by the model resized and normalized."""
    size, mean, std = run["preprocessing"].size, run["preprocessing"].mean, run["preprocessing"].std
    prepared = images if size is None else F.interpolate(images, size, mode="bilinear", antialias=True)
    prepared = (prepared - torch.tensor(mean).view(-1, 1, 1)) / torch.tensor(std).view(-1, 1, 1)
    logits = run["model"](prepared.contiguous(memory_format=torch.channels_last))
    return logits if size is None else F.interpolate(logits, images.shape[2:], mode="bilinear", align_corners=False)


@torch.no_grad()
def bare_validation(run):
    """Return loss and scores over the validation images, one by one; counts (C, C) are rows target, columns class."""
    classes = run["train"].num_classes
    counts, total, shares = torch.zeros(classes, classes, dtype=torch.int64), 0.0, 0.0
    for index in range(len(run["val"])):
        with seeded(fold(fold(SEED, "evaluate"), "validate", index)):
            image, target = pair(run["val"][index])
        logits = bare_logits(run, image[None])
        valid = target != 255
        counts += torch.bincount(
            target[valid] * classes + logits.argmax(1)[0][valid], minlength=classes * classes
        ).view(classes, classes)
        share = run["share"](target[None])
        total += share * float(run["loss"](logits, target[None]))
        shares += share
    union = counts.sum(0) + counts.sum(1) - counts.diagonal()
    iou = counts.diagonal().double() / union.double()
    return {
        "loss": total / shares,
        "mean_iou": float(iou.nanmean()),
        "pixel_accuracy": int(counts.diagonal().sum()) / int(counts.sum()),
        "iou": iou.tolist(),
    }


def pair(sample):
    """Return (image, label map) as plain tensors."""
    image, label_map = (sample["image"], sample["label_map"]) if isinstance(sample, dict) else sample
    return image.as_subclass(torch.Tensor), label_map.as_subclass(torch.Tensor)


def description(model):
    """Return the norm of each weight and buffer, and a hash of all their bits."""
    state = {key: value.detach().contiguous() for key, value in model.state_dict().items()}
    digest = hashlib.sha256(b"".join(value.numpy().tobytes() for value in state.values())).hexdigest()
    return {"norms": {key: float(value.double().norm()) for key, value in state.items()}, "weights": digest}


def machine():
    """Return what bits depend on: the processor's name and the instructions that torch uses on it, and torch."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return [
        names[0].split(":")[1].strip() if names else platform.machine(),
        torch.backends.cpu.get_cpu_capability(),
        torch.__version__,
    ]


def numbers(nest):
    """Return all numbers of a nest of dicts and lists in one row."""
    if isinstance(nest, dict):
        return [number for value in nest.values() for number in numbers(value)]
    if isinstance(nest, list):
        return [number for value in nest for number in numbers(value)]
    return [] if isinstance(nest, str) else [nest]


@pytest.fixture(scope="module", params=RUNS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def trained(name):
    return by_the_trainer(RUNS[name]())


def test_the_run_is_the_stored_one(name, trained):
    stored = json.loads(STORED.read_text())
    if Path("/proc/cpuinfo").exists() and stored["machine"] == machine():
        assert json.dumps(stored[name]) == json.dumps(trained)
    else:
        assert numbers(trained) == pytest.approx(numbers(stored[name]), rel=1e-5, abs=1e-5, nan_ok=True)


def test_the_run_is_the_one_of_a_bare_loop(name, trained):
    bare = by_a_bare_loop(RUNS[name]())
    assert trained["loss"] == bare["loss"]
    assert trained["lr"] == bare["lr"]
    assert json.dumps(trained["validation"]) == json.dumps(bare["validation"])
    assert trained["weights"] == bare["weights"]


if __name__ == "__main__":
    torch.set_num_threads(1)
    runs = {name: by_the_trainer(build()) for name, build in RUNS.items()}
    STORED.write_text(json.dumps({"machine": machine(), **runs}, indent=1) + "\n")
