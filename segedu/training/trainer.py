"""Train a segmentation model: one class, one loop, one step. `Trainer(model, train, val, steps=1000).fit()`.

A run is three things: weights, optimizer, number of steps done. All else is a function of (seed, step): which images,
how they are augmented, what dropout drops, the learning rate. So going on after the stop button, after a crash and in
the next cell is one and the same, and w processes (`torchrun --nproc-per-node w`) see together what one would see.
"""

import contextlib
import time
from pathlib import Path
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from segedu.losses import CrossEntropy
from segedu.metrics.semantic import ConfusionMatrix
from segedu.seeding import fold
from segedu.training import checkpoint as checkpoints
from segedu.training import distributed, preparation
from segedu.training.checks import check_labels
from segedu.training.device import pick_device
from segedu.training.evaluation import Loss, loss_share, measure
from segedu.training.inference import Preprocessing, run_model
from segedu.training.progress import Progress, announcement, last_line
from segedu.training.schedule import GRACE, PLAN_AT, learning_rate, plan_steps
from segedu.training.session import StopButton, left_as_found, seed_dropout
from segedu.training.stream import stream

STANDARD = Preprocessing(mean=(0.5,), std=(0.25,))
SAVE_EVERY = 60.0  # seconds: what a crash costs at most
READ_EVERY = 20  # steps on a GPU, where reading a number makes the host wait
SKIPS_ALLOWED = 20  # steps in a row that fp16's loss scaler may skip while it looks for its scale


