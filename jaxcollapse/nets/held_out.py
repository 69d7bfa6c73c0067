"""Metrics of nets on real observations that are never drawn: the `held_out` of the truth."""

import jax.numpy as jnp

from ..metrics import metric
from .base import held_out_loss
from .language_model import LanguageModel
from .vae import AbstractVAE

reconstruction_error = metric(
    "reconstruction-error",
    "mean squared error, a number of held-out observations, from their mean code",
)
held_out_elbo = metric(
    "held-out-elbo", "evidence lower bound of held-out real observations, nats an observation"
)
mean_codes = metric("mean-codes", "mean codes of held-out observations, shape (size, latent)")
held_out_surprise = metric(
    "held-out-surprise", "sorted mean nats a symbol of held-out windows, a vector over windows"
)


def _held_out(name, family, truth):
    """Return the held-out observations of the truth, or say that the metric needs them."""
    if truth.held_out is None:
        raise ValueError(
            f"{name} needs observations that training never sees: give `held_out` to the truth"
        )
    family.check_event(truth.held_out.shape[1:])
    return truth.held_out


@reconstruction_error.of(AbstractVAE)
def _(family, params, truth):
    x = _held_out(reconstruction_error, family, truth)
    shown = family.reconstruct(family.module_of(params.as_fit(family)), x)
    return jnp.mean(jnp.square(shown - family.features_of(x)))


@mean_codes.of(AbstractVAE)
def _(family, params, truth):
    x = _held_out(mean_codes, family, truth)
    module = family.module_of(params.as_fit(family))
    return module.encode(jnp.concatenate(family.condition.parted(x), axis=1))[0]


@held_out_elbo.of(AbstractVAE)
def _(family, params, truth):
    return -held_out_loss(family, params, truth)


@held_out_surprise.of(LanguageModel)
def _(family, params, truth):
    x = _held_out(held_out_surprise, family, truth)
    return jnp.sort(jnp.mean(family.surprise(family.module_of(params.as_fit(family)), x), axis=1))
