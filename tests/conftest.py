"""Strict settings for every test: no silent broadcasting between ranks, Hypothesis derandomized in
CI. Programs compile quickly and are shared.
"""

import atexit
import contextlib
import ctypes
import gc
import os
import shutil
import tempfile
import zlib

import quick

# `XLA_FLAGS= python -m pytest` optimizes everything.
os.environ.setdefault("XLA_FLAGS", quick.FLAGS)

# A worker per core: threads of linear algebra that wait for a core of another worker spin.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# One arena of the C library: with many, a worker keeps 0.8 GB more of what the compiler gave back.
os.environ.setdefault("MALLOC_ARENA_MAX", "1")

# What one worker or subprocess has compiled serves the others.
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    os.environ["JAX_COMPILATION_CACHE_DIR"] = tempfile.mkdtemp(prefix="jaxcollapse-tests-")
    atexit.register(shutil.rmtree, os.environ["JAX_COMPILATION_CACHE_DIR"], ignore_errors=True)

import functools

import jax
import pytest
from hypothesis import settings

from jaxcollapse.engine import loop, programs

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=20)
settings.load_profile("ci")
jax.config.update("jax_numpy_rank_promotion", "raise")

# Files that take longest start first, so that no worker ends alone.
LONG = (
    "docs", "sweep_kills", "oracles", "engine", "nets", "programs_of_nets", "agreement", "loop",
    "loops", "watch",
)  # fmt: skip


def pytest_addoption(parser):
    parser.addoption(
        "--third",
        type=int,
        choices=range(3),
        help="of the parameters on which tests are repeated, those of one third",
    )


def pytest_collection_modifyitems(config, items):
    third = config.getoption("third")
    if third is not None:
        repeated = [item for item in items if item.get_closest_marker("repeated")]
        others = {item for item in repeated if _third(item) != third}
        config.hook.pytest_deselected(items=list(others))
        items[:] = [item for item in items if item not in others]
    place = {f"test_{name}.py": number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONG)))


def _third(item) -> int:
    """The third that a test belongs to: by its name, so that no other test moves it."""
    return zlib.crc32(item.nodeid.encode()) % 3


def pytest_collection_finish():
    """Leave modules and collected tests out of every later collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def key():
    return jax.random.key(20240731)


@pytest.fixture(scope="module", autouse=True)
def _memory():
    """Give the programs of a file back: kept, those of the whole suite fill five gigabytes."""
    yield
    jax.clear_caches()
    # What was freed, a gigabyte after some files, stays here until the C library is asked for it.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@pytest.fixture(scope="module", autouse=True)
def _elsewhere(tmp_path_factory):
    """Run each file in a folder of its own: what a test writes by mistake stays out of the code."""
    with contextlib.chdir(tmp_path_factory.mktemp("elsewhere")):
        yield


@functools.cache
def _optimized_programs():
    static = {"static_argnames": loop._STATIC}
    return {
        name: jax.jit(loop.run_replicas, **static, compiler_options=quick.OPTIMIZED | options)
        for name, options in (("tile", {}), ("wide_tile", programs.WIDE))
    }


@pytest.fixture
def optimized(monkeypatch):
    """Compile runs with all optimizations, as users do; the options, for programs of tests."""
    for name, program in _optimized_programs().items():
        monkeypatch.setattr(loop, name, program)
    return quick.OPTIMIZED
