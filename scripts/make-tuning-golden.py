"""Makes test/learning/tuning/: a small convolutional network as PyTorch exports it, once with its batch norms
(whole.onnx) and once with them folded into the convolutions (folded.onnx), and golden.json: what PyTorch computes of
pictures with each, the losses of ten steps of SimCLR that start from there, and what it computes afterwards.

Run it with a python3 that has PyTorch 1.13 (Debian: python3-torch; later versions name values otherwise):
    python3 scripts/make-tuning-golden.py && npm run fix

The network's weights are in the ONNX files; those of the projection head, and the pictures, are given by formulas
(golden_formulas.py).
"""

import collections
import copy
import json
import pathlib

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from golden_formulas import MEAN, STD, Head, fill, nt_xent, pictures, put, spread

BATCH, SIDE, STEPS, EMBEDDED = 8, 32, 10, 4
LEARNING_RATE, SGD_MOMENTUM, WEIGHT_DECAY, TEMPERATURE = 1e-3, 0.9, 1e-4, 0.5
HIDDEN, OUTPUT = 32, 16
FOLDER = pathlib.Path(__file__).parent.parent / "test" / "learning" / "tuning"


class Normed(nn.Sequential):
    """Convolution without bias, batch norm, then perhaps an activation."""

    def __init__(self, inputs, outputs, size, activation=None, stride=1, groups=1):
        convolution = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(outputs), *([] if activation is None else [activation]))

    def folded(self):
        return nn.Sequential(fuse_conv_bn_eval(self[0], self[1]), *list(self)[2:])


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)
        self.activation, self.scale_activation = nn.ReLU(), nn.Hardsigmoid()

    def forward(self, x):
        return x * self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x)))))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, expanded, outputs, stride, squeezed=None):
        super().__init__()
        self.is_residual = stride == 1 and inputs == outputs
        self.block = nn.Sequential(
            Normed(inputs, expanded, 1, nn.ReLU6()),
            Normed(expanded, expanded, 3, nn.ReLU6(), stride, groups=expanded),
            *([] if squeezed is None else [SqueezeExcite(expanded, squeezed)]),
            Normed(expanded, outputs, 1),
        )

    def forward(self, x):
        return x + self.block(x) if self.is_residual else self.block(x)


class Branches(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        # Without padding there is none to count; PyTorch 1.13 exports the default with a Pad of nothing before it.
        pool = nn.AvgPool2d(2, 2, count_include_pad=False)
        self.pooled = nn.Sequential(pool, Normed(inputs, outputs, 1, nn.SiLU()))
        self.strided = Normed(inputs, outputs, 3, nn.ReLU(), 2, groups=2)

    def forward(self, x):
        return torch.cat([self.pooled(x), self.strided(x)], 1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            Normed(3, 8, 3, nn.Hardswish(), 2),
            nn.MaxPool2d(3, 1, 1),
            InvertedResidual(8, 24, 12, 2, squeezed=6),
            InvertedResidual(12, 24, 12, 1),
            Branches(12, 16),
        )
        self.pool, self.flatten = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.classifier = nn.Linear(32, 10)

    def embed(self, x):
        return self.flatten(self.pool(self.features(x)))

    def forward(self, x):
        return self.classifier(self.embed(x))


def fill_net(network):
    """No batch norm leaves its input as it is, and activations keep their size from layer to layer. Each tensor has its
    own key: an export holds equal ones once, and gives the others' names to Identity nodes."""
    norms = [name for name, module in network.named_modules() if isinstance(module, nn.BatchNorm2d)]
    for key, (name, tensor) in enumerate(network.state_dict().items()):
        if not tensor.is_floating_point():
            continue
        values = spread(key, tensor)
        if tensor.ndim > 1:
            put(tensor, values * (6 / tensor[0].numel()) ** 0.5)
        elif name.rpartition(".")[0] in norms and name.endswith(("weight", "running_var")):
            put(tensor, 1 + values / 4)
        else:
            put(tensor, values / 8)


def fold(module):
    """Puts folded convolutions in place of normed ones."""
    for name, child in module.named_children():
        if isinstance(child, Normed):
            setattr(module, name, child.folded())
        else:
            fold(child)
    return module


def export(network, name, **options):
    path = FOLDER / name
    torch.onnx.export(
        copy.deepcopy(network).float(),
        torch.zeros(2, 3, SIDE, SIDE, dtype=torch.float32),
        str(path),
        input_names=["pixel_values"],
        output_names=["logits"],
        dynamic_axes={"pixel_values": {0: "n"}, "logits": {0: "n"}},
        opset_version=13,
        keep_initializers_as_inputs=False,
        **options,
    )
    return path


def fields(message):
    """(number, content) of a protobuf message's fields; content of other types than varint and bytes is left out."""
    place = 0

    def varint():
        nonlocal place
        value, shift = 0, 0
        while True:
            byte = message[place]
            place, value, shift = place + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while place < len(message):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            yield number, varint()
        elif kind == 2:
            length = varint()
            yield number, message[place : place + length]
            place += length
        else:
            place += {1: 8, 5: 4}[kind]


def operators(path):
    (graph,) = (content for number, content in fields(path.read_bytes()) if number == 7)
    nodes = [content for number, content in fields(graph) if number == 1]
    types = [content.decode() for node in nodes for number, content in fields(node) if number == 4]
    return dict(collections.Counter(types).most_common())


def embeddings(network, x):
    with torch.no_grad():
        return [[float(f"{value:.9g}") for value in row] for row in network.eval().embed(x).tolist()]


def tune(network):
    x0, x1 = pictures(BATCH, SIDE)
    before = embeddings(network, x0[:EMBEDDED])
    features = network.classifier.in_features
    head = Head((features, HIDDEN, "affine", True), (HIDDEN, OUTPUT, "affine", False))
    fill(head, "projection_head.")
    tuned = [each for name, each in network.named_parameters() if not name.startswith("classifier.")]
    optimizer = torch.optim.SGD(
        [*tuned, *head.parameters()], lr=LEARNING_RATE, momentum=SGD_MOMENTUM, weight_decay=WEIGHT_DECAY
    )
    network.train()
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = nt_xent(head(network.embed(x0)), head(network.embed(x1)), TEMPERATURE)
        loss.backward()
        assert all(each.grad is not None for each in tuned)
        optimizer.step()
        losses.append(loss.item())
    return {"embeddings": before, "losses": losses, "trained": embeddings(network, x0[:EMBEDDED])}


# In float64: what rounding does to single losses is no matter of who computes them.
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
FOLDER.mkdir(exist_ok=True)
whole = Net().eval()
fill_net(whole)
paths = [
    export(whole, "whole.onnx", training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False),
    export(whole, "folded.onnx"),
]
folded = fold(copy.deepcopy(whole))
golden = {
    "pytorch": torch.__version__,
    "batch": BATCH,
    "side": SIDE,
    "mean": MEAN,
    "std": STD,
    "steps": STEPS,
    "learningRate": LEARNING_RATE,
    "momentum": SGD_MOMENTUM,
    "weightDecay": WEIGHT_DECAY,
    "temperature": TEMPERATURE,
    "head": {"hidden": HIDDEN, "output": OUTPUT},
    "networks": {"whole": tune(whole), "folded": tune(folded)},
}
paths.append(FOLDER / "golden.json")
paths[-1].write_text(json.dumps(golden, indent=2) + "\n")
for path in paths:
    print(path, path.stat().st_size, operators(path) if path.suffix == ".onnx" else "")
for name, each in golden["networks"].items():
    print(name, [round(loss, 6) for loss in each["losses"]])
