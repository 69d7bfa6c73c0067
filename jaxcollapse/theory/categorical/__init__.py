"""Laws of categories: frequencies, absorption, diversity, vocabularies, n-grams."""
