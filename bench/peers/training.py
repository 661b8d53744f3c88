"""Steps of SimCLR with a ResNet-18 of Lightly's kind in PyTorch; the median of a step, after two that are not counted.

usage: training.py own|lightly BATCH SIDE STEPS THREADS
own: the network as it is written here; lightly: Lightly's own modules, which must be importable
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

KIND = sys.argv[1]
BATCH, SIDE, STEPS, THREADS = map(int, sys.argv[2:])
UNCOUNTED = 2
torch.set_num_threads(THREADS)
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        is_same = stride == 1 and inputs == channels
        shortcut = () if is_same else (nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


def own_backbone():
    layers, inputs = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()], 64
    for stage in range(4):
        for i in range(2):
            channels = 64 * 2**stage
            layers.append(Block(inputs, channels, 2 if i == 0 and stage > 0 else 1))
            inputs = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def own_network():
    head = nn.Sequential(
        nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 128, bias=False), nn.BatchNorm1d(128)
    )

    def loss(z0, z1):
        z = F.normalize(torch.cat([z0, z1]))
        logits = (z @ z.t() / 0.5).masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
        return F.cross_entropy(logits, torch.arange(len(z)).roll(len(z0)))

    return nn.Sequential(own_backbone(), head), loss


def lightly_network():
    from lightly.loss import NTXentLoss
    from lightly.models import ResNetGenerator
    from lightly.models.modules.heads import SimCLRProjectionHead

    children = list(ResNetGenerator("resnet-18").children())[:-1]
    backbone = nn.Sequential(*children, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(backbone, SimCLRProjectionHead(512, 512, 128)), NTXentLoss()


network, criterion = own_network() if KIND == "own" else lightly_network()
optimizer = torch.optim.SGD(network.parameters(), lr=0.03, momentum=0.9, weight_decay=5e-4)
views = torch.randn(2, BATCH, 3, SIDE, SIDE)
seconds = []
for _ in range(UNCOUNTED + STEPS):
    started = time.perf_counter()
    optimizer.zero_grad()
    criterion(network(views[0]), network(views[1])).backward()
    optimizer.step()
    seconds.append(time.perf_counter() - started)
counted = sorted(seconds[UNCOUNTED:])
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
who = f"PyTorch {torch.__version__}"
print(json.dumps({"seconds": counted[len(counted) // 2], "memoryBytes": memory, "who": who}))
