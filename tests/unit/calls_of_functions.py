"""Arguments of a valid call of every public function."""

import functools

import jax
import numpy as np

import jaxcollapse as jc
from jaxcollapse._keys import RandomStream

KEY = jax.random.key(0)
TRUTH = jc.Gaussian.params(0.0, 1.0)
RECURSION = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=TRUTH, n=10)
LAW = "gaussian-replace-variance"


@functools.cache
def run():
    return jc.simulate(KEY, RECURSION, generations=2, replicas=4)


def damped():
    family = jc.DampedCategorical([1.0, 1.0, 0.0], 0.6)
    return jc.Recursion(family, jc.Replace(), truth=family.params([0.5, 0.3, 0.2]), n=9)


@functools.cache
def stream():
    rows = np.random.default_rng(0).normal(size=(3, 40))
    return jc.Stream.of(list(rows))


def source():
    return RandomStream(KEY, np.int32(1), 0)


def seed():
    return tuple(np.uint32(i) for i in range(4))


ONES = np.ones(3)
COUNTS = np.array([3, 2, 1])
SIMULATED = {"key": KEY, "recursion": RECURSION, "generations": 2, "replicas": 4}
SAMPLED = {"key": KEY, "n": 6, "weights": ONES, "capacity": 8}
PATHS = np.zeros((4, 3))
FUNCTIONS = {
    "decline_alarms": lambda: {
        "run": run(), "metric": jc.variance, "healthy": run(), "alpha": 0.25,
    },
    "decompose": lambda: {
        "quantity": jc.E(jc.squared_distance), "recursion": damped(), "t": 2, "key": KEY,
        "replicas": 16,
    },
    "by_group": lambda: {"metric": np.mean, "groups": ["a", "b"], "arrays": ([1.0, 2.0],)},
    "calibrated_level": lambda: {"healthy": np.arange(60.0).reshape(20, 3), "alpha": 0.1},
    "calibration_by_group": lambda: {
        "labels": [0, 1], "scores": [0.1, 0.9], "groups": ["a", "b"], "bins": 4,
    },
    "check_independent": lambda: {"scores": np.eye(4)},
    "claim": lambda: {
        "name": "mine", "family": jc.Gaussian(), "workflow": jc.Replace,
        "quantity": jc.E(jc.variance), "kind": jc.Exact(), "when": lambda r: True,
        "where": {}, "within": jc.Real(0.0), "generations": 3,
    },
    "colored_mnist": lambda: {"seed": 1, "flip": 0.1, "green": (0.2, 0.8)},
    "cusum": lambda: {"scores": PATHS, "allowance": 0.5},
    "cusum_level": lambda: {"run_length": 100.0, "allowance": 0.5},
    "cusum_run_length": lambda: {"level": 3.0, "drift": -0.5, "nodes": 24},
    "decoding.tempered": lambda: {"family": jc.Gaussian(), "params": TRUTH, "temperature": 0.5},
    "decoding.tilted": lambda: {"family": jc.Gaussian(), "params": TRUTH, "reward": jc.Slope(1.0)},
    "decoding.truncated_sample": lambda: {
        "family": jc.Gaussian(), "key": KEY, "params": TRUTH, "size": 4, "bound": 2.0,
    },
    "discoveries": lambda: {"evidence": list(PATHS), "alpha": 0.1},
    "effective_generations": lambda: {"recursion": RECURSION, "t": 2},
    "empirical": lambda: {"family": jc.Gaussian(), "data": jc.toy("ring")},
    "estimate": lambda: SIMULATED | {"quantities": jc.E(jc.variance)},
    "evidence.draw_counts": lambda: SAMPLED | {"total": 3.0},
    "evidence.in_units": lambda: {"log_unit": 0.0, "log_ratio": 1.0},
    "evidence.pooled": lambda: {"stacked": jc.Sums(ONES, ONES), "length": 3},
    "example_truth": lambda: {"family": jc.Gaussian()},
    "fashion_mnist": lambda: {"folder": "/nowhere"},
    "field": lambda: {"domain": jc.Real(), "default": 1.0, "doc": "a number"},
    "figure": lambda: {"name": "english"},
    "first_alarms": lambda: {"log_evidence": PATHS, "alpha": 0.1},
    "first_crossings": lambda: {"paths": PATHS, "level": 1.0},
    "gap": lambda: {"values": [0.1, 0.4], "how": "ratio"},
    "holds": lambda: {"when": lambda r: True, "where": {}, "assuming": {}},
    "law": lambda: {
        "name": "test-law", "family": jc.Gaussian, "workflow": jc.Replace,
        "quantity": jc.E(jc.variance), "kind": jc.Exact(), "selection": jc.Everything,
        "decoding": jc.Faithful, "host": True,
    },
    "law_named": lambda: {"name": LAW},
    "laws": lambda: {"about": {"family": jc.Gaussian}},
    "listing": lambda: {"what": "workflows"},
    "load_run": lambda: {"path": "/nowhere.nc"},
    "loans": lambda: {"group": "male", "features": ["unem"]},
    "log_likelihood": lambda: {
        "family": jc.Poisson(), "params": jc.Poisson().params(2.0), "evidence": jc.Sums(3.0, 5.0),
    },
    "log_range": lambda: {"low": 1.0, "high": 10.0, "count": 3, "whole": True},
    "median_alarm": lambda: {"alarms": [1.0, 2.0, np.inf]},
    "metric": lambda: {"name": "test-metric", "summary": "nothing", "lanes": 4},
    "metric_named": lambda: {"text": "variance"},
    "mixing_matrix": lambda: {
        "workflow": jc.Window(2), "generations": 3, "sizes": 2, "fresh": 1,
    },
    "mode_shares": lambda: {"centers": np.eye(2), "size": 64},
    "on_samples": lambda: {
        "name": "test-samples", "summary": "nothing", "compare": lambda x, y: 0.0, "size": 64,
        "unit": None,
    },
    "predict": lambda: {"quantity": jc.E(jc.variance), "recursion": RECURSION, "t": 2},
    "proof": lambda: {"evidence": jc.Coq("File.theorem")},
    "prose_words": lambda: {"vocabulary": 100},
    "read_stream": lambda: {"path": "/nowhere.csv", "generation": "t", "classes": ["0", "1"]},
    "recidivism": lambda: {"features": ["age"]},
    "refutation.load_claims": lambda: {"path": "/nowhere.py"},
    "refute": lambda: {
        "claim": jc.law_named(LAW), "key": KEY, "false_alarm": 0.01, "configurations": 2,
        "most": 1 << 12, "against": (),
    },
    "resume": lambda: SIMULATED | {"folder": "/nowhere/at/all", "until": 1},
    "rival": lambda: {"name": "wrong", "formula": lambda xp, n: n},
    "self_evidence": lambda: {"key": KEY, "run": run(), "outputs": 4, "source": TRUTH},
    "share_of": lambda: {"field": "n", "values": [0.1, 0.5]},
    "show_progress": lambda: {},
    "simulate": lambda: SIMULATED | {"carrier": "auto", "observe": jc.variance, "at": [1]},
    "source": lambda: {"cite": ("derived",), "tag": "T"},
    "standardized_decline": lambda: {"run": run(), "metric": jc.variance},
    "stream_of_run": lambda: {
        "key": KEY, "run": run(), "outputs": 4, "replica": 0, "reference": 8,
    },
    "sweep": lambda: SIMULATED | {"grid": {"n": [5, 6]}, "quantities": "E(variance)"},
    "table_column": lambda: {
        "path": "/nowhere.csv", "column": "x", "categories": False, "weights": None,
        "groups": None, "missing": ["-"], "decimal": ",", "thousands": ".",
    },
    "table_columns": lambda: {"path": "/nowhere.csv"},
    "text_unigrams": lambda: {"path": "/nowhere.txt", "language": "en"},
    "theory.truth_symbols": lambda: {"family": jc.Gaussian(), "truth": TRUTH},
    "toy": lambda: {"name": "ring", "size": 16, "seed": 1},
    "tried": lambda: {"at": ((RECURSION, 2),), "draw": lambda key, replicas: 0.0},
    "verify": lambda: {
        "recursion": RECURSION, "quantity": jc.E(jc.variance), "generations": 2, "key": KEY,
        "most": 4096,
    },
    "verify_all": lambda: {
        "key": KEY, "names": [LAW], "quick": True, "exhaustive": False, "report": print,
    },
    "verify_law": lambda: {
        "key": KEY, "law": jc.law_named(LAW), "cases": [(RECURSION, 2)], "quick": True,
        "exhaustive": False, "most": 4096,
    },
    "verification.allowed_sigmas": lambda: {"entries": 3, "false_alarm": 0.01, "sides": 2},
    "verification.ladder_errors": lambda: {
        "law": jc.law_named("bernoulli-replace-fixation-limit"),
        "exact": jc.law_named("bernoulli-replace-fixation"),
        "case": {"n": 5, "mean": 0.4, "t": 2}, "start": 1,
    },
    "verification.summary": lambda: {
        "verdicts": [jc.Verdict(law="x", kind="Exact", outcome="holds")]
    },
    "verification.times_of": lambda: {"generations": 5},
    "watch": lambda: {
        "stream": stream(), "signs": ["spread"], "alpha": 0.1, "key": KEY, "outputs": 4,
        "replica": 0,
    },
    "windows": lambda: {"text": jc.prose(), "length": 8},
    "word_frequencies": lambda: {"language": "en"},
    "zipf": lambda: {"exponent": 1.1, "categories": 5},
    "sampling.alias_table": lambda: {"n": 4, "steps": 2},
    "sampling.bartlett": lambda: {"key": KEY, "dof": 5, "d": 2},
    "sampling.bartlett_from_normals": lambda: {"z": ONES, "freedom": np.array([5.0, 4.0])},
    "sampling.binomial": lambda: {"key": KEY, "n": 5, "p": 0.3},
    "sampling.binomial_of_seed": lambda: {"seed": seed(), "n": 5, "p": 0.3},
    "sampling.by_binomials": lambda: {"key": KEY, "n": 6, "weights": ONES},
    "sampling.categorical": lambda: {"key": KEY, "weights": ONES, "size": 4},
    "sampling.complex_normals": lambda: {"source": source(), "count": 3},
    "sampling.founder_counts": lambda: {"key": KEY, "n": 4, "steps": 2, "capacity": 8},
    "sampling.hyperbolic_secant": lambda: {"key": KEY, "mean": 0.3},
    "sampling.hyperbolic_secant_sum": lambda: {"key": KEY, "count": 3, "mean": 0.3},
    "sampling.labels_from_counts": lambda: {
        "key": KEY, "n": 4, "counts": COUNTS, "total": 6, "capacity": 8,
    },
    "sampling.log_chi2": lambda: {"key": KEY, "dof": 3.0},
    "sampling.log_chi2_by_rejection": lambda: {"key": KEY, "dof": 3.0},
    "sampling.log_chi2_from_normal": lambda: {"z": ONES, "dof": ONES},
    "sampling.log_gamma": lambda: {"key": KEY, "shape": 2.0},
    "sampling.multinomial": lambda: SAMPLED,
    "sampling.multinomial_from_counts": lambda: {
        "key": KEY, "n": 4, "counts": COUNTS, "total": 6, "capacity": 8,
    },
    "sampling.multivariate_hypergeometric": lambda: {
        "key": KEY, "counts": COUNTS, "n": 4, "capacity": 8,
    },
    "sampling.negative_binomial": lambda: {"key": KEY, "size": 2.0, "mean": 3.0},
    "sampling.normal": lambda: {"key": KEY, "shape": (3,)},
    "sampling.poisson": lambda: {"key": KEY, "rate": 2.0},
    "sampling.resampled": lambda: {"source": source(), "labels": np.arange(4), "n": 4},
    "sampling.successes": lambda: {"key": KEY, "n": 5, "p": 0.3},
    "sampling.successes_of_seed": lambda: {"seed": seed(), "n": 5, "p": 0.3},
    "sampling.tally": lambda: {"labels": np.arange(4), "n": 4, "categories": 5},
    "sampling.traced_founders": lambda: {
        "key": KEY, "n": 4, "steps": 2, "capacity": 4, "first": 0, "stream": 1,
    },
    "testing.assert_expectation": lambda: {
        "draw": lambda key, replicas: np.zeros((replicas, 1)), "expected": 0.0, "resolution": 0.1,
        "rivals": None, "false_alarm": 1e-3, "side": "both", "most": 1 << 20, "key": KEY,
    },
    "testing.assert_law": lambda: {
        "law": LAW, "recursion": RECURSION, "generations": 2, "key": KEY, "most": 4096,
    },
    "testing.assert_same_law": lambda: {
        "draw_a": lambda key, replicas: np.zeros(replicas),
        "draw_b": lambda key, replicas: np.zeros(replicas),
        "resolution": 0.1, "false_alarm": 1e-3, "decimals": 3, "key": KEY,
    },
    "testing.covariances": lambda: {"dimensions": 2},
    "testing.families": lambda: {"below": jc.AbstractFamily, "generations": 3},
    "testing.probability_vectors": lambda: {"categories": 3},
    "testing.records": lambda: {"kind": jc.Gaussian, "generations": 3},
    "testing.recursions": lambda: {
        "family": jc.Gaussian, "workflow": jc.Replace, "generations": 3, "schedules": False,
    },
    "testing.schedules": lambda: {"generations": 3, "least": 2},
    "testing.stochastic_matrices": lambda: {"generations": 3},
    "testing.truths": lambda: {"family": jc.Gaussian()},
    "testing.values": lambda: {"domain": jc.Real(), "shape": (2,)},
    "testing.workflows": lambda: {"below": jc.AbstractWorkflow, "generations": 3},
}  # fmt: skip
