"""What a decomposition costs, estimated from its programs before anything is compiled."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from ..engine.branch import replica_of
from ..engine.executor import workers
from ..engine.plan import Plan
from ..engine.recording import recorder
from .runs import Run

# Work of one number by operation, in units of one addition; others take 1.
WEIGHTS = {
    **dict.fromkeys(("exp", "log", "log1p", "expm1", "pow", "tanh", "logistic", "erf_inv"), 8),
    **dict.fromkeys(("sin", "cos", "lgamma", "digamma", "random_gamma", "erf"), 16),
    **dict.fromkeys(("gather", "scatter", "scatter-add", "dynamic_slice"), 4),
    **dict.fromkeys(("sort", "cumsum", "cumlogsumexp"), 24),
    **dict.fromkeys(("broadcast_in_dim", "reshape", "squeeze", "convert_element_type", "iota"), 0),
}
# Seconds of one unit of work on one core, of one operation of a program to compile, and of a run
# to start, measured with benchmarks/decompositions.py.
UNIT = 2.5e-10
OPERATION = 1.2e-3
START = 0.4
CORES = 2
# Passes of a loop whose end depends on its data.
PASSES = 16
MOST_REPLICAS = 1 << 14
LEAST_REPLICAS = 16
# A pilot has one of so many replicas, at most 256, and takes at most a quarter of the time.
PILOT = 8
MOST_PILOT = 256


@dataclass(frozen=True)
class Cost:
    """Seconds on two cores, most bytes at a time, and number of runs; estimates."""

    seconds: float
    bytes: float
    runs: int = 1

    def __str__(self):
        return f"about {shown_time(self.seconds)} and {self.bytes / 1e9:.2g} GB in {self.runs} runs"


def shown_time(seconds: float) -> str:
    """Seconds as seconds, minutes or hours.

    Example:
        >>> shown_time(42.0), shown_time(300.0), shown_time(9000.0)
        ('42 s', '5 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.2g} min" if seconds < 7200 else f"{seconds / 3600:.2g} h"


@dataclass(frozen=True)
class Work:
    """The work of one generation of one replica, and of its program.

    `units` of work, the largest array in bytes, the bytes that a replica carries, and the number of
    operations to compile.
    """

    units: float
    largest: float
    carried: float
    operations: int


def work_of(plan: Plan) -> Work:
    """The work of one generation of one replica of a plan, from its program."""
    replica = replica_of(plan.recursion, plan.carrier, plan.compiled_generations, plan.branch)
    record = recorder(replica.recorded, plan.metrics)

    def generation(state, key, t):
        state = replica.step(state, key, t)
        return state, record(replica.model(state))

    key, t = jax.eval_shape(lambda: jax.random.key(0)), jnp.int32(2)
    state = jax.eval_shape(replica.begin, key)
    program = jax.make_jaxpr(generation)(state, key, t).jaxpr
    units, largest, operations = _work(program)
    carried = sum(math.prod(x.shape) * x.dtype.itemsize for x in jax.tree.leaves(state.store))
    return Work(units, largest, carried, operations)


@dataclass(frozen=True)
class Priced:
    """A run, the work of its program, and how many replicas are computed side by side."""

    run: Run
    work: Work
    width: int
    at_once: int

    @classmethod
    def of(cls, run: Run) -> "Priced":
        """Trace the program of a run, without compiling it."""
        with run.precision():
            plan = run.plan(jax.random.key(0))
            return cls(run, work_of(plan), plan.tiling.width, workers(plan))

    def cost(self, replicas: int) -> Cost:
        """The cost of so many replicas."""
        run, work = self.run, self.work
        seconds = START + OPERATION * work.operations + self.seconds(replicas)
        lanes = self.width * min(self.at_once, self._tiles(replicas))
        kept = 8 * (1 if run.exact else replicas) * len(run.times)
        return Cost(seconds, lanes * (2 * work.carried + 2 * work.largest) + kept)

    def seconds(self, replicas: int) -> float:
        """The seconds that so many replicas take once the program is compiled."""
        tiles = self._tiles(replicas)
        # A tile computes all of its lanes, those beyond the last replica too.
        computed = tiles * self.width * self.run.times[-1] / min(CORES, tiles)
        return UNIT * self.work.units * computed

    def _tiles(self, replicas: int) -> int:
        return 1 if self.run.exact else -(-replicas // self.width)


def pilot_of(priced: Iterable[Priced], replicas: int) -> tuple[int, float]:
    """The replicas of a pilot of runs of so many replicas, and its seconds; 0 where it costs too
    much.

    It shares the programs of the runs.
    """
    size, found = min(replicas // PILOT, MOST_PILOT), list(priced)
    seconds, whole = (sum(each.seconds(r) for each in found) for r in (size, replicas))
    return (size, seconds) if size >= LEAST_REPLICAS and 4 * seconds <= whole else (0, 0.0)


def total(costs: Iterable[Cost]) -> Cost:
    """The cost of runs one after the other."""
    found = list(costs)
    seconds, most = sum(each.seconds for each in found), max(each.bytes for each in found)
    return Cost(seconds, most, len(found))


def _work(jaxpr) -> tuple[float, float, int]:
    """Units of work, bytes of the largest array, and number of operations of a program."""
    units, largest, operations = 0.0, 0.0, 0
    for equation in jaxpr.eqns:
        sizes = [math.prod(out.aval.shape) for out in equation.outvars if hasattr(out, "aval")]
        own = sum(sizes) * _weight(equation)
        bytes_of = [
            size * getattr(getattr(out.aval, "dtype", None), "itemsize", 8)
            for size, out in zip(sizes, equation.outvars, strict=True)
        ]
        largest, operations = max([largest, *bytes_of]), operations + 1
        inner = [_work(part) for part in _inner(equation)]
        if inner:
            own = _passes(equation) * sum(each[0] for each in inner)
            largest = max(largest, *(each[1] for each in inner))
            operations += sum(each[2] for each in inner)
        units += own
    return units, largest, operations


def _inner(equation):
    for value in equation.params.values():
        for part in value if isinstance(value, (tuple, list)) else (value,):
            inner = getattr(part, "jaxpr", part)
            if hasattr(inner, "eqns"):
                yield inner


def _passes(equation) -> int:
    if equation.primitive.name == "scan":
        return equation.params["length"]
    return PASSES if equation.primitive.name == "while" else 1


def _weight(equation) -> float:
    name = equation.primitive.name
    if name == "dot_general":
        (contracted, _), _ = equation.params["dimension_numbers"]
        shape = equation.invars[0].aval.shape
        return max(1.0, 0.25 * math.prod(shape[axis] for axis in contracted))
    return WEIGHTS.get(name, 1)
