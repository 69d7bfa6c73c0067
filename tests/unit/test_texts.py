"""Words of texts in eight scripts: letters keep their marks, accents are composed, emoji count."""

import unicodedata

import numpy as np
import pytest

import jaxcollapse as jc

# The text, the language, and its words in the order in which they come.
TEXTS = {
    "English": ("The cat, the dog's DON’T!", None, ["the", "cat", "dog's", "don’t"]),
    "German": ("Straße, STRASSE; Übermut", None, ["straße", "strasse", "übermut"]),
    "decomposed accents": (unicodedata.normalize("NFD", "café naïve") + " café", None,
                           ["café", "naïve"]),
    "Hindi": ("नमस्ते दुनिया, नमस्ते! क्षत्रिय", None, ["नमस्ते", "दुनिया", "क्षत्रिय"]),
    "Arabic": ("مَرْحَبًا بالعالم، مَرْحَبًا", None, ["مَرْحَبًا", "بالعالم"]),
    "Persian, with joiners": ("می\u200cخواهم کتاب", None, ["می\u200cخواهم", "کتاب"]),
    "Hebrew": ("שָׁלוֹם עולם", None, [unicodedata.normalize("NFC", "שָׁלוֹם"), "עולם"]),
    "Thai": ("ภาษาไทย ที่นี่", None, ["ภาษาไทย", "ที่นี่"]),
    "Korean": (unicodedata.normalize("NFD", "한국어 사람"), None, ["한국어", "사람"]),
    "Russian and Greek": ("Привет мир Καλημέρα", None, ["привет", "мир", "καλημέρα"]),
    "emoji": ("👍🏽 ok 👩‍👩‍👧 🇩🇪🇫🇷 ❤️", None, ["👍🏽", "ok", "👩‍👩‍👧", "🇩🇪", "🇫🇷", "❤️"]),
    "numbers": ("3 times 2024 x_1", None, ["3", "times", "2024", "x_1"]),
    "English by wordfreq": ("The cat, the dog's", "en", ["the", "cat", "dog's"]),
    "Hindi by wordfreq": ("नमस्ते दुनिया नमस्ते", "hi", ["नमस्ते", "दुनिया"]),
    "Thai by wordfreq": ("ภาษาไทย ที่นี่", "th", ["ภาษาไทย", "ที่นี่"]),
    "Arabic by wordfreq": ("مَرْحَبًا بالعالم", "ar", ["مرحبا", "بالعالم"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_words_of_a_text(tmp_path, name):
    text, language, words = TEXTS[name]
    path = tmp_path / "text.txt"
    path.write_text(text, encoding="utf-8")
    found = jc.text_unigrams(path, language=language)
    assert list(found.labels) == words
    assert all(unicodedata.is_normalized("NFC", word) for word in found.labels)
    assert found.note.endswith(f"{len(words)} different ones")


def test_texts_are_read_as_their_first_bytes_say(tmp_path):
    path = tmp_path / "text.txt"
    for encoding in ("utf-8-sig", "utf-16"):
        path.write_text("één twee", encoding=encoding)
        assert jc.text_unigrams(path).labels == ("één", "twee")


@pytest.mark.parametrize(("content", "language", "message"), [
    (b"\xff\xfa caf\xe9", None, "it is not UTF-8 text"),
    (b"one one", None, "at least two different words, got 1"),
    (b" \n", None, "is empty"),
    (b"a b", "nonsense!", "language must be a code such as en"),
    ("今日は 世界".encode(), "ja", "language 'ja' needs another package: .*mecab"),
])  # fmt: skip
def test_refused_by_name(tmp_path, content, language, message):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"(?i){message}"):
        jc.text_unigrams(path, language=language)


def test_windows_shorter_than_n_grams_are_refused():
    family = jc.nets.LanguageModel(4, length=3, width=8)
    truth = family.data(np.arange(60).reshape(20, 3) % 4)
    for metric in (jc.self_bleu(4), jc.distinct(4), jc.repetition(4)):
        with pytest.raises(ValueError, match="needs observations of at least 4 symbols, got 3"):
            metric(family, truth, truth)
    assert 0 < float(jc.distinct(3)(family, truth, truth)) < 1
