r"""Two-sample bets: evidence that generated observations are told from fresh reference ones.

A witness h with values in [-1, 1] is chosen from earlier generations. Of a generated x and a fresh
reference y, the bet gains $\log(1+\frac\lambda2[h(x)-h(y)])$, which has mean at most 0 as long as
both have one law. Every reference observation is used once.

References: Shekhar and Ramdas, arXiv 2112.09162; Podkopaev and Ramdas, arXiv 2305.19570.
"""

from collections.abc import Callable

import numpy as np

BETS = np.array([0.1, 0.2, 0.4, 0.6, 0.8, 0.95])
REMEMBERED = 512
STEPS = 12


def payoff_gains(generated, reference, learn: Callable) -> np.ndarray:
    """Return the log gains of all bets by generation, shape (generations, bets).

    Args:
        generated: rows of every generation.
        reference: fresh reference rows for every generation; as many pairs are bet on as both have.
        learn: returns the witness, a function of rows, from earlier generated and reference rows.
    """
    gains, past = np.zeros((len(generated), len(BETS))), ([], [])
    for t, (x, y) in enumerate(zip(generated, reference, strict=True)):
        if sum(map(len, past[0])) and sum(map(len, past[1])):
            witness = learn(*(np.concatenate(rows)[-REMEMBERED:] for rows in past))
            pairs = min(len(x), len(y))
            payoff = 0.5 * (witness(x[:pairs]) - witness(y[:pairs]))
            gains[t] = np.log1p(BETS[None, :] * payoff[:, None]).sum(axis=0)
        past[0].append(x)
        past[1].append(y)
    return gains


def kernel_witness(x, y) -> Callable:
    """The witness of the maximum mean discrepancy, with a Gaussian kernel of median width."""
    both = np.concatenate([x, y])
    apart = _squares(both[::3], both[1::3])
    width = np.median(apart[apart > 0]) if np.any(apart > 0) else 1.0

    def mean_kernel(rows, points):
        return np.exp(-_squares(rows, points) / width).mean(axis=1)

    return lambda rows: mean_kernel(rows, x) - mean_kernel(rows, y)


def standardizer(known, center) -> Callable:
    """Return the distances of rows to the center, in standard deviations of every known number."""
    scale = known.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    return lambda rows: (rows - center) / scale


def classifier_witness(x, y) -> Callable:
    """What a logistic regression on numbers and their squares says, from -1 to 1."""
    both = np.concatenate([x, y])
    standard = standardizer(both, both.mean(axis=0))

    def inputs(rows):
        z = standard(rows)
        return np.concatenate([np.ones((len(z), 1)), z, z**2], axis=1)

    design = inputs(both)
    labels = np.repeat([1.0, 0.0], [len(x), len(y)])
    weights, prior = np.zeros(design.shape[1]), np.eye(design.shape[1])
    for _ in range(STEPS):
        p = _chance(design @ weights)
        slope = design.T @ (labels - p) - weights
        weights = weights + np.linalg.solve((design.T * (p * (1 - p))) @ design + prior, slope)
    return lambda rows: 2 * _chance(inputs(rows) @ weights) - 1


def _chance(logits):
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def _squares(a, b):
    return np.sum((a[:, None, :] - b[None, :, :]) ** 2, axis=-1)
