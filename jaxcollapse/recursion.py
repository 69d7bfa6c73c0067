"""The recursion: the whole configuration of a recursive training, as one record.

Model 0 is the truth. Fit 1 trains on real data; fit t + 1 trains on what the workflow makes of the
data drawn from models 0 to t.
"""

import json
import reprlib
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PyTree

from . import content
from .decoding import AbstractDecoding, Faithful
from .domains import SAMPLE_SIZE, Integer, is_concrete
from .families.base import AbstractFamily, truth_type
from .records import Record, field
from .selection import AbstractSelection, Everything
from .workflows import AbstractWorkflow

PARTS = {
    "family": AbstractFamily,
    "workflow": AbstractWorkflow,
    "selection": AbstractSelection,
    "decoding": AbstractDecoding,
}


class Recursion(Record):
    r"""The whole configuration of a recursive training: a pytree whose numbers are leaves.

    Args:
        family: what is fitted.
        workflow: which evidence each generation trains on.
        truth: parameters of model 0.
        n: observations drawn from each model; one integer, or one per fit.
        real: observations of fit 1; the first `n` unless given.
        fresh: fresh real observations per later generation, for workflows that use them; one
            integer, or one per fit, of which the first is not used.
        selection: which generated observations are kept before they enter the workflow.
        decoding: how a model is sampled: temperature, truncation, tilt. Real data are never
            decoded or selected.

    Example:
        >>> import jax, jaxcollapse as jc
        >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=jc.Gaussian.params(0.0, 1.0), n=100)
        >>> run = jc.simulate(jax.random.key(0), r, generations=5, replicas=3)
        >>> run.params.mean.shape
        (3, 6)
    """

    family: AbstractFamily
    workflow: AbstractWorkflow
    truth: PyTree
    n: Int[Array | np.ndarray | int, "..."] = field(
        SAMPLE_SIZE, doc="observations drawn from each model"
    )
    real: Int[Array | np.ndarray | int, ""] | None = field(
        SAMPLE_SIZE, None, doc="observations of fit 1"
    )
    fresh: Int[Array | np.ndarray | int, "..."] = field(
        Integer(0, 2**24 - 1), 0, doc="fresh real observations per generation"
    )
    selection: AbstractSelection = Everything()
    decoding: AbstractDecoding = Faithful()

    def __check_init__(self):
        for name, kind in PARTS.items():
            if not isinstance(part := getattr(self, name), kind):
                raise ValueError(
                    f"Recursion.{name} must be an instance of {kind.__name__}, got {part!r}"
                )
        for name in ("n", "fresh"):
            if len(shape := np.shape(getattr(self, name))) > 1:
                raise ValueError(
                    f"Recursion.{name} must be an integer or one per fit, got shape {shape}"
                )
        self._check_family()
        self._check_workflow()

    def _check_family(self):
        expected = truth_type(type(self.family))
        if expected is not None and not isinstance(self.truth, expected):
            made, found = (
                f"{expected.__name__}, from {type(self.family).__name__}.params",
                reprlib.repr(self.truth),
            )
            kind = type(self.truth).__name__
            raise ValueError(
                f"Recursion.truth must be {made}, got {' '.join(found.split())} of type {kind}"
            )
        self.family.check_truth(self.truth)
        least = self.family.least_size(self.truth)
        for name in ("n", "real"):
            size = getattr(self, name)
            if size is not None and is_concrete(size) and np.min(size) < least:
                owner = type(self.family).__name__
                raise ValueError(
                    f"Recursion.{name} must be at least {least} for {owner}, got {np.min(size)}"
                )
        kept = self.selection.kept(self.n)
        if is_concrete(kept) and np.min(kept) < least:
            owner = type(self.selection).__name__
            cured = hasattr(self.selection, "least") and np.min(self.n) >= least
            cure = f", of which it may keep {np.min(kept)}: give it least={least}" if cured else ""
            raise ValueError(
                f"Recursion.n must leave at least {least} observations to {owner}, "
                f"got {np.min(self.n)}{cure}"
            )

    def _check_workflow(self):
        owner = type(self.workflow).__name__
        if self.workflow.has_parts and not self.family.has_parts:
            raise ValueError(
                f"Recursion.workflow {owner} needs a family of a generator and a classifier, such "
                f"as Labeled, got {type(self.family).__name__}"
            )
        self.workflow.selection.kept(self.n)  # refuses sizes that leave too few
        if is_concrete(self.n) and (self.real is None or is_concrete(self.real)):
            first, *later = np.atleast_1d(self.n)
            real = first if self.real is None else self.real
            needed = self.workflow.least_real(max(later, default=first))
            if real < needed:
                raise ValueError(
                    f"Recursion.real must be at least {int(needed)} for {owner}, got {int(real)}"
                )
        later = self.fresh
        if isinstance(later, (np.ndarray, Array)) and later.ndim:
            later = later[1:]
        least = _least_fresh(self.workflow)
        if is_concrete(later) and np.min(later, initial=least) < least:
            raise ValueError(
                f"Recursion.fresh must be at least {least} for {owner}, which needs fresh real "
                f"data, got {np.min(later)}"
            )

    @property
    def schedules(self) -> dict[str, int]:
        """The lengths of the schedules among `n` and `fresh`, by name."""
        return {
            name: np.shape(value)[0]
            for name in ("n", "fresh")
            if np.ndim(value := getattr(self, name))
        }

    def check_schedule(self, generations: int) -> None:
        """Raise a `ValueError` unless every schedule has one entry per generation.

        A workflow with a weight for every fit must have enough of them.
        """
        most = self.workflow.most_generations
        if most is not None and generations > most:
            owner = type(self.workflow).__name__
            raise ValueError(
                f"generations must be at most {most}, as many as {owner} has weights for, "
                f"got {generations}"
            )
        for name, length in self.schedules.items():
            if length != generations:
                raise ValueError(
                    f"Recursion.{name} is a schedule of {length} fits "
                    f"but generations is {generations}"
                )

    def sizes(self, generations: int) -> np.ndarray:
        """The observations drawn for each of the first fits, real ones first, as a host array."""
        schedule = np.asarray(self.n)
        if schedule.ndim == 1 and len(schedule) < generations:
            self.check_schedule(generations)
        sizes = np.broadcast_to(
            schedule if schedule.ndim == 0 else schedule[:generations], (generations,)
        ).copy()
        sizes[0] = sizes[0] if self.real is None else self.real
        return sizes

    def record(self) -> dict:
        """The whole configuration as plain data, from which `from_record` makes it again.

        Types have their public names, and every number and array is exact. It can be written as
        JSON.

        Raises:
            ValueError: a part that is not made of records, numbers, arrays and texts.

        Example:
            >>> import jaxcollapse as jc
            >>> truth = jc.Gaussian.params(0.0, 1.0)
            >>> r = jc.Recursion(jc.Gaussian(), jc.Replace(), truth=truth, n=100)
            >>> r.record()["family"], r.record()["n"]
            ({'type': 'Gaussian', 'ddof': 1}, 100)
            >>> jc.Recursion.from_record(r.record()).fingerprint == r.fingerprint
            True
        """
        return content.recorded(self, type(self).__name__)

    @classmethod
    def from_record(cls, record: Mapping | str) -> "Recursion":
        """The recursion that a record describes.

        Args:
            record: what `record` returns, or its JSON. Fields that it leaves out have their
                defaults. Families and workflows of your own are found by their modules, which have
                to be imported before.

        Raises:
            ValueError: no record of a recursion, by the name of the part that is not.
        """
        if isinstance(record, str):
            try:
                record = json.loads(record)
            except ValueError as problem:
                raise ValueError(f"record must be JSON: {problem}") from None
        made = content.rebuilt(record)
        if not isinstance(made, cls):
            raise ValueError(f"record must be that of a {cls.__name__}, got {type(made).__name__}")
        return made

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the content: equal where two recursions have the same parts and numbers."""
        return content.fingerprint(self)

    def size(self, t):
        """Observations drawn for fit t from model t - 1."""
        return _at_fit(self.n, t)

    def arriving(self, t):
        """Fresh real observations that fit t, a later one, trains on as well.

        Where they have no weight there may be none. One is drawn then, for it has a mean.
        """
        return jnp.maximum(_at_fit(self.fresh, t), 1)


def _least_fresh(workflow: AbstractWorkflow) -> int:
    """The fewest fresh real observations per generation: none where they have no weight."""
    weight = getattr(workflow, "weight", None)
    unused = weight is not None and is_concrete(weight) and np.all(weight == 0)
    return int(workflow.uses_fresh and not unused)


def _at_fit(size, t):
    return size if np.ndim(size) == 0 else jnp.asarray(size)[t - 1]
