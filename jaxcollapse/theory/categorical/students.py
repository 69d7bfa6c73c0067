r"""One student of a narrowed teacher: what is lost when the teacher's tail is cut, tempered, or
mixed with real data.

The teacher knows Zipf's law and generates from part of it; the student learns the frequencies of n
draws. Its error is the true probability of what it has not seen. There is no loop here: each
statement is about one fit.
"""

from functools import partial

import numpy as np
import scipy

from ...domains import PROBABILITY, Integer, Real
from ..kinds import Asymptotic, Bound, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Coq
from ..registry import law
from ..subjects import fold_in, jax, jnp, multinomial
from .heavy_tails import EXPONENT, zipf_probabilities

WHERE = {
    "exponent": EXPONENT,
    "categories": Integer(2, 10**7),
    "k": Integer(1),
    "level": PROBABILITY,
    "m": Integer(0),
    "temperature": Real(0.0, closed=(False, True)),
}


@partial(jax.jit, static_argnames=("replicas", "capacity"))
def _unseen(key, sizes, teachers, truth, replicas: int, capacity: int):
    """True probability of the categories that no teacher's draws show, shape (replicas,)."""

    def student(replica):
        own = fold_in(key, replica)
        counts = [
            multinomial(fold_in(own, i), sizes[i], q, capacity) for i, q in enumerate(teachers)
        ]
        return jnp.sum(jnp.where(sum(counts) > 0, 0.0, truth))

    return jax.vmap(student)(jnp.arange(replicas, dtype=jnp.uint32))


def students(key, replicas, sizes, teachers, truth):
    """Simulated students, each of `sizes[i]` draws from `teachers[i]`."""
    capacity = 1 << int(np.ceil(np.log2(max(*sizes, 2))))
    teachers = tuple(jnp.asarray(q) for q in teachers)
    return _unseen(key, jnp.asarray(sizes), teachers, jnp.asarray(truth), replicas, capacity)


def cut(p, k):
    """The k likeliest categories, renormalized."""
    kept = np.where(np.arange(len(p)) < k, p, 0.0)
    return kept / kept.sum()


def tempered(p, temperature):
    r"""$q\propto p^{1/\tau}$."""
    q = p ** (1 / temperature)
    return q / q.sum()


def unseen(p, *draws):
    r"""$\sum_ip_i\prod(1-q_i)^n$ over pairs (n, q)."""
    return np.sum(p * np.prod([(1 - q) ** n for n, q in draws], axis=0))


def draw_cut(key, replicas, n, k, exponent, categories):
    p = zipf_probabilities(exponent, categories)
    return students(key, replicas, (n,), (cut(p, k),), p)


CUT = (
    {"n": 60, "k": 12, "exponent": 1.5, "categories": 40},
    {"n": 15, "k": 30, "exponent": 1.2, "categories": 40},
)


def missing_mass_without_cut(xp, n, exponent, categories):
    """What a student of the whole law misses: a rival."""
    p = zipf_probabilities(exponent, categories)
    return unseen(p, (n, p))


def mass_cut_off(xp, k, exponent, categories):
    """What the teacher itself lacks: a rival."""
    return zipf_probabilities(exponent, categories)[int(k) :].sum()


def missing_mass_without_renormalization(xp, n, k, exponent, categories):
    """What the student misses if draws of the teacher's tail were lost: a rival."""
    p = zipf_probabilities(exponent, categories)
    return unseen(p, (n, np.where(np.arange(len(p)) < k, p, 0.0)))


@law("student-cut-missing-mass", host=True)
@source("dohmatob2024", tag="S2")
@holds(where=WHERE)
@tried(*CUT, draw=draw_cut)
@rival("no cut", missing_mass_without_cut)
@rival("floor only", mass_cut_off)
@rival("not renormalized", missing_mass_without_renormalization)
def cut_missing_mass(xp, n, k, exponent, categories):
    r"""A top-k teacher's student misses $\sum_{i\le k}p_i(1-p_i/P_k)^n+(1-P_k)$; a student of
    capacity d has $\min(k,d)$ for k.
    """
    p = zipf_probabilities(exponent, categories)
    return unseen(p, (n, cut(p, k)))


def nucleus(p, level) -> int:
    """Number of likeliest categories that together hold at least `level`."""
    # Slack for rounding, where cumulative probabilities should equal the level.
    return int(np.searchsorted(np.cumsum(p), level - 1e-12) + 1)


