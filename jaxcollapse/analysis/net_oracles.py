"""Oracles of neural nets: a stream of data, wider nets, and longer training from several starts.

Those are not exact: what a weaker oracle changes is measured and certifies them. A linear VAE has
its optimum in closed form.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from ..engine.programs import rounded_up
from ..families import AbstractFamily, Labeled
from ..nets import GAN, AbstractNet, GroupedNet, LinearVAE, Optimum, Training
from ..nets.base import AbstractFitted
from ..recursion import Recursion
from .oracles import (
    Absent,
    Oracle,
    approximation_of,
    expressivity_of,
    on_a_ladder,
    statistical_of,
    with_family,
)

# Factors of the widths, and of the steps of a training, and the number of its starts.
WIDER = 4
LONGER = 4
STARTS = 2
# Bytes that the data of one generation of one replica may take.
DATA_BYTES = 1 << 24
WIDTHS = ("hidden", "channels", "width", "latent")


@statistical_of.register
def _(family: AbstractNet, recursion):
    if isinstance(family.training, Optimum):
        return on_a_ladder()
    needed = LONGER * family.training.steps * family.training.batch
    fitting = DATA_BYTES // (4 * int(np.prod(family.event)))
    size = rounded_up(max(min(needed, fitting), int(np.max(recursion.n))), 4)
    once = size >= family.training.steps * family.training.batch
    used = "no observation is used twice" if once else "as many as memory holds"
    return Oracle(
        "statistical",
        f"{size} observations per generation: {used} by the training as it is",
        "a quarter of the observations gives the same error",
        lambda r: _sized(r, size),
        weaker=lambda r: _sized(r, max(size // 4, int(np.max(recursion.n)))),
    )


def _sized(recursion: Recursion, size: int) -> Recursion:
    """The recursion with data sets of a size; fresh real data keep their share."""
    growth = size / np.asarray(recursion.n)
    real = None if recursion.real is None else int(np.ceil(np.max(growth) * recursion.real))
    fresh = np.ceil(growth * np.asarray(recursion.fresh)).astype(int)
    n = np.full(np.shape(recursion.n), size)
    return replace(recursion, n=n, real=real, fresh=fresh)


@expressivity_of.register
def _(family: AbstractNet, recursion):
    return wider(family, WIDER, WIDER / 2)


def wider(family: AbstractNet, factor: float, less: float) -> Oracle:
    """The oracle of a wider net, beside one that is less wide; both are factors of all widths."""
    names = [name for name in WIDTHS if hasattr(family, name)]
    shown = " and ".join(f"{name} {round(factor * getattr(family, name))}" for name in names)
    return Oracle(
        "expressivity",
        f"a net {factor:g} times as wide, {shown}",
        f"a net {less:g} times as wide gives the same error",
        lambda r: _wider(r, names, factor),
        weaker=lambda r: _wider(r, names, less),
    )


def _wider(recursion: Recursion, names, factor: float) -> Recursion:
    family = recursion.family
    widths = {name: round(factor * getattr(family, name)) for name in names}
    return with_family(recursion, **widths)


@expressivity_of.register
def _(family: LinearVAE, recursion):
    most = family.features - 1
    if family.latent >= most:
        return Absent("expressivity", f"every normal law is in the class from {most} latents on")
    return Oracle(
        "expressivity",
        f"{most} latents, from which on every normal law is in the class",
        "what is not normal in the data belongs to the floor",
        lambda r: with_family(r, latent=most),
    )


@approximation_of.register
def _(family: AbstractNet, recursion):
    # The loss of a game does not say which of two trainings is the better one.
    return longer(family, LONGER, 1 if isinstance(family, GAN) else STARTS)


@approximation_of.register
def _(family: LinearVAE, recursion):
    if isinstance(family.training, Optimum):
        return Absent("approximation", "the fit is the optimum in closed form", gradient=True)
    # Where the oracle of the class leaves the covariance free, a fit takes d + 1 observations.
    if np.min(recursion.n) <= family.features:
        return longer(family, LONGER, STARTS)
    return Oracle(
        "approximation",
        "the optimum of the bound, that of probabilistic PCA",
        "it has a closed form",
        lambda r: with_family(r, training=Optimum()),
        gradient=True,
    )


def longer(family: AbstractNet, factor: int, starts: int = 1) -> Oracle:
    """The oracle of a training of more steps, beside one of half of them."""
    best = f"the best of {starts} starts" if starts > 1 else "one start"
    return Oracle(
        "approximation",
        f"{factor} times as many steps, a rate that falls to zero, {best}",
        "half of the steps give the same error",
        lambda r: _trained(r, factor, starts),
        weaker=lambda r: _trained(r, factor // 2, starts),
        # Two players have no common objective whose gradient could vanish.
        gradient=not isinstance(family, GAN),
    )


def _trained(recursion: Recursion, factor: int, starts: int) -> Recursion:
    family: Any = recursion.family
    training: Training = family.training
    steps = factor * training.steps
    longer = replace(training, steps=steps, anneal=0.0, starts=starts)
    return with_family(recursion, training=longer)


def check_parts(family: AbstractFamily) -> None:
    """Raise a `ValueError` for nets that are parts of a family: no oracle is known of them."""
    whole = isinstance(family, Labeled)
    for part in (family.generator, family.classifier) if whole else (family,):
        if isinstance(part, GroupedNet) or (whole and isinstance(part, AbstractFitted)):
            raise ValueError(
                f"oracles must be given for {type(family).__name__} with nets: no oracle of "
                f"{type(part).__name__} is known there; a function of recursions that changes one "
                "part will do"
            )
