"""Laws of loops that are not replacement: contraction, detection, error sources, densities."""
