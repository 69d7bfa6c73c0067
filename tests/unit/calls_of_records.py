"""Arguments of a valid call of records whose fields have no declared ranges."""

import numpy as np
from calls_of_functions import COUNTS, KEY, LAW, ONES, RECURSION, TRUTH

import jaxcollapse as jc

VARIANCE = {"metric": jc.variance}
EVENT = {"metric": jc.variance > 1.0}
RECORDS = {
    "Asymptotic": lambda: {"in_": "n", "order": 1.0, "of": LAW},
    "BestOf": lambda: {"reward": jc.Slope(1.0), "among": 3},
    "Bound": lambda: {"side": "upper"},
    "CategoryCells": lambda: {"count": 3},
    "Certified": lambda: {"name": "test"},
    "Claim": lambda: {
        "law": jc.law_named(LAW), "family": jc.Gaussian, "workflow": jc.Replace,
        "within": jc.Real(0.0), "generations": 3,
    },
    "Composed": lambda: {"steps": (jc.Temperature(0.5), jc.Temperature(0.6))},
    "Coq": lambda: {"name": "File.theorem"},
    "Counts": lambda: {"count": 3, "total": COUNTS},
    "Dataset": lambda: {
        "name": "mine", "values": ONES, "labels": None, "file": "a", "sha256": "b",
        "license": "mine", "targets": COUNTS, "symbols": None, "roles": None, "weights": ONES,
        "groups": None, "note": "none",
    },
    "Derivation": lambda: {"name": "test"},
    "Distribution": lambda: VARIANCE,
    "E": lambda: VARIANCE,
    "Each": lambda: {"generator": jc.Replace(), "classifier": jc.Replace()},
    "Enumeration": lambda: {"name": "test"},
    "Excess": lambda: {
        "count": 1.0, "squares": 1.0, "minimum": 0.0, "log_excess": 0.0, "log_unit": 0.0,
    },
    "Histogram": lambda: VARIANCE | {"low": 0.0, "high": 2.0, "bins": 4},
    "GroupCells": lambda: {"groups": 2, "roles": jc.Roles()},
    "HittingTime": lambda: EVENT,
    "Identity": lambda: {"reference": lambda n: n, "tolerance": 1e-6},
    "Integer": lambda: {"low": 1, "high": 8, "typical": (1, 4)},
    "Labels": lambda: {
        "count": 3, "values": np.arange(3), "categories": 3, "names": np.arange(3),
    },
    "Ledger": lambda: {"count": 3.0, "weights": ONES},
    "LogSums": lambda: {"count": 3.0, "log_total": 0.0, "log_unit": 0.0},
    "Maximum": lambda: {"count": 3.0, "log_maximum": 0.0},
    "Metric": lambda: {
        "name": "mine", "summary": "nothing", "formulas": lambda *a: 0.0, "lanes": 4, "unit": None,
        "compares": True, "event": False,
    },
    "Moments": lambda: {
        "count": 3.0, "squares": 3.0, "mean": 0.0, "log_scatter": 0.0, "log_unit": 0.0,
    },
    "MultivariateMoments": lambda: {
        "count": 3.0, "squares": 3.0, "mean": ONES, "log_diagonal": ONES, "below": ONES,
        "log_unit": ONES,
    },
    "NormalEquations": lambda: {"count": 3.0, "gram": np.eye(2), "moment": np.ones(2)},
    "P": lambda: EVENT,
    "Parts": lambda: {"generator": jc.Sums(1.0, 2.0), "classifier": jc.Sums(1.0, 2.0)},
    "Precision": lambda: {"quantity": "E(variance)", "error": 0.1, "most": 1000},
    "Prefer": lambda: {"reward": jc.Slope(1.0), "among": 3},
    "Quantile": lambda: VARIANCE | {"q": 0.5},
    "Rate": lambda: VARIANCE,
    "Real": lambda: {"low": 0.0, "high": 1.0, "closed": (True, False), "typical": (0.1, 0.9)},
    "Recursion": lambda: {
        "family": jc.Gaussian(), "workflow": jc.Refresh(), "truth": TRUTH, "n": 10, "real": 10,
        "fresh": 5, "selection": jc.Everything(), "decoding": jc.Faithful(),
    },
    "Samples": lambda: {"values": ONES, "weights": ONES},
    "Select": lambda: {"workflow": jc.Replace(), "rule": jc.Everything()},
    "SelectEach": lambda: {"generator": jc.Everything(), "classifier": jc.Everything()},
    "Simplex": lambda: {"tolerance": 1e-5},
    "Stratify": lambda: {
        "annotator": jc.CategoryCells(2), "batch": 4, "budget": 2, "confusion": np.eye(2),
        "shares": [0.5, 0.5],
    },
    "Sums": lambda: {"count": 3.0, "total": 5.0},
    "Sweep": lambda: {
        "key": KEY, "recursion": RECURSION, "axes": {"n": [5, 6]}, "generations": 2,
        "replicas": 4, "quantities": "E(variance)", "at": (1, 2), "models": "none",
        "carrier": "auto", "common": False, "precision": None, "theory": True,
    },
    "Tilt": lambda: {"reward": jc.Slope(1.0)},
    "Top": lambda: {"reward": jc.Slope(1.0), "share": 0.5},
    "Unpooled": lambda: {"count": 3.0, "summary": ONES},
    "Var": lambda: VARIANCE,
    "Verify": lambda: {"judge": jc.OneOf([0, 1]), "right": 0.9, "wrong": 0.1, "least": 2},
    "nets.Balanced": lambda: {"classes": 3},
    "nets.ByClass": lambda: {"classes": 3},
    "nets.Classifier": lambda: {"features": 4},
    "nets.Empirical": lambda: {"values": np.ones((3, 2)), "replacement": True},
    "nets.GAN": lambda: {"features": 2},
    "nets.LanguageModel": lambda: {"vocabulary": 4, "length": 8},
    "nets.LinearVAE": lambda: {"features": 4},
    "nets.Optimum": lambda: {"lanes": 4},
    "nets.VAE": lambda: {"features": 4},
    "nets.ConvClassifier": lambda: {"side": 8},
    "nets.ConvVAE": lambda: {"side": 8},
    "nets.GroupedNet": lambda: {
        "net": jc.nets.VAE(4), "annotator": jc.nets.Classifier(4, classes=2),
    },
}  # fmt: skip
