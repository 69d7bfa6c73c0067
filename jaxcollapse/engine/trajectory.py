"""What a run returns: parameters or metrics of every replica at every recorded generation."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp


class Trajectory(eqx.Module):
    """Replicas of one recursion at the generations `times`, of which the first is 0, the truth.

    `params` has leaves of shape (replicas, times, ...). Where metrics were observed instead, it is
    None and `observed` maps their names to arrays of shape (replicas, times).
    """

    recursion: Any
    key: Any
    params: Any
    observed: dict[str, Any]
    times: Any
    first: int = eqx.field(static=True)

    @classmethod
    def assemble(cls, recursion, key, replicas: range, metrics, whole, times) -> "Trajectory":
        """Put the replicas first; `whole` has the generations first, the truth among them."""
        whole = jax.tree.map(lambda leaf: leaf.swapaxes(0, 1), whole)
        params, observed = (whole, {}) if metrics is None else (None, whole)
        return cls(recursion, key, params, observed, times, replicas.start)

    @property
    def replicas(self) -> int:
        """Number of replicas."""
        return jax.tree.leaves((self.params, self.observed))[0].shape[0]

    @property
    def generations(self) -> int:
        """Number of fits."""
        return int(self.times[-1])

    def values(self, metric):
        """A metric of every replica at every recorded generation, shape (replicas, times)."""
        if metric.name in self.observed:
            return self.observed[metric.name]
        if self.params is None:
            known = ", ".join(self.observed) or "nothing"
            raise ValueError(
                f"metric {metric.name!r} was not observed in this run, which kept {known}"
            )
        return _evaluate(metric.fixed_for(self.recursion.family), self.recursion, self.params)

    def to_xarray(self):
        """The run as an `xarray.Dataset`, with its provenance.

        Dimensions are replica, generation and one per parameter axis.
        """
        from .storage import dataset_of

        return dataset_of(self)


@eqx.filter_jit
def _evaluate(metric, recursion, params):
    truth = jax.tree.map(jnp.asarray, recursion.truth)

    def measured(model):
        return metric(recursion.family, model, truth)

    return jax.vmap(jax.vmap(measured))(jax.tree.map(jnp.asarray, params))
