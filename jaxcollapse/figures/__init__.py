"""Figures: a paper's picture from one command, with its data, the theory through it, and the
paper's numbers beside ours.
"""

from .registry import Figure, Result, figure, list_figures

__all__ = ["Figure", "Result", "figure", "list_figures"]
