"""A toy task of another kind: point at the centers of objects, from a different number of boxes in each image.

Run by torchrun with a folder, it leaves there what two processes learn.
"""

import sys

import torch
from torch import nn

from segedu.seeding import fold
from segedu.training import distributed
from segedu.training.tasks import Task
from segedu.training.trainer import Trainer


class Squares:
    """0 to 3 bright squares per image, on noise that is drawn anew each time; samples with "image" and "boxes"."""

    def __init__(self, length, crash_at=None):
        self.length = length
        self.crash_at = crash_at
        self.loaded = 0

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        self.loaded += 1
        if self.loaded == self.crash_at:
            raise SystemExit("the machine goes down")
        generator = torch.Generator().manual_seed(fold(5, index))
        corners = torch.randint(0, 8, (index % 4, 2), generator=generator)
        image = torch.rand(3, 12, 16) / 2
        for left, top in corners.tolist():
            image[:, top : top + 4, left : left + 6] += 0.5
        return {"image": image, "boxes": torch.cat([corners, corners + torch.tensor([6, 4])], dim=1)}


class Centers(Task):
    """The mean over boxes of −log of the probability that the model gives to a box's center."""

    def check(self, sample, name):
        if sample["boxes"].ndim != 2 or sample["boxes"].shape[1] != 4:
            raise ValueError(f"{name} has boxes of shape {tuple(sample['boxes'].shape)}; expected (K, 4).")
        return sample

    def collate(self, samples):
        images = torch.stack([sample["image"] for sample in samples])
        return {"images": images, "boxes": [sample["boxes"] for sample in samples]}

    def share(self, batch):
        return float(sum(len(boxes) for boxes in batch["boxes"]))

    def loss(self, model, batch, share):
        scores = model(self.preprocessing(batch["images"]))  # (N, 1, H, W)
        logs = scores.flatten(1).log_softmax(1).view_as(scores)[:, 0]
        surprises = [-at_centers(log, boxes) for log, boxes in zip(logs, batch["boxes"], strict=True)]
        return torch.cat(surprises).sum() / (share or 1.0)

    def measure(self, model, batches):
        surprise = boxes = 0.0
        for batch, share in batches:
            surprise += share * float(self.loss(model, batch, share))
            boxes += share
        surprise, boxes = distributed.sum_numbers([surprise, boxes])
        return {"surprise_per_box": surprise / boxes, "boxes": boxes}


def at_centers(values, boxes):
    """Return the values (K,) of a map (H, W) at the centers of boxes (K, 4), XYXY."""
    x, y = (boxes[:, :2] + boxes[:, 2:]).div(2, rounding_mode="floor").unbind(1)
    return values[y, x]


def build(path=None, crash_at=None, **options):
    """Return a trainer of a small network; a bias in its last layer would change no probability, so there is none."""
    torch.manual_seed(1)
    layers = [nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 1, 5, padding=2, bias=False)]
    options = {"steps": 9, "batch": 4, "lr": 1e-2, "validate_every": 4, "device": "cpu", "progress": False} | options
    train = Squares(10, crash_at)
    return Trainer(nn.Sequential(*layers), train, Squares(7), task=Centers(), checkpoint=path, **options)


if __name__ == "__main__":
    build(sys.argv[1]).fit()
