r"""Curation: what users prefer is trained on. Tilts $p\,e^r$, choices among K, and the chains of
two outcomes.

Choosing one of K by the Bradley-Terry rule tends to a tilt as K grows; a tilt is exact wherever the
family is closed under it. `house_of_cards` has curation beside real data.
"""

import numpy as np
import scipy

from ...domains import Integer
from ...numerics import wright_fisher
from ..hypotheses import ENOUGH_TO_CHOOSE
from ..infinite import path, shares
from ..kinds import Bound, Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Derivation, Enumeration
from ..ranges import RATE_MEAN, SHARE_MEAN
from ..registry import law
from ..subjects import (
    Bernoulli,
    BestOf,
    Categorical,
    Closeness,
    E,
    Gaussian,
    P,
    Poisson,
    Prefer,
    Recursion,
    Replace,
    Slope,
    Stream,
    Table,
    Tilt,
    categorical,
    fold_in,
    jax,
    jnp,
    mean,
    variance,
)
from .frequencies import WON, replace_fixation

FERBACH = "ferbach2024"


def _linear(recursion):
    return isinstance(recursion.decoding.reward, Slope)


def _tilted(family, truth, slope, n=12, generations=6):
    decoding = Tilt(Slope(slope))
    return Recursion(family, Replace(), truth=truth, n=n, decoding=decoding), generations


BOTH = tuple(_tilted(Gaussian(ddof), Gaussian.params(0.7, 1.7), 0.3) for ddof in (0, 1))


@law("gaussian-replace-tilted-mean", Gaussian, Replace, E(mean), decoding=Tilt)
@source("derived", FERBACH, tag="V4")
@proof(Derivation("test_biased_sampling"))
@holds(when=_linear)
@tried(*BOTH)
@rival("t steps", t=lambda t: t + 1)
@rival("ddof swapped", ddof=lambda ddof: 1 - ddof)
def tilted_mean(xp, n, t, mean, slope, ddof=1, variance=1.0):
    r"""Linear reward moves the mean by the variance:
    $E\mu_t=\mu_0+a\sigma_0^2\sum_{s=1}^{t-1}\left(\frac{n-1}{n-\mathrm{ddof}}\right)^s$.
    """
    return mean + slope * variance * xp.total(lambda s: ((n - 1) / (n - ddof)) ** s, 1, t - 1)


@law("gaussian-replace-tilted-variance", Gaussian, Replace, E(variance), decoding=Tilt)
@source("derived", tag="V4")
@proof(Derivation("test_biased_sampling"))
@holds(when=_linear)
@tried(*BOTH)
@rival("ddof swapped", lambda xp, n, t, ddof, variance: variance * ((n - 1) / (n - 1 + ddof)) ** t)
def tilted_variance(xp, n, t, ddof=1, variance=1.0):
    r"""Linear reward leaves the variance to chance alone:
    $E\sigma_t^2=\sigma_0^2\left(\frac{n-1}{n-\mathrm{ddof}}\right)^t$.
    """
    return variance * ((n - 1) / (n - ddof)) ** t


@law("poisson-replace-tilted-mean", Poisson, Replace, E(mean), decoding=Tilt)
@source("derived", tag="V4")
@proof(Derivation("test_tilted_poisson"))
@holds(where=RATE_MEAN)
@tried(_tilted(Poisson(), Poisson().params(1.3), 0.2))
@rival("linear", lambda xp, t, mean, slope: mean * (1 + slope * xp.maximum(t - 1, 0)))
@rival("t steps", lambda xp, t, mean, slope: mean * xp.exp(slope * t))
def poisson_tilted_mean(xp, t, mean, slope):
    r"""Linear reward makes the branching process supercritical:
    $E\lambda_t=\lambda_0e^{a(t-1)}$.
    """
    return mean * xp.exp(slope * xp.maximum(t - 1, 0))


def _drawn_to(t, mean, variance, center, scale):
    about = {"truth": Gaussian.params(mean, variance), "n": 100}
    decoding = Tilt(Closeness(center, scale))
    fits = path(Recursion(Gaussian(), Replace(), decoding=decoding, **about), int(t))
    return np.stack([fits.mean[-1], np.exp(fits.log_variance[-1])])


