"""Makes test/learning/golden.json: what PyTorch and Lightly compute, for the tests of losses, optimisers and schedules.

    apt-get install python3-torch
    git clone https://github.com/lightly-ai/lightly /tmp/lightly
    git -C /tmp/lightly checkout e8d317fc5a87f4387a85a35e689869039ec249ee
    PYTHONPATH=/tmp/lightly /usr/bin/python3 scripts/make-learning-golden.py && npm run fix

Made with PyTorch 1.13 and Lightly 1.5.26. Lightly's packages import torchvision as a whole; the modules that are needed
here do not, so the packages are left empty and the modules are loaded one by one.
"""

import importlib
import importlib.util
import json
import pathlib
import sys
import types

import torch

# float64, so that the numbers are those of the formulas, and float32 is judged by them.
torch.set_default_dtype(torch.float64)


def module_of(name):
    """A module of Lightly, without what its package imports."""
    root = pathlib.Path(importlib.util.find_spec("lightly").submodule_search_locations[0])
    for package in ("loss", "models", "models.modules"):
        empty = types.ModuleType(f"lightly.{package}")
        empty.__path__ = [str(root.joinpath(*package.split(".")))]
        sys.modules.setdefault(f"lightly.{package}", empty)
    ops = types.ModuleType("torchvision.ops")
    ops.StochasticDepth = torch.nn.Identity
    sys.modules.setdefault("torchvision", types.ModuleType("torchvision"))
    sys.modules.setdefault("torchvision.ops", ops)
    return importlib.import_module(f"lightly.{name}")


def float32(*shape):
    """Random numbers that float32 holds."""
    return torch.randn(*shape, dtype=torch.float32).to(torch.float64)


def loss_case(name, loss, arguments, options):
    """A loss of matrices, and its gradients."""
    leaves = [argument.clone().requires_grad_(True) for argument in arguments]
    value = loss(*leaves)
    value.backward()
    gradients = [leaf.grad if leaf.grad is not None else torch.zeros_like(leaf) for leaf in leaves]
    return {
        "name": name,
        "options": options,
        "inputs": [argument.tolist() for argument in arguments],
        "value": value.item(),
        "gradients": [gradient.tolist() for gradient in gradients],
    }


def loss_cases():
    nt_xent = module_of("loss.ntx_ent_loss").NTXentLoss
    cosine = module_of("loss.negative_cosine_similarity").NegativeCosineSimilarity()
    symmetric = module_of("loss.sym_neg_cos_sim_loss").SymNegCosineSimilarityLoss()
    barlow_twins = module_of("loss.barlow_twins_loss").BarlowTwinsLoss
    vicreg = module_of("loss.vicreg_loss").VICRegLoss

    pair = [float32(4, 6), float32(4, 6)]
    wide = [float32(5, 3), 2 * float32(5, 3)]
    for temperature in (0.07, 0.5, -1.0):
        yield loss_case("ntXent", nt_xent(temperature), pair, {"temperature": temperature})

    bank = torch.nn.functional.normalize(float32(7, 6), dim=1).to(torch.float32).to(torch.float64)

    def with_bank(out0, out1):
        loss = nt_xent(0.2, memory_bank_size=(7, 6))
        loss.memory_bank.bank = bank.clone()
        return loss(out0, out1)

    yield loss_case("ntXent", with_bank, pair, {"temperature": 0.2, "bank": bank.tolist()})
    yield loss_case("negativeCosineSimilarity", cosine, pair, {})
    views = [*pair, float32(4, 6), float32(4, 6)]
    yield loss_case(
        "symmetricNegativeCosineSimilarity",
        lambda z0, p0, z1, p1: symmetric((z0, p0), (z1, p1)),
        views,
        {},
    )
    # As in examples/pytorch/byol.py: projections of the momentum encoder are detached.
    yield loss_case(
        "byol",
        lambda z0, p0, z1, p1: 0.5 * (cosine(p0, z1.detach()) + cosine(p1, z0.detach())),
        views,
        {},
    )
    for arguments in (pair, wide):
        yield loss_case("barlowTwins", barlow_twins(), arguments, {})
        yield loss_case("vicReg", vicreg(), arguments, {})
    yield loss_case("barlowTwins", barlow_twins(lambda_param=0.3), pair, {"lambda": 0.3})
    yield loss_case(
        "vicReg",
        vicreg(lambda_param=2.0, mu_param=7.0, nu_param=3.0, eps=0.01),
        pair,
        {"lambda": 2.0, "mu": 7.0, "nu": 3.0, "epsilon": 0.01},
    )


def optimizer_case(name, options, make, start, gradients, rates):
    """A parameter after each of some steps."""
    parameter = torch.nn.Parameter(start.clone())
    optimizer = make([parameter])
    steps = []
    for gradient, rate in zip(gradients, rates):
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = gradient.clone()
        optimizer.step()
        steps.append(parameter.detach().flatten().tolist())
    return {
        "name": name,
        "options": options,
        "shape": list(start.shape),
        "start": start.flatten().tolist(),
        "gradients": [gradient.flatten().tolist() for gradient in gradients],
        "rates": rates,
        "steps": steps,
    }


