"""The same networks in PyTorch; prints images a second of one variant. Needs only PyTorch.

Run by ``tests.benchmarks.throughput`` with an interpreter that has ``requirements.txt``.
Arguments: strides such as 1,2,2; head; batch size; ``bf16`` or ``fp32``; ``eager`` or
``compiled``; seconds.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """A residual block; ``stride`` 0 means that the shortcut is the identity."""

    def __init__(self, inputs: int, filters: int, stride: int) -> None:
        super().__init__()
        self.a = nn.Conv2d(inputs, filters, 1, stride or 1)
        self.b = nn.Conv2d(filters, filters, 3, padding=1)
        self.c = nn.Conv2d(filters, filters, 1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(filters) for _ in range(3))
        self.shortcut = (
            nn.Sequential(nn.Conv2d(inputs, filters, 1, stride), nn.BatchNorm2d(filters))
            if stride
            else nn.Identity()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu(self.norms[0](self.a(x)))
        y = functional.relu(self.norms[1](self.b(y)))
        return functional.relu(self.norms[2](self.c(y)) + self.shortcut(x))


def network(strides: tuple[int, ...], head: str) -> nn.Module:
    """(N, 1, 50, 50) → (N, 10) logits."""
    layers: list[nn.Module] = [
        nn.Conv2d(1, 32, 5, padding=3),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
    ]
    inputs = 32
    for filters, stride in zip((32, 64, 128), strides, strict=True):
        for step in (stride, 0, 0):
            layers.append(Block(inputs, filters, step))
            inputs = filters
    if head == "pooled":
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10)]
    else:
        layers += [nn.AvgPool2d(2, ceil_mode=True), nn.Flatten(), nn.LazyLinear(10)]
    return nn.Sequential(*layers)


def main() -> None:
    """Train on noise for some seconds, three steps left out."""
    strides, head, size, precision, mode, seconds = sys.argv[1:]
    batch = int(size)
    images = torch.rand(batch * 10, 1, 50, 50)
    labels = torch.randint(0, 10, (batch * 10,))
    model = network(tuple(map(int, strides.split(","))), head)
    model(images[:2])  # makes the lazy layer's weights
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    forward = torch.compile(model) if mode == "compiled" else model

    def step(index: int) -> None:
        part = slice(index % 10 * batch, (index % 10 + 1) * batch)
        x = images[part].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            outputs = forward(x)
        optimizer.zero_grad()
        functional.cross_entropy(outputs.float(), labels[part]).backward()
        optimizer.step()

    for index in range(3):
        step(index)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < float(seconds):
        step(done)
        done += 1
    print(batch * done / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
