r"""Kesten–Goldie quantities of the Gaussian recursion by integration over the law of $R$:
references for the closed forms.
"""

import numpy as np
import scipy


def _integrated(function, n, divisor):
    r"""Expectation of a function of $R=\chi^2_{n-1}/$ `divisor` by quadrature between its
    quantiles.
    """
    law = scipy.stats.chi2(n - 1)
    low, middle, high = law.ppf([0.0, 0.5, 1 - 1e-15])
    integrand = lambda x: function(x / divisor) * law.pdf(x)
    pieces = [
        scipy.integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-11, limit=400)[0]
        for a, b in ((low, middle), (middle, high), (high, np.inf))
    ]
    return sum(pieces)


def expected_ratio_log(n):
    r"""$E[R\log R]$ of the unbiased ratio."""
    return _integrated(lambda r: r * np.log(r) if r > 0 else 0.0, float(n), float(n) - 1)


def integrated_tail_constant(n):
    r"""$C_n=1/(n\,E[R\log R])$."""
    return 1 / (n * expected_ratio_log(n))


def integrated_tail_index(n):
    r"""The root of $E R^\kappa=1$ of the ratio under maximum likelihood."""
    moment = lambda k: _integrated(lambda r: r**k, float(n), float(n)) - 1
    return scipy.optimize.brentq(moment, 1.5, 4.0, xtol=1e-11)
