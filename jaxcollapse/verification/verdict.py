"""The verdict on a law, and the summary of many verdicts.

A law holds, fails, or is not resolved. It is not resolved where nothing contradicts it, but the
simulation could not have told it from a rival, did not reach the resolution that was asked for, or
has standard errors that cannot be trusted. Only a law that holds has passed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..arguments import check_all, checked

Outcome = Literal["holds", "fails", "not resolved"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome for one law and the evidence for it.

    Args:
        law: name of the law.
        kind: name of its kind.
        outcome: "holds", "fails" or "not resolved".
        worst_z: the largest deviation, in standard errors (or their equivalent).
        allowed_z: the deviation allowed at the false-alarm rate.
        resolution: the smallest relative error that the test would have seen.
        replicas: how many were simulated, 0 where nothing is random.
        rejected: names of the rivals that the data rejected.
        undecided: names of the other rivals.
        doubt: why the law is not resolved, in words.
        needed: the number of replicas that would resolve it, as far as standard errors tell; 0
            where it holds, and infinite where no number is known.
        entries: number of comparisons.
        worst: the comparison with the largest deviation, in words.
        remarks: what else the kind of law reports.
        seconds: wall time of the test.
    """

    law: str
    kind: str
    outcome: Outcome
    worst_z: float = 0.0
    allowed_z: float = 0.0
    resolution: float = 0.0
    replicas: int = 0
    rejected: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    doubt: str = ""
    needed: float = 0.0
    entries: int = 0
    worst: str = ""
    remarks: str = ""
    seconds: float = field(default=0.0, compare=False)

    @classmethod
    def on(
        cls, law, *, fails: bool, told: Mapping[str, bool], doubt: str = "", **evidence
    ) -> "Verdict":
        """Return the verdict on a law: it holds if nothing contradicts it, nothing is in doubt and
        every rival is told from it.
        """
        rejected = tuple(name for name, seen in told.items() if seen)
        undecided = tuple(name for name, seen in told.items() if not seen)
        if undecided:
            told_from = f"not told from {', '.join(undecided)}"
            doubt = f"{doubt}; {told_from}" if doubt else told_from
        return cls(
            law=law.name,
            kind=type(law.kind).__name__,
            outcome="fails" if fails else "not resolved" if doubt else "holds",
            rejected=rejected,
            undecided=undecided,
            doubt=doubt,
            **evidence,
        )

    @property
    def passed(self) -> bool:
        """Whether the law holds; one that is not resolved has not passed."""
        return self.outcome == "holds"

    def as_data(self) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return asdict(self) | {"passed": self.passed}

    def to_pandas(self):
        """Return the verdict as a `pandas.DataFrame` of one row, whose index is the law."""
        import pandas as pd

        texts = {name: ", ".join(getattr(self, name)) for name in ("rejected", "undecided")}
        return pd.DataFrame([self.as_data() | texts]).set_index("law")

    def to_xarray(self):
        """Return the verdict as an `xarray.Dataset` with the law as coordinate, to concatenate."""
        return self.to_pandas().to_xarray()

    def line(self) -> str:
        """Return the verdict as one line."""
        rivals = f"{len(self.rejected)}/{len(self.rejected) + len(self.undecided)}"
        return (
            f"{self.outcome:<12}  {self.law:<52} |z| {self.worst_z:5.2f} of {self.allowed_z:4.2f}  "
            f"resolution {self.resolution:8.2e}  rivals {rivals}  "
            f"replicas {self.replicas:>8}  {self.remarks}".rstrip()
        )

    def explained(self) -> str:
        """Return the line; unless the law holds, also the worst comparison and what is in doubt."""
        return self.line() if self.passed else f"{self.line()}\n      {self.reason()}"

    def reason(self) -> str:
        """Return why a law fails or is not resolved, with the replicas that would resolve it."""
        worst = self.worst or self.remarks
        if self.outcome == "fails":
            return worst + (f"; {self.doubt}" if self.doubt else "")
        takes = f" (about {self.needed:.2g} replicas would do)" * (0 < self.needed < float("inf"))
        return f"{self.doubt}{takes}; {worst}"


@checked(verdicts=lambda name, value: check_all(name, value, Verdict))
def summary(verdicts: Sequence[Verdict]) -> str:
    """Summarize verdicts in one line.

    The line gives the number of laws, how many fail and are not resolved, the worst deviation, the
    range of the resolutions and the number of rejected rivals.

    Example:
        >>> from jaxcollapse.verification import Verdict, summary
        >>> about = {"worst_z": 1.5, "resolution": 0.02, "replicas": 16384}
        >>> line = summary([Verdict(law="x", kind="Exact", outcome="holds", **about)])
        >>> line[:60]
        '1 laws, 0 fail, 0 not resolved, worst |z| 1.50, resolution 2'
    """
    tested = [each for each in verdicts if each.replicas]
    worst = max((each.worst_z for each in tested), default=0.0)
    fine = [each.resolution for each in tested] or [0.0]
    failed, open_ = (
        sum(each.outcome == outcome for each in verdicts) for outcome in ("fails", "not resolved")
    )
    rivals = sum(len(each.rejected) for each in verdicts)
    return (
        f"{len(verdicts)} laws, {failed} fail, {open_} not resolved, worst |z| {worst:.2f}, "
        f"resolution {min(fine):.1e} to {max(fine):.1e}, {rivals} rivals rejected"
    )
