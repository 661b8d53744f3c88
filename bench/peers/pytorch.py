"""Nearest neighbours, and a network with MobileNetV2's layers, in PyTorch; what is loaded and built first is not timed.

usage: pytorch.py neighbours FILE COLUMNS QUERIES K THREADS | pytorch.py network plain|fused PICTURES BATCH THREADS
Of the rows in FILE, the first QUERIES are looked up among the others.
"""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[-1]))
torch.manual_seed(0)


def neighbours(path, columns, count, k, queries_at_once=512):
    """As Lightly's knn_predict looks them up, some queries at a time."""
    data = torch.from_file(path, size=size_of(path), dtype=torch.float32).clone().view(-1, columns)
    queries, bank = data[:count], data[count:].t()
    started = time.perf_counter()
    found = [torch.mm(part, bank).topk(k, dim=-1) for part in queries.split(queries_at_once)]
    seconds = time.perf_counter() - started
    similarities = torch.cat([each.values for each in found]).double()
    return {"seconds": seconds, "answer": similarities[:, [0, -1]].mean(dim=0).tolist()}


def size_of(path):
    with open(path, "rb") as file:
        return file.seek(0, 2) // 4


class Block(nn.Module):
    """Inverted residual: expand, filter each channel by itself, project. Batch norm is folded into the convolutions."""

    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        expand = [nn.Conv2d(inputs, hidden, 1), nn.ReLU6()] if expansion > 1 else []
        depthwise = [nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden), nn.ReLU6()]
        self.layers = nn.Sequential(*expand, *depthwise, nn.Conv2d(hidden, outputs, 1))
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.layers(x) if self.is_residual else self.layers(x)


def mobilenet_v2():
    """Layers of width 1.0 up to the last convolution, averaged (Sandler et al. 2018, table 2); weights are random."""
    layers, inputs = [nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU6()], 32
    table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, outputs, repeats, first_stride in table:
        for i in range(repeats):
            layers.append(Block(inputs, outputs, first_stride if i == 0 else 1, expansion))
            inputs = outputs
    return nn.Sequential(*layers, nn.Conv2d(320, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def network(mode, pictures, batch_size):
    """plain: as it is built. fused: traced, frozen and optimised for inference, channels last in memory."""
    model = mobilenet_v2().eval()
    batch = torch.rand(batch_size, 3, 224, 224)
    with torch.inference_mode():
        if mode == "fused":
            batch = batch.contiguous(memory_format=torch.channels_last)
            model = model.to(memory_format=torch.channels_last)
            model = torch.jit.optimize_for_inference(torch.jit.trace(model, batch))
        for _ in range(3):
            assert model(batch).shape == (batch_size, 1280)
        started = time.perf_counter()
        for _ in range(pictures // batch_size):
            model(batch)
        return {"seconds": time.perf_counter() - started, "pictures": pictures}


numbers = [int(argument) for argument in sys.argv[3:-1]]
result = (neighbours if sys.argv[1] == "neighbours" else network)(sys.argv[2], *numbers)
print(json.dumps({**result, "who": f"PyTorch {torch.__version__}"}))
