"""What the refuter hands back: an outcome in words, and a counterexample as a snippet that runs."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..quantities.base import AbstractQuantity
from ..recursion import Recursion
from ..theory.law import Law

PLAIN = (
    "claim",
    "statement",
    "refuted",
    "law",
    "false_alarm",
    "configurations",
    "tests",
    "trajectories",
    "exact",
)
PLAIN_OF_EXAMPLE = ("where", "t", "claimed", "simulated", "error", "replicas")


@dataclass(frozen=True)
class Counterexample:
    """The smallest configuration found that contradicts a claim, and what was simulated there."""

    recursion: Recursion
    arguments: dict[str, Any]
    t: int
    claimed: float
    simulated: float
    error: float
    replicas: int
    stream: int
    log_evidence: float
    remarks: str = ""

    @property
    def where(self) -> str:
        """The configuration in one line."""
        return f"t={self.t}, {_recursion(self.recursion, self.arguments).replace('jc.', '')}"


@dataclass(frozen=True)
class Outcome:
    """Whether a claim was refuted, by what, and at which cost.

    `exact` says that every test was exact at every sample size; otherwise some rest on the central
    limit theorem. `law` is the exact law that the claim's formula contradicts, where one is known.
    `resolution` is the relative difference that the finest and the coarsest of the configurations
    could have shown.
    """

    claim: str
    statement: str
    refuted: bool
    counterexample: Counterexample | None
    law: str | None
    false_alarm: float
    configurations: int
    tests: int
    trajectories: int
    exact: bool
    resolution: tuple[float, float]
    quantity: AbstractQuantity
    key: Any = dataclasses.field(repr=False)

    @classmethod
    def survived(cls, search, tried: int) -> "Outcome":
        """No configuration contradicted the claim."""
        return cls._of(search, tried, False, None, search.suspect)

    @classmethod
    def refuted_by(cls, search, tried: int, example: Counterexample, law: Law | None) -> "Outcome":
        """A configuration contradicted the claim."""
        return cls._of(search, tried, True, example, law)

    @classmethod
    def _of(cls, search, tried, refuted, example, law):
        stated = search.claim.law
        fine = [each for each in search.resolutions if np.isfinite(each)] or [np.inf]
        return cls(
            claim=stated.name,
            statement=f"{type(stated.kind).__name__} {stated.quantity}",
            refuted=refuted,
            counterexample=example,
            law=law.name if law else None,
            false_alarm=search.false_alarm,
            configurations=tried,
            tests=search.tests,
            trajectories=search.trajectories,
            exact=search.exact,
            resolution=(min(fine), max(fine)),
            quantity=stated.quantity,
            key=search.key,
        )

    @property
    def guarantee(self) -> str:
        """What the error rate rests on."""
        if self.exact:
            return "exact at every sample size"
        return (
            "by the central limit theorem, corrected for skewness; heavy tails not yet seen are "
            "not accounted for"
        )

    def __str__(self):
        counts = {
            "configuration": self.configurations,
            "test": self.tests,
            "trajectory": self.trajectories,
        }
        cost = "  " + ", ".join(_counted(count, noun) for noun, count in counts.items())
        rate = f"  error rate {self.false_alarm:g} over the whole search,\n  {self.guarantee}"
        verdict = "refuted" if self.refuted else "survived"
        title = f"{verdict}: {self.claim} ({self.statement})"
        if not self.refuted:
            return "\n".join([title, cost, *self._doubts(), rate])
        end = [cost, rate, "reproduce with:", self.snippet()]
        return "\n".join([title, *self._contradiction(), *end])

    def _doubts(self) -> list[str]:
        """What a claim that survived may still be wrong about."""
        low, high = self.resolution
        lines = []
        if np.isfinite(low):
            lines.append(f"  relative differences of {low:.1e} to {high:.1e} would have been seen")
        if self.law:
            about = "which simulation could not confirm"
            lines.append(f"  its formula contradicts the law {self.law}, {about}")
        return lines

    def _contradiction(self) -> list[str]:
        example = self.counterexample
        found = f"simulated {example.simulated:.6g} ± {example.error:.2g}"
        lines = [
            f"  smallest contradiction: {example.where}",
            f"  {found} ({example.replicas} replicas), claimed {example.claimed:.6g}"
            + _power(example.log_evidence),
        ]
        if example.remarks:
            lines.append(f"  {example.remarks}")
        if self.law:
            lines.append(f"  contradicts the law {self.law}; confirmed by simulation")
        return lines

    def as_data(self) -> dict[str, Any]:
        """The outcome as plain data."""
        found = {name: getattr(self, name) for name in PLAIN}
        if self.counterexample is not None:
            found |= {name: getattr(self.counterexample, name) for name in PLAIN_OF_EXAMPLE}
            found["snippet"] = self.snippet()
        return found

    def snippet(self) -> str:
        """Python that simulates the counterexample again: the same numbers, with the error of a
        plain average.
        """
        example = self.counterexample
        if example is None:
            raise ValueError(f"claim {self.claim} was not refuted: there is nothing to reproduce")
        t, replicas = example.t, example.replicas
        size = f"generations={t}, replicas={replicas}, observe=quantity.metric"
        simulated = f"simulated {{value[{t}]:.6g}} ± {{error[{t}]:.2g}} ({{replicas}} replicas)"
        lines = [
            "import jax",
            "import jaxcollapse as jc",
            *_imports(example.recursion),
            "",
            f"key = jax.random.fold_in({_key(self.key)}, {example.stream})",
            f"recursion = {_recursion(example.recursion, example.arguments)}",
            f"quantity = {_quantity(self.quantity)}",
            f"run = jc.simulate(key, recursion, {size})",
            "value, error, replicas = quantity(run)",
            f'print(f"{simulated}, claimed {example.claimed:.6g}")',
        ]
        return "\n".join(lines)


def _key(key) -> str:
    """The expression that makes a key: from its seed where it has one."""
    import jax

    words = np.asarray(jax.random.key_data(key))
    seed = int(words[-1])
    if seed < 2**31 and np.array_equal(jax.random.key_data(jax.random.key(seed)), words):
        return f"jax.random.key({seed})"
    return f"jax.random.wrap_key_data(jax.numpy.array({words.tolist()}, dtype='uint32'))"


def _counted(count: int, noun: str) -> str:
    plural = noun if count == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {plural}"


def _power(log_value: float) -> str:
    return f", e-value 1e{log_value / np.log(10):.0f}" if np.isfinite(log_value) else ""


def _recursion(recursion: Recursion, arguments: dict) -> str:
    family = _record(recursion.family)
    given = ", ".join(f"{name}={_literal(value)}" for name, value in arguments.items())
    truth = f"{family}.params({given})"
    if not arguments:
        truth = f"jc.example_truth({family})"
    sizes = [f"n={_literal(recursion.n)}"]
    sizes += [f"real={_literal(recursion.real)}"] if recursion.real is not None else []
    sizes += [f"fresh={_literal(recursion.fresh)}"] if recursion.workflow.uses_fresh else []
    return (
        f"jc.Recursion({family}, {_record(recursion.workflow)}, truth={truth}, {', '.join(sizes)})"
    )


def _record(record) -> str:
    """The expression that makes a record, without the fields that keep their defaults."""
    given = []
    for each in dataclasses.fields(record):
        value = getattr(record, each.name)
        if each.init and not _is_default(value, each.default):
            given.append(f"{each.name}={_literal(value)}")
    kind = type(record)
    prefix = "jc." if kind.__module__.startswith("jaxcollapse.") else ""
    return f"{prefix}{kind.__name__}({', '.join(given)})"


def _is_default(value, default) -> bool:
    if value is None or default is None or default is dataclasses.MISSING:
        return value is default
    return bool(
        np.shape(value) == np.shape(default) and np.all(np.asarray(value) == np.asarray(default))
    )


def _literal(value) -> str:
    return repr(np.asarray(value).tolist())


def _imports(recursion: Recursion) -> list[str]:
    """Imports of the user's own records."""
    kinds = (type(recursion.family), type(recursion.workflow))
    return [
        f"from {kind.__module__} import {kind.__name__}"
        for kind in kinds
        if not kind.__module__.startswith("jaxcollapse.")
    ]


def _quantity(quantity: AbstractQuantity) -> str:
    return f"jc.{type(quantity).__name__}(jc.metric_named({quantity.metric.name!r}))"
