"""Strict settings for every test: no silent broadcasting between ranks, Hypothesis derandomized in
CI.
"""

import jax
import pytest
from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=20)
settings.load_profile("ci")
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture
def key():
    return jax.random.key(20240731)
