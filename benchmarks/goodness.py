"""`python -m benchmarks.goodness`: every sampler against its law, regime by regime, at a stated
error rate.

Counts are compared by chi-square over cells of equal probability, real variates by Kolmogorov and
Smirnov. The false-alarm rate is
shared by all rows (Bonferroni). Two wrong samplers must fail: they say what the draws can see.
"""

import argparse
import json
from datetime import date
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from jaxcollapse._keys import fold_in

from .regimes import Regime, regimes

FALSE_ALARM = 1e-6
BATCH = 1 << 14


class Result(NamedTuple):
    """A row of the table."""

    sampler: str
    where: str
    statistic: float
    p_value: float
    draws: int
    passed: bool


def check(regime: Regime, draws: int, level: float, key=None) -> Result:
    """Draw, compare, decide at the false-alarm rate `level`."""
    key = jax.random.key(20240731) if key is None else key
    many = jax.jit(
        lambda i: jax.lax.map(lambda i: regime.draw(fold_in(key, i)), i, batch_size=BATCH)
    )
    x = np.asarray(many(jnp.arange(draws, dtype=jnp.uint32)), float)
    statistic, p_value = (
        _chi_square(x, regime.law) if regime.discrete else stats.kstest(x, regime.law.cdf)[:2]
    )
    return Result(
        regime.sampler,
        regime.where,
        float(statistic),
        float(p_value),
        draws,
        (p_value > level) != regime.wrong,
    )


def _chi_square(x, law):
    edges = np.unique(law.ppf(np.r_[1e-3, 5e-3, np.linspace(0, 1, 60)[1:-1], 0.995, 0.999]))
    expected = np.diff(np.r_[0, law.cdf(edges), 1]) * len(x)
    observed = np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(expected)).astype(
        float
    )
    small = expected < 10
    if small.any():
        expected, observed = (np.r_[v[~small], v[small].sum()] for v in (expected, observed))
    kept = expected > 1e-9 * len(x)
    if observed[~kept].any():
        return np.inf, 0.0
    if kept.sum() < 2 or expected[kept].min() < 1:
        rare = int(np.argmin(np.where(kept, expected, np.inf)))
        return observed[rare], stats.binomtest(
            int(observed[rare]), len(x), min(expected[rare] / len(x), 1.0)
        ).pvalue
    statistic = np.sum((observed - expected)[kept] ** 2 / expected[kept])
    return statistic, stats.chi2.sf(statistic, kept.sum() - 1)


def as_markdown(rows: list[Result], draws: int, level: float):
    """Lines of the table, under the date and the command."""
    yield "# Goodness of fit of the samplers\n\n"
    yield f"Written on {date.today().isoformat()} by `python -m benchmarks.goodness --draws {draws} --markdown benchmarks/goodness.md`: "
    yield f"{draws:,} draws a row, false alarm {FALSE_ALARM:g} over all {len(rows)} rows, {level:.1e} each. "
    yield "Rows of wrong samplers must be rejected.\n\n| sampler | where | statistic | p | verdict is right |\n|---|---|---|---|---|\n"
    for row in rows:
        yield f"| {row.sampler} | {row.where} | {row.statistic:.4g} | {row.p_value:.2g} | {'yes' if row.passed else 'NO'} |\n"


def main():
    """Print the table; exit with an error if a verdict is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.goodness")
    parser.add_argument("--draws", type=int, default=1 << 18)
    parser.add_argument("--json", help="file for the results")
    parser.add_argument("--markdown", help="file for the table")
    options = parser.parse_args()
    every = regimes()
    level = FALSE_ALARM / len(every)
    print(f"{len(every)} rows, false alarm {FALSE_ALARM:g} over all of them, {level:.1e} each")
    rows = []
    for regime in every:
        row = check(regime, options.draws, level)
        rows.append(row)
        verdict = ("fails, as it must" if regime.wrong else "passes") if row.passed else "WRONG"
        print(
            f"{row.sampler:<32}{row.where:<36}{row.statistic:>12.4g}{row.p_value:>11.2g}  {verdict}",
            flush=True,
        )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump([row._asdict() for row in rows], stream)
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as stream:
            stream.writelines(as_markdown(rows, options.draws, level))
    raise SystemExit(not all(row.passed for row in rows))


if __name__ == "__main__":
    main()
