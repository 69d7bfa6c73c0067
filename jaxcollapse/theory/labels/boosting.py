r"""Boosting by weak labels: prompts are solved for good once a labeler that succeeds with
probability b solves them.

A round asks about B distinct prompts of N. Asked uniformly, most questions soon go to prompts that
are solved already and what is unsolved decays geometrically; asked about unsolved prompts only, it
falls by bB per round while B are left.
"""

from functools import partial

import numpy as np
import scipy

from ...domains import PROBABILITY, Integer
from ...numerics.reach import within, within_steps
from ..notes import holds, proof, rival, source, tried
from ..proofs import Enumeration
from ..registry import law
from ..subjects import Stream, fold_in, jax, jnp, words

LARGEST = 3000
BOOSTING = {"prompts": Integer(1, 10_000), "batch": Integer(0), "success": PROBABILITY}
UNIFORM = (
    {"prompts": 9, "batch": 4, "success": 0.6, "t": 5},
    {"prompts": 5, "batch": 8, "success": 0.3, "t": 3},
)
FOCUSED = (
    {"prompts": 9, "batch": 4, "success": 0.6, "t": 4},
    {"prompts": 12, "batch": 3, "success": 0.7, "t": 4},
)


def _unsolved(key, replicas, prompts, batch, success, t, focused):
    """Unsolved prompts after t rounds in every replica; the order of asking is random, unsolved
    ones first if `focused`.
    """

    def one(replica):
        def asked(round_, open_):
            order = words(fold_in(replica, round_, Stream.DATA), prompts) >> jnp.uint32(1)
            order = jnp.where(focused & ~open_, order | jnp.uint32(1 << 31), order)
            chosen = jnp.zeros(prompts, bool).at[jnp.argsort(order)[:batch]].set(True)
            chance = jax.random.uniform(fold_in(replica, round_, Stream.SELECT), (prompts,))
            return open_ & ~(chosen & (chance < success))

        return jnp.sum(jax.lax.fori_loop(0, t, asked, jnp.ones(prompts, bool)))

    return jax.jit(jax.vmap(lambda i: one(fold_in(key, i))))(jnp.arange(replicas, dtype=jnp.uint32))


def unsolved_law(prompts, batch, success, t):
    """Law of the number of unsolved prompts after each of t rounds of questions about unsolved
    ones, shape (t + 1, prompts + 1).
    """
    within("prompts", prompts, LARGEST, "the chain of unsolved prompts is a matrix")
    within_steps(t, (prompts + 1) ** 2)
    left = np.arange(prompts + 1)
    solved, asked = left[:, None] - left[None, :], np.minimum(batch, left)[:, None]
    step = scipy.stats.binom.pmf(solved, asked, success)
    rows = [np.eye(prompts + 1)[-1]]
    for _ in range(t):
        rows.append(rows[-1] @ step)
    return np.asarray(rows)


def unsolved_by_focused_questions(xp, prompts, batch, success, t):
    """The mean number unsolved when only unsolved prompts are asked about."""
    law_of = unsolved_law(int(prompts), int(batch), float(success), int(np.max(t, initial=0)))
    return (law_of @ np.arange(int(prompts) + 1))[np.asarray(t, int)]


def unsolved_with_repetition(xp, prompts, batch, success, t):
    """The number unsolved if a round could ask the same prompt twice: a rival."""
    return prompts * (1 - success / prompts) ** (batch * t)


@law("boosting-uniform-unsolved")
@source("derived", "amin2025", tag="V8")
@proof(Enumeration("test_questions_about_prompts"))
@holds(where=BOOSTING)
@tried(*UNIFORM, draw=partial(_unsolved, focused=False))
@rival("with repetition", unsolved_with_repetition)
@rival("focused", unsolved_by_focused_questions)
def uniform_unsolved(xp, prompts, batch, success, t):
    r"""Uniform questions leave $E u_t=N(1-\frac{bB}N)^t$ prompts unsolved, B distinct ones per
    round (all N where $B\ge N$).
    """
    return prompts * xp.maximum(1 - success * batch / prompts, 1 - success) ** t


def unsolved_down_to_zero(xp, prompts, batch, success, t):
    """The linear decrease until nothing is left: a rival."""
    return xp.maximum(prompts - success * batch * t, 0.0)


@law("boosting-focused-unsolved", host=True)
@source("derived", "amin2025", tag="V8")
@proof(Enumeration("test_questions_about_prompts"))
@holds(where=BOOSTING)
@tried(*FOCUSED, draw=partial(_unsolved, focused=True))
@rival("linear for ever", lambda xp, prompts, batch, success, t: prompts - success * batch * t)
@rival("linear to zero", unsolved_down_to_zero)
@rival("uniform", uniform_unsolved)
def focused_unsolved(xp, prompts, batch, success, t):
    r"""Questions about unsolved prompts leave $E u_t=N-bBt$ while $Bt\le N$; past that the chain
    $u\to u-\mathrm{Bin}(\min(B,u),b)$ slows.
    """
    return unsolved_by_focused_questions(xp, prompts, batch, success, t)
