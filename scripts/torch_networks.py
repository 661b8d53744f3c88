"""Lightly's ResNets of basic blocks in PyTorch, without their classifier: what others are compared with."""

import torch.nn.functional as F
from torch import nn


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


class ResNet(nn.Module):
    """With so many channels in the first of its four stages; resnet-9 has one block in a stage, resnet-18 two."""

    def __init__(self, channels, blocks_per_stage):
        super().__init__()
        self.conv1 = nn.Conv2d(3, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        inputs = channels
        for stage in range(4):
            outputs, blocks = channels * 2**stage, []
            for i in range(blocks_per_stage):
                blocks.append(Block(inputs, outputs, 2 if i == 0 and stage > 0 else 1))
                inputs = outputs
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.features = inputs

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return x.mean((2, 3))
