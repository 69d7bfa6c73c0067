"""The refuter: a conjecture goes in, the smallest configuration that contradicts it comes out."""

from .claims import Claim, claim, load_claims
from .refute import refute
from .report import Counterexample, Outcome

__all__ = ["Claim", "Counterexample", "Outcome", "claim", "load_claims", "refute"]
