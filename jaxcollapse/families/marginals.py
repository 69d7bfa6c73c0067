r"""Pairs of categories fitted by the product of their marginals: the class has no dependence.

Every fit q pays the dependence once, $\mathrm{KL}(p\|q)=I(p)+\mathrm{KL}(p_1\|q_1)
+\mathrm{KL}(p_2\|q_2)$ with I the mutual information of the pair under the truth p.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from ..domains import Integer
from ..evidence import Counts, draw_counts
from ..sampling.categorical import categorical
from .categorical import AbstractCategorical, Categorical, CategoricalParams


class ProductOfMarginals(AbstractCategorical):
    r"""Pairs of categories whose fits are independent: $\hat p_{ij}=\hat a_i\hat b_j$.

    The marginals are fitted by maximum likelihood. Pairs are coded as row times the number of
    columns plus column.

    Args:
        rows: number of values of the first of the pair.
        dependent: whether the class has all joint laws, as `Categorical` has.

    Example:
        >>> import jaxcollapse as jc
        >>> family = jc.ProductOfMarginals(rows=2)
        >>> truth = family.params([0.3, 0.1, 0.15, 0.45])
        >>> r = jc.Recursion(family, jc.Replace(), truth=truth, n=40)
        >>> round(float(jc.predict(jc.E(jc.squared_distance), r, t=1)), 4)
        0.0675
    """

    rows: int = eqx.field(default=2, static=True)
    dependent: bool = eqx.field(default=False, static=True)
    lossless: ClassVar[bool] = True
    shapes_follow_n: ClassVar[bool] = True

    def __check_init__(self):
        Integer(1).check("ProductOfMarginals.rows", self.rows)

    def params(self, probabilities) -> CategoricalParams:
        """The joint law with these probabilities, shape (rows * columns,).

        Raises:
            ValueError: if they are negative, do not sum to one, or fill no table of so many rows.
        """
        truth = Categorical.params(probabilities)
        if (number := truth.weights.shape[-1]) % self.rows:
            raise ValueError(
                f"probabilities must fill a table of {self.rows} rows, got {number} of them"
            )
        return truth

    def check_truth(self, truth):
        if np.shape(truth.weights)[-1] % self.rows:
            raise ValueError(
                f"truth must fill a table of {self.rows} rows, got {np.shape(truth.weights)[-1]} "
                "probabilities"
            )

    def product(self, weights):
        """Return the product of the marginals of a table of weights, with the same total."""
        table = weights.reshape(self.rows, -1)
        product = jnp.sum(table, axis=1)[:, None] * jnp.sum(table, axis=0)[None, :]
        return product.reshape(-1) / jnp.sum(table)

    def sample(self, key, params, size):
        return categorical(key, params.probabilities, size)

    def statistics(self, samples, params):
        return Categorical().statistics(samples, params)

    def sample_statistics(self, key, params, n, capacity):
        counts = draw_counts(key, n, params.probabilities, jnp.ones(()), capacity)
        return Counts(jnp.asarray(n, counts.dtype), counts)

    def estimate(self, evidence: Counts):
        shares = evidence.total / evidence.count
        return CategoricalParams(shares if self.dependent else self.product(shares), jnp.ones(()))
