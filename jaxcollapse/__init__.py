"""Exact recursive training by the million in JAX, beside the laws that predict it."""
