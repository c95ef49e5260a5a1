"""Train a segmentation model: one class, one loop, one step. `Trainer(model, train, val, steps=1000).fit()`.

A run is three things: weights, optimizer, number of steps done. All else is a function of (seed, step): which images,
how they are augmented, what dropout drops, the learning rate. So going on after the stop button, after a crash and in
the next cell is one and the same, and w processes (`torchrun --nproc-per-node w`) see together what one would see.
What is learned (classes of pixels, objects, …) is said by a task, in `training/tasks/`.
"""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from segedu.scalars import real_number, whole_number
from segedu.seeding import fold
from segedu.training import checkpoint as checkpoints
from segedu.training import distributed, lock, memory, preparation
from segedu.training.arguments import check_budget, check_resume, optional_whole_number, refuse_unknown
from segedu.training.batch_norm import batch_norm_settings, batch_norms, buffers_put_back_on_error
from segedu.training.checks import check_loss
from segedu.training.device import pick_device
from segedu.training.evaluation import own_batches
from segedu.training.failures import explained
from segedu.training.history import LossReader, new_history
from segedu.training.model_checks import check_is_module, check_weights
from segedu.training.modes import evaluating, frozen_modules, start_training
from segedu.training.nests import to_device
from segedu.training.preprocessing import attach, to_record
from segedu.training.progress import Progress
from segedu.training.samples import read_sample
from segedu.training.schedule import PLAN_AT, learning_rate, out_of_time, plan_steps
from segedu.training.session import StopButton, left_as_found, seed_dropout
from segedu.training.stream import stream
from segedu.training.tasks import Task
from segedu.training.tasks.base import describe

SAVE_EVERY = 60.0  # seconds: what a crash costs at most


