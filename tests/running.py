"""Recursions, plans and tiles that tests of the engine share."""

from dataclasses import replace

from marks import further

import jaxcollapse as jc
from jaxcollapse.engine.plan import Plan
from jaxcollapse.space.examples import example_truth

FAMILIES = [
    jc.Categorical(),
    *further(jc.Gaussian(), jc.MultivariateGaussian(), jc.Gamma(), jc.Poisson()),
]


def named(family):
    return type(family).__name__


def replaced(family, n=9):
    return jc.Recursion(family, jc.Replace(), truth=example_truth(family), n=n)


def plan_of(key, recursion, generations, replicas, observe=None, at=None):
    return Plan.of(key, recursion, generations, replicas, "auto", observe, at)


def tiled(plan, width):
    return replace(plan, tiling=plan.tiling._replace(width=width))
