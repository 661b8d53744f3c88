"""Weights and pictures given by formulas, so that golden files need not store them."""

import torch
import torch.nn.functional as F
from torch import nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Head(nn.Module):
    """Layers of (inputs, outputs, norm: None, 'affine' or 'plain', whether rectified), numbered as in Lightly."""

    def __init__(self, *layers):
        super().__init__()
        parts = []
        for inputs, outputs, norm, is_rectified in layers:
            parts.append(nn.Linear(inputs, outputs, bias=norm is None))
            if norm is not None:
                parts.append(nn.BatchNorm1d(outputs, affine=norm == "affine"))
            if is_rectified:
                parts.append(nn.ReLU())
        self.layers = nn.Sequential(*parts)

    def forward(self, x):
        return self.layers(x)


def spread(key, tensor):
    """Numbers from -1 to below 1 that the key decides, in the tensor's shape."""
    places = torch.arange(tensor.numel(), dtype=torch.int64)
    shares = ((places * 7919 + key * 104729) % 10007).double() / 10007
    return (2 * shares - 1).view_as(tensor)


def put(tensor, values):
    """As float32 holds them."""
    tensor.data.copy_(values.float().to(tensor.dtype))


def fill(network, prefix):
    """The prefix is the network's place in a larger one, such as 'projection_head.'."""
    for name, parameter in network.named_parameters():
        if parameter.ndim == 1:
            nn.init.constant_(parameter, 1.0 if name.endswith("weight") else 0.0)
        else:
            put(parameter, spread(sum(map(ord, prefix + name)), parameter) / parameter[0].numel() ** 0.5)


def pictures(batch, side):
    """Two views: [2, batch, 3, side, side]"""
    places = torch.arange(2 * batch * side * side * 3, dtype=torch.int64)
    values = (places * places // 7 + places * 131) % 251
    views = values.view(2, batch, side, side, 3).permute(0, 1, 4, 2, 3) / 255
    mean, std = torch.tensor(MEAN).view(1, 1, 3, 1, 1), torch.tensor(STD).view(1, 1, 3, 1, 1)
    return (views - mean) / std


def nt_xent(z0, z1, temperature):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    logits = (z @ z.t() / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    return F.cross_entropy(logits, torch.arange(len(z)).roll(len(z0)))
