"""Sweeps: grids of recursions that survive their processes, on one machine or on many."""
