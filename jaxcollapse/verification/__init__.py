r"""Every law against simulation, with a verdict at a stated error rate.

A law passes when every simulated value lies within $z\,\mathrm{SE}$ of it and every rival lies
outside somewhere. The number of replicas follows from the rates: it grows until the error resolves
half the gap to the nearest rival. That rule reads standard errors only, so that looking more than
once does not change the error rate.
"""

from ..quantities.significance import allowed_sigmas
from .comparisons import times_of
from .ladder import GROWTH, RUNGS, ladder_errors
from .verdict import Verdict, summary
from .verify import verify, verify_all, verify_law

__all__ = [
    "GROWTH",
    "RUNGS",
    "Verdict",
    "allowed_sigmas",
    "ladder_errors",
    "summary",
    "times_of",
    "verify",
    "verify_all",
    "verify_law",
]
