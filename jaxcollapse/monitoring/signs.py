"""Signs of collapse: what is looked at in every generation, each as the logarithm of an e-process.

A sign is a function `(stream, rng) -> Evidence`; one that has to be asked for by name takes the
level too. Of the reference one half defines the score, and the other half is what later scores are
compared with.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from .._names import entry
from .payoffs import classifier_witness, kernel_witness, payoff_gains, standardizer
from .ranks import Evidence, bets_on_ranks, restarted, sequential_ranks
from .streams import Stream

TAIL = 0.1


class Kind(NamedTuple):
    """A sign: what it looks at, its function, and whether it has to be asked for by name."""

    of: str
    function: Callable
    asked: bool


SIGNS: dict[str, Kind] = {}


def sign(name: str, of: str, asked: bool = False):
    """Decorator: a sign of streams of "numbers", "words", "labels" or "models"."""

    def register(function):
        SIGNS[name] = Kind(of, function, asked)
        return function

    return register


def kinds_of(stream: Stream) -> set[str]:
    """What a stream has: "numbers" or "words", "labels", and "models"."""
    values = {"words" if each.dtype.kind in "US" else "numbers" for each in stream.values}
    return (
        values
        | ({"labels"} if stream.labeled else set())
        | ({"models"} if stream.gains is not None else set())
    )


def chosen_signs(stream: Stream, names, alpha: float) -> dict[str, Callable]:
    """The signs of these names, or all that a stream has and that need not be asked for, by name.

    Raises:
        ValueError: a sign that is not known, or that the stream has not.
    """
    kinds = kinds_of(stream)
    if names is None:
        names = [name for name, each in SIGNS.items() if each.of in kinds and not each.asked]
    for name in names:
        of = entry(name, SIGNS, "sign").of
        if of not in kinds:
            has = " and ".join(sorted(kinds))
            raise ValueError(f"sign {name!r} needs a stream of {of}, got one of {has}")
    chosen = {name: SIGNS[name] for name in names}
    return {
        name: partial(each.function, alpha=alpha) if each.asked else each.function
        for name, each in chosen.items()
    }


def decline(reference, generations, rng) -> Evidence:
    """Evidence that scores fall below those of the reference."""
    return restarted(bets_on_ranks(sequential_ranks(reference, generations, rng)))


def scores_of(stream: Stream, rng, make_score: Callable) -> list[np.ndarray]:
    """Scores of one random half of the reference, which the other half defines, and of the rest."""
    real, *later = stream.values
    order, middle = rng.permutation(len(real)), len(real) // 2
    score = make_score(real[order[:middle]])
    return [score(rows) for rows in [real[order[middle:]], *later]]


def _scored(stream: Stream, rng, make_score: Callable) -> Evidence:
    kept, *later = scores_of(stream, rng, make_score)
    return decline(kept, later, rng)


def _distance(known):
    """Distance to the center of the reference, in standard deviations of every number."""
    standard = standardizer(known, np.median(known, axis=0))
    return lambda rows: np.sqrt(np.sum(standard(rows) ** 2, axis=1))


@sign("spread", of="numbers")
def spread(stream: Stream, rng):
    """Observations come closer to the center of the reference."""
    return _scored(stream, rng, _distance)


@sign("tail-coverage", of="numbers")
def tail_coverage(stream: Stream, rng):
    """Fewer observations lie where the outer tenth of the reference lies."""

    def outside(known):
        distance = _distance(known)
        edge = np.quantile(distance(known), 1 - TAIL)
        return lambda rows: (distance(rows) > edge).astype(float)

    return _scored(stream, rng, outside)


def _two_sample(stream: Stream, rng, learn):
    fresh = rng.permutation(stream.values[0])
    return restarted(
        payoff_gains(stream.values[1:], np.array_split(fresh, stream.generations), learn)
    )


@sign("mmd", of="numbers")
def mmd(stream: Stream, rng):
    """The kernel witness of earlier generations tells new observations from reference ones."""
    return _two_sample(stream, rng, kernel_witness)


@sign("classifier", of="numbers")
def classifier(stream: Stream, rng):
    """A classifier of earlier generations tells new observations from reference ones."""
    return _two_sample(stream, rng, classifier_witness)


def _frequencies(known):
    words, counts = np.unique(known, return_counts=True)
    return words, counts / counts.sum()


def _frequency(words, shares, rows):
    place = np.minimum(np.searchsorted(words, rows), len(words) - 1)
    return np.where(words[place] == rows, shares[place], 0.0)


@sign("perplexity", of="words")
def perplexity(stream: Stream, rng):
    """Words become more frequent ones of the reference, so that their perplexity falls."""

    def rarity(known):
        words, shares = _frequencies(known)
        return lambda rows: -_frequency(words, shares, rows)

    return _scored(stream, rng, rarity)


@sign("vocabulary", of="words")
def vocabulary(stream: Stream, rng):
    """Fewer words are among the rare ones, which hold a tenth of the reference."""

    def rare(known):
        words, shares = _frequencies(known)
        order = np.sort(shares)
        edge = order[np.searchsorted(np.cumsum(order), TAIL)]
        return lambda rows: (_frequency(words, shares, rows) <= edge).astype(float)

    return _scored(stream, rng, rare)


def correct(labeled) -> np.ndarray:
    """One where the prediction is the label, else zero."""
    return (labeled[0] == labeled[1]).astype(float)


@sign("accuracy", of="labels")
def accuracy(stream: Stream, rng):
    """Fewer items of all groups together are labeled rightly."""
    return decline(correct(stream.labeled[0]), [correct(each) for each in stream.labeled[1:]], rng)


@sign("self-evidence", of="models", asked=True)
def self_evidence(stream: Stream, rng, alpha: float):
    """Outputs are likelier under the models that made them than under the truth."""
    return restarted(np.asarray(stream.gains)[:, None])
