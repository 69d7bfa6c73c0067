"""Model 0 of a net: the real data themselves, which a net is trained on first."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int, Num

from .._keys import words
from ..arguments import check_is, check_numbers
from ..domains import is_abstract
from ..records import AnyArray


class Empirical(eqx.Module):
    """Model 0 when nature is a data set: a draw takes rows at random.

    No row is taken twice until all have been taken.

    Args:
        values: observations, shape (size, *event).
        labels: class of each observation, where there are classes.
        held_out: observations that are never drawn, kept for metrics; a conditional net expects
            their label as the last number.
        replacement: draw rows independently instead, so that draws follow the empirical law
            exactly.
    """

    values: Num[AnyArray, "size *event"]
    labels: Int[AnyArray, " size"] | None = None
    held_out: Num[AnyArray, "rest *event"] | None = None
    replacement: bool = eqx.field(default=False, static=True)

    def __check_init__(self):
        for name in ("values", "held_out"):
            array = getattr(self, name)
            if array is None or is_abstract(array):
                continue
            check_numbers(name, array)
            if not np.all(np.isfinite(array)):
                bad = int(np.sum(~np.isfinite(array)))
                raise ValueError(
                    f"{name} must hold finite numbers, got {bad} that are not, of {np.size(array)}"
                )
        rows = np.shape(self.values)[0] if np.ndim(self.values) > 1 else 0
        if rows < 2:
            raise ValueError(
                f"values must hold at least two observations along its first axis, "
                f"got shape {np.shape(self.values)}"
            )
        check_is("replacement", self.replacement, bool)
        if self.labels is not None:
            check_numbers("labels", self.labels)
        if self.labels is not None and np.shape(self.labels) != (rows,):
            raise ValueError(
                f"labels must have shape ({rows},) to go with values, got {np.shape(self.labels)}"
            )

    def draw(self, family, key, size):
        """Return rows of the data."""
        values = family.observations(self)
        rows = values.shape[0]
        if self.replacement:
            return values[jax.random.randint(key, (size,), 0, rows)]
        # Sorting random words shuffles the rows. Ties of 32-bit words are rare enough for data
        # sets.
        order = jnp.argsort(words(key, rows))
        return values[order[jnp.arange(size) % rows]]

    @property
    def symbols(self) -> dict[str, float]:
        """What laws read of the data: their total variance."""
        return {"trace": float(np.sum(np.var(np.asarray(self.values, float), axis=0)))}

    @property
    def sound(self):
        """One, since data do not diverge."""
        return jnp.ones(())

    def begin(self, family, key):
        """Return the weights of fit 1, which comes after no net: fresh ones."""
        return family.initial(key)

    def as_fit(self, family):
        """Return a net of NaN, for the place of the truth among the fits of a trajectory."""
        return family.absent