class Trainer:
    """Train `model` on `train`, validate on `val`, and keep what is needed to go on.

    train, val: data sets of sample dicts ("image" (channels, H, W) float in [0, 1], "label_map" (H, W) integer, void
    255) or of pairs (image, label map); their random transforms are seeded by (seed, epoch, index). The model maps
    (N, channels, H, W) to logits (N, num_classes, H, W). AdamW with warmup, level and linear decay; one of `steps` and
    `minutes` is the budget, here or in `fit`. `micro_batch` changes only rounding, unless the model has batch norm,
    which sees what is computed at once.

    Attributes: `model` (in evaluation mode after `fit`), `step` (steps done), `total` (steps planned), and `history`, a
    dict of lists: "loss" and "lr" with one number a step, "validation" with one record each time ("step", "loss",
    "mean_iou", "pixel_accuracy", "iou" per class).

    Raises ValueError or TypeError naming the mistake in data, model or settings before the first step, and
    FloatingPointError naming step, learning rate and images if the loss is no longer a number.

    >>> image, label_map = torch.rand(3, 8, 8), torch.zeros(8, 8, dtype=torch.long)
    >>> Trainer(nn.Conv2d(3, 2, 1), [(image, label_map)] * 4, steps=3, batch=2, progress=False).fit().step
    3
    """

    def __init__(
        self,
        model: nn.Module,
        train: Any,
        val: Any = None,
        *,
        steps: int | None = None,  # the budget in steps in all,
        minutes: float | None = None,  # or in minutes of training in all
        batch: int = 8,  # images a step, over all processes: what learning sees
        micro_batch: int | None = None,  # images at once in one process: what memory sees; None: as many as fit
        lr: float = 3e-3,  # the learning rate at its peak
        weight_decay: float = 1e-2,  # on weights, not on biases and norms
        loss: Loss | None = None,  # (logits, target) -> mean over valid pixels; None: CrossEntropy()
        preprocessing: Preprocessing = STANDARD,  # from images in [0, 1] to the model's input
        validate_every: int | None = None,  # steps; None: five times a run, every 20 to 200; always at the end
        checkpoint: str | Path | None = None,  # the file to save to, at each validation and every minute
        resume: bool | Literal["anyway"] = False,  # go on from that file if it is there ("anyway": with other settings)
        seed: int = 0,  # decides order, augmentation and dropout
        device: str | torch.device | None = None,  # None: CUDA, else MPS, else CPU
        precision: str | None = None,  # "fp32", "bf16", "fp16"; None: the best for the device
        workers: int = 0,  # processes that load images; min(4, cores) for real images on a GPU
        compile: bool = False,  # compile the model: pays on a GPU in long runs
        deterministic: bool = False,  # refuse operations that differ from run to run
        progress: bool = True,  # False: print nothing
    ) -> None:
        self.choice = pick_device(device, precision)
        self.device = self.choice.device
        distributed.start(self.device)
        self.train, self.val, self.seed = train, val, seed
        self.steps, self.minutes = steps, minutes
        self.batch, self.lr, self.weight_decay = batch, lr, weight_decay
        self.loss = CrossEntropy() if loss is None else loss
        self.preprocessing, self.validate_every = preprocessing, validate_every
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.workers, self.deterministic = workers, deterministic
        self.progress = Progress(progress and distributed.rank() == 0)
        for dataset, name in [(train, "training")] + [(val, "validation")] * (val is not None):
            preparation.check_length(dataset, name)
        own_batch = preparation.share_batch(batch, distributed.world())
        self.micro_batch = min(micro_batch or own_batch, own_batch)
        self._probed = micro_batch is not None or self.device.type == "cpu"
        self.model = preparation.place_model(model, self.device, compile)
        self.model.preprocessing = preprocessing  # type: ignore[assignment]  # for predict()
        self.num_classes = preparation.count_classes(self.model, train, preprocessing, self.choice, seed)
        groups = preparation.parameter_groups(self.model, weight_decay)
        self.optimizer = torch.optim.AdamW(groups, lr, fused=self.device.type != "mps")
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.choice.precision == "fp16")
        self.step, self.total, self.seconds = 0, steps, 0.0
        self.history: dict[str, list] = {"loss": [], "lr": [], "validation": []}
        self._unread: list[tuple[Tensor, float, list[int]]] = []  # losses still on the device
        self._skipped, self._saved, self._started = 0, False, 0.0
        if resume:
            self._resume(anyway=resume == "anyway")

    def fit(self, steps: int | None = None, minutes: float | None = None) -> Self:
        """Train to the end of the budget, from where the last `fit` ended; `steps` or `minutes` in all change it."""
        self._set_budget(steps, minutes)
        self.progress.begin(announcement(self))
        with left_as_found(self.device, self.seed, self.deterministic):
            self._probe_memory()
            with StopButton(also_terminate=distributed.world() > 1) as stop:
                self._loop(preparation.wrap_for_processes(self.model, self.device), stop)
        self.progress.close(last_line(self))
        return self

    def _loop(self, network: nn.Module, stop: StopButton) -> None:
        batches = stream(self.train, self.step, self.batch, self.seed, self.workers, self.device.type == "cuda")
        self._started, saved = time.monotonic() - self.seconds, self.seconds
        self.model.train()
        stopped = False
        while not (stopped or self._finished()):
            planned = self.total
            stopped = self._step(network, *next(batches), stop)
            self.progress.update(self)
            at_validation = self.step % self._validation_interval() == 0 and not (stopped or self._finished())
            if at_validation:
                self._validate()
            if at_validation or self.total != planned or self.seconds - saved > SAVE_EVERY:
                self.save()
                saved = self.seconds
        self.model.eval()
        self._validate()
        self.save()
        distributed.wait()

    def _step(self, network: nn.Module, images: Tensor, targets: Tensor, indices: list[int], stop: StopButton) -> bool:
        """Take one step and return whether to stop; images (n, channels, H, W), targets (n, H, W) uint8 on the CPU."""
        check_labels(targets, self.num_classes, indices, "training")
        parts = list(zip(images.split(self.micro_batch), targets.split(self.micro_batch), strict=True))
        shares = [loss_share(self.loss, target) for _, target in parts]
        whole, stopped = self._agree(sum(shares), stop)
        lr = learning_rate(self.step, self.lr, self.total)
        seed_dropout(self.device, fold(self.seed, "dropout", self.step, distributed.rank()))
        self.optimizer.zero_grad()
        loss = torch.zeros((), device=self.device)
        for number, ((image, target), share) in enumerate(zip(parts, shares, strict=True), start=1):
            with contextlib.nullcontext() if number == len(parts) else _unsynchronized(network):
                part = self._loss(network, image, target, share) * (share / whole if whole else 0.0)
                self.scaler.scale(part * distributed.world()).backward()  # DDP divides by the number of processes
            loss += part.detach()
        self._unread.append((loss, lr, indices))
        if self.device.type == "cpu" or len(self._unread) == READ_EVERY:
            self._read_losses()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.step += 1
        return stopped

    def _loss(self, network: nn.Module, images: Tensor, targets: Tensor, share: float) -> Tensor:
        """Return the mean loss over the valid pixels of some images, 0 if there are none."""
        images = images.to(self.device, non_blocking=True)
        targets = targets.to(self.device, non_blocking=True)
        with self.choice.autocast():
            logits = run_model(network, images, self.preprocessing)
        return self.loss(logits, targets.long()) if share else logits.sum() * 0.0

    def _agree(self, share: float, stop: StopButton) -> tuple[float, bool]:
        """Return the share of the whole batch and whether to stop; after half the minutes fix the number of steps.

        All processes see the same three sums, so they decide alike.
        """
        clock = time.monotonic() - self._started if distributed.rank() == 0 else 0.0
        whole, stops, self.seconds = distributed.sum_over_processes([share, float(stop.pressed), clock])
        if self.total is None and self.minutes is not None and self.seconds >= PLAN_AT * 60 * self.minutes:
            self.total = plan_steps(self.step, self.seconds, 60 * self.minutes)
            self.progress.say(f"{self.minutes:g} minutes hold {self.total} steps; steps={self.total} repeats this run.")
        return whole, stops > 0

    def _read_losses(self) -> None:
        """Move the losses of the last steps from the device to the history; raise if one is not a number."""
        unread, self._unread = self._unread, []
        if not unread:
            return
        values = distributed.sum_over_processes(torch.stack([loss for loss, _, _ in unread]).tolist())
        for value, (_, lr, indices) in zip(values, unread, strict=True):
            self._skipped = 0 if abs(value) < float("inf") else self._skipped + 1
            if self._skipped > (SKIPS_ALLOWED if self.scaler.is_enabled() else 0):
                raise FloatingPointError(
                    f"the loss is {value} in step {len(self.history['loss'])} at lr={lr:.2e}, on training images "
                    f"{indices}: look at these images, or lower the learning rate."
                )
            self.history["loss"].append(value)
            self.history["lr"].append(lr)

    def _finished(self) -> bool:
        late = self.minutes is not None and self.seconds > GRACE * 60 * self.minutes
        return late or (self.total is not None and self.step >= self.total)

    def _validation_interval(self) -> int:
        return self.validate_every or max(20, min(200, (self.steps or 1000) // 5))

    def _validate(self) -> None:
        """Add a record of the validation set to the history, unless this step has one."""
        records = self.history["validation"]
        if self.val is None or (records and records[-1]["step"] == self.step):
            return
        self._read_losses()
        matrix, loss = self._measure(self.val)
        scores = {
            "mean_iou": matrix.mean_iou(),
            "pixel_accuracy": matrix.pixel_accuracy(),
            "iou": matrix.iou().tolist(),
        }
        records.append({"step": self.step, "loss": loss, **scores})
        self.progress.validated(self)

    def evaluate(self, dataset: Any) -> ConfusionMatrix:
        """Return the confusion matrix over `dataset`, at its own resolution; the same for any number of processes."""
        with left_as_found(self.device, self.seed, self.deterministic):
            return self._measure(dataset)[0]

    def _measure(self, dataset: Any) -> tuple[ConfusionMatrix, float]:
        return measure(
            self.model,
            dataset,
            self.loss,
            self.num_classes,
            self.preprocessing,
            self.choice,
            fold(self.seed, "evaluate"),
        )

    def settings(self) -> dict[str, Any]:
        """Return what must be the same for a resumed run to end with the numbers of an undisturbed one."""
        names = ("steps", "minutes", "batch", "lr", "weight_decay", "seed")
        return {name: getattr(self, name) for name in names} | {
            "precision": self.choice.precision,
            "loss": _describe(self.loss),
            "preprocessing": checkpoints.from_preprocessing(self.preprocessing),
            "images": len(self.train),
            "transform": _describe(getattr(self.train, "transform", None)),
        }

    def save(self, path: str | Path | None = None) -> None:
        """Write the run to `path`, by default to `checkpoint` if there is one; all processes call it, one writes."""
        self._read_losses()
        path = self.checkpoint if path is None else Path(path)
        if path is None or distributed.rank() > 0:
            return
        content = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict()["state"],
            "scaler": self.scaler.state_dict(),
            **{name: getattr(self, name) for name in ("step", "total", "seconds", "history")},
            "settings": self.settings(),
            "preprocessing": checkpoints.from_preprocessing(self.preprocessing),
        }
        checkpoints.save_checkpoint(path, content, keep_previous=self._saved)
        self._saved = True  # from now on the file there is this run's

    def _resume(self, anyway: bool) -> None:
        if self.checkpoint is None:
            raise ValueError("resume needs checkpoint=PATH, the file to go on from.")
        if not checkpoints.exists(self.checkpoint):
            self.progress.say(f"There is no checkpoint {self.checkpoint} yet: starting anew.")
            return
        content = checkpoints.load_checkpoint(self.checkpoint)
        if not anyway:
            checkpoints.check_settings(content["settings"], self.settings(), str(self.checkpoint))
        checkpoints.load_weights(self.model, content["model"], str(self.checkpoint))
        groups = self.optimizer.state_dict()["param_groups"]  # the settings of now, not those of the file's device
        self.optimizer.load_state_dict({"state": content["optimizer"], "param_groups": groups})
        self.scaler.load_state_dict(content["scaler"])
        self.step, self.seconds, self.history = content["step"], content["seconds"], content["history"]
        if all(content["settings"][name] == getattr(self, name) for name in ("steps", "minutes")):
            self.total = content["total"]
        self._saved = True

    def _set_budget(self, steps: int | None, minutes: float | None) -> None:
        if steps is not None or minutes is not None:
            self.steps, self.minutes, self.total = steps, minutes, steps
        if (self.steps is None) == (self.minutes is None) or (self.steps or self.minutes or 0) <= 0:
            raise ValueError(
                f"steps={self.steps} and minutes={self.minutes}: give one of them, above 0, as the budget."
            )

    def _probe_memory(self) -> None:
        """Before the first step, find the largest micro-batch that fits; all processes take the smallest."""
        wanted = self.micro_batch
        if self._probed:
            return

        def loss_of(images: Tensor, targets: Tensor) -> Tensor:
            return self._loss(self.model, images, targets, share=1.0)

        def attempt(size: int) -> None:
            preparation.try_step(self.model, loss_of, self.train[0], size)

        self.micro_batch = distributed.smallest_over_processes(preparation.largest_that_fits(attempt, wanted))
        self._probed = True
        if self.micro_batch < wanted:
            self.progress.say(f"Memory holds {self.micro_batch} of {wanted} images at once: a step is taken in parts.")


def fit(model: nn.Module, train: Any, val: Any = None, **options: Any) -> Trainer:
    """Train `model` and return the trainer: the one-line form of `Trainer(model, train, val, **options).fit()`.

    `options` are the keyword arguments of `Trainer`, of which `steps` or `minutes` is needed.

    >>> pixel = (torch.rand(3, 4, 4), torch.zeros(4, 4, dtype=torch.long))
    >>> len(fit(nn.Conv2d(3, 2, 1), [pixel], steps=2, batch=1, progress=False).history["loss"])
    2
    """
    return Trainer(model, train, val, **options).fit()


def _unsynchronized(network: nn.Module) -> contextlib.AbstractContextManager:
    """Return the context in which gradients add up without being averaged over processes."""
    return network.no_sync() if isinstance(network, DistributedDataParallel) else contextlib.nullcontext()


def _describe(thing: Any) -> str:
    """Return a text that is the same in the next process, with class weights, which a module's repr leaves out."""
    weights = getattr(thing, "class_weights", None)
    if weights is not None:
        return f"{type(thing).__name__}({[round(float(weight), 4) for weight in weights]})"
    return getattr(thing, "__name__", type(thing).__name__) if " at 0x" in repr(thing) else repr(thing)
