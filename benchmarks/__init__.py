"""Ratios against careful NumPy doing the same work on the same cores in the same run."""