@law("gaussian-replace-tilted-by-closeness", kind=Identity(_drawn_to), host=True)
@source(FERBACH, "derived", tag="V4")
@tried({"t": 6, "mean": 0.7, "variance": 1.7, "center": -1.0, "scale": 2.0})
@rival("t steps", t=lambda t: t + 1)
def drawn_to_center(xp, t, mean, variance, center, scale):
    r"""Precisions add: $\frac1{\sigma_t^2}=\frac1{\sigma_0^2}+\frac{t-1}{s^2}$,
    $\mu_t=\sigma_t^2\left(\frac{\mu_0}{\sigma_0^2}+\frac{(t-1)c}{s^2}\right)$, for infinite data.
    """
    spread = 1 / (1 / variance + (t - 1) / scale**2)
    return np.stack([spread * (mean / variance + (t - 1) * center / scale**2), spread])


def _curated(p, rewards, t):
    about = {"truth": Categorical.params(p), "n": 100, "decoding": Tilt(Table(rewards))}
    return shares(Recursion(Categorical(), Replace(), **about), int(t))[-1]


LIKED = {"p": [0.46, 0.27, 0.15, 0.08, 0.04], "rewards": [-0.7, 0.0, 0.4, 0.3, 0.9]}


@law("categorical-replace-tilted-law", kind=Identity(_curated))
@source(FERBACH, tag="V4")
@holds(where={"t": Integer(1)})
@tried({**LIKED, "t": 7})
@rival("t steps", t=lambda t: t + 1)
def tilted_law(xp, p, rewards, t):
    r"""Curation optimizes the reward: $p_t\propto p_0e^{(t-1)r}$ with infinite data."""
    weights = p * xp.exp((t - 1) * (rewards - rewards.max()))
    return weights / xp.sum(weights)


def _chosen_best(p, rewards, among, t):
    selection = BestOf(Table(rewards), int(among))
    about = {"truth": Categorical.params(p), "n": 100, "selection": selection}
    last = shares(Recursion(Categorical(), Replace(), **about), int(t))[-1]
    return np.cumsum(last[np.argsort(rewards)])


def best_of_all_draws(xp, p, rewards, among, t):
    """The law if generations multiplied the draws instead of raising them to a power: a rival."""
    return np.cumsum(p[np.argsort(rewards)]) ** (among * (t - 1))


@law("categorical-replace-best-of-law", kind=Identity(_chosen_best), host=True)
@source("classical", tag="V4b")
@holds(where={"t": Integer(1)})
@tried({**LIKED, "among": 3, "t": 3})
@rival("K t", best_of_all_draws)
def best_of_law(xp, p, rewards, among, t):
    r"""The best of K is doubly exponential: the distribution function of the reward is
    $F_t=F_0^{K^{t-1}}$, for infinite data.
    """
    # A sum of all probabilities above 1 by rounding would be raised to infinity.
    return np.minimum(np.cumsum(p[np.argsort(rewards)]), 1.0) ** (float(among) ** (t - 1))


def _two(selection, share=0.37, generations=5):
    truth = Bernoulli().params(share)
    return Recursion(Bernoulli(), Replace(), truth=truth, n=36, selection=selection), generations


def _warped_mean(n, drawn, t, mean, warp):
    r"""$E p_t$ of the chain of `drawn` draws with success probability `warp(p)`."""
    return wright_fisher.warped_expectation(n, drawn, t, float(mean), warp, lambda p: p)


def _odds(slope):
    """Weights of one and zero in the ratio e^slope, the larger 1, so that neither overflows."""
    return np.exp(min(slope, 0.0)), np.exp(-max(slope, 0.0))


def _choice(slope, among):
    """What the winner of K draws with success probability p is, by the number of successes among
    its rivals.
    """
    among, (one, zero) = int(among), _odds(slope)

    def warp(p):
        rivals = np.arange(among)
        wins = one / (one * (1 + rivals) + zero * (among - 1 - rivals))
        return p * among * (scipy.stats.binom.pmf(rivals[None, :], among - 1, p[:, None]) @ wins)

    return warp


def reproducing(slope):
    """Success probability after a tilt."""
    one, zero = _odds(slope)
    return lambda p: p * one / (p * one + (1 - p) * zero)


