r"""Accuracy of a classifier that learns from labels of the last one, some wrong, of which an
imperfect verifier passes some.

A label is wrong with probability p; $\epsilon=\frac{p\psi}{(1-p)\phi+p\psi}$ of what passes is.
Every round multiplies the direction by $c=1-2\epsilon$ and adds noise: beyond
$p^*=\frac1{1+\psi/\phi}$ the classes are swapped. Overlapping classes leave even the best direction
the accuracy $\Phi(\rho)$, $\rho=\|\mu\|$, so that 100% and 0% are agreement with the Bayes rule.
"""

import numpy as np
import scipy

from ...numerics.reach import within
from ..kinds import Asymptotic
from ..notes import holds, rival, source, tried
from ..registry import law
from ..subjects import CentroidClassifier, E, Marked, Recursion, Replace, Verify, accuracy
from .verifiers import FENG

LARGE = Asymptotic("n", 1)
LARGEST = 300
VERIFIED = {"selection": Verify, "host": True}
NODES = 48
ONE_ROUND = {"t <= 2": lambda t: np.asarray(t) <= 2}


def expected_accuracy(shift, variance, rho, d):
    r"""$E\,\Phi\left(\frac{\rho\,u}{\|(u,v)\|}\right)$ of a direction
    $N(\mathrm{shift}\,\mu,\mathrm{variance}\,I)$, by quadrature along and across $\mu$.
    """
    z, along = scipy.special.roots_hermitenorm(NODES)
    x, across = np.polynomial.legendre.leggauss(NODES)
    shift, variance = (np.expand_dims(each, (-2, -1)) for each in (shift, variance))
    u = shift * rho + np.sqrt(variance) * z[:, None]
    v2 = variance * (scipy.stats.chi2.ppf((1 + x) / 2, d - 1) if d > 1 else 0 * x)
    correct = scipy.special.ndtr(rho * u / np.sqrt(u**2 + v2))
    return np.einsum("...ij,i,j->...", correct, along / along.sum(), across / 2)


def passed(n, mislabeled, right, wrong, least):
    """Numbers that pass and wrong ones among them, shapes (m,) and (m, k), and their joint law;
    where fewer than `least` pass, all n do.
    """
    n = int(n)
    within("n", n, LARGEST, "all numbers of verified observations are enumerated")
    keep = (1 - mislabeled) * right + mislabeled * wrong
    m, k = np.arange(n + 1), np.arange(n + 1)
    residual = mislabeled * wrong / keep
    pmf = scipy.stats.binom.pmf
    joint = pmf(m, n, keep)[:, None] * pmf(k[None, :], m[:, None], residual)
    few = m < least
    joint[n] += _wrong_of_few(n, m[few], keep, mislabeled, right, wrong)
    joint[few] = 0.0
    return m, k, joint


def _wrong_of_few(n, few, keep, mislabeled, right, wrong):
    """P(fewer than `least` pass, k of all n are wrong) for every k."""
    k = np.arange(n + 1)
    total = np.zeros(n + 1)
    rejected = mislabeled * (1 - wrong) / max(1 - keep, 1e-300)
    for m in few:
        inside = scipy.stats.binom.pmf(np.arange(m + 1), m, mislabeled * wrong / keep)
        outside = scipy.stats.binom.pmf(k, n - m, rejected)
        total += scipy.stats.binom.pmf(m, n, keep) * np.convolve(inside, outside)[: n + 1]
    return total


def _example(n, d, mislabeled=0.35, right=0.9, wrong=0.4, generations=2):
    family, selection = CentroidClassifier(mislabeled), Verify(Marked(), right, wrong)
    truth = family.params([1.1, *([0.0] * (d - 1))])
    return Recursion(family, Replace(), truth=truth, n=n, selection=selection), generations


@law(
    "centroid-classifier-replace-verified-accuracy-one-round",
    CentroidClassifier,
    Replace,
    E(accuracy),
    **VERIFIED,
)
@source(FENG, "derived", tag="V1")
@holds(when=lambda r: isinstance(r.selection.judge, Marked), assuming=ONE_ROUND)
@tried(_example(24, 6), _example(12, 3, 0.8, 0.8, 0.6))
@rival("nothing rejected", right=1.0, wrong=1.0)
@rival("all pass that are right", right=1.0)
@rival("best direction", lambda xp, rho, t: scipy.special.ndtr(rho) + 0.0 * t)
def verified_accuracy(xp, n, t, rho, d, mislabeled, right, wrong, least=2):
    r"""After one round, at every n, the accuracy is $E\,\Phi\left(\frac{\rho u}{\|(u,v)\|}\right)$
    with $(u,v)\sim N\left((c\rho,0),(\frac{c^2}n+\frac1m)I\right)$, $c=1-\frac{2k}m$, k wrong ones
    among the m that pass.
    """
    rho, d = float(rho), int(d)
    m, k, joint = passed(n, float(mislabeled), float(right), float(wrong), int(least))
    keeps = joint > 1e-14
    shift = 1 - 2 * k[None, :] / np.maximum(m, 1)[:, None]
    variance = shift**2 / float(n) + 1 / np.maximum(m, 1)[:, None]
    second = joint[keeps] @ expected_accuracy(shift[keeps], variance[keeps], rho, d)
    first = expected_accuracy(1.0, 1 / float(n), rho, d)
    values = np.array([float(scipy.special.ndtr(rho)), float(first), second])
    return values[np.asarray(t, int)]


@law(
    "centroid-classifier-replace-verified-accuracy",
    CentroidClassifier,
    Replace,
    E(accuracy),
    LARGE,
    **VERIFIED,
)
@source(FENG, "derived", tag="V1")
@holds(when=lambda r: isinstance(r.selection.judge, Marked))
@tried(*tuple(_example(3 * d, d, generations=3) for d in (4, 8, 32)))
@rival("all n kept", keep=1.0)
@rival("nothing rejected", right=1.0, wrong=1.0)
@rival("one round", t=lambda t: np.minimum(t, 2))
def limiting_accuracy(xp, n, t, rho, d, mislabeled, right, wrong, keep=None):
    r"""In many dimensions
    $E\,\mathrm{acc}_t\approx\Phi\left(\frac{m\rho^2}{\sqrt{m^2\rho^2+ds}}\right)$ with $m=c^{t-1}$,
    $s=\frac{c^{2t-2}}n+\frac{1-c^{2t-2}}{(1-c^2)\,nk}$, k the share that passes; beyond $p^*$
    $c<0$.
    """
    passing = (1 - mislabeled) * right + mislabeled * wrong
    c = 1 - 2 * mislabeled * wrong / passing
    keep = passing if keep is None else keep
    noise = (c ** (2 * (t - 1)) + xp.total(lambda i: c ** (2 * i - 2), 1, t - 1) / keep) / n
    kept = c ** (t - 1)
    return scipy.special.ndtr(kept * rho**2 / np.sqrt(kept**2 * rho**2 + d * noise))
