"""Quantities: what a law predicts and a run estimates, and how estimates are compared."""