def mean_of_unlimited_choice(xp, n, t, mean, slope, among):
    """The mean if every winner were chosen among infinitely many: a rival."""
    return _warped_mean(n, n // among, t, mean, reproducing(slope))


@law("bernoulli-replace-preferred-mean", Bernoulli, Replace, E(mean), selection=Prefer, host=True)
@source("derived", FERBACH, tag="V4")
@holds(
    where=SHARE_MEAN,
    when=lambda r: isinstance(r.selection.reward, Slope),
    assuming=ENOUGH_TO_CHOOSE,
)
@tried(_two(Prefer(Slope(0.8), 3)))
@rival("K = infinity", mean_of_unlimited_choice)
@rival("one more", among=lambda among: among + 1)
def preferred_mean(xp, n, t, mean, slope, among):
    r"""Choices among K have the mean $E p_t$ of the chain of $\lfloor n/K\rfloor$ draws with
    success probability $p\,E\frac{Ke^a}{e^a(1+B)+K-1-B}$, $B\sim\mathrm{Bin}(K-1,p)$.
    """
    return _warped_mean(n, n // among, t, mean, _choice(float(slope), among))


def _rewards_success(recursion):
    reward = recursion.selection.reward
    return isinstance(reward, Slope) and float(reward.slope) > 0


def best_of_infinite_data(xp, t, mean, among):
    """The mean without chance: a rival."""
    return 1 - (1 - mean) ** (among ** xp.maximum(t - 1.0, 0.0))


def best_of_mean_of_n_kept(xp, n, t, mean, among):
    """The mean if n winners were kept, not one of every K draws: a rival."""
    return _warped_mean(n, n, t, mean, lambda p: 1 - (1 - p) ** among)


@law("bernoulli-replace-best-of-mean", Bernoulli, Replace, E(mean), selection=BestOf, host=True)
@source("derived", tag="V4b")
@proof(Enumeration("test_the_best_of_pairs"))
@holds(where=SHARE_MEAN, when=_rewards_success, assuming=ENOUGH_TO_CHOOSE)
@tried(_two(BestOf(Slope(1.0), 3), share=0.1, generations=3))
@rival("infinite data", best_of_infinite_data)
@rival("n kept", best_of_mean_of_n_kept)
def best_of_mean(xp, n, t, mean, among):
    r"""The best of K has the mean $E p_t$ of the chain of $\lfloor n/K\rfloor$ draws with success
    probability $1-(1-p)^K$.
    """
    return _warped_mean(n, n // among, t, mean, lambda p: 1 - (1 - p) ** among)


@law("bernoulli-replace-tilted-fixation", Bernoulli, Replace, P(WON), decoding=Tilt, host=True)
@source("derived", "kimura1962", tag="WF-SEL")
@holds(where=SHARE_MEAN, when=_linear)
@tried(_tilted(Bernoulli(), Bernoulli().params(0.37), 0.3, n=6, generations=12))
@rival("neutral", replace_fixation)
def tilted_fixation(xp, n, t, mean, slope):
    r"""The liked outcome alone is left with the probability of the chain with success probability
    $\frac{pe^a}{pe^a+1-p}$.
    """
    success, won = reproducing(float(slope)), lambda p: (p > 1 - 0.5 / n).astype(float)
    return wright_fisher.warped_expectation(n, n, t, float(mean), success, won)


def _rewards_of_winners(key, replicas, p, rewards, among):
    rule = Prefer(Table(rewards), int(among))

    def one(i):
        values = categorical(fold_in(key, i, Stream.DATA), jnp.asarray(p), rule.among)
        won = rule.weights(fold_in(key, i, Stream.SELECT), values, jnp.ones(rule.among, bool))
        return jnp.sum(won * jnp.exp(rule.reward(values)))

    return jax.jit(jax.vmap(one))(jnp.arange(replicas, dtype=jnp.uint32))


@law("categorical-preferred-reward", kind=Bound("lower"))
@source(FERBACH, tag="V4")
@tried({**LIKED, "among": 3}, {**LIKED, "among": 2}, draw=_rewards_of_winners)
def preferred_reward(xp, p, rewards, among):
    r"""One choice among K improves the reward:
    $E'e^r\ge E\,e^r+\frac{K-1}K\frac{\mathrm{Var}(e^r)}{\max e^r}$.
    """
    value = xp.exp(rewards)
    average = xp.sum(p * value)
    return average + (among - 1) / among * xp.sum(p * (value - average) ** 2) / value.max()
