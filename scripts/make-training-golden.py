"""Makes test/learning/training-golden.json: losses of ten steps of PyTorch's SGD, for each method, from weights and pictures
that are given by formulas, so that they need not be stored.

Run it with a python3 that has PyTorch 1.13 or newer (Debian: python3-torch):
    python3 scripts/make-training-golden.py
"""

import copy
import json
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

from golden_formulas import Head, fill, nt_xent, pictures
from torch_networks import ResNet

BATCH, SIDE, WIDTH, STEPS = 8, 16, 8, 10
SGD_MOMENTUM, WEIGHT_DECAY, ENCODER_MOMENTUM = 0.9, 1e-4, 0.9
# Losses that are large have steep gradients.
LEARNING_RATES = {"barlowtwins": 2e-5, "vicreg": 1e-5}
USUAL_LEARNING_RATE = 1e-3
BANK = 32


class Network(nn.Module):
    def __init__(self, projection, prediction=None):
        super().__init__()
        self.backbone = ResNet(WIDTH, 1)
        self.projection_head = projection
        if prediction is not None:
            self.prediction_head = prediction

    def project(self, x):
        return self.projection_head(self.backbone(x))


def first_bank(width):
    rows, columns = torch.arange(BANK).view(-1, 1), torch.arange(width).view(1, -1)
    return F.normalize(((rows * 31 + columns * 17 + rows * columns) % 13 - 6).double(), dim=1)


def nt_xent_with_bank(queries, keys, temperature, bank):
    queries, keys = F.normalize(queries, dim=1), F.normalize(keys, dim=1)
    logits = torch.cat([(queries * keys).sum(1, keepdim=True), queries @ bank.t()], 1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(queries), dtype=torch.long))


def negative_cosine(a, b):
    return -F.cosine_similarity(a, b.detach(), dim=1).mean()


def barlow_twins(z0, z1):
    z0, z1 = F.batch_norm(z0, None, None, training=True), F.batch_norm(z1, None, None, training=True)
    c = z0.t() @ z1 / len(z0)
    diagonal = torch.diagonal(c)
    return ((diagonal - 1) ** 2).sum() + 5e-3 * ((c**2).sum() - (diagonal**2).sum())


def vicreg(z0, z1):
    def variance(z):
        return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean()

    def covariance(z):
        z = z - z.mean(0)
        c = z.t() @ z / (len(z) - 1)
        return ((c**2).sum() - (torch.diagonal(c) ** 2).sum()) / z.shape[1]

    return (
        25 * F.mse_loss(z0, z1)
        + 25 * 0.5 * (variance(z0) + variance(z1))
        + covariance(z0)
        + covariance(z1)
    )


def networks():
    features = ResNet(WIDTH, 1).features
    return {
        "simclr": Network(Head((features, features, "affine", True), (features, 128, "affine", False))),
        "moco": Network(Head((features, features, None, True), (features, 128, None, False))),
        "simsiam": Network(
            Head(
                (features, features, "affine", True),
                (features, features, "affine", True),
                (features, features, "plain", False),
            ),
            Head((features, features // 4, "affine", True), (features // 4, features, None, False)),
        ),
        "byol": Network(
            Head((features, 2 * features, "affine", True), (2 * features, 256, None, False)),
            Head((256, 2 * features, "affine", True), (2 * features, 256, None, False)),
        ),
        "barlowtwins": Network(expander(features)),
        "vicreg": Network(expander(features)),
    }


def expander(features):
    width = 4 * features
    return Head(
        (features, width, "affine", True), (width, width, "affine", True), (width, width, None, False)
    )


def follow(network, other):
    """The encoder that follows comes a step nearer before it is used; buffers are its own."""
    for own, trained in zip(other.parameters(), network.parameters()):
        own.data = own.data * ENCODER_MOMENTUM + trained.data * (1 - ENCODER_MOMENTUM)


def loss_of(method, network, other, x0, x1, bank):
    """@returns the loss, and rows for the memory bank."""
    if method in ("moco", "byol"):
        follow(network, other)
    if method == "moco":
        queries = network.project(x0)
        with torch.no_grad():
            keys = other.project(x1)
        return nt_xent_with_bank(queries, keys, 0.1, bank), F.normalize(keys, dim=1)
    z0, z1 = network.project(x0), network.project(x1)
    if method == "simclr":
        return nt_xent(z0, z1, 0.5), None
    if method == "simsiam":
        p0, p1 = network.prediction_head(z0), network.prediction_head(z1)
        return (negative_cosine(p0, z1) + negative_cosine(p1, z0)) / 2, None
    if method == "byol":
        p0, p1 = network.prediction_head(z0), network.prediction_head(z1)
        with torch.no_grad():
            t0, t1 = other.project(x0), other.project(x1)
        return (negative_cosine(p0, t1) + negative_cosine(p1, t0)) / 2, None
    return (barlow_twins if method == "barlowtwins" else vicreg)(z0, z1), None


def train(method, network):
    fill(network, "")
    other = copy.deepcopy(network)
    x0, x1 = pictures(BATCH, SIDE)
    bank = first_bank(128) if method == "moco" else None
    rate = LEARNING_RATES.get(method, USUAL_LEARNING_RATE)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=rate, momentum=SGD_MOMENTUM, weight_decay=WEIGHT_DECAY
    )
    losses, row = [], 0
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss, keys = loss_of(method, network, other, x0, x1, bank)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if keys is not None:
            bank[row : row + BATCH] = keys
            row = (row + BATCH) % BANK
    network.eval()
    with torch.no_grad():
        embedding = network.backbone(x0)
    return {"learningRate": rate, "losses": losses, "embedding": embedding[0].tolist()}


# In float64: what rounding does to single losses is no matter of who computes them.
torch.set_default_dtype(torch.float64)
golden = {method: train(method, network) for method, network in networks().items()}
path = pathlib.Path(__file__).parent.parent / "test" / "learning" / "training-golden.json"
path.write_text(json.dumps({"pytorch": torch.__version__, "methods": golden}, indent=2) + "\n")
print(path, {method: [round(x, 4) for x in each["losses"]] for method, each in golden.items()})