class Trainer:
    """Train `model` on `train`, validate on `val`, and keep what is needed to go on.

    train, val: data sets of what the task reads; for `Semantic` sample dicts ("image" (channels, H, W) float in [0, 1],
    "label_map" (H, W) integer, void 255) or pairs (image, label map), and the model maps (N, channels, H, W) to logits
    (N, num_classes, H, W). Random transforms are seeded by (seed, epoch, index). AdamW with warmup, level and linear
    decay; one of `steps` and `minutes` is the budget, here or in `fit`. `micro_batch` changes only rounding, unless the
    model has batch norm, which sees what is computed at once: then it belongs to the settings that a resumed run must
    share, as the number of processes does. Batch norm that is in evaluation mode in a model that trains stays frozen.

    Attributes: `model` (in evaluation mode after `fit`), `step` (steps done), `total` (steps planned), and `history`, a
    dict of lists: "loss" and "lr" with one number per step, "validation" with one record each time ("step", "loss",
    and the task's scores: for `Semantic` "mean_iou", "pixel_accuracy", "iou" per class).

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
        task: Task | None = None,  # what is learned; None: Semantic()
        steps: int | None = None,  # the budget in steps in all,
        minutes: float | None = None,  # or in minutes of training in all
        batch: int = 8,  # images per step, over all processes: what learning sees
        micro_batch: int | None = None,  # images at once in one process: what memory sees; None: as many as fit
        lr: float = 3e-3,  # the learning rate at its peak
        weight_decay: float = 1e-2,  # on weights, not on biases and norms
        validate_every: int | None = None,  # steps; None: five times a run, every 20 to 200; always at the end
        checkpoint: str | Path | None = None,  # the file to save to, at each validation and every minute
        resume: bool | Literal["anyway"] = False,  # go on from that file if it is there ("anyway": with other settings)
        seed: int = 0,  # decides order, augmentation and dropout
        device: str | torch.device | None = None,  # None: CUDA, else MPS, else CPU
        precision: str | None = None,  # "fp32", "bf16", "fp16"; None: the best for the device
        workers: int = 0,  # processes that load images; min(4, cores) for real images on a GPU
        deterministic: bool = False,  # refuse operations that differ from run to run
        progress: bool = True,  # False: print nothing
        **others: Any,  # there are none: what other trainers take is named, with what to give here
    ) -> None:
        # What was asked for, in Python's own numbers.
        refuse_unknown(others, Trainer)
        self.train = train
        self.val = val
        self.steps, self.minutes = check_budget(steps, minutes)
        self.batch = whole_number(batch, "batch", at_least=1)
        self.lr = real_number(lr, "lr", above=0)
        self.weight_decay = real_number(weight_decay, "weight_decay", at_least=0)
        self.validate_every = optional_whole_number(validate_every, "validate_every")
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.seed = whole_number(seed, "seed", at_least=0)
        self.workers = whole_number(workers, "workers", at_least=0)
        self.deterministic = deterministic
        if self.checkpoint is not None:
            lock.check_place(self.checkpoint)

        # Where it runs, and how many images go through the model at once there.
        self.choice = pick_device(device, precision)
        self.device = self.choice.device
        distributed.start(self.device)
        self.progress = Progress(progress and distributed.rank() == 0)
        preparation.check_length(train, "training")
        if val is not None:
            preparation.check_length(val, "validation")
        own_batch = preparation.share_batch(self.batch, distributed.world())
        wanted = optional_whole_number(micro_batch, "micro_batch")
        self.micro_batch = min(wanted or own_batch, own_batch)
        self._parts_fixed = wanted is not None
        # A GPU is asked before the first step what it holds, and so are several processes, which must agree. One CPU
        # just takes the step.
        self._probed = self._parts_fixed or (self.device.type == "cpu" and distributed.world() == 1)

        # The model, and the task as it is for this model.
        check_is_module(model)
        check_weights(model)
        self.model = preparation.place_model(model, self.device)
        self._frozen = frozen_modules(self.model)
        task = preparation.check_task(task)
        attach(self.model, task.preprocessing)
        with explained():
            self.task = preparation.join(task, self.model, train, self.choice, self.seed)

        # The run: weights, optimizer, number of steps done; and what is told of it.
        groups = preparation.parameter_groups(self.model, self.weight_decay)
        self.optimizer = torch.optim.AdamW(groups, self.lr, fused=self.device.type != "mps")
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.choice.precision == "fp16")
        self.step = 0
        self.total: int | None = self.steps
        self.seconds = 0.0
        self.history = new_history()
        self._losses = LossReader(self.device, self.scaler.is_enabled())
        self._started = 0.0
        self._saved = False
        if check_resume(resume):
            self._resume(anyway=resume == "anyway")

    def fit(self, steps: int | None = None, minutes: float | None = None) -> Self:
        """Train to the end of the budget, from where the last `fit` ended; `steps` or `minutes` in all change it."""
        self._set_budget(steps, minutes)
        if self.model.training:
            self._frozen = frozen_modules(self.model)
        with (
            lock.held_by_first(self.checkpoint),
            self.progress.of(self),
            explained(),
            left_as_found(self.device, self.seed, self.deterministic),
            StopButton() as stop,
        ):
            start_training(self.model, self._frozen)
            self._probe_memory()
            self._loop(preparation.wrap_for_processes(self.model, self.device), stop)
        return self

    def _loop(self, network: nn.Module, stop: StopButton) -> None:
        batches = self._stream()
        self._started = time.monotonic() - self.seconds
        saved = self.seconds
        stopped = False
        while not (stopped or self._finished()):
            # One step; if it doesn't fit into memory, it is taken in smaller parts.
            planned = self.total
            parts, indices = next(batches)
            try:
                stopped = self._step(network, parts, indices, stop)
            except (RuntimeError, MemoryError) as error:
                self._take_smaller_parts(error)
                batches = self._stream()
                continue
            self.progress.update(self)

            # Now and then a look at the validation set, and a checkpoint: also when the number of steps was just fixed.
            validates = self.step % self._validation_interval() == 0 and not (stopped or self._finished())
            if validates:
                self._validate()
            if validates or self.total != planned or self.seconds - saved > SAVE_EVERY:
                self.save()
                saved = self.seconds

        # The end, whatever it came from: the budget or the stop button.
        self.model.eval()
        self._validate()
        self.save()
        distributed.wait()

    def _step(self, network: nn.Module, parts: list[Any], indices: list[int], stop: StopButton) -> bool:
        """Take one step on this process's parts of the batch, which lie on the CPU; return whether to stop.

        A step that is interrupted, or raises, changes nothing; once its gradient is known, nothing interrupts it.
        """
        # All processes see the same three sums, so they decide alike.
        shares = [self.task.share(part) for part in parts]
        clock = time.monotonic() - self._started if distributed.rank() == 0 else 0.0
        sums = distributed.sum_numbers([sum(shares), float(stop.pressed), clock])
        whole, stops, self.seconds = sums
        self.plan_if_time()

        # The gradient of the whole batch.
        seed_dropout(self.device, fold(self.seed, "dropout", self.step, distributed.rank()))
        with buffers_put_back_on_error(self.model):
            self.optimizer.zero_grad()
            loss = self.accumulate_gradients(network, parts, shares, whole)
            stop.hold()

            # A loss that is no number raises here, before it spoils a weight.
            lr = learning_rate(self.step, self.lr, self.total)
            self._losses.add(loss, lr, indices, self.history)

        # One step of AdamW.
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.step += 1
        stop.release()
        return stops > 0

    def accumulate_gradients(self, network: nn.Module, parts: list[Any], shares: list[float], whole: float) -> Tensor:
        """Add up the gradients of a batch, part by part, and return this process's part of its mean loss.

        The mean over the batch is the mean of the parts' means, weighted by their shares of `whole`, which is the sum
        of the shares over all parts of all processes.
        """
        model = self.choice.in_precision(network)
        loss = torch.zeros((), device=self.device)
        for number, (part, share) in enumerate(zip(parts, shares, strict=True), start=1):
            # Processes exchange gradients once, with the last part.
            with contextlib.nullcontext() if number == len(parts) else _unsynchronized(network):
                mean = check_loss(self.task.loss(model, to_device(part, self.device), share), "the task's loss")
                weighted = mean * (share / whole if whole else 0.0)
                self.scaler.scale(weighted * distributed.world()).backward()  # DDP divides by the number of processes
            loss += weighted.detach()
        return loss

    def plan_if_time(self) -> None:
        """Fix the number of steps, once nearly half of a budget in minutes is spent."""
        if self.minutes is None or self.total is not None:
            return
        if self.seconds >= PLAN_AT * 60 * self.minutes:
            self.total = plan_steps(self.step, self.seconds, 60 * self.minutes)
            self.progress.say(f"{self.minutes:g} minutes hold {self.total} steps; steps={self.total} repeats this run.")

    def _finished(self) -> bool:
        planned = self.total is not None and self.step >= self.total
        return planned or out_of_time(self.seconds, self.minutes)

    def _stream(self) -> Any:
        return stream(
            self.train,
            self.task,
            step=self.step,
            batch=self.batch,
            micro_batch=self.micro_batch,
            seed=self.seed,
            workers=self.workers,
            pin_memory=self.device.type == "cuda",
        )

    def _validation_interval(self) -> int:
        return self.validate_every or max(20, min(200, (self.steps or 1000) // 5))

    def _validate(self) -> None:
        """Add a record of the validation set to the history, unless this step has one."""
        records = self.history["validation"]
        if self.val is None or (records and records[-1]["step"] == self.step):
            return
        self._losses.read(self.history)
        scores = self._measured(self.task.measure, self.val)
        first = {"step": self.step} | {name: scores[name] for name in ("loss",) if name in scores}
        records.append(first | scores)
        self.progress.validated(self)

    def evaluate(self, dataset: Any) -> Any:
        """Return what the task says of `dataset`, the same for any number of processes.

        `Semantic` gives the confusion matrix, at the resolution of the label maps; other tasks give their scores.
        """
        with left_as_found(self.device, self.seed, self.deterministic):
            return self._measured(self.task.evaluate, dataset)

    def _measured(self, measure: Callable[..., Any], dataset: Any) -> Any:
        """Return what `measure` says of the model in evaluation mode, with the buffers of process 0, on `dataset`."""
        distributed.take_buffers_of_first(self.model)
        batches = own_batches(dataset, self.task, self.device, fold(self.seed, "evaluate"))
        with evaluating(self.model), torch.no_grad(), explained():
            return measure(self.choice.in_precision(self.model), batches)

    def settings(self) -> dict[str, Any]:
        """Return what must be the same for a resumed run to end with the numbers of an undisturbed one.

        For a model with batch norm that is also how a batch is divided, in "processes" and "micro_batch".
        """
        norms = batch_norms(self.model, self._frozen)
        split = batch_norm_settings(norms, self.micro_batch, distributed.world())
        return {
            "steps": self.steps,
            "minutes": self.minutes,
            "batch": self.batch,
            "lr": self.lr,
            "weight_decay": self.weight_decay,
            "seed": self.seed,
            "precision": self.choice.precision,
            "images": len(self.train),
            "transform": describe(getattr(self.train, "transform", None)),
            "task": type(self.task).__name__,
            **split,
            **self.task.settings(),
        }

    def save(self, path: str | Path | None = None) -> None:
        """Write the run to `path`, by default to `checkpoint` if there is one; all processes call it, one writes."""
        self._losses.read(self.history)
        path = self.checkpoint if path is None else Path(path)
        if path is None or distributed.rank() > 0:
            return
        content = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict()["state"],
            "scaler": self.scaler.state_dict(),
            "step": self.step,
            "total": self.total,
            "seconds": self.seconds,
            "history": self.history,
            "settings": self.settings(),
            "micro_batch": self.micro_batch,
            "preprocessing": to_record(self.task.preprocessing),
        }
        checkpoints.save_checkpoint(path, content, keep_previous=self._saved)
        self._saved = True  # from now on the file there is this run's

    def _resume(self, anyway: bool) -> None:
        """Go on from the checkpoint if there is one; raise ValueError if it is of another run."""
        if self.checkpoint is None:
            raise ValueError("resume needs checkpoint=PATH, the file to go on from.")
        if not checkpoints.exists(self.checkpoint):
            self.progress.say(f"There is no checkpoint {self.checkpoint} yet: starting anew.")
            return
        content = checkpoints.load_run(self.checkpoint)

        # The parts that memory held then, so that a run beside another process keeps its numbers.
        if not self._parts_fixed:
            self.micro_batch = min(content["micro_batch"], self.micro_batch)
            self._parts_fixed = bool(batch_norms(self.model, self._frozen))
            self._probed |= self._parts_fixed
        if not anyway:
            checkpoints.check_settings(content["settings"], self.settings(), str(self.checkpoint))

        # Weights and optimizer; its learning rate and decay are those of now.
        checkpoints.load_weights(self.model, content["model"], str(self.checkpoint))
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": content["optimizer"], "param_groups": groups})
        self.scaler.load_state_dict(content["scaler"])

        # Steps done. The number of steps planned holds for the same budget only.
        self.step = content["step"]
        self.seconds = content["seconds"]
        self.history = content["history"]
        saved = content["settings"]
        if (saved["steps"], saved["minutes"]) == (self.steps, self.minutes):
            self.total = content["total"]
        self._saved = True

    def _set_budget(self, steps: int | None, minutes: float | None) -> None:
        if steps is not None or minutes is not None:
            self.steps, self.minutes = check_budget(steps, minutes)
            self.total = self.steps
        if self.steps is None and self.minutes is None:
            raise ValueError("steps=None and minutes=None: give one of them, above 0, as the budget.")

    def _probe_memory(self) -> None:
        """Before the first step, find the largest micro-batch that fits; all processes take the smallest."""
        if self._probed:
            return

        sample = read_sample(self.train, 0, "training sample 0")

        def attempt(size: int) -> None:
            preparation.try_step(self.task, self.model, sample, size, self.choice)

        full = self.micro_batch
        self.micro_batch = distributed.smallest_over_processes(memory.largest_that_fits(attempt, full))
        self._probed = True
        if self.micro_batch < full:
            self.progress.say(f"Memory holds {self.micro_batch} of {full} images at once: a step is taken in parts.")

    def _take_smaller_parts(self, error: Exception) -> None:
        """Halve the micro-batch after a step that didn't fit into memory; raise the error if that is not the cure."""
        if not memory.ran_out(error) or distributed.world() > 1:
            raise error
        norms = batch_norms(self.model, self._frozen)
        if self.micro_batch > 1 and (self._parts_fixed or (self.step > 0 and norms)):
            other = ", which changes the numbers of batch norm" if norms else ""
            raise torch.OutOfMemoryError(
                f"memory doesn't hold micro_batch={self.micro_batch} images at once; free some of it, or give "
                f"a smaller micro_batch{other}."
            ) from error
        self.micro_batch = memory.smaller(self.micro_batch)
        if self.step == 0:
            self.optimizer.state.clear()  # memory may have run out while it was made
        self.progress.say(f"Memory doesn't hold that: a step is taken in parts of {self.micro_batch}.")


def _unsynchronized(network: nn.Module) -> contextlib.AbstractContextManager:
    """Return the context in which gradients add up without being averaged over processes."""
    return network.no_sync() if isinstance(network, DistributedDataParallel) else contextlib.nullcontext()
