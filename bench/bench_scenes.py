"""Speed of the synthetic scenes: complete samples a second on one core, at 128×128.

python bench/bench_scenes.py
"""

import time

import torch

from segedu.data.scenes import Scenes

SCENES, GOAL = 200, 200


def main(rounds: int = 3) -> None:
    """Print scenes a second of processor time (what other programs take doesn't count), best of `rounds`."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for title, size, dials in (
            ("128 × 128, default dials", 128, {}),
            ("128 × 128, 20 objects, void", 128, {"objects": (20, 20), "thin": 3.0, "void_border": 2}),
            ("64 × 64, default dials", 64, {}),
            ("256 × 256, default dials", 256, {}),
        ):
            speed = max(scenes_a_second(Scenes(SCENES + 1, size=size, **dials)) for _ in range(rounds))
            goal = f" (goal {GOAL}: {speed / GOAL:.1f}×)" if size == 128 and not dials else ""
            print(f"scenes {title}: {speed:.0f} a second and core{goal}")
    finally:
        torch.set_num_threads(threads)


def scenes_a_second(scenes: Scenes) -> float:
    """Return how many samples one core makes a second, after one that fills the caches."""
    scenes[SCENES]
    start = time.process_time()
    for index in range(SCENES):
        scenes[index]
    return SCENES / (time.process_time() - start)


if __name__ == "__main__":
    main()
