"""Training on a GPU: images a second in fp32 and bf16, with and without channels last and compilation.

python bench/bench_gpu.py
"""

import time

import torch
from torch import nn

import segedu as se

SIZE, BATCH, CLASSES, WIDTH = (360, 480), 16, 11, 64
WARM, TIMED = 5, 20  # steps


def images_per_second(precision: str, channels_last: bool, compiled: bool) -> tuple[float, float]:
    """Return (images a second, peak memory in GB) of training steps of the course's U-Net on images already there."""
    torch.cuda.reset_peak_memory_stats()
    memory_format = torch.channels_last if channels_last else torch.contiguous_format
    model = se.UNet(num_classes=CLASSES, width=WIDTH, depth=4).to("cuda", memory_format=memory_format)
    if compiled:
        model.compile()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    images = torch.rand(BATCH, 3, *SIZE, device="cuda").contiguous(memory_format=memory_format)
    targets = torch.randint(CLASSES, (BATCH, *SIZE), device="cuda")
    loss = nn.CrossEntropyLoss(ignore_index=255)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cuda", dtype, enabled=precision != "fp32"):
            logits = model(images)
        loss(logits.float(), targets).backward()
        optimizer.step()

    for _ in range(WARM):
        step()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(TIMED):
        step()
    torch.cuda.synchronize()
    return BATCH * TIMED / (time.perf_counter() - start), torch.cuda.max_memory_allocated() / 1e9


def trainer_images_per_second(steps: int = TIMED) -> float:
    """Return images a second of `se.Trainer` itself on samples in memory, at its best precision."""
    samples = [(torch.rand(3, *SIZE), torch.randint(CLASSES, SIZE)) for _ in range(BATCH)]
    model = se.UNet(num_classes=CLASSES, width=WIDTH, depth=4)
    run = se.Trainer(model, samples, steps=WARM, batch=BATCH, device="cuda", progress=False).fit()
    start = time.perf_counter()
    run.fit(steps=WARM + steps)
    torch.cuda.synchronize()
    return BATCH * steps / (time.perf_counter() - start)


def main() -> None:
    """Print one line a setting, each with its ratio to plain fp32; or say that there is no GPU."""
    if not torch.cuda.is_available():
        print("no CUDA GPU here: nothing to measure")
        return
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}: U-Net width {WIDTH}, batch {BATCH} of {SIZE}")
    half = "bf16" if torch.cuda.get_device_capability()[0] >= 8 else "fp16"
    torch.set_float32_matmul_precision("high")  # as the trainer does
    base = None
    for precision in ("fp32", half):
        for channels_last in (False, True):
            for compiled in (False, True):
                rate, memory = images_per_second(precision, channels_last, compiled)
                base = base or rate
                what = f"{precision}{', channels last' * channels_last}{', compiled' * compiled}"
                print(f"{what:<32} {rate:8.1f} images/s  {memory:5.1f} GB  ratio {rate / base:.2f}", flush=True)
                torch.compiler.reset()
    rate = trainer_images_per_second()
    print(f"{'se.Trainer, images from memory':<32} {rate:8.1f} images/s            ratio {rate / (base or rate):.2f}")


if __name__ == "__main__":
    main()
