"""Mathematics that knows no model: factorizations, spectra, Wright-Fisher chains, coalescents,
Wishart moments.
"""
