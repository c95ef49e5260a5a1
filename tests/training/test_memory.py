"""Memory: what doesn't fit is taken in parts, on a CPU as on a GPU, and the numbers stay those of these parts."""

import subprocess
import sys
import textwrap

import pytest
import torch

from segedu.models.unet import UNet
from segedu.training.memory import largest_that_fits, ran_out
from segedu.training.trainer import Trainer

CPU = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "
    "17179869184 bytes. Error code 12 (Cannot allocate memory)"
)
IMAGE = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0))
DATA = [(IMAGE.roll(shift, 2), (IMAGE.roll(shift, 2).mean(0) > 0.5).long()) for shift in range(8)]


class Hungry(UNet):
    """A U-Net for which memory runs out above `room` images at once; in evaluation mode there is enough."""

    room = 2
    error = CPU

    def forward(self, images):
        if self.training and len(images) > self.room:
            self.down[0](images)  # some of the running statistics have changed by now
            raise self.error
        return super().forward(images)


def trainer(kind=Hungry, norm="batch", progress=False, **options):
    torch.manual_seed(0)
    model = kind(3, 2, width=4, depth=1, norm=norm)
    options = {"steps": 3, "batch": 8, "device": "cpu", "progress": progress} | options
    return Trainer(model, DATA, **options)


def same(one, other):
    ours, theirs = one.model.state_dict(), other.model.state_dict()
    return one.history == other.history and all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize("error", [CPU, MemoryError(), torch.OutOfMemoryError("CUDA out of memory")], ids=repr)
def test_a_first_step_that_does_not_fit_is_taken_in_parts_and_leaves_no_trace(error, monkeypatch, capsys):
    monkeypatch.setattr(Hungry, "error", error)
    run = trainer(progress=True).fit()
    assert run.micro_batch == 2
    said = capsys.readouterr().out
    assert "in parts of 4" in said
    assert "in parts of 2" in said
    assert same(run, trainer(UNet, micro_batch=2).fit())


def test_what_fits_is_not_probed(monkeypatch):
    seen = []
    monkeypatch.setattr(
        UNet, "forward", lambda self, images, forward=UNet.forward: (seen.append(len(images)), forward(self, images))[1]
    )
    trainer(UNet, steps=1).fit()
    assert seen == [1, 8], "one image to look at, then the step"


def test_another_error_is_not_taken_for_memory():
    assert not ran_out(RuntimeError("shapes cannot be multiplied"))
    assert not ran_out(ValueError("can't allocate memory"))
    with pytest.raises(RuntimeError, match="shapes"):
        largest_that_fits(lambda size: (_ for _ in ()).throw(RuntimeError("shapes")), 4)


def test_not_even_one_image_is_one_sentence(monkeypatch):
    monkeypatch.setattr(Hungry, "room", 0)
    with pytest.raises(torch.OutOfMemoryError, match=r"^not even one image fits .* narrower model\.$"):
        trainer().fit()


def test_a_micro_batch_that_was_asked_for_is_not_changed():
    with pytest.raises(torch.OutOfMemoryError, match=r"micro_batch=4 images at once.*a smaller micro_batch, which"):
        trainer(micro_batch=4).fit()
    with pytest.raises(torch.OutOfMemoryError, match=r"a smaller micro_batch\.$"):
        trainer(micro_batch=4, norm="group").fit()


def test_memory_that_runs_out_later_halves_only_where_no_number_changes(monkeypatch):
    monkeypatch.setattr(Hungry, "room", 8)
    runs = {norm: trainer(norm=norm, steps=2).fit() for norm in ("batch", "group")}
    monkeypatch.setattr(Hungry, "room", 4)
    with pytest.raises(torch.OutOfMemoryError, match="batch norm"):
        runs["batch"].fit(steps=4)
    assert runs["group"].fit(steps=4).micro_batch == 4


def test_a_resumed_run_takes_the_parts_that_memory_held_then(tmp_path, monkeypatch):
    undisturbed = trainer(UNet, micro_batch=2, steps=4).fit()
    trainer(checkpoint=tmp_path / "a.pt", steps=2).fit()  # halved to 2
    monkeypatch.setattr(Hungry, "room", 8)  # now there is room for all of them
    resumed = trainer(checkpoint=tmp_path / "a.pt", steps=4, resume="anyway")
    assert resumed.micro_batch == 2
    resumed.fit()
    assert {"processes": 1, "micro_batch": 2}.items() <= resumed.settings().items()
    assert len(undisturbed.history["loss"]) == len(resumed.history["loss"]) == 4


def test_a_resumed_run_that_no_longer_fits_says_so_and_loses_nothing(tmp_path, monkeypatch):
    trainer(checkpoint=tmp_path / "a.pt").fit()
    monkeypatch.setattr(Hungry, "room", 1)
    resumed = trainer(checkpoint=tmp_path / "a.pt", resume=True)
    with pytest.raises(torch.OutOfMemoryError, match="micro_batch=2 images at once; free some of it"):
        resumed.fit(steps=5)
    monkeypatch.setattr(Hungry, "room", 2)
    assert same(resumed.fit(steps=5), trainer(UNet, micro_batch=2).fit().fit(steps=5))


def test_a_process_whose_memory_is_bounded_trains_in_parts():
    program = textwrap.dedent("""
        import resource, torch
        from torch import nn
        from segedu.training.trainer import Trainer
        torch.set_num_threads(1)
        data = [(torch.rand(3, 128, 128), torch.zeros(128, 128, dtype=torch.uint8))] * 16
        model = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 2, 1))
        run = Trainer(model, data, steps=1, batch=16, device="cpu")
        pages = int(open("/proc/self/statm").read().split()[0])
        limit = pages * resource.getpagesize() + 120 * 2**20  # one activation of the whole batch takes 67 MB
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        print("images at once:", run.fit().micro_batch)
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.rsplit(": ", 1)[1]) < 16, done.stdout
