"""Samples: what a data set raises names the sample, in one sentence, from another process as well."""

import os
import pickle
import signal

import pytest
import torch
from torch import nn

from segedu.training import stream as streams
from segedu.training.fit import fit
from segedu.training.samples import read_sample


class Images:
    """Eight images, of which one raises an error, or is wrong."""

    def __init__(self, error=None, sample=None):
        self.error = error
        self.sample = sample

    def __len__(self):
        return 8

    def __getitem__(self, index):
        if index == 5 and self.error is not None:
            raise self.error
        if index == 5 and self.sample is not None:
            return self.sample
        return torch.rand(3, 6, 8), torch.zeros(6, 8, dtype=torch.long)


def train(dataset, **options):
    options = {"steps": 4, "batch": 4, "device": "cpu", "progress": False} | options
    return fit(nn.Conv2d(3, 2, 1), dataset, **options)


class PrivateError(Exception):
    """An error that can't be sent to another process."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")

    def __reduce__(self):
        raise pickle.PicklingError("not this one")


ERRORS = [
    ValueError("photo 5 is damaged"),
    OSError("photo 5 is gone"),
    KeyError("photo 5"),
    ZeroDivisionError("photo 5"),
    PrivateError("photo 5", "more"),
]


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_of_the_data_set_names_the_sample_in_one_sentence(error, workers):
    with pytest.raises(ValueError, match=r"^training sample 5 could not be read: .*photo 5") as caught:
        train(Images(error), workers=workers)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    if workers == 0:
        assert caught.value.__cause__ is error


@pytest.mark.parametrize("workers", [0, 1])
def test_a_sample_that_is_refused_reads_alike_from_another_process(workers):
    wrong = torch.rand(3, 6, 8), torch.zeros(4, 8, dtype=torch.long)
    with pytest.raises(ValueError, match=r"^training sample 5 has an image of \(6, 8\).*alike\.$"):
        train(Images(sample=wrong), workers=workers)
    other = torch.rand(3, 6, 9), torch.zeros(6, 9, dtype=torch.long)
    with pytest.raises(ValueError, match=r"^training sample .* a batch needs one shape"):
        train(Images(sample=other), workers=workers)


def test_the_first_sample_and_a_validation_sample_are_named_too():
    class First(Images):
        def __getitem__(self, index):
            raise KeyError("photo")

    with pytest.raises(ValueError, match="training sample 0 could not be read: KeyError: 'photo'"):
        train(First())
    with pytest.raises(ValueError, match="validation sample 5 could not be read: photo 5 is gone"):
        train(Images(), val=Images(OSError("photo 5 is gone")))


def test_memory_that_ran_out_is_no_mistake_of_the_sample():
    with pytest.raises(MemoryError):
        read_sample(Images(MemoryError()), 5, "sample 5")


def test_a_process_that_loads_images_and_dies_is_one_sentence():
    parent = os.getpid()

    class Dies(Images):
        def __getitem__(self, index):
            if os.getpid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__getitem__(index)

    with pytest.raises(OSError, match=r"a process that loads images ended .*workers=0"):
        train(Dies(), workers=1)


@pytest.mark.filterwarnings("ignore:Got pickle error")  # torch says it at length; the trainer in one sentence
def test_a_data_set_that_cannot_be_sent_to_other_processes_names_the_way_out(monkeypatch):
    class Local(Images):
        pass

    spawn = torch.multiprocessing.get_context("spawn")
    loader = streams.DataLoader
    monkeypatch.setattr(streams, "DataLoader", lambda *a, **k: loader(*a, **k, multiprocessing_context=spawn))
    with pytest.raises(ValueError, match=r"workers=1 sends the data set .*top of a file, or take workers=0"):
        train(Local(), workers=1)


def test_a_mended_data_set_goes_on():
    images = Images(ValueError("damaged"))
    run = train(Images(), steps=1)
    run.train = images
    with pytest.raises(ValueError, match="sample 5"):
        run.fit(steps=6)
    images.error = None
    assert run.fit(steps=6).step == 6
