"""The mixing matrix of a workflow: the generation loop, run on the formal sum of data sources."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from ..arguments import checked
from ..domains import SAMPLE_SIZE, Integer
from ..families.base import AbstractFamily
from ..recursion import Recursion
from ..workflows import AbstractWorkflow
from . import loop
from .carriers.formal import Formal


def mixing_ledger(
    workflow: AbstractWorkflow, generations: int, *, sizes: ArrayLike = 1, fresh: ArrayLike = 1
) -> np.ndarray:
    """The weight of an observation of every source in every fit, in float64.

    Args:
        workflow: whose weights are wanted.
        generations: number of fits.
        sizes: observations drawn for every fit; they matter where a workflow weighs whole data
            sets.
        fresh: fresh real observations per generation.

    Returns:
        Shape (generations, sources). Column s is the data drawn from model s; where the workflow
        uses fresh data, column generations + t is the fresh data of fit t + 1.

    Raises:
        ValueError: sizes of the wrong length.
    """
    if np.shape(sizes) not in ((), (generations,)):
        raise ValueError(
            f"sizes must be one integer or one for each of {generations} fits, "
            f"got shape {np.shape(sizes)}"
        )
    sizes = np.broadcast_to(sizes, (generations,))
    weights = workflow.without_selection.shortened(generations)
    recursion = Recursion(_Nothing(), weights, truth=None, n=sizes, fresh=np.asarray(fresh))
    recursion.check_schedule(generations)
    with jax.enable_x64(True):
        carrier = Formal(sources_of(generations, workflow))
        inputs = (jax.random.key(0), recursion, carrier, None, np.uint32(0), np.int32(1))
        earlier, last = loop.tile(
            *inputs, generations=generations, width=1, metrics=None, digest=None
        )
        return np.concatenate([earlier.weights[:, 0], last.weights[:, 0]])


@checked(workflow=AbstractWorkflow, generations=Integer(1, 10**5))
def mixing_matrix(
    workflow: AbstractWorkflow, generations: int, *, sizes: ArrayLike = 1, fresh: ArrayLike = 1
) -> np.ndarray:
    """The matrix W whose entry `W[t, s]` is the weight of an observation of model s in fit t + 1.

    It is derived by running the workflow: Replace has the identity, Accumulate the lower triangle
    of ones, Anchor a first column of ones beside the diagonal, Window a band. Fresh real data count
    for model 0.

    Example:
        >>> import jaxcollapse as jc
        >>> jc.mixing_matrix(jc.Window(2), generations=3).tolist()
        [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
    """
    SAMPLE_SIZE.check("sizes", sizes)
    Integer(0, SAMPLE_SIZE.high).check("fresh", fresh)
    ledger = mixing_ledger(workflow, generations, sizes=sizes, fresh=fresh)
    matrix = ledger[:, :generations].copy()
    matrix[:, 0] += ledger[:, generations:].sum(axis=1)
    return matrix


class _Nothing(AbstractFamily):
    """The family of the formal sum: there is nothing to draw and nothing to fit."""

    has_parts: ClassVar[bool] = True

    def sample(self, key, params, size):
        return jnp.zeros((size, 0))

    def fit(self, key, samples, init):
        return init


def sources_of(generations: int, workflow: AbstractWorkflow) -> int:
    """The number of data sources: one model per fit, and its fresh data where they are used."""
    return generations * (2 if workflow.uses_fresh else 1)
