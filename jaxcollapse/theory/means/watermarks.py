"""What marks on real items are worth, and what a detector's score leaves when it resamples."""

from ...domains import POSITIVE, PROBABILITY, Real, Simplex
from ..kinds import Identity
from ..notes import holds, proof, rival, source, tried
from ..proofs import Certified, Coq
from ..registry import law
from ..subjects import fold_in, jax, jnp
from .provenance import BELOW_ONE, OFFERED

MARKED = {
    "n": 20,
    "real_share": 0.3,
    "marks_real": [0.7, 0.2, 0.1],
    "marks_synthetic": [0.1, 0.3, 0.6],
}


def watermark_score(key, replicas, n, real_share, marks_real, marks_synthetic):
    """Squared score of the real mean from n items with marks, real and synthetic ones standard
    normal at the same mean.
    """
    marks = jnp.log(jnp.stack([jnp.asarray(marks_synthetic), jnp.asarray(marks_real)]))
    real = jax.random.uniform(fold_in(key, 0), (replicas, n)) < real_share
    mark = jax.random.categorical(fold_in(key, 1), marks[real.astype(int)])
    values = jax.random.normal(fold_in(key, 2), (replicas, n))
    weight = real_share * jnp.asarray(marks_real)
    posterior = weight / (weight + (1 - real_share) * jnp.asarray(marks_synthetic))
    return jnp.square(jnp.sum(posterior[mark] * values, axis=1))


@law("watermark-sample-size")
@source("kanabar2026", "derived", tag="P3")
@holds(where={"real_share": PROBABILITY, "marks_real": Simplex(), "marks_synthetic": Simplex()})
@tried(MARKED, draw=watermark_score)
@rival("blind", lambda xp, n, real_share: n * real_share**2)
@rival("perfect", lambda xp, n, real_share: n * real_share)
def watermark_sample_size(xp, n, real_share, marks_real, marks_synthetic):
    r"""Marks with known laws make n items worth
    $n\sum_w\frac{(\alpha Q_1)^2}{\alpha Q_1+(1-\alpha)Q_0}$ real ones, from $n\alpha^2$ (blind) to
    $n\alpha$ (perfect).
    """
    real = real_share * marks_real
    return n * xp.sum(real**2 / (real + (1 - real_share) * marks_synthetic))


def _enumerated_erasure(n, real_share, erasure):
    """Sum over the three marks of an erasure detector of P(mark) P(real | mark)^2."""
    total = 0.0
    for from_real, from_synthetic in ((1 - erasure, 0.0), (0.0, 1 - erasure), (erasure, erasure)):
        chance = real_share * from_real + (1 - real_share) * from_synthetic
        total += chance * (real_share * from_real / chance) ** 2
    return n * total


def chi2_of_kept(xp, n, real_share, erasure):
    return n * real_share**2 * (1 + (1 - erasure) / real_share)


@law("erasure-sample-size", kind=Identity(_enumerated_erasure, 1e-12))
@source("derived", "kanabar2026", tag="P3")
@proof(Coq("Loops.erasure_sample_size_correct"))
@holds(where={"real_share": Real(0.0, 1.0, closed=(False, True)), "erasure": BELOW_ONE})
@tried({"n": 50, "real_share": 0.3, "erasure": 0.2}, {"n": 9, "real_share": 0.7, "erasure": 0.6})
@rival("chi2 = (1 - e)/a", chi2_of_kept)
def erasure_sample_size(xp, n, real_share, erasure):
    r"""A detector that abstains with probability $\epsilon$ and never errs makes them worth
    $n\alpha^2(1+\chi^2)$, $\chi^2=(1-\epsilon)\frac{1-\alpha}\alpha$.
    """
    return n * real_share**2 * (1 + (1 - erasure) * (1 - real_share) / real_share)


EASES = ("real_ease", "synthetic_ease", "power")


def resampled_source(key, replicas, share, real_ease, synthetic_ease, power):
    """Whether the first item accepted with probability (1 - c)^power is synthetic; c ~ Beta(1,
    real) or Beta(synthetic, 1).
    """
    synthetic = jax.random.uniform(fold_in(key, 0), (replicas, OFFERED)) < share
    u = jax.random.uniform(fold_in(key, 1), (replicas, OFFERED))
    score = jnp.where(synthetic, u ** (1 / synthetic_ease), 1 - u ** (1 / real_ease))
    accepted = jax.random.uniform(fold_in(key, 2), (replicas, OFFERED)) < (1 - score) ** power
    return jnp.take_along_axis(synthetic, jnp.argmax(accepted, axis=1)[:, None], axis=1).astype(
        float
    )


def share_by_mean_score(xp, share, real_ease, synthetic_ease, power):
    return _weighed(
        share, (1 / (1 + synthetic_ease)) ** power, (real_ease / (1 + real_ease)) ** power
    )


@law("resampling-residual-share")
@source("drayson2025", "derived", tag="P6")
@proof(Certified("test_resampling_by_scores"))
@holds(where={"share": PROBABILITY, **dict.fromkeys(EASES, POSITIVE)})
@tried({"share": 0.6, "real_ease": 4.0, "synthetic_ease": 2.0, "power": 3.0}, draw=resampled_source)
@rival("weight of the mean score", share_by_mean_score)
@rival("no resampling", lambda xp, share: share)
def resampled_share(xp, share, real_ease, synthetic_ease, power):
    r"""Resampling by $w=(1-c)^b$ of a detector's score leaves $\frac{sE_sw}{sE_sw+(1-s)E_rw}$
    synthetic; for $c\sim\mathrm{Beta}$, $E_rw=\frac{r}{r+b}$,
    $E_sw=\frac{\Gamma(q+1)\Gamma(b+1)}{\Gamma(q+b+1)}$.
    """
    log_synthetic = (
        xp.gammaln(synthetic_ease + 1)
        + xp.gammaln(power + 1)
        - xp.gammaln(synthetic_ease + power + 1)
    )
    return _weighed(share, xp.exp(log_synthetic), real_ease / (real_ease + power))


def _weighed(share, synthetic, real):
    return share * synthetic / (share * synthetic + (1 - share) * real)


def _integrated_kish(real_ease, power):
    from scipy.integrate import quad
    from scipy.stats import beta

    first, second = (
        quad(lambda c, k=k: (1 - c) ** (k * power) * beta.pdf(c, 1, real_ease), 0, 1)[0]
        for k in (1, 2)
    )
    return first**2 / second


@law("resampling-effective-share", kind=Identity(_integrated_kish, 1e-7))
@source("kish1965", "derived", tag="P6")
@proof(Certified("test_resampling_by_scores"))
@holds(where={"real_ease": POSITIVE, "power": POSITIVE})
@tried({"real_ease": 4.0, "power": 10.0}, {"real_ease": 2.0, "power": 3.0})
@rival("mean weight", lambda xp, real_ease, power: real_ease / (real_ease + power))
def effective_share(xp, real_ease, power):
    r"""Its price on real data is an effective share of
    $\frac{(E_rw)^2}{E_rw^2}=\frac{r(r+2b)}{(r+b)^2}$ of their number (Kish).
    """
    return real_ease * (real_ease + 2 * power) / (real_ease + power) ** 2