def draw_nucleus(key, replicas, n, level, exponent, categories):
    p = zipf_probabilities(exponent, categories)
    return students(key, replicas, (n,), (cut(p, nucleus(p, level)),), p)


NUCLEUS = tuple({"n": n, "level": 0.9, "exponent": 1.5, "categories": 40} for n in (400, 30))


@law("student-nucleus-missing-mass", kind=Bound("lower"), host=True)
@source("dohmatob2024", tag="S3")
@holds(where=WHERE)
@tried(*NUCLEUS, draw=draw_nucleus)
def nucleus_missing_mass(xp, n, level, exponent, categories):
    r"""A top-p teacher's student misses at least $1-P_k$, k the fewest categories that hold p,
    however many draws it sees.
    """
    p = zipf_probabilities(exponent, categories)
    return p[nucleus(p, level) :].sum()


def draw_tempered(key, replicas, n, temperature, exponent, categories):
    p = zipf_probabilities(exponent, categories)
    return students(key, replicas, (n,), (tempered(p, temperature),), p)


@law("student-tempered-missing-mass", host=True)
@source("dohmatob2024", tag="S4")
@holds(where={**WHERE, "temperature": Real(0.01)})
@tried({"n": 40, "temperature": 0.6, "exponent": 1.3, "categories": 40}, draw=draw_tempered)
@rival("temperature one", temperature=1.0)
@rival("temperature inverted", temperature=lambda temperature: 1 / temperature)
def tempered_missing_mass(xp, n, temperature, exponent, categories):
    r"""A student of a cool teacher misses $\sum_ip_i(1-q_i)^n$ with $q\propto p^{1/\tau}$."""
    p = zipf_probabilities(exponent, categories)
    return unseen(p, (n, tempered(p, temperature)))


LARGE = Asymptotic("n", 1, "student-tempered-missing-mass")


@law("student-tempered-missing-mass-zipf", kind=LARGE, host=True)
@source("dohmatob2024", "derived", tag="S4")
@holds(where=WHERE)
@tried({"n": 500, "temperature": 0.8, "exponent": 2.4, "categories": 1 << 16})
def tempered_power(xp, n, temperature, exponent):
    r"""The exponent falls from $c=1-\frac1\beta$ to $\tau c$:
    $\frac{\Gamma(c\tau)\,\tau}{\beta\,\zeta(\beta)}\,(n/\zeta(\beta/\tau))^{-c\tau}$.
    """
    slope = temperature * (1 - 1 / exponent)
    scale = scipy.special.gamma(slope) * temperature / (exponent * scipy.special.zeta(exponent))
    return scale * (n / scipy.special.zeta(exponent / temperature)) ** -slope


def _cooled(t, temperature, exponent):
    """The exponent after tempering t times, read off the probabilities."""
    p = zipf_probabilities(exponent, 8)
    for _ in range(int(t)):
        p = tempered(p, temperature)
    return np.log2(p[0] / p[1])


@law("tempered-loop-exponent", kind=Identity(_cooled))
@source("derived", tag="S4")
@proof(Coq("Loops.tempered_loop_exponent_correct"))
@holds(where=WHERE)
@tried({"t": 4, "temperature": 0.8, "exponent": 1.5})
@rival("linear", lambda xp, t, temperature, exponent: exponent * (1 + t * (1 / temperature - 1)))
def cooled_exponent(xp, t, temperature, exponent):
    r"""Without sampling noise every generation at temperature $\tau$ steepens the tail:
    $\beta_t=\beta/\tau^t$.
    """
    return exponent / temperature**t


def draw_mixed(key, replicas, n, m, k, exponent, categories):
    p = zipf_probabilities(exponent, categories)
    return students(key, replicas, (n, m), (p, cut(p, k)), p)


@law("student-mixed-missing-mass", host=True)
@source("dohmatob2024", tag="S6")
@holds(where=WHERE)
@tried({"n": 12, "m": 80, "k": 10, "exponent": 1.4, "categories": 40}, draw=draw_mixed)
@rival("synthetic alone", n=0)
@rival("all real", n=lambda n, m: n + m, m=0)
def mixed_missing_mass(xp, n, m, k, exponent, categories):
    r"""n real draws bring the tail back:
    $\sum_{i\le k}p_i(1-p_i)^n(1-p_i/P_k)^m+\sum_{i>k}p_i(1-p_i)^n$, a plateau while $n\ll k^\beta$.
    """
    p = zipf_probabilities(exponent, categories)
    return unseen(p, (n, p), (m, cut(p, k)))
