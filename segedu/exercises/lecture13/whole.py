"""Cases and judge of lecture 13's exercise on the whole network: down, bottom, up with the copies, classify."""

import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segedu.exercises.engine.compare import Verdict, close, compare

Arguments = dict[str, Any]
Size = tuple[int, int]

# padding of the convolutions, channels of the image, classes, width, depth, (N, H, W)
NETWORKS: tuple[tuple[int, int, int, int, int, tuple[int, int, int]], ...] = (
    (1, 1, 2, 1, 1, (1, 4, 6)),
    (1, 3, 2, 2, 0, (1, 3, 5)),
    (1, 2, 3, 2, 2, (2, 8, 12)),
    (0, 1, 2, 2, 1, (1, 20, 24)),
    (1, 3, 4, 1, 3, (1, 24, 16)),
    (0, 3, 2, 1, 2, (2, 52, 44)),
)

WALK_MISTAKES = {
    "order": "The two are joined in the wrong order: the copy's channels come first, then the map's from below.",
    "no copies": "The copies don't arrive: their channels are zero in what `merge` reads.",
    "corner": "The copies are cropped at their upper left corner; take the middle.",
    "resized": "The copies are resized; a crop keeps each value and its place.",
    "average": "The pooling averages; U-Net's takes the largest of 2 × 2.",
    "every second": "Every second row and column is taken; a pooling takes the largest of 2 × 2.",
    "no classes": "`classify` is missing: these are the features of the finest level.",
    "softmax": "A softmax is taken in the end; return the logits.",
    "labels": "These are labels; return the logits, one map per class.",
}
WALKED_WRONGLY = ("order", "no copies", "corner", "resized", "average", "every second")


def walk_arguments(seed: int) -> Arguments:
    """Return images and the parts of a U-Net: modules, `down` from fine to coarse, `up` and `merge` the way back."""
    padding, before, classes, width, depth, (n, *size) = NETWORKS[seed] if seed < len(NETWORKS) else network_drawn()
    channels = [width * 2**level for level in range(depth + 1)]
    pairs = list(zip([before, *channels], channels, strict=False))
    back = channels[-2::-1] if depth else []
    return {
        "image": torch.randn(n, before, *size),
        "down": [double(*pair, padding) for pair in pairs[:-1]],
        "bottom": double(*pairs[-1], padding),
        "up": [nn.ConvTranspose2d(2 * c, c, 2, stride=2) for c in back],
        "merge": [double(2 * c, c, padding) for c in back],
        "classify": nn.Conv2d(width, classes, 1),
    }


def double(before: int, after: int, padding: int) -> nn.Sequential:
    """Return two 3 × 3 convolutions; LeakyReLUs, so that no channel of so few falls silent."""
    first, second = nn.Conv2d(before, after, 3, padding=padding), nn.Conv2d(after, after, 3, padding=padding)
    return nn.Sequential(first, nn.LeakyReLU(0.5), second, nn.LeakyReLU(0.5))


def network_drawn() -> tuple[int, int, int, int, int, tuple[int, int, int]]:
    """Draw a row of `NETWORKS`: a padded network or a valid one, an image that it takes."""
    depth, padding = random.randint(1, 3), random.randint(0, 1)
    step = 2**depth
    least = 4 * (3 * step - 2) + (4 if depth > 1 else 2) if padding == 0 else step
    height, width = (least + step * random.randint(*more) for more in ((0, 2), (3, 5)))
    size = (height, width) if random.random() < 0.5 else (width, height)
    return padding, random.randint(1, 3), random.randint(2, 4), random.randint(1, 2), depth, (2, *size)


def wrongly_walked(arguments: Arguments, mistake: str) -> Tensor:
    """Return the features of the finest level, before `classify`, with a mistake of `WALKED_WRONGLY`."""
    if mistake not in WALKED_WRONGLY:
        raise ValueError(f"{mistake!r} is none of the mistakes {WALKED_WRONGLY}.")
    features, copies = arguments["image"], []
    for convs in arguments["down"]:
        copies.append(convs(features))
        features = pooled(copies[-1], mistake)
    features = arguments["bottom"](features)
    for up, convs in zip(arguments["up"], arguments["merge"], strict=True):
        features = convs(joined(copies.pop(), up(features), mistake))
    return features


def pooled(features: Tensor, mistake: str) -> Tensor:
    """Return a map at half the size, pooled as the mistake does it."""
    if mistake == "average":
        return F.avg_pool2d(features, 2)
    return features[..., ::2, ::2] if mistake == "every second" else F.max_pool2d(features, 2)


def joined(copy: Tensor, features: Tensor, mistake: str) -> Tensor:
    """Return the copy, cut to the size of the map from below, and this map, joined as the mistake does it."""
    h, w = features.shape[-2:]
    top, left = ((length - small) // 2 for length, small in zip(copy.shape[-2:], (h, w), strict=True))
    if mistake == "corner":
        top, left = 0, 0
    cut = F.interpolate(copy, (h, w)) if mistake == "resized" else copy[..., top : top + h, left : left + w]
    cut = torch.zeros_like(cut) if mistake == "no copies" else cut
    return torch.cat([features, cut] if mistake == "order" else [cut, features], dim=1)


def judge_walk(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name what is joined, pooled or returned in another way."""
    with torch.no_grad():
        features = {mistake: wrongly_walked(arguments, mistake) for mistake in WALKED_WRONGLY}
        wrong = {mistake: arguments["classify"](each) for mistake, each in features.items()}
        right = [each for mistake, each in features.items() if close(wrong[mistake], expected)]
    wrong["softmax"], wrong["labels"] = expected.softmax(dim=1), expected.argmax(dim=1)
    mistakes = [(WALK_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    mistakes.append((WALK_MISTAKES["no classes"], right[0] if right else None))  # known where a mistake does no harm
    result = result.detach() if isinstance(result, Tensor) else result
    return compare(result, expected, name="the stack of logits", mistakes=mistakes)
