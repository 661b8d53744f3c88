"""Steps of SimCLR with a ResNet-18 of Lightly's kind in PyTorch; the median of a step, after two that are not counted.

usage: training.py own|lightly BATCH SIDE STEPS THREADS [DEVICE]
own: the network as it is written here; lightly: Lightly's own modules, which must be importable
DEVICE: PyTorch's name of where it computes; the processor when left out
"""

import json
import pathlib
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

sys.path.append(str(pathlib.Path(__file__).parents[2] / "scripts"))
from torch_networks import ResNet

KIND = sys.argv[1]
BATCH, SIDE, STEPS, THREADS = map(int, sys.argv[2:6])
DEVICE = sys.argv[6] if len(sys.argv) > 6 else "cpu"
UNCOUNTED = 2
torch.set_num_threads(THREADS)
torch.manual_seed(0)


def own_network():
    head = nn.Sequential(
        nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 128, bias=False), nn.BatchNorm1d(128)
    )

    def loss(z0, z1):
        z = F.normalize(torch.cat([z0, z1]))
        logits = (z @ z.t() / 0.5).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
        return F.cross_entropy(logits, torch.arange(len(z), device=z.device).roll(len(z0)))

    return nn.Sequential(ResNet(64, 2), head), loss


def lightly_network():
    from lightly.loss import NTXentLoss
    from lightly.models import ResNetGenerator
    from lightly.models.modules.heads import SimCLRProjectionHead

    children = list(ResNetGenerator("resnet-18").children())[:-1]
    backbone = nn.Sequential(*children, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(backbone, SimCLRProjectionHead(512, 512, 128)), NTXentLoss()


network, criterion = own_network() if KIND == "own" else lightly_network()
network.to(DEVICE)
optimizer = torch.optim.SGD(network.parameters(), lr=0.03, momentum=0.9, weight_decay=5e-4)
views = torch.randn(2, BATCH, 3, SIDE, SIDE)
seconds = []
for _ in range(UNCOUNTED + STEPS):
    started = time.perf_counter()
    optimizer.zero_grad()
    on_device = views.to(DEVICE)
    loss = criterion(network(on_device[0]), network(on_device[1]))
    loss.backward()
    optimizer.step()
    loss.item()
    seconds.append(time.perf_counter() - started)
counted = sorted(seconds[UNCOUNTED:])
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
who = f"PyTorch {torch.__version__}"
print(json.dumps({"seconds": counted[len(counted) // 2], "memoryBytes": memory, "who": who}))
