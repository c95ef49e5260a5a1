"""Dense convolution against one window per pixel, the largest window of lecture 04 on its scenes: seconds of each."""

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F

import segedu as se
from segedu.course.lecture_code import recipe

WINDOW = 25


def cpu_seconds(function: Callable[[], object]) -> float:
    """Return the processor's seconds of one call."""
    started = time.process_time()
    function()
    return time.process_time() - started


@torch.no_grad()
def main() -> None:
    """Print the ratio that the lecture speaks of: at least 50."""
    torch.set_num_threads(1)
    lecture = recipe("04").lecture()
    net = lecture["window_net"](WINDOW).eval()
    dense = lecture["densely"](net, WINDOW).eval()
    image = torch.randn(1, 3, 64, 96)
    padded = F.pad(image, (WINDOW // 2,) * 4, mode="reflect")

    def slide() -> None:
        for row in se.ops.extract_windows(padded, WINDOW)[0]:
            net(row)

    fast = min(cpu_seconds(lambda: dense(image)) for _ in range(10))
    ratio = cpu_seconds(slide) / fast
    print(f"one window a pixel / dense, {WINDOW} × {WINDOW}: {ratio:.0f} (lecture 04 says at least 50)")


if __name__ == "__main__":
    main()
