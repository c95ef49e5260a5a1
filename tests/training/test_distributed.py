"""Two processes on the CPU, started by torchrun, see together what one sees."""

import importlib.util
import os
import subprocess
import sys
import textwrap

import pytest
import torch

PROGRAM = textwrap.dedent("""
    import sys, torch
    from torch import nn
    from segedu.losses import CrossEntropy
    from segedu.seeding import fold
    from segedu.training import distributed
    from segedu.training.tasks import Semantic
    from segedu.training.trainer import Trainer

    class Noise:
        num_classes = 3

        def __init__(self, length):
            self.length = length

        def __len__(self):
            return self.length

        def __getitem__(self, index):
            image = torch.rand(3, 16, 20, generator=torch.Generator().manual_seed(fold(7, index)))
            label_map = (image.mean(0) > 0.5).long()
            label_map[8:, : index % 7] = 2
            label_map[: index % 5] = 255  # unequal shares: the mean over processes is not the mean of their means
            return image + 0.1 * torch.rand(3, 16, 20), label_map

    def build(path, **options):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
        loss = CrossEntropy(torch.tensor([1.0, 2.0, 5.0]))
        options = {"steps": 8, "batch": 6, "micro_batch": 2, "task": Semantic(loss), "device": "cpu"} | options
        return Trainer(model, Noise(10), Noise(7), checkpoint=path, **options)

    def build_with_norm(path, **options):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8, momentum=0.5), nn.Conv2d(8, 3, 1))
        options = {"steps": 4, "batch": 2, "lr": 1e-2, "device": "cpu", "progress": False} | options
        return Trainer(model, Noise(10), Noise(7), checkpoint=path, **options)

    def press_in_second_process(run, at):
        step = run._step

        def pressing(network, parts, indices, stop):
            stop.pressed = run.step == at and distributed.rank() == 1
            return step(network, parts, indices, stop)

        run._step = pressing

    if __name__ == "__main__":
        folder = sys.argv[1]
        two = build(folder + "/two.pt").fit()
        counts = two.evaluate(Noise(5)).counts
        if distributed.rank() == 0:
            torch.save(counts, folder + "/two.counts")
        stopped = build(folder + "/stopped.pt", progress=False)
        press_in_second_process(stopped, at=3)
        assert stopped.fit().step == 4
        build(folder + "/stopped.pt", resume=True, progress=False).fit()
        build_with_norm(folder + "/norm.pt").fit()
        assert distributed.smallest_over_processes(3 + distributed.rank()) == 3
        try:
            build(None, batch=3)
        except ValueError as error:
            print("refused:", error)
""")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return what two processes printed, the checkpoints and counts of one process and of two by name, the program."""
    folder = tmp_path_factory.mktemp("distributed")
    (folder / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += [str(folder / "program.py"), str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    spec = importlib.util.spec_from_file_location("program", folder / "program.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    one = program.build(folder / "one.pt", progress=False).fit()
    torch.save(one.evaluate(program.Noise(5)).counts, folder / "one.counts")
    files = [*folder.glob("*.pt"), *folder.glob("*.counts")]
    return done.stdout, {path.name: torch.load(path, weights_only=True) for path in files}, program


def test_two_processes_learn_what_one_learns(runs):
    one, two = runs[1]["one.pt"], runs[1]["two.pt"]
    assert one["history"]["loss"] == pytest.approx(two["history"]["loss"], rel=1e-5)
    for key in one["model"]:
        torch.testing.assert_close(one["model"][key], two["model"][key], rtol=1e-3, atol=1e-5)


def test_metrics_are_the_same_to_the_last_count(runs):
    assert torch.equal(runs[1]["one.counts"], runs[1]["two.counts"])
    one, two = (runs[1][name]["history"]["validation"] for name in ("one.pt", "two.pt"))
    assert [record["iou"] for record in one] == [record["iou"] for record in two]
    assert [record["loss"] for record in one] == pytest.approx([record["loss"] for record in two], rel=1e-5)


def test_all_processes_measure_with_the_statistics_of_batch_norm_that_are_saved(runs):
    _, files, program = runs
    two = files["norm.pt"]
    one = program.build_with_norm(None)
    one.model.load_state_dict(two["model"])
    counts = one.evaluate(program.Noise(7))
    assert counts.iou().tolist() == two["history"]["validation"][-1]["iou"]


def test_every_image_of_five_counts_once_in_two_processes(runs):
    assert int(runs[1]["two.counts"].sum()) == sum(20 * (16 - index % 5) for index in range(5))


def test_all_stop_when_one_is_told_to_and_go_on_as_if_nothing_had_been(runs):
    two, stopped = runs[1]["two.pt"], runs[1]["stopped.pt"]
    assert stopped["step"] == 8
    assert two["history"]["loss"] == stopped["history"]["loss"]
    assert all(torch.equal(two["model"][key], stopped["model"][key]) for key in two["model"])


def test_only_the_first_process_prints(runs):
    assert runs[0].count("Training Sequential") == 1
    assert "2 processes." in runs[0]


def test_a_batch_that_cannot_be_shared_names_the_next_size(runs):
    assert runs[0].count("batch=3 can't be shared equally by 2 processes; the next size that works is 4.") == 2
