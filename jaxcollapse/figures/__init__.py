"""Figures: a paper's picture from one command, with its data, the theory through it, and the paper's numbers beside ours."""

from . import definitions, english, kazdan2024, shumailov2023, suresh2024
from .registry import Figure, Result, figure, figures

__all__ = ["Figure", "Result", "definitions", "english", "figure", "figures", "kazdan2024", "shumailov2023", "suresh2024"]
