"""Real data to start from. Every loader says which file it read, its hash and its license."""

from .cells import Table as Table
from .cells import decoded as decoded
from .cells import read_table as read_table
from .cells import unpacked as unpacked
from .classes import breast_cancer as breast_cancer
from .dataset import Dataset as Dataset
from .dataset import empirical as empirical
from .dataset import file_hash as file_hash
from .groups import colored_mnist as colored_mnist
from .groups import loans as loans
from .groups import recidivism as recidivism
from .images import digits as digits
from .images import fashion_mnist as fashion_mnist
from .images import mnist as mnist
from .load import is_specification as is_specification
from .load import load as load
from .numerals import NotNumbers as NotNumbers
from .numerals import Style as Style
from .numerals import numbers as numbers
from .tables import table_column as table_column
from .text import prose as prose
from .text import prose_words as prose_words
from .text import text_unigrams as text_unigrams
from .text import windows as windows
from .text import word_frequencies as word_frequencies
from .toys import toy as toy
