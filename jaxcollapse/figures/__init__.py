"""Figures: a paper's picture from one command, with its data, the theory through it, and the
paper's numbers beside ours.
"""

from . import (
    alemohammad2023,
    alemohammad2023_images,
    definitions,
    english,
    gerstgrasser2024,
    kazdan2024,
    lucas2019,
    shumailov2023,
    shumailov2024,
    shumailov2024_language,
    suresh2024,
)
from .registry import Figure, Result, figure, list_figures

__all__ = [
    "Figure",
    "Result",
    "alemohammad2023",
    "alemohammad2023_images",
    "definitions",
    "english",
    "figure",
    "gerstgrasser2024",
    "kazdan2024",
    "list_figures",
    "lucas2019",
    "shumailov2023",
    "shumailov2024",
    "shumailov2024_language",
    "suresh2024",
]
