"""`watch`: all signs of a stream at a stated false-alarm rate, groups, and hidden decline."""

import math
from collections.abc import Hashable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from .._keys import check_typed_key
from ..arguments import check_all, check_numbers, checked, some
from ..domains import SAMPLE_SIZE, Integer
from .evidence import LEVEL, first_crossings
from .runs import stream_of_run
from .signs import accuracy, chosen_signs, correct, decline
from .streams import Stream

# Level of the plain test that says that the whole is worse.
WORSE = 0.01
ACCURACY = {"accuracy": accuracy}


@dataclass(frozen=True)
class Sign:
    """One sign: its evidence in nats at every generation, and the generation of its alarm.

    As long as all generations follow the law of the reference, an alarm is ever raised with
    probability at most `alpha`. `alarm` is infinite where there is none.
    """

    name: str
    log_evidence: np.ndarray
    alarm: float
    alpha: float


@dataclass(frozen=True)
class HiddenDecline:
    """Groups that are worse while all items together are not.

    While it is hidden, from `since` to the generation before `until`, a plain test of two shares
    does not find the accuracy of all items below that of the reference either, at level 0.01.

    Attributes:
        groups: change of the accuracy of every group that is worse, from the reference to the
            generations in which it is hidden.
        found: generation at which each of the groups was found.
        since: the first of them.
        until: generation at which the overall accuracy raises an alarm of its own, or infinite.
        overall: change of the accuracy of all items over the same generations.
        error: standard error of `overall`.
        group_evidence: nats that each of the groups is worse.
        overall_evidence: nats that all items together are worse, less than an alarm.
        improvement: nats that all items together are better.
    """

    groups: dict[Hashable, float]
    found: dict[Hashable, int]
    since: int
    until: float
    overall: float
    error: float
    group_evidence: dict[Hashable, float]
    overall_evidence: float
    improvement: float

    def to_dict(self) -> dict:
        """Plain data, for JSON: names as text, and None where the overall accuracy has no alarm."""
        plain: dict[str, Any] = asdict(self)
        plain["until"] = self.until if math.isfinite(self.until) else None
        for name in ("groups", "found", "group_evidence"):
            plain[name] = {str(group): each for group, each in plain[name].items()}
        return plain


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
        """One row per sign: evidence at the end, its largest, and the generation of the alarm."""
        import pandas as pd

        groups = {f"group {name}": each for name, each in self.groups.items()}
        rows = {**self.signs, **groups, "all signs": self.together}
        table = {
            name: {
                "nats": each.log_evidence[-1],
                "most nats": each.log_evidence.max(),
                "alarm": each.alarm,
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
    generation 0, with independent observations. Its e-process $e_t$ has $P(\sup_te_t\ge1/\alpha)
    \le\alpha$ then (Ville). Groups are found by e-BH, whose false discovery rate is at most alpha.
    Test items have to be new in every generation. Signs of numbers are "spread", "tail-coverage",
    "mmd" and "classifier"; of words "perplexity" and "vocabulary"; of labels "accuracy".

    Args:
        stream: a `Stream`, arrays of all generations, or a `Trajectory` with its parameters.
        signs: names of signs; all that the stream has unless given.
        alpha: false-alarm rate, in (0, 1).
        key: a typed key, for a run: outputs of its models are drawn from it.
        outputs: for a run, how many outputs of every model are watched.
        replica: for a run, which replica.

    Raises:
        ValueError: alpha outside (0, 1), an unknown sign, or a stream that is empty or not finite.

    Example:
        >>> import numpy as np, jaxcollapse as jc
        >>> rng = np.random.default_rng(0)
        >>> real = rng.normal(size=1000)
        >>> found = jc.watch([real] + [0.9**t * rng.normal(size=100) for t in range(1, 15)])
        >>> bool(found.signs["spread"].alarm < 8)
        True

    References:
        Ville (1939); Wang and Ramdas, J. R. Stat. Soc. B 84:822 (2022).
    """
    stream, rng = _watched(stream, key, outputs, replica), np.random.default_rng(0)
    chosen = chosen_signs(stream, signs)
    found = {name: each(stream, rng) for name, each in chosen.items()}
    groups = group_evidence(stream, chosen, rng)
    by_group = discoveries_of(groups, alpha)
    return Watch(
        alpha,
        {name: _sign(name, evidence, alpha) for name, evidence in found.items()},
        _sign("all signs", _mean(found), alpha),
        {name: Sign(str(name), groups[name], at, alpha) for name, at in by_group.items()},
        _hidden(stream, groups if [*chosen] == [*ACCURACY] else None, alpha, rng),
    )


def _watched(stream, key, outputs: int, replica: int) -> Stream:
    if isinstance(stream, Stream):
        return stream
    if not hasattr(stream, "recursion"):
        check_all("stream", stream, np.ndarray, list)
        return Stream.of(stream)
    if key is None:
        raise ValueError("key must be given to watch a run: outputs are drawn from it")
    return stream_of_run(key, stream, outputs, replica)


def _mean(evidence) -> np.ndarray:
    return np.logaddexp.reduce(list(evidence.values()), axis=0) - math.log(len(evidence))


def _sign(name: str, evidence, alpha: float) -> Sign:
    return Sign(name, evidence, float(first_crossings(evidence, -math.log(alpha))), alpha)


def group_evidence(stream: Stream, signs, rng) -> dict[Hashable, np.ndarray]:
    """Nats of all signs together on the rows of every group of the reference.

    A group without rows in a generation adds no evidence there.
    """
    found = {}
    for name in sorted({*stream.groups[0]}, key=str) if stream.groups else []:
        rows = stream.of_group(name)
        found[name] = _mean({of: each(rows, rng) for of, each in signs.items()})
    return found


def discoveries_of(groups: dict[Hashable, np.ndarray], alpha: float) -> dict[Hashable, float]:
    """The generation at which e-BH finds each group."""
    return dict(zip(groups, discoveries(list(groups.values()), alpha), strict=True))


def _check_evidence(name: str, evidence) -> None:
    check_all(name, evidence, np.ndarray, list)
    for each in evidence:
        check_numbers(f"an entry of {name}", each)


@checked(evidence=_check_evidence, alpha=LEVEL)
def discoveries(evidence, alpha: float) -> list[float]:
    """Return the generation at which e-BH first finds each of several e-processes.

    At a level alpha it finds the k largest e-values where the k-th is at least (number of them) /
    (k alpha). It is infinite for one that is never found.
    """
    if not len(evidence):
        return []
    nats = np.stack([np.asarray(each, float) for each in evidence])
    count = len(nats)
    order = -np.sort(-nats, axis=0)
    levels = np.log(count / (alpha * np.arange(1, count + 1)))[:, None]
    passed = order >= levels
    most = np.where(passed.any(axis=0), count - np.argmax(passed[::-1], axis=0), 0)
    edge = np.where(
        most > 0, np.take_along_axis(order, np.maximum(most - 1, 0)[None], 0)[0], np.inf
    )
    return [float(each) for each in first_crossings(nats - edge, 0.0)]


def _hidden(stream: Stream, groups, alpha, rng) -> HiddenDecline | None:
    """The hidden decline of the accuracy, given its evidence by group or None."""
    if not stream.labeled:
        return None
    groups = group_evidence(stream, ACCURACY, rng) if groups is None else groups
    by_group = discoveries_of(groups, alpha)
    found = {name: int(at) for name, at in by_group.items() if math.isfinite(at)}
    if not found:
        return None
    since, labeled = min(found.values()), stream.labeled
    right = [correct(each) for each in labeled]
    worse = decline(right[0], right[1:], rng)
    until = float(first_crossings(worse, -math.log(alpha)))
    end = int(min(until, len(labeled)))
    # A group that is found once the whole is, is not hidden.
    found = {name: at for name, at in found.items() if at < end}
    if not found:
        return None
    overall, error = _change(right[0], right[since:end])
    if overall < error * ndtri(WORSE):
        return None
    better = decline(1 - right[0], [1 - each for each in right[1:]], rng)
    changes = {}
    for name in found:
        first, *later = (one[each[2] == name] for one, each in zip(right, labeled, strict=True))
        changes[name] = _change(first, later[since - 1 : end - 1])[0]
    return HiddenDecline(
        changes,
        found,
        since,
        until,
        overall,
        error,
        {name: float(groups[name][end - 1]) for name in found},
        float(worse[end - 1]),
        float(better[end - 1]),
    )


def _change(first, later) -> tuple[float, float]:
    """Change of the share of right items from the reference to later generations, and its error."""
    now = np.concatenate(later)
    if not now.size:
        return math.nan, math.nan
    error = math.sqrt(first.var() / first.size + now.var() / now.size)
    return float(now.mean() - first.mean()), error