def optimizer_cases():
    lars = module_of("utils.lars").LARS
    rates = [0.1, 0.3, 0.2, 0.05, 0.01]
    matrix, vector = float32(3, 2), float32(4)
    slopes, vector_slopes = [float32(3, 2) for _ in rates], [float32(4) for _ in rates]
    none = torch.zeros(3, 2)
    sgd, adam_w = torch.optim.SGD, torch.optim.AdamW

    def case(name, options, make, start=matrix, gradients=slopes):
        return optimizer_case(name, options, make, start, gradients, rates)

    yield case("sgd", {}, lambda p: sgd(p, 0.1))
    yield case(
        "sgd",
        {"momentum": 0.9, "weightDecay": 5e-4},
        lambda p: sgd(p, 0.1, momentum=0.9, weight_decay=5e-4),
    )
    yield case(
        "sgd",
        {"momentum": 0.8, "weightDecay": 0.1, "isNesterov": True},
        lambda p: sgd(p, 0.1, momentum=0.8, weight_decay=0.1, nesterov=True),
    )
    decayed = {"momentum": 0.9, "weight_decay": 1e-6}
    # A trust coefficient of 0.001 at these rates moves the parameter by a thousandth; larger ones show more.
    yield case("lars", {}, lambda p: lars(p, 0.1, **decayed))
    strong = {"trustCoefficient": 0.5, "weightDecay": 0.2}
    yield case(
        "lars",
        {**strong, "isNesterov": True},
        lambda p: lars(p, 0.1, momentum=0.9, weight_decay=0.2, trust_coefficient=0.5, nesterov=True),
    )
    yield case(
        "lars",
        strong,
        lambda p: lars(p, 0.1, momentum=0.9, weight_decay=0.2, trust_coefficient=0.5),
        gradients=[*slopes[:2], none, *slopes[3:]],
    )
    yield case("lars", strong, lambda p: lars(p, 0.1, momentum=0.9, weight_decay=0.2, trust_coefficient=0.5), none)
    # Lightly's examples put what has one dimension in a group without weight decay, which is not adapted then.
    yield case(
        "lars", strong, lambda p: lars(p, 0.1, momentum=0.9, weight_decay=0.0), vector, vector_slopes
    )
    yield case("adamW", {}, lambda p: adam_w(p, 0.1))
    yield case(
        "adamW",
        {"betas": [0.8, 0.95], "epsilon": 1e-3, "weightDecay": 0.3},
        lambda p: adam_w(p, 0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3),
    )
    yield case("adamW", {}, lambda p: adam_w(p, 0.1), vector, vector_slopes)


def schedule_cases():
    scheduler = module_of("utils.scheduler")
    for max_steps, start, end in ((10, 0.996, 1.0), (7, 1.0, 0.001), (1, 3.0, 2.0), (0, 3.0, 2.0)):
        steps = range(max_steps + 1)
        yield {
            "name": "cosineSchedule",
            "arguments": [max_steps, start, end],
            "values": [scheduler.cosine_schedule(step, max_steps, start, end) for step in steps],
        }
    for max_steps, warmup_steps, options in (
        (12, 4, {}),
        (12, 0, {}),
        (5, 5, {}),
        (9, 3, {"start": 2.0, "end": 0.5, "warmupStart": 0.25, "warmupEnd": 1.5}),
    ):
        values = [
            scheduler.cosine_warmup_schedule(
                step=step,
                max_steps=max_steps,
                start_value=options.get("start", 1.0),
                end_value=options.get("end", 0.001),
                warmup_steps=warmup_steps,
                warmup_start_value=options.get("warmupStart", 0.0),
                warmup_end_value=options.get("warmupEnd"),
            )
            for step in range(max_steps + 1)
        ]
        arguments = [{"maxSteps": max_steps, "warmupSteps": warmup_steps, **options}]
        yield {"name": "cosineWarmupSchedule", "arguments": arguments, "values": values}


def spread_cases():
    # What lightly.utils.debug.std_of_l2_normalized computes; its module imports all of torchvision.
    for rows, columns in ((2, 3), (6, 4), (12, 5)):
        z = float32(rows, columns)
        spread = torch.std(torch.nn.functional.normalize(z, dim=1), dim=0).mean()
        yield {"z": z.tolist(), "spread": spread.item()}


torch.manual_seed(0)
golden = {
    "about": "What PyTorch and Lightly compute, in float64. Made by scripts/make-learning-golden.py.",
    "losses": list(loss_cases()),
    "optimizers": list(optimizer_cases()),
    "schedules": list(schedule_cases()),
    "spreads": list(spread_cases()),
}
target = pathlib.Path(__file__).resolve().parent.parent / "test" / "learning" / "golden.json"
target.write_text(json.dumps(golden) + "\n")
