"""`watch`: all signs of a stream at a stated false-alarm rate, groups, and hidden decline."""

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np

from .._keys import check_typed_key
from ..arguments import check_all, checked, some
from ..domains import SAMPLE_SIZE, Integer
from . import cumulative as cumulative  # its sign is known from here on
from .evidence import LEVEL, first_crossings
from .groups import discoveries_of, group_evidence, mean_of
from .hidden import ACCURACY, HiddenDecline, hidden_decline_of
from .ranks import Evidence
from .runs import gains_of_run, stream_of_run
from .signs import chosen_signs
from .streams import Stream


@dataclass(frozen=True)
class Sign:
    """One sign: its evidence in nats at every generation, and the generation of its alarm.

    As long as all generations follow the law of the reference, an alarm is ever raised with
    probability at most `alpha`.

    Attributes:
        name: of the sign, or of the group.
        log_evidence: nats, shape (generations + 1,).
        alarm: generation of the first alarm, infinite where there is none.
        since: the likeliest generation at which the change began that raised it, or infinite.
        alpha: false-alarm rate.
    """

    name: str
    log_evidence: np.ndarray
    alarm: float
    since: float
    alpha: float

    @property
    def delay(self) -> float:
        """Generations from the beginning of the change to the alarm; NaN where there is none."""
        return self.alarm - self.since if math.isfinite(self.alarm) else math.nan


@dataclass(frozen=True)
class Watch:
    """What `watch` found.

    Attributes:
        alpha: false-alarm rate of every sign, of all together, and false discovery rate of groups.
        signs: every sign by name.
        together: the mean of all e-processes, one test of all signs.
        groups: all signs together on the rows of every group; an alarm is the generation at which
            e-BH finds the group.
        hidden_decline: groups that are worse while the whole is not; None where there are none.
    """

    alpha: float
    signs: dict[str, Sign]
    together: Sign
    groups: dict[Hashable, Sign]
    hidden_decline: HiddenDecline | None

    @property
    def first_alarm(self) -> float:
        """The first generation at which all signs together raise an alarm, or infinite."""
        return self.together.alarm

    def to_pandas(self):
        """One row per sign: evidence at the end, its largest, the alarm, and since when."""
        import pandas as pd

        groups = {f"group {name}": each for name, each in self.groups.items()}
        rows = {**self.signs, **groups, "all signs": self.together}
        table = {
            name: {
                "nats": each.log_evidence[-1],
                "most nats": each.log_evidence.max(),
                "alarm": each.alarm,
                "since": each.since,
            }
            for name, each in rows.items()
        }
        return pd.DataFrame(table).T.rename_axis("sign")


@checked(signs=some(str), alpha=LEVEL, key=check_typed_key, outputs=SAMPLE_SIZE, replica=Integer(0))
def watch(
    stream, *, signs=None, alpha: float = 0.01, key=None, outputs: int = 100, replica: int = 0
) -> Watch:
    r"""Watch a run or a stream of generations for early signs of collapse.

    The null hypothesis of every sign is that all generations follow the law of the reference,
    generation 0, with independent observations, so test items are new in every generation. Its
    e-process has $P(\sup_te_t\ge1/\alpha)\le\alpha$ then (Ville). Groups are found by e-BH, whose
    false discovery rate is at most alpha. Signs of numbers are "spread", "tail-coverage", "mmd" and
    "classifier"; of words "perplexity" and "vocabulary"; of labels "accuracy". Two have to be asked
    for: "variance-cusum" for numbers, and for runs "self-evidence", which knows models and truth.

    Args:
        stream: a `Stream`, arrays of all generations, or a `Trajectory` with its parameters.
        signs: names of signs; all that the stream has and that need not be asked for, unless given.
        alpha: false-alarm rate, in (0, 1).
        key, outputs, replica: for a run: a typed key from which outputs of its models are drawn,
            how many of every model, and of which replica.

    Raises:
        ValueError: alpha outside (0, 1), an unknown sign, or a stream that is empty or not finite.

    Example:
        >>> import numpy as np, jaxcollapse as jc
        >>> normal = np.random.default_rng(0).normal
        >>> found = jc.watch([normal(size=999)] + [normal(0, 0.9**t, 100) for t in range(1, 15)])
        >>> bool(found.signs["spread"].alarm < 8)
        True

    References:
        Ville (1939); Wang and Ramdas, J. R. Stat. Soc. B 84:822 (2022).
    """
    stream, rng = _watched(stream, signs, key, outputs, replica), np.random.default_rng(0)
    chosen = chosen_signs(stream, signs, alpha)
    found = {name: each(stream, rng) for name, each in chosen.items()}
    groups = group_evidence(stream, signs, alpha, rng)
    hidden = hidden_decline_of(stream, groups if [*chosen] == ACCURACY else None, alpha, rng)
    alarms = discoveries_of(groups, alpha)
    return Watch(
        alpha,
        {name: _sign(name, evidence, alpha) for name, evidence in found.items()},
        _sign("all signs", mean_of(found), alpha),
        {name: _sign(str(name), groups[name], alpha, at) for name, at in alarms.items()},
        hidden,
    )


def _watched(stream, signs, key, outputs: int, replica: int) -> Stream:
    if isinstance(stream, Stream):
        return stream
    if not hasattr(stream, "recursion"):
        check_all("stream", stream, np.ndarray, list)
        return Stream.of(stream)
    if key is None:
        raise ValueError("key must be given to watch a run: outputs are drawn from it")
    found = stream_of_run(key, stream, outputs, replica)
    if "self-evidence" in (signs or ()):
        return replace(found, gains=gains_of_run(key, stream, outputs, replica))
    return found


def _sign(name: str, evidence: Evidence, alpha: float, alarm: float | None = None) -> Sign:
    if alarm is None:
        alarm = float(first_crossings(evidence.nats, -math.log(alpha)))
    since = float(evidence.since[int(alarm)]) if math.isfinite(alarm) else math.inf
    return Sign(name, evidence.nats, alarm, since, alpha)
