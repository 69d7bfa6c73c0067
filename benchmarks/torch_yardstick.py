"""A recursion of VAEs as a careful PyTorch user writes it: weights of all replicas stacked, batched
products, one fused Adam.

Run by `python -m benchmarks.nets --torch PYTHON` in that interpreter, once for every core, because
threads within a step cost more
than they bring at these sizes; nothing of the project is imported. It looks for the number of
replicas at which one of them is
cheapest, says it on stdout, then trains once for every line that it reads and answers with times.
"""

import argparse
import json
import sys
import time

import torch
from torch.nn.functional import softplus


def layer(replicas, inputs, outputs):
    """Normal weights of variance one over the inputs, and zero biases, for every replica."""
    weights = torch.randn(replicas, inputs, outputs) * inputs**-0.5
    return [weights.requires_grad_(), torch.zeros(replicas, 1, outputs, requires_grad=True)]


def decoded(weights, z):
    """What the Bernoulli likelihood reads."""
    return torch.baddbmm(
        weights[7], torch.relu(torch.baddbmm(weights[5], z, weights[4])), weights[6]
    )


def loss(weights, x):
    """Minus the evidence lower bound of every replica, summed, so that replicas do not meet."""
    mean, log_variance = torch.baddbmm(
        weights[3], torch.relu(torch.baddbmm(weights[1], x, weights[0])), weights[2]
    ).chunk(2, -1)
    outputs = decoded(weights, mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean))
    divergence = 0.5 * torch.sum(mean * mean + log_variance.exp() - 1 - log_variance)
    return (torch.sum(softplus(outputs) - x * outputs) + divergence) / x.shape[1]


def recursion(shape, replicas, steps, generations, data):
    """Train on the data, replace it by what was learned, and so on."""
    features, hidden, latent, batch = shape
    size = data.shape[1]
    at = torch.arange(replicas)[:, None]
    for _ in range(generations):
        weights = layer(replicas, features, hidden) + layer(replicas, hidden, 2 * latent)
        weights += layer(replicas, latent, hidden) + layer(replicas, hidden, features)
        optimizer = torch.optim.Adam(weights, lr=1e-3, fused=True)
        for step in range(steps):
            place = step * batch % size
            if place == 0:
                order = torch.rand(replicas, size).argsort(1)
            optimizer.zero_grad(set_to_none=True)
            loss(weights, data[at, order[:, place : place + batch]]).backward()
            optimizer.step()
        with torch.no_grad():
            data = torch.sigmoid(decoded(weights, torch.randn(replicas, size, latent)))
    return data


def seconds(*arguments):
    """Processor and wall time of a recursion."""
    processor, wall = time.process_time(), time.perf_counter()
    recursion(*arguments)
    return time.process_time() - processor, time.perf_counter() - wall


def cheapest(shape, size):
    """The number of replicas at which a step of one of them takes the least processor time."""

    def cost(replicas):
        data = torch.rand(replicas, size, shape[0])
        return min(seconds(shape, replicas, 30, 1, data)[0] for _ in range(3)) / replicas

    return min((8, 16, 32, 64, 128), key=cost)


def main():
    """Answer lines with times."""
    parser = argparse.ArgumentParser()
    for name in ("features", "hidden", "latent", "batch", "steps", "generations", "size"):
        parser.add_argument(name, type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    shape = (given.features, given.hidden, given.latent, given.batch)
    replicas = cheapest(shape, given.size)
    data = torch.rand(replicas, given.size, given.features)
    print(json.dumps({"torch": torch.__version__, "replicas": replicas}), flush=True)
    for _ in sys.stdin:
        print(
            json.dumps(seconds(shape, replicas, given.steps, given.generations, data)), flush=True
        )


if __name__ == "__main__":
    main()
