"""Real data to start from. Every loader says which file it read, its hash and its license."""

from .dataset import Dataset, empirical, file_hash
from .images import digits, fashion_mnist, mnist
from .load import load
from .text import csv_column, prose, prose_words, text_unigrams, windows, word_frequencies
from .toys import toy

__all__ = [
    "Dataset",
    "csv_column",
    "digits",
    "empirical",
    "fashion_mnist",
    "file_hash",
    "load",
    "mnist",
    "prose",
    "prose_words",
    "text_unigrams",
    "toy",
    "windows",
    "word_frequencies",
]
