"""Devices and precisions: what is chosen, why, and what is refused."""

import random

import numpy as np
import pytest
import torch

from segedu.training import device as devices
from segedu.training.device import pick_device, setup


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def gpu(monkeypatch):
    """Pretend that there is one GPU and let the test choose its compute capability."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)

    def capability(major, minor):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (major, minor))

    return capability


def test_without_a_gpu_the_cpu_is_taken_in_fp32_and_the_reason_is_given(no_gpu):
    choice = pick_device()
    assert (choice.device.type, choice.precision) == ("cpu", "fp32")
    assert "no GPU" in choice.reason


def test_a_gpu_that_is_asked_for_and_missing_names_colabs_menu(no_gpu):
    with pytest.raises(ValueError, match="Change runtime type"):
        pick_device("cuda")


def test_an_apple_gpu_that_is_asked_for_and_missing_is_an_error(no_gpu):
    with pytest.raises(ValueError, match="Apple"):
        pick_device("mps")


@pytest.mark.parametrize(
    ("capability", "precision"), [((6, 1), "fp32"), ((7, 5), "fp16"), ((8, 0), "bf16"), ((9, 0), "bf16")]
)
def test_the_compute_capability_decides_the_precision(gpu, capability, precision):
    gpu(*capability)
    choice = pick_device()
    assert (choice.device, choice.precision) == (torch.device("cuda", 0), precision)
    assert f"{capability[0]}.{capability[1]}" in choice.reason


def test_bf16_on_a_t4_is_refused_although_torch_says_it_is_supported(gpu):
    gpu(7, 5)
    with pytest.raises(ValueError, match="emulated"):
        pick_device("cuda", "bf16")


def test_an_apple_gpu_trains_in_fp32(monkeypatch, no_gpu):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert pick_device().precision == "fp32"
    with pytest.raises(ValueError, match="Apple"):
        pick_device(precision="fp16")


def test_fp16_on_a_cpu_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="30 times slower"):
        pick_device("cpu", "fp16")


def test_bf16_on_a_cpu_is_granted_on_request():
    assert pick_device("cpu", "bf16").precision == "bf16"


def test_each_process_of_a_machine_gets_its_own_gpu(monkeypatch, gpu):
    gpu(9, 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert pick_device().device == torch.device("cuda", 3)
    monkeypatch.setenv("LOCAL_RANK", "4")
    with pytest.raises(ValueError, match="4 are visible"):
        pick_device()


@pytest.mark.parametrize("arguments", [("tpu",), ("xla",), ("cpu", "fp8")])
def test_unknown_names_are_refused(arguments):
    with pytest.raises((ValueError, RuntimeError)):
        pick_device(*arguments)


def test_setup_prints_one_line_and_seeds_three_generators(capsys, monkeypatch):
    monkeypatch.setenv("SEGEDU_DATA", "/somewhere/private")
    drawn = []
    for _ in range(2):
        setup(seed=3)
        drawn.append((torch.rand(1).item(), np.random.rand(), random.random()))  # noqa: NPY002
    assert drawn[0] == drawn[1]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "fp32" in lines[0]
    assert "$SEGEDU_DATA" in lines[0]


def test_setup_never_prints_an_absolute_path(capsys, monkeypatch):
    monkeypatch.delenv("SEGEDU_DATA", raising=False)
    setup()
    assert " /" not in capsys.readouterr().out
    assert not devices._data_place().startswith("/")
